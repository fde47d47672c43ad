//! How the runs ended, as shares: a bar for each strategy, a panel for each regression. Each part
//! of a bar is labelled, and the two bad endings are hatched, so that the figure reads in grey too.

use super::axis::Scale;
use super::drawing::{Align, Colour, Drawing, Point};
use super::page::{MARGIN, Page, WIDTH, level};
use super::panel::Panel;
use super::style::{GREEN, INK, ORANGE, PAPER, PURPLE, RULE, SKY, VERMILLION, font};
use crate::experiment::summary::Summary;
use crate::experiment::view::View;
use crate::report::number::percent;
use crate::stats::real_len;

const NAMES: f64 = 180.0;
/// Taken by the words for parts that are too small to hold them.
const ASIDE: f64 = 150.0;
const BAR: f64 = 17.0;
const PITCH: f64 = 23.0;

/// A way to end, how it looks, and whether the look is hatched.
struct Ending {
    metric: &'static str,
    word: &'static str,
    colour: Colour,
    ink: Colour,
    hatch: Option<Hatch>,
}

#[derive(Clone, Copy)]
enum Hatch {
    Rising,
    Falling,
}

const ENDINGS: [Ending; 6] = [
    Ending { metric: "passed", word: "passed", colour: SKY, ink: INK, hatch: None },
    Ending { metric: "caught", word: "caught", colour: GREEN, ink: PAPER, hatch: None },
    Ending { metric: "by_chance", word: "by chance", colour: PURPLE, ink: INK, hatch: None },
    Ending {
        metric: "false_rollback",
        word: "false rollback",
        colour: ORANGE,
        ink: INK,
        hatch: Some(Hatch::Rising),
    },
    Ending {
        metric: "missed",
        word: "missed",
        colour: VERMILLION,
        ink: PAPER,
        hatch: Some(Hatch::Falling),
    },
    Ending { metric: "undecided", word: "undecided", colour: RULE, ink: INK, hatch: None },
];

pub(super) fn draw(results: View<'_>, summary: &Summary) -> Drawing {
    let mut page = Page::new(
        "How the rollouts ended",
        "Share of runs. Passed: a good release went through. Caught: a faulty one was given up earlier than \
         the healthy one of the same replication. By chance: it was given up, but no earlier. False \
         rollback: a good one was given up. Missed: a faulty one went through.",
    );
    legend(&mut page);
    let strategies = results.scenario.strategies.len();
    let last = results.scenario.regressions.len() - 1;
    for (regression, release) in results.scenario.regressions.iter().enumerate() {
        let heading = font(13.0).bold();
        page.y += 16.0;
        page.drawing.text((MARGIN, page.y), heading.fitted(&release.name, 500.0), heading);
        page.y += 14.0;
        let panel = Panel {
            left: MARGIN + NAMES,
            top: page.y,
            width: WIDTH - 2.0 * MARGIN - NAMES - ASIDE,
            height: PITCH * real_len(strategies) + 2.0,
            x: Scale::exact(0.0, 1.0),
            y: Scale::exact(0.0, 1.0),
        };
        if regression == last {
            panel.x_axis(&mut page.drawing, percent, Some("share of runs"));
        } else {
            panel.x_grid(&mut page.drawing);
        }
        for (strategy, plan) in results.scenario.strategies.iter().enumerate() {
            let middle = panel.top + PITCH * (real_len(strategy) + 0.5) + 1.0;
            let type_ = font(12.0).aligned(Align::End);
            let name = type_.fitted(&plan.name, NAMES - 10.0);
            page.drawing.text((panel.left - 8.0, middle), name, type_);
            bar(&mut page.drawing, &panel, middle, &|metric| {
                let row = summary.find((strategy, regression), metric, "share");
                row.and_then(|row| row.estimate).unwrap_or(0.0)
            });
        }
        page.y = panel.bottom() + 6.0;
    }
    page.y += 32.0;
    let note = format!("The {} Wilson intervals of the shares are in summary.csv.", level(results));
    page.finish(results, &note)
}

fn legend(page: &mut Page) {
    let mut x = MARGIN;
    let type_ = font(12.0);
    page.y += 8.0;
    for ending in &ENDINGS {
        let (low, high) = ((x, page.y - 7.0), (x + 24.0, page.y + 7.0));
        block(&mut page.drawing, ending, low, high);
        page.drawing.text((x + 31.0, page.y), ending.word, type_);
        x += 31.0 + type_.width_of(ending.word) + 20.0;
    }
    page.y += 14.0;
}

fn bar(drawing: &mut Drawing, panel: &Panel, middle: f64, share: &dyn Fn(&str) -> f64) {
    let mut from = 0.0;
    let mut aside = Vec::new();
    for ending in &ENDINGS {
        let share = share(ending.metric);
        let (low, high) = (panel.x_at(from), panel.x_at(from + share));
        from += share;
        if share <= 0.0 {
            continue;
        }
        block(drawing, ending, (low, middle - BAR / 2.0), (high, middle + BAR / 2.0));
        let type_ = font(10.5).aligned(Align::Middle).coloured(ending.ink);
        let label = format!("{} {}", ending.word, percent(share));
        if type_.width_of(&label) > high - low - 8.0 {
            aside.push(label);
            continue;
        }
        let place = (f64::midpoint(low, high), middle);
        if ending.hatch.is_some() {
            let half = type_.width_of(&label) / 2.0 + 2.0;
            let (left, right) = ((place.0 - half, middle - 7.0), (place.0 + half, middle + 7.0));
            drawing.rectangle(left, right, ending.colour.solid());
        }
        drawing.text(place, label, type_);
    }
    let type_ = font(10.5).grey();
    let text = type_.fitted(&aside.join(", "), ASIDE - 10.0);
    if !text.is_empty() {
        drawing.text((panel.right() + 8.0, middle), text, type_);
    }
}

fn block(drawing: &mut Drawing, ending: &Ending, low: Point, high: Point) {
    drawing.rectangle(low, high, ending.colour.solid());
    if let Some(hatch) = ending.hatch {
        hatched(drawing, hatch, low, high);
    }
    // A white edge keeps neighbours apart in grey.
    drawing.line([(high.0, low.1), (high.0, high.1)], PAPER.line(0.8));
}

/// Diagonal lines inside a rectangle.
fn hatched(drawing: &mut Drawing, hatch: Hatch, (x0, y0): Point, (x1, y1): Point) {
    let height = y1 - y0;
    let mut start = x0 - height + 5.0;
    while start < x1 {
        // The line from (start, bottom) to (start + height, top), cut to the rectangle.
        let (from, to) = (start.max(x0), (start + height).min(x1));
        let y = |x: f64| match hatch {
            Hatch::Rising => y1 - (x - start),
            Hatch::Falling => y0 + (x - start),
        };
        if to > from {
            drawing.line([(from, y(from)), (to, y(to))], PAPER.line(1.0));
        }
        start += 7.0;
    }
}
