//! What is wrong with a scenario's guardrails, said before anything is simulated.
//!
//! Each lint is a pure function from the checked scenario to its findings. A finding names the place, the
//! reason, the arithmetic and the remedy; of what a lint cannot judge (metric math, composite alarms, load-
//! dependent behaviour) it says so and why, because a wrong word is worse than none.
//!
//! The time line is that of an undisturbed rollout, requests are Poisson streams, and the probabilities of
//! datapoints and of M-of-N alarms are exact where they are given (`law`, `firing`). Incidents are left
//! out. `docs/lints.md` describes each lint; `tests/scenario/lint` shows each right by simulation.

mod compound;
mod facts;
mod finding;
mod firing;
mod law;
mod recovery;
mod rules;
mod samples;
mod watch;
mod why;

pub use finding::{Finding, Lint, Severity};
pub use recovery::recoveries;

use crate::random::arrival::TraceError;
use crate::scenario::Loaded;
use crate::scenario::healthy::Healthy;
use facts::Facts;

/// Every lint, by its number.
pub const LINTS: [Lint; 24] = [
    rules::unreachable::LINT,
    rules::unit::LINT,
    rules::late::LINT,
    rules::diluted::LINT,
    rules::unwatched::LINT,
    rules::share::LINT,
    rules::timeout::LINT,
    rules::sparse::LINT,
    rules::silent::LINT,
    rules::cold::LINT,
    rules::blind::LINT,
    rules::publishing::LINT,
    rules::baseline::LINT,
    rules::short_bake::LINT,
    rules::quota::LINT,
    rules::shadow::LINT,
    rules::blended::LINT,
    rules::unpublished::LINT,
    rules::excluded::LINT,
    rules::price::LINT,
    rules::alarm::LINT,
    rules::load::LINT,
    rules::scope::LINT,
    rules::failing::LINT,
];

/// All findings of a scenario, the worst first and then by number.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn check(loaded: &Loaded) -> Result<Vec<Finding>, TraceError> {
    check_with(loaded, Healthy::of(&loaded.scenario)?)
}

/// The same, for whom knows already how its blue fares without a deployment.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn check_with(loaded: &Loaded, today: Healthy) -> Result<Vec<Finding>, TraceError> {
    let facts = Facts::new(loaded, today)?;
    let mut findings: Vec<Finding> = LINTS.iter().flat_map(|lint| (lint.check)(&facts)).collect();
    findings.sort_by_key(|finding| finding.severity);
    Ok(findings)
}
