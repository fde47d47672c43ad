use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::time::SimDuration;

const QUANTILES: [f64; 9] = [0.0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0];

/// Durations spread evenly over the powers of two up to 2^bits ns; one in `zeros` is zero.
fn durations(count: usize, bits: f64, zeros: u32, seed: u64) -> Vec<i64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut draw = || {
        if rng.random_range(0..zeros) == 0 {
            return 0;
        }
        SimDuration::from_secs_f64((bits * rng.random::<f64>()).exp2() / 1e9).as_nanos()
    };
    (0..count).map(|_| draw()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "durations of the test are below 2^53 ns")]
fn float(duration_ns: i64) -> f64 {
    duration_ns as f64
}

#[test]
fn buckets_tile_the_durations() {
    let mut end = 0;
    for index in 0..54 * 128 {
        let (start, width) = bounds_of(index);
        assert_eq!(start, end, "bucket {index} begins where the one before ends");
        assert_eq!((bucket_of(start), bucket_of(start + width - 1)), (index, index));
        assert!(width == 8 || width * 128 <= start, "bucket {index} is too wide: {width}");
        end = start + width;
    }
    assert_eq!(end, 1 << 63, "all durations, and no more");
}

#[test]
#[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a rank of the sample")]
fn quantiles_agree_with_the_ordered_sample() {
    for (count, bits, zeros) in [(1, 30.0, 1000), (2, 30.0, 3), (57, 12.0, 4), (20_000, 36.0, 5)] {
        let mut sample = durations(count, bits, zeros, 3);
        let histogram: Histogram = sample.iter().copied().collect();
        sample.sort_unstable();
        for q in QUANTILES {
            let rank = (q * float(i64::try_from(count).expect("small"))).ceil().max(1.0) as usize;
            let exact = float(sample[rank - 1]);
            let got = histogram.quantile_ns(q).expect("not empty");
            let tolerance = if exact == 0.0 { 0.0 } else { (exact / 128.0).max(8.0) };
            assert!((got - exact).abs() <= tolerance, "{count} q={q}: {got} instead of {exact}");
        }
        assert_eq!(histogram.quantile_ns(0.0), Some(float(sample[0])));
        assert_eq!(histogram.quantile_ns(1.0), Some(float(sample[count - 1])));
        assert_eq!(
            (histogram.min_ns(), histogram.max_ns()),
            (Some(sample[0]), sample.last().copied())
        );
        assert_eq!(histogram.sum_ns(), sample.iter().copied().map(i128::from).sum());
        assert_eq!(histogram.zeros(), sample.iter().filter(|&&x| x == 0).count() as u64);
    }
}

#[test]
fn quantiles_never_decrease() {
    let histogram: Histogram = durations(500, 25.0, 6, 8).into_iter().collect();
    let quantiles: Vec<f64> =
        (0..=1000).map(|k| histogram.quantile_ns(f64::from(k) / 1000.0).expect("data")).collect();
    assert!(quantiles.is_sorted());
}

#[test]
fn merging_is_recording_both() {
    let (left, right) = (durations(300, 20.0, 4, 1), durations(400, 33.0, 9, 2));
    let all: Histogram = left.iter().chain(&right).copied().collect();
    for (first, second) in [(&left, &right), (&right, &left)] {
        let mut merged: Histogram = first.iter().copied().collect();
        merged.merge(&second.iter().copied().collect());
        assert_eq!(merged, all);
        merged.merge(&Histogram::new());
        assert_eq!(merged, all);
    }
}

#[test]
fn nothing_has_no_quantile_and_clearing_forgets_all() {
    let mut histogram: Histogram = durations(100, 30.0, 4, 5).into_iter().collect();
    histogram.clear();
    assert_eq!(histogram, Histogram::new());
    assert_eq!(
        (histogram.count(), histogram.quantile_ns(0.5), histogram.mean_ns()),
        (0, None, None)
    );
    assert_eq!((histogram.min_ns(), histogram.max_ns()), (None, None));
    histogram.record(1000);
    assert_eq!((histogram.mean_ns(), histogram.quantile_ns(0.5)), (Some(1000.0), Some(1000.0)));
}

#[test]
fn the_longest_duration_fits() {
    let histogram: Histogram = [i64::MAX, i64::MAX].into_iter().collect();
    assert_eq!(histogram.sum_ns(), 2 * i128::from(i64::MAX));
    assert_eq!(histogram.quantile_ns(0.3), Some(float(i64::MAX)));
}
