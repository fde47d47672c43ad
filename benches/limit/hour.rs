//! Workload W by hand: the loop that one writes for exactly this, with nothing to configure.

use crate::queues::Fleet;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

const RATE_PER_S: f64 = 100.0;
const HORIZON_S: f64 = 3600.0;
const PERIOD_S: f64 = 60.0;
const PERIODS: usize = 60;
const GREEN_SHARE: f64 = 0.1;
/// Of blue and of green.
const FAILS: [f64; 2] = [0.001, 0.02];
const MEAN_S: f64 = 0.020;
const CV: f64 = 0.5;
/// What the p99 is held against, and what is slow.
const THRESHOLD_S: f64 = 0.2;

/// A minute of a fleet.
#[derive(Clone, Default)]
pub struct Period {
    pub requests: u32,
    pub errors: u32,
    pub latency_sum_s: f64,
    /// The p99 exceeds the threshold if and only if more than n − ⌈0.99·n⌉ latencies do.
    pub over: u32,
    /// All latencies, if the p99 itself is asked for.
    pub latencies_s: Vec<f64>,
}

/// One run.
#[derive(Clone)]
pub struct Run<F> {
    fleets: [F; 2],
    /// Of blue and of green.
    pub periods: [Vec<Period>; 2],
    /// Failed here and not without the deployment.
    pub attributable: u64,
    /// Slow here and not without the deployment.
    pub slow_attributable: u64,
}

impl<F: Fleet> Default for Run<F> {
    fn default() -> Self {
        let periods = || vec![Period::default(); PERIODS];
        Self {
            fleets: Default::default(),
            periods: [periods(), periods()],
            attributable: 0,
            slow_attributable: 0,
        }
    }
}

impl Period {
    /// The 99th percentile by nearest rank \[s\]; 0 of an empty or unkept period.
    pub fn p99_s(&self) -> f64 {
        let mut latencies = self.latencies_s.clone();
        let rank = (latencies.len() * 99).div_ceil(100);
        if rank == 0 {
            return 0.0;
        }
        *latencies.select_nth_unstable_by(rank - 1, f64::total_cmp).1
    }
}

/// One hour of `ARMS` runs on the same requests; `BESIDE` them the run without a deployment, which says
/// which failures are due to it; `EXACT` keeps the latencies for the p99. Gives the number of arrivals.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "bits become uniforms below 1, and times minutes, as fast as it goes"
)]
pub fn hour<F: Fleet, const ARMS: usize, const BESIDE: bool, const EXACT: bool>(
    seed: u64,
    runs: &mut [Run<F>; ARMS],
) -> u64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let sigma = (1.0 + CV * CV).ln().sqrt();
    let mu = MEAN_S.ln() - sigma * sigma / 2.0;
    let mut without = F::default();
    let mut at = 0.0;
    let mut arrivals = 0;
    loop {
        let gap: f64 = Exp1.sample(&mut rng);
        at += gap / RATE_PER_S;
        if at >= HORIZON_S {
            return arrivals;
        }
        arrivals += 1;
        let bits = rng.next_u64();
        let route = (bits >> 11) as f64 * 2.0_f64.powi(-53);
        let place = (bits & 3) as usize;
        let error: f64 = rng.random();
        let normal: f64 = StandardNormal.sample(&mut rng);
        let service = (mu + sigma * normal).exp();
        let (mut failed_there, mut slow_there) = (true, true);
        if BESIDE {
            slow_there = without.serve(at, place, service) - at > THRESHOLD_S;
            failed_there = error < FAILS[0];
        }
        let fleet = usize::from(route < GREEN_SHARE);
        let failed = error < FAILS[fleet];
        for run in &mut *runs {
            let answered = run.fleets[fleet].serve(at, place, service);
            let latency = answered - at;
            let period = ((answered / PERIOD_S) as usize).min(PERIODS - 1);
            let period = &mut run.periods[fleet][period];
            period.requests += 1;
            period.errors += u32::from(failed);
            period.latency_sum_s += latency;
            period.over += u32::from(latency > THRESHOLD_S);
            if EXACT {
                period.latencies_s.push(latency);
            }
            if BESIDE {
                run.attributable += u64::from(failed && !failed_there);
                run.slow_attributable += u64::from(latency > THRESHOLD_S && !slow_there);
            }
        }
    }
}
