//! Statistical assertions. Each prints what it found, its significance level α (the chance that a
//! harmless change of the random numbers trips it) and the error that it would have caught.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::print_stdout, reason = "a test says what it found")]

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Asserts that independent `samples` have the mean `truth`: |x̄ − truth| ≤ t(1 − α/2, n − 1)·s/√n.
pub(crate) fn assert_mean_within(samples: &[f64], truth: f64, alpha: f64) {
    let count = as_float(samples.len());
    let mean = samples.iter().sum::<f64>() / count;
    let squares: f64 = samples.iter().map(|x| (x - mean).powi(2)).sum();
    let standard_error = (squares / (count - 1.0) / count).sqrt();
    let student = StudentsT::new(0.0, 1.0, count - 1.0).expect("at least two samples");
    let half_width = student.inverse_cdf(1.0 - alpha / 2.0) * standard_error;
    // An error of the half-width is caught half the time; 1.28 standard errors more, nine times in
    // ten.
    let detectable = half_width + 1.2816 * standard_error;
    println!(
        "mean {mean:.6e} ± {half_width:.2e} of {count} samples against {truth:.6e}, α {alpha:e}; \
         an error of {detectable:.2e} ({:.3} %) is caught 9 times in 10",
        100.0 * detectable / truth.abs()
    );
    assert!(
        (mean - truth).abs() <= half_width,
        "mean {mean:.6e} is further than {half_width:.2e} from {truth:.6e} (α {alpha:e})"
    );
}

/// Asserts that independent `samples` follow the continuous distribution function `cdf`
/// (Kolmogorov–Smirnov, D ≤ √(ln(2/α)/2)/√n).
pub(crate) fn assert_ks(samples: &[f64], cdf: impl Fn(f64) -> f64, alpha: f64) {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = as_float(sorted.len());
    let distance = sorted
        .iter()
        .enumerate()
        .map(|(index, &x)| {
            let (below, up_to) = (as_float(index) / count, as_float(index + 1) / count);
            (cdf(x) - below).abs().max((up_to - cdf(x)).abs())
        })
        .fold(0.0, f64::max);
    let limit = ((2.0 / alpha).ln() / 2.0 / count).sqrt();
    println!(
        "KS distance {distance:.5} of {count} samples, limit {limit:.5}, α {alpha:e}; \
         a distribution function off by {:.5} somewhere is caught 9 times in 10",
        limit + 1.2816 * 0.5 / count.sqrt()
    );
    assert!(distance <= limit, "KS distance {distance:.5} is above {limit:.5} (α {alpha:e})");
}

#[expect(clippy::cast_precision_loss, reason = "counts of samples are far below 2^53")]
fn as_float(count: usize) -> f64 {
    count as f64
}
