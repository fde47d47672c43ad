//! Whether every request of a scenario has to be simulated.
//!
//! Counts and sums are drawn at once if nothing in the scenario makes one request depend on another
//! ([`obstacles`]) and, for `auto`, if waiting is negligible in every figure that is asked for:
//!
//! - at most one request in a hundred waits, and what waiting adds to each share of responses above a time,
//!   each mean and each share of failures that an alarm or the report asks for is at most a part of it
//!   (`asks`), by a bound on the wait (`bound`; [`waiting`](crate::stats::waiting));
//! - or at most one run in a hundred has a request that waits.
//!
//! Both are looked at under the highest rate of the traffic, in each stage of each strategy, with each
//! release, and in every set of incidents that may be under way together (`surroundings`). Each
//! instance has a queue of its own, which takes an equal part of its fleet's requests; least
//! outstanding is taken to be no worse: there a request waits only if all instances are full, which is
//! no likelier than that a certain one is. With a shared queue the fleet is one queue.
//!
//! A request is published with the interval in which it is answered, but drawn with the one in which it
//! arrives. So `auto` also asks that service takes at most one hundredth of an interval in the mean: that is
//! the share of requests that are published an interval too early.

mod asks;
mod bound;
mod queues;
mod surroundings;

use crate::endpoint::spec::Capacity;
use crate::endpoint::steady::{Steady, nanos};
use crate::random::arrival::TraceError;
use crate::scenario::fidelity::obstacles;
use crate::scenario::{Fidelity, Scenario};
use asks::share;
use bound::{Found, look};
use surroundings::surroundings;

/// More waiting requests than this are noticed.
const NOTICEABLE_WAIT: f64 = 0.01;

/// Longer service than this part of a published interval is noticed.
const NOTICEABLE_SERVICE: f64 = 0.01;

/// How a scenario is simulated, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Whether counts and sums are drawn at once, and no request is simulated.
    pub is_aggregate: bool,
    /// Why, in words; empty if every request is simulated as that is what was asked for.
    pub reason: String,
    /// How many wait, if anybody has asked.
    pub waiting: Option<Waiting>,
}

/// The busiest queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    /// Share of the requests that wait there, 0 to 1, at most.
    pub share: f64,
    /// Whether it shows in anything that is asked for.
    pub is_noticeable: bool,
}

impl Decision {
    /// What `auto` comes to.
    pub fn plane(&self) -> Fidelity {
        if self.is_aggregate { Fidelity::Aggregate } else { Fidelity::Requests }
    }

    /// The same, for a part of the scenario that it was decided for.
    #[must_use]
    pub fn of_the_whole(mut self) -> Self {
        self.reason += "; decided for the whole file, so that what stays keeps its figures";
        self
    }

    /// Whether counts are drawn although so many requests wait that it shows.
    pub fn is_doubtful(&self) -> bool {
        self.is_aggregate && self.waiting.is_some_and(|waiting| waiting.is_noticeable)
    }
}

/// Decides how `scenario` is simulated.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn decide(scenario: &Scenario) -> Result<Decision, TraceError> {
    let fidelity = scenario.experiment.fidelity;
    let requests = |reason: String, waiting| Decision { is_aggregate: false, reason, waiting };
    if fidelity == Fidelity::Requests {
        return Ok(requests(String::new(), None));
    }
    if let Some(obstacle) = obstacles(scenario).first() {
        return Ok(requests(format!("every request is simulated: {}", obstacle.what), None));
    }
    let late = share_published_late(scenario);
    if fidelity == Fidelity::Auto && late > NOTICEABLE_SERVICE {
        let reason = format!(
            "every request is simulated: {} of requests are answered an interval after they arrive",
            share(late)
        );
        return Ok(requests(reason, None));
    }
    if scenario.endpoint.capacity == Capacity::Unlimited {
        let reason = "counts and sums are drawn: capacity is unlimited, so no request waits";
        let waiting = Some(Waiting { share: 0.0, is_noticeable: false });
        return Ok(Decision { is_aggregate: true, reason: reason.to_owned(), waiting });
    }
    let found = look(scenario)?;
    let (is_noticeable, why) = judge(&found);
    let is_aggregate = !is_noticeable || fidelity == Fidelity::Aggregate;
    let reason = match (is_noticeable, is_aggregate) {
        (true, true) => {
            format!("counts and sums are drawn as asked for, but {why}: latencies are too short")
        }
        (_, true) => format!("counts and sums are drawn: {why}"),
        _ => format!("every request is simulated: {why}"),
    };
    let waiting = Some(Waiting { share: found.share, is_noticeable });
    Ok(Decision { is_aggregate, reason, waiting })
}

/// Whether waiting shows, and why or why not in words.
fn judge(found: &Found) -> (bool, String) {
    let Found { share: waiting, place, by, nearest } = found;
    let Some(nearest) = nearest else {
        let why = format!("{by} at most one run in a hundred has a request that waits ({place})");
        return (false, why);
    };
    if *waiting > NOTICEABLE_WAIT {
        return (true, format!("{by} up to {} of requests may wait ({place})", share(*waiting)));
    }
    let words = &nearest.words;
    if nearest.ratio > 1.0 {
        return (true, format!("{by} waiting may add up to {words}"));
    }
    let why = format!(
        "{by} at most {} of requests wait ({place}), and that adds at most {words}, where it shows \
         most",
        share(*waiting)
    );
    (false, why)
}

/// The share of requests, 0 to 1, that are published with another interval than that of their arrival: the
/// longest mean service time of any release in any set of incidents over the interval. Waiting and cold
/// starts aside.
fn share_published_late(scenario: &Scenario) -> f64 {
    let timeout = scenario.endpoint.timeout;
    let mean_ns = |model, effects| Steady::new(model, effects, timeout).mean_ns();
    let releases = scenario.regressions.iter();
    let longest_ns = releases
        .map(|release| mean_ns(&scenario.green, Some(&release.effects)))
        .fold(mean_ns(&scenario.blue, None), f64::max);
    let together = surroundings(scenario);
    let slowest_ns = together.iter().map(|set| longest_ns * set.factors[1] + 1e9 * set.later_s);
    (slowest_ns.fold(0.0, f64::max) / nanos(scenario.metrics.interval)).min(1.0)
}

/// The scenario as decided: what was `auto` is one or the other.
pub fn decided(scenario: &Scenario, decision: &Decision) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.experiment.fidelity = decision.plane();
    scenario
}
