use super::*;
use crate::stats::interval::t_factor;

fn close(found: Option<Estimate>, low: f64, high: f64, method: Method) {
    let found = found.expect("values");
    let interval = found.interval.expect("enough values");
    assert!((interval.low - low).abs() < 1e-6, "{interval:?}, expected low {low}");
    assert!((interval.high - high).abs() < 1e-6, "{interval:?}, expected high {high}");
    assert_eq!(found.method, method);
    assert!(interval.contains(found.mean));
}

/// The values of both humps, and where they are.
fn sample(first: &[f64], second: &[f64]) -> (Vec<f64>, Vec<bool>) {
    let humps = first.iter().map(|_| false).chain(second.iter().map(|_| true)).collect();
    (first.iter().chain(second).copied().collect(), humps)
}

fn lack(values: &[f64], humps: &[bool]) -> Option<Lack> {
    mixture(values, humps, 0.95).expect("values").interval.err()
}

const SECOND: [f64; 6] = [2.1, 2.5, 3.0, 2.2, 2.7, 2.4];

/// By a second implementation, in Python with `SciPy`'s quantiles: of two humps, and of three with their
/// correlations (zeros, 5 above, 6 below).
#[test]
fn mixtures_worked_out_elsewhere() {
    let (values, humps) = sample(&[1.0; 20], &SECOND);
    close(mixture(&values, &humps, 0.95), 1.001_012, 1.646_860, Method::Mixture);
    let zeros_and_above = [[0.0; 12].as_slice(), &[1.0, 1.2, 1.5, 0.9, 1.1]].concat();
    let (values, humps) = sample(&zeros_and_above, &[-2.0, -2.5, -1.5, -3.0, -2.2, -1.9]);
    close(mixture(&values, &humps, 0.95), -0.930_086, 0.406_098, Method::Mixture);
}

/// Without spread in the humps only the share is unknown: the upper end is Wilson's limit of it.
#[test]
fn of_humps_without_spread_it_is_the_interval_of_a_share() {
    let (values, humps) = sample(&[0.0; 54], &[1.0; 6]);
    let limits = wilson(6, 60, 0.95).expect("trials");
    close(mixture(&values, &humps, 0.95), 0.002_730_815, limits.high, Method::Mixture);
    // Nobody needs to be told where they are: more than half of the values are the same.
    assert_eq!(mixture(&values, &[], 0.95), mixture(&values, &humps, 0.95));
}

#[test]
fn the_interval_turns_moves_and_grows_with_the_sample() {
    let (values, humps) = sample(&[1.0, 1.5, 0.8, 1.1, 0.9, 1.3, 1.2, 0.7], &SECOND);
    let of = |change: &dyn Fn(f64) -> f64| {
        let changed: Vec<f64> = values.iter().map(|&value| change(value)).collect();
        mixture(&changed, &humps, 0.95).and_then(|mean| mean.interval.ok()).expect("enough")
    };
    let plain = of(&|value| value);
    let moved = of(&|value| 7.0 + 2.0 * value);
    assert!((moved.low - 7.0 - 2.0 * plain.low).abs() < 1e-9);
    assert!((moved.high - 7.0 - 2.0 * plain.high).abs() < 1e-9);
    let turned = of(&|value| -value);
    assert!((turned.low + plain.high).abs() < 1e-9 && (turned.high + plain.low).abs() < 1e-9);
}

#[test]
fn fewer_than_five_values_have_none_unless_they_are_equal() {
    for n in 2..LEAST {
        let values = [0.5, 1.0, 2.5, 2.0];
        assert_eq!(lack(&values[..n], &[]), Some(Lack::FewValues), "{n}");
        let equal = mixture(&[0.1; 4][..n], &[], 0.95).expect("values");
        assert_eq!(equal.interval, Ok(Interval { low: 0.1, high: 0.1 }));
    }
    assert_eq!(lack(&[1.0], &[]), Some(Lack::FewValues));
    assert_eq!(lack(&[0.5, 1.0, 2.5, 2.0, 0.7], &[]), None);
    assert_eq!(mixture(&[], &[], 0.95), None);
}

#[test]
fn a_hump_of_fewer_than_five_has_none() {
    for n in 1..LEAST {
        let (values, humps) = sample(&[1.0, 1.5, 0.8, 1.1, 0.9, 1.3, 1.2, 0.7], &SECOND[..n]);
        assert_eq!(lack(&values, &humps), Some(Lack::SmallHump), "{n}");
        let factor = |n| t_factor(n, 0.95);
        let pooled = pooled(&values, &humps, Level::new(0.95, &factor)).expect("values").0;
        assert_eq!(pooled.interval, Err(Lack::SmallHump), "{n}");
        // As many failures among runs without any are a hump too, though nobody says so.
        assert_eq!(lack(&sample(&[0.0; 40], &SECOND[..n]).0, &[]), Some(Lack::SmallHump), "{n}");
    }
    // No hump is large enough.
    assert_eq!(
        lack(&[1.0, 1.1, 1.2, 2.0, 2.1, 2.2], &[false, false, false, true, true, true]),
        Some(Lack::SmallHump)
    );
    // Two that lie on both sides have the mean of the others, and yet they are a hump.
    let (values, humps) = sample(&[0.0; 40], &[-1.0, 1.0]);
    assert_eq!(lack(&values, &humps), Some(Lack::SmallHump));
}

#[test]
fn a_small_hump_that_cannot_matter_is_counted_with_the_others() {
    let many: Vec<f64> = (0..2_000_u16).map(|at| f64::from(at % 100)).collect();
    let (values, humps) = sample(&many, &[40.0, 70.0]);
    let found = mixture(&values, &humps, 0.95);
    assert_eq!(found.map(|found| found.method), Some(Method::StudentHall));
    assert_eq!(found.and_then(|found| found.interval.err()), None);
    // The same two matter where the others hardly vary, and do not if they have the same value.
    let (values, humps) =
        sample(&many.iter().map(|value| value / 1e3).collect::<Vec<_>>(), &[40.0, 70.0]);
    assert_eq!(lack(&values, &humps), Some(Lack::SmallHump));
    let (values, humps) = sample(&[3.0; 60], &[3.0; 2]);
    assert_eq!(
        mixture(&values, &humps, 0.95).map(|found| found.interval),
        Some(Ok(Interval { low: 3.0, high: 3.0 }))
    );
}

#[test]
fn what_more_than_half_have_is_found() {
    assert_eq!(majority([2.0, 1.0, 2.0, 3.0, 2.0].into_iter()), Some(2.0));
    assert_eq!(majority([2.0, 1.0, 2.0, 3.0].into_iter()), None);
    assert_eq!(majority([0.0, -0.0, 1.0].into_iter()), Some(0.0));
    assert_eq!(majority(std::iter::empty()), None);
}

#[test]
fn pooled_is_the_interval_of_all_values() {
    let (values, humps) = sample(&[1.0, 1.5, 0.8, 1.1, 0.9], &SECOND);
    let factor = |n| t_factor(n, 0.95);
    let (found, all) = pooled(&values, &humps, Level::new(0.95, &factor)).expect("values");
    assert_eq!(found.interval, Ok(all.interval(t_factor(11, 0.95).expect("eleven"))));
}
