//! Counts and times of the requests of a run. Everything is an integer, so no order of adding matters.

use crate::telemetry::histogram::Histogram;
use crate::time::SimDuration;

/// Requests counted by arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests of callers.
    pub requests: u64,
    /// Served by green.
    pub green: u64,
    /// Served by a faulty green.
    pub faulty_green: u64,
    /// Failed.
    pub failed: u64,
    /// Of these, 4xx.
    pub failed_4xx: u64,
    /// Failed on green.
    pub green_failed: u64,
    /// Answered by the time-out.
    pub timed_out: u64,
    /// Turned away.
    pub rejected: u64,
    /// Failed here and not without the deployment.
    pub attributable: u64,
    /// Of these, on green.
    pub attributable_green: u64,
    /// Failed without the deployment.
    pub failed_without: u64,
    /// Slow.
    pub slow: u64,
    /// Slow here and not without the deployment.
    pub slow_attributable: u64,
    /// Mirrored copies.
    pub mirrored: u64,
    /// Answered wrongly; failures have no answer.
    pub wrong: u64,
    /// Answered wrongly here and rightly without the deployment.
    pub wrong_attributable: u64,
    /// Answered wrongly without the deployment.
    pub wrong_without: u64,
}

/// Waiting and response times of one fleet's requests.
#[derive(Clone, Debug, Default)]
pub struct Timing {
    /// Times in the queue.
    pub waits: Histogram,
    /// Times from arrival to answer.
    pub responses: Histogram,
}

impl Timing {
    /// Adds a served request.
    #[inline]
    pub fn add(&mut self, wait: SimDuration, response: SimDuration) {
        self.waits.record(wait.as_nanos());
        self.responses.record(response.as_nanos());
    }

    /// Adds all of another's.
    pub fn merge(&mut self, other: &Self) {
        self.waits.merge(&other.waits);
        self.responses.merge(&other.responses);
    }
}
