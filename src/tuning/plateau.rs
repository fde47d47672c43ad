//! Which of the policies that do equally well is chosen.
//!
//! Policies are equal where both keep the limits and the paired difference of the objective lies within its
//! interval of the experiment's confidence: the runs cannot tell them apart. Among them
//!
//! 1. the present one, if it is one of them;
//! 2. else the plainest shapes: the fewest datapoints to look at, then the fewest that need not breach;
//! 3. then the shorter bake before green has all traffic, and what has more of the present settings;
//! 4. of the thresholds of a shape, the middle of the stretch that does as well: what lies at its end is
//!    there by the luck of these runs.

use crate::stats::interval::Mean;
use crate::tuning::descent::without;
use crate::tuning::line::{Line, Place};
use crate::tuning::performance::Judge;
use crate::tuning::results::{Policy, Setting};
use crate::tuning::select::{Found, baked};
use crate::tuning::threshold_sweep::sums_of;

/// The best policy, and what is compared with it.
struct Equals<'j, 'a> {
    judge: &'j Judge<'a>,
    best: Vec<f64>,
}

impl<'j, 'a> Equals<'j, 'a> {
    fn new(judge: &'j Judge<'a>, best: &Policy) -> Self {
        Self { judge, best: values(judge, best) }
    }

    /// Whether the runs cannot tell that a policy is worse than the best one.
    fn holds(&self, policy: &Policy) -> bool {
        let values = values(self.judge, policy);
        let worse: Vec<f64> = values.iter().zip(&self.best).map(|(one, best)| one - best).collect();
        let interval = Mean::of(&worse).and_then(|mean| mean.interval(self.judge.confidence));
        interval.is_none_or(|interval| interval.low <= 0.0)
    }
}

/// The objective on the runs that choose.
fn values(judge: &Judge<'_>, policy: &Policy) -> Vec<f64> {
    let weights = judge.question.weights.as_deref().unwrap_or_default();
    let of = crate::tuning::objective::Question::objective;
    judge.values(policy, &judge.chosen_on, of, weights)
}

/// The one to choose of those found, which are sorted, best first.
pub(super) fn settle(judge: &Judge<'_>, found: &[Found]) -> Option<Found> {
    let best = found.first()?;
    if !best.score.is_feasible() {
        return Some(best.clone());
    }
    let equals = Equals::new(judge, &best.policy);
    let good = found.iter().filter(|one| one.score.is_feasible() && equals.holds(&one.policy));
    let chosen = good.min_by(|a, b| plainness(judge, a).cmp(&plainness(judge, b)))?;
    Some(in_the_middle(&equals, chosen))
}

/// Less is plainer.
fn plainness(judge: &Judge<'_>, found: &Found) -> impl Ord + use<> {
    let settings = &found.policy.settings;
    let shapes = || settings.iter().map(|setting| &judge.expansion.shapes[setting.shape]);
    let changed = shapes().filter(|shape| !shape.is_present()).count();
    let plan_is_changed = !judge.expansion.plans[found.policy.plan].is_present();
    let looked_at: u64 = shapes().map(|shape| u64::from(shape.spec.evaluation_periods)).sum();
    let breaching: u64 = shapes().map(|shape| u64::from(shape.spec.datapoints_to_alarm)).sum();
    (
        changed > 0 || plan_is_changed,
        looked_at,
        looked_at - breaching,
        baked(judge, &found.policy),
        changed + usize::from(plan_is_changed),
    )
}

/// The same policy with each threshold in the middle of those that do as well while the others stay.
fn in_the_middle(equals: &Equals<'_, '_>, chosen: &Found) -> Found {
    let judge = equals.judge;
    let mut policy = chosen.policy.clone();
    for vary in 0..policy.settings.len() {
        let shape = policy.settings[vary].shape;
        let held = without(&judge.keys(&policy), vary);
        let place = Place { plan: policy.plan, shape, settings: &policy.settings, vary };
        let line = Line::of(judge, &place, &held, &mut |_, _| {});
        let with = |setting: Setting| {
            let mut changed = policy.clone();
            changed.settings[vary] = setting;
            changed
        };
        let is_equal = |setting: Setting| equals.holds(&with(setting));
        if let Some(setting) = line.plateau(judge, &policy.settings[vary], is_equal) {
            policy = with(setting);
        }
    }
    let sums = sums_of(judge, policy.plan, &judge.keys(&policy));
    let score = sums.score(&judge.question, &judge.limits);
    // Several thresholds that may each move need not be able to move together.
    if score.is_feasible() && equals.holds(&policy) {
        Found { policy, score, width: chosen.width }
    } else {
        chosen.clone()
    }
}

#[cfg(test)]
#[path = "plateau/tests.rs"]
mod tests;
