//! Counts and times of the requests of a run. Everything is an integer, so no order of adding matters.

use crate::dataplane::ledger::Mark;
use crate::endpoint::fleet::{Answers, BATCH_REQUESTS, Fate};
use crate::telemetry::histogram::Histogram;
use crate::time::SimDuration;
use serde::{Deserialize, Serialize};

/// Declares counts that are added up and subtracted together, so that no new one can be left out.
macro_rules! counts {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$doc:meta])* pub $count:ident: $number:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$doc])* pub $count: $number,)*
        }

        impl $name {
            /// Adds all of another's.
            pub fn merge(&mut self, other: &Self) {
                $(self.$count += other.$count;)*
            }

            /// What has been counted since an earlier state of these.
            #[must_use]
            pub fn since(&self, before: &Self) -> Self {
                Self { $($count: self.$count - before.$count,)* }
            }
        }
    };
}

counts! {
    /// Requests counted by arrival.
    pub struct Tally {
        /// Requests of callers (mirrored copies not counted).
        pub requests: u64,
        /// Served by green.
        pub green: u64,
        /// Served by a faulty green.
        pub faulty_green: u64,
        /// Failed (4xx and 5xx, time-outs and rejections included).
        pub failed: u64,
        /// Of these, 4xx.
        pub failed_4xx: u64,
        /// Failed on green.
        pub green_failed: u64,
        /// Answered by the time-out.
        pub timed_out: u64,
        /// Turned away by a full queue.
        pub rejected: u64,
        /// Failed here and not without the deployment.
        pub attributable: u64,
        /// Of these, on green.
        pub attributable_green: u64,
        /// Failed without the deployment.
        pub failed_without: u64,
        /// Slower than `slow_over`.
        pub slow: u64,
        /// Slow here and not without the deployment.
        pub slow_attributable: u64,
        /// Slow without the deployment.
        pub slow_without: u64,
        /// Slow, but answered.
        pub slow_answers: u64,
        /// The same without the deployment.
        pub slow_answers_without: u64,
        /// Failed, slow or answered wrongly, each request once.
        pub harmed: u64,
        /// The same without the deployment.
        pub harmed_without: u64,
        /// On green: failures by the model's own verdict that blue's would not have given, less those that
        /// only blue's would have.
        pub failed_own: i64,
        /// On green: requests whose service alone was slow, less those of which that holds without the
        /// deployment.
        pub slow_own: i64,
        /// Mirrored copies.
        pub mirrored: u64,
        /// Answered wrongly; failures have no answer.
        pub wrong: u64,
        /// Answered wrongly here and rightly without the deployment.
        pub wrong_attributable: u64,
        /// Answered wrongly without the deployment.
        pub wrong_without: u64,
        /// Requests whose first attempt failed.
        pub first_failures: u64,
        /// Attempts after the first.
        pub retries: u64,
        /// Of these, on green.
        pub green_retries: u64,
        /// Attempts that the budget forbade.
        pub denied_retries: u64,
        /// Without an answer by the horizon.
        pub unanswered: u64,
    }
}

impl Tally {
    /// Adds a request that is not fine here, or would not have been without the deployment.
    pub fn add(&mut self, fate: Fate, here: Mark, without: Mark, on_green: bool) {
        let failed = here.failed();
        let attributable = failed && !without.failed();
        self.failed += u64::from(failed);
        self.failed_4xx += u64::from(fate == Fate::ClientError);
        self.green_failed += u64::from(failed && on_green);
        self.timed_out += u64::from(fate == Fate::TimedOut);
        self.rejected += u64::from(fate == Fate::Rejected);
        self.attributable += u64::from(attributable);
        self.attributable_green += u64::from(attributable && on_green);
        self.failed_without += u64::from(without.failed());
        self.slow += u64::from(here.slow());
        self.slow_attributable += u64::from(here.slow() && !without.slow());
        self.slow_without += u64::from(without.slow());
        self.slow_answers += u64::from(here.is_slow_answer());
        self.slow_answers_without += u64::from(without.is_slow_answer());
        self.harmed += u64::from(here.is_harmed());
        self.harmed_without += u64::from(without.is_harmed());
        self.wrong += u64::from(here.wrong());
        let right_without = !without.failed() && !without.wrong();
        self.wrong_attributable += u64::from(here.wrong() && right_without);
        self.wrong_without += u64::from(without.wrong());
    }

    /// Failed here minus failed without the deployment.
    pub fn excess(&self) -> i64 {
        net(self.failed, self.failed_without)
    }

    /// Slow here minus slow without the deployment.
    pub fn slow_excess(&self) -> i64 {
        net(self.slow, self.slow_without)
    }

    /// Slow but answered, here minus without the deployment.
    pub fn slow_answers_excess(&self) -> i64 {
        net(self.slow_answers, self.slow_answers_without)
    }

    /// Failed, slow or answered wrongly (each request once), here minus without the deployment.
    pub fn harmed_excess(&self) -> i64 {
        net(self.harmed, self.harmed_without)
    }

    /// Answered wrongly here minus without the deployment.
    pub fn wrong_excess(&self) -> i64 {
        net(self.wrong, self.wrong_without)
    }
}

/// A count of requests here, less the one without the deployment.
#[expect(clippy::cast_possible_wrap, reason = "counts of requests are far below 2^63")]
pub fn net(here: u64, without: u64) -> i64 {
    here as i64 - without as i64
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

    /// Adds those of the first `count` answers that were served.
    pub fn add_all(&mut self, answers: &Answers, count: usize) {
        let mut served = 0;
        let (mut waits_ns, mut responses_ns) = ([0; BATCH_REQUESTS], [0; BATCH_REQUESTS]);
        let rows = answers.fate.iter().zip(&answers.wait).zip(&answers.response).take(count);
        for ((&fate, wait), response) in rows {
            waits_ns[served] = wait.as_nanos();
            responses_ns[served] = response.as_nanos();
            served += usize::from(fate != Fate::Rejected);
        }
        self.waits.record_all(&waits_ns[..served]);
        self.responses.record_all(&responses_ns[..served]);
    }

    /// Adds all of another's.
    pub fn merge(&mut self, other: &Self) {
        self.waits.merge(&other.waits);
        self.responses.merge(&other.responses);
    }
}
