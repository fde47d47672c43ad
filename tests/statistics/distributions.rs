//! Distributions of service times against `statrs`, quadrature and simulation.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::statistical::{assert_ks, assert_mean_within};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand_distr::{Distribution as _, StandardNormal};
use rollout_sim::random::distribution::Distribution;
use rollout_sim::random::stream::{Purpose, Streams, unit};
use rollout_sim::time::SimDuration;
use statrs::distribution as oracle;
use statrs::distribution::{Continuous, ContinuousCDF};

/// This file makes 19 statistical assertions; none draws from entropy.
const ALPHA: f64 = 1e-4;

fn ms(milliseconds: f64) -> SimDuration {
    SimDuration::from_secs_f64(milliseconds / 1e3)
}

fn relative(value: f64, truth: f64) -> f64 {
    (value / truth - 1.0).abs()
}

trait Oracle: ContinuousCDF<f64, f64> + Continuous<f64, f64> {}
impl<T: ContinuousCDF<f64, f64> + Continuous<f64, f64>> Oracle for T {}

/// Each family beside the same law in `statrs`, in milliseconds.
fn families() -> Vec<(&'static str, Distribution, Box<dyn Oracle>)> {
    let gamma = |shape: f64, scale: f64| Box::new(oracle::Gamma::new(shape, 1.0 / scale).unwrap());
    let weibull = |shape, scale| Box::new(oracle::Weibull::new(shape, scale).unwrap());
    let pareto = |minimum, index| Box::new(oracle::Pareto::new(minimum, index).unwrap());
    let lognormal = |mu, sigma| Box::new(oracle::LogNormal::new(mu, sigma).unwrap());
    vec![
        (
            "exponential",
            Distribution::exponential(ms(20.0)).unwrap(),
            Box::new(oracle::Exp::new(1.0 / 20.0).unwrap()),
        ),
        ("lognormal", Distribution::lognormal(ms(35.0), 0.7).unwrap(), lognormal(35_f64.ln(), 0.7)),
        ("gamma 0.3", Distribution::gamma(0.3, ms(50.0)).unwrap(), gamma(0.3, 50.0)),
        ("gamma 4", Distribution::gamma(4.0, ms(5.0)).unwrap(), gamma(4.0, 5.0)),
        ("gamma 900", Distribution::gamma(900.0, ms(0.5)).unwrap(), gamma(900.0, 0.5)),
        ("weibull 0.6", Distribution::weibull(0.6, ms(20.0)).unwrap(), weibull(0.6, 20.0)),
        ("weibull 3", Distribution::weibull(3.0, ms(20.0)).unwrap(), weibull(3.0, 20.0)),
        ("pareto 1.5", Distribution::pareto(1.5, ms(10.0)).unwrap(), pareto(10.0, 1.5)),
        ("pareto 5", Distribution::pareto(5.0, ms(10.0)).unwrap(), pareto(10.0, 5.0)),
    ]
}

/// The relative error of a quantile x: (F(x) − p)/(x·f(x)), of the nearer tail.
#[test]
fn quantiles_by_score_agree_with_statrs() {
    let normal = oracle::Normal::standard();
    for (name, distribution, oracle) in families() {
        let mut worst = 0.0_f64;
        for step in -600..=600 {
            let z = f64::from(step) / 100.0;
            let x = distribution.at(z, 0.0) / 1e6;
            let miss =
                if z < 0.0 { oracle.cdf(x) - normal.cdf(z) } else { oracle.sf(x) - normal.sf(z) };
            worst = worst.max((miss / (x * oracle.pdf(x))).abs());
        }
        println!("{name}: relative error {worst:.1e} over |z| <= 6");
        // statrs takes 1 − cdf for the Pareto's cdf near its minimum, good to 1e-16 of p, not of x.
        assert!(worst < 1e-7, "{name}: {worst:e}");
    }
}

#[test]
fn quantiles_by_probability_agree_with_statrs() {
    for (name, distribution, oracle) in families() {
        for p in [0.001, 0.05, 0.5, 0.9, 0.99, 0.999] {
            let quantile = distribution.quantile_ns(p);
            let p_again = oracle.cdf(quantile / 1e6);
            assert!((p_again - p).abs() < 1e-9, "{name}: {p_again} for {p}");
            assert!((distribution.cdf(quantile) - p).abs() < 1e-9, "{name} at {p}");
        }
    }
}

