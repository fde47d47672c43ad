//! Times the product's own path, and takes what grows apart.

use crate::workload;
use rollout_sim::scenario::Scenario;
use rollout_sim::simulation::replication::ArmId;
use std::time::Instant;

/// What is timed: so many arms of a scenario in one replication.
pub struct Case {
    scenario: Scenario,
    arms: Vec<ArmId>,
    /// The least time of a replication so far \[ns\].
    pub least_ns: f64,
    /// Requests of all arms in that replication.
    pub requests: f64,
}

impl Case {
    pub fn new(scenario: Scenario, arms: Vec<ArmId>) -> Self {
        Self { scenario, arms, least_ns: f64::INFINITY, requests: 0.0 }
    }

    /// One arm of workload W with some of its keys set.
    pub fn w(settings: &[&str]) -> Self {
        Self::new(workload::scenario("w.toml", settings), workload::arms(1))
    }

    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 requests")]
    fn time(&mut self, repetition: u64) {
        let start = Instant::now();
        let outcomes = workload::product(&self.scenario, &self.arms, repetition);
        let spent_ns = start.elapsed().as_secs_f64() * 1e9;
        if spent_ns < self.least_ns {
            self.least_ns = spent_ns;
            self.requests = workload::requests(&outcomes) as f64;
        }
    }

    pub fn ns_per_request(&self) -> f64 {
        self.least_ns / self.requests
    }
}

/// Times all in turn, so often.
pub fn time<'a>(cases: impl Iterator<Item = &'a mut Case>, repetitions: u64) {
    let mut cases: Vec<&mut Case> = cases.collect();
    for repetition in 0..repetitions {
        for case in &mut cases {
            case.time(repetition);
        }
    }
}

/// Slope of the straight line through points (x, y) with the least squares.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let (mut count, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
    for &(x, y) in points {
        count += 1.0;
        sum_x += x;
        sum_y += y;
    }
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let above: f64 = points.iter().map(|&(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let below: f64 = points.iter().map(|&(x, _)| (x - mean_x).powi(2)).sum();
    above / below
}
