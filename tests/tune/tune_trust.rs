//! What a tuning may be trusted with: faults that nothing sees, too few runs, the horizon, missing users,
//! threads and interruptions.

use rollout_sim::experiment::runner::{Progress, Unwatched};
use rollout_sim::report::OutputFile;
use rollout_sim::report::terminal::Terminal;
use rollout_sim::report::tune::{render, terminal};
use rollout_sim::scenario::Scenario;
use rollout_sim::tuning::results::{Evaluated, TuneResults};
use rollout_sim::tuning::run::tune;
use rollout_sim::tuning::standing::Standing;
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// A few requests a second, of which a canary of a fifth is watched; one fault is plain to see. The traffic
/// is a quarter more or less than said.
const PLAIN: &str = r#"
name = "trust"
[experiment]
runs = 240
seed = 5
horizon = "40m"
warm_up = "5m"
baseline = "none"
[traffic]
arrivals = { poisson = { rate_per_s = 5.0 } }
[endpoint]
concurrency = 1
instances = 10
provision = "1m"
switch = "0s"
[blue]
latency = { constant = "40ms" }
errors_5xx = 0.01
[[regressions]]
name = "one in eight fails"
errors = { errors_5xx = 0.125 }
[[alarms]]
name = "5xx"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.2
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 2
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
[[strategies]]
name = "canary"
canary = { size = "20%", bake = "8m", final_bake = "5m" }
[tune]
max_false_rollback = "5%"
max_missed = "10%"
[[tune.alarms]]
alarm = "5xx"
m_of_n = ["1 of 1", "3 of 3"]
"#;

/// No error more than before.
const UNSEEN: &str = r#"
[[regressions]]
name = "a hair slower"
latency = { factor = 1.0001 }
"#;

fn with_unseen() -> String {
    PLAIN.replace("[[alarms]]", &format!("{UNSEEN}[[alarms]]"))
}

fn only_unseen() -> String {
    let begin = PLAIN.find("[[regressions]]").expect("a fault");
    let end = PLAIN.find("[[alarms]]").expect("an alarm");
    format!("{}{UNSEEN}{}", &PLAIN[..begin], &PLAIN[end..])
}

fn tuned_by(text: &str, progress: &dyn Progress) -> TuneResults {
    let loaded = Scenario::parse(text, "trust.toml", Path::new("."));
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    let expanded = loaded.expand().unwrap_or_else(|errors| panic!("{errors}"));
    tune(&loaded.tune, &expanded.expansion, progress).expect("no trace")
}

fn tuned(text: &str) -> TuneResults {
    tuned_by(text, &Unwatched)
}

fn page(results: &TuneResults) -> String {
    terminal(results, Terminal { width: None, styled: false })
}

fn files(results: &TuneResults) -> Vec<OutputFile> {
    render(results, vec![]).expect("files")
}

fn is_for_aws(file: &OutputFile) -> bool {
    file.name.starts_with("aws/")
}

#[test]
fn a_fault_that_nothing_sees_is_named_and_does_not_move_the_recommendation() {
    let (alone, both) = (tuned(PLAIN), tuned(&with_unseen()));
    assert!(alone.left_out.is_empty());
    assert_eq!(both.left_out.iter().map(|out| out.regression).collect::<Vec<_>>(), [2]);
    assert_eq!(both.standing, Some(Standing::Confirmed));
    let [alone, best] = [&alone, &both].map(|results| results.best.as_ref().expect("a policy"));
    assert_eq!(best.policy, alone.policy);
    let page = page(&both);
    assert!(page.starts_with("Recommended: canary with '5xx': "), "{page}");
    assert!(page.contains("\nLeft out: 'a hair slower'."), "{page}");
    assert!(page.contains("Not even that one can tell it from a good release"), "{page}");
    assert!(files(&both).iter().any(is_for_aws));
}

#[test]
fn where_nothing_sees_the_only_fault_nothing_is_recommended_and_what_would_help_is_tried() {
    // Seventy runs are time for bakes that are twice as long, and for nothing else.
    let results = tuned(&only_unseen().replace("runs = 240", "runs = 80"));
    assert_eq!((&results.best, results.standing), (&None, None));
    let tried: Vec<&str> = results.remedies.iter().map(|one| one.change.as_str()).collect();
    assert_eq!(tried, ["bakes 2 times as long"]);
    assert!((60..80).contains(&results.remedies[0].results.runs));
    let page = page(&results);
    assert!(page.starts_with("No policy keeps the limits: "), "{page}");
    for said in [
        "No regression can be caught within the limit on false rollbacks",
        "\nNearest: canary with '5xx': ",
        "\nLeft out: 'a hair slower'.",
        "\nWhat was tried besides does not help either:",
    ] {
        assert!(page.contains(said), "no {said:?} in {page}");
    }
    assert!(!page.contains("Recommended") && !files(&results).iter().any(is_for_aws), "{page}");
}

