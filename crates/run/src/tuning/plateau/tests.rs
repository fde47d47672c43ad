//! Which of those that do as well is taken.

use crate::rollout::plan::Stage;
use crate::scenario::tune::{Expansion, Objective, PlanVariant, Shape};
use crate::telemetry::ratio::Ratio;
use crate::time::SimDuration;
use crate::tuning::judged::JudgedReplication;
use crate::tuning::results::{Policy, Setting, TuneResults};
use crate::tuning::search::search;
use crate::tuning::toy::{self, CONFIDENCE};

const RUNS: usize = 20;
const GOOD: &[f64] = &[0.1];

fn tuned(expansion: &Expansion, replications: &[JudgedReplication]) -> TuneResults {
    let spec = toy::spec((0.05, 0.05), Objective::Harm, &[0.9, 0.1]);
    search(&spec, expansion, replications, CONFIDENCE)
}

fn chosen(expansion: &Expansion, replications: &[JudgedReplication]) -> Policy {
    tuned(expansion, replications).best.expect("thresholds between good and faulty").policy
}

/// An alarm whose present threshold is out of the way.
fn expansion(present: Ratio) -> Expansion {
    let mut expansion = toy::expansion(1, 1);
    expansion.shapes[0].spec.threshold = present;
    expansion
}

/// A fault that shows at the first look at 0.86; in `late` of the runs only at 0.5, and so at a threshold
/// above that a minute later.
fn late(late: usize) -> Vec<JudgedReplication> {
    late_of(late, RUNS)
}

fn late_of(late: usize, runs: usize) -> Vec<JudgedReplication> {
    let [at_once, later]: [&[f64]; 2] = [&[0.86], &[0.5, 0.86]];
    let fault = move |i| if i < late { later } else { at_once };
    toy::seen((0..runs).map(|i| vec![vec![GOOD], vec![fault(i)]]))
}

/// A minute later does twice the harm: a threshold that is late in m of n runs is m/n worse, with
/// t = √(m(n − 1)/(n − m)).
#[test]
fn thresholds_that_do_as_well_are_one_stretch_and_its_middle_is_taken() {
    let of = |late_ones, runs| {
        let Setting { threshold, equivalent, .. } =
            chosen(&expansion(Ratio::new(95, 100)), &late_of(late_ones, runs)).settings[0];
        (threshold, equivalent)
    };
    // The middle fifth of 0.1 to 0.86 is 0.404 to 0.556; that of 0.1 to 0.5 is 0.26 to 0.34.
    let (one_stretch, two) = ((Ratio::new(5, 10), (0.1, 0.86)), (Ratio::new(3, 10), (0.1, 0.5)));
    assert_eq!(of(0, 20), one_stretch);
    // 5 % worse; t = 1 against Student's 2.09.
    assert_eq!(of(1, 20), one_stretch, "not told from none");
    // 4 % worse, t = 2.9, and no more than a twentieth by the interval.
    assert_eq!(of(8, 200), one_stretch, "certain, and tiny");
    // 15 % worse; t = 1.83.
    assert_eq!(of(3, 20), two, "not told from none, but not overlooked");
    // 9 % worse, at least 6.2 % by the interval: t = 6.3 of 400 runs.
    assert_eq!(of(36, 400), two, "certain, and not tiny");
}

#[test]
fn a_present_threshold_that_does_as_well_stays() {
    let setting = |present| chosen(&expansion(present), &late(1)).settings[0];
    let threshold = |present| setting(present).threshold;
    assert_eq!(threshold(Ratio::new(84, 100)), Ratio::new(84, 100));
    assert_eq!(
        setting(Ratio::new(84, 100)).equivalent,
        (0.1, 0.86),
        "and all that do as well are told"
    );
    assert_eq!(threshold(Ratio::new(87, 100)), Ratio::new(5, 10));
}

/// The second alarm sees what never comes near its only threshold.
#[test]
fn an_alarm_that_no_run_sets_off_is_named_and_one_that_does_is_taken_instead() {
    let mut expansion = toy::expansion(2, 1);
    for (shape, percent) in [(0, 50), (1, 200)] {
        expansion.shapes[shape].thresholds = vec![Ratio::new(percent, 100)];
    }
    let seen: [&[f64]; 2] = [&[0.86], &[0.1]];
    let runs = |n: usize| (0..n).map(|_| vec![vec![GOOD, GOOD], seen.to_vec()]);
    let results = tuned(&expansion, &toy::seen(runs(RUNS)));
    assert_eq!(results.idle, [1]);
    // Above 0.05 the second alarm goes off as well, in good runs, too; at 0.09 as in all the others.
    expansion.shapes[1].thresholds = vec![Ratio::new(5, 100)];
    let within = toy::spec((1.0, 0.05), Objective::Harm, &[0.9, 0.1]);
    let results = search(&within, &expansion, &toy::seen(runs(RUNS)), CONFIDENCE);
    assert!(results.idle.is_empty());
}

