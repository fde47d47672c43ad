//! What an asynchronous endpoint publishes about its queue.
//!
//! A gauge is read at the end of each published interval and, like a datapoint of requests, stamped with the
//! interval's start. Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html>.
//! AWS does not say when or how often the gauges are read.

use crate::telemetry::ratio::Ratio;

/// The metrics, in the order of [`Backlog::values`].
pub const BACKLOG_METRICS: [&str; 5] = [
    "ApproximateBacklogSize",
    "ApproximateBacklogSizePerInstance",
    "ApproximateAgeOfOldestRequest",
    "HasBacklogWithoutCapacity",
    "TimeInBacklog",
];

/// The queue at an instant, and what left it since the last time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Requests that wait or are in process.
    pub size: u64,
    /// Requests that wait.
    pub waiting: u64,
    /// Instances that take requests.
    pub instances: u64,
    /// Age of the oldest request \[ns\], 0 if there is none.
    pub oldest_ns: i64,
    /// Requests that were taken from the queue since the last time.
    pub taken: u64,
    /// How long these had waited, together \[ns\].
    pub taken_waits_ns: i128,
}

impl Backlog {
    /// The values of [`BACKLOG_METRICS`] in CloudWatch's units: requests, requests per instance, seconds, 0
    /// or 1, milliseconds (the mean of the requests taken). `None` publishes nothing.
    pub fn values(&self) -> [Option<Ratio>; 5] {
        let over = |part: i128, whole: u64| (whole > 0).then(|| Ratio::new(part, whole.into()));
        let without_capacity = self.waiting > 0 && self.instances == 0;
        [
            Some(Ratio::whole(self.size.into())),
            over(self.size.into(), self.instances),
            Some(Ratio::new(self.oldest_ns.into(), 1_000_000_000)),
            Some(Ratio::whole(without_capacity.into())),
            (self.taken > 0)
                .then(|| Ratio::new(self.taken_waits_ns, i128::from(self.taken) * 1_000_000)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_the_units_of_cloudwatch() {
        let backlog = Backlog {
            size: 9,
            waiting: 5,
            instances: 2,
            oldest_ns: 1_500_000_000,
            taken: 2,
            taken_waits_ns: 3_000_000,
        };
        let values = backlog.values().map(|value| value.map(Ratio::as_f64));
        assert_eq!(values, [Some(9.0), Some(4.5), Some(1.5), Some(0.0), Some(1.5)]);
    }

    #[test]
    fn without_instances_there_is_a_backlog_without_capacity() {
        let backlog = Backlog { size: 1, waiting: 1, ..Backlog::default() };
        let values = backlog.values().map(|value| value.map(Ratio::as_f64));
        assert_eq!(values, [Some(1.0), None, Some(0.0), Some(1.0), None]);
    }
}
