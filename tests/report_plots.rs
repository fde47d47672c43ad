//! The figures, for few and many strategies and releases.

mod synthetic;

use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::{OutputFile, render};
use std::collections::BTreeSet;
use std::path::Path;

fn figures(strategies: usize, releases: usize) -> Vec<OutputFile> {
    let results = synthetic::results(strategies, releases, 300);
    let (summary, comparison) = (Summary::of(&results), Comparison::of(&results));
    let files = render(&results, &summary, &comparison, vec![]).expect("every file can be made");
    files.into_iter().filter(|file| is_svg(&file.name)).collect()
}

fn is_svg(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "svg")
}

#[test]
fn every_figure_is_a_whole_drawing_that_says_what_it_shows() {
    for (strategies, releases) in [(4, 3), (12, 8), (1, 2)] {
        let figures = figures(strategies, releases);
        let names: BTreeSet<&str> = figures.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names.len(), figures.len(), "every figure has a name of its own");
        for name in ["outcomes", "time_to_detect", "blast_radius", "cost_blast_radius"] {
            assert!(names.contains(format!("plots/{name}.svg").as_str()), "{name}");
        }
        for file in &figures {
            let text = std::str::from_utf8(&file.bytes).expect("text");
            assert!(text.trim_start().starts_with("<svg"), "{}", file.name);
            assert!(text.trim_end().ends_with("</svg>"), "{}", file.name);
            for undefined in ["NaN", "inf\"", "-inf"] {
                assert!(!text.contains(undefined), "{} holds {undefined}", file.name);
            }
            assert!(text.contains("<title"), "{} has no title", file.name);
        }
    }
}

#[test]
fn the_same_results_give_the_same_drawings() {
    assert!(figures(4, 3) == figures(4, 3));
}
