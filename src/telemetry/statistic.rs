//! From the requests of a period to a datapoint, and from the datapoint to "breaching or not".
//!
//! Sums, averages and extremes are exact fractions and compared with the threshold as such: 3
//! errors of 200 requests are not above 1.5 %, whatever binary floating point says of 0.015.
//!
//! Percentiles of latencies are decided exactly without keeping the latencies. With n latencies
//! x₁ ≤ … ≤ xₙ, a percentile reads the rank r (and r + 1 at the fraction f of the way):
//!
//! - nearest rank: r = max(1, ⌈p·n⌉), f = 0 (Hyndman & Fan 1996, type 1);
//! - linear: 1 + p·(n − 1) = r + f with whole r (type 7).
//!
//! A latency is a whole number of nanoseconds, so x > θ if and only if x > ⌊θ⌋, and x ≥ θ if and
//! only if x > ⌈θ⌉ − 1: every comparison is "exceeds an integer cut" or its negation. If w
//! latencies lie within the cut, xᵣ exceeds it if and only if r > w. Only when r = w and f > 0 do
//! the two order statistics lie on different sides; they are then the largest latency within and
//! the smallest above the cut, which a [`Probe`](crate::telemetry::bin::Probe) keeps.
//!
//! Source of the statistics' meaning:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>. It
//! does not say how percentiles interpolate, hence [`PercentileMethod`]. Not modelled: trimmed
//! means and the like, percentile ranks, and the sketch with buckets of 10 % that CloudWatch's
//! agents send.

use crate::telemetry::bin::Bin;
use crate::telemetry::metric::{Comparison, Metric, PercentileMethod, Statistic};
use crate::telemetry::ratio::Ratio;
use crate::telemetry::series::Totals;

/// A statistic of a metric against a threshold.
#[derive(Clone, Copy, Debug)]
pub struct Criterion {
    metric: Metric,
    statistic: Statistic,
    method: PercentileMethod,
    comparison: Comparison,
    threshold: Ratio,
}

impl Criterion {
    /// The question "does this statistic of the metric, compared so with the threshold, breach?";
    /// the threshold of a latency is in nanoseconds.
    pub const fn new(
        metric: Metric,
        statistic: Statistic,
        method: PercentileMethod,
        comparison: Comparison,
        threshold: Ratio,
    ) -> Self {
        Self { metric, statistic, method, comparison, threshold }
    }

    /// Where latencies must be divided for this question \[ns\]; present if and only if it is about
    /// a percentile of latencies.
    pub fn cut_ns(&self) -> Option<i64> {
        match (self.metric, self.statistic) {
            (Metric::ModelLatency, Statistic::Percentile(_)) => {
                Some(cut_for(self.comparison, self.threshold))
            }
            _ => None,
        }
    }

    /// Whether the datapoint breaches, exactly; `None` if there is no datapoint. The probe of
    /// `totals` must be that of [`cut_ns`](Self::cut_ns).
    pub fn breaches(&self, totals: &Totals) -> Option<bool> {
        if let (Metric::ModelLatency, Statistic::Percentile(p)) = (self.metric, self.statistic) {
            self.latency_percentile_breaches(p, totals)
        } else {
            let value = self.exact(&totals.bin)?;
            Some(self.comparison.holds(value.cmp(&self.threshold)))
        }
    }

    /// The datapoint for people \[the metric's unit; latency in ns\]. `None` without data, and for
    /// a percentile of latencies, of which only its side of the threshold is known.
    pub fn value(&self, totals: &Totals) -> Option<f64> {
        self.exact(&totals.bin).map(Ratio::as_f64)
    }

    fn latency_percentile_breaches(&self, p: Ratio, totals: &Totals) -> Option<bool> {
        let (bin, probe) = (&totals.bin, &totals.probe);
        if bin.latencies() == 0 {
            return None;
        }
        let at = Position::new(p, bin.latencies(), self.method);
        let within = i128::from(bin.latencies() - probe.over());
        if at.rank == within {
            // The next rank is above the cut, and without weight if the fraction is 0.
            let nanos = |nanos: i64| Ratio::whole(nanos.into());
            let value = at.between(nanos(probe.highest_within_ns()), nanos(probe.lowest_over_ns()));
            return Some(self.comparison.holds(value.cmp(&self.threshold)));
        }
        let exceeds = at.rank > within;
        Some(exceeds == self.comparison.breaches_above())
    }

