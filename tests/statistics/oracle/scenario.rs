//! What the scenario files of all kinds of cases have in common.

/// Replications of a rollout or a test. At 4.5 standard errors a wrong probability of 50 % is caught from
/// 5 percentage points on, a wrong rare one (1 %) from 1 point on.
const RUNS: u64 = 2_000;

/// Requests of all of them, at most: the replications of a case with much traffic are fewer.
const REQUESTS_MAX: f64 = 1e8;

/// But never fewer than these.
const RUNS_MIN: f64 = 200.0;

/// Replications of a case that has so many requests in each.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the bounds")]
pub fn replications(requests: f64) -> u64 {
    RUNS.min((REQUESTS_MAX / requests).max(RUNS_MIN) as u64)
}

/// The beginning of a scenario file, up to the keys of `[experiment]`.
pub fn head(name: &str, runs: u64, horizon_s: f64) -> String {
    // A scenario's name takes no path; a case's id may be anything.
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(100).collect();
    format!(
        r#"name = "case {name}"
[experiment]
runs = {runs}
seed = 20260302
horizon = "{}"
warm_up = "0s"
phase = "aligned"
baseline = "none"
"#,
        duration(horizon_s)
    )
}

pub fn duration(seconds: f64) -> String {
    format!("{}us", (seconds * 1e6).round())
}
