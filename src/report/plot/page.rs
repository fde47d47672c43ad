//! What every figure has around its panels.

use super::drawing::{Drawing, Shape};
use super::style::{GREY, Look, font, look};
use crate::experiment::view::View;
use crate::report::number::percent;

/// Width of every figure \[px\].
pub(super) const WIDTH: f64 = 960.0;
/// Empty on either side \[px\].
pub(super) const MARGIN: f64 = 24.0;

/// A figure that is being filled from the top.
pub(super) struct Page {
    pub(super) drawing: Drawing,
    /// Everything above is taken \[px\].
    pub(super) y: f64,
}

impl Page {
    /// A page with its title and how to read it.
    pub(super) fn new(title: &str, reading: &str) -> Self {
        let drawing = Drawing {
            width: WIDTH,
            height: 0.0,
            title: title.to_owned(),
            description: reading.to_owned(),
            shapes: Vec::new(),
        };
        let mut page = Self { drawing, y: 28.0 };
        let heading = font(17.0).bold();
        page.drawing.text((MARGIN, page.y), heading.fitted(title, WIDTH - 2.0 * MARGIN), heading);
        page.y += 22.0;
        page.paragraph(reading, 12.0);
        page
    }

    /// Names and looks of the strategies, in as many rows as it takes.
    pub(super) fn strategy_legend(&mut self, results: View<'_>, lines: bool) {
        let plans = results.scenario.strategies.iter();
        self.legend(plans.map(|plan| plan.name.as_str()), lines);
    }

    /// The same for these names of strategies.
    pub(super) fn legend<'a>(&mut self, names: impl Iterator<Item = &'a str>, lines: bool) {
        let entries: Vec<(&str, Look)> =
            names.enumerate().map(|(index, name)| (name, look(index))).collect();
        let type_ = font(12.0);
        let swatch = if lines { 32.0 } else { 10.0 };
        let mut x = MARGIN;
        self.y += 8.0;
        for (name, look) in entries {
            let name = type_.fitted(name, 260.0);
            let length = swatch + 8.0 + type_.width_of(&name) + 16.0;
            if x > MARGIN && x + length > WIDTH - MARGIN {
                x = MARGIN;
                self.y += 20.0;
            }
            if lines {
                self.drawing.line([(x, self.y), (x + swatch, self.y)], look.stroke);
            }
            look.mark(&mut self.drawing, (x + swatch / 2.0, self.y), 4.2);
            self.drawing.text((x + swatch + 8.0, self.y), name, type_);
            x += length;
        }
        self.y += 14.0;
    }

    /// Ends the page with its caption: the number of runs, the seed, and `note`.
    pub(super) fn finish(self, results: View<'_>, note: &str) -> Drawing {
        let experiment = &results.scenario.experiment;
        let done = results.replications_done();
        let partial = if done < results.runs_asked {
            format!(" (interrupted: {} were asked)", results.runs_asked)
        } else {
            String::new()
        };
        let caption = format!(
            "{}: {done} replications of each strategy and regression{partial}, seed {}, the same \
             traffic and luck for every strategy. {note}",
            results.scenario.name, experiment.seed
        );
        self.caption(&caption)
    }

    /// Ends the page with this caption.
    pub(super) fn caption(mut self, caption: &str) -> Drawing {
        self.y += 10.0;
        self.paragraph(caption, 10.5);
        self.drawing.height = (self.y + 8.0).ceil();
        self.drawing.description.push(' ');
        self.drawing.description.push_str(caption);
        self.drawing
    }

    fn paragraph(&mut self, text: &str, size: f64) {
        let type_ = font(size).coloured(GREY);
        for line in type_.wrapped(text, WIDTH - 2.0 * MARGIN) {
            self.drawing.shapes.push(Shape::Text { at: (MARGIN, self.y), text: line, font: type_ });
            self.y += size * 1.4;
        }
    }
}

/// The confidence level in words.
pub(super) fn level(results: View<'_>) -> String {
    percent(results.scenario.experiment.confidence)
}
