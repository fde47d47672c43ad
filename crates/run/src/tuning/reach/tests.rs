//! What cannot be caught is left out, and only that.

use crate::scenario::tune::Objective;
use crate::telemetry::ratio::Ratio;
use crate::tuning::results::{Evaluated, Policy, TuneResults};
use crate::tuning::search::search;
use crate::tuning::toy::{self, CONFIDENCE, LOOKS};

/// An alarm sees good releases at 0.5, and the fault above in `seen` of 20 runs that choose, below in the
/// others.
fn one_fault(seen: usize, max_missed: f64) -> TuneResults {
    let [good, above, below]: [&[f64]; 3] = [&[0.5], &[0.9], &[0.3]];
    let runs = (0..20).map(|i| vec![vec![good], vec![if i < seen { above } else { below }]]);
    let spec = toy::spec((0.0, max_missed), Objective::Harm, &[0.9, 0.1]);
    search(&spec, &toy::expansion(1, 1), &toy::seen(runs), CONFIDENCE)
}

#[test]
fn a_fault_counts_from_a_share_on_that_the_limit_says_and_95_percent_at_most() {
    for (max_missed, enough) in [(0.0, 19), (0.05, 19), (0.1, 18), (0.5, 10), (0.99, 1), (1.0, 1)] {
        let left_out = |seen: usize| one_fault(seen, max_missed).left_out;
        assert!(left_out(enough).is_empty(), "{enough} of 20 at {max_missed}");
        let [out] = &left_out(enough - 1)[..] else { panic!("{enough} of 20 at {max_missed}") };
        assert_eq!(out.regression, 1);
        let share = out.share.expect("0.5 rolls nothing back");
        let expected = f64::from(u8::try_from(enough - 1).expect("a small count")) / 20.0;
        assert!((share - expected).abs() < 1e-12, "{share}");
        // Any threshold between what is good and what is not does it.
        let best = out.best.as_ref().expect("a policy");
        let threshold = best.policy.settings[0].threshold.as_f64();
        assert!((0.5..0.9).contains(&threshold), "{threshold}");
        assert_eq!(best.chosen_on.false_rollback.count, 0);
    }
}

#[test]
fn where_all_is_left_out_what_catches_most_is_nearest() {
    let results = one_fault(7, 0.05);
    assert!(results.best.is_none() && results.ranking.is_empty());
    let nearest = results.nearest.expect("0.5 rolls nothing back");
    assert_eq!(nearest.chosen_on.regressions[0].caught.count, 7);
    assert_eq!(nearest.chosen_on.false_rollback.count, 0);
}

#[test]
fn where_nothing_is_within_the_limit_on_false_rollbacks_the_quietest_is_nearest() {
    // At 0.4 all 20 good releases are rolled back, at 0.6 and at 0.7 the 5 that reach 0.8: of these two the
    // first, that of the lower threshold, which misses no more.
    let [good, bad, fault]: [&[f64]; 3] = [&[0.5], &[0.8], &[0.9]];
    let runs = (0..20).map(|i| vec![vec![if i < 5 { bad } else { good }], vec![fault]]);
    let mut expansion = toy::expansion(1, 1);
    expansion.shapes[0].thresholds = vec![Ratio::new(4, 10), Ratio::new(6, 10), Ratio::new(7, 10)];
    let spec = toy::spec((0.1, 0.05), Objective::Harm, &[0.9, 0.1]);
    let results = search(&spec, &expansion, &toy::seen(runs), CONFIDENCE);
    let [out] = &results.left_out[..] else { panic!("{:?}", results.left_out) };
    assert!(out.share.is_none() && out.best.is_none());
    let nearest = results.nearest.expect("three thresholds");
    assert_eq!(nearest.policy.settings[0].threshold, Ratio::new(6, 10));
    assert_eq!(nearest.chosen_on.false_rollback.count, 5);
}

