//! Whether recommendations hold: ten small endpoints of different kinds, each tuned with many seeds, and what
//! was recommended played in the closed loop on fresh ones.
//!
//! `cargo bench --bench recommendations` prints the table of docs/validation.md; `-- NAME 5` takes one
//! endpoint and five seeds, `-- all 5` every endpoint. `-- NAME 20 advised` tunes with the runs that `tune`
//! itself advises instead, and with twice as many, and says whether the second answer lies where the first
//! one told that other thresholds do as well.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program that prints tables"
)]

use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::{Expanded, Loaded, Overrides, Scenario};
use rollout_sim::simulation::outcome::{Outcome, Verdict};
use rollout_sim::stats::limit::fewest_broken;
use rollout_sim::tuning::results::{Setting, TuneResults};
use rollout_sim::tuning::run::tune;
use rollout_sim::tuning::standing::{Standing, runs_advised};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Seeds for each endpoint.
const SEEDS: u64 = 20;
/// Runs of the closed loop; a share that is 1.5 times a limit of 5 % is caught in half of the cases.
const CLOSED_RUNS: u64 = 400;
/// Closed loops have seeds from here on: no tuning has seen them.
const FRESH: u64 = 1_000_000;

/// What became of one endpoint.
#[derive(Default)]
struct Row {
    confirmed: u64,
    open: u64,
    broken: u64,
    kept: u64,
    longest: Duration,
    shapes: Vec<String>,
}

impl Row {
    fn count(&mut self, standing: Option<&Standing>) {
        match standing {
            Some(Standing::Confirmed) => self.confirmed += 1,
            Some(Standing::Broken | Standing::BrokenAtAnEnd) => self.broken += 1,
            Some(Standing::Open { .. }) | None => self.open += 1,
        }
    }
}

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let only = words.next();
    let seeds = words.next().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let is_wanted =
        |path: &PathBuf| only.as_ref().is_none_or(|only| only == "all" || *only == name(path));
    let wanted: Vec<PathBuf> = endpoints().into_iter().filter(is_wanted).collect();
    match words.next().as_deref() {
        None => as_given(&wanted, seeds),
        Some("advised") => as_advised(&wanted, seeds),
        Some(word) => panic!("`{word}` is not `advised`"),
    }
}

fn name(path: &Path) -> String {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned()
}

/// Each endpoint with its own runs, played in the closed loop.
fn as_given(paths: &[PathBuf], seeds: u64) {
    println!("| endpoint | confirmed | open | broken | kept in the closed loop | longest tuning |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let mut kept = 0;
    for path in paths {
        let mut row = Row::default();
        (1..=seeds).for_each(|seed| try_one(path, seed, &mut row));
        kept += row.kept;
        println!(
            "| {} | {} | {} | {} | {} of {seeds} | {:.1} s |",
            name(path),
            row.confirmed,
            row.open,
            row.broken,
            row.kept,
            row.longest.as_secs_f64()
        );
        eprintln!("{}: {}", name(path), row.shapes.join("; "));
    }
    println!("\n{kept} kept in all.");
}

/// Each endpoint with the runs that `tune` advises, and with twice as many.
fn as_advised(paths: &[PathBuf], seeds: u64) {
    println!(
        "| endpoint | runs | confirmed | open | broken | with twice the runs inside what was told |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for path in paths {
        let spec = load(path, &Overrides::default()).tune;
        let runs =
            runs_advised([spec.max_false_rollback, spec.max_missed]).expect("limits below 1");
        let mut row = Row::default();
        for seed in 1..=seeds {
            let first = tuned(path, seed, Some(runs)).2;
            row.count(first.standing.as_ref());
            let second = tuned(path, seed, Some(2 * runs)).2;
            row.kept += u64::from(is_stable(&first, &second));
            row.shapes.push(format!("{} / {}", told(&first), told(&second)));
        }
        println!(
            "| {} | {runs} | {} | {} | {} | {} of {seeds} |",
            name(path),
            row.confirmed,
            row.open,
            row.broken,
            row.kept
        );
        eprintln!("{}: {}", name(path), row.shapes.join("; "));
    }
}

/// Whether every alarm of the second answer has a shape and a threshold that the first one told do as well.
fn is_stable(first: &TuneResults, second: &TuneResults) -> bool {
    let (Some(best), Some(second)) = (&first.best, &second.best) else {
        return first.best.is_none() && second.best.is_none();
    };
    let is_told = |(alarm, chosen): (usize, &Setting)| {
        let others = first.alternatives.iter().filter(|other| other.alarm == alarm);
        let told = others.map(|other| &other.setting).chain([&best.policy.settings[alarm]]);
        told.filter(|told| told.shape == chosen.shape).any(|told| {
            (told.equivalent.0..=told.equivalent.1).contains(&chosen.threshold.as_f64())
        })
    };
    best.policy.plan == second.policy.plan && second.policy.settings.iter().enumerate().all(is_told)
}

/// What was chosen, and between which thresholds others do as well.
fn told(results: &TuneResults) -> String {
    let Some(best) = &results.best else { return "none".to_owned() };
    let others = results.alternatives.iter().map(|other| &other.setting);
    let thresholds = best.policy.settings.iter().chain(others).map(|setting| {
        let shape = &results.expansion.shapes[setting.shape].spec;
        let (m, n) = (shape.datapoints_to_alarm, shape.evaluation_periods);
        let (low, high) = setting.equivalent;
        format!("{m} of {n} at {:.4} [{low:.4}, {high:.4}]", setting.threshold.as_f64())
    });
    thresholds.collect::<Vec<_>>().join(", ")
}

fn endpoints() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/endpoints");
    let files = std::fs::read_dir(folder).expect("the endpoints").flatten();
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
    paths.sort();
    paths
}

