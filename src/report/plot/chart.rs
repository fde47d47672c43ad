//! A figure of any numbers over any others: panels of lines that share one legend.

use super::axis::{Scale, count_label};
use super::drawing::Drawing;
use super::page::{MARGIN, Page, WIDTH};
use super::panel::Panel;
use super::style::{font, look};
use super::svg;
use crate::report::RenderError;
use crate::stats::real_len;

const PANEL_HEIGHT: f64 = 170.0;
/// Taken by the labels on the left of a panel.
const LABELS: f64 = 60.0;
/// Empty at its right.
const END: f64 = 24.0;
/// Panels beside each other.
const COLUMNS: usize = 2;

/// A figure in the look of all others.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// How to read it.
    pub reading: String,
    /// Where the numbers are from.
    pub caption: String,
    /// What the lines are called; the first line of every panel is the first of these, and so on.
    pub names: Vec<String>,
    /// From left to right, two in a row.
    pub panels: Vec<ChartPanel>,
}

/// Some lines between two axes, both from 0 on.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartPanel {
    /// What stands above it.
    pub heading: String,
    /// What the horizontal axis counts, with its unit.
    pub across: String,
    /// What the vertical axis counts, with its unit.
    pub up: String,
    /// Whether the horizontal axis is logarithmic.
    pub is_logarithmic: bool,
    /// The points of each line, in the order of `across`; a line may be empty.
    pub lines: Vec<Vec<(f64, f64)>>,
}

impl Chart {
    /// The figure as an SVG document.
    ///
    /// # Errors
    /// [`RenderError::Plot`] if the drawing library fails.
    pub fn svg(&self) -> Result<String, RenderError> {
        let failed = |reason| RenderError::Plot { name: self.title.clone(), reason };
        svg::render(&self.draw()).map_err(failed)
    }

    fn draw(&self) -> Drawing {
        let mut page = Page::new(&self.title, &self.reading);
        page.legend(self.names.iter().map(String::as_str), true);
        let pitch = (WIDTH - 2.0 * MARGIN) / real_len(COLUMNS);
        for row in self.panels.chunks(COLUMNS) {
            let top = page.y + 34.0;
            for (column, panel) in row.iter().enumerate() {
                let left = MARGIN + pitch * real_len(column) + LABELS;
                panel.draw(&mut page.drawing, (left, top), pitch - LABELS - END);
            }
            page.y = top + PANEL_HEIGHT + 38.0;
        }
        page.caption(&self.caption)
    }
}

impl ChartPanel {
    fn draw(&self, drawing: &mut Drawing, (left, top): (f64, f64), width: f64) {
        let points = || self.lines.iter().flatten();
        let widest = points().map(|&(x, _)| x).fold(0.0, f64::max);
        let nearest = points().map(|&(x, _)| x).fold(widest, f64::min);
        let highest = points().map(|&(_, y)| y).fold(0.0, f64::max);
        let x = if self.is_logarithmic {
            Scale::counts(nearest, widest)
        } else {
            Scale::linear(0.0, widest)
        };
        let y = Scale::linear(0.0, highest);
        let panel = Panel { left, top, width, height: PANEL_HEIGHT, x, y };
        let heading = font(13.0).bold();
        drawing.text((left, top - 16.0), heading.fitted(&self.heading, width), heading);
        panel.x_axis(drawing, count_label, Some(&self.across));
        panel.y_axis(drawing, count_label, Some(&self.up));
        for (line, points) in self.lines.iter().enumerate() {
            let look = look(line);
            let places: Vec<_> = points.iter().map(|&(x, y)| panel.at(x, y)).collect();
            if places.len() > 1 {
                drawing.line(places.clone(), look.stroke);
            }
            for place in places {
                look.mark(drawing, place, 3.6);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawing::Shape;
    use super::*;

    fn chart(lines: Vec<Vec<(f64, f64)>>) -> Chart {
        Chart {
            title: "Time".to_owned(),
            reading: "Lower is better.".to_owned(),
            caption: "Measured.".to_owned(),
            names: vec!["one".to_owned(), "two".to_owned()],
            panels: vec![ChartPanel {
                heading: "Requests".to_owned(),
                across: "requests".to_owned(),
                up: "ms".to_owned(),
                is_logarithmic: false,
                lines,
            }],
        }
    }

    #[test]
    fn a_straight_line_is_drawn_straight() {
        let drawing = chart(vec![vec![(1.0, 10.0), (2.0, 20.0), (4.0, 40.0)]]).draw();
        let lines = drawing.shapes.iter().filter_map(|shape| match shape {
            Shape::Line { points, .. } if points.len() == 3 => Some(points),
            _ => None,
        });
        let points: Vec<_> = lines.flatten().collect();
        let slope = |a: usize, b: usize| (points[b].1 - points[a].1) / (points[b].0 - points[a].0);
        assert_eq!(points.len(), 3);
        assert!((slope(0, 1) - slope(1, 2)).abs() < 1e-9 && slope(0, 1) < 0.0);
    }

    #[test]
    fn a_line_may_have_one_point_or_none() {
        for lines in [vec![], vec![vec![]], vec![vec![(3.0, 1.0)], vec![]]] {
            let svg = chart(lines).svg().expect("a figure");
            assert!(svg.starts_with("<svg") && svg.contains("Lower is better."));
        }
    }
}
