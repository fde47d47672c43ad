use super::*;
use statrs::function::erf::erf;

const LAWS: [Law; 16] = [
    Law::Exponential,
    Law::Gamma { shape: 0.01 },
    Law::Gamma { shape: 0.1 },
    Law::Gamma { shape: 0.5 },
    Law::Gamma { shape: 1.0 },
    Law::Gamma { shape: 2.0 },
    Law::Gamma { shape: 37.5 },
    Law::Gamma { shape: 1e4 },
    Law::Weibull { shape: 0.1 },
    Law::Weibull { shape: 0.7 },
    Law::Weibull { shape: 1.5 },
    Law::Weibull { shape: 100.0 },
    Law::Pareto { tail_index: 0.1 },
    Law::Pareto { tail_index: 0.9 },
    Law::Pareto { tail_index: 2.5 },
    Law::Pareto { tail_index: 1e4 },
];

fn ms(milliseconds: f64) -> SimDuration {
    SimDuration::from_secs_f64(milliseconds / 1e3)
}

/// Off the grid points, up to `reach` either way.
fn scores(reach: i32) -> impl Iterator<Item = f64> {
    (-100 * reach..100 * reach).map(|step| f64::from(step) / 100.0 + 0.003_1)
}

fn relative(value: f64, truth: f64) -> f64 {
    (value / truth - 1.0).abs()
}

/// Abramowitz and Stegun (1964), table 26.2. The `erfc` of `statrs` is good to 1e-10.
#[test]
fn levels_keep_both_tails() {
    for (z, tail) in [(3.0, 1.349_898_031_630_094_6e-3), (6.0, 9.865_876_450_376_98e-10)] {
        let below = Level::of_score(-z).below();
        assert!(relative(below, tail) < 1e-10, "{below:e} at {z}");
        // −ln(1 − (1 − tail)) keeps the upper tail.
        assert!(relative(Law::Pareto { tail_index: 1.0 }.at_score(z).ln_value, -tail.ln()) < 1e-10);
    }
}

#[test]
fn tables_are_within_1e_7_of_the_exact_quantiles() {
    for law in LAWS {
        let table = ScoreTable::of_logarithm(|z| law.at_score(z));
        // Where e^y neither vanishes nor overflows.
        let worst = scores(6)
            .filter(|&z| law.at_score(z).ln_value.abs() < 700.0)
            .map(|z| (table.at(z).ln() - law.at_score(z).ln_value).abs())
            .fold(0.0, f64::max);
        assert!(worst < 1e-7, "{law:?}: {worst:e}");
    }
}

/// Gamma laws of shape 1, ½ and 2 have the closed survival functions e^(−x), erfc(√x) and (1 +
/// x)·e^(−x).
#[test]
fn gamma_quantiles_invert_closed_forms() {
    for z in scores(8) {
        let level = Level::of_score(z);
        let exact = Law::Exponential.ln_quantile(level);
        let shape_1 = Law::Gamma { shape: 1.0 }.ln_quantile(level);
        assert!((shape_1 - exact).abs() < 1e-11, "{shape_1} for {exact} at {z}");

        let half = Law::Gamma { shape: 0.5 }.ln_quantile(level).exp();
        let two = Law::Gamma { shape: 2.0 }.ln_quantile(level).exp();
        if z > 0.0 {
            let survival = Level::of_score(-z).below();
            assert!(relative(statrs::function::erf::erfc(half.sqrt()), survival) < 1e-9);
            assert!(relative((1.0 + two) * (-two).exp(), survival) < 1e-9);
        } else if z > -7.0 {
            assert!(relative(erf(half.sqrt()), level.below()) < 1e-9);
        }
    }
}

/// The derivative that the tables use is that of the quantile: central differences agree.
#[test]
fn slopes_are_derivatives() {
    for law in LAWS {
        for z in [-7.5, -3.0, -0.4, 0.0, 1.1, 5.0, 7.5] {
            let h = 1e-4;
            let rise = law.at_score(z + h).ln_value - law.at_score(z - h).ln_value;
            let slope = law.at_score(z).ln_slope;
            assert!(relative(rise / (2.0 * h), slope) < 1e-5, "{law:?} at {z}");
        }
    }
}

