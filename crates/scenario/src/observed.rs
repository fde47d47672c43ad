//! Which service times show the latencies that people see.
//!
//! What CloudWatch calls `ModelLatency` has the waiting in it. Given its distribution O of median m, and the
//! traffic, service times are looked for with which a fleet shows the p50 and the p99 of O. They are of O's
//! shape: what is x in O takes c·m·(x/m)^a in service. Of a lognormal that is a lognormal, of the
//! exponential latencies of an M/M/1 queue its exponential service. Both c and a are multiplied, damped, by
//! what is wanted over what is shown, until p50 and p99 agree ([`CLOSE`]) and p90 nearly does ([`FAIR`]). All
//! steps have the same luck, so the answer is a function of the scenario. Not every O has such service times:
//! with random arrivals some requests wait and some do not, so latencies that are all alike, say, have none.

use super::healthy::LEVELS;
use super::healthy::serve::Alone;
use crate::endpoint::model::ModelSpec;
use crate::random::arrival::TraceError;
use crate::random::distribution::Distribution;
use crate::time::SimDuration;

/// The shares of the requests whose service times are looked for, but for the slowest tenth.
const MIDDLE: [f64; 23] = [
    0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
    0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85,
];

/// From there on the share of those who are slower is divided by the tenth root of ten, so often: alarms on
/// high percentiles look far into the tail.
const TAIL: u8 = 50;

/// The slowest request is that of so many.
const SLOWEST: f64 = 1.0 - 1e-6;

/// p50 and p99 that are no further apart than this, relatively, agree; half of it is aimed at.
const CLOSE: f64 = 0.01;

/// As far may p90 be, which follows from the shape.
const FAIR: f64 = 0.15;

/// So many steps in a row that make it no better end the search.
const PATIENCE: usize = 12;

/// A difference that is at most this part of the least one so far is better.
const BETTER: f64 = 0.98;

/// How far a step goes at first, and at least, of what the ratios say: where much waits, all of it would be
/// too far.
const DAMPING: [f64; 2] = [0.8, 0.2];

/// A factor that no step exceeds: what an overloaded fleet shows says little of what another would.
const FARTHEST: f64 = 2.0;

/// A quantile table: shares from 0 to 1, and service times.
pub(super) type Quantiles = Vec<(f64, SimDuration)>;

/// Why there are no such service times.
#[derive(Debug)]
pub(super) enum NoService {
    /// The nearest ones show these p50, p90 and p99 \[s\] instead of those; `None` if no request was served.
    TooFar(Option<[[f64; 3]; 2]>),
    Trace(TraceError),
}

/// c and a.
#[derive(Clone, Copy, Debug)]
struct Shape {
    scale: f64,
    power: f64,
}

/// A shape and what it comes to.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    shape: Shape,
    /// p50, p90 and p99 shown \[ns\].
    shown_ns: [f64; 3],
    /// The larger relative difference of p50 and p99.
    error: f64,
}

/// The service times with which `alone`, whose model has what is observed as its latency, shows it.
///
/// # Errors
/// Why there are none.
pub(super) fn service_times(alone: &Alone<'_>, replications: u64) -> Result<Quantiles, NoService> {
    let wanted_ns = LEVELS.map(|level| alone.model.latency.quantile_ns(level));
    let best = search(alone, replications, wanted_ns).map_err(NoService::Trace)?;
    let is_fair = |best: &Attempt| (best.shown_ns[1] / wanted_ns[1] - 1.0).abs() <= FAIR;
    match best {
        Some(best) if best.error <= CLOSE && is_fair(&best) => Ok(best.shape.table(alone)),
        best => {
            let shown_and_wanted =
                |best: Attempt| [best.shown_ns, wanted_ns].map(|of| of.map(|ns| ns / 1e9));
            Err(NoService::TooFar(best.map(shown_and_wanted)))
        }
    }
}

/// The nearest shape; `None` if no request is served.
fn search(
    alone: &Alone<'_>,
    replications: u64,
    wanted_ns: [f64; 3],
) -> Result<Option<Attempt>, TraceError> {
    let [mut damping, least] = DAMPING;
    let mut shape = Shape { scale: 1.0, power: 1.0 };
    let mut best: Option<Attempt> = None;
    let mut in_vain = 0;
    while in_vain < PATIENCE {
        let Some(shown_s) = shape.shown_s(alone, replications)? else { return Ok(None) };
        let attempt = Attempt::of(shape, shown_s.map(|seconds| seconds * 1e9), wanted_ns);
        shape = attempt.corrected(wanted_ns, damping);
        if best.is_none_or(|best| attempt.error < BETTER * best.error) {
            best = Some(attempt);
            in_vain = 0;
            if attempt.error <= CLOSE / 2.0 {
                break;
            }
        } else {
            in_vain += 1;
            damping = (damping * 0.8).max(least);
        }
    }
    Ok(best)
}

impl Attempt {
    fn of(shape: Shape, shown_ns: [f64; 3], wanted_ns: [f64; 3]) -> Self {
        let off = |quantile: usize| (shown_ns[quantile] / wanted_ns[quantile] - 1.0).abs();
        Self { shape, shown_ns, error: off(0).max(off(2)) }
    }

    /// The next shape: the scale by the medians, the power by the distances from median to p99.
    fn corrected(&self, wanted_ns: [f64; 3], damping: f64) -> Shape {
        let Shape { scale, power } = self.shape;
        let distance = |[p50, _, p99]: [f64; 3]| (p99 / p50).ln();
        let wanted = (wanted_ns[0] / self.shown_ns[0]).powf(damping);
        let step = wanted.clamp(1.0 / FARTHEST, FARTHEST);
        // Where all wait for ever, the distances say nothing.
        let is_near = step.to_bits() == wanted.to_bits();
        let distances = distance(wanted_ns) / distance(self.shown_ns);
        let stretch = if is_near { distances.powf(damping) } else { 1.0 };
        Shape { scale: scale * step, power: power * stretch.clamp(1.0 / FARTHEST, FARTHEST) }
    }
}

impl Shape {
    fn table(self, alone: &Alone<'_>) -> Quantiles {
        let observed = &alone.model.latency;
        let median_ns = observed.quantile_ns(0.5);
        let service = |p: f64| {
            let x = observed.quantile_ns(p.min(SLOWEST)) / median_ns;
            let ns = (self.scale * median_ns * x.powf(self.power)).min(Distribution::LONGEST_NS);
            (p, SimDuration::from_secs_f64(ns / 1e9))
        };
        shares().map(service).collect()
    }

    /// p50, p90 and p99 that the fleet shows with these service times.
    fn shown_s(self, alone: &Alone<'_>, replications: u64) -> Result<Option<[f64; 3]>, TraceError> {
        let latency = Distribution::empirical(&self.table(alone))
            .expect("invariant: times of the table are from 0 to the longest, and ascend");
        let model = ModelSpec { latency, ..alone.model.clone() };
        Ok(Alone { model: &model, ..*alone }.served(replications)?.latency_s())
    }
}

/// Those of the table: from 0 to 1, closer to each other towards the slowest.
fn shares() -> impl Iterator<Item = f64> {
    let tail = (0..=TAIL).map(|step| 1.0 - 10_f64.powf(-1.0 - f64::from(step) / 10.0));
    [0.0].into_iter().chain(MIDDLE).chain(tail).chain([1.0])
}

#[cfg(test)]
#[path = "observed/tests.rs"]
mod tests;
