//! The page for people: words first, then the best policies, then the front.

use super::figures::{harm_shown, mean, most_missed, objective, objective_shown, rate, value};
use super::policy::Spelt;
use super::words;
use crate::report::number::duration;
use crate::report::terminal::Terminal;
use crate::report::terminal::layout::lines_of;
use crate::stats::Interval;
use crate::tuning::results::{Evaluated, Mean, Share, TuneResults};
use comfy_table::{CellAlignment, ColumnConstraint, Width};
use std::fmt::Write as _;

/// So many of the best policies are shown; the files have all.
const MOST_RANKED: usize = 10;
/// So many points of the front are shown.
const MOST_OF_FRONT: usize = 8;

/// What is not defined.
const ABSENT: &str = "–";

pub(super) fn render(results: &TuneResults, terminal: Terminal) -> String {
    let mut text = String::new();
    for paragraph in words::paragraphs(results) {
        for (index, line) in terminal.wrapped(&paragraph.lead).iter().enumerate() {
            let line = if index > 0 { format!("  {line}") } else { line.clone() };
            let _ = writeln!(text, "{}", terminal.bold(&line));
        }
        for line in paragraph.lines.iter().flat_map(|line| hanging(terminal, line)) {
            let _ = writeln!(text, "  {line}");
        }
        text.push('\n');
    }
    text.push_str(&best(results, terminal));
    text.push_str(&front(results, terminal));
    text
}

/// A line whose continuation is set in.
fn hanging(terminal: Terminal, text: &str) -> Vec<String> {
    let narrower =
        Terminal { width: terminal.width.map(|width| width.saturating_sub(2)), ..terminal };
    let mut lines = narrower.wrapped(text);
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, "  ");
    }
    lines
}

/// A row of the table of policies: what it is called, and which.
type Row<'a> = (String, &'a Evaluated);

fn best(results: &TuneResults, terminal: Terminal) -> String {
    let ranked = results.ranking.iter().take(MOST_RANKED).enumerate();
    let mut rows: Vec<Row<'_>> =
        ranked.map(|(index, one)| ((index + 1).to_string(), one)).collect();
    rows.extend(results.nearest.iter().map(|one| ("nearest".to_owned(), one)));
    rows.extend(results.present.iter().map(|one| ("present".to_owned(), one)));
    if rows.is_empty() {
        return String::new();
    }
    let goal = format!("{}\nmean", short_objective(results));
    let header =
        ["", "strategy", "alarms", "false\nrollback", "missed,\nworst", &goal, "to full\ntraffic"];
    let mut table = terminal.table(header.into_iter());
    for (called, one) in &rows {
        table.add_row(cells(results, called, one));
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    for index in [1, 2] {
        if let Some(column) = table.column_mut(index) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(12)));
        }
    }
    let mut text = format!("{}\n{}", terminal.bold(&title(results)), lines_of(&table));
    for line in terminal.wrapped(
        "Ordered on the replications that policies are chosen on; the figures are of the others.",
    ) {
        let _ = writeln!(text, "  {line}");
    }
    let more = results.ranking.len().saturating_sub(MOST_RANKED);
    if more > 0 {
        let _ = writeln!(text, "  and {more} more in ranking.csv");
    }
    text.push('\n');
    text
}

fn title(results: &TuneResults) -> String {
    if results.ranking.is_empty() {
        "How the policies do".to_owned()
    } else {
        format!(
            "The best policies by {}, and how you are set now",
            objective(results.spec.minimise)
        )
    }
}

fn short_objective(results: &TuneResults) -> &'static str {
    use crate::scenario::tune::Objective;
    match results.spec.minimise {
        Objective::TimeToDetect => "to detect",
        Objective::Harm => "harm",
        Objective::FailedRequests => "failed",
        Objective::UsersTouched => "users",
        Objective::ExpectedLoss => "loss",
    }
}

fn cells(results: &TuneResults, called: &str, one: &Evaluated) -> Vec<String> {
    let spelt = Spelt::new(results, &one.policy);
    let reported = &one.reported;
    let missed = most_missed(results, reported).map(|worst| &worst.missed);
    vec![
        called.to_owned(),
        spelt.rollout(),
        spelt.alarms_in_words().join("\n"),
        share_cell(Some(&reported.false_rollback)),
        share_cell(missed),
        mean_cell(reported.objective.as_ref(), objective_shown(results)),
        mean_cell(reported.full_traffic_s.as_ref(), duration),
    ]
}

/// A share above its interval.
fn share_cell(share: Option<&Share>) -> String {
    let known = share.and_then(|share| Some((value(share)?, share.interval)));
    match known {
        Some((value, Some(Interval { low, high }))) => {
            let low = rate(low);
            format!("{}\n{}–{}", rate(value), low.trim_end_matches('%'), rate(high))
        }
        Some((value, None)) => rate(value),
        None => ABSENT.to_owned(),
    }
}

/// A mean above its interval.
fn mean_cell(mean: Option<&Mean>, show: fn(f64) -> String) -> String {
    match mean {
        Some(Mean { value, interval: Some(interval) }) => {
            let between = if interval.low < 0.0 { " to " } else { "–" };
            let (low, high) = (show(interval.low), show(interval.high));
            format!("{}\n{low}{between}{high}", show(*value))
        }
        Some(Mean { value, interval: None }) => show(*value),
        None => ABSENT.to_owned(),
    }
}

/// The front in short: its ends, and some of what is between.
fn front(results: &TuneResults, terminal: Terminal) -> String {
    // Where nothing can be recommended none of them keeps the limits: a title that praises them misleads.
    if results.front.is_empty() || results.best.is_none() {
        return String::new();
    }
    let title = "What speed costs: no policy harms fewer and is faster as well";
    let mut text = format!("{}\n", terminal.bold(title));
    let mut table = terminal.table(["full traffic", "harm a release", "policy"].into_iter());
    for one in spread(&results.front) {
        let time = one.reported.full_traffic_s.as_ref();
        let harm = one.reported.harm.as_ref();
        table.add_row([
            time.map_or(ABSENT.to_owned(), |time| mean(time, duration)),
            harm.map_or(ABSENT.to_owned(), |harm| mean(harm, harm_shown(results))),
            format!("{}{}", words::policy(results, &one.policy), limits_kept(one)),
        ]);
    }
    for column in table.column_iter_mut().take(2) {
        column.set_cell_alignment(CellAlignment::Right);
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    text.push_str(&lines_of(&table));
    let more = results.front.len().saturating_sub(MOST_OF_FRONT);
    if more > 0 {
        let _ = writeln!(text, "  and {more} more in front.csv");
    }
    text.push('\n');
    text
}

/// Of a policy on the front, what stands against setting it.
fn limits_kept(one: &Evaluated) -> &'static str {
    match (one.feasible, one.has_margin) {
        (_, true) => "",
        (true, false) => " (too near a limit)",
        (false, false) => " (misses too often)",
    }
}

/// At most [`MOST_OF_FRONT`], both ends among them.
fn spread(front: &[Evaluated]) -> Vec<&Evaluated> {
    let shown = front.len().min(MOST_OF_FRONT);
    let last = front.len().saturating_sub(1);
    (0..shown).map(|k| &front[k * last / shown.saturating_sub(1).max(1)]).collect()
}
