//! The best alarm policies on runs that have been judged.
//!
//! - **One alarm** to be set: every threshold that matters, of every shape, under every plan; the answer is
//!   the best there is on these runs.
//! - **Several**: every combination of shapes, if they are at most [`COMBINATIONS_MAX`] for a plan, else the
//!   shapes are chosen alarm by alarm like the thresholds; thresholds one alarm at a time until nothing
//!   improves (`descent`), a local search.
//!
//! A policy is feasible if, on the replications that policies are chosen on, its false rollbacks and the
//! missed runs of each regression that counts are so few that the limits are likely to be confirmed by the
//! others ([`limits`](crate::tuning::limits)). Of several good releases the one that is rolled back most
//! often counts. Of a faulty release, runs that are rolled back by chance count in neither share. A
//! regression that no policy within the limit on false rollbacks can catch counts nowhere
//! (`reach`).
//!
//! Between two critical values of a curve every threshold does the same on these runs, and the plainest
//! decimal there is taken (`range`). Gaps too narrow for any decimal that a scenario takes, and thresholds
//! below 0 of what is never negative, are passed over.
//!
//! Of policies that are equal but for chance the plainest is chosen (`plateau`).
//!
//! Policies are chosen on the replications of even number and reported on those of odd number. Work is
//! shared out over plans and shapes and collected in their order, so the number of threads changes nothing.

use crate::scenario::tune::{Expansion, Objective, TuneSpec};
use crate::stats::interval::Mean;
use crate::telemetry::ratio::Ratio;
use crate::tuning::descent::{self, Choices, without};
use crate::tuning::front::Front;
use crate::tuning::judged::JudgedReplication;
use crate::tuning::limits::AS_LIKELY;
use crate::tuning::line::{Line, Place};
use crate::tuning::performance::{Half, Judge};
use crate::tuning::reach::Reach;
use crate::tuning::results::{self, Evaluated, LeftOut, Policy, Price, Setting, TuneResults};
use crate::tuning::select::Found;
use crate::tuning::threshold_sweep::sums_of;
use crate::tuning::warn::{self, Situation};
use crate::tuning::{plateau, range, standing};
use rayon::prelude::*;

/// More combinations of shapes than these are not tried one by one.
pub const COMBINATIONS_MAX: usize = 16;
/// Of one line of thresholds, at most about so many are kept as candidates; fewer, but no fewer than
/// [`LINE_MIN`], where the lines are so many that all together would be more than [`CANDIDATES_MAX`].
pub const LINE_MAX: usize = 200;
/// See [`LINE_MAX`].
pub const LINE_MIN: usize = 20;
/// See [`LINE_MAX`].
pub const CANDIDATES_MAX: usize = 20_000;

/// What a part of the search came to.
#[derive(Default)]
struct Part {
    found: Vec<Found>,
    /// Of those that keep the limits, or come nearest, the one with the least harm.
    least_harm: Option<Found>,
    candidates: Vec<Policy>,
    front: Front,
    compared: u64,
}

/// Searches. The replications hold their runs by (plan, regression); `confidence` (above 0, below 1) is the
/// level of all intervals.
pub fn search(
    spec: &TuneSpec,
    expansion: &Expansion,
    replications: &[JudgedReplication],
    confidence: f64,
) -> TuneResults {
    let judge = Judge::new(spec, expansion, replications, confidence);
    let tasks: Vec<Choices> =
        if replications.is_empty() { Vec::new() } else { all_choices(expansion) };
    let reaches: Vec<Reach> = tasks.par_iter().map(|choices| reach(&judge, choices)).collect();
    let reach = reaches.into_iter().fold(Reach::default(), |mut all, reach| {
        all.merge(reach);
        all
    });
    let catchable = reach.catchable(&judge.question, spec);
    let left_out = left_out(&judge, &reach, &catchable);
    let mut judge = judge.about(catchable);
    let mut whole = explore(&judge, &tasks);
    if let Some(likely) = whole.found.first().and_then(|nearest| as_likely(&judge, nearest)) {
        judge = judge.with_margin(likely);
        whole = explore(&judge, &tasks);
    }
    let lines = lines_through(&judge, &whole.found);
    let most = per_line(lines.len());
    let through =
        |&(found, vary, shape): &(&Found, usize, usize)| line(&judge, found, (vary, shape), most);
    let parts: Vec<Part> = lines.par_iter().map(through).collect();
    for part in parts {
        whole.merge(part);
    }
    let results = finish(&judge, &reach, whole, replications.len());
    TuneResults { left_out, ..results }
}

