//! Reads the scenario that a command simulates.

use crate::scenario::{Fidelity, Loaded, Overrides, Scenario, ScenarioErrors};
use crate::simulation::fidelity::decide;
use std::path::Path;

/// The scenario of a file. Where strategies or regressions are left out, `auto` is decided by the whole, so
/// that what stays has the figures that it would have beside the others.
pub(super) fn load(file: &Path, overrides: &Overrides) -> Result<Loaded, ScenarioErrors> {
    if !overrides.leave_out() {
        return Scenario::load_with(file, overrides);
    }
    let whole = Scenario::load_with(file, &overrides.of_the_whole())?.scenario;
    let fidelity = match whole.experiment.fidelity {
        // A trace that cannot be read is told by whoever reads it next.
        Fidelity::Auto => decide(&whole).ok().map(|decision| decision.plane()),
        _ => None,
    };
    Scenario::load_with(file, &Overrides { fidelity, ..overrides.clone() })
}
