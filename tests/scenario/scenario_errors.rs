//! How problems look: all of a file at once, each with its place, the rule and the remedy.

use rollout_sim::scenario::{Scenario, ScenarioErrors};
use std::path::Path;

const EXAMPLE: &str = include_str!("../data/example.toml");

fn errors(text: &str) -> ScenarioErrors {
    Scenario::parse(text, "bad.toml", Path::new("")).expect_err("problems")
}

/// The example with each of the edits.
fn edited(edits: &[(&str, &str)]) -> String {
    let mut text = EXAMPLE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "the example has no {from}");
        text = text.replacen(from, to, 1);
    }
    text
}

#[test]
fn a_misspelt_key() {
    let text = edited(&[("threshold = 0.01", "treshold = 0.01")]);
    insta::assert_snapshot!(errors(&text).render(false), @r#"
    error: unknown key `treshold` in `alarms[0]`
      --> bad.toml:50:1
       |
    50 | treshold = 0.01
       | ^^^^^^^^
       |
       = help: did you mean `threshold`?

    error: 1 problem in bad.toml
    "#);
}

#[test]
fn a_misspelt_choice_and_an_unknown_alarm() {
    let text = edited(&[
        ("\"least-outstanding\"", "\"least_outstanding\""),
        ("all_at_once = { final", "alarms = [\"p99\", \"5xx-rates\"]\nall_at_once = { final"),
    ]);
    insta::assert_snapshot!(errors(&text).render(false), @r#"
    error: unknown choice `least_outstanding` in `endpoint`
      --> bad.toml:20:11
       |
    20 | routing = "least_outstanding"
       |           ^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `least-outstanding`?

    error: there is no alarm "p99"
      --> bad.toml:71:11
       |
    71 | alarms = ["p99", "5xx-rates"]
       |           ^^^^^
       |
       = help: choose from `5xx-rate`, `p99-latency`

    error: there is no alarm "5xx-rates"
      --> bad.toml:71:18
       |
    71 | alarms = ["p99", "5xx-rates"]
       |                  ^^^^^^^^^^^
       |
       = help: did you mean `5xx-rate`?

    error: 3 problems in bad.toml
    "#);
}

#[test]
fn problems_of_reading_and_of_meaning_together() {
    let text = edited(&[
        ("horizon = \"90m\"", "horizon = 90"),
        ("median = \"35ms\", p99", "p99"),
        ("errors_5xx = 0.03", "errors_5xx = 3"),
        ("datapoints_to_alarm = 2", "datapoints_to_alarm = 5"),
        ("period = \"60s\"", "period = \"90s\""),
        ("size = \"10%\"", "size = \"60%\""),
    ]);
    insta::assert_snapshot!(errors(&text).render(false), @r#"
    error: `horizon`: a time needs a unit, found the bare number 90
     --> bad.toml:8:11
      |
    8 | horizon = 90              # simulated after the update is requested
      |           ^^
      |
      = help: write "90s" for seconds

    error: a lognormal is given by exactly two parameters
      --> bad.toml:25:11
       |
    25 | latency = { lognormal = { p99 = "120ms" } }
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: give mean and cv, or median and p99, or median and sigma

    error: `errors_5xx`: a share lies between 0 and 1, but is 3
      --> bad.toml:34:25
       |
    34 | errors = { errors_5xx = 3 }
       |                         ^
       |
       = help: write 3 % as "3%"

    error: `period` must be 10, 20 or 30 seconds or a multiple of a minute, not 1m 30s
      --> bad.toml:52:10
       |
    52 | period = "90s"
       |          ^^^^^
       |
       = help: CloudWatch takes no other; "60s" is usual

    error: 5 datapoints to alarm are more than the 3 that are looked at
      --> bad.toml:54:23
       |
    54 | datapoints_to_alarm = 5
       |                       ^
       |
       = help: give 1 to 3, or more evaluation_periods

    error: a canary is at most 50 % of instances, but this one is 6 of 10 (`TrafficRoutingConfiguration.CanarySize`)
      --> bad.toml:75:19
       |
    75 | canary = { size = "60%", bake = "10m", final_bake = "10m" }
       |                   ^^^^^
       |
       = help: give a smaller one, write the steps out with `steps`, or set `limits = "off"` at the top of the file for a what-if

    error: 6 problems in bad.toml
    "#);
}

#[test]
fn missing_keys_are_shown_at_their_table() {
    let text = edited(&[
        ("statistic = \"Average\"\n", ""),
        ("horizon = \"90m\"", "# horizon"),
        ("[blue]\nlatency", "[blue]\nfailed_latency"),
    ]);
    insta::assert_snapshot!(errors(&text).render(false), @r#"
    error: `experiment` needs the key `horizon`
     --> bad.toml:5:1
      |
    5 | [experiment]
      | ^^^^^^^^^^^^
      |
      = help: write, for example, `horizon = "90m"`

    error: `blue` needs the key `latency`
      --> bad.toml:24:1
       |
    24 | [blue]
       | ^^^^^^
       |
       = help: write, for example, `latency = { lognormal = { median = "35ms", p99 = "120ms" } }`

    error: `alarms[0]` needs the key `statistic`
      --> bad.toml:45:1
       |
    45 | [[alarms]]
       | ^^^^^^^^^^
       |
       = help: write, for example, `statistic = "Average"`

    error: 3 problems in bad.toml
    "#);
}

#[test]
fn a_missing_table_has_no_place() {
    let start = EXAMPLE.find("[traffic]").expect("traffic");
    let end = EXAMPLE.find("[endpoint]").expect("endpoint");
    let text = format!("{}{}", &EXAMPLE[..start], &EXAMPLE[end..]);
    insta::assert_snapshot!(errors(&text).render(false), @r#"
    error: the scenario needs the key `traffic`
    --> bad.toml
     = help: add [traffic] with, say, `arrivals = { poisson = { rate_per_s = 100.0 } }`

    error: 1 problem in bad.toml
    "#);
}

#[test]
fn syntax_errors() {
    let text = edited(&[("runs = 1000", "runs ="), ("\"90m\"", "90m"), ("[green]", "[blue]")]);
    insta::assert_snapshot!(errors(&text).render(false), @r#"
    error: not TOML: a value is missing
     --> bad.toml:6:25
      |
    6 | runs =                  # replications of each strategy and regression
      |                         ^
      |
      = help: put texts, times and percentages in double quotes

    error: not TOML: string values must be quoted, expected literal string
     --> bad.toml:8:11
      |
    8 | horizon = 90m              # simulated after the update is requested
      |           ^^^
      |
      = help: put texts, times and percentages in double quotes

    error: not TOML: duplicate key
      --> bad.toml:29:2
       |
    29 | [blue]                      # whatever is absent is as blue
       |  ^^^^
       |
       = help: write each key and each [table] once; lists of tables have [[double]] brackets

    error: 3 problems in bad.toml
    "#);
}

#[test]
fn a_value_over_several_lines_is_shown_by_its_first() {
    let steps = "steps = [\n  { share = \"10%\" },\n  { share = \"50%\" },\n]\nall_at_once = {}";
    let text = edited(&[("all_at_once = { final_bake = \"10m\" }", steps)]);
    insta::assert_snapshot!(errors(&text).render(false), @r#"
    error: the strategy "all at once" is all_at_once and steps at once
      --> bad.toml:71:9
       |
    71 | steps = [
       |         ^
       |
       = help: give one of `all_at_once`, `canary`, `linear`, `rolling`, `shadow`, `ab_test`, `steps`, `ramp`, `code_deploy`, `time_based_canary`, `time_based_linear`, `ecs_rolling`

    error: 1 problem in bad.toml
    "#);
}

#[test]
fn styles_are_the_callers_choice() {
    let text = edited(&[("runs = 1000", "runs = 0")]);
    let errors = errors(&text);
    assert!(errors.render(true).contains("\u{1b}["));
    assert!(!errors.render(false).contains('\u{1b}'));
    assert_eq!(errors.to_string(), errors.render(false));
}

#[test]
fn problems_carry_their_path_and_line() {
    let text = edited(&[("size = \"10%\"", "size = \"60%\"")]);
    let errors = errors(&text);
    let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
    assert_eq!(problem.path, "strategies[1].canary.size");
    let line = text.lines().position(|line| line.contains("60%")).expect("the line") + 1;
    assert_eq!(errors.line_of(problem), Some(line));
    let span = problem.span.clone().expect("a place");
    assert_eq!(&text[span], "\"60%\"");
}

#[test]
fn a_broken_entry_does_not_make_others_look_broken() {
    // The second alarm cannot be read, so nobody can say whether the list of alarms is right.
    let text = edited(&[
        ("name = \"p99-latency\"\n", ""),
        ("all_at_once = { final_bake = \"10m\" }", "all_at_once = {}\nalarms = [\"p99-latency\"]"),
    ]);
    let errors = errors(&text);
    assert_eq!(errors.problems.len(), 1, "{errors}");
    assert_eq!(errors.problems[0].path, "alarms[1].name");
}

#[test]
fn at_most_a_hundred_problems_are_listed() {
    let keys: Vec<String> = (0..1000).map(|i| format!("x{i} = 1\n")).collect();
    let keys = keys.concat();
    let errors = errors(&format!("{keys}{EXAMPLE}"));
    assert_eq!(errors.problems.len(), 100);
    let many = "[[incidents]]\nname = \"i\"\nlasts = \"0s\"\neffect = {}\n".repeat(200);
    let errors = self::errors(&format!("{EXAMPLE}{many}"));
    assert_eq!((errors.problems.len(), errors.more), (100, 699));
    assert!(errors.to_string().contains("799 problems in bad.toml, 100 shown"));
}

#[test]
fn lists_have_at_most_a_thousand_entries() {
    let many = "[[strategies]]\nname = \"s\"\nall_at_once = {}\n".repeat(1001);
    let errors = errors(&format!("{EXAMPLE}{many}"));
    let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
    assert_eq!(problem.message, "there are 1005 strategies");
}
