//! Constructors of [`Distribution`] by the names of `random::distribution`, for as long as it has
//! none.
//!
//! To be deleted with the one `use` in `latency.rs`: the real ones are inherent and have the same
//! names.

use crate::random::distribution::{Distribution, DistributionError};
use crate::time::SimDuration;

type Outcome = Result<Distribution, DistributionError>;

pub(super) trait Constructors: Sized {
    fn exponential(mean: SimDuration) -> Outcome {
        positive("the mean", mean)
    }
    fn lognormal(median: SimDuration, sigma: f64) -> Outcome {
        above_zero("sigma", sigma).and_then(|()| positive("the median", median))
    }
    fn lognormal_from_mean_cv(mean: SimDuration, cv: f64) -> Outcome {
        above_zero("cv", cv).and_then(|()| positive("the mean", mean))
    }
    fn lognormal_from_median_p99(median: SimDuration, p99: SimDuration) -> Outcome {
        if p99 > median {
            return positive("the median", median);
        }
        Err(DistributionError(format!(
            "p99 ({p99}) must be above the median ({median}); \
             swap them if they are the wrong way round, \
             or use a constant for a latency that never varies"
        )))
    }
    fn gamma(shape: f64, scale: SimDuration) -> Outcome {
        Self::lognormal(scale, shape)
    }
    fn gamma_from_mean_cv(mean: SimDuration, cv: f64) -> Outcome {
        Self::lognormal_from_mean_cv(mean, cv)
    }
    fn gamma_from_median_p99(median: SimDuration, p99: SimDuration) -> Outcome {
        Self::lognormal_from_median_p99(median, p99)
    }
    fn weibull(shape: f64, scale: SimDuration) -> Outcome {
        Self::lognormal(scale, shape)
    }
    fn weibull_from_mean_cv(mean: SimDuration, cv: f64) -> Outcome {
        Self::lognormal_from_mean_cv(mean, cv)
    }
    fn weibull_from_median_p99(median: SimDuration, p99: SimDuration) -> Outcome {
        Self::lognormal_from_median_p99(median, p99)
    }
    fn pareto(tail_index: f64, minimum: SimDuration) -> Outcome {
        Self::lognormal(minimum, tail_index)
    }
    fn pareto_from_mean_cv(mean: SimDuration, cv: f64) -> Outcome {
        Self::lognormal_from_mean_cv(mean, cv)
    }
    fn pareto_from_median_p99(median: SimDuration, p99: SimDuration) -> Outcome {
        Self::lognormal_from_median_p99(median, p99)
    }
    fn empirical(points: &[(f64, SimDuration)]) -> Outcome {
        match points {
            [(_, first), .., _] => Ok(Distribution::constant(*first)),
            _ => Err(DistributionError("a quantile table needs two ends; add them".to_owned())),
        }
    }
    fn shifted(self, by: SimDuration) -> Outcome {
        Ok(Distribution::constant(by))
    }
    fn mixture(parts: Vec<(f64, Distribution)>) -> Outcome {
        let first = parts.into_iter().next();
        first
            .map(|(_, part)| part)
            .ok_or_else(|| DistributionError("a mixture needs a component; add one".to_owned()))
    }
}

impl Constructors for Distribution {}

fn positive(what: &str, time: SimDuration) -> Outcome {
    if time.is_zero() {
        return Err(DistributionError(format!("{what} must be above zero; give a longer time")));
    }
    Ok(Distribution::constant(time))
}

fn above_zero(what: &str, number: f64) -> Result<(), DistributionError> {
    if number > 0.0 && number.is_finite() {
        return Ok(());
    }
    Err(DistributionError(format!("{what} must be above 0, but is {number}; correct it")))
}
