//! A monitoring schedule as written in a scenario.
//!
//! What it models: at each full hour (or every so many hours) SageMaker Model Monitor analyses what an
//! endpoint captured, compares it with a baseline, and publishes one value to CloudWatch.
//!
//! - Schedules run from hourly to daily, and a job starts up to 20 minutes after the hour:
//!   <https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html>.
//! - Labels come late, so the window may lie back: a job analyses what was served from `start_offset` to
//!   `end_offset` before the hour, as far as its labels have arrived. "The schedule cadence should be such
//!   that one execution finishes before the next execution starts":
//!   <https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-schedule.html>.
//! - How long a job takes is not documented; 6 to 14 minutes is what small jobs were seen to take.
//! - Standard deviations need 200 samples
//!   (<https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html>). Taking
//!   fewer than `min_samples` for no verdict at all is this tool's rule; `min_samples = 1` is AWS's.
//!
//! Assumptions: start delay and duration of a job are uniform and independent; a label counts if it has
//! arrived when the job starts; only well answered requests are captured; capture is complete.
//! Not modelled: sampled capture, capture that arrives minutes late, failed jobs, feature attribution drift.

use crate::alarm::subject::FleetDimension;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One monitoring schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorSpec {
    /// Unique among the monitors of a scenario.
    pub name: String,
    /// What it computes.
    pub kind: MonitorKind,
    /// Whose answers it looks at.
    pub fleet: FleetDimension,
    /// Time between two jobs, whole hours.
    pub schedule: SimDuration,
    /// A job's window begins so many schedules before its hour, 1 or more.
    pub begins_before: u32,
    /// And ends so many before it, fewer than it begins.
    pub ends_before: u32,
    /// Least and longest time from the hour to the start of the job.
    pub start_delay: [SimDuration; 2],
    /// Least and longest time that a job takes.
    pub job_duration: [SimDuration; 2],
    /// With fewer samples a job publishes nothing.
    pub min_samples: u64,
    /// What instant the value carries.
    pub stamp: Stamp,
    /// Its place in [`FleetSeries::sampled`](crate::telemetry::series::FleetSeries::sampled).
    pub sampled: usize,
}

/// What a monitor computes of its window.
#[derive(Clone, Debug, PartialEq)]
pub enum MonitorKind {
    /// How far a feature's distribution is from the baseline's.
    DataQuality {
        /// Which distance.
        distance: Distance,
        /// Size of the baseline, at least 1.
        baseline_samples: u64,
    },
    /// How good the labelled answers are.
    ModelQuality(QualityMetric),
    /// How one segment fares against everybody else.
    Bias {
        /// Index of the segment among the groups of the traffic.
        group: usize,
        /// Which difference.
        difference: Difference,
    },
}

/// The distance of two distributions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Distance {
    /// The largest difference of the distribution functions less what chance makes of it: SageMaker's
    /// `Robust`.
    #[default]
    Robust,
    /// The largest difference of the distribution functions: SageMaker's `Simple`.
    Simple,
}

/// A figure of a confusion matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum QualityMetric {
    /// Right answers of all.
    #[default]
    Accuracy,
    /// Positives found, of all positives.
    Recall,
    /// True positives, of all answers "positive".
    Precision,
    /// Harmonic mean of precision and recall.
    F1,
}

/// Everybody else's figure minus the segment's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Difference {
    /// Of the accuracies (Clarify's AD).
    #[default]
    Accuracy,
    /// Of the shares of answers "positive" (Clarify's DPPL).
    PositiveAnswers,
}

/// What instant a value carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Stamp {
    /// The end of the window.
    #[default]
    WindowEnd,
    /// The end of the job.
    JobEnd,
}

impl MonitorSpec {
    /// How many schedules a window covers, at least 1.
    pub const fn cells(&self) -> u32 {
        self.begins_before - self.ends_before
    }

    /// Whether it needs ground truth.
    pub const fn needs_labels(&self) -> bool {
        !self.needs_feature()
    }

    /// Whether it looks at the feature.
    pub const fn needs_feature(&self) -> bool {
        matches!(self.kind, MonitorKind::DataQuality { .. })
    }

    /// What its values are called.
    pub const fn figure(&self) -> &'static str {
        match self.kind {
            MonitorKind::DataQuality { .. } => "drift distance",
            MonitorKind::ModelQuality(QualityMetric::Accuracy) => "accuracy",
            MonitorKind::ModelQuality(QualityMetric::Recall) => "recall",
            MonitorKind::ModelQuality(QualityMetric::Precision) => "precision",
            MonitorKind::ModelQuality(QualityMetric::F1) => "F1",
            MonitorKind::Bias { difference: Difference::Accuracy, .. } => "accuracy difference",
            MonitorKind::Bias { difference: Difference::PositiveAnswers, .. } => {
                "difference in positive answers"
            }
        }
    }
}
