//! The same file and seed give the same results, whatever runs beside them.

use crate::support::{GREEN_5XX, STRATEGIES, results, scenario, small};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::kept::{Kept, Room};
use rollout_sim::experiment::precision::next_look;
use rollout_sim::experiment::runner::Progress;
use rollout_sim::experiment::runner::{Unwatched, run, run_within};
use rollout_sim::experiment::summary::Summary;
use rollout_sim::experiment::view::View;
use rollout_sim::report::{OutputFile, render};
use rollout_sim::simulation::outcome::Outcome;
use rollout_sim::simulation::replication::{ArmId, replicate};
use std::sync::atomic::{AtomicU64, Ordering};

fn toml() -> String {
    let rest = format!(
        r#"overdispersion = {{ correlation = 0.01, interval = "60s" }}
[green]
cold_start = {{ factor = 3.0, lasts = "90s" }}
[[regressions]]
name = "errors"
errors = {{ errors_5xx = 0.04 }}
[[regressions]]
name = "tail"
tail = {{ share = 0.1, factor = 8.0 }}
[[incidents]]
name = "outage"
rate_per_day = 20.0
lasts = "3m"
spread = "exponential"
effect = {{ errors_5xx = 0.2, traffic_factor = 1.5 }}
{GREEN_5XX}{STRATEGIES}"#
    );
    small("routing = \"least-outstanding\"\ntimeout = \"2s\"", &rest)
        .replace("phase = \"aligned\"", "phase = \"random\"")
}

fn on_threads(threads: usize) -> Results {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| run(&scenario(&toml()), &Unwatched).expect("no trace is read"))
}

fn files(results: &Results) -> Vec<OutputFile> {
    let (summary, comparison) = (Summary::of(results), Comparison::of(results));
    render(results, &summary, &comparison, Vec::new()).expect("every file can be made")
}

#[test]
fn one_thread_or_many_give_the_same_bytes() {
    let (one, many) = (on_threads(1), on_threads(5));
    let (one, many) = (files(&one), files(&many));
    assert!(one.len() >= 5);
    for (one, many) in one.iter().zip(&many) {
        assert_eq!(one.name, many.name);
        assert!(one.bytes == many.bytes, "{} differs", one.name);
    }
}

#[test]
fn a_run_is_the_same_alone_or_in_company_and_recorded_or_not() {
    let scenario = scenario(&toml());
    let together = results(&toml());
    for outcome in together.outcomes.iter().filter(|outcome| outcome.replication % 7 == 3) {
        let arm = ArmId { strategy: outcome.strategy, regression: outcome.regression };
        for recorded in [false, true] {
            let alone = replicate(&scenario, outcome.replication, &[arm], recorded, &|| true)
                .expect("no trace is read")
                .expect("nobody interrupts");
            assert_eq!(&alone.outcomes[0], outcome);
        }
    }
}

#[test]
fn another_strategy_or_regression_changes_nothing_for_the_others() {
    let all = results(&toml());
    let fewer = toml()
        .replace("[[strategies]]\nname = \"all\"\nall_at_once = { final_bake = \"10m\" }\n", "");
    let fewer = results(&fewer);
    assert_eq!(fewer.scenario.strategies.len() + 1, all.scenario.strategies.len());
    let rest = all.outcomes.iter().filter(|outcome| outcome.strategy > 0);
    for (with, without) in rest.zip(&fewer.outcomes) {
        assert_eq!(with.to_horizon, without.to_horizon);
        assert_eq!(with.alarm_at, without.alarm_at);
    }
}

#[test]
fn another_seed_is_other_luck() {
    let other = toml().replace("seed = 9", "seed = 10");
    let (one, other) = (results(&toml()), results(&other));
    let differ =
        one.outcomes.iter().zip(&other.outcomes).filter(|(a, b)| a.to_horizon != b.to_horizon);
    assert_eq!(differ.count(), one.outcomes.len());
}

/// Little traffic, many runs, and a precision that is neither reached at the first look nor missed.
fn precise(precision: &str) -> String {
    toml()
        .replace("rate_per_s = 20.0", "rate_per_s = 0.5")
        .replace("runs = 20", &format!("runs = 200{precision}"))
}

/// The widest interval of a verdict's share in `summary.csv`, of the first `runs` replications.
fn widest(plain: &Results, runs: u64) -> f64 {
    let mut first = plain.clone();
    first.outcomes.retain(|run| run.replication < runs);
    let verdicts = ["detected", "missed", "false_rollback", "passed", "undecided"];
    let summary = Summary::of(&first);
    let shares = summary.rows().iter().filter(|row| verdicts.contains(&row.metric.as_str()));
    shares.map(|row| row.high.expect("a share") - row.low.expect("a share")).fold(0.0, f64::max)
}

