//! What the terminal says of rollouts that ended otherwise than by an alarm or a promotion.

use crate::support::{GREEN_5XX, results, small};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::terminal::{Terminal, render};

/// Of a quota of five only the rolling rollouts get instances; the way back of one is too wide for it.
const STRATEGIES: &str = r#"
[[regressions]]
name = "bad"
crash = true
onset = { at_share = 0.5 }
[[strategies]]
name = "canary"
canary = { size = "1 instance", bake = "8m" }
[[strategies]]
name = "at once"
rolling = { batch = "1 instance", bake = "4m" }
[[strategies]]
name = "in batches"
rolling = { batch = "1 instance", bake = "4m", rollback_batch = "1 instance" }
[[strategies]]
name = "timed"
rolling = { batch = "1 instance", bake = "4m" }
timeout = "3m"
"#;

fn page(results: &Results) -> String {
    let (summary, comparison) = (Summary::of(results), Comparison::of(results));
    render(results, &summary, &comparison, Terminal { width: None, styled: false })
}

#[test]
fn a_strategy_that_never_began_is_named_and_not_ranked() {
    let text = small("instance_quota = 5", &format!("{GREEN_5XX}{STRATEGIES}"));
    let results = results(&format!("limits = \"off\"\n{}", text.replace("runs = 20", "runs = 3")));
    let page = page(&results);
    let bad = page.split("\nbad\n").nth(1).expect("the section of the regression");
    let began = "Not begun, since green could not be launched: 'canary' in 100% of the runs.";
    let timed = "Ended by the execution time-out: 'timed' in 100% of the runs.";
    let mixed = "Left with a mix of both fleets, since the rollback failed: 'at once' in 100%";
    for sentence in [began, timed, mixed] {
        assert!(bad.contains(sentence), "{sentence}\n{page}");
    }
    assert!(!bad.contains("'canary' has"), "{page}");
    let best =
        "'timed' (gives it up by chance in 0%, rolls the healthy release back in 0%) has the least";
    assert!(bad.contains(best), "{page}");
}

/// Who gives every healthy release up has the least harm of all, and is no better for it.
#[test]
fn a_strategy_that_releases_nothing_is_named_and_not_ranked() {
    let bad = "\n[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.3 }\n";
    let stop = "\n[[strategies]]\nname = \"looks only\"\n\
                shadow = { sample = \"100%\", lasts = \"5m\", then = \"stop\" }\nalarms = []\n";
    let strategies = crate::support::STRATEGIES;
    let text = small("", &format!("{bad}{GREEN_5XX}{strategies}{stop}"));
    let results = results(&text.replace("runs = 20", "runs = 3"));
    let page = page(&results);
    let bad = page.split("\nbad\n").nth(1).expect("the section of the regression");
    let (ranked, _) = bad.split_once(" the least net harm: ").expect("somebody has it");
    let ranked = ranked.lines().last().expect("a line");
    assert!(ranked.contains("'canary'") && !ranked.contains("'looks only'"), "{page}");
    let unranked = "Not ranked, as no healthy release got through either: 'looks only'.";
    assert!(bad.contains(unranked), "{page}");
}
