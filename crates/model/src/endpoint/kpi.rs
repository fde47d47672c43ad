//! What the business gets out of a request: a conversion (or click) and its revenue.
//!
//! **Model**: a request that is answered well converts if its own uniform lies below the conversion
//! probability of the model that answered it; a conversion is worth a lognormal value by the request's
//! own normal score z. Both draws are the request's, whichever fleet serves it, so two models differ
//! only in the requests that one converts and the other does not.
//!
//! ```text
//! P(converts | user j, model k) = min(1, cⱼ·fₖ)
//! value = exp(ln m − σ²/2 + σz)·gₖ,  σ² = ln(1 + cv²)
//! ```
//!
//! c is the current model's conversion, f and g the factors of the model: 1 for blue, green's own times
//! 1 + x(t)·(r − 1) of a regression of factor r at strength x. With `user_correlation` ρ above 0 users
//! differ: cⱼ follows the Beta distribution of mean c and shape sum 1/ρ − 1, cut into 1,024 slices of
//! equal probability, each at its mean. The conversions of one user's requests then have correlation ρ
//! (Skellam 1948, J. R. Stat. Soc. B 10, 257–261), less the little that a slice hides.
//!
//! **Assumptions**: the KPI comes with the answer. **Not modelled**: conversions that come late, wearing
//! off of novelty, effects of one user on another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF};
use statrs::function::beta::beta_reg;

/// Slices of the users by how readily they convert.
const SLICES: u32 = 1024;

/// The KPI under the current model.
#[derive(Clone, Debug, PartialEq)]
pub struct KpiSpec {
    /// Probability that a request that is answered well converts, above 0 to 1.
    pub conversion: f64,
    /// Value of a conversion; `None` counts conversions only.
    pub revenue: Option<Revenue>,
    /// The new model without any regression.
    pub green: KpiEffect,
    /// Conversion probability of each slice of the users; empty if all are alike.
    propensities: Vec<f64>,
}

/// Lognormal value of a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "revenue")]
pub struct Revenue {
    /// Mean with the current model, in any currency.
    #[serde(rename = "mean_value")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1_000_000_000_000_u64))]
    pub mean: f64,
    /// Standard deviation over mean.
    #[serde(default = "usual_spread")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 100))]
    pub cv: f64,
}

/// What a comparison of models looks at, per request of callers; a request that fails brings nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Goal {
    /// Conversions per request.
    #[default]
    Conversion,
    /// Revenue per request.
    Revenue,
    /// Failures per request: the fewer the better.
    Failure,
}

impl Goal {
    /// 1 if more is better, -1 if less is.
    pub fn sign(self) -> f64 {
        if self == Self::Failure { -1.0 } else { 1.0 }
    }
}

const fn usual_spread() -> f64 {
    1.0
}

/// How another model changes the KPI; needs `[kpi]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "kpi effect")]
pub struct KpiEffect {
    /// Multiplies the conversion probability; the product is at most 1.
    #[schemars(range(min = 0, max = 1000))]
    pub conversion_factor: f64,
    /// Multiplies the value of a conversion.
    #[schemars(range(min = 0, max = 1000))]
    pub revenue_factor: f64,
}

impl Default for KpiEffect {
    fn default() -> Self {
        Self { conversion_factor: 1.0, revenue_factor: 1.0 }
    }
}

impl KpiEffect {
    /// This effect and, at this strength, another on top.
    #[must_use]
    pub fn with(self, other: Self, strength: f64) -> Self {
        let at = |factor: f64| 1.0 + strength * (factor - 1.0);
        Self {
            conversion_factor: self.conversion_factor * at(other.conversion_factor),
            revenue_factor: self.revenue_factor * at(other.revenue_factor),
        }
    }
}

impl Revenue {
    /// The value of a conversion with this normal score.
    pub fn at_score(self, z: f64) -> f64 {
        let variance = (self.cv * self.cv).ln_1p();
        self.mean * (variance.sqrt() * z - 0.5 * variance).exp()
    }
}

impl KpiSpec {
    /// A KPI whose users differ with intra-user correlation `user_correlation`, 0 to below 1.
    pub fn new(
        conversion: f64,
        user_correlation: f64,
        revenue: Option<Revenue>,
        green: KpiEffect,
    ) -> Self {
        let propensities = slices(conversion, user_correlation);
        Self { conversion, revenue, green, propensities }
    }

    /// Whether users differ.
    pub fn depends_on_user(&self) -> bool {
        !self.propensities.is_empty()
    }

