//! `docs/output.md` names every column, metric, statistic, value, event and key of the output, and no other.
//!
//! In the section of a file (`## runs.csv`) the first cell of each table row holds names in backticks. A
//! table under `<!-- stems: before_ _after -->` describes families: each of its names stands for as many
//! names, one with each of these prefixes and suffixes.

use crate::described::{Names, documented, page, same};
use crate::support::{GREEN_5XX, STRATEGIES, results, small};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::{OutputFile, render};
use rollout_sim::simulation::outcome::End;
use std::sync::LazyLock;

/// The section of what is both a column of `runs.csv` and a metric of `summary.csv`.
const FIGURES: &str = "### Figures of a run";

/// Promotions, rollbacks of all sorts, a time-out and a shadow test, so that nearly every kind of event
/// occurs.
fn tiny() -> Results {
    let more = r#"
[[regressions]]
name = "bad"
errors = { errors_5xx = 0.3 }
[[strategies]]
name = "shadow"
shadow = { sample = "50%", lasts = "5m", then = "stop" }
[quality]
accuracy = 0.9
[[monitors]]
name = "accuracy"
model_quality = {}
[[strategies]]
name = "late"
all_at_once = { final_bake = "10m" }
alarms = []
timeout = "5m"
[[strategies]]
name = "rolling"
rolling = { batch = "2 instances", bake = "8m", rollback_batch = "1 instance" }
[[strategies]]
name = "stuck"
rolling = { batch = "2 instances", bake = "8m" }
rollback_fails = 1.0
[[regressions]]
name = "late"
crash = true
onset = { at_share = 1.0 }
[kpi]
conversion = "5%"
revenue = { mean_value = 20.0 }
[[strategies]]
name = "a/b"
ab_test = { lasts = "5m", test = { always_valid = {} } }
[[strategies]]
name = "wald"
ab_test = { lasts = "5m", test = { sprt = { p0 = 0.05, p1 = 0.04 } } }
"#;
    let toml = small("", &format!("[green]\n{GREEN_5XX}{STRATEGIES}{more}"));
    // SageMaker has no time-out as short as this one.
    let toml = format!("limits = \"off\"\n{toml}");
    results(
        &toml
            .replace("[controller]", "[controller]\non_timeout = \"stay\"")
            .replace("runs = 20", "runs = 8\nprecision = 0.99"),
    )
}

/// An update that cannot even begin, beside one that has nothing to do with it.
fn blocked() -> Results {
    let strategies = "[[strategies]]\nname = \"all\"\nall_at_once = {}\n";
    results(&small("instance_quota = 7", strategies).replace("runs = 20", "runs = 2"))
}

/// Half of the rollouts are cut short, so that figures have two humps.
fn two_humps() -> Results {
    let mut results = results(&small("", "[[strategies]]\nname = \"all\"\nall_at_once = {}\n"));
    for (at, run) in results.outcomes.iter_mut().enumerate() {
        run.end = if at % 2 == 0 { End::RolledBack } else { End::Promoted };
    }
    results
}

static FILES: LazyLock<Vec<OutputFile>> = LazyLock::new(|| files(&tiny()));

fn files(results: &Results) -> Vec<OutputFile> {
    let (summary, comparison) = (Summary::of(results), Comparison::of(results));
    render(results, &summary, &comparison, Vec::new()).expect("every file can be made")
}

/// What only callers who try again, and asynchronous endpoints, have.
static OTHERS: LazyLock<Vec<Vec<OutputFile>>> = LazyLock::new(|| {
    let clients = "[clients]\n";
    let strategy = "[[strategies]]\nname = \"s\"\nall_at_once = {}\n";
    let forms = [("", clients), ("mode = \"asynchronous\"", "")];
    let made = forms.map(|(endpoint, rest)| {
        let toml = small(endpoint, &format!("{strategy}{rest}")).replace("runs = 20", "runs = 2");
        let results = results(&toml);
        let (summary, comparison) = (Summary::of(&results), Comparison::of(&results));
        render(&results, &summary, &comparison, Vec::new()).expect("every file can be made")
    });
    made.into()
});

fn bytes<'f>(files: &'f [OutputFile], name: &str) -> &'f [u8] {
    &files.iter().find(|file| file.name == name).expect("a file of this name").bytes
}

/// The columns of a table. What follows `alarm ` or `metric ` is a name of the scenario.
fn columns(files: &[OutputFile], name: &str) -> Names {
    let mut reader = csv::Reader::from_reader(bytes(files, name));
    let header = reader.headers().expect("a header");
    let plain = |name: &str| match name.split_once(' ') {
        Some((kind @ ("alarm" | "metric"), _)) => format!("{kind} …"),
        _ => name.into(),
    };
    header.iter().map(plain).collect()
}

