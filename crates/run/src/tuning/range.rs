//! Thresholds: their keys, the range that makes sense, and the plainest one of a gap.

use crate::alarm::spec::AlarmSpec;
use crate::alarm::subject::{Origin, Subject};
use crate::telemetry::extended::Measure;
use crate::telemetry::metric::Statistic;
use crate::telemetry::ratio::Ratio;

/// A scenario takes thresholds of so many digits after the point.
const DECIMALS: i32 = 12;

/// Whether a lower threshold alarms more.
fn is_above(spec: &AlarmSpec) -> bool {
    spec.comparison.breaches_above()
}

/// The key of a threshold: see [`Curve`](crate::tuning::curve::Curve).
pub(super) fn key(spec: &AlarmSpec, threshold: Ratio) -> f64 {
    if is_above(spec) { threshold.as_f64() } else { -threshold.as_f64() }
}

/// The thresholds between two keys, lower end first.
pub(super) fn thresholds(spec: &AlarmSpec, keys: (f64, f64)) -> (f64, f64) {
    if is_above(spec) { keys } else { (-keys.1, -keys.0) }
}

/// The thresholds that tell datapoints apart: what requests send is never negative, a share never above 1.
/// The first end is also the lowest that a scenario takes.
pub(super) fn sensible(spec: &AlarmSpec) -> (f64, f64) {
    let query = match &spec.subject {
        Subject::Query(query) => query,
        Subject::Math(_) => return (f64::NEG_INFINITY, f64::INFINITY),
        Subject::Band(band) => &band.queries[0],
    };
    let is_share = !query.is_latency()
        && match query.statistic {
            Statistic::Sum | Statistic::SampleCount => false,
            Statistic::Extended(extended) => {
                matches!(extended.measure, Measure::TrimmedMean | Measure::WinsorizedMean)
            }
            _ => true,
        };
    match query.origin {
        Origin::Sampled(_) => (f64::NEG_INFINITY, f64::INFINITY),
        Origin::Requests(..) if is_share => (0.0, 1.0),
        Origin::Requests(..) => (0.0, f64::INFINITY),
    }
}

/// Whether a gap of thresholds surely holds a decimal that can be written and is no rounded critical value.
pub(super) fn is_writable((low, high): (f64, f64)) -> bool {
    high - low > f64::max(2.0 * 10_f64.powi(-DECIMALS), 1e-14 * low.abs().max(high.abs()))
}

/// The part of a gap of thresholds that a threshold is looked for in: within what is sensible, and where
/// that leaves it open, as far again as its other end is from 0 (at least 1).
pub(super) fn window(gap: (f64, f64), sensible: (f64, f64)) -> (f64, f64) {
    let low = if gap.1 > sensible.0 { gap.0.max(sensible.0) } else { gap.0 };
    let high = if low < sensible.1 { gap.1.min(sensible.1) } else { gap.1 };
    let reach = |end: f64| if end == 0.0 { 1.0 } else { end.abs() };
    match (low.is_finite(), high.is_finite()) {
        (true, true) => (low, high),
        (true, false) => (low, low + reach(low)),
        (false, true) => (high - reach(high), high),
        (false, false) => (-1.0, 1.0),
    }
}

/// How wide a gap is for its size, 0 to 2: the share of its larger end; an open end counts as 1.
pub(super) fn relative_width((low, high): (f64, f64)) -> f64 {
    if low.is_infinite() || high.is_infinite() {
        return 1.0;
    }
    let size = low.abs().max(high.abs());
    if size > 0.0 { (high - low) / size } else { 0.0 }
}

