//! An A/B test as a strategy.

use super::choice::{RawTestRouting, RawUndecided};
use super::default;
use super::scalar::RawShare;
use crate::endpoint::kpi::Goal;
use crate::stats::two_sample::Sided;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An A/B test: the new model, and perhaps others, take part of the traffic until a test says which is
/// best. The winner takes everything; if blue wins, traffic returns to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ab test")]
pub(crate) struct RawAbTest {
    /// Green's share, above 0 and below 1, if green is the only challenger; `"50%"` if neither this nor
    /// `weights` is given.
    pub(crate) share: Option<RawShare>,
    /// Weights of blue and green instead; a challenger of `[[variants]]` has its own.
    pub(crate) weights: Option<RawWeights>,
    /// Names of the challengers besides green; all of `[[variants]]` if absent.
    pub(crate) variants: Option<Vec<String>>,
    /// How long it lasts at most, above zero.
    pub(crate) lasts: SimDuration,
    /// What is compared, per request of callers, failed ones included.
    #[serde(default)]
    pub(crate) kpi: Goal,
    /// Whether each request is routed on its own, or each user; what is routed is also the unit of the
    /// analysis. By user if `traffic.sticky_users`, else by request.
    pub(crate) routing: Option<RawTestRouting>,
    /// How it is decided.
    #[serde(default)]
    pub(crate) test: RawTest,
    /// Time between two looks at the results, above zero.
    #[serde(default = "default::hour")]
    pub(crate) look_every: SimDuration,
    /// Who takes everything if the time is up and there is no winner.
    #[serde(default)]
    pub(crate) if_undecided: RawUndecided,
    /// How long the new model is watched with all traffic.
    #[serde(default = "default::no_time")]
    pub(crate) final_bake: SimDuration,
}

/// Weights of the two models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "weights")]
pub(crate) struct RawWeights {
    /// Of the current model, above 0.
    #[serde(default = "default::neutral")]
    pub(crate) blue: f64,
    /// Of the new one, above 0.
    #[serde(default = "default::neutral")]
    pub(crate) green: f64,
}

/// How an A/B test is decided: exactly one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "test")]
pub(crate) enum RawTest {
    /// Once, at the end: the pooled z test of two proportions, or Welch's t test of revenue with the
    /// larger of its own and the pooled variance.
    Fixed(RawFixed),
    /// At any look: bets on conversions and failures, which are exact; of revenue and by user the mixture
    /// sequential probability ratio test.
    AlwaysValid(RawAlwaysValid),
    /// Wald's sequential test of green's own probability, request by request.
    Sprt(RawSprt),
}

/// A test at a fixed horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "fixed")]
pub(crate) struct RawFixed {
    /// Probability of a winner where there is no difference, above 0 and below 0.5.
    #[serde(default = "default::usual_alpha")]
    pub(crate) alpha: f64,
    /// Whether blue may win (`"two"`) or only the challenger (`"one"`).
    #[serde(default)]
    pub(crate) sided: Sided,
    /// Units (requests or users) of each variant at which it ends before its time is up.
    #[schemars(range(min = 2))]
    pub(crate) sample: Option<u64>,
}

/// A test that may be looked at at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "always valid")]
pub(crate) struct RawAlwaysValid {
    /// Probability of ever naming a winner where there is no difference, above 0 and below 0.5.
    #[serde(default = "default::usual_alpha")]
    pub(crate) alpha: f64,
    /// Whether blue may win (`"two"`) or only the challenger (`"one"`).
    #[serde(default)]
    pub(crate) sided: Sided,
    /// The effect that it is tuned for, relative to blue's expected KPI, above 0: half of the stake is on
    /// smaller ones. Of revenue and by user it is the standard deviation of the mixture.
    #[serde(default = "default::usual_mixture")]
    pub(crate) mixture: RawShare,
    /// Units (requests or users) that every variant must have before a look decides, 2 to 10¹². The test of
    /// revenue and of users is for large samples; the other one needs none.
    #[serde(default = "default::thousand")]
    pub(crate) at_least: u64,
}

/// Wald's test of p₀ against p₁; the better of the two promotes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "sprt")]
pub(crate) struct RawSprt {
    /// Probability of a conversion or failure under the one hypothesis, above 0 and below 1.
    pub(crate) p0: RawShare,
    /// Under the other, above 0 and below 1.
    pub(crate) p1: RawShare,
    /// Probability to accept p₁ where p₀ is true, above 0 and below 0.5.
    #[serde(default = "default::usual_alpha")]
    pub(crate) alpha: f64,
    /// Probability to accept p₀ where p₁ is true, above 0 and below 0.5.
    #[serde(default = "default::usual_beta")]
    pub(crate) beta: f64,
}

impl Default for RawTest {
    fn default() -> Self {
        let sided = Sided::default();
        Self::Fixed(RawFixed { alpha: default::usual_alpha(), sided, sample: None })
    }
}