/// Everything that stands in a column.
fn values(files: &[OutputFile], name: &str, column: &str) -> Names {
    let mut reader = csv::Reader::from_reader(bytes(files, name));
    let place = reader.headers().expect("a header").iter().position(|header| header == column);
    let place = place.expect("a column of this name");
    let cell = |row: Result<csv::StringRecord, _>| row.expect("a row")[place].to_owned();
    reader.records().map(cell).filter(|value| !value.is_empty()).collect()
}

#[test]
fn every_column_is_described_and_no_other() {
    let (files, page) = (&FILES, page());
    let tables: Vec<&str> =
        files.iter().map(|file| file.name.as_str()).filter(|name| name.contains(".csv")).collect();
    assert_eq!(tables.len(), 6);
    for table in tables {
        let mut described = documented(&page, &format!("## {table}"));
        if table == "runs.csv" {
            described.extend(documented(&page, FIGURES));
        }
        let mut there = columns(files, table);
        // Not every experiment has an A/B test, whose variants have a table of their own.
        let has_it = |files: &&Vec<OutputFile>| files.iter().any(|file| file.name == table);
        there.extend(OTHERS.iter().filter(has_it).flat_map(|files| columns(files, table)));
        same(&there, &described, table);
    }
}

#[test]
fn every_metric_and_statistic_is_described_and_no_other() {
    let (files, page) = (&FILES, page());
    let mut metrics = values(files, "summary.csv", "metric");
    metrics.extend(OTHERS.iter().flat_map(|files| values(files, "summary.csv", "metric")));
    let mut described = documented(&page, "### Metrics of summary.csv");
    described.extend(documented(&page, FIGURES));
    same(&metrics, &described, "metric");
    let statistics = values(files, "summary.csv", "statistic");
    same(&statistics, &documented(&page, "### Statistics of summary.csv"), "statistic");
    let compared = values(files, "comparison.csv", "metric");
    same(&compared, &documented(&page, "### Metrics of comparison.csv"), "compared metric");
}

#[test]
fn every_interval_method_is_described_and_no_other() {
    let (files, page) = (&FILES, page());
    let mut methods = values(files, "summary.csv", "interval");
    methods.extend(values(files, "comparison.csv", "interval"));
    methods.extend(values(&self::files(&two_humps()), "summary.csv", "interval"));
    same(&methods, &documented(&page, "### Interval methods"), "interval method");
}

#[test]
fn every_kind_of_event_is_described_and_no_other() {
    let mut kinds = values(&FILES, "events.csv", "kind");
    kinds.extend(values(&files(&blocked()), "events.csv", "kind"));
    same(&kinds, &documented(&page(), "### Kinds of events"), "kind of event");
}

#[test]
fn every_key_of_an_event_for_eventbridge_is_described() {
    let text = std::str::from_utf8(bytes(&FILES, "events.jsonl")).expect("UTF-8");
    let mut keys = Names::new();
    for line in text.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
        keys.extend(event.as_object().expect("a table").keys().cloned());
    }
    let page = page();
    let section = page.split("## events.jsonl").nth(1).expect("a section");
    let section = section.split("## manifest.json").next().expect("its text");
    for key in keys {
        assert!(section.contains(&format!("`{key}`")), "events.jsonl: {key} is not described");
    }
}

#[test]
fn every_key_of_the_manifest_is_described_and_no_other() {
    let json: serde_json::Value =
        serde_json::from_slice(bytes(&FILES, "manifest.json")).expect("JSON");
    let keys = json.as_object().expect("a table").keys().cloned().collect();
    same(&keys, &documented(&page(), "## manifest.json"), "manifest key");
}

#[test]
fn every_figure_is_described() {
    let figures = documented(&page(), "## plots");
    let mut drawn = Names::new();
    for file in FILES.iter() {
        if let Some(name) = file.name.strip_prefix("plots/").and_then(|n| n.strip_suffix(".svg")) {
            let kind = if name.starts_with("timeline_") { "timeline_…" } else { name };
            drawn.insert(kind.to_owned());
        }
    }
    same(&drawn, &figures, "figure");
}

#[test]
fn ends_and_verdicts_that_occur_are_described() {
    let (files, page) = (&FILES, page());
    for (column, heading) in [("end", "### Ends"), ("verdict", "### Verdicts")] {
        let described = documented(&page, heading);
        let occurring = values(files, "runs.csv", column);
        assert!(occurring.len() >= 2, "{column}: too little occurs: {occurring:?}");
        assert!(occurring.is_subset(&described), "{occurring:?} are not all in {described:?}");
        // The shares of summary.csv have the same names.
        assert!(described.is_subset(&values(files, "summary.csv", "metric")), "{described:?}");
    }
}

#[test]
fn lines_are_short() {
    for (number, line) in page().lines().enumerate() {
        // A row of a table cannot be broken.
        let length = if line.starts_with('|') { 0 } else { line.chars().count() };
        assert!(length <= 120, "docs/output.md:{}: {length} characters", number + 1);
    }
}
