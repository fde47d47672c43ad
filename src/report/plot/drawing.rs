//! A figure as a list of shapes. Making it cannot fail, and a test can look at what is where.

/// A figure in pixels, the origin at the top left.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawing {
    pub(super) width: f64,
    pub(super) height: f64,
    /// For those who cannot see it.
    pub(super) title: String,
    pub(super) description: String,
    pub(super) shapes: Vec<Shape>,
}

/// A point \[px\].
pub(super) type Point = (f64, f64);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Line { points: Vec<Point>, stroke: Stroke },
    Area { points: Vec<Point>, fill: Fill },
    Disc { centre: Point, radius: f64, fill: Fill },
    Text { at: Point, text: String, font: Font },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fill {
    pub(super) colour: Colour,
    /// 0 to 1.
    pub(super) opacity: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stroke {
    pub(super) colour: Colour,
    pub(super) width: f64,
    pub(super) dash: Dash,
}

/// Length of dash and gap \[px\]; a solid line has none.
pub(super) type Dash = Option<(f64, f64)>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Font {
    /// \[px\].
    pub(super) size: f64,
    pub(super) colour: Colour,
    pub(super) bold: bool,
    pub(super) align: Align,
    /// Reads from bottom to top.
    pub(super) upright: bool,
}

/// Which part of a text is at its point; vertically it is always the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Start,
    Middle,
    End,
}

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

impl Colour {
    pub(super) const fn solid(self) -> Fill {
        Fill { colour: self, opacity: 1.0 }
    }

    pub(super) const fn faded(self, opacity: f64) -> Fill {
        Fill { colour: self, opacity }
    }

    pub(super) const fn line(self, width: f64) -> Stroke {
        Stroke { colour: self, width, dash: None }
    }
}

impl Drawing {
    pub(super) fn line(&mut self, points: impl Into<Vec<Point>>, stroke: Stroke) {
        self.shapes.push(Shape::Line { points: points.into(), stroke });
    }

    pub(super) fn area(&mut self, points: impl Into<Vec<Point>>, fill: Fill) {
        self.shapes.push(Shape::Area { points: points.into(), fill });
    }

    pub(super) fn rectangle(&mut self, (x0, y0): Point, (x1, y1): Point, fill: Fill) {
        self.area([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill);
    }

    pub(super) fn disc(&mut self, centre: Point, radius: f64, fill: Fill) {
        self.shapes.push(Shape::Disc { centre, radius, fill });
    }

    pub(super) fn text(&mut self, at: Point, text: impl Into<String>, font: Font) {
        self.shapes.push(Shape::Text { at, text: text.into(), font });
    }
}

impl Font {
    /// About how wide a text is \[px\]; the viewer chooses the face, so this errs on the wide side.
    pub(super) fn width_of(&self, text: &str) -> f64 {
        let units: f64 = text
            .chars()
            .map(|character| match character {
                'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' => 0.34,
                'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' => 0.42,
                'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.97,
                'A'..='Z' => 0.72,
                _ => 0.62,
            })
            .sum();
        units * self.size * if self.bold { 1.08 } else { 1.0 }
    }

    /// The text, or as much of it as is not wider than `width` \[px\] with an ellipsis.
    pub(super) fn fitted(&self, text: &str, width: f64) -> String {
        if self.width_of(text) <= width {
            return text.to_owned();
        }
        let mut short = String::new();
        for character in text.chars() {
            short.push(character);
            if self.width_of(&short) + self.size > width {
                short.pop();
                break;
            }
        }
        format!("{}…", short.trim_end())
    }

    /// The text in lines that are not wider than `width` \[px\].
    pub(super) fn wrapped(&self, text: &str, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width_of(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(self.fitted(word, width)),
            }
        }
        lines
    }
}
