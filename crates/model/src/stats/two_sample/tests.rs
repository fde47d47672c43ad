use super::*;
use crate::stats::real_len;
use proptest::prelude::*;

fn values(of: &[f64]) -> Values {
    let mut values = Values::default();
    for &value in of {
        values.add(value);
    }
    values
}

#[test]
fn the_pooled_test_of_a_textbook() {
    // R: prop.test(c(15, 25), c(100, 100), correct = FALSE): X² = 3.125, p = 0.0771;
    // interval of the difference −0.2100 to 0.0100.
    let difference = Difference::of_proportions((15, 100), (25, 100)).expect("trials");
    let z = difference.effect / difference.null_variance.sqrt();
    assert!((z * z - 3.125).abs() < 1e-12, "{z}");
    assert!((difference.p_value(Sided::Two) - 0.077_1).abs() < 5e-5);
    assert!((difference.p_value(Sided::One) - 0.038_55).abs() < 5e-5);
    let interval = difference.interval(0.95);
    assert!((interval.low + 0.010_00).abs() < 5e-5 && (interval.high - 0.210_00).abs() < 5e-5);
}

#[test]
fn welchs_test_of_gossets_data() {
    // R: t.test(extra ~ group, data = sleep): t = −1.8608, df = 17.776, p = 0.07939,
    // 95 % interval −3.3655 to 0.2055.
    let a = values(&[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]);
    let b = values(&[1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
    let difference = Difference::of_means(&a, &b).expect("two values each");
    assert!((difference.freedom.expect("some") - 17.776).abs() < 5e-4);
    assert!((difference.p_value(Sided::Two) - 0.079_39).abs() < 5e-6);
    let interval = difference.interval(0.95);
    assert!((interval.low + 0.205_483).abs() < 1e-5 && (interval.high - 3.365_483).abs() < 1e-5);
}

#[test]
fn what_is_not_defined_is_none_and_no_spread_says_nothing() {
    assert_eq!(Difference::of_proportions((0, 0), (1, 2)), None);
    assert_eq!(Difference::of_means(&values(&[1.0]), &values(&[1.0, 2.0])), None);
    assert_eq!(Clusters::default().estimate(), None);
    let none = Difference::of_proportions((0, 50), (0, 70)).expect("trials");
    assert!((none.p_value(Sided::Two) - 1.0).abs() < 1e-12);
}

#[test]
fn clusters_of_one_are_independent_values() {
    let of = [0.0, 1.0, 1.0, 0.0, 3.5, 0.0, 2.0];
    let mut clusters = Clusters::default();
    for value in of {
        clusters.add((0.0, 0.0), value);
    }
    let (clusters, values) = (clusters.estimate().expect("7"), values(&of).estimate().expect("7"));
    assert!((clusters.mean - values.mean).abs() < 1e-12);
    assert!((clusters.variance - values.variance).abs() < 1e-12);
}

proptest! {
    /// The running sums against the formula over whole clusters.
    #[test]
    fn running_sums_are_those_of_the_clusters(
        of in prop::collection::vec(prop::collection::vec(0.0_f64..9.0, 1..6), 2..12),
    ) {
        let mut running = Clusters::default();
        for cluster in &of {
            let mut so_far = (0.0, 0.0);
            for &value in cluster {
                running.add(so_far, value);
                so_far = (so_far.0 + 1.0, so_far.1 + value);
            }
        }
        let size: f64 = of.iter().map(|cluster| real_len(cluster.len())).sum();
        let ratio = of.iter().flatten().sum::<f64>() / size;
        let k = real_len(of.len());
        let residuals: f64 = of
            .iter()
            .map(|c| (c.iter().sum::<f64>() - ratio * real_len(c.len())).powi(2))
            .sum();
        let estimate = running.estimate().expect("two clusters");
        prop_assert!((estimate.mean - ratio).abs() < 1e-9);
        let variance = k / (k - 1.0) * residuals / (size * size);
        prop_assert!((estimate.variance - variance).abs() < 1e-9 * (1.0 + variance));
    }
}

/// Five of 10,000 values are not 0, and by chance none of them is in the small arm: the probability of
/// that is 0.9⁵ = 59 %, so nothing has been found out. By v alone it is 2.2 standard errors.
#[test]
fn a_small_arm_without_an_event_proves_nothing() {
    let arms = [(9_000_u32, 5), (1_000, 0)].map(|(n, events)| {
        let mut arm = (Values::default(), Clusters::default());
        for index in 0..n {
            let value = f64::from(u8::from(index < events));
            arm.0.add(value);
            arm.1.add((0.0, 0.0), value);
        }
        arm
    });
    let found = [
        Difference::of_means(&arms[0].0, &arms[1].0).expect("values"),
        Difference::of_clusters(&arms[0].1, &arms[1].1).expect("clusters"),
    ];
    for found in found {
        assert!(found.effect / found.variance.sqrt() < -2.2, "{found:?}");
        let z = found.effect / found.null_variance.sqrt();
        // The pooled z of 5 of 9,000 against 0 of 1,000.
        let proportions = Difference::of_proportions((5, 9_000), (0, 1_000)).expect("trials");
        let expected = proportions.effect / proportions.null_variance.sqrt();
        assert!((z / expected - 1.0).abs() < 1e-3 && expected > -0.8, "{z} {expected}");
        assert!(found.cautious().interval(0.95).contains(0.0));
        assert!(!found.interval(0.95).contains(0.0));
    }
}
