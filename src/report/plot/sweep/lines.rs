//! A figure over one key: a line for each strategy, a panel for each regression.

use super::super::axis::Scale;
use super::super::drawing::{Align, Drawing, Point as Place};
use super::super::page::{MARGIN, Page, WIDTH};
use super::super::panel::Panel;
use super::super::style::{FAINT, RULE, font, look};
use super::{Shown, caption, labels, shown};
use crate::report::number::percent;
use crate::stats::real_len;
use crate::sweep::grid::Axis;
use crate::sweep::study::{FIGURES, Kind, Study};

const PANEL_HEIGHT: f64 = 210.0;
/// Taken by the labels on the left of a panel.
const LABELS: f64 = 60.0;
/// Empty at its right.
const END: f64 = 24.0;
/// The outermost points are so far inside the panel \[px\].
const INSET: f64 = 16.0;
/// Strategies stand so far apart at a value \[px\], so that their intervals can be told apart.
const APART: f64 = 3.0;

pub(super) fn draw(study: &Study, axis: &Axis, figure: usize) -> Drawing {
    let what = FIGURES[figure];
    let title = format!("{}{} over {}", what.title[..1].to_uppercase(), &what.title[1..], axis.key);
    let never = if what.kind == Kind::Time {
        " What reaches the upper edge is open: a mark there means that most runs never get there."
    } else {
        ""
    };
    let mut page = Page::new(
        &title,
        &format!(
            "Marks: estimates; upright lines: {} intervals.{never}",
            percent(study.confidence)
        ),
    );
    page.legend(study.strategies.iter().map(String::as_str), true);
    let releases: Vec<usize> =
        (0..study.regressions.len()).filter(|&release| study.tells(release, figure)).collect();
    let shown = shown(study, figure);
    let columns = if releases.len() > 1 { 2 } else { 1 };
    let column_width = (WIDTH - 2.0 * MARGIN) / real_len(columns);
    for row in releases.chunks(columns) {
        let top = page.y + 34.0;
        for (column, &release) in row.iter().enumerate() {
            let panel = Panel {
                left: MARGIN + column_width * real_len(column) + LABELS,
                top,
                width: column_width - LABELS - END,
                height: PANEL_HEIGHT,
                x: Scale::exact(0.0, 1.0),
                y: shown.scale,
            };
            let heading = font(13.0).bold();
            let name = &study.regressions[release].0;
            let place = (panel.left, top - 16.0);
            page.drawing.text(place, heading.fitted(name, panel.width), heading);
            let chart = Chart { study, axis, shown: &shown, panel };
            chart.frame(&mut page.drawing);
            for strategy in 0..study.strategies.len() {
                chart.line(&mut page.drawing, strategy, (release, figure));
            }
        }
        page.y = top + PANEL_HEIGHT + 40.0;
    }
    page.caption(&caption(study, "All figures and intervals are in sweep.csv."))
}

struct Chart<'a> {
    study: &'a Study,
    axis: &'a Axis,
    shown: &'a Shown,
    panel: Panel,
}

impl Chart<'_> {
    fn frame(&self, drawing: &mut Drawing) {
        let panel = &self.panel;
        for place in self.axis.coordinates() {
            let x = self.x(place);
            drawing.line([(x, panel.top), (x, panel.bottom())], FAINT.line(1.0));
        }
        panel.y_axis(drawing, self.shown.tick, Some(self.shown.unit));
        let (left, right) = (panel.left, panel.right());
        drawing.line([(left, panel.bottom()), (right, panel.bottom())], RULE.line(1.0));
        labels(drawing, self.axis, |place| (self.x(place), panel.bottom() + 11.0), 110.0);
        let type_ = font(11.0).grey().aligned(Align::Middle);
        let key = type_.fitted(&self.axis.key, panel.width + LABELS);
        drawing.text((panel.left + panel.width / 2.0, panel.bottom() + 27.0), key, type_);
    }

    fn x(&self, place: f64) -> f64 {
        self.panel.left + INSET + (self.panel.width - 2.0 * INSET) * place
    }

    /// The strategy's marks and intervals, and lines between neighbours along the axis.
    fn line(&self, drawing: &mut Drawing, strategy: usize, (release, figure): (usize, usize)) {
        let look = look(strategy);
        let middle = (real_len(self.study.strategies.len()) - 1.0) / 2.0;
        let aside = (real_len(strategy) - middle) * APART;
        let y = |value: f64| self.panel.at(0.0, value * self.shown.factor).1;
        let name = &self.study.regressions[release].0;
        let coordinates = self.axis.coordinates();
        let mut order: Vec<usize> = (0..self.study.cells.len()).collect();
        order.sort_by(|&a, &b| coordinates[a].total_cmp(&coordinates[b]));
        let mut last: Option<Place> = None;
        for cell in order {
            let x = self.x(coordinates[cell]) + aside;
            let point =
                self.study.cells[cell].point(&self.study.strategies[strategy], name, figure);
            let Some(point) = point else {
                last = None;
                continue;
            };
            let open = (point.is_never || point.estimate.is_some()).then_some(self.panel.top);
            if let (Some(low), Some(high)) = (point.low, point.high.map(y).or(open)) {
                let low = y(low);
                drawing.line([(x, low), (x, high)], look.colour.line(1.2));
                for end in [low, high] {
                    drawing.line([(x - 2.5, end), (x + 2.5, end)], look.colour.line(1.2));
                }
            }
            let here = point.estimate.map(|estimate| (x, y(estimate)));
            if let (Some(from), Some(to)) = (last, here) {
                drawing.line([from, to], look.stroke);
            }
            let never = point.is_never.then_some((x, self.panel.top));
            if let Some(place) = here.or(never) {
                look.mark(drawing, place, 3.6);
            }
            last = here;
        }
    }
}
