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
fn shows() {
    println!("{}", text(Terminal { width: Some(120), styled: false }));
    println!("{}", text(Terminal { width: Some(80), styled: false }));
}