fn load(path: &Path, overrides: &Overrides) -> Loaded {
    Scenario::load_with(path, overrides).unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

/// What was loaded, its candidates, and what `tune` says of them.
fn tuned(path: &Path, seed: u64, runs: Option<u64>) -> (Loaded, Expanded, TuneResults) {
    let loaded = load(path, &Overrides { seed: Some(seed), runs, ..Overrides::default() });
    let expanded = loaded.expand().unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let results = tune(&loaded.tune, &expanded.expansion, &Unwatched).expect("no trace is read");
    (loaded, expanded, results)
}

fn try_one(path: &Path, seed: u64, row: &mut Row) {
    let begun = Instant::now();
    let (loaded, expanded, results) = tuned(path, seed, None);
    row.longest = row.longest.max(begun.elapsed());
    row.count(results.standing.as_ref());
    let Some(best) = &results.best else { return };
    let text = loaded
        .policy(&expanded, best.policy.plan, &best.policy.thresholds())
        .expect("a policy that can be written");
    row.shapes.push(told(&results));
    row.kept += u64::from(holds(&loaded, &text, seed, &results));
}

/// Whether no limit is significantly broken by the policy on fresh seeds.
fn holds(loaded: &Loaded, text: &str, seed: u64, results: &TuneResults) -> bool {
    let parsed = Scenario::parse(text, "tuned", Path::new("."));
    let mut scenario = parsed.unwrap_or_else(|errors| panic!("{}", errors.render(false))).scenario;
    scenario.experiment.seed = FRESH + seed;
    scenario.experiment.runs = CLOSED_RUNS;
    let outcomes = run(&scenario, &Unwatched).expect("no trace is read").outcomes;
    let count = |release: usize, verdict: Verdict| {
        let is = |run: &&Outcome| run.regression == release && run.verdict == verdict;
        outcomes.iter().filter(is).fold(0_u64, |count, _| count + 1)
    };
    let is_broken = |events: u64, of: u64, limit: f64| {
        fewest_broken(limit, of).is_some_and(|fewest| events >= fewest)
    };
    let spec = &loaded.tune;
    let left_out = |release: usize| results.left_out.iter().any(|one| one.regression == release);
    (0..scenario.regressions.len()).all(|release| {
        if scenario.regressions[release].healthy {
            let events = count(release, Verdict::FalseRollback);
            return !is_broken(events, CLOSED_RUNS, spec.max_false_rollback);
        }
        let missed = count(release, Verdict::Missed);
        let of = missed + count(release, Verdict::Caught);
        left_out(release) || !is_broken(missed, of, spec.max_missed)
    })
}
