//! Exact fractions, so that "3 errors of 200 requests > 1.5 %" is decided as written and not as
//! rounded.

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
    /// [`RatioError`] if `value` is not finite or needs more than 18 digits on either side of the
    /// point.
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
    pub fn times(self, factor: i128) -> Self {
        match self.numerator.checked_mul(factor) {
            Some(numerator) => Self::new(numerator, self.denominator),
            None => self.multiplied(Self::whole(factor)),
        }
    }

    /// The sum, exact as long as it fits into 128 bits once reduced.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        // Decimals of as many places need nothing but this.
        if self.denominator == other.denominator
            && let Some(numerator) = self.numerator.checked_add(other.numerator)
        {
            return Self::new(numerator, self.denominator);
        }
        let (left, right) = (self.reduced(), other.reduced());
        let common = gcd(left.denominator, right.denominator);
        let (left_factor, right_factor) = (right.denominator / common, left.denominator / common);
        let exact = || {
            let scaled = left.numerator.checked_mul(left_factor)?;
            let numerator = scaled.checked_add(right.numerator.checked_mul(right_factor)?)?;
            Some(Self::new(numerator, left.denominator.checked_mul(left_factor)?))
        };
        exact().unwrap_or_else(|| Self::nearest(self.as_f64() + other.as_f64()))
    }

    /// The product, exact as long as it fits into 128 bits once reduced.
    #[must_use]
    pub fn multiplied(self, other: Self) -> Self {
        let left = Self::new(self.numerator, other.denominator).reduced();
        let right = Self::new(other.numerator, self.denominator).reduced();
        let exact = || {
            let numerator = left.numerator.checked_mul(right.numerator)?;
            Some(Self::new(numerator, left.denominator.checked_mul(right.denominator)?))
        };
        exact().unwrap_or_else(|| Self::nearest(self.as_f64() * other.as_f64()))
    }

    /// This fraction divided by a positive whole number, exact as long as it fits into 128 bits.
    #[must_use]
    pub fn over(self, divisor: i128) -> Self {
        self.multiplied(Self::new(1, divisor))
    }

    /// The difference, exact as long as it fits into 128 bits once reduced.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(other.times(-1))
    }

    /// The quotient, exact as long as it fits into 128 bits once reduced; `None` if `divisor` is
    /// zero.
    pub fn divided(self, divisor: Self) -> Option<Self> {
        let sign = divisor.numerator.signum();
        (sign != 0).then(|| {
            let inverse = Self::new(sign * divisor.denominator, sign * divisor.numerator);
            self.multiplied(inverse)
        })
    }

    /// In lowest terms.
    #[must_use]
    pub const fn reduced(self) -> Self {
        let common = gcd(self.numerator, self.denominator);
        Self::new(self.numerator / common, self.denominator / common)
    }

    /// The fraction that a floating-point number is, its size at most 2^126 and its grain 2^-126;
    /// NaN gives 0.
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most 2^126")]
    pub fn nearest(value: f64) -> Self {
        let bound = 2_f64.powi(126);
        let value = if value.is_nan() { 0.0 } else { value.clamp(-bound, bound) };
        // With 126 binary places less as many as stand before the point.
        let places = (126 - value.abs().max(1.0).log2().ceil() as i32).clamp(0, 126);
        let scaled = (value * 2_f64.powi(places)) as i128;
        Self::new(scaled, 1_i128 << places).reduced()
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
        // The same, and much faster.
        if let Some([numerator, denominator]) = self.short() {
            return numerator as f64 / denominator as f64;
        }
        self.numerator as f64 / self.denominator as f64
    }

    /// Top and bottom, if 64 bits hold them, as they mostly do.
    fn short(self) -> Option<[i64; 2]> {
        let [numerator, denominator] = [self.numerator, self.denominator].map(i64::try_from);
        Some([numerator.ok()?, denominator.ok()?])
    }

    /// Compares the whole parts, and if they are equal the inverses of the rests.
    fn cmp_by_parts(mut self, mut other: Self) -> Ordering {
        loop {
            let whole = self.floor().cmp(&other.floor());
            let rest = self.numerator.rem_euclid(self.denominator);
            let other_rest = other.numerator.rem_euclid(other.denominator);
            if whole.is_ne() || rest == 0 || other_rest == 0 {
                return whole.then(rest.min(1).cmp(&other_rest.min(1)));
            }
            // a/b < c/d if and only if d/c < b/a.
            let inverse = Self::new(self.denominator, rest);
            self = Self::new(other.denominator, other_rest);
            other = inverse;
        }
    }
}

