//! What is kept of a run, by hand.

use super::*;
use crate::simulation::outcome::{GivenUpBy, Wrong};
use crate::tuning::toy;

/// Requests, those that a faulty green served, and what came of them beyond what would have come anyway.
fn damage(requests: u64, faulty_green: u64, harmed: i64) -> Damage {
    const WITHOUT: u64 = 1_000_000;
    let here = |net: i64| WITHOUT.checked_add_signed(net).expect("a small number");
    let counts = Tally {
        requests,
        faulty_green,
        failed: here(harmed),
        failed_without: WITHOUT,
        slow_answers: here(2 * harmed),
        slow_answers_without: WITHOUT,
        harmed: here(4 * harmed),
        harmed_without: WITHOUT,
        ..Tally::default()
    };
    let wrong = Some(Wrong { answers: 999, attributable: 888, excess: 3 * harmed });
    Damage { counts, wrong, ..Damage::default() }
}

/// A run without rollback of two requests a second, ended at `ended` [min], up to the `horizon` [min].
fn unnoticed(end: End, ended: Option<u32>, horizon: u32, harmed: (i64, i64)) -> Unnoticed {
    let requests = |minutes: u32| u64::from(120 * minutes);
    let never = Consequence {
        end,
        given_up: None,
        first_traffic_at: Some(SimTime::ZERO),
        first_faulty_exposure_at: Some(SimTime::ZERO),
        rolled_back_at: None,
        bake_ended_at: ended.map(toy::minutes),
        full_traffic_at: None,
        to_bake_end: damage(requests(ended.unwrap_or(horizon)), 600, harmed.0),
        to_horizon: damage(requests(horizon), 1_000, harmed.1),
        blue_instance_hours: 0.0,
        green_instance_hours: 0.0,
        both_fleets_s: 0.0,
        peak_instances: 0,
        cost: Some(0.0),
        extra_cost: Some(0.0),
    };
    Unnoticed::of(&never, toy::minutes(horizon))
}

fn harm(failed: f64) -> Harm {
    Harm { failed, slow: 2.0 * failed, wrong: 3.0 * failed, any: 4.0 * failed }
}

fn near(found: &Harm, expected: &Harm) -> bool {
    let pairs = [
        (found.failed, expected.failed),
        (found.slow, expected.slow),
        (found.wrong, expected.wrong),
        (found.any, expected.any),
    ];
    pairs.iter().all(|(found, expected)| (found - expected).abs() < 1e-9)
}

#[test]
fn what_goes_unnoticed_does_harm_at_the_rate_after_the_rollout() {
    // 30 up to 10 minutes, and 300 in the 50 minutes from there.
    let found = unnoticed(End::Promoted, Some(10), 60, (30, 330));
    assert_eq!((found.ended, found.to_end), (toy::minutes(10), harm(30.0)));
    assert!(near(&found.per_s, &harm(0.1)), "{found:?}");
}

#[test]
fn the_horizon_does_not_matter() {
    // At 0.1 a second another hour has 360 more.
    let short = unnoticed(End::Promoted, Some(10), 60, (30, 330));
    let long = unnoticed(End::Promoted, Some(10), 120, (30, 690));
    assert_eq!((short.ended, short.to_end), (long.ended, long.to_end));
    assert!(near(&short.per_s, &long.per_s), "{short:?}, {long:?}");
}

#[test]
fn where_hardly_any_time_is_left_a_request_of_green_tells() {
    // 50 of the 1000 requests of green: 0.05 each, two a second.
    let found = unnoticed(End::Promoted, Some(59), 60, (49, 50));
    assert_eq!(found.to_end, harm(49.0));
    assert!(near(&found.per_s, &harm(0.1)), "{found:?}");
    // Two minutes are enough to be counted.
    let found = unnoticed(End::Promoted, Some(58), 60, (30, 42));
    assert!(near(&found.per_s, &harm(0.1)), "{found:?}");
}

#[test]
fn what_is_not_in_service_does_no_more() {
    for (end, ended) in [(End::Stopped, Some(59)), (End::UnfinishedAtHorizon, None)] {
        let found = unnoticed(end, ended, 60, (50, 50));
        assert_eq!((found.to_end, found.per_s), (harm(50.0), Harm::default()), "{end:?}");
    }
    let stopped = unnoticed(End::Stopped, Some(10), 60, (50, 50));
    assert_eq!(stopped.per_s, Harm::default());
}

/// Looks at 1 and 2 minutes; acted on at the first one above the threshold.
fn acting(datapoints: [f64; 2], healthy: bool) -> JudgedRun {
    toy::run(vec![toy::records(datapoints)], healthy)
}

#[test]
fn the_runs_of_a_replication_are_judged_by_the_healthy_one_under_the_same_policy() {
    use Ordering::{Equal, Greater, Less};
    use Verdict::{ByChance, Caught, FalseRollback, Missed, Passed};
    let good = [true, false, false, false];
    let mut runs = vec![
        acting([0.2, 0.6], true),
        acting([0.6, 0.9], false),
        acting([0.2, 0.9], false),
        acting([0.2, 0.3], false),
    ];
    let verdicts = |runs: &[JudgedRun], threshold: f64| -> Vec<(Verdict, Ordering)> {
        let keys = [(0, 0, threshold)];
        let played = play_all(runs, &keys, &good);
        played.map(|played| (played.verdict, played.order)).collect()
    };
    // At 0.5 the healthy release is given up at the second look, at 0.7 never.
    let at_half = [(FalseRollback, Equal), (Caught, Less), (ByChance, Equal), (Missed, Greater)];
    assert_eq!(verdicts(&runs, 0.5), at_half);
    let above = [(Passed, Equal), (Caught, Less), (Caught, Less), (Missed, Equal)];
    assert_eq!(verdicts(&runs, 0.7), above);
    // An alarm that lets none count for the healthy release does not stop the others.
    runs[0].lets_none_count = true;
    assert_eq!(verdicts(&runs, 0.5), above);
    // What the healthy release is given up by may be an alarm that is not set.
    runs[0] = acting([0.2, 0.3], true);
    runs[0].fixed = Some(Firing { look: 0, since: toy::minutes(1), alarm: 1 });
    let by_another =
        [(FalseRollback, Equal), (ByChance, Equal), (ByChance, Greater), (Missed, Greater)];
    assert_eq!(verdicts(&runs, 0.5), by_another);
}

#[test]
fn an_ending_that_no_alarm_leads_to_is_forgotten_and_the_others_stay() {
    let mut run = acting([0.2, 0.6], false);
    let never = *run.endings.last().expect("an end");
    run.curves[0].as_mut().expect("a curve").steps.remove(0);
    run.fixed = Some(Firing { look: 3, since: toy::minutes(4), alarm: 1 });
    let by_look = [run.endings[1], run.endings[3]];
    run.forget_unused();
    assert_eq!(run.endings, [by_look[0], by_look[1], never]);
    let at = |threshold: f64| {
        let against = Against { is_good: false, healthy_given_up_at: None };
        run.play(&[(0, 0, threshold)], against).ending.given_up
    };
    let given_up = |minutes| Some(GivenUp { at: toy::minutes(minutes), by: GivenUpBy::Alarm });
    assert_eq!((at(0.5), at(0.7)), (given_up(2), given_up(4)));
}
