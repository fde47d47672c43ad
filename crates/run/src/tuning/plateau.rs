//! Which of the policies that do equally well is chosen.
//!
//! Policies are equal where both keep the limits, and the paired difference of the objective to the best one
//! is at most a tenth of the best objective on these runs, and by its interval (of the experiment's
//! confidence) may be no more than a twentieth. So a difference that is certain and tiny makes none, and one
//! that is large and uncertain (a missed fault in one run of a thousand) makes one. Among equal policies
//!
//! 1. the present one, if it is one of them;
//! 2. else the one with the fewest alarms that nothing sets off, then the plainest shapes: the fewest
//!    datapoints to look at, then the fewest that need not breach;
//! 3. then the shorter bake before green has all traffic, and what has more of the present settings;
//! 4. of the thresholds of a shape, the middle of the stretch that does as well: what lies at its end is
//!    there by the luck of these runs.

use crate::stats::interval::Mean;
use crate::tuning::descent::without;
use crate::tuning::line::{Line, Place};
use crate::tuning::performance::Judge;
use crate::tuning::results::{Alternative, Evaluated, Policy, Setting};
use crate::tuning::select::{Found, baked};
use crate::tuning::threshold_sweep::sums_of;

/// A difference beyond this part of the best objective is told from none...
const CERTAIN: f64 = 0.05;
/// ... and a mean difference beyond this part is not overlooked, however uncertain it is.
const SEEN: f64 = 0.1;

/// The best policy, and what is compared with it.
struct Equals<'j, 'a> {
    judge: &'j Judge<'a>,
    best: Vec<f64>,
    /// Of the mean objective.
    size: f64,
}

impl<'j, 'a> Equals<'j, 'a> {
    fn new(judge: &'j Judge<'a>, best: &Policy) -> Self {
        let best = values(judge, best);
        let size = Mean::of(&best).map_or(0.0, |mean| mean.mean.abs());
        Self { judge, best, size }
    }

    /// Whether a policy is not worse than the best one, but for what does not count.
    fn holds(&self, policy: &Policy) -> bool {
        let values = values(self.judge, policy);
        let worse: Vec<f64> = values.iter().zip(&self.best).map(|(one, best)| one - best).collect();
        Mean::of(&worse).is_none_or(|worse| {
            let interval = worse.interval(self.judge.confidence);
            worse.mean <= SEEN * self.size
                && interval.is_none_or(|interval| interval.low <= CERTAIN * self.size)
        })
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
    let chosen = good.min_by_key(|found| plainness(judge, found))?;
    Some(in_the_middle(&equals, chosen))
}

/// The other shapes of each alarm with which the chosen policy would do as well, the other alarms held.
pub(super) fn alternatives(
    judge: &Judge<'_>,
    found: &[Found],
    chosen: &Policy,
) -> Vec<Alternative> {
    let Some(best) = found.first().filter(|best| best.score.is_feasible()) else {
        return Vec::new();
    };
    let equals = Equals::new(judge, &best.policy);
    let mut all = Vec::new();
    for (alarm, shapes) in judge.expansion.shapes_of(chosen.plan).into_iter().enumerate() {
        let held = without(&judge.keys(chosen), alarm);
        for shape in shapes.into_iter().filter(|&shape| shape != chosen.settings[alarm].shape) {
            let settings = &chosen.settings;
            let place = Place { plan: chosen.plan, shape, settings, vary: alarm };
            let line = Line::of(judge, &place, &held, &mut |_, _| {});
            let is_equal = |setting| equals.holds(&chosen.with(alarm, setting));
            let stretch = line.widest_equal(judge, shape, is_equal);
            all.extend(stretch.map(|setting| Alternative { alarm, setting }));
        }
    }
    all
}

/// Of the candidates that keep the limits without a margin, the one that does best on the runs that choose,
/// if it does better than the chosen one by more than what does not count.
pub(super) fn too_near<'e>(
    judge: &Judge<'_>,
    candidates: impl Iterator<Item = &'e Evaluated>,
    chosen: &Policy,
) -> Option<Evaluated> {
    let objective = |one: &&Evaluated| one.chosen_on.objective.map_or(f64::INFINITY, |of| of.value);
    let is_within = |one: &&Evaluated| {
        let sums = sums_of(judge, one.policy.plan, &judge.keys(&one.policy));
        sums.score(&judge.question, &judge.limits).is_within
    };
    let mut narrow: Vec<&Evaluated> =
        candidates.filter(|one| one.feasible && !one.has_margin).collect();
    narrow.sort_by(|a, b| objective(a).total_cmp(&objective(b)));
    let least = narrow.into_iter().find(is_within)?;
    (!Equals::new(judge, &least.policy).holds(chosen)).then(|| least.clone())
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
        judge.idle(&found.policy, &[&judge.chosen_on]).len(),
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
        let is_equal = |setting: Setting| equals.holds(&policy.with(vary, setting));
        if let Some(setting) = line.plateau(judge, &policy.settings[vary], is_equal) {
            policy = policy.with(vary, setting);
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
