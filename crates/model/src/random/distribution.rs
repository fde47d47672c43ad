//! Distributions of service times.
//!
//! - **Models** how long a request is served, without any waiting.
//! - **One latent a request**: a request carries one standard normal score z, and its service time
//!   under a distribution with quantile function Q is Q(Φ(z)). Whatever the families of two models,
//!   a request that is slow under one is then slow under the other: the coupling is monotone
//!   (comonotone), which is what makes paired differences small (Law, Simulation Modeling and
//!   Analysis, 2015, §11.2).
//! - **Families**: constant, exponential, lognormal e^(μ + σz), gamma, Weibull, Pareto (type I), a
//!   table of measured quantiles; any of them shifted by a constant; mixtures of them, whose
//!   component is chosen by a second latent, the branch uniform.
//! - **Precision**: constants, lognormals and mixtures of them are exact to rounding; the tabulated
//!   families are within 1e-7 (relative) of the exact quantile for |z| ≤ 6, and at |z| > 8, which
//!   has probability 1.2e-15, they stay at the quantile of 8.
//! - **Bounds**: a service time is never negative and never above [`Distribution::LONGEST_NS`],
//!   11.6 days.
//! - **Not modelled** here: dependence on load, age or time (see the endpoint), and dependence
//!   between requests.

mod empirical;
mod fit;
mod law;
mod mixture;
pub mod partial;
mod score_table;
#[cfg(test)]
mod tests;

use super::exp::exp;
use super::float_nanos;
use crate::time::SimDuration;
use empirical::Empirical;
use law::{Law, Level};
use mixture::Component;
use score_table::ScoreTable;
use statrs::distribution::{ContinuousCDF, Normal};
use std::sync::Arc;

/// A distribution of service times. Its constructors check the parameters once; nothing fails
/// afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution(Shape);

/// Parameters that make no distribution: the rule that they break, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DistributionError(pub String);

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Single(Shifted),
    Mixture(Arc<[Component]>),
}

/// A family and what is added to it.
#[derive(Clone, Debug, PartialEq)]
struct Shifted {
    family: Family,
    /// \[ns\]
    shift_ns: f64,
}

#[derive(Clone, Debug, PartialEq)]
enum Family {
    /// \[ns\]
    Constant(f64),
    /// e^(μ + σz) ns.
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    Tabulated(Tabulated),
    Empirical(Arc<Empirical>),
}

/// `scale_ns` times a law of unit scale.
#[derive(Clone, Debug, PartialEq)]
struct Tabulated {
    law: Law,
    scale_ns: f64,
    table: Arc<ScoreTable>,
}

impl Distribution {
    /// No service time is longer \[ns\]: 10¹⁵, about 11.6 days.
    pub const LONGEST_NS: f64 = 1e15;

    /// The service time \[ns\] of a request whose latent score is `z` and whose latent branch is
    /// `branch` (in [0, 1), used by mixtures alone). It never falls as `z` grows.
    #[inline]
    pub fn at(&self, z: f64, branch: f64) -> f64 {
        debug_assert!(!z.is_nan() && (0.0..1.0).contains(&branch), "latents {z}, {branch}");
        let value = match &self.0 {
            Shape::Single(single) => single.at(z),
            Shape::Mixture(components) => mixture::choose(components, branch).at(z),
        };
        value.min(Self::LONGEST_NS)
    }

    /// The service times \[ns\] of requests with these latent scores and branches, as of
    /// [`at`](Self::at).
    pub fn fill(&self, times_ns: &mut Vec<f64>, scores: &[f64], branches: &[f64]) {
        times_ns.clear();
        if let Shape::Single(Shifted { family: Family::Lognormal { mu, sigma }, shift_ns }) = self.0
        {
            let time = |&z: &f64| (exp(mu + sigma * z) + shift_ns).min(Self::LONGEST_NS);
            times_ns.extend(scores.iter().map(time));
        } else {
            let latents = scores.iter().zip(branches);
            times_ns.extend(latents.map(|(&z, &branch)| self.at(z, branch)));
        }
    }

    /// Whether [`at`](Self::at) looks at its branch.
    pub fn uses_branch(&self) -> bool {
        matches!(self.0, Shape::Mixture(_))
    }

    /// The mean \[ns\] of the law itself, infinite if so: [`LONGEST_NS`](Self::LONGEST_NS) is not
    /// applied.
    pub fn mean_ns(&self) -> f64 {
        match &self.0 {
            Shape::Single(single) => single.mean(),
            Shape::Mixture(components) => mixture::mean(components),
        }
    }