/// Everything that there is to choose, best first.
fn explore(judge: &Judge<'_>, tasks: &[Choices]) -> Part {
    let parts: Vec<Part> =
        tasks.par_iter().map(|choices| part(judge, choices, per_line(tasks.len()))).collect();
    let mut whole = Part::default();
    for part in parts {
        whole.merge(part);
    }
    whole.found.sort_by(|a, b| a.compare(b, judge));
    whole
}

/// How likely policies must be to be confirmed to compete with the one that comes nearest to having the
/// margin, within the limits as it is; `None` if it has it, or if there are too few runs to confirm
/// anything.
fn as_likely(judge: &Judge<'_>, nearest: &Found) -> Option<f64> {
    if nearest.score.is_feasible() || !nearest.score.is_within {
        return None;
    }
    let sums = sums_of(judge, nearest.policy.plan, &judge.keys(&nearest.policy));
    Some(AS_LIKELY * sums.likely(&judge.question, &judge.limits)).filter(|&likely| likely > 0.0)
}

/// What can be had under a plan: with one alarm, at every threshold of every shape; with several, with each
/// of them alone.
fn reach(judge: &Judge<'_>, choices: &Choices) -> Reach {
    let mut reach = Reach::default();
    let question = (&judge.question, judge.spec);
    if choices.shapes.is_empty() {
        let sums = sums_of(judge, choices.plan, &Vec::new());
        reach.see(question, &sums, || Policy { plan: choices.plan, settings: Vec::new() });
    }
    let never = silent(judge, choices);
    for (vary, shapes) in choices.shapes.iter().enumerate() {
        let held =
            without(&judge.keys(&Policy { plan: choices.plan, settings: never.clone() }), vary);
        for &shape in shapes {
            let place = Place { plan: choices.plan, shape, settings: &never, vary };
            Line::of(judge, &place, &held, &mut |sums, policy| reach.see(question, sums, policy));
        }
    }
    reach
}

/// Each alarm at a threshold at which it never goes off, or at the one nearest to that which it may have.
fn silent(judge: &Judge<'_>, choices: &Choices) -> Vec<Setting> {
    let never = |shapes: &Vec<usize>| {
        let shape = &judge.expansion.shapes[shapes[0]];
        let key = |threshold: Ratio| range::key(&shape.spec, threshold);
        let given = shape.thresholds.iter().copied();
        let threshold = given.max_by(|&a, &b| key(a).total_cmp(&key(b))).unwrap_or_else(|| {
            let far = Ratio::whole(SILENT);
            if shape.spec.comparison.breaches_above() { far } else { Ratio::whole(-SILENT) }
        });
        Setting { shape: shapes[0], threshold, equivalent: (0.0, 0.0) }
    };
    choices.shapes.iter().map(never).collect()
}

/// Beyond any value of a metric: ten thousand years of latency in nanoseconds.
const SILENT: i128 = 1 << 68;

/// The regressions that no policy catches often enough, and how the one does that catches most.
fn left_out(judge: &Judge<'_>, reach: &Reach, catchable: &[bool]) -> Vec<LeftOut> {
    if judge.chosen_on.replications.is_empty() {
        return Vec::new();
    }
    let faulty = judge.question.healthy.iter().zip(catchable).enumerate();
    let missing = faulty.filter(|(_, (healthy, catchable))| !**healthy && !**catchable);
    missing
        .map(|(regression, _)| {
            let best = reach.caught.get(regression).and_then(Option::as_ref);
            LeftOut {
                regression,
                share: best.map(|best| best.share),
                best: best.map(|best| judge.evaluate(&best.policy)),
            }
        })
        .collect()
}

