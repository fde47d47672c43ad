//! Which instance of a fleet takes a request.
//!
//! Source of the two rules: SageMaker's `RoutingStrategy`, `RANDOM` and `LEAST_OUTSTANDING_REQUESTS`
//! (<https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantRoutingConfig.html>).
//! How ties are broken is not documented; here evenly, by the request's own uniform.

mod answers;
mod loads;

use crate::time::SimTime;
use answers::Answers;
use loads::Loads;

pub use loads::Fewest;

/// Requests in flight at each instance.
///
/// The answers still to come are taken note of when the next request comes.
#[derive(Clone, Debug, Default)]
pub struct Outstanding {
    loads: Loads,
    answers: Answers,
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

/// Which of two groups of instances has the one with the fewest requests in flight, `true` is the second,
/// and the uniform that chooses it inside that group. Of all instances that have so few, the first group's
/// before the second's, it is the one that `place` falls on.
#[inline]
pub fn between([first, second]: [Fewest; 2], place: f64) -> (bool, f64) {
    if first.count != second.count {
        return (second.count < first.count, place);
    }
    let [ties, others] = [first.ties, second.ties].map(f64::from);
    let rank = place * (ties + others);
    if rank < ties { (false, rank / ties) } else { (true, (rank - ties) / others) }
}

impl Outstanding {
    /// Nothing in flight at any of `instances`, none of which takes traffic.
    pub fn new(instances: usize) -> Self {
        Self { loads: Loads::new(instances), ..Self::default() }
    }

    /// Lets the first `active` instances take traffic, and no others.
    pub fn activate(&mut self, active: usize) {
        self.loads.activate(active);
    }

    /// The instance with the fewest requests in flight at `at` among those that take traffic; of several,
    /// in their order, the one that `place`, from 0 to below 1, falls on.
    #[inline]
    pub fn least(&mut self, at: SimTime, place: f64) -> usize {
        self.answer_by(at);
        self.loads.least(place)
    }

    /// The fewest requests in flight at `at` at any instance that takes traffic.
    #[inline]
    pub fn fewest(&mut self, at: SimTime) -> Fewest {
        self.answer_by(at);
        self.loads.fewest()
    }

    #[inline]
    fn answer_by(&mut self, at: SimTime) {
        while let Some((_, instance)) = self.answers.take_by(at) {
            self.loads.remove(instance as usize);
        }
    }

    /// Notes a request sent to `instance` that is answered at `answered`.
    #[inline]
    pub fn sent(&mut self, instance: usize, answered: SimTime) {
        self.loads.add(instance);
        let instance = u32::try_from(instance).unwrap_or(u32::MAX);
        self.answers.add((answered, instance));
    }

    /// Whether both choose alike from `now` on, whatever is sent, unless more instances take traffic.
    pub fn serves_like(&self, other: &Self, now: SimTime) -> bool {
        // An instance has as many requests in flight as it has answers to come.
        self.loads.active() == other.loads.active() && self.to_come(now) == other.to_come(now)
    }

    /// When the answers after `now` come, and from which of the instances that take traffic, in order.
    fn to_come(&self, now: SimTime) -> Vec<(SimTime, u32)> {
        let mut to_come: Vec<_> = self
            .answers
            .iter()
            .filter(|&(answered, instance)| {
                answered > now && (instance as usize) < self.loads.active()
            })
            .collect();
        to_come.sort_unstable();
        to_come
    }
}

#[cfg(test)]
mod tests;
