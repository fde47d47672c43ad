//! Which instance of a fleet takes a request.
//!
//! Source of the two rules: SageMaker's `RoutingStrategy`, `RANDOM` and `LEAST_OUTSTANDING_REQUESTS`
//! (<https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantRoutingConfig.html>).
//! How ties are broken is not documented; here evenly, by the request's own uniform.

use crate::time::SimTime;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Requests in flight at each instance: counts, and the answers still to come.
#[derive(Clone, Debug, Default)]
pub struct Outstanding {
    counts: Vec<u32>,
    answers: BinaryHeap<Reverse<(SimTime, u32)>>,
}

/// The instance, of `active`, that a uniform falls on.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a uniform below 1 times a count lies in 0..count"
)]
pub fn at_random(place: f64, active: u32) -> usize {
    (place * f64::from(active)) as usize
}

impl Outstanding {
    /// Nothing in flight at any of `instances`.
    pub fn new(instances: usize) -> Self {
        Self { counts: vec![0; instances], answers: BinaryHeap::new() }
    }

    /// The instance with the fewest requests in flight among the first `active`; ties go to the one
    /// that `place` falls on.
    pub fn least(&mut self, at: SimTime, place: f64, active: u32) -> usize {
        while let Some(&Reverse((answered, instance))) = self.answers.peek() {
            if answered > at {
                break;
            }
            self.answers.pop();
            self.counts[instance as usize] -= 1;
        }
        let candidates = &self.counts[..active as usize];
        let fewest = candidates.iter().copied().min().unwrap_or(0);
        let ties = candidates.iter().filter(|&&count| count == fewest).count();
        let chosen = at_random(place, u32::try_from(ties).unwrap_or(u32::MAX));
        let mut fewest_at = candidates.iter().enumerate().filter(|&(_, &count)| count == fewest);
        fewest_at.nth(chosen).map_or(0, |(instance, _)| instance)
    }

    /// Notes a request sent to `instance` that is answered at `answered`.
    pub fn sent(&mut self, instance: usize, answered: SimTime) {
        self.counts[instance] += 1;
        let instance = u32::try_from(instance).unwrap_or(u32::MAX);
        self.answers.push(Reverse((answered, instance)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64) -> SimTime {
        SimTime::from_nanos(nanos)
    }

    #[test]
    fn a_uniform_falls_on_every_instance_alike() {
        let chosen: Vec<usize> = (0..8).map(|i| at_random(f64::from(i) / 8.0, 4)).collect();
        assert_eq!(chosen, [0, 0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(at_random(1.0 - f64::EPSILON / 2.0, 4), 3);
    }

    #[test]
    fn the_least_loaded_instance_is_chosen_and_answers_free_it() {
        let mut outstanding = Outstanding::new(3);
        outstanding.sent(0, at(10));
        outstanding.sent(1, at(20));
        assert_eq!(outstanding.least(at(5), 0.9, 3), 2);
        outstanding.sent(2, at(30));
        // All have one; at 10 the first is answered.
        assert_eq!(outstanding.least(at(9), 0.5, 3), 1, "the tie falls where `place` does");
        assert_eq!(outstanding.least(at(10), 0.99, 3), 0);
        assert_eq!(outstanding.least(at(25), 0.99, 1), 0, "only active instances are candidates");
    }
}
