//! The figures of a tuning: nothing outside the page, no two texts on each other, whatever there is to show.

use crate::figures::assert_texts_apart;
use crate::tuned::{ALARM, Extent, USUAL, as_written, results, scenario};
use rollout_sim::report::tune::render;
use rollout_sim::tuning::results::TuneResults;

fn drawn(results: &TuneResults) -> Vec<(String, String)> {
    let files = render(results, vec![]).expect("files");
    files
        .into_iter()
        .filter(|file| file.name.rsplit_once('.').is_some_and(|(_, ending)| ending == "svg"))
        .map(|file| (file.name, String::from_utf8(file.bytes).expect("UTF-8")))
        .collect()
}

/// Everything tried; one policy only; one shape; nothing within the limits.
fn extents() -> [Extent; 4] {
    [
        USUAL,
        Extent { plans: 1, shapes: 1, thresholds: 1, ..USUAL },
        Extent { plans: 1, shapes: 1, ..USUAL },
        Extent { max_false_rollback: 0.000_1, thresholds: 3, ..USUAL },
    ]
}

#[test]
fn texts_are_on_the_page_and_not_on_each_other() {
    for extent in extents() {
        let figures = drawn(&results(extent));
        assert_eq!(figures.len(), 4, "{extent:?}");
        for (name, svg) in figures {
            assert_texts_apart(&format!("{name} {extent:?}"), &svg);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name} {extent:?}");
        }
    }
}

#[test]
fn each_says_that_no_choice_has_seen_its_runs() {
    for (name, svg) in drawn(&results(USUAL)) {
        for said in
            ["the 500 replications that no choice has seen", "seed 42", "<desc", "recommended"]
        {
            assert!(svg.contains(said), "{name} does not say {said:?}");
        }
    }
}

#[test]
fn negative_harm_is_drawn_too() {
    let mut results = results(USUAL);
    for one in results.candidates.iter_mut().step_by(3) {
        one.reported.harm.iter_mut().for_each(|harm| harm.value = -4.0 - harm.value);
    }
    for (name, svg) in drawn(&results) {
        assert_texts_apart(&name, &svg);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
    }
}

#[test]
fn without_alarms_to_set_and_regressions_only_the_front_is_drawn() {
    let strategy = "[[strategies]]\nname = \"s\"\nall_at_once = {}\n";
    let names: Vec<String> =
        drawn(&as_written(scenario(ALARM, strategy))).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["plots/front.svg"]);
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let results = results(USUAL);
    assert_eq!(render(&results, vec![]).expect("files"), render(&results, vec![]).expect("files"));
}
