use super::*;
use crate::stats::interval::{Mean, t_factor};

fn moments(values: &[f64]) -> Moments {
    Moments::of(values.iter().copied()).expect("values")
}

/// Student's sleep data (1908), see `interval`; with one outlier of 4.6 hours they are skewed.
const SLEEP: [f64; 10] = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];

#[test]
fn moments_of_printed_data() {
    let found = moments(&SLEEP);
    // R: mean, sd; e1071::skewness(x, type = 2).
    assert!((found.mean - 1.58).abs() < 1e-12);
    assert!((found.spread - 1.229_995).abs() < 1e-6, "{found:?}");
    assert!((found.skewness - 1.745_550).abs() < 1e-6, "{found:?}");
}

/// The ends are where √n·g of the distance is ±t: found here by halving, with g as it is printed.
#[test]
fn the_ends_solve_halls_equation() {
    for values in [&SLEEP[..], &[0.0, 0.0, 1.0, 0.0, 9.0, 2.0, 0.0], &[-7.0, 1.0, 2.0, 2.5, 3.0]] {
        let found = moments(values);
        let factor = t_factor(found.n, 0.95).expect("two or more");
        let n = real_len(found.n);
        let g = |t: f64| {
            let skew = found.skewness;
            n.sqrt() * (t + skew * t * t / 3.0 + skew * skew * t.powi(3) / 27.0 + skew / (6.0 * n))
        };
        let solve = |wanted: f64| {
            let (mut low, mut high) = (-100.0, 100.0);
            for _ in 0..100 {
                let middle = f64::midpoint(low, high);
                if g(middle) < wanted { low = middle } else { high = middle }
            }
            found.mean - found.spread * low
        };
        let student = Mean::of(values).and_then(|mean| mean.interval(0.95)).expect("two or more");
        let interval = found.interval(factor);
        let (low, high) = (student.low.min(solve(factor)), student.high.max(solve(-factor)));
        let scale = found.spread;
        assert!((interval.low - low).abs() < 1e-9 * scale, "{interval:?}, expected low {low}");
        assert!((interval.high - high).abs() < 1e-9 * scale, "{interval:?}, expected high {high}");
    }
}

#[test]
fn of_a_symmetric_sample_it_is_students() {
    let values = [-3.0, -1.0, 0.0, 1.0, 3.0, 10.0, -10.0];
    let (found, student) = (moments(&values), Mean::of(&values).expect("values"));
    let interval = found.interval(t_factor(7, 0.95).expect("seven"));
    let expected = student.interval(0.95).expect("seven");
    assert!((interval.low - expected.low).abs() < 1e-9, "{interval:?}, expected {expected:?}");
    assert!((interval.high - expected.high).abs() < 1e-9, "{interval:?}, expected {expected:?}");
}

#[test]
fn it_reaches_further_to_where_the_rare_values_are_and_turns_with_the_sample() {
    let factor = t_factor(10, 0.95).expect("ten");
    let found = moments(&SLEEP).interval(factor);
    assert!(found.high - 1.58 > 1.2 * (1.58 - found.low), "{found:?}");
    let turned = moments(&SLEEP.map(|value| -value)).interval(factor);
    assert!((turned.low + found.high).abs() < 1e-12 && (turned.high + found.low).abs() < 1e-12);
    let scaled = moments(&SLEEP.map(|value| 5.0 + 3.0 * value)).interval(factor);
    assert!((scaled.low - 5.0 - 3.0 * found.low).abs() < 1e-12);
}

#[test]
fn the_p_value_is_below_alpha_where_the_interval_leaves_zero_out() {
    let samples = [[0.1, 0.0, 0.2, 5.0, 0.4, 0.3], [-1.0, 2.0, 0.5, 0.7, 0.1, 0.9]];
    for values in samples {
        for shift in -40..40_i32 {
            let found = moments(&values.map(|value| value + f64::from(shift) / 10.0));
            let p = found.p_value().expect("six");
            for confidence in [0.5, 0.8, 0.95, 0.99] {
                let interval = found.interval(t_factor(6, confidence).expect("six"));
                assert_eq!(!interval.contains(0.0), p < 1.0 - confidence, "{found:?}: {p}");
            }
        }
    }
    // R's t.test of the sleep data: 0.002833; Hall's is smaller.
    let p = moments(&SLEEP).p_value().expect("ten");
    assert!((p - 0.002_833).abs() < 1e-6, "p = {p}");
}

#[test]
fn what_does_not_vary_has_no_width() {
    let found = moments(&[0.1; 7]);
    assert_eq!((found.spread, found.skewness), (0.0, 0.0));
    assert_eq!(found.interval(2.0), Interval { low: 0.1, high: 0.1 });
    assert_eq!(found.p_value(), Some(0.0));
    assert_eq!(moments(&[0.0; 7]).p_value(), Some(1.0));
    assert_eq!(moments(&[3.0]).p_value(), None);
    assert_eq!(Moments::of(std::iter::empty()), None);
}
