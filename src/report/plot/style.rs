//! Colours, type, and the look of each strategy.

use super::drawing::{Align, Colour, Dash, Drawing, Font, Point, Stroke};

/// Text and marks.
pub(super) const INK: Colour = Colour(0x22, 0x26, 0x2B);
/// Captions and axis labels.
pub(super) const GREY: Colour = Colour(0x5A, 0x61, 0x6B);
/// Grid lines.
pub(super) const FAINT: Colour = Colour(0xE3, 0xE6, 0xEA);
/// Axis lines.
pub(super) const RULE: Colour = Colour(0xA5, 0xAB, 0xB3);
/// On dark bars.
pub(super) const PAPER: Colour = Colour(0xFF, 0xFF, 0xFF);

/// Okabe and Ito's colours (2008), the legible ones first.
pub(super) const BLUE: Colour = Colour(0x00, 0x72, 0xB2);
pub(super) const VERMILLION: Colour = Colour(0xD5, 0x5E, 0x00);
pub(super) const GREEN: Colour = Colour(0x00, 0x9E, 0x73);
pub(super) const PURPLE: Colour = Colour(0xCC, 0x79, 0xA7);
pub(super) const ORANGE: Colour = Colour(0xE6, 0x9F, 0x00);
pub(super) const SKY: Colour = Colour(0x56, 0xB4, 0xE9);
pub(super) const BLACK: Colour = Colour(0x00, 0x00, 0x00);

const COLOURS: [Colour; 7] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK];
const DASHES: [Dash; 4] = [None, Some((7.0, 3.0)), Some((2.0, 2.0)), Some((11.0, 4.0))];

/// Type of the given size.
pub(super) const fn font(size: f64) -> Font {
    Font { size, colour: INK, bold: false, align: Align::Start, upright: false }
}

impl Font {
    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) const fn grey(self) -> Self {
        Self { colour: GREY, ..self }
    }

    pub(super) const fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    pub(super) const fn aligned(self, align: Align) -> Self {
        Self { align, ..self }
    }

    pub(super) const fn upright(self) -> Self {
        Self { upright: true, align: Align::Middle, ..self }
    }
}

/// How a strategy looks in every figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) colour: Colour,
    pub(super) stroke: Stroke,
    marker: usize,
}

/// The look of the strategy with this index: colours repeat after 7, dashes after 4, markers after
/// 5, so the three together after 140.
pub(super) fn look(strategy: usize) -> Look {
    let colour = COLOURS[strategy % COLOURS.len()];
    let dash = DASHES[strategy % DASHES.len()];
    Look { colour, stroke: Stroke { colour, width: 1.8, dash }, marker: strategy % 5 }
}

impl Look {
    /// Its marker.
    pub(super) fn mark(&self, drawing: &mut Drawing, (x, y): Point, size: f64) {
        let polygon = |drawing: &mut Drawing, corners: &[Point]| {
            let points: Vec<Point> =
                corners.iter().map(|&(dx, dy)| (x + dx * size, y + dy * size)).collect();
            drawing.area(points, self.colour.solid());
        };
        match self.marker {
            0 => drawing.disc((x, y), size, self.colour.solid()),
            1 => polygon(drawing, &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            2 => polygon(drawing, &[(0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)]),
            3 => polygon(drawing, &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
            _ => polygon(drawing, &[(0.0, 1.15), (1.1, -0.85), (-1.1, -0.85)]),
        }
    }
}
