//! Constructors: distributions from what people know of their latency.
//!
//! | family | mean m and coefficient of variation c | median and p99, ratio r = p99/median |
//! | --- | --- | --- |
//! | lognormal | σ² = ln(1 + c²), μ = ln m − σ²/2 | μ = ln median, σ = ln r/z₀.₉₉ |
//! | gamma | k = 1/c², scale = m/k | k by bisection on r |
//! | Weibull | k by bisection on c² = Γ(1 + 2/k)/Γ(1 + 1/k)² − 1 | k = ln(ln 100/ln 2)/ln r |
//! | Pareto | α = 1 + √(1 + 1/c²), minimum m·(α − 1)/α | α = ln 50/ln r, minimum median/2^(1/α) |
//!
//! Source: moments and quantiles as in Johnson, Kotz and Balakrishnan (1994), solved for the
//! parameters.

use super::empirical::Empirical;
use super::law::{Law, Level};
use super::score_table::ScoreTable;
use super::{
    Distribution, DistributionError, Family, Shape, Tabulated, check_positive_time, check_time,
    check_within, mixture, nanos,
};
use crate::time::SimDuration;
use statrs::function::gamma::ln_gamma;
use std::f64::consts::LN_2;
use std::sync::Arc;

/// The 0.99 quantile of the standard normal distribution.
const Z_99: f64 = 2.326_347_874_040_841;
/// Shapes of a gamma law that are accepted: coefficients of variation from 0.01 to 10.
const GAMMA_SHAPES: [f64; 2] = [0.01, 1e4];
/// Shapes of a Weibull law that are accepted: coefficients of variation from 0.013 to 430.
const WEIBULL_SHAPES: [f64; 2] = [0.1, 100.0];
/// Tail indices of a Pareto law that are accepted.
const TAIL_INDICES: [f64; 2] = [0.1, 1e4];
/// Widths of a lognormal law that are accepted.
const SIGMAS: [f64; 2] = [1e-6, 10.0];

type Outcome = Result<Distribution, DistributionError>;

impl Distribution {
    /// Always `value`, or [`LONGEST_NS`](Self::LONGEST_NS) if that is shorter.
    pub fn constant(value: SimDuration) -> Self {
        Self::of(Family::Constant(nanos(value).min(Self::LONGEST_NS)))
    }

    /// Exponential with the given mean, above zero.
    ///
    /// # Errors
    /// If the mean is zero or above the longest service time.
    pub fn exponential(mean: SimDuration) -> Outcome {
        let scale_ns = check_positive_time("the mean", mean)?;
        Ok(Self::tabulated(Law::Exponential, scale_ns))
    }

    /// Exponential with the given rate \[1/s\], above 0.
    ///
    /// # Errors
    /// If the rate is not a number that gives a mean from 1 ns to the longest service time.
    pub fn exponential_from_rate(per_s: f64) -> Outcome {
        let rate = check_within("the rate per second", per_s, 1e9 / Self::LONGEST_NS, 1e9)?;
        Ok(Self::tabulated(Law::Exponential, 1e9 / rate))
    }

    /// Exponential with the given median, above zero.
    ///
    /// # Errors
    /// If the median is zero or above the longest service time.
    pub fn exponential_from_median(median: SimDuration) -> Outcome {
        let median_ns = check_positive_time("the median", median)?;
        Ok(Self::tabulated(Law::Exponential, median_ns / LN_2))
    }

    /// Lognormal with the given median, above zero, and the given standard deviation of the
    /// logarithm.
    ///
    /// # Errors
    /// If the median is zero or too long, or `sigma` is not within 1e-6 and 10.
    pub fn lognormal(median: SimDuration, sigma: f64) -> Outcome {
        let median_ns = check_positive_time("the median", median)?;
        Self::lognormal_of(median_ns.ln(), sigma)
    }

    /// Lognormal with the given mean and coefficient of variation, both above zero.
    ///
    /// # Errors
    /// If the mean is zero or too long, or `cv` is no positive number or gives a sigma beyond 1e-6
    /// and 10.
    pub fn lognormal_from_mean_cv(mean: SimDuration, cv: f64) -> Outcome {
        let (mean_ns, cv) = check_mean_cv(mean, cv)?;
        let variance = (cv * cv).ln_1p();
        Self::lognormal_of(mean_ns.ln() - 0.5 * variance, variance.sqrt())
    }

    /// Lognormal with the given median, above zero, and 99th percentile, above the median.
    ///
    /// # Errors
    /// If a time is zero or too long, or `p99` is not above the median, or too far above it.
    pub fn lognormal_from_median_p99(median: SimDuration, p99: SimDuration) -> Outcome {
        let (median_ns, ratio) = check_median_p99(median, p99)?;
        Self::lognormal_of(median_ns.ln(), ratio.ln() / Z_99)
    }

