//! How blue fares when nobody deploys and nothing happens: how busy it is, who waits, and which latencies it
//! shows.
//!
//! - **Load** is exact in expectation: requests a second times the mean service time, over the instances
//!   (Little's law: that many requests are in service at a time). With `concurrency`, utilisation is that
//!   over the places.
//! - **Waits, latencies and failures** are simulated with luck of their own, the same for every seed of the
//!   experiment, over as many replications as make many requests. An endpoint with more requests than that
//!   in one replication is not simulated here.
//! - **Not modelled**: incidents, callers who try again.

pub(super) mod load;
pub(super) mod serve;

use super::spec::Scenario;
use crate::endpoint::spec::{Capacity, Mode};
use crate::endpoint::steady::Steady;
use crate::random::arrival::TraceError;
use crate::random::stream::Streams;
use crate::stats::real;
use crate::time::SimDuration;
use load::Load;
pub use load::Overload;
use serve::{Alone, Served};

const MINUTE: SimDuration = SimDuration::from_secs(60);

/// The shares of the quantiles that are looked at.
pub const LEVELS: [f64; 3] = [0.5, 0.9, 0.99];

/// The seed of this luck.
const SEED: u64 = 0x6865_616c_7468_7900;

/// So many requests are simulated if a replication has fewer.
const ENOUGH: f64 = 400_000.0;
/// Replications at most.
const MOST_REPLICATIONS: f64 = 100.0;
/// A replication with more requests is not simulated.
const MOST: f64 = 4e6;

/// A utilisation of 1 may come out so much above it.
const ROUNDING: f64 = 1e-9;
/// Utilisation from which on a surge or a lost instance means overload.
const TIGHT: f64 = 0.8;

/// How much of its capacity blue needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strain {
    /// Not too much, or nothing waits.
    Fine,
    /// More than 0.8 of it in the busiest window.
    Tight,
    /// More than all of it for a while: of an asynchronous endpoint, whose queue is there for that.
    Peak(Overload),
    /// All of it for longer than an alarm's period, or so late that a queue is left at the horizon; of an
    /// asynchronous endpoint: more than all of it in the mean.
    Overloaded(Overload),
}

/// Blue without a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Healthy {
    /// What load is looked at in: a minute, or so many that the mean service is no longer.
    pub window: SimDuration,
    /// Requests a second: in the mean, and in the busiest window.
    pub rates_per_s: [f64; 2],
    /// Requests in service on an instance at a time: in the mean, and in the busiest window.
    pub in_service: [f64; 2],
    /// Of its places, where requests may wait.
    pub utilisation: Option<[f64; 2]>,
    /// The longest time of overload, where requests may wait.
    pub overload: Option<Overload>,
    /// p50, p90 and p99 of what the scenario gives as latency \[s\].
    pub given_s: [f64; 3],
    /// What was simulated; `None` if there are too many requests, or none came.
    pub shown: Option<Shown>,
}

/// What healthy blue shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Share of the requests that wait.
    pub waited: f64,
    /// p50, p90 and p99 of `ModelLatency` \[s\].
    pub latency_s: [f64; 3],
    /// Requests without a good answer, a minute.
    pub failed_per_minute: f64,
    /// Share of the requests that find no place or no answer in time, beyond what the model fails by itself.
    pub failed_by_waiting: f64,
}

impl Healthy {
    /// Of a checked scenario.
    ///
    /// # Errors
    /// [`TraceError`] if a traffic trace cannot be read.
    pub fn of(scenario: &Scenario) -> Result<Self, TraceError> {
        let span = (scenario.start(), scenario.end());
        let service_s = service_s(scenario);
        let window = window(service_s);
        let load = Load::new(&scenario.arrivals, &Streams::new(SEED, 0), span, window)?;
        let rates_per_s = load.rates_per_s();
        let fleet = &scenario.endpoint.blue;
        let in_service = rates_per_s.map(|rate| rate * service_s / f64::from(fleet.instances));
        let places = f64::from(fleet.concurrency);
        let waits = scenario.endpoint.mode != Mode::RealTime
            || scenario.endpoint.capacity != Capacity::Unlimited;
        let overload = || load.overload(service_s, places * f64::from(fleet.instances));
        Ok(Self {
            window,
            rates_per_s,
            in_service,
            utilisation: waits.then(|| in_service.map(|requests| requests / places)),
            overload: if waits { overload() } else { None },
            given_s: LEVELS.map(|level| scenario.blue.latency.quantile_ns(level) / 1e9),
            shown: shown(scenario, rates_per_s[0])?,
        })
    }

