//! What a period of an alarm's metric holds: requests of one or two fleets, each a Poisson stream of
//! requests that behave alike; and from that the exact probability of each side of the threshold.
//!
//! A Poisson number of requests, of which each is independently "one" (failed, or slower than the cut),
//! falls into two independent Poisson numbers, of ones O and of zeros Z. So whatever the fleets,
//!
//! ```text
//! P(no datapoint) = e^−(λo + λz)
//! Average > θ     ⇔ O·(1 − θ) > Z·θ              P = Σ P(O = o) · P(Z ≤ z(o))
//! pNN > x         ⇔ Z < ⌈p·(O + Z)⌉              O, Z: requests slower than x, and the others
//! ```
//!
//! with z(o) the largest number of zeros beside o ones that still lies above the threshold, computed in
//! whole numbers. Averages and sums of latencies are compound Poisson sums ([`compound`]).
//!
//! Source: Kingman, Poisson Processes (1993), §5.1 (colouring theorem); the statistics are those of
//! [`statistic`](crate::telemetry::statistic).

use super::compound;
use super::poisson::Poisson;
use super::steady::Steady;
use super::watch::Watch;
use crate::telemetry::metric::{Comparison, Metric, PercentileMethod, Statistic};
use crate::telemetry::ratio::Ratio;
use crate::telemetry::statistic::cut_for;

/// The requests of one period.
#[derive(Clone, Debug)]
pub(super) struct Law<'a> {
    /// Expected requests of a period, and how each behaves.
    pub(super) parts: Vec<(f64, &'a Steady<'a>)>,
    /// Whether requests wait noticeably, so that latencies are lower bounds.
    pub(super) waits: bool,
    /// Whether waiting may end in errors (time-outs, full queues), so that these are lower bounds too.
    pub(super) fails_by_waiting: bool,
}

/// What a datapoint comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chance {
    /// There is one and it breaches.
    pub(super) breach: f64,
    /// There is none.
    pub(super) missing: f64,
}

/// What a datapoint is about, in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level {
    /// The mean of the metric, or for a percentile the share of requests beyond the threshold.
    pub(super) value: f64,
    /// What it is compared with: the threshold, or 1 − p.
    pub(super) limit: f64,
}

impl Level {
    /// Whether the long run is on the breaching side.
    pub(super) fn breaches(self, comparison: Comparison) -> bool {
        let order = self.value.partial_cmp(&self.limit);
        order.is_some_and(|order| comparison.holds(order))
    }
}