#[test]
fn too_few_runs_recommend_nothing() {
    let results = tuned(&PLAIN.replace("runs = 240", "runs = 40"));
    // A limit of 5 % takes 59 runs without an event in the half that reports.
    assert_eq!(results.standing, Some(Standing::Open { runs_needed: Some(118) }));
    let page = page(&results);
    assert!(page.starts_with("The best so far, not yet a recommendation: "), "{page}");
    // Those make it likely that what they choose is confirmed; at these rates 118 would do.
    assert!(page.contains("`--runs 824`") && !page.contains("Recommended"), "{page}");
    assert!(!files(&results).iter().any(is_for_aws));
}

#[test]
fn the_horizon_does_not_decide() {
    let short = tuned(PLAIN);
    let long = tuned(&PLAIN.replace("horizon = \"40m\"", "horizon = \"2h\""));
    let [a, b] = [&short, &long].map(|results| results.best.as_ref().expect("a policy"));
    let setting = |one: &Evaluated| one.policy.settings[0];
    assert_eq!((a.policy.plan, setting(a).shape), (b.policy.plan, setting(b).shape));
    for (one, other) in [(setting(a), setting(b)), (setting(b), setting(a))] {
        let threshold = one.threshold.as_f64();
        let (low, high) = other.equivalent;
        assert!((low..=high).contains(&threshold), "{threshold} of {low} to {high}");
    }
    assert_eq!(short.standing, long.standing);
}

/// All values of this key, however deep.
fn values<'v>(json: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match json {
        Value::Object(table) => {
            found.extend(table.get(key));
            table.values().for_each(|value| values(value, key, found));
        }
        Value::Array(list) => list.iter().for_each(|value| values(value, key, found)),
        _ => {}
    }
}

#[test]
fn without_users_in_the_scenario_none_are_spoken_of() {
    let results = tuned(&PLAIN.replace("runs = 240", "runs = 120"));
    assert!(!page(&results).to_lowercase().contains("user"));
    for file in files(&results) {
        let text = String::from_utf8(file.bytes.clone()).expect("UTF-8");
        // The columns and keys are always there.
        assert!(
            !text.replace("users_touched", "").to_lowercase().contains("user"),
            "{}",
            file.name
        );
        if file.name == "recommendation.json" {
            let json: Value = serde_json::from_str(&text).expect("JSON");
            let mut found = Vec::new();
            values(&json, "users_touched", &mut found);
            assert!(!found.is_empty() && found.iter().all(|value| value.is_null()), "{found:?}");
        }
        if file.name == "detections.csv" {
            let mut reader = csv::Reader::from_reader(&*file.bytes);
            let header = reader.headers().expect("a header").clone();
            let columns = header.iter().enumerate().filter(|(_, name)| name.starts_with("users"));
            let columns: Vec<usize> = columns.map(|(index, _)| index).collect();
            assert_eq!(columns.len(), 3);
            for row in reader.records().map(|row| row.expect("a row")) {
                assert!(columns.iter().all(|&column| row[column].is_empty()), "{row:?}");
            }
        }
    }
}

#[test]
fn the_files_are_the_same_bytes_on_any_number_of_threads() {
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let results = pool.install(|| tuned(&with_unseen().replace("runs = 240", "runs = 60")));
        let places = results.expansion.uncertain().iter().map(|one| one.key.as_str());
        assert_eq!(places.collect::<Vec<_>>(), ["traffic.rate"]);
        (page(&results), files(&results))
    };
    assert!(with(1) == with(3), "threads change the files");
}

/// Stops once so many runs are done.
struct StopsAfter {
    runs: u64,
    done: AtomicU64,
}

impl Progress for StopsAfter {
    fn advance(&self, runs: u64) {
        self.done.fetch_add(runs, Ordering::Relaxed);
    }

    fn go_on(&self) -> bool {
        self.done.load(Ordering::Relaxed) < self.runs
    }
}

#[test]
fn interrupted_it_judges_what_is_finished_and_tries_nothing_more() {
    // Two arms a replication; of those under way at once, the ones up to the first unfinished count.
    let progress = StopsAfter { runs: 60, done: AtomicU64::new(0) };
    let results = tuned_by(&only_unseen(), &progress);
    assert!((1..240).contains(&results.runs), "{}", results.runs);
    assert_eq!((results.runs_asked, results.remedies.len()), (240, 0));
    let page = page(&results);
    assert!(page.starts_with("Interrupted: ") && page.contains("of 240 replications"), "{page}");
    let manifest = files(&results).pop().expect("the manifest is last");
    let manifest: Value = serde_json::from_slice(&manifest.bytes).expect("JSON");
    assert_eq!(
        (&manifest["partial"], &manifest["runs_done"]),
        (&true.into(), &results.runs.into())
    );
    let nothing = StopsAfter { runs: 0, done: AtomicU64::new(0) };
    let results = tuned_by(PLAIN, &nothing);
    assert_eq!((results.runs, &results.best, &results.nearest), (0, &None, &None));
    assert!(results.left_out.is_empty());
}
