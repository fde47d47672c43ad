//! The numbers of two tiny scenarios, as they were.
//!
//! A change of a number here changes users' numbers for the same file and seed. If that is meant, say so:
//!
//! 1. write a line that begins with *Value-breaking:* in `CHANGELOG.md`;
//! 2. accept the new numbers with `INSTA_UPDATE=always cargo test --test outcomes_golden` and look at the
//!    difference that `git diff` shows;
//! 3. raise the version.
//!
//! Floats are rounded to 9 significant digits, so that another system's `exp` or `ln`, which may differ in
//! the last of 16, changes nothing.

mod support;

use insta::assert_snapshot;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::render;
use support::{GREEN_5XX, STRATEGIES, results, small};

/// `runs.csv` turned on its side: a line for each column that is not empty, a value for each run.
fn runs(toml: &str) -> String {
    let results = results(toml);
    let (summary, comparison) = (Summary::of(&results), Comparison::of(&results));
    let files =
        render(&results, &summary, &comparison, Vec::new()).expect("every file can be made");
    let runs = files.iter().find(|file| file.name == "runs.csv").expect("a table of runs");
    let mut reader = csv::Reader::from_reader(runs.bytes.as_slice());
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("a table");
    let lines = header.iter().enumerate().map(|(column, name)| {
        let values: Vec<String> = rows.iter().map(|row| rounded(&row[column])).collect();
        format!("{name}: {}\n", values.join(" | "))
    });
    lines.collect()
}

/// A number with 9 significant digits; anything else as it is.
fn rounded(cell: &str) -> String {
    let digits = cell.trim_start_matches(['-', '0', '.']).chars().filter(char::is_ascii_digit);
    match cell.parse::<f64>() {
        Ok(number) if digits.count() > 9 => format!("{number:.8e}"),
        _ => cell.to_owned(),
    }
}

#[test]
fn numbers_are_rounded_to_nine_digits() {
    let cells = ["0.1234567891234", "12", "", "canary", "-1.5", "1234.56789012345"];
    let texts = ["1.23456789e-1", "12", "", "canary", "-1.5", "1.23456789e3"];
    assert_eq!(cells.map(rounded), texts);
}

#[test]
fn errors_under_queues() {
    let rest = format!(
        "overdispersion = {{ correlation = 0.01, interval = \"60s\" }}\n[green]\n\
         cold_start = {{ factor = 3.0, lasts = \"90s\" }}\n\
         [[regressions]]\nname = \"bad\"\nerrors = {{ errors_5xx = 0.04 }}\n\
         [[incidents]]\nname = \"outage\"\nrate_per_day = 40.0\nlasts = \"3m\"\n\
         spread = \"exponential\"\neffect = {{ errors_5xx = 0.2, traffic_factor = 1.5 }}\n\
         {GREEN_5XX}{STRATEGIES}"
    );
    let toml = small("routing = \"least-outstanding\"\ntimeout = \"2s\"", &rest)
        .replace("phase = \"aligned\"", "phase = \"random\"")
        .replace("runs = 20", "runs = 3");
    assert_snapshot!(runs(&toml));
}

#[test]
fn latency_under_bursts_and_a_shadow() {
    let rest = r#"
[[regressions]]
name = "slow"
latency = { factor = 1.8 }
tail = { share = 0.02, factor = 10.0 }
onset = { after_first_traffic = "4m" }
[[alarms]]
name = "p90"
metric = "ModelLatency"
statistic = "p90"
fleet = "shadow"
threshold = "150ms"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
[[strategies]]
name = "shadow"
shadow = { sample = "40%", lasts = "12m", final_bake = "5m" }
[[strategies]]
name = "steps"
steps = [{ share = "7%", bake = "3m" }, { share = "100%", bake = "6m" }]
"#;
    let toml = small("capacity = \"unlimited\"\nshift_by = \"percent\"", rest)
        .replace("runs = 20", "runs = 3")
        .replace("poisson = { rate_per_s = 20.0 }", "gamma = { rate_per_s = 8.0, cv = 2.0 }")
        .replace("users = 500", "users = 500\nsticky_users = true")
        .replace(
            "lognormal = { median = \"50ms\", p99 = \"120ms\" }",
            "gamma = { mean = \"60ms\", cv = 0.7 }",
        );
    assert_snapshot!(runs(&toml));
}
