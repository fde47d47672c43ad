//! How near the product is to a plain loop written by hand for exactly workload W, in one process.
//!
//! `cargo bench --bench limit -- [REPETITIONS]` times the loop and the product's own path in turn and prints
//! the least of all repetitions, in nanoseconds per request. A request of the product is one of an arm; the
//! run without a deployment, which every arm needs, is part of its cost, so the loop is timed with and
//! without that run beside it.
#![expect(clippy::print_stdout, reason = "it is a program that prints tables")]

mod hour;
mod queues;
#[path = "../workload/mod.rs"]
mod workload;

use hour::{Period, Run, hour};
use queues::{Fleet, LeastOutstanding, OwnQueues, SharedQueue};
use rollout_sim::simulation::replication::ArmId;
use std::hint::black_box;
use std::time::Instant;

/// Repetitions unless the command line says otherwise.
const REPETITIONS: u64 = 15;
/// Arms of a wide replication.
const WIDE: usize = 16;

/// Something that serves requests; it is given the number of the repetition and gives the number of requests.
struct Candidate {
    serve: Box<dyn FnMut(u64) -> u64>,
    least_ns: f64,
}

impl Candidate {
    fn new(serve: impl FnMut(u64) -> u64 + 'static) -> Self {
        Self { serve: Box::new(serve), least_ns: f64::INFINITY }
    }

    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 requests")]
    fn time(&mut self, repetition: u64) {
        let start = Instant::now();
        let requests = (self.serve)(repetition);
        let spent_ns = start.elapsed().as_secs_f64() * 1e9;
        self.least_ns = self.least_ns.min(spent_ns / requests as f64);
    }
}

/// One way to queue: what stands in a row of the table.
struct Row {
    name: &'static str,
    /// The loop alone; beside the run without a deployment; with the p99 itself; with many arms; then the
    /// product with one arm and with many.
    candidates: [Candidate; 6],
}

fn by_hand<F: Fleet + 'static, const ARMS: usize, const BESIDE: bool, const EXACT: bool>()
-> Candidate {
    Candidate::new(|repetition| {
        let mut runs: [Run<F>; ARMS] = std::array::from_fn(|_| Run::default());
        let arrivals = hour::<F, ARMS, BESIDE, EXACT>(repetition, &mut runs);
        if EXACT {
            black_box(runs[0].periods.iter().flatten().map(Period::p99_s).sum::<f64>());
        }
        black_box(&runs);
        arrivals * ARMS as u64
    })
}

fn product(file: &str, settings: &[&str], arms: Vec<ArmId>) -> Candidate {
    let scenario = workload::scenario(file, settings);
    Candidate::new(move |repetition| {
        workload::requests(&workload::product(&scenario, &arms, repetition))
    })
}

impl Row {
    fn new<F: Fleet + 'static>(name: &'static str, settings: &[&str]) -> Self {
        let candidates = [
            by_hand::<F, 1, false, false>(),
            by_hand::<F, 1, true, false>(),
            by_hand::<F, 1, false, true>(),
            by_hand::<F, WIDE, true, false>(),
            product("w.toml", settings, workload::arms(1)),
            product("w.toml", settings, workload::arms(WIDE)),
        ];
        Self { name, candidates }
    }
}

