//! The limits of a tuning, as counts of runs.
//!
//! **With a margin.** A policy is chosen only if, judging by the runs that choose, as many more runs are
//! [`LIKELY`] to say that the limit is kept: the best of many policies owes a part of its figures to luck,
//! and one that just keeps a limit where it was chosen breaks it half the time elsewhere. Where no policy is
//! so likely to be confirmed, those compete that are about as likely as the one that comes nearest: a run
//! more or less is no reason to take one that harms twice as many.
//!
//! **Over the range of what is uncertain.** Limits are about the average over it. Besides, none may be
//! significantly broken in the lowest or in the highest fifth of the range of any uncertain key; and of what
//! is chosen as many more runs there must be [`LIKELY`] not to say so.

use crate::scenario::tune::TuneSpec;
use crate::stats::limit::{
    fewest_broken, likely_kept, likely_unbroken, most_likely_kept, most_unlikely_broken,
};
use crate::stats::real;
use std::sync::OnceLock;

/// How likely the runs that do not choose are to say that a limit is kept, if those that choose are to
/// choose.
pub const LIKELY: f64 = 0.95;

/// Where none is [`LIKELY`] to be confirmed: at least so many times as likely as the one that comes nearest.
pub(super) const AS_LIKELY: f64 = 0.9;

/// A limit on a share.
#[derive(Debug)]
pub(super) struct Limit {
    share: f64,
    likely: f64,
    /// By the number of runs.
    most: Vec<OnceLock<u64>>,
    most_at_an_end: Vec<OnceLock<u64>>,
    broken: Vec<OnceLock<Option<u64>>>,
}

impl Limit {
    /// For shares of up to `runs` runs, and how likely a policy must be to be confirmed.
    fn new(share: f64, runs: usize, likely: f64) -> Self {
        Self {
            share,
            likely,
            most: (0..=runs).map(|_| OnceLock::new()).collect(),
            most_at_an_end: (0..=runs).map(|_| OnceLock::new()).collect(),
            broken: (0..=runs).map(|_| OnceLock::new()).collect(),
        }
    }

    /// How far beyond what is allowed so many events among so many runs are, for the limit's size; 0 within
    /// it. Where so few runs could not tell in any case, none is allowed.
    pub(super) fn excess(&self, count: u64, of: u64) -> f64 {
        let allowed =
            known(&self.most, of, || most_likely_kept(self.share, of, self.likely).unwrap_or(0));
        self.beyond(count, allowed, of)
    }

    /// The same in a fifth of a range, where the limit may be exceeded as long as it is not broken.
    pub(super) fn excess_at_an_end(&self, count: u64, of: u64) -> f64 {
        let allowed = known(&self.most_at_an_end, of, || {
            most_unlikely_broken(self.share, of, self.likely).unwrap_or(0)
        });
        self.beyond(count, allowed, of)
    }

    /// How far the share itself is beyond the limit.
    pub(super) fn over(&self, count: u64, of: u64) -> f64 {
        (real(count) / real(of.max(1)) - self.share).max(0.0)
    }

    /// How far so many events are beyond being compatible with the limit, for its size.
    pub(super) fn excess_of_broken(&self, count: u64, of: u64) -> f64 {
        let from = known(&self.broken, of, || fewest_broken(self.share, of));
        from.map_or(0.0, |from| self.beyond(count, from.saturating_sub(1), of))
    }

    /// How likely as many more runs are not to say that the limit is kept.
    pub(super) fn doubt(&self, count: u64, of: u64) -> f64 {
        if of == 0 { 0.0 } else { 1.0 - likely_kept(self.share, count, of) }
    }

    /// How likely as many more runs in a fifth of a range are to say that the limit is broken.
    pub(super) fn doubt_at_an_end(&self, count: u64, of: u64) -> f64 {
        1.0 - likely_unbroken(self.share, count, of)
    }

    fn beyond(&self, count: u64, allowed: u64, of: u64) -> f64 {
        // A limit below one run counts as one run.
        real(count.saturating_sub(allowed)) / (self.share * real(of)).max(1.0)
    }
}

/// What a table says of so many runs, found out once.
fn known<T: Copy>(table: &[OnceLock<T>], of: u64, find: impl Fn() -> T) -> T {
    let place = usize::try_from(of).ok().and_then(|of| table.get(of));
    place.map_or_else(&find, |known| *known.get_or_init(&find))
}

/// Both limits.
#[derive(Debug)]
pub(super) struct Limits {
    pub false_rollback: Limit,
    pub missed: Limit,
}

impl Limits {
    /// For shares of up to `runs` runs, with the margin that makes a policy so `likely` to be confirmed.
    pub(super) fn new(spec: &TuneSpec, runs: usize, likely: f64) -> Self {
        Self {
            false_rollback: Limit::new(spec.max_false_rollback, runs, likely),
            missed: Limit::new(spec.max_missed, runs, likely),
        }
    }
}

/// The ends of the range of an uncertain key that are looked at by themselves.
const LOWEST: f64 = 0.2;
const HIGHEST: f64 = 0.8;

/// In which fifths of their ranges the uncertain keys lie, 0 to 1 each: bit 2k says that key k lies in its
/// lowest fifth, bit 2k + 1 that it lies in its highest.
pub(super) fn fifths_of(places: &[f64]) -> u32 {
    places.iter().enumerate().fold(0, |all, (key, &place)| {
        let ends = u32::from(place < LOWEST) | u32::from(place >= HIGHEST) << 1;
        all | ends << (2 * key)
    })
}

/// The numbers of the fifths in such a set.
pub(super) fn each_of(fifths: u32) -> impl Iterator<Item = usize> {
    (0..32).filter(move |fifth| fifths >> fifth & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_within_the_margin_has_no_excess() {
        let limit = Limit::new(0.05, 500, LIKELY);
        let allowed = most_likely_kept(0.05, 500, LIKELY).expect("some");
        assert!(limit.excess(allowed, 500).abs() < 1e-12);
        assert!((limit.excess(allowed + 5, 500) - 0.2).abs() < 1e-12, "five of 25 beyond");
        assert!(limit.excess(0, 10).abs() < 1e-12 && limit.excess(1, 10) > 0.0);
        assert!(limit.excess_of_broken(6, 100) <= 0.0, "6 % are compatible with 5 %");
        assert!(limit.excess_of_broken(20, 100) > 0.0);
        let most = most_unlikely_broken(0.05, 80, LIKELY).expect("some");
        assert!(
            limit.excess_at_an_end(most, 80) <= 0.0 && limit.excess_at_an_end(most + 1, 80) > 0.0
        );
        assert!(limit.excess_of_broken(most + 1, 80) <= 0.0, "a margin");
    }

    #[test]
    fn ends_of_ranges_by_key() {
        let fifths = |places: &[f64]| each_of(fifths_of(places)).collect::<Vec<_>>();
        assert_eq!(fifths(&[0.1, 0.5, 0.9]), [0, 5]);
        assert_eq!(fifths(&[0.2, 0.8]), [3]);
        assert_eq!(fifths(&[]), [0; 0]);
    }
}
