//! Which instance of a fleet takes a request.
//!
//! Source of the two rules: SageMaker's `RoutingStrategy`, `RANDOM` and `LEAST_OUTSTANDING_REQUESTS`
//! (<https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantRoutingConfig.html>).
//! How ties are broken is not documented; here evenly, by the request's own uniform.

use crate::time::SimTime;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Requests in flight at each instance.
///
/// Instances that take traffic are listed by how many requests they have in flight, so the least loaded
/// ones are at hand: choosing takes no longer for many instances than for few. The answers still to come
/// wait in a heap, and are taken note of when the next request comes.
#[derive(Clone, Debug, Default)]
pub struct Outstanding {
    counts: Vec<u32>,
    /// The first so many instances take traffic.
    active: usize,
    /// Those of them with 0, 1, 2, … requests in flight.
    levels: Vec<Vec<u32>>,
    /// Where each of them stands in its level.
    places: Vec<usize>,
    /// No lower level has an instance.
    fewest: usize,
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
    /// Nothing in flight at any of `instances`, none of which takes traffic.
    pub fn new(instances: usize) -> Self {
        Self { counts: vec![0; instances], places: vec![0; instances], ..Self::default() }
    }

    /// Lets the first `active` instances take traffic, and no others.
    pub fn activate(&mut self, active: usize) {
        self.active = active.min(self.counts.len());
        self.levels.iter_mut().for_each(Vec::clear);
        for instance in 0..self.active {
            self.list(instance);
        }
        self.fewest = 0;
        self.find_fewest();
    }

    /// The instance with the fewest requests in flight at `at` among those that take traffic; ties go to
    /// the one that `place` falls on.
    #[inline]
    pub fn least(&mut self, at: SimTime, place: f64) -> usize {
        while let Some(&Reverse((answered, instance))) = self.answers.peek() {
            if answered > at {
                break;
            }
            self.answers.pop();
            self.recount(instance as usize, -1);
        }
        let least = self.levels.get(self.fewest).map_or(&[][..], Vec::as_slice);
        let ties = u32::try_from(least.len()).unwrap_or(u32::MAX);
        least.get(at_random(place, ties)).map_or(0, |&instance| instance as usize)
    }

    /// Notes a request sent to `instance` that is answered at `answered`.
    #[inline]
    pub fn sent(&mut self, instance: usize, answered: SimTime) {
        self.recount(instance, 1);
        let instance = u32::try_from(instance).unwrap_or(u32::MAX);
        self.answers.push(Reverse((answered, instance)));
    }

    fn recount(&mut self, instance: usize, change: i32) {
        if instance >= self.active {
            self.counts[instance] = self.counts[instance].wrapping_add_signed(change);
            return;
        }
        let level = &mut self.levels[self.counts[instance] as usize];
        let place = self.places[instance];
        level.swap_remove(place);
        if let Some(&moved) = level.get(place) {
            self.places[moved as usize] = place;
        }
        self.counts[instance] = self.counts[instance].wrapping_add_signed(change);
        self.list(instance);
        self.fewest = self.fewest.min(self.counts[instance] as usize);
        self.find_fewest();
    }

    /// Enters an instance in the level of its count.
    fn list(&mut self, instance: usize) {
        let count = self.counts[instance] as usize;
        if self.levels.len() <= count {
            self.levels.resize(count + 1, Vec::new());
        }
        let level = &mut self.levels[count];
        self.places[instance] = level.len();
        level.push(u32::try_from(instance).unwrap_or(u32::MAX));
    }

    fn find_fewest(&mut self) {
        while self.fewest + 1 < self.levels.len() && self.levels[self.fewest].is_empty() {
            self.fewest += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        outstanding.activate(3);
        outstanding.sent(0, at(10));
        outstanding.sent(1, at(20));
        assert_eq!(outstanding.least(at(5), 0.9), 2);
        outstanding.sent(2, at(30));
        assert_eq!(outstanding.least(at(10), 0.99), 0, "its request is answered by then");
        outstanding.activate(1);
        outstanding.sent(0, at(40));
        assert_eq!(outstanding.least(at(25), 0.99), 0, "only active instances are candidates");
    }

    proptest! {
        /// Against counting the requests in flight one by one.
        #[test]
        fn chooses_among_the_least_loaded(
            steps in prop::collection::vec((0_i64..5, 0.0_f64..1.0, 1_i64..30, 0_usize..12), 1..120),
        ) {
            let instances = 6;
            let mut outstanding = Outstanding::new(instances);
            let mut active = instances;
            outstanding.activate(active);
            let mut in_flight: Vec<(i64, usize)> = Vec::new();
            let mut now = 0;
            for (gap, place, service, change) in steps {
                now += gap;
                if change > 0 && change <= instances {
                    active = change;
                    outstanding.activate(active);
                }
                in_flight.retain(|&(answered, _)| answered > now);
                let count = |i: usize| in_flight.iter().filter(|&&(_, to)| to == i).count();
                let fewest = (0..active).map(count).min().expect("some instance");
                let chosen = outstanding.least(at(now), place);
                prop_assert!(chosen < active);
                prop_assert_eq!(count(chosen), fewest);
                outstanding.sent(chosen, at(now + service));
                in_flight.push((now + service, chosen));
            }
        }
    }

    #[test]
    fn ties_are_broken_evenly() {
        let mut outstanding = Outstanding::new(4);
        outstanding.activate(4);
        outstanding.sent(2, at(1000));
        let mut chosen: Vec<usize> =
            (0..3).map(|i| outstanding.least(at(0), (f64::from(i) + 0.5) / 3.0)).collect();
        chosen.sort_unstable();
        assert_eq!(chosen, [0, 1, 3]);
    }
}
