//! What a user sees at the end of a run.

use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::terminal::{Terminal, render};
use rollout_sim::simulation::outcome::{GivenUp, GivenUpBy, Verdict};
use rollout_sim::time::SimTime;

fn text(results: &Results, width: Option<u16>, styled: bool) -> String {
    let (summary, comparison) = (Summary::of(results), Comparison::of(results));
    render(results, &summary, &comparison, Terminal { width, styled })
}

#[test]
fn plain_text_has_no_escapes_and_fits() {
    let text = text(&crate::synthetic::results(4, 3, 300), Some(80), false);
    assert!(!text.contains('\u{1b}'), "an escape sequence in plain text");
    for line in text.lines() {
        assert!(line.chars().count() <= 82, "too wide: {line}");
    }
}

#[test]
fn a_styled_terminal_has_bold_titles() {
    let text = text(&crate::synthetic::results(1, 2, 20), Some(100), true);
    assert!(text.contains("\u{1b}[1m5xx at 3 %\u{1b}[0m"));
}

#[test]
fn each_regression_has_its_table_and_what_decides() {
    let text = text(&crate::synthetic::results(4, 3, 300), None, false);
    for expected in [
        "300 replications each, seed 42, 95% intervals",
        "healthy (a good release)",
        "Not decided (after Holm's correction, which the intervals lack): 'all at once', 'canary 10 %'",
        "have the fewest false rollbacks",
        "Caught: 'all at once' in 99.7% [98.1%, 99.9%], 'linear 25 %' in 96% [93.1%, 97.7%], ",
        "'all at once' (gives it up by chance in 0.3%, rolls the healthy release back in 2.7%) has the \
         least net harm: ",
        "2,898 [2,197, 3,639] fewer failed requests a release than 'canary 1 instance, then half, then \
         everything', the last",
        "2,450 [1,138, 3,868] fewer harmed requests a release than 'linear 25 %', the next",
        "paired over 300 replications",
        "Missed: 'canary 10 %' in 18%",
        "More failed (net) by full queues and time-outs, and by the new model's own errors: 'all at once' -2 \
         [-2, -2] and 769 [751, 787]",
        "not reached",
        "counts as never",
    ] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }
}

#[test]
fn one_strategy_is_not_ranked() {
    let text = text(&crate::synthetic::results(1, 2, 50), None, false);
    assert!(!text.contains("fewest"), "{text}");
}

#[test]
fn an_interrupted_experiment_says_so() {
    let mut results = crate::synthetic::results(2, 2, 40);
    results.runs_asked = 100;
    assert!(text(&results, None, false).contains("Interrupted: 40 of 100 replications"));
}

#[test]
fn no_runs_are_no_numbers() {
    let text = text(&crate::synthetic::results(2, 2, 0), None, false);
    assert!(text.contains('–') && !text.contains("NaN"), "{text}");
}

#[test]
fn no_line_ends_in_blanks() {
    let text = text(&crate::synthetic::results(3, 3, 30), Some(120), false);
    assert_eq!(text.lines().find(|line| line.ends_with(' ')), None);
}

/// The arms of a faulty release as if its fault changed nothing: given up where the healthy one is.
fn unseen(results: &mut Results, strategy: usize) {
    for run in results.outcomes.iter_mut().filter(|run| run.strategy == strategy) {
        if run.regression == 1 {
            let at = run.healthy_given_up_at;
            run.given_up = at.map(|at| GivenUp { at, by: GivenUpBy::Alarm });
            run.verdict = if at.is_some() { Verdict::ByChance } else { Verdict::Missed };
            // What is left is luck: as often a look earlier as later.
            let other =
                SimTime::from_secs_f64(400.0 + f64::from(u8::from(run.replication % 2 == 0)));
            if run.replication % 50 < 2 {
                run.given_up = Some(GivenUp { at: other, by: GivenUpBy::Alarm });
                run.healthy_given_up_at = Some(SimTime::from_secs_f64(400.5));
                let is_earlier = run.replication % 2 == 1;
                run.verdict = if is_earlier { Verdict::Caught } else { Verdict::ByChance };
            }
        }
    }
}

#[test]
fn a_fault_that_no_alarm_sees_is_said_to_be_that() {
    let mut results = crate::synthetic::results(2, 2, 300);
    unseen(&mut results, 1);
    let seen = text(&results, None, false);
    let said = "No alarm of 'canary 10 %' (6 earlier, 6 later) can tell it from a good release: in so \
                many of the 300 runs it is given up earlier, or later, than the healthy release of the same \
                replication (sign test, level 5%).";
    assert!(seen.contains(said), "{seen}");
    assert!(
        seen.contains("'canary 10 %' in 2% [0.9%, 4.3%] (no more than chance would)"),
        "{seen}"
    );
    // With an alarm that is never asked there is nothing to say of alarms.
    results.scenario.strategies[1].alarms.clear();
    let unguarded = text(&results, None, false);
    assert!(!unguarded.contains("can tell it from"), "{unguarded}");
    assert!(unguarded.contains("'canary 10 %' (no alarm) in 9"), "{unguarded}");
}

#[test]
fn few_runs_are_said_to_show_little() {
    let of = |runs| {
        let mut results = crate::synthetic::results(2, 2, runs);
        unseen(&mut results, 1);
        text(&results, None, false)
    };
    let few = of(60);
    let little = "It does not show that an alarm of 'canary 10 %' (2 earlier, 2 later) can tell it";
    assert!(few.contains(little), "{few}");
    assert!(few.contains("So few runs may only not show it yet; 100 would show a fault"), "{few}");
    let none = of(4);
    assert!(none.contains("4 runs cannot show whether an alarm of"), "{none}");
    assert!(none.contains("it takes 5 or more"), "{none}");
}

#[test]
fn where_nothing_is_harmed_the_requests_that_a_faulty_green_served_decide() {
    let mut results = crate::synthetic::results(2, 2, 300);
    for run in &mut results.outcomes {
        let counts = &mut run.to_horizon.counts;
        let net = if run.replication % 2 == 0 { 3 } else { -3 };
        counts.harmed = counts.harmed_without.checked_add_signed(net).expect("some are harmed");
    }
    let text = text(&results, None, false);
    let said = "No strategy does net harm that shows. 'all at once' (gives it up by chance in 0.3%, \
                rolls the healthy release back in 2.7%) has the fewest requests served by a faulty green: ";
    assert!(text.contains(said), "{text}");
    // What is not counted is said.
    results.scenario.metrics.slow_over = None;
    let uncounted = self::text(&results, None, false);
    let said =
        "that shows (slow requests are not counted: `slow_over` is not set). 'all at once' (";
    assert!(uncounted.contains(said), "{uncounted}");
}
