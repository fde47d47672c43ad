//! What a user sees at the end of a run.

mod synthetic;

use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::terminal::{Terminal, render};

fn text(terminal: Terminal) -> String {
    let results = synthetic::results(4, 3, 300);
    render(&results, &Summary::of(&results), &Comparison::of(&results), terminal)
}

#[test]
fn tables_fit_their_terminal_and_name_every_strategy_and_release() {
    let results = synthetic::results(4, 3, 300);
    for width in [80, 120] {
        let page = text(Terminal { width: Some(width), styled: false });
        let tables = page
            .lines()
            .filter(|line| line.starts_with([' ', '─', '═']) && !line.starts_with("  "));
        for line in tables {
            assert!(line.chars().count() <= usize::from(width), "wider than {width}: {line}");
        }
        for name in results.scenario.strategies.iter().map(|plan| &plan.name) {
            let word = name.split(' ').next().expect("a word");
            assert!(page.contains(word), "{name} is missing");
        }
        for release in &results.scenario.regressions {
            assert!(page.contains(&release.name), "{} is missing", release.name);
        }
        assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    }
}

#[test]
fn styles_change_no_word() {
    let plain = text(Terminal { width: None, styled: false });
    let styled = text(Terminal { width: None, styled: true });
    assert!(styled.contains('\u{1b}') && !plain.contains('\u{1b}'));
    // A styled line may be padded to its full width.
    let stripped = anstream::adapter::strip_str(&styled).to_string();
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    };
    assert_eq!(lines(&stripped), lines(&plain));
}
