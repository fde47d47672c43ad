//! The figures: nothing outside the page, no two texts on each other, nothing that breaks the XML.

use crate::figures::assert_texts_apart;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::{OutputFile, render};

fn figures(strategies: usize, releases: usize, runs: u64) -> Vec<OutputFile> {
    let results = crate::synthetic::results(strategies, releases, runs);
    let (summary, comparison) = (Summary::of(&results), Comparison::of(&results));
    let mut files = render(&results, &summary, &comparison, vec![]).expect("files");
    files.retain(|file| ending(file) == Some("svg"));
    files
}

fn ending(file: &OutputFile) -> Option<&str> {
    Some(file.name.rsplit_once('.')?.1)
}

fn text(file: &OutputFile) -> &str {
    std::str::from_utf8(&file.bytes).expect("UTF-8")
}

#[test]
fn there_is_a_figure_for_each_question() {
    let names = |releases| -> Vec<String> {
        figures(2, releases, 20).into_iter().map(|file| file.name).collect()
    };
    assert_eq!(
        names(2),
        [
            "plots/outcomes.svg",
            "plots/time_to_detect.svg",
            "plots/blast_radius.svg",
            "plots/cost_blast_radius.svg",
            "plots/timeline_1_healthy.svg",
            "plots/timeline_2_5xx_at_3.svg",
        ]
    );
    // Without a regression there is nothing to detect.
    assert_eq!(names(1), ["plots/outcomes.svg", "plots/timeline_1_healthy.svg"]);
}

#[test]
fn every_figure_says_what_it_shows() {
    for figure in figures(3, 3, 30) {
        let text = text(&figure);
        assert!(text.starts_with("<svg ") && text.trim_end().ends_with("</svg>"));
        assert!(text.contains("role=\"img\"") && text.contains("<title id=\"title\">"));
        for said in ["30 replications of each strategy and regression", "seed 42", "<desc"] {
            assert!(text.contains(said), "{} does not say {said:?}", figure.name);
        }
    }
}

#[test]
fn names_do_not_break_the_xml() {
    for figure in figures(12, 2, 10) {
        assert!(!text(&figure).contains("<steps>"), "{} holds a raw name", figure.name);
        assert!(text(&figure).contains("two &lt;steps&gt; &amp; &quot;quotes&quot;"));
    }
}

#[test]
fn texts_are_on_the_page_and_not_on_each_other() {
    for (strategies, releases) in [(1, 2), (4, 3), (12, 8)] {
        for figure in figures(strategies, releases, 60) {
            assert_texts_apart(&figure.name, text(&figure));
        }
    }
}

#[test]
fn no_runs_are_an_empty_figure_and_not_a_failure() {
    for figure in figures(2, 2, 0) {
        assert!(!text(&figure).contains("NaN"), "{}", figure.name);
    }
}

#[cfg(feature = "png")]
#[test]
fn every_figure_has_a_png_with_visible_text() {
    let results = crate::synthetic::results(2, 2, 20);
    let (summary, comparison) = (Summary::of(&results), Comparison::of(&results));
    let files = render(&results, &summary, &comparison, vec![]).expect("files");
    let pngs: Vec<&OutputFile> = files.iter().filter(|file| ending(file) == Some("png")).collect();
    assert_eq!(pngs.len(), files.iter().filter(|file| ending(file) == Some("svg")).count());
    for png in pngs {
        assert_eq!(&png.bytes[..8], b"\x89PNG\r\n\x1a\n");
        // The title alone is thousands of dark pixels; without a font the files are below 15 kB.
        assert!(png.bytes.len() > 20_000, "{} has {} bytes", png.name, png.bytes.len());
    }
}
