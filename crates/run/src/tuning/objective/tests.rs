//! What a run is worth, by hand.

#![expect(clippy::float_cmp, reason = "sums of few whole numbers are exact")]

use super::*;
use crate::simulation::outcome::{End, GivenUp, GivenUpBy};
use crate::tuning::curve::Firing;
use crate::tuning::judged::{Against, Ending, JudgedRun, Unnoticed};
use crate::tuning::toy;

/// A faulty release, exposed at 2 minutes, given up at 7 by an alarm that is in ALARM since 5, or never: then
/// the rollout ends at 20 minutes, and somebody notices two minutes later.
fn run() -> JudgedRun {
    let ending = |given_up: Option<u32>, harm: f64| Ending {
        end: if given_up.is_some() { End::RolledBack } else { End::Promoted },
        given_up: given_up.map(|at| GivenUp { at: toy::minutes(at), by: GivenUpBy::Alarm }),
        first_faulty_exposure: Some(toy::minutes(2)),
        full_traffic: Some(toy::minutes(15)),
        harm: Harm { failed: harm, slow: 2.0 * harm, wrong: 3.0 * harm, any: 5.0 * harm },
        users_touched: None,
        extra_cost_usd: Some(4.0),
    };
    JudgedRun {
        curves: Vec::new(),
        fixed: None,
        lets_none_count: false,
        endings: vec![ending(Some(7), 10.0), ending(None, 1e6)],
        unnoticed: Unnoticed {
            ended: toy::minutes(20),
            to_end: Harm { failed: 100.0, slow: 20.0, wrong: 3.0, any: 110.0 },
            per_s: Harm { failed: 1.0, slow: 0.5, wrong: 0.25, any: 1.5 },
        },
    }
}

fn question(minimise: Objective, prices: LossPrices) -> Question {
    let spec = TuneSpec { prices, ..toy::spec((0.1, 0.1), minimise, &[0.5, 0.5]) };
    Question::new(&spec, &toy::expansion(1, 1), vec![false, true])
}

/// Of a scenario whose instances have prices.
fn loss(figures: &Figures) -> f64 {
    figures.loss_usd.expect("a known price")
}

/// Acted on or not; the good release is given up at the same look, or not at all.
fn figures(question: &Question, acted: bool, by_chance: bool) -> Figures {
    let run = run();
    let firing = acted.then(|| Firing { look: 0, since: toy::minutes(5), alarm: 0 });
    let healthy_given_up_at = by_chance.then(|| toy::minutes(7));
    question.figures(&run.outcome(firing, Against { is_good: false, healthy_given_up_at }))
}

#[test]
fn harm_is_in_requests_or_at_its_price() {
    let free = question(Objective::Harm, LossPrices::default());
    let caught = figures(&free, true, false);
    assert_eq!(caught.verdict, Verdict::Caught);
    assert_eq!([caught.harm, caught.failed_requests, loss(&caught)], [50.0, 10.0, 4.0]);
    // Two minutes until it is noticed; what happens up to the horizon counts for nothing.
    let missed = figures(&free, false, false);
    assert_eq!(missed.verdict, Verdict::Missed);
    assert_eq!([missed.harm, missed.failed_requests, loss(&missed)], [290.0, 220.0, 4.0]);
    let prices = LossPrices {
        failed_request_usd: 0.5,
        slow_answer_usd: 0.25,
        wrong_answer_usd: 2.0,
        false_rollback_usd: 300.0,
        missed_usd: 7.0,
    };
    let in_usd = question(Objective::ExpectedLoss, prices);
    // 10·0.5 + 20·0.25 + 30·2; and 220·0.5 + 80·0.25 + 33·2.
    for (acted, by_chance, harm, more) in
        [(true, false, 70.0, 0.0), (true, true, 70.0, 300.0), (false, false, 196.0, 7.0)]
    {
        let figures = figures(&in_usd, acted, by_chance);
        assert_eq!(figures.harm, harm);
        assert_eq!(loss(&figures), harm + 4.0 + more);
        assert_eq!(in_usd.objective(&figures), loss(&figures));
    }
}

#[test]
fn a_fault_is_noticed_by_the_alarm_or_some_time_after_the_rollout() {
    let question = question(Objective::TimeToDetect, LossPrices::default());
    let of = |acted, by_chance| {
        let figures = figures(&question, acted, by_chance);
        assert_eq!(question.objective(&figures), figures.noticed_s);
        (figures.time_to_detect_s, figures.noticed_s)
    };
    // From 2 to 5 minutes; or from 2 to 20, and two more.
    assert_eq!(of(true, false), (Some(180.0), 180.0));
    assert_eq!(of(false, false), (None, 1_200.0));
    // Who rolls back by chance has not noticed.
    assert_eq!(of(true, true), (None, 1_200.0));
    let run = run();
    let since = Some(Firing { look: 0, since: toy::minutes(1), alarm: 0 });
    let against = Against { is_good: false, healthy_given_up_at: None };
    let early = question.figures(&run.outcome(since, against));
    assert_eq!(early.time_to_detect_s, Some(0.0), "in ALARM before the fault");
}

#[test]
fn a_good_release_does_no_harm_that_counts_as_missed() {
    let prices = LossPrices { false_rollback_usd: 300.0, missed_usd: 7.0, ..LossPrices::default() };
    let question = question(Objective::ExpectedLoss, prices);
    let of = |acted: bool| {
        let run = run();
        let firing = acted.then(|| Firing { look: 0, since: toy::minutes(5), alarm: 0 });
        let against = Against { is_good: true, healthy_given_up_at: None };
        question.figures(&run.outcome(firing, against))
    };
    assert_eq!((of(true).verdict, loss(&of(true))), (Verdict::FalseRollback, 304.0));
    assert_eq!((of(false).verdict, loss(&of(false))), (Verdict::Passed, 4.0));
}

#[test]
fn weights_are_the_priors_among_what_counts() {
    let spec = |minimise| toy::spec((0.1, 0.1), minimise, &[0.5, 0.1, 0.3, 0.1]);
    let counts = vec![false, true, false, true];
    let expansion = toy::expansion(1, 3);
    let of = |minimise| Question::new(&spec(minimise), &expansion, counts.clone());
    let harm = of(Objective::Harm);
    assert_eq!(harm.among_faulty, [0.0, 0.5, 0.0, 0.5]);
    assert_eq!(harm.weights.as_deref(), Some(&[0.0, 0.5, 0.0, 0.5][..]));
    let loss = of(Objective::ExpectedLoss);
    assert_eq!(
        loss.weights.as_deref(),
        Some(&[0.5, 0.1, 0.0, 0.1][..]),
        "not what nothing can catch"
    );
    let none = Question::new(&spec(Objective::Harm), &expansion, vec![false; 4]);
    assert_eq!((none.weights, none.among_faulty), (None, vec![0.0; 4]));
}
