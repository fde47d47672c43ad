//! A figure over two keys: a map for each strategy and regression, its cells darker where it is more.

use super::super::drawing::{Align, Drawing};
use super::super::page::{MARGIN, Page, WIDTH};
use super::super::style::{BLUE, INK, PAPER, font};
use super::{Shown, caption, shown};
use crate::stats::real_len;
use crate::sweep::grid::Axis;
use crate::sweep::study::{FIGURES, Study};

/// Maps beside each other.
const COLUMNS: usize = 3;
/// Taken by the labels on the left of a map.
const LABELS: f64 = 62.0;
/// Empty at its right.
const END: f64 = 14.0;
/// Height of a row of cells \[px\]: at most, and of a whole map.
const ROW: f64 = 26.0;
const TALLEST: f64 = 260.0;

pub(super) fn draw(study: &Study, (across, up): (&Axis, &Axis), figure: usize) -> Drawing {
    let what = FIGURES[figure];
    let title = format!("{}{}", what.title[..1].to_uppercase(), &what.title[1..]);
    let mut page = Page::new(
        &title,
        &format!(
            "Across: {}; up: {}. Darker cells have more; the colours mean the same in all maps.",
            across.key, up.key
        ),
    );
    let shown = shown(study, figure);
    let map = Map { study, across, up, shown: &shown, figure };
    map.key(&mut page);
    let pitch = (WIDTH - 2.0 * MARGIN) / real_len(COLUMNS);
    for release in (0..study.regressions.len()).filter(|&release| study.tells(release, figure)) {
        page.y += 24.0;
        let heading = font(13.0).bold();
        let name = heading.fitted(&study.regressions[release].0, WIDTH - 2.0 * MARGIN);
        page.drawing.text((MARGIN, page.y), name, heading);
        page.y += 8.0;
        let strategies: Vec<usize> = (0..study.strategies.len()).collect();
        for row in strategies.chunks(COLUMNS) {
            let top = page.y + 26.0;
            for (column, &strategy) in row.iter().enumerate() {
                let left = MARGIN + pitch * real_len(column) + LABELS;
                map.draw(&mut page.drawing, (strategy, release), (left, top), pitch - LABELS - END);
            }
            page.y = top + map.row() * real_len(up.values.len()) + 22.0;
        }
    }
    page.caption(&caption(study, "Cells show estimates; their intervals are in sweep.csv."))
}

struct Map<'a> {
    study: &'a Study,
    across: &'a Axis,
    up: &'a Axis,
    shown: &'a Shown,
    figure: usize,
}

impl Map<'_> {
    fn row(&self) -> f64 {
        ROW.min(TALLEST / real_len(self.up.values.len()))
    }

    /// How dark a value is, 0 to 1.
    fn darkness(&self, value: f64) -> f64 {
        0.04 + 0.86 * self.shown.scale.place(value * self.shown.factor)
    }

    /// What the colours mean.
    fn key(&self, page: &mut Page) {
        let (left, y) = (MARGIN, page.y + 8.0);
        let type_ = font(10.5).grey();
        let ticks = self.shown.scale.ticks(5.0);
        let mut x = left;
        for tick in ticks {
            let value = tick / self.shown.factor;
            let fill = BLUE.faded(self.darkness(value));
            page.drawing.rectangle((x, y - 6.0), (x + 22.0, y + 6.0), fill);
            let text = (self.shown.text)(value);
            let width = type_.width_of(&text);
            page.drawing.text((x + 27.0, y), text, type_);
            x += 27.0 + width + 14.0;
        }
        page.drawing.text((x, y), self.shown.unit, type_);
        page.y = y + 6.0;
    }

    fn draw(
        &self,
        drawing: &mut Drawing,
        (strategy, release): (usize, usize),
        (left, top): (f64, f64),
        width: f64,
    ) {
        let (study, figure) = (self.study, self.figure);
        let (name, regression) = (&study.strategies[strategy], &study.regressions[release].0);
        let heading = font(11.0);
        drawing.text((left, top - 12.0), heading.fitted(name, width), heading);
        let columns = self.across.values.len();
        let (wide, tall) = (width / real_len(columns), self.row());
        let rows = self.up.values.len();
        // The last key changes fastest.
        for (index, cell) in study.cells.iter().enumerate() {
            let (column, row) = (index / rows, index % rows);
            let x = left + wide * real_len(column);
            let y = top + tall * real_len(rows - 1 - row);
            let point = cell.point(name, regression, figure).unwrap_or_default();
            let dark = point.estimate.map_or(0.0, |value| self.darkness(value));
            drawing.rectangle((x, y), (x + wide - 1.0, y + tall - 1.0), BLUE.faded(dark));
            let text = match point.estimate {
                Some(value) => (self.shown.text)(value),
                None if point.is_never => "never".to_owned(),
                None => "–".to_owned(),
            };
            let colour = if dark > 0.6 { PAPER } else { INK };
            let type_ = font(9.5).coloured(colour).aligned(Align::Middle);
            if type_.width_of(&text) < wide - 2.0 && tall >= 12.0 {
                drawing.text((x + wide / 2.0 - 0.5, y + tall / 2.0 - 0.5), text, type_);
            }
        }
        self.values(drawing, (left, top), (wide, tall));
    }

    /// The values beside and below a map, as many as have room.
    fn values(&self, drawing: &mut Drawing, (left, top): (f64, f64), (wide, tall): (f64, f64)) {
        let rows = self.up.values.len();
        let type_ = font(9.5).grey();
        let bottom = top + tall * real_len(rows) + 8.0;
        let mut free = f64::NEG_INFINITY;
        for (column, value) in self.across.values.iter().enumerate() {
            let middle = left + wide * (real_len(column) + 0.5);
            let text = type_.fitted(value, wide.max(40.0));
            let half = type_.width_of(&text) / 2.0;
            if middle - half > free {
                drawing.text((middle, bottom), text, type_.aligned(Align::Middle));
                free = middle + half + 3.0;
            }
        }
        let every = (12.0 / tall).ceil().max(1.0);
        for (row, value) in self.up.values.iter().enumerate() {
            let y = top + tall * (real_len(rows - 1 - row) + 0.5);
            if (real_len(row) / every).fract() < 1e-9 {
                let text = type_.fitted(value, LABELS - 6.0);
                drawing.text((left - 5.0, y), text, type_.aligned(Align::End));
            }
        }
    }
}
