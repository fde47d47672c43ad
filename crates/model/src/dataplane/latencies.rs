//! Latency quantiles interval by interval, for runs that somebody wants to look at.

use crate::telemetry::histogram::Histogram;
use crate::telemetry::series::Series;
use crate::time::{SimDuration, SimTime};

/// The latencies of one fleet, one histogram for each published interval.
#[derive(Clone, Debug)]
pub struct IntervalLatencies {
    origin: SimTime,
    interval: SimDuration,
    histograms: Vec<Histogram>,
}

impl IntervalLatencies {
    /// None yet, in the intervals of `series`.
    pub fn new(series: &Series) -> Self {
        Self {
            origin: series.start_of(0),
            interval: series.interval(),
            histograms: vec![Histogram::new(); series.intervals()],
        }
    }

    /// Adds a latency \[ns\] to the interval around `at`, if there is one.
    pub fn add(&mut self, at: SimTime, latency_ns: i64) {
        if let Some(histogram) = self.around(at) {
            histogram.record(latency_ns);
        }
    }

    /// The latencies of the interval around `at`, if there is one.
    pub fn around(&mut self, at: SimTime) -> Option<&mut Histogram> {
        let since = at.as_nanos() - self.origin.as_nanos();
        let number = usize::try_from(since.div_euclid(self.interval.as_nanos())).ok()?;
        self.histograms.get_mut(number)
    }

    /// The latencies of the interval of this number.
    pub fn of(&self, number: usize) -> Option<&Histogram> {
        self.histograms.get(number)
    }
}
