//! What a user sees at the end of a run.

mod synthetic;

use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::terminal::{Terminal, render};

fn text(results: &Results, width: Option<u16>, styled: bool) -> String {
    let (summary, comparison) = (Summary::of(results), Comparison::of(results));
    render(results, &summary, &comparison, Terminal { width, styled })
}

#[test]
fn plain_text_has_no_escapes_and_fits() {
    let text = text(&synthetic::results(4, 3, 300), Some(80), false);
    assert!(!text.contains('\u{1b}'), "an escape sequence in plain text");
    for line in text.lines() {
        assert!(line.chars().count() <= 82, "too wide: {line}");
    }
}

#[test]
fn a_styled_terminal_has_bold_titles() {
    let text = text(&synthetic::results(1, 2, 20), Some(100), true);
    assert!(text.contains("\u{1b}[1m5xx at 3 %\u{1b}[0m"));
}

#[test]
fn each_regression_has_its_table_and_what_decides() {
    let text = text(&synthetic::results(4, 3, 300), None, false);
    for expected in [
        "300 replications each, seed 42, 95% intervals",
        "healthy (a good release)",
        "Not decided (after Holm's correction, which the intervals lack): 'all at once', 'canary 10 %'",
        "have the fewest false rollbacks",
        "'all at once' has the fewest failed requests a release",
        "2,891 [2,190, 3,632] fewer than 'canary 1 instance, then half, then everything', the last",
        "paired over 300 replications",
        "Never detected: 'canary 10 %' in 18%",
        "not reached",
        "counts as never",
    ] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }
}

#[test]
fn one_strategy_is_not_ranked() {
    let text = text(&synthetic::results(1, 2, 50), None, false);
    assert!(!text.contains("fewest"), "{text}");
}

#[test]
fn an_interrupted_experiment_says_so() {
    let mut results = synthetic::results(2, 2, 40);
    results.runs_asked = 100;
    assert!(text(&results, None, false).contains("Interrupted: 40 of 100 replications"));
}

#[test]
fn no_runs_are_no_numbers() {
    let text = text(&synthetic::results(2, 2, 0), None, false);
    assert!(text.contains('–') && !text.contains("NaN"), "{text}");
}

#[test]
fn no_line_ends_in_blanks() {
    let text = text(&synthetic::results(3, 3, 30), Some(120), false);
    assert_eq!(text.lines().find(|line| line.ends_with(' ')), None);
}
