//! Refuses to draw counts and sums of requests that depend on each other.

use super::report::Report;
use crate::fidelity::obstacles;
use crate::spec::{Fidelity, Scenario};

/// Notes what stands in the way of `fidelity = "aggregate"`, if that is asked for by name.
pub(super) fn check(scenario: &Scenario, report: &mut Report) {
    if scenario.experiment.fidelity != Fidelity::Aggregate {
        return;
    }
    for obstacle in obstacles(scenario) {
        report.problem(
            obstacle.path,
            format!("{}, which `fidelity = \"aggregate\"` does not model", obstacle.what),
            "take it out, or write `fidelity = \"requests\"` (or \"auto\") in [experiment]",
        );
    }
}