    /// The datapoint as a fraction; `None` without data and for percentiles of latencies.
    fn exact(&self, bin: &Bin) -> Option<Ratio> {
        let ones = match self.metric {
            Metric::ModelLatency => return latency(self.statistic, bin),
            Metric::Invocations => bin.requests(),
            Metric::Invocation4xxErrors => bin.errors_4xx(),
            Metric::Invocation5xxErrors => bin.errors_5xx(),
            Metric::InvocationModelErrors => bin.errors(),
        };
        (bin.requests() > 0).then(|| zeros_and_ones(self.statistic, self.method, bin, ones))
    }
}

/// The integer cut \[ns\] that decides a comparison of whole numbers with `threshold` \[ns\]: x is
/// on its upper side (x ≥ θ for `≥` and `<`, x > θ for `>` and `≤`) if and only if x exceeds the
/// cut.
pub fn cut_for(comparison: Comparison, threshold: Ratio) -> i64 {
    let cut = match comparison {
        Comparison::GreaterThanThreshold | Comparison::LessThanOrEqualToThreshold => {
            threshold.floor()
        }
        Comparison::GreaterThanOrEqualToThreshold | Comparison::LessThanThreshold => {
            threshold.ceil() - 1
        }
    };
    // Beyond the range there is no latency: the nearest cut divides them just the same.
    i64::try_from(cut).unwrap_or(if cut > 0 { i64::MAX } else { i64::MIN })
}

/// Statistics other than percentiles of the latencies \[ns\].
fn latency(statistic: Statistic, bin: &Bin) -> Option<Ratio> {
    let (min, max) = (bin.latency_min_ns()?, bin.latency_max_ns()?);
    match statistic {
        Statistic::Average => Some(Ratio::new(bin.latency_sum_ns(), bin.latencies().into())),
        Statistic::Sum => Some(Ratio::whole(bin.latency_sum_ns())),
        Statistic::Minimum => Some(Ratio::whole(min.into())),
        Statistic::Maximum => Some(Ratio::whole(max.into())),
        Statistic::SampleCount => Some(Ratio::whole(bin.latencies().into())),
        Statistic::Percentile(_) => None,
    }
}

/// Statistics of a metric that is 1 for `ones` of the requests, of which there are some, and else
/// 0.
fn zeros_and_ones(statistic: Statistic, method: PercentileMethod, bin: &Bin, ones: u64) -> Ratio {
    let (count, ones) = (i128::from(bin.requests()), i128::from(ones));
    match statistic {
        Statistic::Average => Ratio::new(ones, count),
        Statistic::Sum => Ratio::whole(ones),
        Statistic::Minimum => Ratio::whole((ones == count).into()),
        Statistic::Maximum => Ratio::whole((ones > 0).into()),
        Statistic::SampleCount => Ratio::whole(count),
        Statistic::Percentile(p) => {
            let at = Position::new(p, bin.requests(), method);
            let value_of = |rank: i128| Ratio::whole((rank > count - ones).into());
            at.between(value_of(at.rank), value_of(at.rank + 1))
        }
    }
}

/// Where a percentile is read: at a rank, from 1, and a fraction of the way to the next.
pub(super) struct Position {
    pub(super) rank: i128,
    numerator: i128,
    denominator: i128,
}

impl Position {
    /// `p` is between 0 and 1, `count` positive.
    pub(super) fn new(p: Ratio, count: u64, method: PercentileMethod) -> Self {
        let count = i128::from(count);
        match method {
            PercentileMethod::NearestRank => {
                Self { rank: p.times(count).ceil().max(1), numerator: 0, denominator: 1 }
            }
            PercentileMethod::Linear => {
                let steps = p.times(count - 1);
                Self {
                    rank: 1 + steps.floor(),
                    numerator: steps.numerator().rem_euclid(steps.denominator()),
                    denominator: steps.denominator(),
                }
            }
        }
    }

    /// The value there, `low` being the one at the rank and `high` the next.
    pub(super) fn between(&self, low: Ratio, high: Ratio) -> Ratio {
        if self.numerator == 0 {
            return low;
        }
        let share = Ratio::new(self.numerator, self.denominator);
        let rest = Ratio::new(self.denominator - self.numerator, self.denominator);
        low.multiplied(rest).plus(high.multiplied(share))
    }
}

#[cfg(test)]
mod tests;
