//! Holm's step-down adjustment of p-values.
//!
//! Of m tests, the i-th smallest p-value is multiplied by m − i + 1, then made monotone and kept
//! at most 1. Rejecting where the adjusted value is at most α keeps the probability of any false
//! rejection in the family at α, whatever the dependence. Source: Holm 1979, Scand. J. Statist. 6,
//! 65–70.

use super::real_len;

/// The adjusted p-values, in the order of the input.
///
/// # Panics
/// In debug builds if a p-value is not between 0 and 1.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    debug_assert!(p_values.iter().all(|p| (0.0..=1.0).contains(p)), "p-values lie in [0, 1]");
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        let factor = real_len(p_values.len() - rank);
        largest = largest.max((p_values[index] * factor).min(1.0));
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn as_r_adjusts() {
        // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") = 0.03 0.06 0.06 0.02
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((got - expected).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(holm(&[]), Vec::<f64>::new());
        assert_eq!(holm(&[0.7, 0.8]), vec![1.0, 1.0]);
    }

    proptest! {
        /// Never below the raw value, never above Bonferroni's, and in the same order.
        #[test]
        fn lies_between_raw_and_bonferroni(p in prop::collection::vec(0.0..=1.0_f64, 1..40)) {
            let adjusted = holm(&p);
            for (i, &a) in adjusted.iter().enumerate() {
                prop_assert!(a >= p[i] && a <= (p[i] * real_len(p.len())).min(1.0));
                for (j, &b) in adjusted.iter().enumerate() {
                    prop_assert!(p[i] > p[j] || a <= b);
                }
            }
        }
    }
}
