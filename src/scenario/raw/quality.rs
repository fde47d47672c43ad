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
pub(in crate::scenario) struct RawQuality {
    /// Share of the current model's answers that are right, outside the segments.
    pub(in crate::scenario) accuracy: RawShare,
    /// The same of the new model without any regression; as the current one's if absent.
    pub(in crate::scenario) green_accuracy: Option<RawShare>,
    /// Share of the answers on which exactly one of the two models is right, without any regression. It is
    /// not determined by the two accuracies; if absent, errors are independent within a segment.
    pub(in crate::scenario) disagreement: Option<RawShare>,
    /// Share of the requests whose true class is positive.
    #[serde(default = "default::half")]
    pub(in crate::scenario) positive_share: RawShare,
    /// Parts of the traffic that differ from the rest; their shares add up to at most 1.
    #[serde(default)]
    pub(in crate::scenario) segments: Vec<RawSegment>,
    /// The ground truth; without it labels arrive at once for every request.
    #[serde(default)]
    pub(in crate::scenario) labels: RawLabels,
}

/// A part of the traffic that differs from the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "segment")]
pub(in crate::scenario) struct RawSegment {
    /// Unique.
    pub(in crate::scenario) name: String,
    /// Of the requests, above 0.
    pub(in crate::scenario) share: RawShare,
    /// The current model's accuracy here; as elsewhere if absent.
    pub(in crate::scenario) accuracy: Option<RawShare>,
    /// The new model's here; if absent, as `accuracy` of this segment, or as elsewhere.
    pub(in crate::scenario) green_accuracy: Option<RawShare>,
    /// Share of positives here; as elsewhere if absent.
    pub(in crate::scenario) positive_share: Option<RawShare>,
}

/// When, and of which requests, the true answer becomes known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "labels")]
pub(in crate::scenario) struct RawLabels {
    /// Time from a request to its label, up to 11.6 days.
    #[serde(default = "at_once")]
    pub(in crate::scenario) delay: RawDistribution,
    /// Share of the requests that ever get a label.
    #[serde(default = "default::always")]
    pub(in crate::scenario) coverage: RawShare,
}

/// Worse answers of the new model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "quality effect")]
pub(in crate::scenario) struct RawQualityEffect {
    /// Is taken off the accuracy of all requests.
    #[serde(default = "default::never")]
    pub(in crate::scenario) accuracy_loss: RawShare,
    /// One segment of the traffic suffers: bias.
    pub(in crate::scenario) segment_loss: Option<RawSegmentLoss>,
    /// Is taken off for each day since the onset, 0 to 1000.
    #[serde(default)]
    pub(in crate::scenario) decay_per_day: f64,
    /// The inputs of the new model drift; drift that hits both models is an incident.
    pub(in crate::scenario) drift: Option<RawDrift>,
}

/// One segment of the traffic suffers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "segment loss")]
pub(in crate::scenario) struct RawSegmentLoss {
    /// A name of `quality.segments`.
    pub(in crate::scenario) segment: String,
    /// Is taken off its accuracy, above 0.
    pub(in crate::scenario) loss: RawShare,
}

/// Inputs that are no longer those that a model was made for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "drift")]
pub(in crate::scenario) struct RawDrift {
    /// The feature's mean moves by this many of its standard deviations, -100 to 100.
    #[serde(default)]
    pub(in crate::scenario) shift_sd: f64,
    /// Is taken off the accuracy of all requests.
    #[serde(default = "default::never")]
    pub(in crate::scenario) accuracy_loss: RawShare,
}

impl Default for RawLabels {
    fn default() -> Self {
        Self { delay: at_once(), coverage: default::always() }
    }
}

const fn at_once() -> RawDistribution {
    RawDistribution::Constant(SimDuration::ZERO)
}