    fn lognormal_of(mu: f64, sigma: f64) -> Outcome {
        let sigma = check_within("sigma of the lognormal", sigma, SIGMAS[0], SIGMAS[1])?;
        Ok(Self::of(Family::Lognormal { mu, sigma }))
    }

    /// Gamma with the given shape and scale; the mean is their product.
    ///
    /// # Errors
    /// If the shape is not within 0.01 and 1e4, or the scale is zero or too long.
    pub fn gamma(shape: f64, scale: SimDuration) -> Outcome {
        Self::gamma_of(shape, check_positive_time("the scale", scale)?)
    }

    /// Gamma with the given mean, above zero, and coefficient of variation, 0.01 to 10.
    ///
    /// # Errors
    /// If the mean is zero or too long, or `cv` is beyond its bounds.
    pub fn gamma_from_mean_cv(mean: SimDuration, cv: f64) -> Outcome {
        let (mean_ns, cv) = check_mean_cv(mean, cv)?;
        let shape = 1.0 / (cv * cv);
        Self::gamma_of(shape, mean_ns / shape)
    }

    /// Gamma with the given median, above zero, and 99th percentile, above the median.
    ///
    /// # Errors
    /// If a time is zero or too long, or no gamma law with a shape within 0.01 and 1e4 fits.
    pub fn gamma_from_median_p99(median: SimDuration, p99: SimDuration) -> Outcome {
        let (median_ns, ratio) = check_median_p99(median, p99)?;
        let ratio_of = |shape| Law::Gamma { shape }.p99_over_median();
        let shape = solve_falling(ratio_of, ratio, GAMMA_SHAPES)
            .ok_or_else(|| no_fit("gamma", "p99 over median", ratio, GAMMA_SHAPES.map(ratio_of)))?;
        let ln_unit_median = Law::Gamma { shape }.ln_quantile(Level::of_probability(0.5));
        Self::gamma_of(shape, (median_ns.ln() - ln_unit_median).exp())
    }

    fn gamma_of(shape: f64, scale_ns: f64) -> Outcome {
        let [from, to] = GAMMA_SHAPES;
        let shape = check_within("the shape of the gamma", shape, from, to)?;
        Ok(Self::tabulated(Law::Gamma { shape }, scale_ns))
    }

    /// Weibull with the given shape and scale; the scale is the quantile of 1 − 1/e.
    ///
    /// # Errors
    /// If the shape is not within 0.1 and 100, or the scale is zero or too long.
    pub fn weibull(shape: f64, scale: SimDuration) -> Outcome {
        Self::weibull_of(shape, check_positive_time("the scale", scale)?)
    }

    /// Weibull with the given mean, above zero, and coefficient of variation, 0.013 to 430.
    ///
    /// # Errors
    /// If the mean is zero or too long, or `cv` is beyond its bounds.
    pub fn weibull_from_mean_cv(mean: SimDuration, cv: f64) -> Outcome {
        let (mean_ns, cv) = check_mean_cv(mean, cv)?;
        let cv_of = |shape: f64| {
            let ln_moment = |order: f64| ln_gamma(1.0 + order / shape);
            (ln_moment(2.0) - 2.0 * ln_moment(1.0)).exp_m1().sqrt()
        };
        let shape = solve_falling(cv_of, cv, WEIBULL_SHAPES)
            .ok_or_else(|| no_fit("Weibull", "cv", cv, WEIBULL_SHAPES.map(cv_of)))?;
        Self::weibull_of(shape, mean_ns / Law::Weibull { shape }.mean())
    }

    /// Weibull with the given median, above zero, and 99th percentile, above the median.
    ///
    /// # Errors
    /// If a time is zero or too long, or the shape would not be within 0.1 and 100.
    pub fn weibull_from_median_p99(median: SimDuration, p99: SimDuration) -> Outcome {
        let (median_ns, ratio) = check_median_p99(median, p99)?;
        let shape = (100_f64.ln() / LN_2).ln() / ratio.ln();
        Self::weibull_of(shape, median_ns / LN_2.powf(1.0 / shape))
    }

    fn weibull_of(shape: f64, scale_ns: f64) -> Outcome {
        let [from, to] = WEIBULL_SHAPES;
        let shape = check_within("the shape of the Weibull", shape, from, to)?;
        Ok(Self::tabulated(Law::Weibull { shape }, scale_ns))
    }

    /// Pareto (type I) with the given tail index α and minimum: P(X > x) = (minimum/x)^α.
    ///
    /// # Errors
    /// If the tail index is not within 0.1 and 1e4, or the minimum is zero or too long.
    pub fn pareto(tail_index: f64, minimum: SimDuration) -> Outcome {
        Self::pareto_of(tail_index, check_positive_time("the minimum", minimum)?)
    }

