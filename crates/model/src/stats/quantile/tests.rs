use super::*;
use rand::{RngExt, SeedableRng};

fn up_to(n: u32) -> Sorted {
    Sorted::new((1..=n).rev().map(f64::from).collect())
}

#[test]
fn linear_quantiles_as_r_gives_them() {
    // quantile(c(2, 4, 8, 16, 32), c(0, .1, .25, .5, .9, 1)) = 2 2.8 4 8 25.6 32
    let sample = Sorted::new(vec![16.0, 2.0, 32.0, 8.0, 4.0]);
    for (q, value) in [(0.0, 2.0), (0.1, 2.8), (0.25, 4.0), (0.5, 8.0), (0.9, 25.6), (1.0, 32.0)] {
        let got = sample.linear(q).expect("five values");
        assert!((got - value).abs() < 1e-12, "the {q}-quantile is {got}, expected {value}");
    }
}

/// The definition itself, counted out.
#[test]
fn inverse_quantiles_are_the_smallest_value_that_enough_do_not_exceed() {
    for n in 1..=200_u32 {
        let sample = up_to(n);
        for percent in 1..=100_u32 {
            let got = sample.inverse(f64::from(percent) / 100.0);
            // In whole numbers: the smallest k with 100·k ≥ percent·n.
            let expected = (1..=n).find(|k| 100 * k >= percent * n).map(f64::from);
            assert_eq!(got, expected, "n = {n}, {percent} %");
        }
    }
}

#[test]
fn never_is_not_reached_and_never_nan() {
    let sample = Sorted::new(vec![60.0, f64::INFINITY, 120.0, f64::INFINITY]);
    assert_eq!(sample.inverse(0.5), Some(120.0));
    assert_eq!(sample.inverse(0.51), Some(f64::INFINITY));
    assert_eq!(sample.linear(0.25), Some(105.0));
    assert_eq!(sample.linear(0.5), Some(f64::INFINITY));
    assert_eq!(Sorted::new(vec![f64::INFINITY; 3]).linear(0.3), Some(f64::INFINITY));
}

#[test]
fn an_empty_sample_has_no_quantile() {
    let empty = Sorted::new(vec![]);
    assert_eq!(
        (empty.linear(0.5), empty.inverse(0.5), empty.interval(0.5, 0.95)),
        (None, None, None)
    );
}

/// Conover 1999, table of ranks for the median: n = 10, 95 %: 2nd and 9th; n = 20: 6th and 15th.
/// Of 5 values no pair of order statistics has 95 %: both sides are unbounded.
#[test]
fn ranks_of_the_median_as_tabled() {
    for (n, low, high) in
        [(10, 2.0, 9.0), (20, 6.0, 15.0), (5, f64::NEG_INFINITY, f64::INFINITY), (6, 1.0, 6.0)]
    {
        assert_eq!(up_to(n).interval(0.5, 0.95), Some(Interval { low, high }), "n = {n}");
    }
}

#[test]
fn a_high_quantile_of_few_runs_is_unbounded_above() {
    // P(B ≥ n) = 0.99ⁿ ≤ 0.025 needs n ≥ 368.
    let interval = |n| up_to(n).interval(0.99, 0.95).expect("values").high;
    assert!(interval(367).is_infinite());
    assert!((interval(368) - 368.0).abs() < 1e-12);
}

/// 2,000 intervals of the 0.9-quantile of 60 uniforms. The exact coverage is the binomial
/// probability between the two ranks, 0.9646; α = 10⁻⁴, and a rank that is off by one (0.93 or
/// less) is caught.
#[test]
fn coverage_over_seeds_is_that_of_the_ranks() {
    let binomial = Binomial::new(0.9, 60).expect("a probability");
    let ranks = up_to(60).interval(0.9, 0.95).expect("values");
    let exact = binomial.cdf(u64::try_from(whole(ranks.high)).expect("a rank") - 1)
        - binomial.cdf(u64::try_from(whole(ranks.low)).expect("a rank") - 1);
    assert!(exact >= 0.95, "the ranks {ranks:?} cover only {exact}");
    let covered = (0..2_000_u64).filter(|&seed| {
        let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(seed);
        let sample = Sorted::new((0..60).map(|_| rng.random()).collect());
        sample.interval(0.9, 0.95).expect("values").contains(0.9)
    });
    let covered = u64::try_from(covered.count()).expect("a small count");
    let band = Binomial::new(exact, 2_000).expect("a probability");
    let (low, high) = (band.inverse_cdf(5e-5), band.inverse_cdf(1.0 - 5e-5));
    assert!((low..=high).contains(&covered), "{covered} covered, expected {low} to {high}");
}
