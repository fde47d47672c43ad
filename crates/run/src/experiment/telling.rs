//! Whether a fault can be told from a good release at all.
//!
//! A faulty release that an alarm stops may have been stopped by chance. Its runs are therefore set against
//! those of the healthy release of the same strategy, replication by replication
//! ([`against_healthy`]): if no alarm saw the fault, it would be given up as often later as earlier, for what
//! differs then is luck. The sign test ([`one_sided_p`]) says whether it is earlier more often than that.

use crate::simulation::outcome::Outcome;
use crate::simulation::verdict::against_healthy;
use crate::stats::sign_test::{fewest_pairs, one_sided_p};
use std::cmp::Ordering;

/// A fault that moves a tenth of the runs shows with so many times the fewest pairs that can show anything
/// (probability 98 % at a level of 5 %).
const RUNS_A_PAIR: u64 = 20;

/// How often a faulty release is given up earlier than the healthy one of the same replication, and later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    /// Runs.
    pub runs: u64,
    /// Given up at an earlier look, or where the healthy one never is.
    pub earlier: u64,
    /// Given up later, or never where the healthy one is.
    pub later: u64,
}

impl Telling {
    /// Counts the runs of a faulty release.
    pub fn of(runs: &[Outcome]) -> Self {
        let mut telling = Self::default();
        for run in runs {
            telling.runs += 1;
            let given_up_at = run.given_up.map(|given_up| given_up.at);
            match against_healthy(given_up_at, run.healthy_given_up_at) {
                Ordering::Less => telling.earlier += 1,
                Ordering::Greater => telling.later += 1,
                Ordering::Equal => {}
            }
        }
        telling
    }

    /// How likely so many earlier ones are, or more, if nothing sees the fault.
    pub fn p_value(self) -> f64 {
        one_sided_p(self.earlier, self.later)
    }

    /// Whether the fault shows, at a level of 1 - `confidence`.
    pub fn is_told(self, confidence: f64) -> bool {
        self.p_value() <= 1.0 - confidence
    }

    /// What so many runs can show at that level.
    pub fn power(self, confidence: f64) -> Power {
        let fewest = FewestRuns::at(confidence);
        match self.runs {
            runs if runs < fewest.any => Power::None,
            runs if runs < fewest.enough => Power::Little,
            _ => Power::Enough,
        }
    }
}

/// How many runs it takes at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FewestRuns {
    /// To show anything: if every run is earlier.
    pub any: u64,
    /// To show a fault that moves a tenth of them.
    pub enough: u64,
}

impl FewestRuns {
    /// At a level of 1 - `confidence`.
    pub fn at(confidence: f64) -> Self {
        let any = fewest_pairs(1.0 - confidence);
        Self { any, enough: RUNS_A_PAIR * any }
    }
}

/// What a number of runs can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Nothing, even if every run were earlier.
    None,
    /// Faults that move many of the runs, but not one that moves a tenth of them.
    Little,
    /// Also a fault that moves a tenth of them.
    Enough,
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    fn telling(runs: u64, earlier: u64, later: u64) -> Telling {
        Telling { runs, earlier, later }
    }

    #[test]
    fn a_fault_is_told_where_earlier_is_beyond_chance() {
        assert!(telling(100, 5, 0).is_told(0.95));
        assert!(!telling(100, 4, 0).is_told(0.95));
        assert!(!telling(100, 30, 25).is_told(0.95));
        assert!(!telling(100, 0, 90).is_told(0.95), "later is not what is asked");
        assert!(!telling(100, 5, 0).is_told(0.99));
    }

    #[test]
    fn few_runs_show_little() {
        let powers = [4, 5, 99, 100].map(|runs| telling(runs, 0, 0).power(0.95));
        assert_eq!(powers, [Power::None, Power::Little, Power::Little, Power::Enough]);
    }

    /// The probability that is written above: at least five of a hundred runs, each moved with probability
    /// one in ten.
    #[test]
    fn enough_is_enough_for_a_tenth() {
        let moved = Binomial::new(0.1, 100).expect("a probability");
        assert!((moved.sf(4) - 0.976).abs() < 5e-4);
    }
}
