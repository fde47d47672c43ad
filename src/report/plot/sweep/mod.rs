//! The figures of a sweep: each main figure over one key as lines, over two keys as heat maps.

mod heat;
mod lines;

use super::axis::{Scale, count_label};
use super::drawing::{Align, Drawing, Point as Place};
use super::panel::Label;
use super::style::font;
use crate::report::number::{amount, dollars, duration, percent, plain};
use crate::sweep::grid::Axis;
use crate::sweep::study::{FIGURES, Figure, Kind, Point, Study};

/// Every figure with its file's name; none if other than one or two keys were swept.
pub(super) fn draw(study: &Study) -> Vec<(String, Drawing)> {
    let shown = (0..FIGURES.len())
        .filter(|&figure| (0..study.regressions.len()).any(|release| study.tells(release, figure)));
    let draw = |figure: usize| match &study.axes[..] {
        [key] => Some(lines::draw(study, key, figure)),
        [across, up] => Some(heat::draw(study, (across, up), figure)),
        _ => None,
    };
    shown
        .filter_map(|figure| {
            // Its unit is on the axis.
            let name =
                FIGURES[figure].metric.trim_end_matches("_to_horizon").trim_end_matches("_s");
            Some((format!("sweep_{}", name.trim_end_matches("_usd")), draw(figure)?))
        })
        .collect()
}

/// How a figure is shown.
struct Shown {
    /// Multiplies its values before they are drawn.
    factor: f64,
    scale: Scale,
    tick: Label,
    unit: &'static str,
    /// Of a value that is not multiplied.
    text: fn(f64) -> String,
}

fn shown(study: &Study, index: usize) -> Shown {
    let figure: Figure = FIGURES[index];
    let points =
        || all_points(study, index).flat_map(|point| [point.low, point.estimate, point.high]);
    let most = points().flatten().fold(0.0, f64::max);
    let least = points().flatten().fold(most, f64::min);
    match figure.kind {
        Kind::Share => {
            let high = if most > 0.5 { 1.0 } else { most.max(0.01) };
            let scale = if most > 0.5 { Scale::exact(0.0, high) } else { Scale::linear(0.0, high) };
            Shown { factor: 1.0, scale, tick: percent, unit: "share of the runs", text: percent }
        }
        Kind::Time => Shown {
            factor: 1.0 / 60.0,
            scale: Scale::linear(0.0, most / 60.0),
            tick: |minutes| plain(minutes, 2),
            unit: "minutes",
            text: duration,
        },
        Kind::Count => Shown {
            factor: 1.0,
            scale: Scale::counts(least, most),
            tick: count_label,
            unit: "requests a release",
            text: amount,
        },
        Kind::Money => Shown {
            factor: 1.0,
            scale: Scale::linear(least.min(0.0), most),
            tick: dollars,
            unit: "USD a release",
            text: dollars,
        },
    }
}

/// A figure in all cells, under the regressions that have it.
fn all_points(study: &Study, figure: usize) -> impl Iterator<Item = Point> {
    let releases =
        (0..study.regressions.len()).filter(move |&release| study.tells(release, figure));
    releases.flat_map(move |release| {
        let name = &study.regressions[release].0;
        study.cells.iter().flat_map(move |cell| {
            study.strategies.iter().filter_map(move |strategy| cell.point(strategy, name, figure))
        })
    })
}

/// The end of every caption.
fn caption(study: &Study, note: &str) -> String {
    format!(
        "{}: {} replications of each strategy and regression in each of {} cells, seed {}, the same traffic \
         and luck in every cell where nothing swept changes them. {note}",
        study.name,
        study.replications,
        study.cells.len(),
        study.seed
    )
}

/// Labels at places along a line, as many as have room.
fn labels(drawing: &mut Drawing, axis: &Axis, at: impl Fn(f64) -> Place, longest: f64) {
    let type_ = font(10.5).grey().aligned(Align::Middle);
    let mut right = f64::NEG_INFINITY;
    let mut places: Vec<(f64, &String)> =
        axis.coordinates().into_iter().zip(&axis.values).collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (place, value) in places {
        let text = type_.fitted(value, longest);
        let half = type_.width_of(&text) / 2.0;
        let (x, y) = at(place);
        if x - half > right + 3.0 {
            drawing.text((x, y), text, type_);
            right = x + half;
        }
    }
}