#[test]
fn refusals_name_the_rule_and_the_remedy() {
    let zero = SimDuration::ZERO;
    let year = SimDuration::LONGEST;
    let (short, long) = (ms(35.0), ms(120.0));
    let two = || vec![(0.5, Distribution::constant(short)), (0.5, Distribution::constant(long))];
    let nested = || Distribution::mixture(two()).unwrap();
    let refused = [
        Distribution::exponential(zero),
        Distribution::exponential(year),
        Distribution::exponential_from_rate(f64::NAN),
        Distribution::exponential_from_rate(0.0),
        Distribution::lognormal(short, f64::INFINITY),
        Distribution::lognormal_from_mean_cv(short, f64::NAN),
        Distribution::lognormal_from_mean_cv(short, -0.5),
        Distribution::lognormal_from_median_p99(long, short),
        Distribution::lognormal_from_median_p99(short, short),
        Distribution::lognormal_from_median_p99(zero, short),
        Distribution::gamma(-1.0, short),
        Distribution::gamma_from_mean_cv(short, 20.0),
        Distribution::gamma_from_median_p99(short, ms(35.1)),
        Distribution::weibull(0.0, short),
        Distribution::weibull_from_mean_cv(short, 1e9),
        Distribution::pareto(f64::NAN, short),
        Distribution::empirical(&[(0.0, short)]),
        Distribution::empirical(&[(0.5, short), (1.0, long)]),
        Distribution::empirical(&[(0.0, short), (0.5, short), (0.5, short), (1.0, long)]),
        Distribution::empirical(&[(0.0, short), (f64::NAN, short), (1.0, long)]),
        Distribution::empirical(&[(0.0, long), (1.0, short)]),
        Distribution::constant(short).shifted(year),
        Distribution::mixture(vec![]),
        Distribution::mixture(vec![(f64::NAN, Distribution::constant(short))]),
        Distribution::mixture(vec![(0.9, Distribution::constant(short))]),
        Distribution::mixture(vec![(1.0, nested())]),
    ];
    let messages: Vec<String> =
        refused.into_iter().map(|outcome| outcome.unwrap_err().to_string()).collect();
    insta::assert_snapshot!(messages.join("\n").replace("; ", ";\n  "), @r#"
        the mean must be above zero;
          give a longer time, or use a constant of 0s
        the mean (1year 18h) must not be above 1e15 ns, about 11.6 days;
          make it shorter
        the rate per second must be within 0.000001 and 1000000000, but is NaN;
          change it or take another family
        the rate per second must be within 0.000001 and 1000000000, but is 0;
          change it or take another family
        sigma of the lognormal must be within 0.000001 and 10, but is inf;
          change it or take another family
        cv, the standard deviation over the mean, must be a number above 0, but is NaN;
          for a latency that never varies use a constant
        cv, the standard deviation over the mean, must be a number above 0, but is -0.5;
          for a latency that never varies use a constant
        p99 (35ms) must be above the median (120ms);
          swap them, or use a constant for a latency that never varies
        p99 (35ms) must be above the median (35ms);
          swap them, or use a constant for a latency that never varies
        the median must be above zero;
          give a longer time, or use a constant of 0s
        the shape of the gamma must be within 0.01 and 10000, but is -1;
          change it or take another family
        the shape of the gamma must be within 0.01 and 10000, but is 0.0025;
          change it or take another family
        no gamma distribution has p99 over median = 1.002857142857143;
          it must be within 1.023445 and 5.936e29;
          correct it or take another family
        the shape of the Weibull must be within 0.1 and 100, but is 0;
          change it or take another family
        no Weibull distribution has cv = 1000000000;
          it must be within 0.012733 and 4.298e2;
          correct it or take another family
        the tail index of the Pareto must be within 0.1 and 10000, but is NaN;
          change it or take another family
        a quantile table must begin at p = 0 (the fastest request) and end at p = 1 (the slowest);
          add the missing end
        a quantile table must begin at p = 0 (the fastest request) and end at p = 1 (the slowest);
          add the missing end
        the p of a quantile table must ascend, but 0.5 follows 0.5;
          sort the table and state each p once
        the p of a quantile table must ascend, but NaN follows 0;
          sort the table and state each p once
        the values of a quantile table must not descend, but p = 1 has 35ms after 120ms at p = 0;
          correct the table
        the shift (1year 18h) must not be above 1e15 ns, about 11.6 days;
          make it shorter
        a mixture needs a component;
          add one
        the weight of a component must be above 0 and at most 1, but is NaN;
          leave out a component that never occurs
        the weights of a mixture must add up to 1, but add up to 0.9;
          correct them
        a component of a mixture must not be a mixture;
          list its components instead
        "#);
}

#[test]
fn service_times_are_capped_and_finite() {
    let heavy = Distribution::pareto(0.1, SimDuration::from_secs(100)).unwrap();
    let wide = Distribution::lognormal(SimDuration::from_secs(1_000_000), 10.0).unwrap();
    for distribution in [heavy, wide, Distribution::constant(SimDuration::LONGEST)] {
        for z in [8.0, 40.0, f64::INFINITY] {
            assert_eq!(distribution.at(z, 0.0).to_bits(), 1e15_f64.to_bits());
        }
        assert_eq!(distribution.quantile_ns(1.0).to_bits(), 1e15_f64.to_bits());
    }
}

#[test]
fn a_branch_chooses_the_component_by_its_weight() {
    let mixture = Distribution::mixture(vec![
        (0.7, Distribution::constant(ms(1.0))),
        (0.2, Distribution::constant(ms(2.0)).shifted(ms(3.0)).unwrap()),
        (0.1, Distribution::constant(ms(9.0))),
    ])
    .unwrap();
    assert!(mixture.uses_branch());
    for (branch, value_ms) in
        [(0.0, 1.0), (0.699, 1.0), (0.701, 5.0), (0.899, 5.0), (0.901, 9.0), (0.999_999, 9.0)]
    {
        assert!(relative(mixture.at(0.0, branch), value_ms * 1e6) < 1e-12, "branch {branch}");
    }
    for (p, value_ms) in [(0.0, 1.0), (0.5, 1.0), (0.8, 5.0), (0.95, 9.0), (1.0, 9.0)] {
        assert!(relative(mixture.quantile_ns(p), value_ms * 1e6) < 1e-12, "p {p}");
    }
    assert!(relative(mixture.mean_ns(), 2.6e6) < 1e-12);
    let shifted = mixture.shifted(ms(1.0)).unwrap();
    assert!(relative(shifted.mean_ns(), 3.6e6) < 1e-12);
}

/// A table with a flat stretch: an atom of 0.4 at 20 ms.
#[test]
fn empirical_quantiles_are_straight_lines() {
    let table = [(0.0, ms(10.0)), (0.5, ms(20.0)), (0.9, ms(20.0)), (1.0, ms(120.0))];
    let empirical = Distribution::empirical(&table).unwrap();
    for (p, value_ms) in
        [(0.0, 10.0), (0.25, 15.0), (0.5, 20.0), (0.8, 20.0), (0.95, 70.0), (1.0, 120.0)]
    {
        assert!(relative(empirical.quantile_ns(p), value_ms * 1e6) < 1e-12, "p {p}");
    }
    for (value_ms, p) in [(9.0, 0.0), (15.0, 0.25), (20.0, 0.9), (70.0, 0.95), (130.0, 1.0)] {
        assert!((empirical.cdf(value_ms * 1e6) - p).abs() < 1e-12, "{value_ms} ms");
    }
    // 0.5·15 + 0.4·20 + 0.1·70.
    assert!(relative(empirical.mean_ns(), 22.5e6) < 1e-12);
    // Φ(1.2816) = 0.9, Φ(−0.6745) = 0.25.
    for (z, p) in [(0.0, 0.5), (1.281_551_565_544_6, 0.9), (-0.674_489_750_196_08, 0.25)] {
        assert!(relative(empirical.at(z, 0.0), empirical.quantile_ns(p)) < 1e-9, "z {z}");
    }
}
