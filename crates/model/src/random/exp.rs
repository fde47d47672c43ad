//! e^x, the same bits on every machine.
//!
//! The exponential of the system's mathematical library differs in its last bit from one machine to
//! another; this one is additions and multiplications only, which every machine rounds alike, and a loop over
//! it is compiled to vectors.
//!
//! x = k·ln 2 + r with whole k and |r| ≤ ln 2 / 2, so e^x = 2^k·e^r (Cody and Waite, Software Manual for
//! the Elementary Functions, 1980, §6), and e^r is its Taylor series up to r¹³/13!: what is left out is
//! below 4·10⁻¹⁸ of it. With rounding the result is within 2.5·10⁻¹⁶, two units in the last place.

use std::f64::consts::LOG2_E;

/// Adding it rounds to a whole number, which then stands in the last bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts, the first with so few bits that k times it is exact.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
/// Beyond it the result would not be a normal number.
const LARGEST: f64 = 708.0;
/// 1/n! from n = 2 on.
const INVERSE_FACTORIALS: [f64; 12] = [
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
    1.0 / 6_227_020_800.0,
];

/// e^x, as if x were −708 below that and 708 above it; of NaN nothing is said.
#[inline]
pub fn exp(x: f64) -> f64 {
    let x = x.clamp(-LARGEST, LARGEST);
    let shifted = x * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN_2[0]) - k * LN_2[1];
    let series = INVERSE_FACTORIALS.iter().rev().fold(0.0, |sum, factor| sum * r + factor);
    let power = r * r * series + r + 1.0;
    // Adds k to the exponent.
    f64::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 52))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the system's, which is within one unit in the last place of the truth (glibc's manual,
    /// "Known Maximum Errors in Math Functions").
    #[test]
    fn is_the_exponential_to_two_units_in_the_last_place() {
        let mut worst = 0.0_f64;
        for step in -700_000..=700_000 {
            let x = f64::from(step) * 1.000_37e-3;
            worst = worst.max((exp(x) / x.exp() - 1.0).abs());
        }
        assert!(worst < 5e-16, "off by {worst:e}");
    }

    #[test]
    fn is_exact_at_zero_and_stays_within_its_bounds() {
        assert!((exp(0.0) - 1.0).abs() <= 0.0);
        assert!(exp(f64::INFINITY).is_finite() && exp(1e300) > 1e307);
        assert!(exp(f64::NEG_INFINITY) > 0.0 && exp(-1e300) < 1e-307);
    }

    /// A request that is slower under one normal score is slower under any larger one.
    #[test]
    fn never_falls() {
        let mut last = 0.0;
        for step in 0..2_000_000_u32 {
            let now = exp(f64::from(step) * 1e-7 + 17.3);
            assert!(now >= last, "at step {step}");
            last = now;
        }
    }

    /// Any other bits would change the results of every seed on some machine.
    #[test]
    fn bits_never_change() {
        let bits = [1.0, -1.0, 0.1, 17.5, -300.25].map(|x| format!("{:#x}", exp(x).to_bits()));
        insta::assert_snapshot!(bits.join("\n"), @r"
        0x4005bf0a8b14576a
        0x3fd78b56362cef38
        0x3ff1aec7b35a00d4
        0x4182fd6c832e3c72
        0x24dc758233102ace
        ");
    }
}