impl Law<'_> {
    /// Expected requests of the period.
    pub(super) fn requests(&self) -> f64 {
        self.parts.iter().map(|(requests, _)| requests).sum()
    }

    /// Whether everything that `watch` looks at is known.
    pub(super) fn is_known(&self, watch: &Watch<'_>) -> bool {
        self.parts.iter().all(|(_, steady)| match watch.metric {
            Metric::Invocations => true,
            Metric::ModelLatency => steady.latency_known,
            _ => steady.errors_known,
        })
    }

    /// Whether what `watch` looks at may be more than is reckoned with here, by waiting.
    pub(super) fn is_lower_bound(&self, watch: &Watch<'_>) -> bool {
        match watch.metric {
            Metric::Invocations => false,
            Metric::ModelLatency => self.waits,
            _ => self.fails_by_waiting,
        }
    }

    /// Where the datapoint settles; `None` if that is not known, or has no meaning.
    pub(super) fn level(&self, watch: &Watch<'_>) -> Option<Level> {
        let requests = self.requests();
        if !self.is_known(watch) || requests <= 0.0 {
            return None;
        }
        let threshold = watch.threshold().as_f64();
        let mean = |of: &dyn Fn(&Steady<'_>) -> f64| -> f64 {
            self.parts.iter().map(|(count, steady)| count * of(steady)).sum::<f64>() / requests
        };
        let is_latency = watch.metric == Metric::ModelLatency;
        let value = |steady: &Steady<'_>| {
            if is_latency { steady.mean_ns() } else { share_of_ones(watch.metric, steady) }
        };
        Some(match watch.statistic {
            Statistic::Average => Level { value: mean(&value), limit: threshold },
            Statistic::Sum => Level { value: mean(&value) * requests, limit: threshold },
            Statistic::SampleCount => Level { value: requests, limit: threshold },
            Statistic::Percentile(p) if is_latency => {
                let cut = ratio_of(cut_for(watch.spec.comparison, watch.threshold()));
                Level { value: mean(&|steady| steady.over(cut)), limit: 1.0 - p.as_f64() }
            }
            _ => return None,
        })
    }

    /// The probabilities of a datapoint; `None` if they cannot be computed.
    pub(super) fn chance(&self, watch: &Watch<'_>) -> Option<Chance> {
        let errors_independent = self.parts.iter().all(|(_, steady)| steady.errors_independent);
        let counts_errors = !matches!(watch.metric, Metric::ModelLatency | Metric::Invocations);
        if !self.is_known(watch) || counts_errors && !errors_independent {
            return None;
        }
        let missing = (-self.requests()).exp();
        let above = if watch.metric == Metric::ModelLatency {
            self.latency_above(watch)?
        } else {
            let ones = |steady: &Steady<'_>| share_of_ones(watch.metric, steady);
            self.split(ones)?.above(watch)?
        };
        let breaches_above = watch.spec.comparison.breaches_above();
        let breach = if breaches_above { above } else { 1.0 - missing - above };
        Some(Chance { breach: breach.clamp(0.0, 1.0), missing })
    }

    /// P(there is a datapoint, on the upper side of the threshold).
    fn latency_above(&self, watch: &Watch<'_>) -> Option<f64> {
        match watch.statistic {
            Statistic::Average | Statistic::Sum => {
                let nodes: Vec<(f64, f64)> = self
                    .parts
                    .iter()
                    .flat_map(|(count, steady)| {
                        steady.nodes().into_iter().map(move |(weight, ns)| (count * weight, ns))
                    })
                    .collect();
                let threshold = watch.threshold().as_f64();
                if watch.statistic == Statistic::Average {
                    compound::above(&nodes, threshold, 0.0)
                } else {
                    compound::above(&nodes, 0.0, threshold)
                }
            }
            Statistic::Percentile(_) if watch.method != PercentileMethod::NearestRank => None,
            _ => {
                let cut = ratio_of(cut_for(watch.spec.comparison, watch.threshold()));
                self.split(|steady| steady.over(cut))?.above(watch)
            }
        }
    }

    fn split(&self, ones: impl Fn(&Steady<'_>) -> f64) -> Option<Split> {
        let expected: f64 = self.parts.iter().map(|(count, steady)| count * ones(steady)).sum();
        let others = (self.requests() - expected).max(0.0);
        Some(Split { ones: Poisson::new(expected)?, zeros: Poisson::new(others)? })
    }
}

/// Probability that a request sends 1.
pub(super) fn share_of_ones(metric: Metric, steady: &Steady<'_>) -> f64 {
    match metric {
        Metric::Invocations => 1.0,
        Metric::Invocation4xxErrors => steady.p4,
        Metric::Invocation5xxErrors => steady.p5,
        Metric::InvocationModelErrors => steady.p4 + steady.p5,
        Metric::ModelLatency => f64::NAN,
    }
}

/// Independent Poisson numbers of ones and zeros.
struct Split {
    ones: Poisson,
    zeros: Poisson,
}

/// No number of zeros is too many.
const ANY: i128 = i128::MAX;
/// Even none is too many.
const NONE: i128 = -1;

