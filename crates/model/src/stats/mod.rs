//! Statistics: intervals, quantiles, tests, and the closed forms of queueing theory.
//!
//! Nothing here knows the domain. All sums run in the order of their input, so that equal input
//! gives equal bits.

pub mod betting;
pub mod holm;
pub mod humps;
pub mod interval;
pub mod limit;
pub mod paired;
pub mod poisson;
pub mod power;
pub mod proportion;
pub mod quadrature;
pub mod quantile;
pub mod queueing;
pub mod rule_of_three;
pub mod sequential;
pub mod sign_test;
pub mod skewed;
pub mod two_sample;
pub mod waiting;

/// A closed interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end, not below the lower.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies in it.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// From one end to the other.
    pub fn width(self) -> f64 {
        self.high - self.low
    }
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53; above, one part in 10^16")]
pub fn real(count: u64) -> f64 {
    count as f64
}

/// The length of a sample as a real number.
#[expect(clippy::cast_precision_loss, reason = "no sample in memory has 2^53 values")]
pub fn real_len(length: usize) -> f64 {
    length as f64
}

/// The probability left out on each side of a two-sided interval of level `confidence`.
fn tail(confidence: f64) -> f64 {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence level lies between 0 and 1");
    (1.0 - confidence) / 2.0
}
