//! Whether every request of a scenario has to be simulated.
//!
//! Counts and sums are drawn at once if nothing in the scenario makes one request depend on another
//! ([`obstacles`]) and, for `auto`, if at most one request in a hundred has to wait. That share is Erlang's
//! C (an M/M/c queue: what is left out is that service times vary less, or more, than exponential ones)
//! at the highest rate of the traffic, of the busiest fleet in any stage of any strategy under any
//! regression at full strength and in any incident: per instance with queues of their own, which is what
//! random routing gives and an upper bound for least outstanding; for the fleet with a shared queue. A cold
//! start counts with the part of its stage that it lasts.
//!
//! A request is published with the interval in which it is answered, but drawn with the one in which it
//! arrives. So `auto` also asks that service takes at most one hundredth of an interval in the mean: that is
//! the share of requests that are published an interval too early.
//!
//! Source of the formula: [`queueing`](crate::stats::queueing).

use crate::endpoint::incident::IncidentSpec;
use crate::endpoint::model::ModelSpec;
use crate::endpoint::regression::RegressionSpec;
use crate::endpoint::spec::{Capacity, FleetSpec, QueueLayout};
use crate::endpoint::steady::{Steady, nanos};
use crate::random::arrival::TraceError;
use crate::scenario::fidelity::obstacles;
use crate::scenario::{Fidelity, Scenario};
use crate::stats::queueing::MMc;
use crate::time::SimDuration;

/// More waiting requests than this are noticed.
pub const NOTICEABLE_WAIT: f64 = 0.01;

/// Longer service than this part of a published interval is noticed.
pub const NOTICEABLE_SERVICE: f64 = 0.01;

/// Steps that a cold start is taken in.
const COLD_STEPS: u8 = 8;

/// How a scenario is simulated, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Whether counts and sums are drawn at once, and no request is simulated.
    pub is_aggregate: bool,
    /// Why, in words.
    pub reason: String,
    /// The largest share of waiting requests, and where, if anybody has asked.
    pub waiting: Option<Waiting>,
}

/// The busiest queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waiting {
    /// Share of the requests that wait there, 0 to 1.
    pub share: f64,
    /// Where, in words.
    pub place: String,
}

impl Decision {
    /// What `auto` comes to.
    pub fn plane(&self) -> Fidelity {
        if self.is_aggregate { Fidelity::Aggregate } else { Fidelity::Requests }
    }

    /// Whether counts are drawn although so many requests wait that it shows.
    pub fn is_doubtful(&self) -> bool {
        self.is_aggregate
            && self.waiting.as_ref().is_some_and(|waiting| waiting.share > NOTICEABLE_WAIT)
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
        return Ok(requests("every request is simulated, as asked for".to_owned(), None));
    }
    if let Some(obstacle) = obstacles(scenario).first() {
        return Ok(requests(format!("every request is simulated: {}", obstacle.what), None));
    }
    let late = share_published_late(scenario);
    if fidelity == Fidelity::Auto && late > NOTICEABLE_SERVICE {
        let reason = format!(
            "every request is simulated: {} of requests are answered an interval after they arrive",
            percent(late)
        );
        return Ok(requests(reason, None));
    }
    let waiting = busiest(scenario)?;
    let share = format!("at most {} of requests wait ({})", percent(waiting.share), waiting.place);
    if waiting.share <= NOTICEABLE_WAIT {
        let reason = format!("counts and sums are drawn: {share}");
        return Ok(Decision { is_aggregate: true, reason, waiting: Some(waiting) });
    }
    if fidelity == Fidelity::Aggregate {
        let reason = format!(
            "counts and sums are drawn as asked for, but up to {} of requests wait ({}): latencies are too \
             short",
            percent(waiting.share),
            waiting.place
        );
        return Ok(Decision { is_aggregate: true, reason, waiting: Some(waiting) });
    }
    let reason = format!(
        "every request is simulated: up to {} of requests wait ({})",
        percent(waiting.share),
        waiting.place
    );
    Ok(requests(reason, Some(waiting)))
}

/// The share of requests, 0 to 1, that are published with another interval than that of their arrival: the
/// longest mean service time of any release in any incident over the interval. Waiting and cold starts
/// aside.
pub fn share_published_late(scenario: &Scenario) -> f64 {
    let timeout = scenario.endpoint.timeout;
    let mean_ns = |model, effects| Steady::new(model, effects, timeout).mean_ns();
    let releases = scenario.regressions.iter();
    let longest_ns = releases
        .map(|release| mean_ns(&scenario.green, Some(&release.effects)))
        .fold(mean_ns(&scenario.blue, None), f64::max);
    let (slower, later_ns) = scenario.incidents.iter().fold((1.0, 0.0), worse);
    ((longest_ns * slower + later_ns) / nanos(scenario.metrics.interval)).min(1.0)
}

/// The larger factor and the larger shift \[ns\].
fn worse((slower, later_ns): (f64, f64), incident: &IncidentSpec) -> (f64, f64) {
    (incident.latency_factor.max(slower), nanos(incident.latency_shift).max(later_ns))
}

