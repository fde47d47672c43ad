//! The luck of an attempt after the first, and of a mirrored copy.

use crate::endpoint::fleet::{Fleet, Request};
use crate::random::stream::{keyed, unit};
use crate::time::SimTime;
use rand_distr::{Distribution, StandardNormal};

/// What an attempt after the first draws, or a mirrored copy, which is served by another machine and has
/// nothing in common with its original but what it asks.
pub(super) struct Draws {
    /// Shortens the wait before it.
    pub(super) jitter: f64,
    /// Chooses the fleet.
    pub(super) route: f64,
    /// Chooses the instance.
    pub(super) place: f64,
    error: f64,
    branch: f64,
    tail: f64,
    /// Says whether it is mirrored.
    pub(super) mirror: f64,
    normal: f64,
}

impl Draws {
    /// Of the attempt at the request of this number that comes after so many.
    pub(super) fn new(key: u64, number: u64, attempts: u32) -> Self {
        let mut stream = keyed(key, number, u64::from(attempts));
        let [jitter, route, place, error, branch, tail, mirror] =
            std::array::from_fn(|_| unit(&mut stream));
        let normal = StandardNormal.sample(&mut stream);
        Self { jitter, route, place, error, branch, tail, mirror, normal }
    }

    /// The attempt as `fleet` sees it.
    pub(super) fn request(&self, at: SimTime, fleet: &Fleet<'_>) -> Request {
        Request {
            at,
            place: self.place,
            base_ns: fleet.base_ns(self.normal, self.branch),
            normal: self.normal,
            branch: self.branch,
            tail: self.tail,
            error: self.error,
        }
    }
}