#[test]
fn of_given_thresholds_the_one_in_the_middle_is_taken() {
    let mut expansion = expansion(Ratio::new(95, 100));
    let given = [5, 20, 40, 60, 80, 95].map(|percent| Ratio::new(percent, 100));
    expansion.shapes[0].thresholds = given.to_vec();
    let setting = chosen(&expansion, &late(1)).settings[0];
    // 0.2 to 0.8 do as well, and 0.4 and 0.6 are as near to the middle.
    assert_eq!(setting.equivalent, (0.2, 0.8));
    assert!(given[2..4].contains(&setting.threshold), "{setting:?}");
}

/// M of N, present or changed.
fn shape(expansion: &Expansion, (m, n): (u32, u32), is_present: bool) -> Shape {
    let mut shape = expansion.shapes[0].clone();
    (shape.spec.datapoints_to_alarm, shape.spec.evaluation_periods) = (m, n);
    if !is_present {
        shape.changes = vec![("evaluation_periods".to_owned(), n.to_string())];
    }
    shape
}

/// A shape, and between which thresholds it does as well.
type Told = (usize, (f64, f64));

/// Of two shapes, of which the second sees the fault late in so many runs: which is taken, and what is told
/// of the other one.
fn of_both(shapes: [((u32, u32), bool); 2], late: usize) -> (usize, Vec<Told>) {
    let mut expansion = expansion(Ratio::new(95, 100));
    expansion.shapes =
        shapes.iter().map(|&(m_of_n, present)| shape(&expansion, m_of_n, present)).collect();
    let [at_once, later]: [&[f64]; 2] = [&[0.86], &[0.05, 0.86]];
    let second = move |i| if i < late { later } else { at_once };
    let runs = (0..RUNS).map(|i| vec![vec![GOOD, GOOD], vec![at_once, second(i)]]);
    let results = tuned(&expansion, &toy::seen(runs));
    let told = results.alternatives.iter();
    let told = told.map(|other| (other.setting.shape, other.setting.equivalent)).collect();
    (results.best.expect("both do").policy.settings[0].shape, told)
}

/// Which of two shapes is taken.
fn of_two(shapes: [((u32, u32), bool); 2], late: usize) -> usize {
    of_both(shapes, late).0
}

/// Both shapes of the second alarm change nothing. The plainer one goes off in runs that report alone, so for
/// the choice nothing sets it off.
#[test]
fn runs_that_report_have_no_part_in_the_choice_of_what_goes_off() {
    let mut expansion = toy::expansion(2, 1);
    let two_of_two = shape(&expansion, (2, 2), false);
    expansion.shapes.push(Shape { alarm: 1, ..two_of_two });
    let never = [("n".to_owned(), "1".to_owned())];
    expansion.shapes[1].changes = never.to_vec();
    for shape in &mut expansion.shapes {
        shape.thresholds = vec![Ratio::new(5, 10)];
    }
    let seen = |plainer: &'static [f64]| {
        let run = vec![vec![GOOD, GOOD, GOOD], vec![&[0.86], plainer, &[0.86]]];
        toy::seen(std::iter::repeat_n(run, RUNS))
    };
    let halves = seen(GOOD).into_iter().zip(seen(&[0.86]));
    let replications =
        halves.map(|(quiet, loud)| if quiet.replication.is_multiple_of(2) { quiet } else { loud });
    let chosen = chosen(&expansion, &replications.collect::<Vec<_>>());
    assert_eq!(chosen.settings[1].shape, 2, "{chosen:?}");
}

#[test]
fn other_shapes_that_do_as_well_are_told_with_their_thresholds() {
    let shapes = [((1, 1), true), ((2, 3), false)];
    assert_eq!(of_both(shapes, 1), (0, vec![(1, (0.1, 0.86))]));
    assert_eq!(of_both(shapes, 4), (0, vec![]), "a fifth worse");
}

#[test]
fn of_shapes_that_do_as_well_the_present_one_is_taken_then_the_plainest() {
    // One run a minute later makes no difference, four do.
    let [changed, present] = [false, true];
    assert_eq!(of_two([((3, 5), changed), ((5, 5), present)], 1), 1, "present first");
    assert_eq!(of_two([((3, 5), changed), ((5, 5), present)], 4), 0, "but not if it is worse");
    assert_eq!(of_two([((2, 3), changed), ((1, 1), changed)], 1), 1, "then fewer to look at");
    assert_eq!(of_two([((3, 5), changed), ((5, 5), changed)], 1), 1, "then all of them");
    assert_eq!(of_two([((1, 1), changed), ((1, 1), changed)], 1), 0, "of equals the better one");
}