/// One whose requests fare as those of the good release is given up with it: never caught, whatever is
/// chosen.
#[test]
fn an_invisible_fault_does_not_move_the_choice() {
    let of = |shifts: &[f64], priors: &[f64]| {
        let spec = toy::spec((0.2, 0.1), Objective::Harm, priors);
        let expansion = toy::expansion(1, shifts.len() - 1);
        search(&spec, &expansion, &toy::replications(3, 600, 1, shifts), CONFIDENCE)
    };
    let alone = of(&[0.0, 0.6], &[0.8, 0.2]);
    let both = of(&[0.0, 0.6, 0.0], &[0.8, 0.1, 0.1]);
    assert!(alone.left_out.is_empty());
    let [out] = &both.left_out[..] else { panic!("{:?}", both.left_out) };
    assert_eq!((out.regression, out.share), (2, Some(0.0)));
    let [alone, both] = [alone.best, both.best].map(|best| best.expect("the other one is caught"));
    assert_eq!(both.policy, alone.policy);
    assert_eq!(both.chosen_on.objective, alone.chosen_on.objective);
    assert_eq!(both.reported.harm, alone.reported.harm);
    let missed = both.reported.regressions.iter().map(|one| one.missed.count);
    assert!(missed.collect::<Vec<_>>()[1] > 100, "what is left out is reported all the same");
}

/// At the limit on false rollbacks, 1 − t^K = 5 %, a shift of 0.3 is missed in q^K with q = t − 0.3, and
/// caught in (1 − q^K)·0.3/(1 − q).
#[test]
fn how_often_what_is_left_out_is_caught_in_closed_form() {
    let looks = i32::try_from(LOOKS).expect("a small number");
    let spec = toy::spec((0.05, 0.05), Objective::Harm, &[0.8, 0.2]);
    let runs = toy::replications(3, 2_000, 1, &[0.0, 0.3]);
    let results = search(&spec, &toy::expansion(1, 1), &runs, CONFIDENCE);
    let q = 0.95_f64.powf(1.0 / f64::from(LOOKS)) - 0.3;
    let missed = q.powi(looks);
    let caught = (1.0 - missed) * 0.3 / (1.0 - q);
    let expected = caught / (caught + missed);
    let share = results.left_out[0].share.expect("t = 1 rolls nothing back");
    // 970 of 1000 runs are caught or missed: a standard deviation of 0.012, and the best of some thousand
    // thresholds is near the limit. α = 10⁻⁴: 0.05 off would be seen.
    assert!((share - expected).abs() < 0.047, "{share}, expected {expected}");
}

/// Each of two alarms sees one fault: alone, with the other never going off, it catches it.
#[test]
fn several_alarms_are_tried_one_by_one() {
    let [low, high]: [&[f64]; 2] = [&[0.1], &[0.9]];
    let runs = (0..20).map(|_| vec![vec![low, low], vec![high, low], vec![low, high]]);
    let spec = toy::spec((0.05, 0.05), Objective::Harm, &[0.8, 0.1, 0.1]);
    let results = search(&spec, &toy::expansion(2, 2), &toy::seen(runs), CONFIDENCE);
    assert!(results.left_out.is_empty());
    let caught = results.best.expect("both are caught").chosen_on.regressions;
    assert_eq!(caught.iter().map(|one| one.caught.count).collect::<Vec<_>>(), [20, 20]);
}

const PRIORS: [&[f64]; 2] = [&[0.9, 0.1], &[0.8, 0.1, 0.1]];

/// Where alarms are the alarms of one plan, or shapes of one alarm, given what each sees of a good
/// release and of each fault in run i of 20.
fn of_two(are_shapes: bool, limit: f64, curves_of: impl Fn(usize) -> Vec<Vec<f64>>) -> TuneResults {
    let mut expansion = toy::expansion(if are_shapes { 1 } else { 2 }, curves_of(0).len() - 1);
    if are_shapes {
        expansion.shapes.push(expansion.shapes[0].clone());
    }
    let seen: Vec<Vec<Vec<f64>>> = (0..20).map(curves_of).collect();
    let runs = seen.iter().map(|releases| {
        releases.iter().map(|alarms| alarms.iter().map(std::slice::from_ref).collect()).collect()
    });
    let spec = toy::spec((limit, 0.05), Objective::Harm, PRIORS[seen[0].len() - 2]);
    search(&spec, &expansion, &toy::seen(runs), CONFIDENCE)
}