/// How many candidates are kept of each of so many lines.
fn per_line(lines: usize) -> usize {
    (CANDIDATES_MAX / lines.max(1)).clamp(LINE_MIN, LINE_MAX)
}

/// What there is to search: a plan and the shapes of its alarms, in order.
fn all_choices(expansion: &Expansion) -> Vec<Choices> {
    let mut all = Vec::new();
    for plan in 0..expansion.plans.len() {
        let shapes = expansion.shapes_of(plan);
        let combinations = shapes
            .iter()
            .try_fold(1_usize, |product, shapes| product.checked_mul(shapes.len()))
            .filter(|&count| count <= COMBINATIONS_MAX || shapes.len() == 1);
        if combinations.is_none() {
            all.push(Choices { plan, shapes });
            continue;
        }
        let mut fixed: Vec<Vec<Vec<usize>>> = vec![Vec::new()];
        for of_alarm in &shapes {
            let with = |chosen: &Vec<Vec<usize>>, &shape: &usize| {
                chosen.iter().cloned().chain([vec![shape]]).collect()
            };
            fixed = fixed
                .iter()
                .flat_map(|chosen| of_alarm.iter().map(|shape| with(chosen, shape)))
                .collect();
        }
        all.extend(fixed.into_iter().map(|shapes| Choices { plan, shapes }));
    }
    all
}

fn part(judge: &Judge<'_>, choices: &Choices, most: usize) -> Part {
    let plan = choices.plan;
    match choices.shapes.as_slice() {
        [] => {
            let mut front = Front::default();
            let sums = sums_of(judge, plan, &Vec::new());
            let policy = Policy { plan, settings: Vec::new() };
            front.see(judge, &sums, || policy.clone());
            let score = sums.score(&judge.question, &judge.limits);
            let found = Found { policy: policy.clone(), score, width: 1.0 };
            let least_harm = Some(found.clone());
            Part { found: vec![found], least_harm, candidates: vec![policy], front, compared: 1 }
        }
        [shapes] => {
            let mut whole = Part::default();
            for &shape in shapes {
                whole.merge(only_alarm(judge, plan, shape, most));
            }
            whole
        }
        _ => {
            let (found, compared) = descent::search(judge, choices);
            let least = found.iter().min_by(|a, b| a.score.compare_harm(&b.score)).cloned();
            Part { found, least_harm: least, compared, ..Part::default() }
        }
    }
}

/// The only alarm of a plan, in one shape.
fn only_alarm(judge: &Judge<'_>, plan: usize, shape: usize, most: usize) -> Part {
    let mut front = Front::default();
    let threshold = judge.expansion.shapes[shape].spec.threshold;
    let settings = [Setting { shape, threshold, equivalent: (0.0, 0.0) }];
    let place = Place { plan, shape, settings: &settings, vary: 0 };
    let line = Line::of(judge, &place, &Vec::new(), &mut |sums, policy| {
        front.see(judge, sums, policy);
    });
    let policy = |setting: Setting| Policy { plan, settings: vec![setting] };
    let best = line.best(judge, shape).map(|pick| Found {
        policy: policy(pick.setting),
        score: pick.score,
        width: pick.width,
    });
    let least_harm = line.least_harm(judge, shape);
    let least_harm =
        least_harm.map(|(setting, score)| Found { policy: policy(setting), score, width: 0.0 });
    let mut candidates: Vec<Policy> =
        line.thinned(judge, shape, most).into_iter().map(policy).collect();
    candidates.extend(best.as_ref().map(|found| found.policy.clone()));
    Part {
        found: best.into_iter().collect(),
        least_harm,
        candidates,
        front,
        compared: line.compared,
    }
}

