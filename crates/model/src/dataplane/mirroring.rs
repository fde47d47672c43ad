//! What a shadow test can compare: the answers of production and shadow to the same mirrored requests.
//!
//! Latency is the time at the instance (waiting and service) on both sides, rejected requests left out; the
//! overhead of mirroring is not in it. It is compared at equal age: requests that come while an instance of
//! the shadow is still cold are left out on both sides, for production has long been warm. A copy has luck
//! of its own, in its service time and in whether it fails: the two are two machines.
//!
//! Source of what is compared:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-view-monitor-edit.html>, whose console
//! shows the two variants' latency and error metrics side by side.

use crate::dataplane::tally::Timing;
use crate::endpoint::fleet::{Answer, Fate};

/// The mirrored requests so far.
#[derive(Clone, Debug, Default)]
pub struct Mirroring {
    /// Production's times of those that came when the shadow was warm.
    pub production: Timing,
    /// The shadow's of the same.
    pub shadow: Timing,
    /// How many.
    pub requests: u64,
    /// Failed in production.
    pub production_failed: u64,
    /// Failed on the shadow.
    pub shadow_failed: u64,
    /// Failed on exactly one of them.
    pub discordant: u64,
    /// Answered by both, where quality is modelled.
    pub judged: u64,
    /// Of these, both right or both wrong.
    pub agreed: u64,
    /// Of the judged ones, right in production and on the shadow.
    pub right: [u64; 2],
}

impl Mirroring {
    /// Adds a request; `right` says whether the two answers are right, if that is known, and `is_warm`
    /// whether the shadow is.
    pub fn add(
        &mut self,
        production: &Answer,
        shadow: &Answer,
        right: Option<[bool; 2]>,
        is_warm: bool,
    ) {
        for (timing, answer) in [(&mut self.production, production), (&mut self.shadow, shadow)] {
            if is_warm && answer.fate != Fate::Rejected {
                timing.add(answer.wait, answer.response);
            }
        }
        let [live, copy] = [production, shadow].map(|answer| answer.fate.is_failure());
        self.requests += 1;
        self.production_failed += u64::from(live);
        self.shadow_failed += u64::from(copy);
        self.discordant += u64::from(live != copy);
        if let Some([live_right, copy_right]) = right.filter(|_| !live && !copy) {
            self.judged += 1;
            self.agreed += u64::from(live_right == copy_right);
            self.right[0] += u64::from(live_right);
            self.right[1] += u64::from(copy_right);
        }
    }
}
