//! How fast each strategy catches a fault: the share of **all** runs that are caught by a time. A curve that
//! ends below 100 % belongs to a strategy that sometimes never does, or only by chance.

use super::axis::Scale;
use super::drawing::Drawing;
use super::page::{MARGIN, Page, WIDTH};
use super::panel::Panel;
use super::style::{INK, font, look};
use crate::experiment::summary::moments;
use crate::experiment::view::View;
use crate::report::RenderError;
use crate::report::number::{percent, plain};
use crate::stats::quantile::Sorted;
use crate::stats::real_len;

const PANEL_HEIGHT: f64 = 210.0;
/// Taken by the labels on the left of a panel.
const LABELS: f64 = 56.0;
/// Taken by the shares at the right end of a panel.
const ENDS: f64 = 56.0;

pub(super) fn draw(results: View<'_>) -> Result<Drawing, RenderError> {
    let mut page = Page::new(
        "Time to detect a regression",
        "Share of all runs that are caught by then, counted from when a faulty green first took traffic. A \
         curve that stays below 100 % ends at the share that is caught at all; the other runs are missed, \
         undecided, or given up by chance.",
    );
    page.strategy_legend(results, true);
    let faulty: Vec<usize> = (0..results.scenario.regressions.len())
        .filter(|&regression| !results.scenario.regressions[regression].healthy)
        .collect();
    let columns = if faulty.len() > 1 { 2 } else { 1 };
    let column_width = (WIDTH - 2.0 * MARGIN) / real_len(columns);
    for row in faulty.chunks(columns) {
        let top = page.y + 34.0;
        for (column, &regression) in row.iter().enumerate() {
            let left = MARGIN + column_width * real_len(column);
            let curves = Curves::new(results, regression)?;
            let panel = Panel {
                left: left + LABELS,
                top,
                width: column_width - LABELS - ENDS,
                height: PANEL_HEIGHT,
                x: Scale::exact(0.0, curves.longest_min() * 1.04),
                y: Scale::exact(0.0, 1.0),
            };
            let heading = font(13.0).bold();
            let name = &results.scenario.regressions[regression].name;
            let place = (panel.left, top - 16.0);
            page.drawing.text(place, heading.fitted(name, panel.width), heading);
            curves.draw(&mut page.drawing, &panel);
        }
        page.y = top + PANEL_HEIGHT + 40.0;
    }
    let note =
        "Empirical distribution functions; the intervals of their quantiles are in summary.csv.";
    Ok(page.finish(results, note))
}

/// The sorted times of each strategy \[min\], never as +∞.
struct Curves(Vec<Sorted>);

impl Curves {
    fn new(results: View<'_>, regression: usize) -> Result<Self, RenderError> {
        let minutes = |time: f64| time / 60.0;
        let of = |strategy: usize| {
            let runs = results.runs.arm(strategy, regression)?;
            let times = runs.iter().map(moments::time_to_detect_s);
            Ok(Sorted::new(times.map(|time| time.map_or(f64::INFINITY, minutes)).collect()))
        };
        (0..results.scenario.strategies.len()).map(of).collect::<Result<_, _>>().map(Self)
    }

    fn longest_min(&self) -> f64 {
        let finite = self.0.iter().flat_map(Sorted::values).filter(|time| time.is_finite());
        let longest = finite.fold(0.0_f64, |longest, &time| longest.max(time));
        if longest > 0.0 { longest } else { 1.0 }
    }

    fn draw(&self, drawing: &mut Drawing, panel: &Panel) {
        let title = "minutes from the first faulty exposure to ALARM";
        panel.y_axis(drawing, percent, Some("runs that are caught"));
        panel.x_axis(drawing, |minutes| plain(minutes, 2), Some(title));
        let mut ends: Vec<(usize, f64, String)> = Vec::new();
        for (strategy, times) in self.0.iter().enumerate().filter(|(_, t)| !t.values().is_empty()) {
            let (points, share) = panel.staircase(times.values(), times.values().len());
            let end = (panel.right(), panel.at(0.0, share).1);
            drawing.line(points, look(strategy).stroke);
            look(strategy).mark(drawing, end, 3.6);
            ends.push((strategy, end.1, percent(share)));
        }
        labels(drawing, panel, ends);
    }
}

/// Writes the shares beside the ends of their curves; equal ones once, in black where curves share
/// it. Labels that would overlap are moved apart, in the order of their curves.
fn labels(drawing: &mut Drawing, panel: &Panel, mut ends: Vec<(usize, f64, String)>) {
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let groups: Vec<&[(usize, f64, String)]> = ends.chunk_by(|a, b| a.2 == b.2).collect();
    let places = apart(groups.iter().map(|group| group[0].1), 11.5, panel);
    for (group, y) in groups.into_iter().zip(places) {
        let colour = if group.len() == 1 { look(group[0].0).colour } else { INK };
        let type_ = font(10.5).coloured(colour);
        drawing.text((panel.right() + 8.0, y), group[0].2.clone(), type_);
    }
}

/// Ascending places, moved so that neighbours are `gap` apart and all stay beside the panel.
fn apart(places: impl Iterator<Item = f64>, gap: f64, panel: &Panel) -> Vec<f64> {
    let mut places: Vec<f64> = places.collect();
    for index in 1..places.len() {
        places[index] = places[index].max(places[index - 1] + gap);
    }
    let mut limit = panel.bottom() + 2.0;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - gap;
    }
    places
}
