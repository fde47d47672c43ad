//! Lint 24: failures that are taken to last as long as good answers.
//!
//! Without `failed_latency` a request that fails is answered after the service time that it would have had.
//! A container that crashes mostly answers at once, one that waits for a dependency only at its time-out.
//! It matters where many requests fail and something depends on how long they take: an alarm on latency, or
//! who takes the next request. An instance that fails fast looks idle and draws requests (Beyer et al., Site
//! Reliability Engineering, 2016, ch. 20, on least-loaded balancing).

use crate::endpoint::regression::RegressionSpec;
use crate::endpoint::spec::Mode;
use crate::lint::facts::Facts;
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::percent;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 24,
    name: "failed-latency-assumed",
    why: "A crashed model mostly answers at once, one that waits for something only at the time-out. That \
          decides what alarms on latency see, and how many requests it draws.",
    check,
};

/// Failures of this share of the requests move what is measured over all of them.
const MANY: f64 = 0.1;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.scenario.green.failed_latency.is_some() {
        return Vec::new();
    }
    let Some(depends) = depends(facts) else { return Vec::new() };
    let failing = facts.bad_releases().find(|(_, release)| fails(release) >= MANY);
    failing.map(|(_, release)| finding(facts, release, &depends)).into_iter().collect()
}

/// The share of requests that the release fails at full strength.
fn fails(release: &RegressionSpec) -> f64 {
    let effects = &release.effects;
    if effects.crash {
        return 1.0;
    }
    effects.errors_5xx.unwrap_or(0.0) + effects.errors_4xx.unwrap_or(0.0)
}

/// What depends on how long failures take, if anything does.
fn depends(facts: &Facts<'_>) -> Option<String> {
    let endpoint = &facts.scenario.endpoint;
    if endpoint.mode != Mode::RealTime {
        return Some("how many requests green takes from the queue".to_owned());
    }
    if endpoint.routes_over_fleets() {
        return Some("how many requests green draws".to_owned());
    }
    let mut guards = facts.rollouts.iter().flat_map(|rollout| facts.guards(rollout));
    let watch = guards.find(|watch| watch.is_latency())?;
    Some(format!("what \"{}\" sees", watch.spec.name))
}

fn finding(facts: &Facts<'_>, release: &RegressionSpec, depends: &str) -> Finding {
    let mut finding = LINT.finding(Severity::Note, facts.loaded.regression_place(&release.name));
    finding.regression = Some(release.name.clone());
    finding.message =
        format!("failures of \"{}\" are taken to last as long as good answers", release.name);
    finding.arithmetic = format!(
        "{} of its requests fail, and {depends} depends on how long they take; green.failed_latency is not \
         given",
        percent(fails(release))
    );
    finding.remedy =
        "give `failed_latency` in [green]: a constant of some milliseconds if the container \
                      fails at once, the time-out if it hangs"
            .into();
    finding
}
