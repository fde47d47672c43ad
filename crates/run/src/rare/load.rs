//! Whether each request ends as if it were alone: nothing that happens to others changes it.

use crate::endpoint::spec::{Capacity, FleetSpec, QueueLayout};
use crate::endpoint::steady::{Steady, nanos};
use crate::rare::refusal::NotExact;
use crate::rollout::plan::{Side, Stage};
use crate::scenario::Scenario;
use crate::stats::queueing::MMc;
use crate::time::{SimDuration, SimTime};

/// What happens to fewer requests than this changes no probability that is given.
const NEVER: f64 = 1e-12;
/// Rates are looked at by this length.
const LOOK: SimDuration = SimDuration::from_secs(60);

/// Refuses a fleet whose requests do not fail, or are not slow, each by itself.
pub(super) fn check(
    scenario: &Scenario,
    spans: &[(SimTime, SimTime, Stage)],
    fleet: Side,
    steady: &Steady<'_>,
    watches_latency: bool,
) -> Result<(), NotExact> {
    let refuse = |why| Err(NotExact::Endpoint(why));
    let (model, spec) = match fleet {
        Side::Blue => (&scenario.blue, &scenario.endpoint.blue),
        Side::Green => (&scenario.green, &scenario.endpoint.green),
    };
    if watches_latency && (!steady.latency_known || model.cold_start.is_some()) {
        return refuse("latencies change with time or load");
    }
    if !watches_latency && !steady.errors_known {
        return refuse("errors grow with the age of an instance");
    }
    if !watches_latency && !steady.errors_independent {
        return refuse("errors come in clumps");
    }
    let Capacity::Queued { queue, limit } = scenario.endpoint.capacity else { return Ok(()) };
    let timeout_ns = scenario.endpoint.timeout.map_or(f64::INFINITY, nanos);
    for &(from, until, stage) in spans {
        let (share, instances) = stage.load(fleet);
        let rate_per_s = share * busiest_per_s(scenario, from, until);
        if rate_per_s <= 0.0 || instances == 0 {
            continue;
        }
        let Some(waiting) = waiting(steady, queue, rate_per_s, instances, spec) else {
            return refuse("requests wait, more and more of them");
        };
        if waiting.p_wait() <= NEVER {
            continue;
        }
        if watches_latency {
            return refuse("requests wait, so latencies depend on each other");
        }
        // A late answer has waited, or taken, half of the time-out at least.
        let half_ns = timeout_ns / 2.0;
        let late = waiting.p_response_over(half_ns / 1e9) + steady.over(half_ns.min(timeout_ns));
        if limit.is_some() || timeout_ns.is_finite() && late > NEVER {
            return refuse("requests wait, and full queues or time-outs fail them");
        }
    }
    Ok(())
}

fn waiting(
    steady: &Steady<'_>,
    queue: QueueLayout,
    rate_per_s: f64,
    instances: u32,
    fleet: &FleetSpec,
) -> Option<MMc> {
    let places = fleet.concurrency.saturating_sub(steady.places_lost);
    let (rate_per_s, servers) = queue.of_each(rate_per_s, instances, places);
    // A service that takes no time is taken to take a nanosecond.
    MMc::new(rate_per_s, (steady.mean_ns() / 1e9).max(1e-9), servers)
}

/// The highest mean rate of a minute.
fn busiest_per_s(scenario: &Scenario, from: SimTime, until: SimTime) -> f64 {
    let start = scenario.start();
    let (mut busiest, mut at) = (0.0_f64, from);
    while at < until {
        let next = (at + LOOK).min(until);
        let requests = scenario.arrivals.expected_between(start, at, next);
        let requests = requests.expect("invariant: traces have been refused");
        busiest = busiest.max(requests / next.since(at).as_secs_f64());
        at = next;
    }
    busiest
}
