//! The cost model: what a request, an interval, an alarm and a run cost, what features add, and how the time
//! grows as one thing grows.
//!
//! `cargo bench --bench cost -- [REPETITIONS]` prints the tables of docs/performance.md and draws
//! docs/images/cost.svg and cost-replications.svg. All cases are timed in turn, and the least time
//! of each counts.
#![expect(clippy::print_stdout, reason = "it is a program that prints tables")]

mod features;
mod growth;
mod measure;
#[path = "../workload/mod.rs"]
mod workload;

use growth::Growth;
use measure::Case;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::report::plot::chart::{Chart, ChartPanel};
use std::path::Path;
use std::time::Instant;

/// Repetitions unless the command line says otherwise.
const REPETITIONS: u64 = 7;
/// Requests/s times this are the requests of an hour.
const HOUR_S: f64 = 3600.0;

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let repetitions = asked.unwrap_or(REPETITIONS);
    let mut features = features::all();
    let mut growths = growth::all();
    // Nearly no requests: what is left is what a run costs however many there are.
    let mut empty =
        growth::WAYS.map(|(_, way)| Case::w(&[way, &["traffic.rate_per_s=0.001"]].concat()));
    let grown = growths.iter_mut().flat_map(|growth| &mut growth.cases);
    let cases = features.iter_mut().map(|(_, case)| case);
    let cases = cases.chain(grown.flat_map(|(_, cases)| cases)).chain(&mut empty);
    measure::time(cases, repetitions);
    feature_table(&features, repetitions);
    model_table(&growths, &empty);
    draw("cost", &growth::chart(&growths, repetitions));
    draw("cost-replications", &replications(repetitions.min(3)));
}

fn draw(name: &str, figure: &Chart) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
    let svg = figure.svg().expect("a figure");
    std::fs::write(folder.join(name).with_extension("svg"), svg).expect("a writable docs/images");
}

fn feature_table(features: &[(&str, Case)], repetitions: u64) {
    println!("<!-- begin cost-features -->");
    println!("ns per request of one arm, least of {repetitions}:\n");
    println!("| feature | ns/request | more than W alone |");
    println!("| --- | --- | --- |");
    let alone = features[0].1.ns_per_request();
    for (name, case) in features {
        let ns = case.ns_per_request();
        println!("| {name} | {ns:.1} | {:+.1} |", ns - alone);
    }
    println!("<!-- end cost-features -->\n");
}

/// Takes the slopes of what grew as the cost of one more.
fn model_table(growths: &[Growth], empty: &[Case; 3]) {
    let of = |what: &str| {
        let found = growths.iter().find(|growth| growth.what.starts_with(what));
        found.expect("a name of a growth").slopes_ns()
    };
    let row = |what: &str, unit: &str, values: [f64; 3]| {
        let [own, shared, least] = values;
        println!("| {what} | {own:.1} | {shared:.1} | {least:.1} | {unit} |");
    };
    println!("<!-- begin cost-model -->");
    println!("| one more | own queues, random | one shared queue | least outstanding | unit |");
    println!("| --- | --- | --- | --- | --- |");
    row("request of a lone arm", "ns", of("Requests").map(|slope_ns| slope_ns / HOUR_S));
    let arm = of("Strategies").map(|slope_ns| slope_ns / (100.0 * HOUR_S));
    row("request of a further arm (a strategy), all features on", "ns", arm);
    let release = of("Regressions").map(|slope_ns| slope_ns / (100.0 * HOUR_S));
    row("request of a further arm (a regression), all features on", "ns", release);
    // Two fleets publish, and both alarms are evaluated, every minute.
    let intervals = of("Length").map(|slope_ns| slope_ns / 60.0);
    row("interval of a run with two alarms", "ns", intervals);
    row("evaluation of an alarm", "ns", of("Alarms").map(|slope_ns| slope_ns / 60.0));
    let run = empty.each_ref().map(|case| case.least_ns / 1e3);
    row("replication of an hour without requests", "µs", run);
    println!("<!-- end cost-model -->\n");
}

/// Whole experiments of workload W with all features on, on one thread and on two: a table and a figure.
fn replications(repetitions: u64) -> Chart {
    println!("<!-- begin cost-replications -->");
    println!("| replications of 16 arms | 1 thread, s | 2 threads, s | gain |");
    println!("| --- | --- | --- | --- |");
    let mut lines = vec![Vec::new(), Vec::new()];
    let mut gains = Vec::new();
    for runs in [2_u32, 4, 8, 16, 32] {
        let setting = format!("experiment.runs={runs}");
        let scenario = workload::scenario("features.toml", &[&setting]);
        let mut least_s = [f64::INFINITY; 2];
        for _ in 0..repetitions {
            for (least_s, threads) in least_s.iter_mut().zip([1, 2]) {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                let pool = pool.expect("threads");
                let start = Instant::now();
                pool.install(|| run(&scenario, &Unwatched)).expect("no trace is read");
                *least_s = least_s.min(start.elapsed().as_secs_f64());
            }
        }
        let [one_s, two_s] = least_s;
        println!("| {runs} | {one_s:.2} | {two_s:.2} | {:.2} |", one_s / two_s);
        lines[0].push((f64::from(runs), one_s));
        lines[1].push((f64::from(runs), two_s));
        gains.push((f64::from(runs), one_s / two_s));
    }
    println!("<!-- end cost-replications -->");
    Chart {
        title: "How the time of an experiment grows".to_owned(),
        reading: "Workload W with all features on, sixteen arms a replication.".to_owned(),
        caption: format!("Least of {repetitions} repetitions each; cargo bench --bench cost."),
        names: vec!["1 thread".to_owned(), "2 threads".to_owned()],
        panels: vec![
            panel("Time", "s", lines),
            panel("Gain of the second thread", "×", vec![Vec::new(), gains]),
        ],
    }
}

fn panel(heading: &str, up: &str, lines: Vec<Vec<(f64, f64)>>) -> ChartPanel {
    ChartPanel {
        heading: heading.to_owned(),
        across: "replications".to_owned(),
        up: up.to_owned(),
        is_logarithmic: false,
        lines,
    }
}
