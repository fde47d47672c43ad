//! Of tuning.

use crate::scenario::tune::Objective;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a tuning makes as small as possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(in crate::scenario) enum RawObjective {
    /// The mean time to detect; what is not caught counts the whole horizon.
    TimeToDetect,
    /// The mean net harm: requests that failed, answers slower than `metrics.slow_over` where it is set,
    /// and wrong answers with `[quality]`, each request once, less those without the deployment; in USD
    /// where `[tune.loss]` prices any of them.
    #[default]
    Harm,
    /// The mean number of failed requests up to the horizon, less those without the deployment.
    FailedRequests,
    /// The mean number of users served by a faulty green; needs `traffic.users`.
    UsersTouched,
    /// The expected loss of a release in USD.
    ExpectedLoss,
}

impl From<RawObjective> for Objective {
    fn from(raw: RawObjective) -> Self {
        match raw {
            RawObjective::TimeToDetect => Self::TimeToDetect,
            RawObjective::Harm => Self::Harm,
            RawObjective::FailedRequests => Self::FailedRequests,
            RawObjective::UsersTouched => Self::UsersTouched,
            RawObjective::ExpectedLoss => Self::ExpectedLoss,
        }
    }
}
