//! Lint 23: conclusions that depend on where the least busy instance is looked for.
//!
//! AWS says that the endpoint routes to instances "that have more capacity to process them"
//! (<https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantRoutingConfig.html>), not
//! whether it looks at one fleet or at both. A canary of few instances with a stream of requests of its own
//! waits like a small endpoint, one that shares the choice like a large one. The two are told apart by
//! Erlang's C, of the places of green's instances and of all that take traffic: the one exact for exponential
//! service and one instance, else about so much; the other that of one queue for all, which the least busy of
//! several places has undercut wherever it was simulated.

use crate::endpoint::spec::{Capacity, QueueLayout, Routing, ShiftBy};
use crate::lint::facts::{Facts, Release, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::stats::queueing::p_wait;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 23,
    name: "routing-scope-matters",
    why: "AWS does not say whether the least busy instance is looked for in the fleet that a share of the \
          traffic falls on, or among all. Alarms on latency may pass or fail by that alone.",
    check,
};

/// A difference of this share of the requests is noticed.
const NOTICEABLE: f64 = 0.05;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let endpoint = &facts.scenario.endpoint;
    let waits_at_instances =
        matches!(endpoint.capacity, Capacity::Queued { queue: QueueLayout::Instance, .. });
    let users_stay = facts.scenario.users.is_some_and(|users| users.sticky);
    let has_choice = endpoint.routing == Routing::LeastOutstanding
        && endpoint.shift_by == ShiftBy::Instances
        && !users_stay;
    if !waits_at_instances || !has_choice {
        return Vec::new();
    }
    // One strategy is enough to show it.
    let rollouts = facts.rollouts.iter().filter(|rollout| rollout.plan.test.is_none());
    rollouts.filter_map(|rollout| judge(facts, rollout)).take(1).collect()
}

fn judge(facts: &Facts<'_>, rollout: &Rollout<'_>) -> Option<Finding> {
    let (span, alone, of_all) = rollout.spans.iter().find_map(|span| differs(facts, span))?;
    let stage = span.stage;
    let mut finding = LINT.finding(Severity::Note, "endpoint.routing_scope");
    finding.strategy = Some(rollout.name().to_owned());
    finding.message = format!(
        "how many requests wait in stage {} of \"{}\" depends on where the least busy instance is looked for",
        span.index + 1,
        rollout.name()
    );
    finding.arithmetic = format!(
        "by Erlang's C about {:.1} % of green's requests wait if its {} of {} instances have a stream of \
         their own, and {:.1} % or less if each request goes to the least busy of all",
        100.0 * alone,
        stage.green_active,
        stage.green_active + stage.blue_active,
        100.0 * of_all
    );
    finding.remedy = "try both, `routing_scope = \"fleet\"` and `\"endpoint\"`: `sim sweep` with \
                      `--undocumented` does"
        .into();
    Some(finding)
}

/// The stage with the share of green's requests that wait alone and among all, if these differ.
fn differs<'f>(facts: &Facts<'_>, span: &'f Span) -> Option<(&'f Span, f64, f64)> {
    let stage = &span.stage;
    if stage.share <= 0.0 || stage.share >= 1.0 {
        return None;
    }
    let endpoint = &facts.scenario.endpoint;
    let service_s = facts.behaviour(Release::Healthy).mean_ns() / 1e9;
    let places = |instances: u32, concurrency: u32| instances.saturating_mul(concurrency);
    let of_green = places(stage.green_active, endpoint.green.concurrency);
    let of_blue = places(stage.blue_active, endpoint.blue.concurrency);
    let alone = p_wait(span.rate_per_s * stage.share, service_s, of_green);
    let of_all = p_wait(span.rate_per_s, service_s, of_green.saturating_add(of_blue));
    ((alone - of_all).abs() > NOTICEABLE).then_some((span, alone, of_all))
}