/// Through the best policy of each plan with several alarms: each of its alarms in each of its shapes.
fn lines_through<'f>(judge: &Judge<'_>, found: &'f [Found]) -> Vec<(&'f Found, usize, usize)> {
    let mut lines = Vec::new();
    for plan in 0..judge.expansion.plans.len() {
        let of_plan = found.iter().find(|found| found.policy.plan == plan);
        let Some(best) = of_plan.filter(|best| best.policy.settings.len() > 1) else { continue };
        for (vary, shapes) in judge.expansion.shapes_of(plan).into_iter().enumerate() {
            lines.extend(shapes.into_iter().map(|shape| (best, vary, shape)));
        }
    }
    lines
}

fn line(judge: &Judge<'_>, found: &Found, (vary, shape): (usize, usize), most: usize) -> Part {
    let mut front = Front::default();
    let policy = &found.policy;
    let held = without(&judge.keys(policy), vary);
    let place = Place { plan: policy.plan, shape, settings: &policy.settings, vary };
    let line = Line::of(judge, &place, &held, &mut |sums, policy| {
        front.see(judge, sums, policy);
    });
    let with = |setting: Setting| {
        let mut changed = policy.clone();
        changed.settings[vary] = setting;
        changed
    };
    let mut candidates: Vec<Policy> =
        line.thinned(judge, shape, most).into_iter().map(with).collect();
    candidates.push(policy.clone());
    Part { candidates, front, compared: line.compared, ..Part::default() }
}

impl Part {
    fn merge(&mut self, other: Self) {
        self.found.extend(other.found);
        self.candidates.extend(other.candidates);
        self.front.merge(other.front);
        self.compared += other.compared;
        let least = self.least_harm.take().into_iter().chain(other.least_harm);
        // The first of equal ones.
        self.least_harm =
            least.reduce(
                |best, other| {
                    if other.score.compare_harm(&best.score).is_lt() { other } else { best }
                },
            );
    }
}

/// Judges what was found on both halves.
fn finish(judge: &Judge<'_>, reach: &Reach, mut whole: Part, runs: usize) -> TuneResults {
    let evaluate = |policies: Vec<Policy>| judge.evaluate_all(&policies);
    if !judge.asks_anything() {
        whole.found.clear();
    }
    let settled = plateau::settle(judge, &whole.found);
    let chosen = settled.as_ref().map(|found| judge.evaluate(&found.policy));
    // What keeps the limits without a margin is the best there is so far.
    let (best, nearest) = match chosen {
        Some(chosen) if judge.keeps_limits(&chosen.chosen_on) => (Some(chosen), None),
        Some(chosen) => (None, Some(chosen)),
        None => (None, reach.nearest().map(|policy| judge.evaluate(policy))),
    };
    let mut ranked: Vec<Policy> = best.iter().map(|best| best.policy.clone()).collect();
    for found in whole.found.iter().filter(|found| found.score.is_feasible()) {
        let shapes = |policy: &Policy| (policy.plan, shapes(policy));
        if !ranked.iter().any(|better| shapes(better) == shapes(&found.policy)) {
            ranked.push(found.policy.clone());
        }
    }
    whole.candidates.extend(best.iter().map(|best| best.policy.clone()));
    order(&mut whole.candidates);
    let objective = |half: fn(&Evaluated) -> &super::results::Performance| {
        best.as_ref().and_then(|best| half(best).objective).map(|objective| objective.value)
    };
    let lost_by_choosing = objective(|best| &best.reported)
        .zip(objective(|best| &best.chosen_on))
        .map(|(reported, chosen_on)| reported - chosen_on);
    let situation = Situation { judge, best: best.as_ref(), nearest: nearest.as_ref() };
    let alternatives = best
        .as_ref()
        .map_or_else(Vec::new, |best| plateau::alternatives(judge, &whole.found, &best.policy));
    let candidates = evaluate(whole.candidates);
    let present = if runs == 0 { Vec::new() } else { evaluate(present(judge.expansion)) };
    let considered = candidates.iter().chain(&present);
    let too_near =
        best.as_ref().and_then(|best| plateau::too_near(judge, considered, &best.policy));
    TuneResults {
        spec: judge.spec.clone(),
        expansion: judge.expansion.clone(),
        present,
        idle: best.as_ref().map_or_else(Vec::new, |best| judge.idle(&best.policy, &judge.halves())),
        alternatives,
        too_near,
        standing: best.as_ref().map(|best| standing::of(judge, best)),
        price: price(judge, best.as_ref(), whole.least_harm.as_ref()),
        left_out: Vec::new(),
        chance: None,
        warnings: warn::warnings(&situation),
        front: evaluate(whole.front.policies().collect()),
        candidates,
        ranking: evaluate(ranked),
        best,
        nearest,
        policies_compared: whole.compared,
        lost_by_choosing,
        runs_asked: judge.expansion.scenario.experiment.runs,
        runs: u64::try_from(runs).unwrap_or(u64::MAX),
        remedies: Vec::new(),
    }
}

