//! The figures, as SVG without any font or system library (and as PNG with the feature `png`).
//!
//! Every figure looks alike: a title and how to read it, a legend, panels with units on their axes,
//! and a caption with the number of runs, the seed and the kind of interval. A strategy has the
//! same colour, marker and dash everywhere (Okabe & Ito's colours, which colour-blind people can
//! tell apart).

mod ab_test;
mod axis;
mod blast_radius;
pub mod chart;
mod cost;
mod detection;
mod drawing;
mod outcomes;
mod page;
mod panel;
#[cfg(feature = "png")]
mod png;
mod style;
mod svg;
mod sweep;
mod timeline;
pub(super) mod tune;

use self::drawing::Drawing;
use super::{OutputFile, RenderError};
use crate::experiment::summary::Summary;
use crate::experiment::view::View;
use crate::sweep::study::Study;

/// All figures that the results allow.
pub(super) fn render(results: View<'_>, summary: &Summary) -> Result<Vec<OutputFile>, RenderError> {
    let mut figures = vec![("outcomes".to_owned(), outcomes::draw(results, summary))];
    let faulty = results.scenario.regressions.iter().any(|release| !release.healthy);
    if faulty {
        figures.push(("time_to_detect".to_owned(), detection::draw(results)?));
        figures.push(("blast_radius".to_owned(), blast_radius::draw(results, summary)?));
        if results.scenario.prices_are_known() {
            figures.push(("cost_blast_radius".to_owned(), cost::draw(results, summary)));
        }
    }
    if let Some(figure) = ab_test::draw(results)? {
        figures.push(("ab_tests".to_owned(), figure));
    }
    for (regression, release) in results.scenario.regressions.iter().enumerate() {
        if let Some(figure) = timeline::draw(results, regression)? {
            figures.push((format!("timeline_{}_{}", regression + 1, slug(&release.name)), figure));
        }
    }
    let mut files = Vec::new();
    for (name, figure) in figures {
        files.extend(rendered(&name, &figure)?);
    }
    Ok(files)
}

/// The figures of a sweep: lines over one key, heat maps over two, nothing over more.
pub(super) fn render_sweep(study: &Study) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = Vec::new();
    for (name, figure) in sweep::draw(study) {
        files.extend(rendered(&name, &figure)?);
    }
    Ok(files)
}

fn rendered(name: &str, figure: &Drawing) -> Result<Vec<OutputFile>, RenderError> {
    let failed = |reason: String| RenderError::Plot { name: name.to_owned(), reason };
    let svg = svg::render(figure).map_err(failed)?;
    let file = |ending: &str, bytes| OutputFile { name: format!("plots/{name}.{ending}"), bytes };
    #[cfg(feature = "png")]
    let png = Some(file("png", png::render(&svg).map_err(failed)?));
    #[cfg(not(feature = "png"))]
    let png = None;
    Ok(std::iter::once(file("svg", svg.into_bytes())).chain(png).collect())
}

/// A name as part of a file name: letters, digits and underscores, at most 40.
pub(in crate::report) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.truncate(40);
    slug.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs_are_plain_and_short() {
        let names = ["5xx at 3 %", "  ../Größe/<x>  ", "", &"ab ".repeat(40)];
        let long = format!("{}a", "ab_".repeat(13));
        assert_eq!(names.map(slug), ["5xx_at_3", "gr_e_x", "", &long]);
    }
}