#[test]
fn a_precision_ends_at_the_first_look_that_is_sure_enough() {
    let plain = results(&precise(""));
    let asked = f64::midpoint(widest(&plain, 100), widest(&plain, 150));
    let text = precise(&format!("\nprecision = {asked}"));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| run(&scenario(&text), &Unwatched).expect("no trace is read"))
    };
    let (one, three) = (on(1), on(3));
    assert_eq!(files(&one), files(&three));
    let looks = std::iter::successors(Some(100), |&done| Some(next_look(done, 200)));
    let enough = looks.take_while(|&done| done < 200).find(|&done| widest(&plain, done) <= asked);
    assert_eq!((enough, one.runs_asked), (Some(150), 150));
    let first = plain.outcomes.iter().filter(|run| run.replication < 150);
    assert!(first.eq(&one.outcomes), "they are not those of a plain run");
    let reached = one.precision.expect("a precision was asked for");
    assert!(reached.is_enough());
    assert!((reached.widest - widest(&plain, 150)).abs() < 1e-15);
}

/// Stops once so many runs are done.
struct Until(u64, AtomicU64);

impl Progress for Until {
    fn advance(&self, runs: u64) {
        self.1.fetch_add(runs, Ordering::Relaxed);
    }
    fn go_on(&self) -> bool {
        self.1.load(Ordering::Relaxed) < self.0
    }
}

#[test]
fn a_precision_that_is_broken_off_or_out_of_reach_says_so() {
    let text = precise("\nprecision = 0.001");
    let capped = results(&text);
    assert_eq!(capped.runs_asked, 200);
    let reached = capped.precision.as_ref().expect("a precision was asked for");
    assert!(!reached.is_enough() && reached.runs_needed > 200);
    let arms = capped.outcomes.len() as u64 / 200;
    let broken = run(&scenario(&text), &Until(120 * arms, AtomicU64::new(0))).expect("no trace");
    let done = broken.outcomes.len() as u64 / arms;
    assert!((100..150).contains(&done) && broken.runs_asked == 150, "{done}");
    assert!(broken.precision.is_some_and(|reached| !reached.is_enough()));
}

/// What an outcome may hold: an A/B test with its variants, a shadow test, quality, a KPI.
fn everything() -> String {
    let more = r#"
[quality]
accuracy = 0.9
[kpi]
conversion = "5%"
revenue = { mean_value = 20.0 }
[[strategies]]
name = "shadow"
shadow = { sample = "50%", lasts = "5m", then = "stop" }
[[strategies]]
name = "a/b"
ab_test = { lasts = "5m", test = { always_valid = {} } }
"#;
    format!("{}{more}", precise("").replace("runs = 200", "runs = 10"))
}

#[test]
fn outcomes_past_the_limit_are_in_a_file_and_give_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = scenario(&everything());
    let memory = run(&scenario, &Unwatched).expect("no trace is read");
    let all = size_of::<Outcome>() * memory.outcomes.len();
    for (bytes_most, is_in_memory) in [(0, false), (all / 2, false), (2 * all, true)] {
        let room = Room { bytes_most, folder: folder.path().to_owned() };
        let kept = run_within(&scenario, &Unwatched, &room).expect("there is room on the disk");
        assert_eq!(matches!(kept.outcomes, Kept::Memory(_)), is_in_memory, "{bytes_most}");
        assert_eq!(folder.path().read_dir().expect("a folder").count(), 0, "the file has no name");
        let view = View::from(&kept);
        let arms = view.arms().map(|(s, r)| view.runs.arm(s, r).expect("readable").into_owned());
        assert!(arms.flatten().eq(memory.outcomes.iter().cloned()));
        assert_eq!(view.runs_in_all(), memory.outcomes.len());
        let summary = Summary::read(view).expect("readable");
        let comparison = Comparison::read(view).expect("readable");
        let again = render(view, &summary, &comparison, Vec::new()).expect("files");
        assert!(again == files(&memory), "{bytes_most}");
        if let Kept::File(file) = &kept.outcomes {
            let each = file.bytes() / memory.outcomes.len() as u64;
            assert!((100..800).contains(&each), "{each} bytes an outcome");
        }
    }
}

#[test]
fn outcomes_that_cannot_be_kept_are_no_panic() {
    let room = Room { bytes_most: 0, folder: "/nowhere/at/all".into() };
    let error = run_within(&scenario(&precise("")), &Unwatched, &room).expect_err("no such folder");
    assert!(error.to_string().contains("could not keep outcomes"), "{error}");
}
