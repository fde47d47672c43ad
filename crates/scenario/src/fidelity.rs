//! What makes a request depend on others, or ask for more than counts and sums: there every request has to
//! be simulated.

use crate::alarm::spec::{AlarmSpec, FleetDimension, detail};
use crate::endpoint::model::ModelSpec;
use crate::endpoint::regression::Effects;
use crate::endpoint::spec::{Capacity, Mode};
use crate::endpoint::steady::{Steady, nanos};
use crate::random::arrival::{ArrivalSpec, TraceRows};
use crate::random::distribution::Distribution;
use crate::rollout::plan::Plan;
use crate::spec::Scenario;
use crate::time::SimDuration;

/// Something that is not modelled without simulating every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The key that it is under.
    pub path: String,
    /// What it is, as the beginning of a sentence.
    pub what: String,
}

/// A queue with fewer places than this turns requests away before one in a hundred of them waits.
const ROOMY: u32 = 10;

/// A time-out that more requests than this exceed without waiting makes a difference.
const BINDING: f64 = 1e-9;

/// The sum of values with a skewness beyond this is no normal score for any number worth drawing.
const TOO_SKEWED: f64 = 100.0;

/// Everything that stands in the way of drawing counts and sums.
pub fn obstacles(scenario: &Scenario) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let mut note = |applies: bool, path: &str, what: &str| {
        if applies {
            found.push(Obstacle { path: path.to_owned(), what: what.to_owned() });
        }
    };
    note(scenario.clients.is_some(), "clients", "callers try again");
    let is_asynchronous = scenario.endpoint.mode != Mode::RealTime;
    note(is_asynchronous, "endpoint.mode", "requests wait in a queue");
    note(scenario.quality.is_some(), "quality", "each answer is held against the truth");
    note(scenario.kpi.is_some(), "kpi", "each request may convert");
    note(!scenario.monitors.is_empty(), "monitors", "a job looks at single answers");
    let is_sticky = scenario.users.is_some_and(|users| users.sticky);
    note(is_sticky, "traffic.sticky_users", "users stay with their fleet");
    let arrivals = match &scenario.arrivals {
        ArrivalSpec::Gamma { .. } => Some("gaps between requests are not exponential"),
        ArrivalSpec::Trace(trace) if trace.rows == TraceRows::Requests => {
            Some("each request has its recorded time")
        }
        _ => None,
    };
    note(arrivals.is_some(), "traffic.arrivals", arrivals.unwrap_or_default());
    let small_queue = matches!(
        scenario.endpoint.capacity,
        Capacity::Queued { limit: Some(limit), .. } if limit < ROOMY
    );
    note(small_queue, "endpoint.queue_limit", "a short queue turns requests away");
    for (key, model) in [("blue", &scenario.blue), ("green", &scenario.green)] {
        let laws = [Some(&model.latency), model.failed_latency.as_ref()];
        let skewed = laws.into_iter().flatten().any(is_too_skewed);
        note(skewed, &format!("{key}.latency"), "latencies have too heavy a tail to be added up");
    }
    let mixed =
        |plan: &Plan| plan.stages.iter().any(|stage| stage.share > 0.0 && stage.share < 1.0);
    let by_load = scenario.endpoint.routes_over_fleets() && scenario.strategies.iter().any(mixed);
    note(
        by_load,
        "endpoint.routing_scope",
        "who takes a request depends on how busy both fleets are",
    );
    for (index, plan) in scenario.strategies.iter().enumerate() {
        let path = format!("strategies[{index}].ab_test");
        note(plan.test.is_some(), &path, "an A/B test counts single requests");
    }
    for release in &scenario.regressions {
        let Effects { leak, slowdown, concurrency_lost, .. } = &release.effects;
        let depends = leak.is_some() || slowdown.is_some() || *concurrency_lost > 0;
        let what = format!("\"{}\" depends on the age or the load of an instance", release.name);
        note(depends, "regressions", &what);
        let what = format!("\"{}\" stretches the tail of single latencies", release.name);
        note(release.effects.stretch.is_some(), "regressions", &what);
    }
    note(times_out(scenario), "endpoint.timeout", "service alone may exceed the time-out");
    for (index, alarm) in scenario.alarms.iter().enumerate() {
        let what = format!("\"{}\" needs single latencies", alarm.name);
        note(needs_values(alarm), &format!("alarms[{index}].statistic"), &what);
    }
    found
}

/// Whether an alarm asks for sums above a cut, or for latencies by size.
fn needs_values(alarm: &AlarmSpec) -> bool {
    let fleets = [FleetDimension::Blue, FleetDimension::Green, FleetDimension::Shadow];
    let alarm = std::slice::from_ref(alarm);
    fleets.into_iter().any(|fleet| !detail(alarm, fleet, false).is_nothing())
}

fn is_too_skewed(law: &Distribution) -> bool {
    law.partials().iter().any(|(_, part)| {
        let [_, mean, second, third] = part.moments();
        let variance = second - mean * mean;
        // Of a constant nothing but rounding is left.
        let spread = variance > 1e-9 * mean * mean;
        let skewness = (third - 3.0 * mean * second + 2.0 * mean.powi(3)) / variance.powf(1.5);
        spread && skewness.abs().partial_cmp(&TOO_SKEWED) != Some(std::cmp::Ordering::Less)
    })
}

/// Whether a request may exceed the time-out on any release, cold, and in any incident.
fn times_out(scenario: &Scenario) -> bool {
    let Some(timeout) = scenario.endpoint.timeout else { return false };
    let incidents = scenario.incidents.iter();
    let slower: f64 = incidents.clone().map(|incident| incident.latency_factor.max(1.0)).product();
    let later = incidents.fold(SimDuration::ZERO, |sum, incident| sum + incident.latency_shift);
    let left_ns = nanos(timeout.saturating_sub(later));
    let cut_ns =
        |model: &ModelSpec| left_ns / slower / model.cold_start.map_or(1.0, |cold| cold.factor);
    let is_late = |model: &ModelSpec, effects: Option<&Effects>| {
        let laws = [Some(&model.latency), model.failed_latency.as_ref()];
        laws.into_iter().flatten().any(|law| {
            let alone = ModelSpec { latency: law.clone(), failed_latency: None, ..model.clone() };
            Steady::new(&alone, effects, None).over(cut_ns(model)) > BINDING
        })
    };
    is_late(&scenario.blue, None)
        || scenario
            .regressions
            .iter()
            .any(|release| is_late(&scenario.green, Some(&release.effects)))
}
