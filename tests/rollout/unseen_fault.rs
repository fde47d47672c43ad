//! Faults that no alarm can see, under alarms that go off by chance.

use crate::support::{results, small};
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::terminal::{Terminal, render};

const REST: &str = r#"
[[regressions]]
name = "a hair slower"
latency = { factor = 1.0001 }
[[regressions]]
name = "one more error in a million"
errors = { errors_5xx = 0.005001 }
[[regressions]]
name = "plain to see"
errors = { errors_5xx = 0.2 }
[[alarms]]
name = "jumpy"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.012
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 1
datapoints_to_alarm = 1
treat_missing_data = "notBreaching"
[[strategies]]
name = "canary"
canary = { size = "1 instance", bake = "8m", final_bake = "8m" }
[[strategies]]
name = "plain"
all_at_once = {}
alarms = []
"#;

#[test]
fn what_chance_does_is_not_called_caught() {
    let results = results(&small("", REST).replace("runs = 20", "runs = 100"));
    let summary = Summary::of(&results);
    let share = |regression: usize, metric: &str| {
        let row = summary.find((0, regression), metric, "share").expect("a row");
        row.estimate.expect("runs")
    };
    for unseen in [1, 2] {
        assert!(share(unseen, "caught") <= 0.02, "{}", share(unseen, "caught"));
        let by_chance = share(unseen, "by_chance");
        assert!((0.2..0.8).contains(&by_chance), "{by_chance}");
        assert!((by_chance - share(0, "false_rollback")).abs() <= 0.02, "as the healthy release");
        let telling = summary.telling((0, unseen)).expect("a faulty release");
        assert!(!telling.is_told(0.95), "{telling:?}");
    }
    assert!(share(3, "caught") > 0.7, "{}", share(3, "caught"));
    assert!(summary.telling((0, 3)).expect("a faulty release").is_told(0.95));

    let terminal = Terminal { width: None, styled: false };
    let text = render(&results, &summary, &Comparison::of(&results), terminal);
    let sections: Vec<&str> = text.split("\n\n").collect();
    let section =
        |name: &str| *sections.iter().find(|part| part.starts_with(name)).expect("a table");
    for name in ["a hair slower", "one more error in a million"] {
        let section = section(name);
        assert!(section.contains("No alarm of 'canary' ("), "{section}");
        assert!(section.contains("can tell it from a good release"), "{section}");
        assert!(!section.contains("Caught: "), "nobody catches it: {section}");
        assert!(section.contains("Missed: "), "{section}");
    }
    let seen = section("plain to see");
    assert!(!seen.contains("can tell it from"), "{seen}");
    assert!(seen.contains("'canary' (gives it up by chance in "), "{seen}");
}
