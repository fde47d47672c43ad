//! From a written distribution to a checked one.

use super::raw::distribution::{RawDistribution, RawLognormal, RawPareto, RawShapeScale};
use crate::random::distribution::{Distribution, DistributionError};
use crate::time::SimDuration;

/// Distributions within distributions, at most so deep.
const DEEPEST: usize = 8;

/// The distribution that `raw` describes.
///
/// # Errors
/// The parameters that are missing, too many or out of range: rule and remedy, separated by a
/// semicolon.
pub(super) fn distribution(raw: &RawDistribution) -> Result<Distribution, DistributionError> {
    nested(raw, DEEPEST)
}

fn nested(raw: &RawDistribution, depth: usize) -> Result<Distribution, DistributionError> {
    let Some(depth) = depth.checked_sub(1) else {
        return refuse("distributions are nested more than eight deep; write a flat one");
    };
    match raw {
        RawDistribution::Constant(value) => constant(*value),
        RawDistribution::Exponential(raw) => Distribution::exponential(raw.mean),
        RawDistribution::Lognormal(raw) => lognormal(raw),
        RawDistribution::Gamma(raw) => match pair(raw)? {
            Pair::MeanCv(mean, cv) => Distribution::gamma_from_mean_cv(mean, cv),
            Pair::MedianP99(median, p99) => Distribution::gamma_from_median_p99(median, p99),
            Pair::ShapeScale(shape, scale) => Distribution::gamma(shape, scale),
        },
        RawDistribution::Weibull(raw) => match pair(raw)? {
            Pair::MeanCv(mean, cv) => Distribution::weibull_from_mean_cv(mean, cv),
            Pair::MedianP99(median, p99) => Distribution::weibull_from_median_p99(median, p99),
            Pair::ShapeScale(shape, scale) => Distribution::weibull(shape, scale),
        },
        RawDistribution::Pareto(raw) => pareto(raw),
        RawDistribution::Empirical(points) => {
            let points: Vec<_> = points.iter().map(|point| (point.p.0, point.latency)).collect();
            Distribution::empirical(&points)
        }
        RawDistribution::Shifted(raw) => nested(&raw.distribution, depth)?.shifted(raw.by),
        RawDistribution::Mixture(components) => components
            .iter()
            .map(|part| Ok((part.weight, nested(&part.distribution, depth)?)))
            .collect::<Result<Vec<_>, _>>()
            .and_then(Distribution::mixture),
    }
}

/// The longest service time there is: 10¹⁵ ns.
const LONGEST: SimDuration = SimDuration::from_secs(1_000_000);

fn constant(value: SimDuration) -> Result<Distribution, DistributionError> {
    if value > LONGEST {
        return refuse("a service time is at most 10^6 seconds, 11.6 days; give a shorter one");
    }
    Ok(Distribution::constant(value))
}

fn lognormal(raw: &RawLognormal) -> Result<Distribution, DistributionError> {
    match (raw.mean, raw.cv, raw.median, raw.p99, raw.sigma) {
        (Some(mean), Some(cv), None, None, None) => Distribution::lognormal_from_mean_cv(mean, cv),
        (None, None, Some(median), Some(p99), None) => {
            Distribution::lognormal_from_median_p99(median, p99)
        }
        (None, None, Some(median), None, Some(sigma)) => Distribution::lognormal(median, sigma),
        _ => refuse(
            "a lognormal is given by exactly two parameters; \
             give mean and cv, or median and p99, or median and sigma",
        ),
    }
}

fn pareto(raw: &RawPareto) -> Result<Distribution, DistributionError> {
    match (raw.mean, raw.cv, raw.median, raw.p99, raw.minimum, raw.shape) {
        (Some(mean), Some(cv), None, None, None, None) => {
            Distribution::pareto_from_mean_cv(mean, cv)
        }
        (None, None, Some(median), Some(p99), None, None) => {
            Distribution::pareto_from_median_p99(median, p99)
        }
        (None, None, None, None, Some(minimum), Some(shape)) => {
            Distribution::pareto(shape, minimum)
        }
        _ => refuse(
            "a Pareto is given by exactly two parameters; \
             give mean and cv, or median and p99, or minimum and shape",
        ),
    }
}

/// The two parameters of a gamma or Weibull.
enum Pair {
    MeanCv(SimDuration, f64),
    MedianP99(SimDuration, SimDuration),
    ShapeScale(f64, SimDuration),
}

fn pair(raw: &RawShapeScale) -> Result<Pair, DistributionError> {
    let time = |raw: SimDuration| raw;
    match (raw.mean, raw.cv, raw.median, raw.p99, raw.shape, raw.scale) {
        (Some(mean), Some(cv), None, None, None, None) => Ok(Pair::MeanCv(time(mean), cv)),
        (None, None, Some(median), Some(p99), None, None) => {
            Ok(Pair::MedianP99(time(median), time(p99)))
        }
        (None, None, None, None, Some(shape), Some(scale)) => {
            Ok(Pair::ShapeScale(shape, time(scale)))
        }
        _ => refuse(
            "a gamma or Weibull is given by exactly two parameters; \
             give mean and cv, or median and p99, or shape and scale",
        ),
    }
}

fn refuse<T>(message: &str) -> Result<T, DistributionError> {
    Err(DistributionError(message.to_owned()))
}
