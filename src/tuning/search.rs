//! The best alarm policies on runs that have been judged.
//!
//! - **One alarm** to be set: every threshold that matters, of every shape, under every plan; the answer is
//!   the best there is on these runs.
//! - **Several**: every combination of shapes, if they are at most [`COMBINATIONS_MAX`] for a plan, else the
//!   shapes are chosen alarm by alarm like the thresholds; thresholds one alarm at a time until nothing
//!   improves (`descent`), a local search.
//!
//! A policy is feasible if, on the replications that policies are chosen on, the share of rolled back good
//! releases and the share of missed runs of each regression are within their limits: the shares themselves,
//! not their intervals. Of several good releases the one that is rolled back most often counts. A faulty
//! release that is rolled back before it shows counts in neither share; its own is told beside them.
//!
//! Between two critical values of a curve every threshold does the same on these runs, and the plainest
//! decimal there is taken (`range`). Gaps too narrow for any decimal that a scenario takes, and thresholds
//! below 0 of what is never negative, are passed over.
//!
//! Policies are chosen on the replications of even number and reported on those of odd number. Work is
//! shared out over plans and shapes and collected in their order, so the number of threads changes nothing.

use crate::scenario::tune::{Expansion, TuneSpec};
use crate::stats::rule_of_three::{runs_at_rate, runs_without_event};
use crate::time::SimDuration;
use crate::tuning::descent::{self, Choices, without};
use crate::tuning::judged::JudgedReplication;
use crate::tuning::line::{Gathered, Line, Place};
use crate::tuning::performance::Judge;
use crate::tuning::results::{Evaluated, Policy, Setting, TuneResults};
use crate::tuning::select::Found;
use crate::tuning::threshold_sweep::sums_of;
use crate::tuning::warn::{self, Situation};
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
    candidates: Vec<Policy>,
    gathered: Gathered,
    compared: u64,
}

/// Searches. The replications hold their runs by (plan, regression); `horizon` is what a missed
/// regression counts, `confidence` (above 0, below 1) the level of all intervals.
pub fn search(
    spec: &TuneSpec,
    expansion: &Expansion,
    replications: &[JudgedReplication],
    horizon: SimDuration,
    confidence: f64,
) -> TuneResults {
    let judge = Judge::new(spec, expansion, replications, horizon, confidence);
    let tasks: Vec<Choices> =
        if replications.is_empty() { Vec::new() } else { all_choices(expansion) };
    let parts: Vec<Part> =
        tasks.par_iter().map(|choices| part(&judge, choices, per_line(tasks.len()))).collect();
    let mut whole = Part::default();
    for part in parts {
        whole.merge(part);
    }
    whole.found.sort_by(|a, b| a.compare(b, &judge));
    let lines = lines_through(&judge, &whole.found);
    let most = per_line(lines.len());
    let through =
        |&(found, vary, shape): &(&Found, usize, usize)| line(&judge, found, (vary, shape), most);
    let parts: Vec<Part> = lines.par_iter().map(through).collect();
    for part in parts {
        whole.merge(part);
    }
    finish(&judge, whole, replications.len(), confidence)
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
            let mut gathered = Gathered::default();
            let sums = sums_of(judge, plan, &Vec::new());
            let policy = Policy { plan, settings: Vec::new() };
            gathered.reach.see(&sums.shares(), judge.spec);
            gathered.front.see(judge, &sums, || policy.clone());
            let score = sums.score(&judge.question, judge.spec);
            let found = vec![Found { policy: policy.clone(), score, width: 1.0 }];
            Part { found, candidates: vec![policy], gathered, compared: 1 }
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
            Part { found, compared, ..Part::default() }
        }
    }
}

