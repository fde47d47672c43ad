//! What a period of an alarm's metric holds: requests of one or two fleets, each a Poisson stream of
//! requests that behave alike; and from that the exact probability of each side of the threshold.
//!
//! Numbers of requests are Poisson, and each request is by itself one or zero: see
//! [`split`](crate::telemetry::split). Averages and sums of latencies are compound Poisson sums
//! ([`compound`]).

use super::compound;
use super::watch::Watch;
use super::why::Why;
use crate::endpoint::steady::{Steady, nanos_f64};
use crate::telemetry::metric::{Comparison, Metric, PercentileMethod, Statistic};
use crate::telemetry::split::{Chance, Question, Split};
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

    /// Whether everything that `watch` looks at is known, or why not.
    fn known(&self, watch: &Watch<'_>) -> Result<(), Why> {
        let is_known = self.parts.iter().all(|(_, steady)| match watch.metric {
            Metric::Invocations => true,
            Metric::ModelLatency => steady.latency_known,
            _ => steady.errors_known,
        });
        is_known.then_some(()).ok_or(Why::LoadOrTime)
    }

    /// Whether what `watch` looks at is as reckoned here, or why it may be more.
    pub(super) fn exact(&self, watch: &Watch<'_>) -> Result<(), Why> {
        if self.is_lower_bound(watch) { Err(Why::Waits) } else { Ok(()) }
    }

    /// Whether what `watch` looks at may be more than is reckoned with here, by waiting.
    pub(super) fn is_lower_bound(&self, watch: &Watch<'_>) -> bool {
        match watch.metric {
            Metric::Invocations => false,
            Metric::ModelLatency => self.waits,
            _ => self.fails_by_waiting,
        }
    }

    /// Where the datapoint settles, or why that is not known, or has no meaning.
    pub(super) fn level(&self, watch: &Watch<'_>) -> Result<Level, Why> {
        let requests = self.requests();
        self.known(watch)?;
        if requests <= 0.0 {
            return Err(Why::NoRequests);
        }
        let threshold = watch.threshold().as_f64();
        let mean = |of: &dyn Fn(&Steady<'_>) -> f64| -> f64 {
            self.parts.iter().map(|(count, steady)| count * of(steady)).sum::<f64>() / requests
        };
        let is_latency = watch.metric == Metric::ModelLatency;
        let value = |steady: &Steady<'_>| {
            if is_latency { steady.mean_ns() } else { share_of_ones(watch.metric, steady) }
        };
        Ok(match watch.statistic {
            Statistic::Average => Level { value: mean(&value), limit: threshold },
            Statistic::Sum => Level { value: mean(&value) * requests, limit: threshold },
            Statistic::SampleCount => Level { value: requests, limit: threshold },
            Statistic::Percentile(p) if is_latency => {
                let cut = nanos_f64(cut_for(watch.spec.comparison, watch.threshold()));
                Level { value: mean(&|steady| steady.over(cut)), limit: 1.0 - p.as_f64() }
            }
            _ => return Err(Why::NoLevel),
        })
    }

    /// The probabilities of a datapoint, or why they cannot be computed.
    pub(super) fn chance(&self, watch: &Watch<'_>) -> Result<Chance, Why> {
        let errors_independent = self.parts.iter().all(|(_, steady)| steady.errors_independent);
        let counts_errors = !matches!(watch.metric, Metric::ModelLatency | Metric::Invocations);
        self.known(watch)?;
        if counts_errors && !errors_independent {
            return Err(Why::Clumps);
        }
        let above = if watch.metric == Metric::ModelLatency {
            self.latency_above(watch)?
        } else {
            let ones = |steady: &Steady<'_>| share_of_ones(watch.metric, steady);
            self.split_above(watch, ones)?
        };
        Ok(Chance::new(above, self.requests(), watch.spec.comparison))
    }

    /// P(there is a datapoint, on the upper side of the threshold).
    fn latency_above(&self, watch: &Watch<'_>) -> Result<f64, Why> {
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
                let above = if watch.statistic == Statistic::Average {
                    compound::above(&nodes, threshold, 0.0)
                } else {
                    compound::above(&nodes, 0.0, threshold)
                };
                above.ok_or(Why::FewForSums)
            }
            Statistic::Percentile(_) if watch.method != PercentileMethod::NearestRank => {
                Err(Why::Interpolated)
            }
            _ => {
                let cut = nanos_f64(cut_for(watch.spec.comparison, watch.threshold()));
                self.split_above(watch, |steady| steady.over(cut))
            }
        }
    }

    /// P(there is a datapoint, on the upper side of the threshold), of requests that are ones or zeros.
    fn split_above(
        &self,
        watch: &Watch<'_>,
        ones: impl Fn(&Steady<'_>) -> f64,
    ) -> Result<f64, Why> {
        let expected: f64 = self.parts.iter().map(|(count, steady)| count * ones(steady)).sum();
        let others = (self.requests() - expected).max(0.0);
        let split = Split::new(expected, others).ok_or(Why::TooMany)?;
        split.above(&question(watch)).ok_or(Why::Statistic)
    }
}

fn question(watch: &Watch<'_>) -> Question {
    Question {
        statistic: watch.statistic,
        comparison: watch.spec.comparison,
        threshold: watch.threshold(),
        is_latency: watch.metric == Metric::ModelLatency,
    }
}

/// Probability that a request sends 1.
pub(super) fn share_of_ones(metric: Metric, steady: &Steady<'_>) -> f64 {
    metric.share_of_ones(steady.p4, steady.p5).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests;
