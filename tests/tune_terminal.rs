//! What a user sees at the end of a tuning.

mod tuned;

use rollout_sim::report::terminal::Terminal;
use rollout_sim::report::tune::{file_list, render, terminal};
use rollout_sim::tuning::results::TuneResults;
use tuned::{Extent, USUAL, results};

fn text(results: &TuneResults, width: Option<u16>) -> String {
    terminal(results, Terminal { width, styled: false })
}

#[test]
fn the_recommendation_comes_first_then_what_is_set_now_and_the_tables() {
    insta::assert_snapshot!(text(&results(USUAL), Some(110)));
}

#[test]
fn nothing_feasible_is_said_first_with_what_stands_in_the_way() {
    let all_deaf = Extent { plans: 1, shapes: 1, thresholds: 3, max_false_rollback: 0.000_1 };
    insta::assert_snapshot!(text(&results(all_deaf), Some(100)));
}

#[test]
fn what_is_already_set_is_said_to_be() {
    let mut results = results(USUAL);
    results.best = results.present.first().cloned();
    let text = text(&results, None);
    assert!(text.contains("That is how your strategy and its alarms are set now."), "{text}");
    assert!(!text.contains("Your present"), "{text}");
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
    assert!(found.contains("Any threshold above 0.7% does the same"), "{found}");
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
