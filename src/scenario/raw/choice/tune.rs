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
    /// The mean number of attributable failed requests up to the horizon.
    #[default]
    FailedRequests,
    /// The mean number of users served by a faulty green.
    UsersTouched,
    /// The expected loss of a release in USD.
    ExpectedLoss,
}

impl From<RawObjective> for Objective {
    fn from(raw: RawObjective) -> Self {
        match raw {
            RawObjective::TimeToDetect => Self::TimeToDetect,
            RawObjective::FailedRequests => Self::FailedRequests,
            RawObjective::UsersTouched => Self::UsersTouched,
            RawObjective::ExpectedLoss => Self::ExpectedLoss,
        }
    }
}