/// The decimal strictly between two finite ends that has the fewest digits; of those the nearest to the
/// middle.
///
/// Units for people (percent, ms) are powers of ten of those here, so digits are as many in both. On the
/// coarsest grid of a power of ten with a point inside, the point nearest to the middle is inside: the gap
/// lies evenly around it.
pub(super) fn plainest((low, high): (f64, f64)) -> Ratio {
    let middle = low + (high - low) / 2.0;
    if low < 0.0 && high > 0.0 {
        return Ratio::whole(0);
    }
    let size = low.abs().max(high.abs()).max(10_f64.powi(-DECIMALS));
    #[expect(clippy::cast_possible_truncation, reason = "the exponent of a double")]
    let coarsest = size.log10().floor() as i32 + 1;
    for exponent in (-DECIMALS..=coarsest.min(18)).rev() {
        let places = u32::try_from(-exponent).unwrap_or(0);
        let unit = 10_f64.powi(exponent.abs());
        let steps = if exponent < 0 { middle * unit } else { middle / unit };
        let threshold = whole(steps.round()).map(|steps| match exponent {
            ..0 => Ratio::new(steps, 10_i128.pow(places)),
            _ => Ratio::whole(steps).times(10_i128.pow(exponent.unsigned_abs())),
        });
        if let Some(threshold) =
            threshold.filter(|threshold| low < threshold.as_f64() && threshold.as_f64() < high)
        {
            return threshold;
        }
    }
    Ratio::nearest(middle)
}

#[expect(clippy::cast_possible_truncation, reason = "a whole number of less than 2^100")]
fn whole(value: f64) -> Option<i128> {
    (value.abs() < 2_f64.powi(100)).then_some(value as i128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    #[test]
    fn the_plainest_threshold_of_a_gap() {
        for (gap, expected) in [
            ((0.0071, 0.0089), "0.008"),
            ((0.0, 1.0), "0.5"),
            ((0.95, 1.35), "1"),
            ((1.15, 1.45), "1.3"),
            ((8.0, 30.0), "20"),
            ((95e6, 135e6), "100000000"),
            ((103e6, 104e6), "103500000"),
            ((-0.4, -0.2), "-0.3"),
            ((-1.0, 2.0), "0"),
            ((0.333_333, 0.333_334), "0.3333335"),
        ] {
            assert_eq!(plainest(gap), expected.parse().expect("a decimal"), "of {gap:?}");
        }
    }

    #[test]
    fn open_ends_are_closed_where_it_makes_sense() {
        let (share, number) = ((0.0, 1.0), (0.0, f64::INFINITY));
        assert_eq!(window((0.02, f64::INFINITY), share), (0.02, 1.0));
        assert_eq!(window((f64::NEG_INFINITY, 0.02), share), (0.0, 0.02));
        assert_eq!(window((4e6, f64::INFINITY), number), (4e6, 8e6));
        assert_eq!(window((0.0, f64::INFINITY), number), (0.0, 1.0));
        // All requests failed: only a threshold above 1 tells.
        assert_eq!(window((1.0, f64::INFINITY), share), (1.0, 2.0));
        assert_eq!(window((f64::NEG_INFINITY, 0.0), share), (-1.0, 0.0));
    }

    /// All decimals of few digits, tried one by one.
    fn fewest_digits_inside(low: f64, high: f64) -> usize {
        let digits = |value: u64| value.to_string().trim_end_matches('0').len();
        let inside = |value: &u64| {
            let value = f64::from(u32::try_from(*value).expect("a small number")) / 1e4;
            low < value && value < high
        };
        (0..=20_000_u64).filter(inside).map(digits).min().expect("a decimal inside")
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(5),
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_decimal_inside_is_shorter(low in 0.0..1.0_f64, width in 2e-4..1.0_f64) {
            let high = low + width;
            let found = plainest((low, high));
            prop_assert!(low < found.as_f64() && found.as_f64() < high);
            let tenthousandths = found.as_f64() * 1e4;
            prop_assert!((tenthousandths - tenthousandths.round()).abs() < 1e-6);
            let text = format!("{:.0}", tenthousandths.round());
            prop_assert_eq!(text.trim_end_matches('0').len(), fewest_digits_inside(low, high));
        }
    }
}
