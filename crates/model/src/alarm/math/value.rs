//! Numbers of metric math: exact fractions as long as that is possible.
//!
//! `errors / requests * 100` is compared with the threshold as written, so 3 errors of 200 are not
//! above 1.5 %. Roots, logarithms and fractional powers are no fractions, and fractions can outgrow
//! 128 bits: from there on a number is a 64-bit float, with its rounding.

use std::cmp::Ordering;

use crate::telemetry::ratio::Ratio;

/// A number, always finite.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// Exactly this.
    Exact(Ratio),
    /// As near as a float comes; finite.
    Approximate(f64),
}

impl Value {
    /// 0.
    pub const ZERO: Self = Self::Exact(Ratio::whole(0));
    /// 1.
    pub const ONE: Self = Self::Exact(Ratio::whole(1));

    /// A whole number.
    pub const fn whole(number: i128) -> Self {
        Self::Exact(Ratio::whole(number))
    }

    /// 1 or 0.
    pub const fn truth(holds: bool) -> Self {
        if holds { Self::ONE } else { Self::ZERO }
    }

    /// The nearest float.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Exact(ratio) => ratio.as_f64(),
            Self::Approximate(float) => float,
        }
    }

    /// Whether this is 0.
    pub fn is_zero(self) -> bool {
        self.compare(Self::ZERO).is_eq()
    }

    /// The order of two numbers; exact if both are.
    pub fn compare(self, other: Self) -> Ordering {
        if let (Self::Exact(left), Self::Exact(right)) = (self, other) {
            return left.cmp(&right);
        }
        // Values are finite, so they have an order.
        self.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal)
    }

    /// The order of this number to a threshold.
    pub fn compare_with(self, threshold: Ratio) -> Ordering {
        self.compare(Self::Exact(threshold))
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        self.combine(other, sum, |left, right| left + right)
    }

    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated()?)
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        self.combine(other, product, |left, right| left * right)
    }

    /// None by zero.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        self.combine(other, quotient, |left, right| left / right)
    }

    /// None where the power is no finite real number. 0 to the power of 0 is 1.
    pub(super) fn power(self, exponent: Self) -> Option<Self> {
        if let Self::Exact(whole) = exponent
            && whole == Ratio::whole(whole.floor())
            && let Ok(times) = i32::try_from(whole.floor())
        {
            if times < 0 {
                return Self::ONE.over(self.power(Self::whole(-i128::from(times)))?);
            }
            if let Some(exact) = self.power_of_fraction(times) {
                return Some(exact);
            }
        }
        finite(self.as_f64().powf(exponent.as_f64()))
    }

    pub(super) fn negated(self) -> Option<Self> {
        self.map(
            |ratio| Some(Ratio::new(ratio.numerator().checked_neg()?, ratio.denominator())),
            |float| -float,
        )
    }

    pub(super) fn absolute(self) -> Option<Self> {
        if self.compare(Self::ZERO).is_lt() { self.negated() } else { Some(self) }
    }

    pub(super) fn ceil(self) -> Option<Self> {
        self.map(|ratio| Some(Ratio::whole(ratio.ceil())), f64::ceil)
    }

    pub(super) fn floor(self) -> Option<Self> {
        self.map(|ratio| Some(Ratio::whole(ratio.floor())), f64::floor)
    }

    /// None of numbers that are not positive.
    pub(super) fn natural_logarithm(self) -> Option<Self> {
        finite(self.as_f64().ln())
    }

    /// None of numbers that are not positive.
    pub(super) fn logarithm_to_base_10(self) -> Option<Self> {
        finite(self.as_f64().log10())
    }

    pub(super) fn square_root(self) -> Option<Self> {
        finite(self.as_f64().sqrt())
    }

    fn map(
        self,
        exact: impl Fn(Ratio) -> Option<Ratio>,
        approximate: impl Fn(f64) -> f64,
    ) -> Option<Self> {
        if let Self::Exact(ratio) = self
            && let Some(result) = exact(ratio)
        {
            return Some(Self::Exact(result));
        }
        finite(approximate(self.as_f64()))
    }

    /// Exactly if it fits, the fractions reduced if need be; else as floats.
    fn combine(
        self,
        other: Self,
        exact: impl Fn(Ratio, Ratio) -> Option<Ratio>,
        approximate: impl Fn(f64, f64) -> f64,
    ) -> Option<Self> {
        if let (Self::Exact(left), Self::Exact(right)) = (self, other)
            && let Some(result) =
                exact(left, right).or_else(|| exact(reduced(left), reduced(right)))
        {
            return Some(Self::Exact(result));
        }
        finite(approximate(self.as_f64(), other.as_f64()))
    }

    /// By repeated squaring; none if this is no fraction, or the power does not fit.
    fn power_of_fraction(self, times: i32) -> Option<Self> {
        let Self::Exact(base) = self else { return None };
        let (mut square, mut power) = (reduced(base), Ratio::whole(1));
        let mut left = times;
        while left > 0 {
            if left % 2 == 1 {
                power = product(power, square)?;
            }
            left /= 2;
            if left > 0 {
                square = product(square, square)?;
            }
        }
        Some(Self::Exact(power))
    }
}

impl From<Ratio> for Value {
    fn from(ratio: Ratio) -> Self {
        Self::Exact(ratio)
    }
}

/// Two numbers are equal if they are the same point of the number line.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other).is_eq()
    }
}

fn finite(float: f64) -> Option<Value> {
    float.is_finite().then_some(Value::Approximate(float))
}

fn sum(left: Ratio, right: Ratio) -> Option<Ratio> {
    if left.denominator() == right.denominator() {
        let numerator = left.numerator().checked_add(right.numerator())?;
        return Some(Ratio::new(numerator, left.denominator()));
    }
    let numerator = left
        .numerator()
        .checked_mul(right.denominator())?
        .checked_add(right.numerator().checked_mul(left.denominator())?)?;
    Some(Ratio::new(numerator, left.denominator().checked_mul(right.denominator())?))
}

fn product(left: Ratio, right: Ratio) -> Option<Ratio> {
    let numerator = left.numerator().checked_mul(right.numerator())?;
    Some(Ratio::new(numerator, left.denominator().checked_mul(right.denominator())?))
}

/// `right` is not 0.
fn quotient(left: Ratio, right: Ratio) -> Option<Ratio> {
    let inverse = Ratio::new(
        right.denominator().checked_mul(right.numerator().signum())?,
        right.numerator().checked_abs()?,
    );
    product(left, inverse)
}

fn reduced(ratio: Ratio) -> Ratio {
    let divisor = greatest_common_divisor(ratio.numerator().unsigned_abs(), ratio.denominator());
    Ratio::new(ratio.numerator() / divisor, ratio.denominator() / divisor)
}

/// Euclid's algorithm; `b` is positive, so the divisor fits.
fn greatest_common_divisor(a: u128, b: i128) -> i128 {
    let (mut a, mut b) = (a % b.unsigned_abs(), b.unsigned_abs());
    while a > 0 {
        (a, b) = (b % a, a);
    }
    i128::try_from(b).expect("invariant: a divisor of a number is at most that number")
}