/// The only alarm of a plan, in one shape.
fn only_alarm(judge: &Judge<'_>, plan: usize, shape: usize, most: usize) -> Part {
    let mut gathered = Gathered::default();
    let threshold = judge.expansion.shapes[shape].spec.threshold;
    let settings = [Setting { shape, threshold, equivalent: (0.0, 0.0) }];
    let place = Place { plan, shape, settings: &settings, vary: 0 };
    let line = Line::of(judge, &place, &Vec::new(), Some(&mut gathered));
    let policy = |setting: Setting| Policy { plan, settings: vec![setting] };
    let best = line.best(judge, shape).map(|pick| Found {
        policy: policy(pick.setting),
        score: pick.score,
        width: pick.width,
    });
    let mut candidates: Vec<Policy> =
        line.thinned(judge, shape, most).into_iter().map(policy).collect();
    candidates.extend(best.as_ref().map(|found| found.policy.clone()));
    Part { found: best.into_iter().collect(), candidates, gathered, compared: line.compared }
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
    let mut gathered = Gathered::default();
    let policy = &found.policy;
    let held = without(&judge.keys(policy), vary);
    let place = Place { plan: policy.plan, shape, settings: &policy.settings, vary };
    let line = Line::of(judge, &place, &held, Some(&mut gathered));
    let with = |setting: Setting| {
        let mut changed = policy.clone();
        changed.settings[vary] = setting;
        changed
    };
    let mut candidates: Vec<Policy> =
        line.thinned(judge, shape, most).into_iter().map(with).collect();
    candidates.push(policy.clone());
    Part { found: Vec::new(), candidates, gathered, compared: line.compared }
}

impl Part {
    fn merge(&mut self, other: Self) {
        self.found.extend(other.found);
        self.candidates.extend(other.candidates);
        self.gathered.front.merge(other.gathered.front);
        self.gathered.reach.merge(&other.gathered.reach);
        self.compared += other.compared;
    }
}

/// Judges what was found on both halves.
fn finish(judge: &Judge<'_>, mut whole: Part, runs: usize, confidence: f64) -> TuneResults {
    let spec = judge.spec;
    let evaluate = |policies: Vec<Policy>| judge.evaluate_all(&policies);
    let nearest = whole.found.first().filter(|found| !found.score.is_feasible());
    let nearest = nearest.map(|found| judge.evaluate(&found.policy));
    let feasible = whole.found.iter().filter(|found| found.score.is_feasible());
    let mut ranked: Vec<Policy> = Vec::new();
    for found in feasible {
        let shapes = |policy: &Policy| (policy.plan, shapes(policy));
        if !ranked.iter().any(|better| shapes(better) == shapes(&found.policy)) {
            ranked.push(found.policy.clone());
        }
    }
    order(&mut whole.candidates);
    let ranking = evaluate(ranked);
    let best = ranking.first().cloned();
    let objective = |half: fn(&Evaluated) -> &super::results::Performance| {
        best.as_ref().and_then(|best| half(best).objective).map(|objective| objective.value)
    };
    let lost_by_choosing = objective(|best| &best.reported)
        .zip(objective(|best| &best.chosen_on))
        .map(|(reported, chosen_on)| reported - chosen_on);
    let situation = Situation {
        judge,
        best: best.as_ref(),
        nearest: nearest.as_ref(),
        reach: &whole.gathered.reach,
        confidence,
    };
    TuneResults {
        spec: spec.clone(),
        expansion: judge.expansion.clone(),
        present: if runs == 0 { Vec::new() } else { evaluate(present(judge.expansion)) },
        runs_needed: runs_needed(judge, best.as_ref(), confidence),
        chance: None,
        warnings: warn::warnings(&situation),
        front: evaluate(whole.gathered.front.policies().collect()),
        candidates: evaluate(whole.candidates),
        best,
        nearest,
        ranking,
        policies_compared: whole.compared,
        lost_by_choosing,
        runs_asked: judge.expansion.scenario.experiment.runs,
        runs: u64::try_from(runs).unwrap_or(u64::MAX),
    }
}

/// At the rate that the best policy has on the reported half, or none if it has none, or one that no number
/// of runs supports. A limit of 0 is beyond any number.
fn runs_needed(judge: &Judge<'_>, best: Option<&Evaluated>, confidence: f64) -> u64 {
    let limit = judge.spec.max_false_rollback;
    let rate = best.and_then(|best| best.reported.false_rollback.estimate()).unwrap_or(0.0);
    runs_at_rate(rate, limit, confidence)
        .or_else(|| runs_without_event(limit, confidence))
        .unwrap_or(u64::MAX)
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