/// The greatest common divisor, at least 1; `b` is positive.
const fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while a != 0 {
        (a, b) = (b % a, a);
    }
    b.cast_signed()
}

/// Exact for all fractions: by cross-multiplication, or, where a product would not fit, digit by
/// digit of the continued fractions.
impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.denominator == other.denominator {
            return self.numerator.cmp(&other.numerator);
        }
        if let (Some([a, b]), Some([c, d])) = (self.short(), other.short()) {
            let [a, b, c, d] = [a, b, c, d].map(i128::from);
            return (a * d).cmp(&(c * b));
        }
        let left = self.numerator.checked_mul(other.denominator);
        let right = other.numerator.checked_mul(self.denominator);
        match (left, right) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => self.cmp_by_parts(*other),
        }
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
    fn products_beyond_128_bits_are_compared_exactly() {
        let big = 10_i128.pow(37);
        let third = |numerator| Ratio::new(numerator, 3 * big);
        assert_eq!(third(big).cmp(&Ratio::new(1, 3)), Ordering::Equal);
        for (other, expected) in [(big - 1, Ordering::Less), (big + 1, Ordering::Greater)] {
            assert_eq!(third(other).cmp(&third(big)), expected);
            assert_eq!(Ratio::new(-other, big).cmp(&Ratio::new(-big, big)), expected.reverse());
            assert_eq!(Ratio::new(other, big).cmp(&Ratio::whole(1)), expected);
        }
        // Successive ratios of Fibonacci numbers F(k)/F(k+1) lie alternately above and below the
        // golden section; these differ by 1 in 10^76.
        let (mut k, mut numerator, mut denominator) = (1, 1_i128, 1_i128);
        while let Some(next) = numerator.checked_add(denominator) {
            (k, numerator, denominator) = (k + 1, denominator, next);
        }
        let last = Ratio::new(numerator, denominator);
        let before = Ratio::new(denominator - numerator, numerator);
        assert!(k > 180);
        let expected = if k % 2 == 0 { Ordering::Less } else { Ordering::Greater };
        assert_eq!(last.cmp(&before), expected);
    }

    #[test]
    fn comparing_by_parts_agrees_with_cross_multiplication() {
        for a in -12..=12 {
            for b in 1..=7 {
                for c in -12..=12 {
                    for d in 1..=7 {
                        let (left, right) = (Ratio::new(a, b), Ratio::new(c, d));
                        assert_eq!(left.cmp_by_parts(right), left.cmp(&right), "{left} {right}");
                    }
                }
            }
        }
    }

    #[test]
    fn sums_and_products_are_exact_while_they_fit() {
        let tenth = Ratio::new(1, 10);
        let sum = (0..1000).fold(Ratio::whole(0), |sum, _| sum.plus(tenth));
        assert_eq!(sum, Ratio::whole(100));
        assert_eq!(Ratio::new(-1, 6).plus(Ratio::new(1, 10)), Ratio::new(-1, 15));
        assert_eq!(Ratio::new(-4, 6).multiplied(Ratio::new(9, 10)), Ratio::new(-3, 5));
        assert_eq!(Ratio::new(7, 2).over(7), Ratio::new(1, 2));
        let big = Ratio::new(10_i128.pow(37), 7);
        assert_eq!(big.multiplied(Ratio::new(7, 10_i128.pow(37))), Ratio::whole(1));
        let huge = big.multiplied(big).as_f64();
        assert!((huge / 2_f64.powi(126) - 1.0).abs() < 1e-12, "the bound, not an overflow: {huge}");
        for value in [0.1, -1e30, 1.5, 3e-20, 0.0] {
            assert!(
                (Ratio::nearest(value).as_f64() - value).abs() <= value.abs() * 1e-15,
                "{value}"
            );
        }
        assert_eq!(Ratio::nearest(f64::NAN), Ratio::whole(0));
    }

    #[test]
    fn floor_and_ceil_of_both_signs() {
        for (numerator, floor, ceil) in [(7, 3, 4), (-7, -4, -3), (8, 4, 4)] {
            assert_eq!(Ratio::new(numerator, 2).floor(), floor);
            assert_eq!(Ratio::new(numerator, 2).ceil(), ceil);
        }
    }
}
