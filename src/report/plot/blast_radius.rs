//! Whom a faulty release reached before it was gone: for each strategy the spread over runs and the
//! mean with its interval, on a scale of counts that has a place for 0 and for what is below it.

use super::axis::{Scale, count_label};
use super::drawing::{Align, Drawing};
use super::page::{MARGIN, Page, WIDTH, level};
use super::panel::Panel;
use super::style::{INK, PAPER, RULE, font, look};
use crate::experiment::summary::metric::signed;
use crate::experiment::summary::{Summary, SummaryRow};
use crate::experiment::view::View;
use crate::report::RenderError;
use crate::simulation::outcome::Damage;
use crate::stats::quantile::Sorted;
use crate::stats::{real, real_len};

const NAMES: f64 = 170.0;
const PITCH: f64 = 24.0;

/// What is counted.
struct Harm {
    metric: &'static str,
    title: &'static str,
    read: fn(&Damage) -> f64,
}

const HARMS: [Harm; 4] = [
    Harm {
        metric: "faulty_green_requests_to_horizon",
        title: "served by a faulty green",
        read: |damage| real(damage.counts.faulty_green),
    },
    Harm {
        metric: "excess_to_horizon",
        title: "more failed (net)",
        read: |damage| signed(damage.counts.excess()),
    },
    Harm {
        metric: "slow_excess_to_horizon",
        title: "more slow (net)",
        read: |damage| signed(damage.counts.slow_excess()),
    },
    Harm {
        metric: "wrong_excess_to_horizon",
        title: "more wrong (net)",
        read: |damage| damage.wrong.map_or(0.0, |wrong| signed(wrong.excess)),
    },
];

pub(super) fn draw(results: View<'_>, summary: &Summary) -> Result<Drawing, RenderError> {
    let level = level(results);
    let mut page = Page::new(
        "Blast radius",
        "Requests a release, up to the horizon; net is minus those of the same replication without the \
         deployment, so below 0 is fewer. Box: the middle half of the runs; thin line: 5 % to 95 % of \
         them; tick: median; marker: mean with its interval. The scale is logarithmic on either side of 0.",
    );
    page.strategy_legend(results, false);
    let ranges = ranges(results)?;
    // What never happens has no column; what is served always has one.
    let harms: Vec<(&Harm, Scale)> = HARMS
        .iter()
        .zip(ranges)
        .enumerate()
        .filter(|(index, (_, range))| *index == 0 || range.ever)
        .map(|(_, (harm, range))| (harm, Scale::counts(range.low, range.high)))
        .collect();
    let height = PITCH * real_len(results.scenario.strategies.len());
    let pitch = (WIDTH - 2.0 * MARGIN - NAMES) / real_len(harms.len());
    for (regression, release) in results.scenario.regressions.iter().enumerate() {
        if release.healthy {
            continue;
        }
        let heading = font(13.0).bold();
        page.y += 18.0;
        page.drawing.text((MARGIN, page.y), heading.fitted(&release.name, 600.0), heading);
        page.y += 14.0;
        names(&mut page, results);
        for (column, &(harm, x)) in harms.iter().enumerate() {
            let panel = Panel {
                left: MARGIN + NAMES + pitch * real_len(column) + 8.0,
                top: page.y,
                width: pitch - 26.0,
                height,
                x,
                y: Scale::exact(0.0, 1.0),
            };
            panel.x_axis(&mut page.drawing, count_label, Some(harm.title));
            if x.covers(-1.0) {
                let zero = panel.x_at(0.0);
                page.drawing.line([(zero, panel.top), (zero, panel.bottom())], RULE.line(1.0));
            }
            for strategy in 0..results.scenario.strategies.len() {
                let arm = (strategy, regression);
                let runs = results.runs.arm(strategy, regression)?;
                let counts = runs.iter().map(|run| (harm.read)(&run.to_horizon));
                let row = summary.find(arm, harm.metric, "mean");
                let sample = Sorted::new(counts.collect());
                spread(&mut page.drawing, &panel, (strategy, &sample), row);
            }
        }
        page.y += height + 38.0;
    }
    let slow = match results.scenario.metrics.slow_over {
        Some(_) => "",
        None => " Slow requests are not counted: slow_over is not set.",
    };
    Ok(page.finish(results, &format!("Intervals: of the mean, {level}.{slow}")))
}

/// What a harm comes to.
#[derive(Clone, Copy, Default)]
struct Range {
    /// Whether any run has it.
    ever: bool,
    /// The least and the most among the faulty releases.
    low: f64,
    high: f64,
}

/// Of each of [`HARMS`], over all runs.
fn ranges(results: View<'_>) -> Result<[Range; HARMS.len()], RenderError> {
    let mut faulty: [Option<(f64, f64)>; HARMS.len()] = [None; HARMS.len()];
    let mut ever = [false; HARMS.len()];
    for (strategy, regression) in results.arms() {
        let healthy = results.scenario.regressions[regression].healthy;
        for run in &*results.runs.arm(strategy, regression)? {
            for (index, harm) in HARMS.iter().enumerate() {
                let count = (harm.read)(&run.to_horizon);
                ever[index] |= count.abs() > 0.0;
                if !healthy {
                    let (low, high) = faulty[index].unwrap_or((count, count));
                    faulty[index] = Some((low.min(count), high.max(count)));
                }
            }
        }
    }
    Ok(std::array::from_fn(|index| {
        let (low, high) = faulty[index].unwrap_or_default();
        Range { ever: ever[index], low, high }
    }))
}

fn names(page: &mut Page, results: View<'_>) {
    for (strategy, plan) in results.scenario.strategies.iter().enumerate() {
        let type_ = font(12.0).aligned(Align::End);
        let place = (MARGIN + NAMES - 4.0, page.y + PITCH * (real_len(strategy) + 0.5));
        let name = type_.fitted(&plan.name, NAMES - 10.0);
        page.drawing.text(place, name, type_);
    }
}

fn spread(
    drawing: &mut Drawing,
    panel: &Panel,
    (strategy, sample): (usize, &Sorted),
    mean: Option<&SummaryRow>,
) {
    let look = look(strategy);
    let middle = panel.top + PITCH * (real_len(strategy) + 0.5);
    let x = |q: f64| sample.linear(q).map(|value| panel.x_at(value));
    if let (Some(low), Some(high)) = (x(0.05), x(0.95)) {
        drawing.line([(low, middle), (high, middle)], look.colour.line(1.0));
    }
    if let (Some(low), Some(high)) = (x(0.25), x(0.75)) {
        let (low, high) = ((low, middle - 6.0), (high, middle + 6.0));
        drawing.rectangle(low, high, PAPER.solid());
        drawing.rectangle(low, high, look.colour.faded(0.3));
    }
    if let Some(median) = x(0.5) {
        drawing.line([(median, middle - 6.0), (median, middle + 6.0)], look.colour.line(1.6));
    }
    let Some((row, mean)) = mean.and_then(|row| Some((row, row.estimate?))) else { return };
    if let (Some(low), Some(high)) = (row.low, row.high) {
        let (low, high) = (panel.x_at(low), panel.x_at(high));
        drawing.line([(low, middle), (high, middle)], INK.line(1.6));
        for end in [low, high] {
            drawing.line([(end, middle - 4.0), (end, middle + 4.0)], INK.line(1.6));
        }
    }
    look.mark(drawing, (panel.x_at(mean), middle), 4.0);
}
