//! A panel: a frame with two scales.

use super::axis::Scale;
use super::drawing::{Align, Drawing, Point};
use super::style::{FAINT, GREY, RULE, font};
use crate::stats::real_len;

/// Where a panel is \[px\] and what its axes mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) x: Scale,
    pub(super) y: Scale,
}

/// Half of what figures are rounded to \[px\]: so a figure of a million runs is no larger than it looks.
const FINEST_STEP: f64 = 0.05;

/// Turns a tick into its label.
pub(super) type Label = fn(f64) -> String;

impl Panel {
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The place of a pair of numbers.
    pub(super) fn at(&self, x: f64, y: f64) -> Point {
        (self.x_at(x), self.bottom() - self.height * self.y.place(y))
    }

    pub(super) fn x_at(&self, x: f64) -> f64 {
        self.left + self.width * self.x.place(x)
    }

    /// The staircase of ascending `times` (those of the `of` runs that have one; infinite ones come last)
    /// and the share that it reaches. Steps that nobody can see are drawn with the next one.
    pub(super) fn staircase(&self, times: &[f64], of: usize) -> (Vec<Point>, f64) {
        let mut points = vec![self.at(0.0, 0.0)];
        let (mut drawn, mut share) = ((0.0, 0.0), 0.0);
        for (index, &time) in times.iter().enumerate().filter(|(_, time)| time.is_finite()) {
            share = real_len(index + 1) / real_len(of);
            let (from, to) = (self.at(drawn.0, drawn.1), self.at(time, share));
            if (to.0 - from.0).max(from.1 - to.1) >= FINEST_STEP {
                points.push(self.at(time, drawn.1));
                points.push(to);
                drawn = (time, share);
            }
        }
        points.push((self.right(), self.at(0.0, share).1));
        (points, share)
    }

    /// Grid lines and labels of the horizontal axis, its title below if it has one.
    pub(super) fn x_axis(&self, drawing: &mut Drawing, label: Label, title: Option<&str>) {
        self.x_grid(drawing);
        for tick in self.x.ticks(self.width / 75.0) {
            let place = (self.x_at(tick), self.bottom() + 11.0);
            drawing.text(place, label(tick), font(10.5).grey().aligned(Align::Middle));
        }
        if let Some(title) = title {
            let place = (self.left + self.width / 2.0, self.bottom() + 27.0);
            drawing.text(place, title, font(11.0).grey().aligned(Align::Middle));
        }
    }

    /// Grid lines of the horizontal axis alone.
    pub(super) fn x_grid(&self, drawing: &mut Drawing) {
        for tick in self.x.ticks(self.width / 75.0) {
            let x = self.x_at(tick);
            drawing.line([(x, self.top), (x, self.bottom())], FAINT.line(1.0));
        }
        self.base(drawing);
    }

    /// Grid lines and labels of the vertical axis, its title beside it if it has one.
    pub(super) fn y_axis(&self, drawing: &mut Drawing, label: Label, title: Option<&str>) {
        for tick in self.y.ticks((self.height / 34.0).max(2.0)) {
            let (_, y) = self.at(0.0, tick);
            drawing.line([(self.left, y), (self.right(), y)], FAINT.line(1.0));
            let font = font(10.5).grey().aligned(Align::End);
            drawing.text((self.left - 6.0, y), label(tick), font);
        }
        self.base(drawing);
        if let Some(title) = title {
            let place = (self.left - 44.0, self.top + self.height / 2.0);
            drawing.text(place, title, font(11.0).coloured(GREY).upright());
        }
    }

    fn base(&self, drawing: &mut Drawing) {
        let y = self.bottom();
        drawing.line([(self.left, y), (self.right(), y)], RULE.line(1.0));
    }
}
