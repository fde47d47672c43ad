//! What the peers in Rust share: per minute and fleet count, errors, mean and exact p99, and the line that
//! they print for the table.

use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Parameters of workload W; the fleets are blue and green.
pub const RATE_PER_S: f64 = 100.0;
pub const GREEN_SHARE: f64 = 0.1;
pub const FAILS: [f64; 2] = [0.001, 0.02];
pub const INSTANCES: usize = 4;
pub const MINUTES: usize = 60;
/// Customers of the M/M/1 queue Q, whose rates are 0.8 and 1.
pub const CUSTOMERS: u64 = 1_000_000;

/// μ and σ of a lognormal of mean 20 ms and cv 0.5.
pub fn lognormal() -> (f64, f64) {
    let variance = 1.25_f64.ln();
    (0.020_f64.ln() - variance / 2.0, variance.sqrt())
}

/// The completions of one fleet, in the minute that they fall in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Periods {
    latencies_s: Vec<Vec<f64>>,
    errors: u64,
}

impl Default for Periods {
    fn default() -> Self {
        Self { latencies_s: vec![Vec::new(); MINUTES], errors: 0 }
    }
}

impl Periods {
    pub fn add(&mut self, at_s: f64, latency_s: f64, failed: bool) {
        // What is in the system at the end of the hour counts in the last minute.
        let minute = ((at_s / 60.0) as usize).min(MINUTES - 1);
        self.latencies_s[minute].push(latency_s);
        self.errors += u64::from(failed);
    }

    pub fn count(&self) -> u64 {
        self.latencies_s.iter().map(|minute| minute.len() as u64).sum()
    }

    /// The means that the table shows.
    fn checks(&mut self, name: &str) -> String {
        let count = self.count() as f64;
        let mean_s = self.latencies_s.iter().flatten().sum::<f64>() / count;
        let mut p99s = Vec::new();
        for minute in self.latencies_s.iter_mut().filter(|minute| !minute.is_empty()) {
            let rank = (minute.len() * 99).div_ceil(100);
            p99s.push(*minute.select_nth_unstable_by(rank - 1, f64::total_cmp).1);
        }
        let p99_s = p99s.iter().sum::<f64>() / p99s.len() as f64;
        let errors = self.errors as f64 / count * 100.0;
        format!("{name} {:.2} ms, p99 {:.2} ms, errors {errors:.3}%", mean_s * 1e3, p99_s * 1e3)
    }
}

/// Times `endpoint`, which gives the periods of both fleets, and `queue`, which gives the mean wait, each the
/// least of `repetitions`, and prints a line of each for the table: peer, workload, requests/s, checks.
pub fn report(
    peer: &str,
    repetitions: u64,
    mut endpoint: impl FnMut(u64) -> [Periods; 2],
    mut queue: impl FnMut(u64) -> f64,
) {
    let mut best = (0.0, String::new());
    for seed in 0..repetitions {
        let start = Instant::now();
        let [mut blue, mut green] = endpoint(seed);
        let checks = format!("{}; {}", blue.checks("blue"), green.checks("green"));
        let rate = (blue.count() + green.count()) as f64 / start.elapsed().as_secs_f64();
        if rate > best.0 {
            best = (rate, checks);
        }
    }
    println!("{peer}\tW\t{:.0}\t{}", best.0, best.1);
    let mut best = (0.0, 0.0);
    for seed in 0..repetitions {
        let start = Instant::now();
        let wait = queue(seed);
        let rate = CUSTOMERS as f64 / start.elapsed().as_secs_f64();
        if rate > best.0 {
            best = (rate, wait);
        }
    }
    println!("{peer}\tQ\t{:.0}\tmean wait {:.2}", best.0, best.1);
}

/// How often each is timed; the first argument, or 5.
pub fn repetitions() -> u64 {
    std::env::args().nth(1).and_then(|argument| argument.parse().ok()).unwrap_or(5)
}
