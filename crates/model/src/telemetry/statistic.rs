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
//! does not say how percentiles interpolate, hence [`PercentileMethod`]. Statistics of a part of the
//! values are those of [`extended`](crate::telemetry::extended): exact with bounds in microseconds,
//! from counts and sums above the two bounds; with bounds in percent from latencies by size
//! ([`Buckets`]). Not modelled: the sketch with buckets of 10 % that CloudWatch's
//! agents send.

use crate::telemetry::bin::Bin;
use crate::telemetry::detail::{Buckets, Tail};
use crate::telemetry::extended::{Bounds, Extended, Parts, Run, percentile};
use crate::telemetry::metric::{Comparison, Metric, PercentileMethod, Statistic, TrimMethod};
use crate::telemetry::position::Position;
use crate::telemetry::ratio::Ratio;
use crate::telemetry::series::Totals;

const NANOS_PER_MICRO: i128 = 1000;

/// A statistic of a metric against a threshold.
#[derive(Clone, Copy, Debug)]
pub struct Criterion {
    metric: Metric,
    statistic: Statistic,
    method: PercentileMethod,
    trim: TrimMethod,
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
        let trim = TrimMethod::Fractional;
        Self { metric, statistic, method, trim, comparison, threshold }
    }

    /// The same question with bounds in percent cut so.
    #[must_use]
    pub const fn trimmed(mut self, trim: TrimMethod) -> Self {
        self.trim = trim;
        self
    }

    /// The cuts \[ns\] above which number and sum of the latencies are needed: those of a statistic of
    /// latencies between bounds in microseconds.
    pub fn tails_ns(&self) -> [Option<i64>; 2] {
        self.bounds_ns().map(|bound| {
            // Latencies are whole: x > bound if and only if x > ⌊bound⌋.
            bound.map(|bound_ns| i64::try_from(bound_ns.floor()).unwrap_or(i64::MAX))
        })
    }

    /// Whether latencies by size are needed: for a statistic of those between bounds in percent.
    pub const fn needs_buckets(&self) -> bool {
        matches!(
            (self.metric, self.statistic),
            (Metric::ModelLatency, Statistic::Extended(Extended { bounds: Bounds::Ranks(..), .. }))
        )
    }

    /// The datapoint of latencies \[ns\] that are known by size, to within 1/128 of itself; `None`
    /// without data.
    pub fn bucketed(&self, buckets: &Buckets) -> Option<Ratio> {
        let runs = buckets.runs();
        match self.statistic {
            Statistic::Percentile(p) => percentile(&runs, p, self.method),
            Statistic::Extended(extended) => extended.of_runs(&runs, self.method, self.trim),
            _ => None,
        }
    }

    /// How a datapoint compares with the threshold.
    pub fn holds(&self, value: Ratio) -> bool {
        self.comparison.holds(value.cmp(&self.threshold))
    }

    /// How many values a datapoint is made of.
    pub const fn samples(&self, totals: &Totals) -> u64 {
        match self.metric {
            Metric::ModelLatency => totals.bin.latencies(),
            _ => totals.bin.requests(),
        }
    }

    /// The bounds \[ns\] of a statistic of latencies between bounds in microseconds.
    fn bounds_ns(&self) -> [Option<Ratio>; 2] {
        match (self.metric, self.statistic) {
            (
                Metric::ModelLatency,
                Statistic::Extended(Extended { bounds: Bounds::Values(above, up_to), .. }),
            ) => [above, up_to].map(|bound| bound.map(|micros| micros.times(NANOS_PER_MICRO))),
            _ => [None, None],
        }
    }

    /// The fraction, 0 to 1, at which a percentile of latencies is read, and how; `None` of all else.
    pub fn latency_percentile(&self) -> Option<(Ratio, PercentileMethod)> {
        match (self.metric, self.statistic) {
            (Metric::ModelLatency, Statistic::Percentile(p)) => Some((p, self.method)),
            _ => None,
        }
    }

    /// Where latencies must be divided for this question \[ns\]; present if and only if it is about
    /// a percentile of latencies.
    pub fn cut_ns(&self) -> Option<i64> {
        self.latency_percentile().map(|_| cut_for(self.comparison, self.threshold))
    }

    /// Whether the datapoint breaches, exactly; `None` if there is no datapoint. The probe of
    /// `totals` must be that of [`cut_ns`](Self::cut_ns).
    pub fn breaches(&self, totals: &Totals) -> Option<bool> {
        if let Some((p, _)) = self.latency_percentile() {
            self.latency_percentile_breaches(p, totals)
        } else {
            self.exact(totals).map(|value| self.holds(value))
        }
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

    /// The datapoint \[the metric's unit; latency in ns\]. `None` without data, for a percentile of
    /// latencies, of which only its side of the threshold is known, and where latencies by size are
    /// needed.
    pub fn exact(&self, totals: &Totals) -> Option<Ratio> {
        let bin = &totals.bin;
        let ones = match self.metric {
            Metric::ModelLatency => return self.latency(totals),
            Metric::Invocations => bin.requests(),
            Metric::Invocation4xxErrors => bin.errors_4xx(),
            Metric::Invocation5xxErrors => bin.errors_5xx(),
            Metric::InvocationModelErrors => bin.errors(),
        };
        if let Statistic::Extended(extended) = self.statistic {
            let group =
                |count: u64, value| Run { count, sum: Ratio::whole(value).times(count.into()) };
            let runs = [group(bin.requests() - ones, 0), group(ones, 1)];
            let runs: Vec<Run> = runs.into_iter().filter(|run| run.count > 0).collect();
            return extended.of_runs(&runs, self.method, self.trim);
        }
        (bin.requests() > 0).then(|| zeros_and_ones(self.statistic, self.method, bin, ones))
    }

    /// Statistics of the latencies \[ns\] other than percentiles and those with bounds in percent.
    fn latency(&self, totals: &Totals) -> Option<Ratio> {
        let bin = &totals.bin;
        let (min, max) = (bin.latency_min_ns()?, bin.latency_max_ns()?);
        match self.statistic {
            Statistic::Average => Some(Ratio::new(bin.latency_sum_ns(), bin.latencies().into())),
            Statistic::Sum => Some(Ratio::whole(bin.latency_sum_ns())),
            Statistic::Minimum => Some(Ratio::whole(min.into())),
            Statistic::Maximum => Some(Ratio::whole(max.into())),
            Statistic::SampleCount => Some(Ratio::whole(bin.latencies().into())),
            Statistic::Extended(Extended { measure, bounds: Bounds::Values(above, up_to) }) => {
                let all = Tail { over: bin.latencies(), sum_ns: bin.latency_sum_ns() };
                let [low, high] = totals.tails;
                let low = if above.is_some() { low } else { all };
                let high = if up_to.is_some() { high } else { Tail::default() };
                let parts = Parts {
                    below: all.over - low.over,
                    inside: low.over - high.over,
                    sum: Ratio::whole(low.sum_ns - high.sum_ns),
                    above: high.over,
                };
                measure.of_parts(parts, self.bounds_ns())
            }
            Statistic::Percentile(_) | Statistic::Extended(_) => None,
        }
    }
}

/// The integer cut \[ns\] that decides a comparison of whole numbers with `threshold` \[ns\]: x is
/// on its upper side (x ≥ θ for `≥` and `<`, x > θ for `>` and `≤`) if and only if x exceeds the
/// cut.
pub fn cut_for(comparison: Comparison, threshold: Ratio) -> i64 {
    let cut = match comparison {
        Comparison::GreaterThanOrEqualToThreshold | Comparison::LessThanThreshold => {
            threshold.ceil() - 1
        }
        _ => threshold.floor(),
    };
    // Beyond the range there is no latency: the nearest cut divides them just the same.
    i64::try_from(cut).unwrap_or(if cut > 0 { i64::MAX } else { i64::MIN })
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
        Statistic::SampleCount | Statistic::Extended(_) => Ratio::whole(count),
        Statistic::Percentile(p) => {
            let at = Position::new(p, bin.requests(), method);
            let value_of = |rank: i128| Ratio::whole((rank > count - ones).into());
            at.between(value_of(at.rank), value_of(at.rank + 1))
        }
    }
}

#[cfg(test)]
mod tests;
