//! The figures of a tuning. All show the replications that no choice has seen.

mod front;
mod heat_map;
mod roc;
mod scan;
mod threshold;

use super::drawing::{Align, Colour, Drawing, Point};
use super::page::{MARGIN, Page, WIDTH};
use super::rendered;
use super::style::{GREY, Look, font, look};
use crate::report::tune::words::{exported, presently};
use crate::report::{OutputFile, RenderError};
use crate::stats::real_len;
use crate::tuning::results::{Evaluated, TuneResults};
use crate::tuning::standing::Standing;

/// All figures that the results allow.
pub(in crate::report) fn render(results: &TuneResults) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = Vec::new();
    let figures = [
        ("roc", roc::draw(results)),
        ("detection_by_threshold", threshold::draw(results)),
        ("m_of_n_by_threshold", heat_map::draw(results)),
        ("front", front::draw(results)),
    ];
    for (name, figure) in figures {
        if let Some(figure) = figure {
            files.extend(rendered(name, &figure)?);
        }
    }
    Ok(files)
}

/// How the recommended policy looks, and the present one.
fn looks() -> [Look; 2] {
    [look(1), look(0)]
}

/// What the two are called.
fn names(results: &TuneResults) -> [&'static str; 2] {
    let chosen = match results.standing {
        Some(Standing::Confirmed) => "recommended",
        Some(Standing::Open { .. } | Standing::BrokenAtAnEnd) => "best so far",
        Some(Standing::Broken) => "best where chosen",
        None => "nearest to the limits",
    };
    [chosen, "as set now"]
}

/// The two, as far as there are.
fn marked(results: &TuneResults) -> [Option<&Evaluated>; 2] {
    [exported(results), presently(results)]
}

/// What tries that were not chosen look like.
const TRIED: Colour = GREY;
const TRIED_OPACITY: f64 = 0.28;

fn tried(drawing: &mut Drawing, at: Point) {
    drawing.disc(at, 2.2, TRIED.faded(TRIED_OPACITY));
}

/// An entry of a legend: what it says, and what draws its mark around a point.
type Entry<'a> = (String, Box<dyn Fn(&mut Drawing, Point) + 'a>);

/// The two marks, those of them that are `shown`.
fn mark_entries(results: &TuneResults, shown: impl Fn(&Evaluated) -> bool) -> Vec<Entry<'static>> {
    let all = marked(results).into_iter().zip(names(results)).zip(looks());
    all.filter(|((there, _), _)| there.is_some_and(&shown))
        .map(|((_, name), look)| {
            let mark = move |drawing: &mut Drawing, at: Point| look.mark(drawing, at, 5.0);
            (name.to_owned(), Box::new(mark) as Box<dyn Fn(&mut Drawing, Point)>)
        })
        .collect()
}

fn tried_entry() -> Entry<'static> {
    ("tried".to_owned(), Box::new(tried))
}

fn legend(page: &mut Page, entries: &[Entry<'_>]) {
    let type_ = font(12.0);
    let mut x = MARGIN;
    page.y += 8.0;
    for (name, mark) in entries {
        let name = type_.fitted(name, WIDTH - 2.0 * MARGIN - 44.0);
        let length = 44.0 + type_.width_of(&name);
        if x > MARGIN && x + length > WIDTH - MARGIN {
            x = MARGIN;
            page.y += 20.0;
        }
        mark(&mut page.drawing, (x + 14.0, page.y));
        page.drawing.text((x + 30.0, page.y), name, type_);
        x += length;
    }
    page.y += 14.0;
}

/// Where a panel may be drawn: left, top and width \[px\], and of which of the things.
struct Place {
    left: f64,
    top: f64,
    width: f64,
    index: usize,
}

/// Places for `count` panels of a height, two in a row, below what the page has; what each takes besides the
/// panel itself is the caller's.
fn places(page: &mut Page, count: usize, height: f64) -> Vec<Place> {
    let columns = if count > 1 { 2 } else { 1 };
    let width = (WIDTH - 2.0 * MARGIN) / real_len(columns);
    let top = page.y;
    let place = |index: usize| Place {
        left: MARGIN + width * real_len(index % columns),
        top: top + height * real_len(index / columns),
        width,
        index,
    };
    page.y = top + height * real_len(count.div_ceil(columns));
    (0..count).map(place).collect()
}

/// The end of every figure: from which runs it is.
fn finish(page: Page, results: &TuneResults, note: &str) -> Drawing {
    let reported = exported(results).or(results.present.first());
    let replications = reported.map_or(0, |one| one.reported.replications);
    let interrupted = if results.runs < results.runs_asked {
        format!(" (interrupted: {} of {})", results.runs, results.runs_asked)
    } else {
        String::new()
    };
    let scenario = &results.expansion.scenario;
    page.caption(&format!(
        "{}: the {replications} replications that no choice has seen{interrupted}, seed {}, the same traffic \
         and luck for every policy. {note}",
        scenario.name, scenario.experiment.seed
    ))
}

/// A heading above a panel.
fn heading(drawing: &mut Drawing, at: Point, text: &str, width: f64) {
    let type_ = font(13.0).bold().aligned(Align::Start);
    drawing.text(at, type_.fitted(text, width), type_);
}
