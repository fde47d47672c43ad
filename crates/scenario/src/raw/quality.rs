//! How good the two models' answers are, and when the truth comes to light.

use super::default;
use super::distribution::RawDistribution;
use super::scalar::RawShare;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How good the answers are, of a task with two classes. Without this table nobody asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "quality")]
pub(crate) struct RawQuality {
    /// Share of the current model's answers that are right, outside the segments.
    pub(crate) accuracy: RawShare,
    /// The same of the new model without any regression; as the current one's if absent.
    pub(crate) green_accuracy: Option<RawShare>,
    /// Share of the answers on which exactly one of the two models is right, without any regression. It is
    /// not determined by the two accuracies; if absent, errors are independent within a segment.
    pub(crate) disagreement: Option<RawShare>,
    /// Share of the requests whose true class is positive.
    #[serde(default = "default::half")]
    pub(crate) positive_share: RawShare,
    /// Parts of the traffic that differ from the rest; their shares add up to at most 1.
    #[serde(default)]
    pub(crate) segments: Vec<RawSegment>,
    /// The ground truth; without it labels arrive at once for every request.
    #[serde(default)]
    pub(crate) labels: RawLabels,
}

/// A part of the traffic that differs from the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "segment")]
pub(crate) struct RawSegment {
    /// Unique.
    pub(crate) name: String,
    /// Of the requests.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(crate) share: RawShare,
    /// The current model's accuracy here; as elsewhere if absent.
    pub(crate) accuracy: Option<RawShare>,
    /// The new model's here; if absent, as `accuracy` of this segment, or as elsewhere.
    pub(crate) green_accuracy: Option<RawShare>,
    /// Share of positives here; as elsewhere if absent.
    pub(crate) positive_share: Option<RawShare>,
}

/// When, and of which requests, the true answer becomes known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "labels")]
pub(crate) struct RawLabels {
    /// Time from a request to its label, up to 11.6 days.
    #[serde(default = "at_once")]
    pub(crate) delay: RawDistribution,
    /// Share of the requests that ever get a label.
    #[serde(default = "default::always")]
    pub(crate) coverage: RawShare,
}

/// Worse answers of the new model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "quality effect")]
pub(crate) struct RawQualityEffect {
    /// Is taken off the accuracy of all requests.
    #[serde(default = "default::never")]
    pub(crate) accuracy_loss: RawShare,
    /// One segment of the traffic suffers: bias.
    pub(crate) segment_loss: Option<RawSegmentLoss>,
    /// Is taken off for each day since the onset.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    pub(crate) decay_per_day: f64,
    /// The inputs of the new model drift; drift that hits both models is an incident.
    pub(crate) drift: Option<RawDrift>,
}

/// One segment of the traffic suffers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "segment loss")]
pub(crate) struct RawSegmentLoss {
    /// A name of `quality.segments`.
    pub(crate) segment: String,
    /// Is taken off its accuracy.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(crate) loss: RawShare,
}

/// Inputs that are no longer those that a model was made for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "drift")]
pub(crate) struct RawDrift {
    /// The feature's mean moves by this many of its standard deviations.
    #[serde(default)]
    #[schemars(range(min = -100, max = 100))]
    pub(crate) shift_sd: f64,
    /// Is taken off the accuracy of all requests.
    #[serde(default = "default::never")]
    pub(crate) accuracy_loss: RawShare,
}

impl Default for RawLabels {
    fn default() -> Self {
        Self { delay: at_once(), coverage: default::always() }
    }
}

const fn at_once() -> RawDistribution {
    RawDistribution::Constant(SimDuration::ZERO)
}
