//! A sweep on a terminal: for each strategy the least and the most of each main figure, and which cells
//! order the strategies differently.

use super::{in_words, list};
use crate::report::number::{amount, dollars, duration, percent};
use crate::report::terminal::Terminal;
use crate::sweep::ranking::{Ranking, ranked_by};
use crate::sweep::study::{CellResult, FIGURES, Kind, Point, Study};
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
    let paragraphs = slow_unsaid(study).into_iter().chain([legend.to_owned()]);
    for line in paragraphs.flat_map(|paragraph| terminal.wrapped(&paragraph)) {
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
    let sentences = by_chance(study, regression).into_iter().chain(order(study, regression));
    for sentence in sentences {
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

/// Whose catches may be chance, and in how many cells.
fn by_chance(study: &Study, regression: usize) -> Option<String> {
    let alpha = 1.0 - study.confidence;
    let name = &study.regressions[regression].0;
    let all = study.cells.len();
    let each = study.strategies.iter().filter_map(|strategy| {
        let is_chance = |cell: &&CellResult| cell.is_caught_by_chance(strategy, name, alpha);
        match study.cells.iter().filter(is_chance).count() {
            0 => None,
            cells => Some(format!("'{strategy}' in {}", of_cells(cells, all))),
        }
    });
    let each: Vec<String> = each.collect();
    (!each.is_empty()).then(|| {
        format!(
            "What is caught does not show to be more than chance with {} (sign test, level {}).",
            each.join(", "),
            percent(alpha)
        )
    })
}

/// That slow answers count as no harm, where a release is slow.
fn slow_unsaid(study: &Study) -> Option<String> {
    let cells = study.cells_without_slow;
    (cells > 0).then(|| {
        format!(
            "In {} slow answers count as no harm, though a release is slow: `slow_over` in [metrics] is not \
             set.",
            of_cells(cells, study.cells.len())
        )
    })
}

/// `all 9 cells`, `2 of 9 cells`.
fn of_cells(cells: usize, all: usize) -> String {
    match all {
        1 => "the cell".to_owned(),
        _ if cells == all => format!("all {all} cells"),
        _ => format!("{cells} of {all} cells"),
    }
}

/// Neighbours of the usual order that are not significantly apart in some of the cells that have it.
fn unsettled(study: &Study, ranking: &Ranking) -> Option<String> {
    let each = ranking.usual.windows(2).zip(&ranking.unsettled).filter(|(_, cells)| **cells > 0);
    let each = each.map(|(pair, &cells)| {
        let [one, other] = [pair[0], pair[1]].map(|index| &study.strategies[index]);
        format!("'{one}' and '{other}' in {}", of_cells(cells, ranking.agreeing))
    });
    let each: Vec<String> = each.collect();
    (!each.is_empty()).then(|| {
        format!("Of these cells, the order of two may be chance (Holm): {}.", each.join(", "))
    })
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
    let agreeing = of_cells(ranking.agreeing, cells);
    let mut sentences = vec![format!("By {by}, least first, in {agreeing}: {usual}.")];
    sentences.extend(unsettled(study, &ranking));
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

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = "strategy,regression,metric,statistic,estimate,low,high,note\n";
    const COMPARISON: &str =
        "regression,strategy_a,strategy_b,metric,unit,mean_a,mean_b,difference,low,high,p_holm\n";

    /// A cell of two strategies: the p-value of the sign test of `a`, and of its difference to `b`.
    fn cell(sign_test_p: f64, p_holm: f64) -> CellResult {
        let summary = format!(
            "{SUMMARY}a,bad,caught,share,0.6,,,\na,bad,given_up_earlier,sign_test_p,{sign_test_p},,,\n\
             a,bad,harmed_excess_to_horizon,mean,1,,,\nb,bad,caught,share,0,,,\n\
             b,bad,given_up_earlier,sign_test_p,1,,,\nb,bad,harmed_excess_to_horizon,mean,2,,,\n"
        );
        let comparison =
            format!("{COMPARISON}bad,a,b,harmed_excess_to_horizon,requests,1,2,-1,-3,1,{p_holm}\n");
        CellResult::read(Vec::new(), &summary, &comparison).expect("tables")
    }

    fn page(cells: Vec<CellResult>, cells_without_slow: usize) -> String {
        let study = Study {
            strategies: vec!["a".into(), "b".into()],
            regressions: vec![("bad".into(), false)],
            confidence: 0.95,
            cells_without_slow,
            cells,
            ..Study::default()
        };
        render(&study, Terminal { width: None, styled: false })
    }

    #[test]
    fn what_may_be_chance_is_said_with_the_cells_in_which_it_may() {
        let sure = page(vec![cell(0.01, 0.01), cell(0.05, 0.05)], 0);
        assert!(sure.contains("in all 2 cells: 'a', 'b'."), "{sure}");
        assert!(!sure.contains("chance with") && !sure.contains("may be chance"), "{sure}");
        assert!(!sure.contains("slow answers"), "{sure}");
        let unsure = page(vec![cell(0.01, 0.01), cell(0.06, 0.06)], 2);
        // Of `b`, which catches nothing, there is nothing to doubt.
        assert!(unsure.contains("more than chance with 'a' in 1 of 2 cells (sign"), "{unsure}");
        let neighbours = "order of two may be chance (Holm): 'a' and 'b' in 1 of 2 cells.";
        assert!(unsure.contains(neighbours), "{unsure}");
        assert!(unsure.contains("In all 2 cells slow answers count as no harm"), "{unsure}");
    }
}