    /// Pareto with the given mean and coefficient of variation, both above zero; the tail index is
    /// above 2.
    ///
    /// # Errors
    /// If the mean is zero or too long, or `cv` is no positive number or gives a tail index above
    /// 1e4.
    pub fn pareto_from_mean_cv(mean: SimDuration, cv: f64) -> Outcome {
        let (mean_ns, cv) = check_mean_cv(mean, cv)?;
        let tail_index = 1.0 + (1.0 + 1.0 / (cv * cv)).sqrt();
        Self::pareto_of(tail_index, mean_ns * (tail_index - 1.0) / tail_index)
    }

    /// Pareto with the given median, above zero, and 99th percentile, above the median.
    ///
    /// # Errors
    /// If a time is zero or too long, or the tail index would not be within 0.1 and 1e4.
    pub fn pareto_from_median_p99(median: SimDuration, p99: SimDuration) -> Outcome {
        let (median_ns, ratio) = check_median_p99(median, p99)?;
        let tail_index = 50_f64.ln() / ratio.ln();
        Self::pareto_of(tail_index, median_ns / (LN_2 / tail_index).exp())
    }

    fn pareto_of(tail_index: f64, minimum_ns: f64) -> Outcome {
        let [from, to] = TAIL_INDICES;
        let tail_index = check_within("the tail index of the Pareto", tail_index, from, to)?;
        Ok(Self::tabulated(Law::Pareto { tail_index }, minimum_ns))
    }

    /// Straight lines between measured quantiles (p, value): p ascending from 0 (the fastest
    /// request) to 1 (the slowest), values not descending.
    ///
    /// # Errors
    /// If an end is missing, p does not ascend, values descend or one is too long.
    pub fn empirical(points: &[(f64, SimDuration)]) -> Outcome {
        Ok(Self::of(Family::Empirical(Arc::new(Empirical::new(points)?))))
    }

    /// This distribution with `by` added to every value.
    ///
    /// # Errors
    /// If `by` is above the longest service time.
    pub fn shifted(self, by: SimDuration) -> Outcome {
        let by_ns = check_time("the shift", by)?;
        Ok(Self(match self.0 {
            Shape::Single(mut single) => {
                single.shift_ns += by_ns;
                Shape::Single(single)
            }
            Shape::Mixture(parts) => {
                Shape::Mixture(parts.iter().map(|part| part.shifted(by_ns)).collect())
            }
        }))
    }

    /// A mixture of (weight, distribution): weights above 0 that add up to 1, and no mixture in it.
    ///
    /// # Errors
    /// If there is no component, a weight is no positive number, their sum is not 1, or a component
    /// is a mixture itself.
    pub fn mixture(parts: Vec<(f64, Self)>) -> Outcome {
        Ok(Self(Shape::Mixture(mixture::components(parts)?.into())))
    }

    fn tabulated(law: Law, scale_ns: f64) -> Self {
        let table = Arc::new(ScoreTable::of_logarithm(|z| law.at_score(z)));
        Self::of(Family::Tabulated(Tabulated { law, scale_ns, table }))
    }
}

fn check_mean_cv(mean: SimDuration, cv: f64) -> Result<(f64, f64), DistributionError> {
    let mean_ns = check_positive_time("the mean", mean)?;
    if cv > 0.0 && cv.is_finite() {
        return Ok((mean_ns, cv));
    }
    Err(DistributionError(format!(
        "cv, the standard deviation over the mean, must be a number above 0, but is {cv}; \
         for a latency that never varies use a constant"
    )))
}

/// The median \[ns\] and p99 over median, above 1.
fn check_median_p99(
    median: SimDuration,
    p99: SimDuration,
) -> Result<(f64, f64), DistributionError> {
    let median_ns = check_positive_time("the median", median)?;
    let p99_ns = check_positive_time("p99", p99)?;
    if p99 > median {
        return Ok((median_ns, p99_ns / median_ns));
    }
    Err(DistributionError(format!(
        "p99 ({p99}) must be above the median ({median}); swap them, \
         or use a constant for a latency that never varies"
    )))
}

/// Where a falling function has the value `target`, by bisection over a range of positive numbers.
fn solve_falling(function: impl Fn(f64) -> f64, target: f64, range: [f64; 2]) -> Option<f64> {
    let [mut low, mut high] = range.map(f64::ln);
    if !(function(range[1])..=function(range[0])).contains(&target) {
        return None;
    }
    // Halving a logarithmic range of at most 14 sixty times ends within rounding.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if function(middle.exp()) > target {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high).exp())
}

fn no_fit(family: &str, what: &str, value: f64, [most, least]: [f64; 2]) -> DistributionError {
    DistributionError(format!(
        "no {family} distribution has {what} = {value}; it must be within {least:.6} and \
         {most:.3e}; correct it or take another family"
    ))
}
