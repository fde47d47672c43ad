//! A drawing as SVG, by plotters.
//!
//! plotters counts in whole pixels, so the picture is drawn ten times as large and its view box
//! scales it back. It measures no text: the file names a family, the viewer chooses the face.

use super::drawing::{Align, Colour, Drawing, Font, Point, Shape, Stroke};
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const SCALE: f64 = 10.0;

/// The SVG document.
pub(super) fn render(drawing: &Drawing) -> Result<String, String> {
    let size = (whole_u32(drawing.width), whole_u32(drawing.height));
    let mut body = String::new();
    {
        let area = SVGBackend::with_string(&mut body, size).into_drawing_area();
        area.fill(&WHITE).map_err(|error| error.to_string())?;
        for shape in &drawing.shapes {
            draw(&area, shape).map_err(|error| error.to_string())?;
        }
        area.present().map_err(|error| error.to_string())?;
    }
    // The opening tag is ours: the size in pixels, and words for those who cannot see the figure.
    let (_, content) = body.split_once('\n').unwrap_or_default();
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"title description\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"description\">{}</desc>\n{content}",
        drawing.width,
        drawing.height,
        size.0,
        size.1,
        escaped(&drawing.title),
        escaped(&drawing.description),
    ))
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

fn draw(area: &Area<'_>, shape: &Shape) -> Drawn {
    match shape {
        Shape::Line { points, stroke } => line(area, points, stroke),
        Shape::Area { points, fill } => {
            area.draw(&Polygon::new(scaled(points), rgba(fill.colour, fill.opacity)))
        }
        Shape::Disc { centre, radius, fill } => {
            let style = rgba(fill.colour, fill.opacity).filled();
            area.draw(&Circle::new(at(*centre), whole(*radius), style))
        }
        Shape::Text { at: place, text, font } => {
            area.draw(&Text::new(text.as_str(), at(*place), style_of(font)))
        }
    }
}

fn line(area: &Area<'_>, points: &[Point], stroke: &Stroke) -> Drawn {
    let style = rgba(stroke.colour, 1.0).stroke_width(whole_u32(stroke.width));
    let points = scaled(points);
    match stroke.dash {
        None => area.draw(&PathElement::new(points, style)),
        Some((dash, gap)) => {
            let points = points.into_iter();
            area.draw(&DashedPathElement::new(points, whole(dash), whole(gap), style))
        }
    }
}

fn style_of(font: &Font) -> TextStyle<'static> {
    // plotters divides the size by 1.24.
    let size = font.size * SCALE * 1.24;
    let weight = if font.bold { FontStyle::Bold } else { FontStyle::Normal };
    let horizontal = match font.align {
        Align::Start => HPos::Left,
        Align::Middle => HPos::Center,
        Align::End => HPos::Right,
    };
    let turn = if font.upright { FontTransform::Rotate270 } else { FontTransform::None };
    TextStyle {
        color: rgba(font.colour, 1.0).to_backend_color(),
        pos: Pos::new(horizontal, VPos::Center),
        ..TextStyle::from(("sans-serif", size, weight).into_font().transform(turn))
    }
}

/// In tenths of a pixel; neighbours that fall together are one.
fn scaled(points: &[Point]) -> Vec<(i32, i32)> {
    let mut scaled: Vec<(i32, i32)> = points.iter().map(|&point| at(point)).collect();
    scaled.dedup();
    scaled
}

fn at((x, y): Point) -> (i32, i32) {
    (whole(x), whole(y))
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a page; the cast saturates")]
fn whole(pixels: f64) -> i32 {
    (pixels * SCALE).round() as i32
}

fn whole_u32(pixels: f64) -> u32 {
    u32::try_from(whole(pixels)).unwrap_or(0)
}

fn rgba(Colour(red, green, blue): Colour, opacity: f64) -> RGBAColor {
    RGBAColor(red, green, blue, opacity)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