    /// The service time \[ns\] that a share `p` of requests does not exceed, at most
    /// [`LONGEST_NS`](Self::LONGEST_NS). Exact, and slow.
    ///
    /// # Panics
    /// If `p` is not within 0 and 1.
    pub fn quantile_ns(&self, p: f64) -> f64 {
        assert!((0.0..=1.0).contains(&p), "a quantile needs a p within 0 and 1, not {p}");
        let value = match &self.0 {
            Shape::Single(single) => single.quantile(p),
            Shape::Mixture(components) => mixture::quantile(components, p),
        };
        value.min(Self::LONGEST_NS)
    }

    /// The share of requests with a service time of at most `ns`.
    pub fn cdf(&self, ns: f64) -> f64 {
        if ns >= Self::LONGEST_NS {
            return 1.0;
        }
        match &self.0 {
            Shape::Single(single) => single.cdf(ns),
            Shape::Mixture(components) => mixture::cdf(components, ns),
        }
    }

    fn of(family: Family) -> Self {
        Self(Shape::Single(Shifted { family, shift_ns: 0.0 }))
    }
}

impl Shifted {
    #[inline]
    fn at(&self, z: f64) -> f64 {
        let unshifted = match &self.family {
            Family::Constant(value) => *value,
            Family::Lognormal { mu, sigma } => exp(mu + sigma * z),
            Family::Tabulated(tabulated) => tabulated.scale_ns * tabulated.table.at(z),
            Family::Empirical(empirical) => empirical.at(z),
        };
        unshifted + self.shift_ns
    }

    fn mean(&self) -> f64 {
        let unshifted = match &self.family {
            Family::Constant(value) => *value,
            Family::Lognormal { mu, sigma } => (mu + 0.5 * sigma * sigma).exp(),
            Family::Tabulated(tabulated) => tabulated.scale_ns * tabulated.law.mean(),
            Family::Empirical(empirical) => empirical.mean(),
        };
        unshifted + self.shift_ns
    }

    fn quantile(&self, p: f64) -> f64 {
        let unshifted = match &self.family {
            Family::Constant(value) => *value,
            Family::Lognormal { mu, sigma } => (mu + sigma * normal().inverse_cdf(p)).exp(),
            Family::Tabulated(tabulated) => {
                let ln_quantile = tabulated.law.ln_quantile(Level::of_probability(p));
                tabulated.scale_ns * ln_quantile.exp()
            }
            Family::Empirical(empirical) => empirical.quantile(p),
        };
        unshifted + self.shift_ns
    }

    fn cdf(&self, ns: f64) -> f64 {
        let x = ns - self.shift_ns;
        match &self.family {
            Family::Constant(value) => f64::from(u8::from(x >= *value)),
            Family::Lognormal { .. } if x <= 0.0 => 0.0,
            Family::Lognormal { mu, sigma } => normal().cdf((x.ln() - mu) / sigma),
            Family::Tabulated(tabulated) => tabulated.law.cdf(x / tabulated.scale_ns),
            Family::Empirical(empirical) => empirical.cdf(x),
        }
    }
}

fn normal() -> Normal {
    Normal::standard()
}

/// A time as it enters a distribution \[ns\].
fn nanos(time: SimDuration) -> f64 {
    float_nanos(time.as_nanos())
}

/// `time` in \[ns\], if it may occur at all.
fn check_time(name: &str, time: SimDuration) -> Result<f64, DistributionError> {
    let ns = nanos(time);
    if ns > Distribution::LONGEST_NS {
        return Err(DistributionError(format!(
            "{name} ({time}) must not be above 1e15 ns, about 11.6 days; make it shorter"
        )));
    }
    Ok(ns)
}

/// `time` in \[ns\], if it is above zero.
fn check_positive_time(name: &str, time: SimDuration) -> Result<f64, DistributionError> {
    if time.is_zero() {
        return Err(DistributionError(format!(
            "{name} must be above zero; give a longer time, or use a constant of 0s"
        )));
    }
    check_time(name, time)
}

/// `value`, if it is a number within the bounds.
fn check_within(name: &str, value: f64, from: f64, to: f64) -> Result<f64, DistributionError> {
    if (from..=to).contains(&value) {
        return Ok(value);
    }
    Err(DistributionError(format!(
        "{name} must be within {from} and {to}, but is {value}; change it or take another family"
    )))
}
