//! What a user sees at the end of a tuning.

use crate::tuned::{Extent, USUAL, results};
use rollout_sim::report::terminal::Terminal;
use rollout_sim::report::tune::{file_list, render, terminal};
use rollout_sim::stats::Interval;
use rollout_sim::tuning::results::{LeftOut, Mean, Price, Remedy, TuneResults};
use rollout_sim::tuning::standing::Standing;

fn text(results: &TuneResults, width: Option<u16>) -> String {
    terminal(results, Terminal { width, styled: false })
}

#[test]
fn the_recommendation_comes_first_then_what_is_set_now_and_the_tables() {
    insta::assert_snapshot!(text(&results(USUAL), Some(110)));
}

/// Thresholds so low that nothing keeps the limits.
const ALL_NERVOUS: Extent =
    Extent { plans: 1, shapes: 1, thresholds: 3, max_false_rollback: 0.000_1 };

#[test]
fn nothing_feasible_is_said_first_with_what_stands_in_the_way() {
    insta::assert_snapshot!(text(&results(ALL_NERVOUS), Some(100)));
}

/// Every standing but the one in which there is something to recommend.
const UNSURE: [Option<Standing>; 5] = [
    Some(Standing::Open { runs_needed: Some(2_400) }),
    Some(Standing::Open { runs_needed: None }),
    Some(Standing::BrokenAtAnEnd),
    Some(Standing::Broken),
    None,
];

#[test]
fn only_what_is_confirmed_is_recommended() {
    assert!(text(&results(USUAL), None).starts_with("Recommended: canary 10 %"));
    for (standing, begins, says) in [
        (UNSURE[0], "The best so far, not yet a recommendation: canary", "`--runs 2400`"),
        (UNSURE[1], "The best so far, not yet a recommendation: canary", "a limit is too near"),
        (UNSURE[2], "The best so far, not yet a recommendation: canary", "at an end of the range"),
        (UNSURE[3], "No recommendation. The best on the runs that choose was", "`--runs 2000`"),
        (UNSURE[4], "No policy keeps the limits", "In the way: "),
    ] {
        let mut results = results(if standing.is_some() { USUAL } else { ALL_NERVOUS });
        results.standing = standing;
        let found = text(&results, None);
        assert!(found.starts_with(begins) && found.contains(says), "{standing:?}: {found}");
        assert!(!found.to_lowercase().contains("recommended"), "{standing:?}: {found}");
    }
}

/// Of the present policy, which breaks no limit: with the margin or without.
fn present_that_keeps_the_limits(has_margin: bool) -> TuneResults {
    let mut results = results(USUAL);
    let now = &mut results.present[0];
    (now.feasible, now.has_margin) = (true, has_margin);
    results
}

#[test]
fn what_is_passed_over_and_what_is_set_now_come_with_the_reason() {
    let mut results = results(USUAL);
    let better = results.ranking[1].clone();
    results.too_near = Some(better);
    let found = text(&results, None);
    let said = "Better on the runs that choose, but too near a limit there to be confirmed by as many more: ";
    assert!(found.contains(said), "{found}");
    let narrow = text(&present_that_keeps_the_limits(false), None);
    let said = "It keeps the limits on the runs that choose, but is too near one there to be confirmed by \
                as many more: 0% of good releases rolled back and at most 94.2% of a regression missed. At \
                these shares no number of runs would give it the room.";
    assert!(narrow.contains(said), "{narrow}");
    let kept = text(&present_that_keeps_the_limits(true), None);
    let said = "It keeps the limits, too; on the runs that choose it is worse: net harm of a faulty release ";
    assert!(kept.contains(said), "{kept}");
}

#[test]
fn no_file_recommends_what_is_not_confirmed() {
    for standing in UNSURE {
        let mut results = results(if standing.is_some() { USUAL } else { ALL_NERVOUS });
        results.standing = standing;
        for file in render(&results, vec![]).expect("files") {
            assert!(!file.name.starts_with("aws/"), "{standing:?}: {}", file.name);
            let text = String::from_utf8(file.bytes).expect("UTF-8");
            // The key is there, and null.
            let text = text.replace("\"recommended\": null", "").to_lowercase();
            assert!(!text.contains("recommended"), "{standing:?}: {}", file.name);
        }
    }
}

#[test]
fn what_nothing_can_catch_is_named_with_how_far_the_best_gets() {
    let mut results = results(USUAL);
    let mut best = results.candidates[20].clone();
    let third = &mut best.reported.regressions[2];
    (third.earlier, third.later) = (5, 3);
    results.left_out = vec![LeftOut { regression: 3, share: Some(0.62), best: Some(best) }];
    let found = text(&results, None);
    let said = "Left out: '5xx at 0.5 %'.\n  No policy that rolls back at most 3% of good releases \
                catches it often enough; the best, ";
    assert!(found.contains(said), "{found}");
    assert!(found.contains("reaches 62% of the runs that it catches or misses"), "{found}");
    // 5 to 3 is what a coin does in a third of the cases.
    assert!(found.contains("earlier than the good one in 5 and later in 3 of 500"), "{found}");
    let third = &mut results.left_out[0].best.as_mut().expect("a policy").reported.regressions[2];
    (third.earlier, third.later) = (50, 3);
    assert!(!text(&results, None).contains("Not even that one can tell it"));
    results.left_out = vec![LeftOut { regression: 3, share: None, best: None }];
    assert!(text(&results, None).contains("so nothing can be said of it"));
}

