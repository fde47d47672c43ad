//! The probability of a datapoint's side of the threshold, where a period holds independent Poisson
//! numbers of two kinds of requests.
//!
//! A Poisson number of requests, of which each is independently "one" (failed, or slower than the cut),
//! falls into two independent Poisson numbers, of ones O and of zeros Z. So
//!
//! ```text
//! P(no datapoint) = e^−(λo + λz)
//! Average > θ     ⇔ O·(1 − θ) > Z·θ              P = Σ P(O = o) · P(Z ≤ z(o))
//! pNN > x         ⇔ Z < ⌈p·(O + Z)⌉              O, Z: requests slower than x, and the others
//! ```
//!
//! with z(o) the largest number of zeros beside o ones that still lies above the threshold, computed in
//! whole numbers.
//!
//! Source: Kingman, Poisson Processes (1993), §5.1 (colouring theorem); the statistics are those of
//! [`statistic`](crate::telemetry::statistic).

use crate::stats::poisson::Poisson;
use crate::telemetry::metric::{Comparison, Statistic};
use crate::telemetry::ratio::Ratio;

/// What a datapoint comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// There is one and it breaches.
    pub breach: f64,
    /// There is none.
    pub missing: f64,
}

impl Chance {
    /// A window that holds nothing.
    pub const MISSING: Self = Self { breach: 0.0, missing: 1.0 };
    /// A window within the threshold.
    pub const GOOD: Self = Self { breach: 0.0, missing: 0.0 };

    /// The chance of a datapoint that is there and above the threshold with probability `above`, made of a
    /// Poisson number of requests with mean `requests`.
    pub fn new(above: f64, requests: f64, comparison: Comparison) -> Self {
        let missing = (-requests).exp();
        let breach = if comparison.breaches_above() { above } else { 1.0 - missing - above };
        Self { breach: breach.clamp(0.0, 1.0), missing }
    }

    /// The probability that there is a datapoint and it is within the threshold.
    pub fn good(self) -> f64 {
        (1.0 - self.breach - self.missing).max(0.0)
    }
}

/// A datapoint's statistic against a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// How the requests of a period become a datapoint.
    pub statistic: Statistic,
    /// The datapoint is the first operand.
    pub comparison: Comparison,
    /// In the metric's unit, latencies in nanoseconds.
    pub threshold: Ratio,
    /// Ones are latencies above the cut, and not values of 1.
    pub is_latency: bool,
}

/// Independent Poisson numbers of ones and zeros.
#[derive(Clone, Debug)]
pub struct Split {
    ones: Poisson,
    zeros: Poisson,
}

/// No number of zeros is too many.
const ANY: i128 = i128::MAX;
/// Even none is too many.
const NONE: i128 = -1;

impl Split {
    /// Of these expected numbers; `None` if one is negative, not a number, or beyond 10⁹.
    pub fn new(ones: f64, zeros: f64) -> Option<Self> {
        Some(Self { ones: Poisson::new(ones)?, zeros: Poisson::new(zeros)? })
    }

    /// P(there is a datapoint, on the upper side of the threshold); `None` for a statistic that the two
    /// numbers do not decide.
    pub fn above(&self, question: &Question) -> Option<f64> {
        if question.statistic == Statistic::SampleCount {
            return Some(self.count_above(question));
        }
        let mut sum = 0.0;
        for (ones, probability) in self.ones.terms() {
            let most = most_zeros(question, i128::from(ones))?;
            let mut tail = self.zeros.at_most(most);
            if ones == 0 && most >= 0 {
                // Without any request there is no datapoint.
                tail -= self.zeros.at_most(0);
            }
            sum += probability * tail;
        }
        Some(sum)
    }

    fn count_above(&self, question: &Question) -> f64 {
        let mut sum = 0.0;
        for (ones, probability) in self.ones.terms() {
            let most_not_above = last_not_above(question.comparison, question.threshold);
            // At least one request.
            let zeros = (most_not_above - i128::from(ones)).max(if ones == 0 { 0 } else { NONE });
            sum += probability * self.zeros.above(zeros);
        }
        sum
    }
}

/// How many zeros beside so many ones leave the datapoint on the upper side of the threshold, at most;
/// `None` for a statistic that is not of this kind.
fn most_zeros(question: &Question, ones: i128) -> Option<i128> {
    let comparison = question.comparison;
    let is_latency = question.is_latency;
    // Of a latency the ones are those above the cut, which is all that an extreme needs.
    let above = |value: i128| {
        if is_latency { value == 1 } else { is_above(comparison, Ratio::whole(value), question) }
    };
    let all_or_none = |holds: bool| if holds { ANY } else { NONE };
    Some(match question.statistic {
        Statistic::Average => most_zeros_of_average(question.threshold, comparison, ones),
        Statistic::Sum => all_or_none(is_above(comparison, Ratio::whole(ones), question)),
        Statistic::Maximum => all_or_none(above((ones > 0).into())),
        Statistic::Minimum if above(0) => ANY,
        Statistic::Minimum => {
            if ones > 0 && above(1) {
                0
            } else {
                NONE
            }
        }
        Statistic::Percentile(_) if ones == 0 => NONE,
        Statistic::Percentile(p) => {
            // ⌈p·(o + z)⌉ > z ⇔ p·o > z·(1 − p); rank 1 is at least read.
            let rest = p.denominator() - p.numerator();
            if rest == 0 { ANY } else { (div_ceil(p.numerator() * ones, rest) - 1).max(0) }
        }
        _ => return None,
    })
}

/// Zeros z with o/(o + z) above a/b: a·z < o·(b − a), or ≤ where the threshold itself is above.
fn most_zeros_of_average(threshold: Ratio, comparison: Comparison, ones: i128) -> i128 {
    let (a, b) = (threshold.numerator(), threshold.denominator());
    let strict = is_strict(comparison);
    if a <= 0 {
        return if ones > 0 || !strict { ANY } else { NONE };
    }
    let room = ones * (b - a);
    if room < 0 {
        return NONE;
    }
    if strict { div_ceil(room, a) - 1 } else { room.div_euclid(a) }
}

/// Whether the upper side begins above the threshold rather than at it.
fn is_strict(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::GreaterThanThreshold | Comparison::LessThanOrEqualToThreshold)
}

fn is_above(comparison: Comparison, value: Ratio, question: &Question) -> bool {
    if is_strict(comparison) { value > question.threshold } else { value >= question.threshold }
}

/// The largest whole number that is not on the upper side.
fn last_not_above(comparison: Comparison, threshold: Ratio) -> i128 {
    if is_strict(comparison) { threshold.floor() } else { threshold.ceil() - 1 }
}

fn div_ceil(a: i128, b: i128) -> i128 {
    -(-a).div_euclid(b)
}