    /// How much of its capacity it needs.
    pub fn strain(&self, scenario: &Scenario) -> Strain {
        let Some([mean, peak]) = self.utilisation else { return Strain::Fine };
        let periods = scenario.alarms.iter().map(|alarm| alarm.period);
        let period = periods.min().unwrap_or(MINUTE);
        match self.overload {
            Some(overload) if scenario.endpoint.mode != Mode::RealTime => {
                if mean > 1.0 + ROUNDING {
                    Strain::Overloaded(overload)
                } else {
                    Strain::Peak(overload)
                }
            }
            Some(overload)
                if overload.left_s > 0.0 || overload.until.since(overload.from) > period =>
            {
                Strain::Overloaded(overload)
            }
            _ if peak > TIGHT => Strain::Tight,
            _ => Strain::Fine,
        }
    }

    /// What the busiest window is called: `busiest minute`.
    pub fn busiest(&self) -> String {
        if self.window == MINUTE {
            return "busiest minute".to_owned();
        }
        format!("busiest {}", self.window)
    }

    /// Whether waiting is so long that the p99 is more than a tenth above the given one.
    pub fn is_slowed(&self) -> bool {
        self.shown.is_some_and(|shown| shown.latency_s[2] > 1.1 * self.given_s[2])
    }
}

/// As many minutes as a mean service takes.
fn window(service_s: f64) -> SimDuration {
    let minutes = (service_s / 60.0).ceil().max(1.0);
    SimDuration::from_secs_f64(60.0 * minutes).min(SimDuration::LONGEST)
}

/// Mean service time; what callers do not wait for is served all the same.
fn service_s(scenario: &Scenario) -> f64 {
    let steady = Steady::new(&scenario.blue, None, None);
    let mean_ns = steady.mean_ns();
    if mean_ns.is_finite() {
        return mean_ns / 1e9;
    }
    // A tail without a mean is cut off at the longest service time.
    steady.nodes().iter().map(|(weight, ns)| weight * ns).sum::<f64>() / 1e9
}

fn shown(scenario: &Scenario, rate_per_s: f64) -> Result<Option<Shown>, TraceError> {
    let alone = Alone::new(scenario, &scenario.endpoint.blue, &scenario.blue);
    let Some(replications) = alone.replications()? else { return Ok(None) };
    let served = alone.served(replications)?;
    let failing = |timeout| {
        let steady = Steady::new(&scenario.blue, None, timeout);
        steady.p4 + steady.p5
    };
    let (own, alone) = (failing(None), failing(scenario.endpoint.timeout));
    Ok(served.latency_s().map(|latency_s| {
        let share = |count: u64| real(count) / real(served.requests);
        let lost = share(served.lost);
        Shown {
            waited: 1.0 - real(served.waits.zeros()) / real(served.waits.count()),
            latency_s,
            failed_per_minute: 60.0 * rate_per_s * (lost + (1.0 - lost) * own),
            failed_by_waiting: lost - (alone - own),
        }
    }))
}

impl Alone<'_> {
    /// How many replications make enough requests; `None` if one has too many.
    ///
    /// # Errors
    /// [`TraceError`] if a traffic trace cannot be read.
    pub(super) fn replications(&self) -> Result<Option<u64>, TraceError> {
        let (start, end) = self.span;
        let requests = self.arrivals.expected_requests(start, end)?;
        if requests > MOST {
            return Ok(None);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped before the cast"
        )]
        let replications = (ENOUGH / requests.max(1.0)).ceil().clamp(1.0, MOST_REPLICATIONS) as u64;
        Ok(Some(replications))
    }

    /// What becomes of the requests of so many replications.
    pub(super) fn served(&self, replications: u64) -> Result<Served, TraceError> {
        let mut served = Served::new();
        for replication in 0..replications {
            self.serve(&Streams::new(SEED, replication), &mut served)?;
        }
        Ok(served)
    }
}

impl Served {
    /// p50, p90 and p99; `None` without a request.
    pub(super) fn latency_s(&self) -> Option<[f64; 3]> {
        let [p50, p90, p99] = LEVELS.map(|level| self.latencies.quantile_ns(level));
        Some([p50?, p90?, p99?].map(|ns| ns / 1e9))
    }
}

#[cfg(test)]
#[path = "healthy/tests.rs"]
mod tests;