#[test]
fn what_another_objective_costs_in_harm_is_said() {
    let mut results = results(USUAL);
    let more = Mean { value: 12.5, interval: Some(Interval { low: 10.0, high: 15.0 }) };
    results.spec.minimise = rollout_sim::scenario::tune::Objective::TimeToDetect;
    results.price = Some(Price { more, least_harm: results.candidates[20].clone() });
    let found = text(&results, None);
    let said = "That is the price of minimising time to detect (until somebody notices, if not caught): it \
                harms 12.5 [10, 15] more a faulty release than canary 10 %";
    assert!(found.contains(said), "{found}");
}

#[test]
fn what_was_tried_besides_is_said_with_what_it_does() {
    let mut found = results(ALL_NERVOUS);
    let remedy = |change: &str, results: TuneResults| Remedy { change: change.to_owned(), results };
    found.remedies = vec![
        remedy("bakes 2 times as long", results(ALL_NERVOUS)),
        remedy("4 times the traffic", TuneResults { runs: 300, ..results(USUAL) }),
    ];
    let helps = text(&found, None);
    let said =
        "What would help:\n  4 times the traffic: canary 10 % (canary.size = 5%) with '5xx-rate': ";
    assert!(helps.contains(said) && !helps.contains("bakes 2 times"), "{helps}");
    found.remedies.pop();
    let helps_not = text(&found, None);
    let said =
        "What was tried besides does not help either:\n  bakes 2 times as long: canary 10 % with";
    assert!(helps_not.contains(said), "{helps_not}");
    assert!(
        helps_not.contains("Each was tried on 1,000 runs, half of which choose"),
        "{helps_not}"
    );
}

#[test]
fn the_column_of_what_is_minimised_is_headed_by_it() {
    use rollout_sim::scenario::tune::Objective;
    for (minimise, headed) in [
        (Objective::Harm, "harm"),
        (Objective::FailedRequests, "failed"),
        (Objective::UsersTouched, "users"),
        (Objective::TimeToDetect, "to detect"),
        (Objective::ExpectedLoss, "loss"),
    ] {
        let mut results = results(USUAL);
        results.spec.minimise = minimise;
        let text = text(&results, None);
        let heads = text.lines().skip_while(|line| !line.starts_with("The best policies"));
        let heads: String = heads.take(4).collect();
        assert!(heads.contains(headed), "{minimise:?}: {heads}");
    }
}

#[test]
fn without_users_no_word_is_of_them() {
    let mut results = results(USUAL);
    let all = results.best.iter_mut().chain(&mut results.present).chain(&mut results.ranking);
    for one in all.flat_map(|one| &mut one.reported.regressions) {
        one.users_touched = None;
    }
    let found = text(&results, None);
    assert!(!found.to_lowercase().contains("user"), "{found}");
}

#[test]
fn what_is_already_set_is_said_to_be() {
    let mut results = results(USUAL);
    results.best = results.present.first().cloned();
    let text = text(&results, None);
    assert!(text.contains("That is how 'canary 10 %' and its alarms are set now."), "{text}");
    assert!(!text.contains("of 'canary 10 %':"), "{text}");
}

#[test]
fn interruptions_and_warnings_are_said() {
    let mut results = results(USUAL);
    results.runs = 600;
    results.warnings = vec!["the thresholds were thinned".to_owned()];
    let text = text(&results, None);
    assert!(text.starts_with("Interrupted: 600 of 1,000 replications."), "{text}");
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words:?} in {text}"));
    let warned = place("Warning: the thresholds were thinned");
    assert!(place("Recommended: ") < warned && warned < place("Your present alarm"), "{text}");
}

#[test]
fn plain_text_fits_and_has_no_escapes_and_a_styled_terminal_has_bold_titles() {
    let results = results(USUAL);
    let plain = text(&results, Some(90));
    assert!(!plain.contains('\u{1b}'), "an escape sequence in plain text");
    for line in plain.lines() {
        assert!(line.chars().count() <= 92 && !line.ends_with(' '), "{line:?}");
    }
    let styled = terminal(&results, Terminal { width: None, styled: true });
    assert!(styled.starts_with("\u{1b}[1mRecommended: "), "{styled}");
}

#[test]
fn a_threshold_of_whatever_height_has_no_unbounded_figure() {
    let mut results = results(USUAL);
    let best = results.best.as_mut().expect("a best policy");
    best.policy.settings[0].equivalent = (0.007, f64::INFINITY);
    let found = text(&results, None);
    assert!(found.contains("Any threshold above 0.7% keeps the limits"), "{found}");
    assert!(!found.contains("inf") && !found.contains("NaN"), "{found}");
}

#[test]
fn the_list_of_files_goes_by_what_they_are_for() {
    let files = render(&results(USUAL), vec![]).expect("files");
    let list = file_list("output/x", &files);
    assert!(list.starts_with(&format!("Wrote {} files to output/x/\n", files.len())), "{list}");
    for file in &files {
        assert!(list.contains(&file.name), "{} is not in {list}", file.name);
    }
}