#[test]
fn samples_follow_the_law() {
    for (replication, (name, distribution, oracle)) in (0..).zip(families()) {
        let mut scores = Streams::new(1, replication).stream(Purpose::Service);
        let samples: Vec<f64> = (0..200_000)
            .map(|_| distribution.at(StandardNormal.sample(&mut scores), 0.0) / 1e6)
            .collect();
        print!("{name}: ");
        assert_ks(&samples, |x| oracle.cdf(x), ALPHA);
    }
}

/// Correlation coefficients of 1000 pairs of uniforms, times √1000: standard normal if independent.
fn correlations(pairs: impl Iterator<Item = [(u64, u64, Purpose); 2]>) -> Vec<f64> {
    let correlation = |pair: [(u64, u64, Purpose); 2]| {
        let [mut left, mut right] =
            pair.map(|(master, run, purpose)| Streams::new(master, run).stream(purpose));
        let product = |_| 12.0 * (unit(&mut left) - 0.5) * (unit(&mut right) - 0.5);
        (0..1000).map(product).sum::<f64>() / 1000_f64.sqrt()
    };
    pairs.map(correlation).collect()
}

/// The closest keys there are. A correlation of 0.004 among neighbours on average is caught.
#[test]
fn neighbouring_streams_are_uncorrelated() {
    let purposes = Purpose::ALL;
    let runs = (0..1000).map(|run| [run, run + 1].map(|run| (7, run, Purpose::Arrivals)));
    let seeds = (0..1000).map(|seed| [seed, seed + 1].map(|seed| (seed, 3, Purpose::Service)));
    let neighbours = (0..1000).flat_map(|run| {
        purposes.windows(2).map(move |pair| [(7, run, pair[0]), (7, run, pair[1])])
    });
    for scores in [correlations(runs), correlations(seeds), correlations(neighbours)] {
        assert_mean_within(&scores, 0.0, ALPHA);
        let squares: Vec<f64> = scores.iter().map(|score| score * score).collect();
        assert_mean_within(&squares, 1.0, ALPHA);
    }
}

fn mixture() -> Distribution {
    let fast = Distribution::lognormal_from_median_p99(ms(20.0), ms(60.0)).unwrap();
    let slow = Distribution::exponential(ms(100.0)).unwrap().shifted(ms(80.0)).unwrap();
    Distribution::mixture(vec![(0.9, fast), (0.1, slow)]).unwrap()
}

#[test]
fn samples_of_mixtures_and_tables_follow_their_own_cdf() {
    let table = [(0.0, ms(5.0)), (0.5, ms(20.0)), (0.99, ms(90.0)), (1.0, ms(400.0))];
    let empirical = Distribution::empirical(&table).unwrap();
    for (replication, distribution) in (20..).zip([mixture(), empirical]) {
        let streams = Streams::new(1, replication);
        let mut scores = streams.stream(Purpose::Service);
        let mut branches = streams.stream(Purpose::Branch);
        let samples: Vec<f64> = (0..200_000)
            .map(|_| distribution.at(StandardNormal.sample(&mut scores), unit(&mut branches)))
            .collect();
        assert_ks(&samples, |x| distribution.cdf(x), ALPHA);
        assert_mean_within(&samples, distribution.mean_ns(), ALPHA);
        for p in [0.0, 0.3, 0.9, 0.95, 0.999, 1.0] {
            let back = distribution.cdf(distribution.quantile_ns(p));
            assert!((back - p).abs() < 1e-9, "{back} for {p}");
        }
    }
}

/// ∫g(z)φ(z)dz over ±8 by the trapezoidal rule, which converges geometrically for smooth g.
fn expectation(g: impl Fn(f64) -> f64) -> f64 {
    let h = 1.0 / 256.0;
    (-2048..=2048)
        .map(|step| {
            let z = f64::from(step) * h;
            g(z) * (-0.5 * z * z).exp() * h / (2.0 * std::f64::consts::PI).sqrt()
        })
        .sum()
}

