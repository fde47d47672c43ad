//! Whether recommendations hold: ten small endpoints of different kinds, each tuned with many seeds, and what
//! was recommended played in the closed loop on fresh ones.
//!
//! `cargo bench --bench recommendations` prints the table of docs/validation.md; `-- NAME 5` takes one
//! endpoint and five seeds, `-- all 5` every endpoint.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program that prints tables"
)]

use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::{Loaded, Overrides, Scenario};
use rollout_sim::simulation::outcome::{Outcome, Verdict};
use rollout_sim::stats::limit::fewest_broken;
use rollout_sim::tuning::results::TuneResults;
use rollout_sim::tuning::run::tune;
use rollout_sim::tuning::standing::Standing;
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

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let only = words.next();
    let seeds = words.next().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    println!("| endpoint | confirmed | open | broken | kept in the closed loop | longest tuning |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let mut kept = 0;
    for path in endpoints() {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        if only.as_ref().is_some_and(|only| only != "all" && *only != name) {
            continue;
        }
        let mut row = Row::default();
        (1..=seeds).for_each(|seed| try_one(&path, seed, &mut row));
        kept += row.kept;
        println!(
            "| {name} | {} | {} | {} | {} of {seeds} | {:.1} s |",
            row.confirmed,
            row.open,
            row.broken,
            row.kept,
            row.longest.as_secs_f64()
        );
        eprintln!("{name}: {}", row.shapes.join("; "));
    }
    println!("\n{kept} kept in all.");
}

fn endpoints() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/endpoints");
    let files = std::fs::read_dir(folder).expect("the endpoints").flatten();
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
    paths.sort();
    paths
}

fn try_one(path: &Path, seed: u64, row: &mut Row) {
    let overrides = Overrides { seed: Some(seed), ..Overrides::default() };
    let loaded = Scenario::load_with(path, &overrides)
        .unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let expanded = loaded.expand().unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let begun = Instant::now();
    let results = tune(&loaded.tune, &expanded.expansion, &Unwatched).expect("no trace is read");
    row.longest = row.longest.max(begun.elapsed());
    match results.standing {
        Some(Standing::Confirmed) => row.confirmed += 1,
        Some(Standing::Broken | Standing::BrokenAtAnEnd) => row.broken += 1,
        Some(Standing::Open { .. }) | None => row.open += 1,
    }
    let Some(best) = &results.best else { return };
    let text = loaded
        .policy(&expanded, best.policy.plan, &best.policy.thresholds())
        .expect("a policy that can be written");
    let thresholds = best.policy.settings.iter().map(|setting| {
        let shape = &expanded.expansion.shapes[setting.shape].spec;
        let (m, n) = (shape.datapoints_to_alarm, shape.evaluation_periods);
        format!("{m} of {n} at {}", setting.threshold.as_f64())
    });
    row.shapes.push(thresholds.collect::<Vec<_>>().join(", "));
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