/// Which of two alarms, or of two shapes, does something: the other is at a threshold beyond
/// everything, or is not there.
fn works(are_shapes: bool, policy: &Policy) -> usize {
    if are_shapes {
        return policy.settings[0].shape;
    }
    policy.settings.iter().position(|one| one.threshold.as_f64() < 1.0).expect("one works")
}

fn best_of_left_out(results: &TuneResults) -> &Evaluated {
    results.left_out[0].best.as_ref().expect("a policy within the limit")
}

/// Both see the fault in 10 of 20 runs, and one of them two good releases as well.
#[test]
fn of_what_catches_as_much_that_with_fewer_false_rollbacks_is_told() {
    for (are_shapes, noisy) in [(false, 0), (false, 1), (true, 0), (true, 1)] {
        let results = of_two(are_shapes, 0.1, |i| {
            let mut good = vec![0.5; 2];
            good[noisy] = if i < 18 { 0.5 } else { 0.95 };
            vec![good, vec![if i < 10 { 0.9 } else { 0.3 }; 2]]
        });
        let best = best_of_left_out(&results);
        assert_eq!(results.left_out[0].share, Some(0.5));
        assert_eq!(best.chosen_on.false_rollback.count, 0, "shapes: {are_shapes}, {noisy}");
        assert_eq!(works(are_shapes, &best.policy), 1 - noisy);
    }
}

/// Within the limit on false rollbacks the first of two that are alike is told, and where there is nothing
/// within it, too.
#[test]
fn of_equals_the_first_is_told() {
    let alike = |i| vec![vec![0.5; 2], vec![if i < 10 { 0.9 } else { 0.3 }; 2]];
    for are_shapes in [false, true] {
        let results = of_two(are_shapes, 0.1, alike);
        assert_eq!(works(are_shapes, &best_of_left_out(&results).policy), 0);
    }
    let mut expansion = toy::expansion(1, 1);
    expansion.shapes[0].thresholds = vec![Ratio::new(4, 10)];
    expansion.shapes.push(expansion.shapes[0].clone());
    let [good, fault]: [&[f64]; 2] = [&[0.5], &[0.9]];
    let runs = (0..20).map(|_| vec![vec![good; 2], vec![fault; 2]]);
    let spec = toy::spec((0.1, 0.05), Objective::Harm, PRIORS[0]);
    let nearest = search(&spec, &expansion, &toy::seen(runs), CONFIDENCE).nearest;
    let nearest = nearest.expect("two shapes");
    assert_eq!((nearest.policy.settings[0].shape, nearest.chosen_on.false_rollback.count), (0, 20));
}

/// Each of two alarms catches a fault of its own in half of the runs, and both faults are left out.
#[test]
fn of_faults_that_are_caught_as_often_the_first_says_what_is_nearest() {
    let results = of_two(false, 0.1, |i| {
        let fault = if i < 10 { 0.9 } else { 0.3 };
        vec![vec![0.5; 2], vec![fault, 0.3], vec![0.3, fault]]
    });
    assert_eq!(results.left_out.len(), 2);
    let nearest = results.nearest.expect("each is caught sometimes");
    let caught = nearest.chosen_on.regressions.iter().map(|one| one.caught.count);
    assert_eq!(caught.collect::<Vec<_>>(), [10, 0]);
}

/// Good and faulty look alike: whatever gives the fault up gives it up by chance, so nothing catches it, not
/// even where all good releases may be rolled back.
#[test]
fn what_is_given_up_by_chance_in_every_run_is_not_caught() {
    let [same]: [&[f64]; 1] = [&[0.5]];
    let runs = (0..20).map(|_| vec![vec![same]; 2]);
    let spec = toy::spec((1.0, 0.05), Objective::Harm, PRIORS[0]);
    let results = search(&spec, &toy::expansion(1, 1), &toy::seen(runs), CONFIDENCE);
    let [out] = &results.left_out[..] else { panic!("{:?}", results.left_out) };
    assert_eq!(out.share, Some(0.0));
}