/// What another objective than harm costs in harm, by the runs that no choice has seen: against the policy
/// within the limits that harms fewest, if the difference is no chance. Where the runs that choose cannot
/// tell the two apart, it was not the objective that chose between them.
fn price(judge: &Judge<'_>, best: Option<&Evaluated>, least: Option<&Found>) -> Option<Price> {
    let (best, least) = (best?, least.filter(|least| least.score.is_feasible())?);
    if judge.spec.minimise == Objective::Harm {
        return None;
    }
    let more = |half: &Half<'_>| {
        let weights = &judge.question.among_faulty;
        let harm = |policy: &Policy| judge.values(policy, half, |_, figures| figures.harm, weights);
        let pairs = harm(&best.policy).into_iter().zip(harm(&least.policy));
        let mean = Mean::of(&pairs.map(|(best, least)| best - least).collect::<Vec<f64>>())?;
        let interval = mean.interval(judge.confidence).filter(|interval| interval.low > 0.0)?;
        Some(results::Mean { value: mean.mean, interval: Some(interval) })
    };
    more(&judge.chosen_on)?;
    let more = more(&judge.reported)?;
    Some(Price { more, least_harm: judge.evaluate(&least.policy) })
}

/// The shapes of a policy.
fn shapes(policy: &Policy) -> Vec<usize> {
    policy.settings.iter().map(|setting| setting.shape).collect()
}

/// By plan, shapes and thresholds, each once; of equal ones the first found.
fn order(policies: &mut Vec<Policy>) {
    policies.sort_by(|a, b| {
        let thresholds = |policy: &Policy| policy.settings.iter().map(|s| s.threshold).collect();
        let (of_a, of_b): (Vec<_>, Vec<_>) = (thresholds(a), thresholds(b));
        (a.plan, shapes(a)).cmp(&(b.plan, shapes(b))).then(of_a.cmp(&of_b))
    });
    policies.dedup_by(|later, first| {
        let same = |(a, b): (&Setting, &Setting)| a.shape == b.shape && a.threshold == b.threshold;
        later.plan == first.plan && later.settings.iter().zip(&first.settings).all(same)
    });
}

/// Every strategy as written, with its alarms as written; one whose present alarm is not among the shapes
/// is left out.
fn present(expansion: &Expansion) -> Vec<Policy> {
    let policy = |plan: usize| {
        let setting = |shapes: Vec<usize>| {
            let is_present = |&shape: &usize| expansion.shapes[shape].is_present();
            let shape = shapes.into_iter().find(is_present)?;
            let threshold = expansion.shapes[shape].spec.threshold;
            let equivalent = (threshold.as_f64(), threshold.as_f64());
            Some(Setting { shape, threshold, equivalent })
        };
        let shapes = expansion.shapes_of(plan);
        let settings = shapes.into_iter().map(setting).collect::<Option<Vec<_>>>()?;
        Some(Policy { plan, settings })
    };
    let plans = 0..expansion.plans.len();
    plans.filter(|&plan| expansion.plans[plan].is_present()).filter_map(policy).collect()
}

#[cfg(test)]
#[path = "search/tests.rs"]
mod tests;