    /// Conversion probability under the current model of the user whose place among all is `user`, a
    /// uniform in [0, 1).
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a uniform below 1 times a count lies in 0..count"
    )]
    pub fn propensity(&self, user: f64) -> f64 {
        let slice = (user * f64::from(SLICES)) as usize;
        self.propensities.get(slice).copied().unwrap_or(self.conversion)
    }

    /// Mean conversion probability of a model with this factor.
    pub fn mean_conversion(&self, factor: f64) -> f64 {
        if self.propensities.is_empty() {
            return (self.conversion * factor).min(1.0);
        }
        let sum: f64 = self.propensities.iter().map(|own| (own * factor).min(1.0)).sum();
        sum / f64::from(SLICES)
    }
}

/// Means of the equally likely slices of the users' Beta distribution.
fn slices(mean: f64, correlation: f64) -> Vec<f64> {
    let sum = 1.0 / correlation - 1.0;
    let Ok(beta) = Beta::new(mean * sum, (1.0 - mean) * sum) else { return Vec::new() };
    if !sum.is_finite() {
        return Vec::new();
    }
    // ∫ x over a slice is the mean times the mass there of the Beta distribution with one more.
    let mass_below = |edge: f64| beta_reg(mean * sum + 1.0, (1.0 - mean) * sum, edge);
    let edges = (0..=SLICES).map(|slice| match slice {
        0 => 0.0,
        SLICES => 1.0,
        _ => mass_below(beta.inverse_cdf(f64::from(slice) / f64::from(SLICES)).clamp(0.0, 1.0)),
    });
    // The quantiles of very small probabilities are not quite in order.
    let mut edges: Vec<f64> = edges.collect();
    for index in 1..edges.len() {
        edges[index] = edges[index].max(edges[index - 1]);
    }
    edges
        .windows(2)
        .map(|pair| (mean * f64::from(SLICES) * (pair[1] - pair[0])).clamp(0.0, 1.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::Normal;

    #[test]
    fn slices_keep_the_mean_and_nearly_the_correlation() {
        for (mean, correlation) in [(0.05, 0.02), (0.3, 0.2), (0.01, 0.005), (0.02, 0.3)] {
            let kpi = KpiSpec::new(mean, correlation, None, KpiEffect::default());
            assert!(kpi.depends_on_user());
            let found = kpi.mean_conversion(1.0);
            assert!((found - mean).abs() < 1e-9, "{found} for {mean}");
            let squares: f64 = kpi.propensities.iter().map(|own| (own - mean).powi(2)).sum();
            let rho = squares / f64::from(SLICES) / (mean * (1.0 - mean));
            assert!(rho < correlation && rho > 0.99 * correlation, "{rho} for {correlation}");
            let (first, last) = (kpi.propensities[0], kpi.propensities[1023]);
            assert!(first < mean && last > mean, "readier users come last");
        }
    }

    #[test]
    fn users_alike_have_one_propensity_and_factors_stop_at_certainty() {
        let kpi = KpiSpec::new(0.4, 0.0, None, KpiEffect::default());
        assert!(!kpi.depends_on_user());
        assert!((kpi.propensity(0.99) - 0.4).abs() < 1e-15);
        assert!((kpi.mean_conversion(2.0) - 0.8).abs() < 1e-15);
        assert!((kpi.mean_conversion(3.0) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn revenue_has_the_mean_and_spread_that_were_asked_for() {
        let revenue = Revenue { mean: 20.0, cv: 1.5 };
        // Over 100,000 evenly spaced probabilities; the far tail is cut, hence the tolerance.
        let normal = Normal::standard();
        let n = 100_000_u32;
        let values: Vec<f64> = (0..n)
            .map(|i| revenue.at_score(normal.inverse_cdf((f64::from(i) + 0.5) / f64::from(n))))
            .collect();
        let mean = values.iter().sum::<f64>() / f64::from(n);
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!((mean - 20.0).abs() < 0.01, "{mean}");
        assert!((variance.sqrt() / mean - 1.5).abs() < 0.02, "{}", variance.sqrt() / mean);
    }

    #[test]
    fn effects_add_up_by_strength() {
        let own = KpiEffect { conversion_factor: 1.1, revenue_factor: 1.0 };
        let worse = KpiEffect { conversion_factor: 0.9, revenue_factor: 2.0 };
        let half = own.with(worse, 0.5);
        assert!((half.conversion_factor - 1.1 * 0.95).abs() < 1e-15);
        assert!((half.revenue_factor - 1.5).abs() < 1e-15);
        assert_eq!(own.with(worse, 0.0), own);
    }
}