fn ways() -> [(&'static str, &'static [&'static str]); 3] {
    [
        ("own queues, random", &[]),
        ("one shared queue", &["endpoint.queue=shared"]),
        ("least outstanding", &["endpoint.routing=least-outstanding"]),
    ]
}

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let repetitions: u64 = asked.unwrap_or(REPETITIONS);
    check();
    let [own, shared, least] = ways();
    let mut rows = [
        Row::new::<OwnQueues>(own.0, own.1),
        Row::new::<SharedQueue>(shared.0, shared.1),
        Row::new::<LeastOutstanding>(least.0, least.1),
    ];
    let arms = |strategies: usize, regressions: usize| -> Vec<ArmId> {
        let all = (0..strategies).flat_map(|strategy| {
            (0..regressions).map(move |regression| ArmId { strategy, regression })
        });
        all.collect()
    };
    let mut features = ways().map(|(name, settings)| {
        let one = vec![ArmId { strategy: 3, regression: 3 }];
        let products = [one, arms(4, 4)].map(|arms| product("features.toml", settings, arms));
        (name, products)
    });
    for repetition in 0..repetitions {
        for row in &mut rows {
            for candidate in &mut row.candidates {
                candidate.time(repetition);
            }
        }
        for (_, products) in &mut features {
            for product in products {
                product.time(repetition);
            }
        }
    }
    println!("<!-- begin limit -->");
    table(&rows, repetitions);
    features_table(&rows, &features);
    println!("<!-- end limit -->");
}

/// The means and percentiles of the loop beside the product's, to see that they do the same work.
fn check() {
    println!("<!-- begin limit-check -->");
    println!(
        "| queues | blue mean, ms | product's | blue p99, ms | green mean, ms | product's | green p99, ms |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let [own, shared, least] = ways();
    check_one::<OwnQueues>(own);
    check_one::<SharedQueue>(shared);
    check_one::<LeastOutstanding>(least);
    println!("<!-- end limit-check -->\n");
}

/// Over this many hours.
const CHECKED: u64 = 20;

fn check_one<F: Fleet>((name, settings): (&str, &[&str])) {
    let mut runs = [Run::<F>::default()];
    let (mut means, mut p99s) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for seed in 0..CHECKED {
        runs[0] = Run::default();
        hour::<F, 1, false, true>(1_000 + seed, &mut runs);
        for (fleet, periods) in runs[0].periods.iter().enumerate() {
            let requests: u32 = periods.iter().map(|period| period.requests).sum();
            let sum_s: f64 = periods.iter().map(|period| period.latency_sum_s).sum();
            means[fleet].push(sum_s / f64::from(requests));
            p99s[fleet].extend(periods.iter().map(Period::p99_s));
        }
    }
    let scenario = workload::scenario("w.toml", settings);
    let mut products = [Vec::new(), Vec::new()];
    for replication in 0..CHECKED {
        let outcome = workload::product(&scenario, &workload::arms(1), replication).remove(0);
        products[0].extend(outcome.blue_times.response_mean_s);
        products[1].extend(outcome.green_times.response_mean_s);
    }
    println!(
        "| {name} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
        mean_ms(&means[0]),
        mean_ms(&products[0]),
        mean_ms(&p99s[0]),
        mean_ms(&means[1]),
        mean_ms(&products[1]),
        mean_ms(&p99s[1]),
    );
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand values")]
fn mean_ms(values_s: &[f64]) -> f64 {
    values_s.iter().sum::<f64>() / values_s.len() as f64 * 1e3
}

fn table(rows: &[Row], repetitions: u64) {
    println!("ns per request, least of {repetitions}:\n");
    println!(
        "| queues | loop | with the run without deployment | exact p99 | product, 1 arm | ÷ loop \
         | ÷ loop with that run | loop, {WIDE} arms | product, {WIDE} arms | ÷ loop |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for Row { name, candidates } in rows {
        let [plain, beside, exact, wide, product, product_wide] =
            candidates.each_ref().map(|candidate| candidate.least_ns);
        println!(
            "| {name} | {plain:.1} | {beside:.1} | {exact:.1} | {product:.1} | {:.2} | {:.2} | {wide:.1} \
             | {product_wide:.1} | {:.2} |",
            product / plain,
            product / beside,
            product_wide / wide,
        );
    }
}

/// The product with everything on, against the loop that has none of it.
fn features_table(rows: &[Row], features: &[(&str, [Candidate; 2])]) {
    println!("\nWith all features on, against the same plain loops:\n");
    println!(
        "| queues | product, 1 arm | ÷ loop with that run | product, {WIDE} arms | ÷ loop, {WIDE} arms |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for (row, (name, products)) in rows.iter().zip(features) {
        let [one, wide] = products.each_ref().map(|product| product.least_ns);
        let (beside, loop_wide) = (row.candidates[1].least_ns, row.candidates[3].least_ns);
        println!(
            "| {name} | {one:.1} | {:.2} | {wide:.1} | {:.2} |",
            one / beside,
            wide / loop_wide
        );
    }
}