#[test]
fn mean_and_cv_come_back() {
    let mean = ms(40.0);
    for cv in [0.05, 0.3, 1.0, 2.5] {
        let made = [
            Distribution::lognormal_from_mean_cv(mean, cv),
            Distribution::gamma_from_mean_cv(mean, cv),
            Distribution::weibull_from_mean_cv(mean, cv),
        ];
        for distribution in made.map(Result::unwrap) {
            let first = expectation(|z| distribution.at(z, 0.0));
            let second = expectation(|z| distribution.at(z, 0.0).powi(2));
            assert!(relative(first, 4e7) < 1e-7, "{distribution:?}: mean {first}");
            assert!(relative(distribution.mean_ns(), 4e7) < 1e-9, "{distribution:?}");
            let cv_again = (second / first.powi(2) - 1.0).sqrt();
            assert!(relative(cv_again, cv) < 1e-5, "{distribution:?}: cv {cv_again} for {cv}");
        }
    }
    // The Pareto's moments converge slowly, so it is checked against its closed forms and at a
    // light tail.
    let pareto = Distribution::pareto_from_mean_cv(mean, 0.05).unwrap();
    let first = expectation(|z| pareto.at(z, 0.0));
    let second = expectation(|z| pareto.at(z, 0.0).powi(2));
    assert!(relative(first, 4e7) < 1e-7, "mean {first}");
    assert!(relative((second / first.powi(2) - 1.0).sqrt(), 0.05) < 1e-5);
    // cv 1/√3: α = 3, minimum = mean·2/3, median = minimum·2^(1/3).
    let pareto = Distribution::pareto_from_mean_cv(mean, 1.0 / 3_f64.sqrt()).unwrap();
    let median = 4e7 * 2.0 / 3.0 * 2_f64.cbrt();
    assert!(relative(pareto.quantile_ns(0.5), median) < 1e-12);
    assert!(relative(pareto.mean_ns(), 4e7) < 1e-12);
}

#[test]
fn median_and_p99_come_back() {
    let median = ms(35.0);
    for ratio in [1.2, 3.4, 12.0, 300.0] {
        let p99 = ms(35.0 * ratio);
        let made = [
            Distribution::lognormal_from_median_p99(median, p99),
            Distribution::gamma_from_median_p99(median, p99),
            Distribution::weibull_from_median_p99(median, p99),
            Distribution::pareto_from_median_p99(median, p99),
        ];
        for distribution in made.map(Result::unwrap) {
            let z_99 = 2.326_347_874_040_841;
            for (p, z, truth) in [(0.5, 0.0, 35e6), (0.99, z_99, 35e6 * ratio)] {
                let (exact, by_score) = (distribution.quantile_ns(p), distribution.at(z, 0.0));
                assert!(relative(exact, truth) < 1e-9, "{distribution:?}: {exact} for {truth}");
                assert!(relative(by_score, truth) < 1e-7, "{distribution:?} at {z}");
            }
        }
    }
}

#[test]
fn exponentials_agree_however_they_are_given() {
    let mean = Distribution::exponential(ms(20.0)).unwrap();
    let rate = Distribution::exponential_from_rate(50.0).unwrap();
    let median = Distribution::exponential_from_median(ms(20.0 * std::f64::consts::LN_2)).unwrap();
    assert_eq!(mean, rate);
    assert!(relative(median.mean_ns(), 2e7) < 1e-7);
    assert!(relative(mean.mean_ns(), 2e7) < 1e-15);
}

#[test]
fn heavy_tails_have_an_infinite_mean() {
    assert!(Distribution::pareto(1.0, ms(1.0)).unwrap().mean_ns().is_infinite());
    assert!(Distribution::pareto(1.01, ms(1.0)).unwrap().mean_ns().is_finite());
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever the family: service times rise with the score, are finite, and not negative.
    #[test]
    fn service_times_rise_with_the_score(
        median_ms in 0.01..1e4_f64,
        ratio in 1.2..1e3_f64,
        low in -9.0..9.0_f64,
        step in 0.0..1.0_f64,
        branch in 0.0..1.0_f64,
    ) {
        let (median, p99) = (ms(median_ms), ms(median_ms * ratio));
        let table = [(0.0, SimDuration::ZERO), (0.5, median), (1.0, p99)];
        let made = [
            Distribution::lognormal_from_median_p99(median, p99),
            Distribution::gamma_from_median_p99(median, p99),
            Distribution::weibull_from_median_p99(median, p99),
            Distribution::pareto_from_median_p99(median, p99),
            Distribution::empirical(&table),
            Ok(mixture()),
        ];
        for distribution in made.map(Result::unwrap) {
            let [faster, slower] = [low, low + step].map(|z| distribution.at(z, branch));
            // Neighbouring cells of a table may meet within rounding.
            prop_assert!(slower >= faster * (1.0 - 1e-14), "{slower} < {faster}, {distribution:?}");
            prop_assert!(faster >= 0.0 && slower <= Distribution::LONGEST_NS);
        }
    }
}