/// The scenario as decided: what was `auto` is one or the other.
pub fn decided(scenario: &Scenario, decision: &Decision) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.experiment.fidelity = decision.plane();
    scenario
}

/// Where most requests wait.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn busiest(scenario: &Scenario) -> Result<Waiting, TraceError> {
    if scenario.endpoint.capacity == Capacity::Unlimited {
        return Ok(Waiting { share: 0.0, place: "capacity is unlimited".to_owned() });
    }
    let peak_per_s = scenario.arrivals.peak_per_s()?;
    let mut search = Search { scenario, peak_per_s, worst: Waiting::default() };
    let around = [None].into_iter().chain(scenario.incidents.iter().map(Some));
    for incident in around {
        search.look(incident);
    }
    Ok(search.worst)
}

struct Search<'s> {
    scenario: &'s Scenario,
    peak_per_s: f64,
    worst: Waiting,
}

/// Some instances of a fleet and what they have to do.
struct Load<'a> {
    spec: &'a FleetSpec,
    model: &'a ModelSpec,
    release: Option<&'a RegressionSpec>,
    active: u32,
    /// Of the traffic, 0 to 1.
    share: f64,
    /// How long, if instances start cold.
    lasts: SimDuration,
}

impl Search<'_> {
    fn look(&mut self, incident: Option<&IncidentSpec>) {
        let scenario = self.scenario;
        let (blue, green) = (&scenario.endpoint.blue, &scenario.endpoint.green);
        let warm = SimDuration::ZERO;
        let of_blue = |active, share| Load {
            spec: blue,
            model: &scenario.blue,
            release: None,
            active,
            share,
            lasts: warm,
        };
        self.note(&of_blue(blue.instances, 1.0), incident, "blue before the rollout");
        for plan in &scenario.strategies {
            for (number, stage) in (1..).zip(&plan.stages) {
                let place = format!("blue in stage {number} of \"{}\"", plan.name);
                self.note(&of_blue(stage.blue_active, 1.0 - stage.share), incident, &place);
                let lasts =
                    if stage.bake.is_zero() { scenario.experiment.horizon } else { stage.bake };
                for release in &scenario.regressions {
                    let load = Load {
                        spec: green,
                        model: &scenario.green,
                        release: Some(release),
                        active: stage.green_active,
                        share: stage.share + stage.mirror,
                        lasts,
                    };
                    let place = format!(
                        "green in stage {number} of \"{}\" with \"{}\"",
                        plan.name, release.name
                    );
                    self.note(&load, incident, &place);
                }
            }
        }
    }

    fn note(&mut self, load: &Load<'_>, incident: Option<&IncidentSpec>, place: &str) {
        let share = self.waiting(load, incident);
        if share > self.worst.share || self.worst.place.is_empty() {
            let during = incident.map_or(String::new(), |incident| format!(", {}", incident.name));
            self.worst = Waiting { share, place: format!("{place}{during}") };
        }
    }

    /// The share of the load's requests that wait.
    fn waiting(&self, load: &Load<'_>, incident: Option<&IncidentSpec>) -> f64 {
        if load.share <= 0.0 || load.active == 0 {
            return 0.0;
        }
        let surge = incident.map_or(1.0, |incident| incident.traffic_factor);
        let rate_per_s = self.peak_per_s * surge * load.share;
        let effects = load.release.map(|release| &release.effects);
        let steady = Steady::new(load.model, effects, self.scenario.endpoint.timeout);
        let slower = incident.map_or(1.0, |incident| incident.latency_factor);
        let later = incident.map_or(0.0, |incident| nanos(incident.latency_shift));
        let mean_s = (steady.mean_ns() * slower + later) / 1e9;
        let concurrency = load.spec.concurrency;
        let is_shared = matches!(
            self.scenario.endpoint.capacity,
            Capacity::Queued { queue: QueueLayout::Shared, .. }
        );
        let (rate_per_s, servers) = if is_shared {
            (rate_per_s, load.active * concurrency)
        } else {
            (rate_per_s / f64::from(load.active), concurrency)
        };
        let waits = |factor: f64| erlang_c(rate_per_s, mean_s * factor, servers);
        let Some(cold) = load.model.cold_start.filter(|_| !load.lasts.is_zero()) else {
            return waits(1.0);
        };
        let part = (cold.lasts.as_secs_f64() / load.lasts.as_secs_f64()).min(1.0);
        let steps = f64::from(COLD_STEPS);
        let while_cold: f64 = (0..COLD_STEPS)
            .map(|step| 1.0 + (f64::from(step) + 0.5) / steps * (cold.factor - 1.0))
            .map(|factor| waits(factor) / steps)
            .sum();
        part * while_cold + (1.0 - part) * waits(1.0)
    }
}

/// The probability of having to wait; 1 where the queue is not stable.
fn erlang_c(rate_per_s: f64, mean_s: f64, servers: u32) -> f64 {
    if rate_per_s <= 0.0 || mean_s <= 0.0 {
        return 0.0;
    }
    MMc::new(rate_per_s, mean_s, servers).map_or(1.0, |queue| queue.p_wait())
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}
