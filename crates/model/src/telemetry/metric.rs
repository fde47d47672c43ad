//! What an endpoint publishes about its requests, and how a datapoint is made of it.
//!
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html> (invocation
//! metrics): the error metrics send 1 for a request that failed and 0 for one that did not, so
//! their Average is the error rate as a fraction and their Sum the number of errors. A period
//! without any request has no datapoint at all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

pub use crate::telemetry::name::Statistic;

/// A CloudWatch metric of the namespace `AWS/SageMaker`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// 1 for each request.
    Invocations,
    /// 1 for a request answered 4xx, else 0.
    Invocation4xxErrors,
    /// 1 for a request answered 5xx (rejections and time-outs included), else 0.
    Invocation5xxErrors,
    /// 1 for a request that failed in any way, else 0.
    InvocationModelErrors,
    /// Waiting at the instance plus service \[ns here, µs in CloudWatch\]; failed requests
    /// included, a timed-out one at the time-out; a rejected one never reached the model and sends
    /// nothing.
    ModelLatency,
}

/// How a percentile is read off n ordered values x₁ ≤ … ≤ xₙ. CloudWatch does not document it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum PercentileMethod {
    /// x₍⌈p·n⌉₎ (Hyndman & Fan 1996, type 1).
    #[default]
    NearestRank,
    /// Linear between the two order statistics around 1 + p·(n − 1) (type 7, the default of R and
    /// numpy).
    Linear,
}

/// How bounds in percent cut the ordered values of trimmed statistics. CloudWatch does not document
/// it, but says that trimmed counts may be fractional.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum TrimMethod {
    /// A value may be cut in two and count in part.
    #[default]
    Fractional,
    /// Values count whole: those of ranks ⌈p·n⌉ + 1 to ⌈q·n⌉.
    WholeRanks,
}

/// How a datapoint is compared with the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(inline)]
pub enum Comparison {
    /// datapoint ≥ threshold breaches.
    GreaterThanOrEqualToThreshold,
    /// datapoint > threshold breaches.
    GreaterThanThreshold,
    /// datapoint < threshold breaches.
    LessThanThreshold,
    /// datapoint ≤ threshold breaches.
    LessThanOrEqualToThreshold,
    /// Of a band: a datapoint below its lower or above its upper bound breaches.
    LessThanLowerOrGreaterThanUpperThreshold,
    /// Of a band: a datapoint below its lower bound breaches.
    LessThanLowerThreshold,
    /// Of a band: a datapoint above its upper bound breaches.
    GreaterThanUpperThreshold,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Invocations,
        Self::Invocation4xxErrors,
        Self::Invocation5xxErrors,
        Self::InvocationModelErrors,
        Self::ModelLatency,
    ];

    /// Its name in CloudWatch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invocations => "Invocations",
            Self::Invocation4xxErrors => "Invocation4XXErrors",
            Self::Invocation5xxErrors => "Invocation5XXErrors",
            Self::InvocationModelErrors => "InvocationModelErrors",
            Self::ModelLatency => "ModelLatency",
        }
    }

    /// The probability that a request sends 1, if it fails with a 4xx and with a 5xx with these; `None`
    /// of a metric that is not 0 or 1.
    pub fn share_of_ones(self, p4: f64, p5: f64) -> Option<f64> {
        match self {
            Self::Invocations => Some(1.0),
            Self::Invocation4xxErrors => Some(p4),
            Self::Invocation5xxErrors => Some(p5),
            Self::InvocationModelErrors => Some(p4 + p5),
            Self::ModelLatency => None,
        }
    }
}

impl Comparison {
    /// Whether a datapoint of this order to the threshold breaches; within a band it is its equal.
    pub const fn holds(self, datapoint_to_threshold: Ordering) -> bool {
        match self {
            Self::GreaterThanOrEqualToThreshold => datapoint_to_threshold.is_ge(),
            Self::GreaterThanThreshold | Self::GreaterThanUpperThreshold => {
                datapoint_to_threshold.is_gt()
            }
            Self::LessThanThreshold | Self::LessThanLowerThreshold => {
                datapoint_to_threshold.is_lt()
            }
            Self::LessThanOrEqualToThreshold => datapoint_to_threshold.is_le(),
            Self::LessThanLowerOrGreaterThanUpperThreshold => datapoint_to_threshold.is_ne(),
        }
    }

    /// Whether high datapoints breach, and not low ones.
    pub const fn breaches_above(self) -> bool {
        matches!(
            self,
            Self::GreaterThanOrEqualToThreshold
                | Self::GreaterThanThreshold
                | Self::GreaterThanUpperThreshold
        )
    }

    /// Whether it is with a band, and not with a threshold.
    pub const fn is_with_band(self) -> bool {
        matches!(
            self,
            Self::LessThanLowerOrGreaterThanUpperThreshold
                | Self::LessThanLowerThreshold
                | Self::GreaterThanUpperThreshold
        )
    }

    /// `>`, `≥`, `<` or `≤`; `outside`, `below` or `above` a band.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::GreaterThanOrEqualToThreshold => "≥",
            Self::GreaterThanThreshold => ">",
            Self::LessThanThreshold => "<",
            Self::LessThanOrEqualToThreshold => "≤",
            Self::LessThanLowerOrGreaterThanUpperThreshold => "outside",
            Self::LessThanLowerThreshold => "below",
            Self::GreaterThanUpperThreshold => "above",
        }
    }
}
