//! An A/B test: the new model, and perhaps others, take part of the traffic until a test says which is
//! best.
//!
//! - **Shares** are weights: a variant's weight over the sum of all, as SageMaker routes to production
//!   variants. They are exact, not by whole instances, and all instances of all fleets take traffic.
//! - **Each request** is routed on its own, as SageMaker does, or each user (not in SageMaker: the
//!   caller then names the variant with `TargetVariant`). The unit of the analysis is what is routed.
//! - **Decision**: the best of the variants that are significantly better than blue takes everything; if
//!   all are significantly worse, blue does; else the test goes on to its end, and then what is set
//!   for an undecided test is done. With several challengers p-values are adjusted by Holm's method.
//! - **Nothing of this is SageMaker's**: it has weights, and leaves test, winner and alarms to its user.
//!
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/model-ab-testing.html>.

use crate::endpoint::kpi::Goal;
use crate::stats::sequential::Sprt;
use crate::stats::two_sample::Sided;
use crate::time::SimDuration;

/// What a strategy tests while its first stage lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct AbTest {
    /// What is compared.
    pub goal: Goal,
    /// Users are routed and compared, not requests.
    pub by_user: bool,
    /// The challengers besides green: index among the scenario's variants, and share of the traffic.
    pub others: Vec<(usize, f64)>,
    /// How it is decided.
    pub rule: Rule,
    /// Time between two looks.
    pub look_every: SimDuration,
    /// Whether green takes everything if the test ends undecided.
    pub promote_undecided: bool,
}

/// How an A/B test is decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// At the end, by the pooled z test of proportions or Welch's t test of means, whose variance is at
    /// least the pooled one.
    Fixed {
        /// Probability of a winner where there is no difference.
        alpha: f64,
        /// Which differences count.
        sided: Sided,
        /// It ends at the first look at which every variant has so many units; else when its time is up.
        sample: Option<u64>,
    },
    /// At any look, by bets on probabilities; of values and of users by the mixture sequential
    /// probability ratio test.
    AlwaysValid {
        /// Probability of ever naming a winner where there is no difference.
        alpha: f64,
        /// Which differences count.
        sided: Sided,
        /// The effect that it is tuned for, over blue's expected KPI.
        mixture: f64,
        /// Looks before every variant has so many units decide nothing.
        at_least: u64,
    },
    /// By Wald's test of green's own conversion or failure probability, request by request; acted on at
    /// the next look. The better of the two hypotheses promotes.
    Sprt(Sprt),
}