impl Split {
    /// P(there is a datapoint, on the upper side of the threshold).
    fn above(&self, watch: &Watch<'_>) -> Option<f64> {
        if watch.statistic == Statistic::SampleCount {
            return Some(self.count_above(watch));
        }
        let mut sum = 0.0;
        for (ones, probability) in self.ones.terms() {
            let most = most_zeros(watch, i128::from(ones))?;
            let mut tail = self.zeros.at_most(most);
            if ones == 0 && most >= 0 {
                // Without any request there is no datapoint.
                tail -= self.zeros.at_most(0);
            }
            sum += probability * tail;
        }
        Some(sum)
    }

    fn count_above(&self, watch: &Watch<'_>) -> f64 {
        let mut sum = 0.0;
        for (ones, probability) in self.ones.terms() {
            let most_not_above = last_not_above(watch.spec.comparison, watch.threshold());
            // At least one request.
            let zeros = (most_not_above - i128::from(ones)).max(if ones == 0 { 0 } else { NONE });
            sum += probability * self.zeros.above(zeros);
        }
        sum
    }
}

/// How many zeros beside so many ones leave the datapoint on the upper side of the threshold, at most;
/// `None` for a statistic that is not of this kind.
fn most_zeros(watch: &Watch<'_>, ones: i128) -> Option<i128> {
    let comparison = watch.spec.comparison;
    let is_latency = watch.metric == Metric::ModelLatency;
    // Of a latency the ones are those above the cut, which is all that an extreme needs.
    let above = |value: i128| {
        if is_latency { value == 1 } else { is_above(comparison, Ratio::whole(value), watch) }
    };
    let all_or_none = |holds: bool| if holds { ANY } else { NONE };
    Some(match watch.statistic {
        Statistic::Average => most_zeros_of_average(watch.threshold(), comparison, ones),
        Statistic::Sum => all_or_none(is_above(comparison, Ratio::whole(ones), watch)),
        Statistic::Maximum => all_or_none(above((ones > 0).into())),
        Statistic::Minimum if above(0) => ANY,
        Statistic::Minimum => {
            if ones > 0 && above(1) {
                0
            } else {
                NONE
            }
        }
        Statistic::Percentile(_) if ones == 0 => NONE,
        Statistic::Percentile(p) => {
            // ⌈p·(o + z)⌉ > z ⇔ p·o > z·(1 − p); rank 1 is at least read.
            let rest = p.denominator() - p.numerator();
            if rest == 0 { ANY } else { (div_ceil(p.numerator() * ones, rest) - 1).max(0) }
        }
        _ => return None,
    })
}

/// Zeros z with o/(o + z) above a/b: a·z < o·(b − a), or ≤ where the threshold itself is above.
fn most_zeros_of_average(threshold: Ratio, comparison: Comparison, ones: i128) -> i128 {
    let (a, b) = (threshold.numerator(), threshold.denominator());
    let strict = is_strict(comparison);
    if a <= 0 {
        return if ones > 0 || !strict { ANY } else { NONE };
    }
    let room = ones * (b - a);
    if room < 0 {
        return NONE;
    }
    if strict { div_ceil(room, a) - 1 } else { room.div_euclid(a) }
}

/// Whether the upper side begins above the threshold rather than at it.
fn is_strict(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::GreaterThanThreshold | Comparison::LessThanOrEqualToThreshold)
}

fn is_above(comparison: Comparison, value: Ratio, watch: &Watch<'_>) -> bool {
    if is_strict(comparison) { value > watch.threshold() } else { value >= watch.threshold() }
}

/// The largest whole number that is not on the upper side.
fn last_not_above(comparison: Comparison, threshold: Ratio) -> i128 {
    if is_strict(comparison) { threshold.floor() } else { threshold.ceil() - 1 }
}

fn div_ceil(a: i128, b: i128) -> i128 {
    -(-a).div_euclid(b)
}

#[expect(clippy::cast_precision_loss, reason = "a time below 2^53 ns, or beyond every latency")]
fn ratio_of(cut_ns: i64) -> f64 {
    cut_ns as f64
}

#[cfg(test)]
mod tests;
