//! Exact fractions, so that "3 errors of 200 requests > 1.5 %" is decided as written and not as rounded.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A fraction of two integers, the denominator positive. Not reduced.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// The fraction `numerator / denominator`.
    ///
    /// # Panics
    /// In debug builds if the denominator is not positive.
    pub const fn new(numerator: i128, denominator: i128) -> Self {
        debug_assert!(denominator > 0, "invariant: a denominator is positive");
        Self { numerator, denominator }
    }

    /// A whole number.
    pub const fn whole(number: i128) -> Self {
        Self::new(number, 1)
    }

    /// The decimal that `value` is the shortest spelling of: 0.0151 gives 151/10000 exactly.
    ///
    /// # Errors
    /// [`RatioError`] if `value` is not finite or needs more than 18 digits on either side of the point.
    pub fn from_decimal(value: f64) -> Result<Self, RatioError> {
        format!("{value}").parse()
    }

    /// The top.
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// The bottom, positive.
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// This fraction times a whole number.
    #[must_use]
    pub const fn times(self, factor: i128) -> Self {
        Self::new(self.numerator * factor, self.denominator)
    }

    /// The largest whole number that is not above this fraction.
    pub const fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// The smallest whole number that is not below this fraction.
    pub const fn ceil(self) -> i128 {
        -(-self.numerator).div_euclid(self.denominator)
    }

    /// The nearest floating-point number, for people.
    #[expect(clippy::cast_precision_loss, reason = "for display and plots only")]
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// Compares by cross-multiplication. Both sides stay far below 2^127: latency sums are below 10^25 ns
/// and denominators below 10^18.
impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = self.numerator.saturating_mul(other.denominator);
        let right = other.numerator.saturating_mul(self.denominator);
        left.cmp(&right)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ratio {}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_f64().fmt(f)
    }
}

/// A number that is no exact decimal of a sensible size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a finite decimal of at most 18 digits on either side of the point")]
pub struct RatioError;

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, RatioError> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() || whole.len() > 18 || fraction.len() > 18 {
            return Err(RatioError);
        }
        let mut numerator: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if !digit.is_ascii_digit() {
                return Err(RatioError);
            }
            numerator = numerator * 10 + i128::from(digit - b'0');
        }
        let scale = u32::try_from(fraction.len()).map_err(|_| RatioError)?;
        Ok(Self::new(sign * numerator, 10_i128.pow(scale)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_taken_as_written() {
        assert_eq!(Ratio::from_decimal(0.0151), Ok(Ratio::new(151, 10_000)));
        assert_eq!(Ratio::from_decimal(-2.5), Ok(Ratio::new(-5, 2)));
        assert_eq!(Ratio::from_decimal(100_000.0), Ok(Ratio::whole(100_000)));
        assert_eq!(Ratio::from_decimal(f64::NAN), Err(RatioError));
        assert_eq!(Ratio::from_decimal(1e30), Err(RatioError));
        assert_eq!("".parse::<Ratio>(), Err(RatioError));
        assert_eq!(".".parse::<Ratio>(), Err(RatioError));
    }

    #[test]
    fn three_in_two_hundred_is_not_above_one_and_a_half_percent() {
        let threshold = Ratio::from_decimal(0.015).expect("a decimal");
        assert!(Ratio::new(3, 200) <= threshold);
        assert!(Ratio::new(301, 20_000) > threshold);
    }

    #[test]
    fn floor_and_ceil_of_both_signs() {
        for (numerator, floor, ceil) in [(7, 3, 4), (-7, -4, -3), (8, 4, 4)] {
            assert_eq!(Ratio::new(numerator, 2).floor(), floor);
            assert_eq!(Ratio::new(numerator, 2).ceil(), ceil);
        }
    }
}
