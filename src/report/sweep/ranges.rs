//! A sweep on a terminal: for each strategy the least and the most of each main figure, and which cells
//! order the strategies differently.

use super::{in_words, list};
use crate::report::number::{amount, dollars, duration, percent};
use crate::report::terminal::Terminal;
use crate::sweep::ranking::{Ranking, ranked_by};
use crate::sweep::study::{FIGURES, Kind, Point, Study};
use std::fmt::Write as _;

/// The most cells that are named one by one.
const NAMED: usize = 6;

/// The sweep as text.
pub fn render(study: &Study, terminal: Terminal) -> String {
    let keys: Vec<String> = study
        .axes
        .iter()
        .map(|axis| match &axis.values[..] {
            [only] => format!("{} = {only}", axis.key),
            [first, .., last] => {
                format!("{} = {first} … {last} ({} values)", axis.key, axis.values.len())
            }
            [] => axis.key.clone(),
        })
        .collect();
    let mut text = format!(
        "{} cells: {}\n{} replications each, seed {}, {} intervals\n",
        study.cells.len(),
        keys.join(" × "),
        study.replications,
        study.seed,
        percent(study.confidence)
    );
    for regression in 0..study.regressions.len() {
        text.push('\n');
        text.push_str(&section(study, regression, terminal));
    }
    let legend = "Least and most over the cells, by estimates; sweep.csv has them all with their \
                  intervals. Net: so many more than without the deployment. The order of the strategies is \
                  that of most cells; \"in the noise\" means that no two that changed places differ \
                  significantly there (Holm).";
    let _ = writeln!(text);
    for line in terminal.wrapped(legend) {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn section(study: &Study, regression: usize, terminal: Terminal) -> String {
    let (name, healthy) = &study.regressions[regression];
    let kind = if *healthy { " (a good release)" } else { "" };
    let figures: Vec<usize> =
        (0..FIGURES.len()).filter(|&figure| study.tells(regression, figure)).collect();
    let mut header = vec!["strategy"];
    header.extend(figures.iter().map(|&figure| heading(FIGURES[figure].metric)));
    let rows = study.strategies.iter().map(|strategy| {
        let cells = figures.iter().map(|&figure| range(study, (strategy, name), figure));
        std::iter::once(strategy.clone()).chain(cells).collect()
    });
    let title = terminal.bold(&format!("{name}{kind}"));
    let mut text = format!("{title}\n{}", terminal.figures(&header, rows.collect()));
    for sentence in order(study, regression) {
        for line in terminal.wrapped(&sentence) {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

fn heading(metric: &str) -> &'static str {
    match metric {
        "caught" => "caught",
        "by_chance" => "by chance",
        "time_to_detect_s" => "to detect\n(median)",
        "false_rollback" => "false\nrollback",
        "faulty_green_requests_to_horizon" => "served by\nfaulty\ngreen",
        "harmed_excess_to_horizon" => "more\nharmed\n(net)",
        "excess_to_horizon" => "more\nfailed\n(net)",
        "slow_excess_to_horizon" => "more\nslow\n(net)",
        "wrong_excess_to_horizon" => "more\nwrong\n(net)",
        _ => "extra\ncost",
    }
}

/// The least and the most of a figure over all cells.
fn range(study: &Study, (strategy, regression): (&str, &str), figure: usize) -> String {
    let points: Vec<Point> = study
        .cells
        .iter()
        .filter_map(|cell| cell.point(strategy, regression, figure))
        .filter(|point| point.estimate.is_some() || point.is_never)
        .collect();
    let value = |point: &Point| point.estimate.unwrap_or(f64::INFINITY);
    let least = points.iter().map(value).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
    if points.is_empty() {
        return "–".to_owned();
    }
    let show = |value: f64| {
        if value.is_infinite() {
            return "not reached".to_owned();
        }
        match FIGURES[figure].kind {
            Kind::Share => percent(value),
            Kind::Time => duration(value),
            Kind::Count => amount(value),
            Kind::Money => dollars(value),
        }
    };
    let (least, most) = (show(least), show(most));
    if least == most { least } else { format!("{least}\nto {most}") }
}

/// Which cells order the strategies differently.
fn order(study: &Study, regression: usize) -> Vec<String> {
    if study.strategies.len() < 2 || study.cells.len() < 2 {
        return Vec::new();
    }
    let by = match ranked_by(study.regressions[regression].1) {
        "false_rollback" => "false rollbacks",
        _ => "net harm",
    };
    let Some(ranking) = Ranking::of(study, regression) else {
        return vec![format!("By {by} the strategies do not differ in any cell.")];
    };
    let names = |order: &[usize]| list(order.iter().map(|&index| study.strategies[index].as_str()));
    let cells = study.cells.len();
    let usual = names(&ranking.usual);
    if ranking.others.is_empty() {
        return vec![format!("By {by}, least first, in all {cells} cells: {usual}.")];
    }
    let first = format!("By {by}, least first, in {} of {cells} cells: {usual}.", ranking.agreeing);
    let mut sentences = vec![first];
    for other in ranking.others.iter().take(NAMED) {
        let noise = if other.is_significant { "" } else { " (in the noise)" };
        let settings = in_words(&study.cells[other.cell].settings);
        sentences.push(format!("With {settings}: {}{noise}.", names(&other.order)));
    }
    if ranking.others.len() > NAMED {
        let rest = &ranking.others[NAMED..];
        let significant = rest.iter().filter(|other| other.is_significant).count();
        let more = rest.len();
        sentences.push(format!(
            "In {more} more cells the order differs too, in {significant} of them significantly."
        ));
    }
    sentences
}