/// Which of two plans is taken that do the same: present or changed, and baked for so many minutes.
fn of_two_plans(plans: [(bool, i64); 2]) -> usize {
    let mut expansion = expansion(Ratio::new(95, 100));
    let plan = expansion.scenario.strategies[0].clone();
    let baked = |minutes: i64| {
        let bake = SimDuration::from_secs(60 * minutes);
        let mut plan = plan.clone();
        plan.stages.insert(0, Stage { bake, ..plan.stages[0] });
        plan
    };
    expansion.scenario.strategies = plans.iter().map(|&(_, minutes)| baked(minutes)).collect();
    let changes = |is_present: bool| {
        let change = ("canary.bake".to_owned(), "another".to_owned());
        if is_present { Vec::new() } else { vec![change] }
    };
    let variant =
        |&(is_present, _): &(bool, i64)| PlanVariant { strategy: 0, changes: changes(is_present) };
    expansion.plans = plans.iter().map(variant).collect();
    let mut runs = late(0);
    for replication in &mut runs {
        replication.runs.extend(replication.runs.clone());
    }
    chosen(&expansion, &runs).plan
}

#[test]
fn of_plans_that_do_as_well_the_present_one_is_taken_then_the_shorter_bake() {
    assert_eq!(of_two_plans([(false, 5), (true, 10)]), 1);
    assert_eq!(of_two_plans([(false, 10), (false, 5)]), 1);
    assert_eq!(of_two_plans([(false, 5), (false, 10)]), 0);
}

/// Of so many runs a threshold below 0.15 sees the fault a minute earlier in `early`. It rolls good releases
/// back in `back`, and so does any that catches the fault in `always`.
fn noisy(runs: usize, early: usize, [always, back]: [usize; 2]) -> TuneResults {
    let runs = (0..runs).map(|i| {
        let good: &[f64] = match i {
            _ if i < always => &[0.9],
            _ if i < back => &[0.2],
            _ => GOOD,
        };
        let fault: &[f64] = if i < early { &[0.15, 0.86] } else { &[0.05, 0.86] };
        vec![vec![good], vec![fault]]
    });
    tuned(&expansion(Ratio::new(95, 100)), &toy::seen(runs))
}

fn threshold(policy: &Policy) -> f64 {
    policy.settings[0].threshold.as_f64()
}

/// Of 200 runs: what is chosen, and what is told to do better.
fn with_noise(early: usize, back: usize) -> (f64, Option<(f64, u64)>) {
    let results = noisy(200, early, [0, back]);
    let told = results.too_near.map(|one| {
        assert!(one.feasible && !one.has_margin, "within the limit, but narrowly");
        (threshold(&one.policy), one.chosen_on.false_rollback.count)
    });
    let best = results.best.expect("0.2 to 0.86 keep the limits");
    assert!(best.has_margin);
    (threshold(&best.policy), told)
}

/// The limit is 10 of 200; as many more runs confirm it with 4 at most, since P(Bin(200, 5 %) ≤ 4) is 2.6 %
/// and P(≤ 5) is 6.2 %, and whoever sees 4 is not likely to see 4 or fewer again.
#[test]
fn what_would_be_better_but_lacks_the_margin_is_told() {
    let (chosen, told) = with_noise(200, 4);
    assert!(chosen > 0.2, "{chosen}");
    let (threshold, rolled_back) = told.expect("half the harm, within the limit");
    assert!((0.1..0.15).contains(&threshold) && rolled_back == 4, "{threshold}, {rolled_back}");
    let (chosen, told) = with_noise(200, 0);
    assert!(chosen < 0.15 && told.is_none(), "it is chosen itself: {chosen}");
    assert_eq!(with_noise(200, 11).1, None, "beyond the limit");
    assert_eq!(with_noise(10, 4).1, None, "2.5 % better makes no difference");
}

/// The limit is 50 of 1000; 38 confirm it. Whoever sees 30 sees 38 or fewer again with probability 0.85,
/// after 31 with 0.82, after 38 with one half: none has the margin of 95 %.
#[test]
fn where_none_has_the_margin_a_run_more_does_not_decide() {
    let chosen = |back| {
        let best = noisy(1000, 1000, [30, back]).best.expect("within the limit");
        (threshold(&best.policy), best.chosen_on.false_rollback.count, best.has_margin)
    };
    let (low, count, has_margin) = chosen(31);
    assert!(low < 0.15 && count == 31 && has_margin, "{low}, {count}: half the harm for one run");
    let (high, count, _) = chosen(38);
    assert!(high > 0.2 && count == 30, "{high}, {count}: too near");
}
