//! Which of two policies is the better one.
//!
//! 1. The one that is less beyond what the limits allow with their margin
//!    ([`limits`](crate::tuning::limits)); 2. the one of the smaller objective; 3. the one that harms fewer;
//! 4. the one that bakes for a shorter time before green has all traffic; 5. the one with more of its alarms
//!    and its rollout as they are at present; 6. the one whose thresholds lie in the wider stretch for its
//!    size; 7. the one of higher thresholds; 8. the one that comes first.
//!
//! Which of several that are equal but for chance is recommended is in [`plateau`](crate::tuning::plateau).

use crate::tuning::line::Pick;
use crate::tuning::performance::Judge;
use crate::tuning::results::{Policy, Setting};
use crate::tuning::sums::Score;
use std::cmp::Ordering;

/// The best policy of a plan and its shapes.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub policy: Policy,
    pub score: Score,
    /// The narrowest of its stretches, for its size.
    pub width: f64,
}

impl Found {
    /// Better ones are less.
    pub(super) fn compare(&self, other: &Self, judge: &Judge<'_>) -> Ordering {
        let is_present = |found: &Self| {
            let plan = judge.expansion.plans[found.policy.plan].is_present();
            let is_shape = |setting: &&Setting| judge.expansion.shapes[setting.shape].is_present();
            (plan, found.policy.settings.iter().filter(is_shape).count())
        };
        let thresholds = |found: &Self| {
            found.policy.settings.iter().map(|setting| setting.threshold).collect::<Vec<_>>()
        };
        self.score
            .compare(&other.score)
            .then_with(|| baked(judge, &self.policy).cmp(&baked(judge, &other.policy)))
            .then_with(|| is_present(other).cmp(&is_present(self)))
            .then(other.width.total_cmp(&self.width))
            .then_with(|| thresholds(other).cmp(&thresholds(self)))
    }
}

/// Time to full traffic, but for what all plans have in common \[ns\].
pub(super) fn baked(judge: &Judge<'_>, policy: &Policy) -> i64 {
    let stages = &judge.expansion.scenario.strategies[policy.plan].stages;
    let before_last = &stages[..stages.len().saturating_sub(1)];
    before_last.iter().map(|stage| stage.bake.as_nanos()).sum()
}

/// The better of two thresholds of one alarm; the first of equal ones.
pub(super) fn better(judge: &Judge<'_>, first: Pick, second: Pick) -> Pick {
    let is_present = |pick: &Pick| judge.expansion.shapes[pick.setting.shape].is_present();
    let order = first
        .score
        .compare(&second.score)
        .then(is_present(&second).cmp(&is_present(&first)))
        .then(second.width.total_cmp(&first.width))
        .then(second.setting.threshold.cmp(&first.setting.threshold));
    if order.is_le() { first } else { second }
}
