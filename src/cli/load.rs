//! Reads the scenario that a command simulates.

use crate::scenario::{Fidelity, Loaded, Overrides, Scenario, ScenarioErrors};
use crate::simulation::fidelity::{Decision, decide};
use std::path::Path;

/// The scenario of a file; see [`load_decided`].
pub(super) fn load(file: &Path, overrides: &Overrides) -> Result<Loaded, ScenarioErrors> {
    load_decided(file, overrides).map(|(loaded, _)| loaded)
}

/// The scenario of a file. Where strategies or regressions are left out, `auto` is decided by the whole, so
/// that what stays has the figures that it would have beside the others; then with what was decided.
pub(super) fn load_decided(
    file: &Path,
    overrides: &Overrides,
) -> Result<(Loaded, Option<Decision>), ScenarioErrors> {
    if !overrides.leave_out() {
        return Ok((Scenario::load_with(file, overrides)?, None));
    }
    let whole = Scenario::load_with(file, &overrides.of_the_whole())?.scenario;
    let decision = match whole.experiment.fidelity {
        // A trace that cannot be read is told by whoever reads it next.
        Fidelity::Auto => decide(&whole).ok(),
        _ => None,
    };
    let fidelity = decision.as_ref().map(Decision::plane);
    let loaded = Scenario::load_with(file, &Overrides { fidelity, ..overrides.clone() })?;
    Ok((loaded, decision.map(Decision::of_the_whole)))
}
