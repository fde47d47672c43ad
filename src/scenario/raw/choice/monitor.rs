//! Of monitors.

use crate::monitoring::spec::{Difference, Distance, QualityMetric, Stamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

choice! {
    /// The distance of two distributions.
    RawDistance => Distance, "lowercase" {
        /// Less what chance makes of it: SageMaker's `Robust`.
        Robust,
        /// As it is: SageMaker's `Simple`.
        Simple,
    }
}

choice! {
    /// A figure of labelled answers.
    RawQualityMetric => QualityMetric, "lowercase" {
        /// Right answers of all.
        Accuracy,
        /// Positives found, of all positives.
        Recall,
        /// True positives, of all answers "positive".
        Precision,
        /// Harmonic mean of precision and recall.
        F1,
    }
}

choice! {
    /// What is compared between everybody else and a segment.
    RawDifference => Difference, "snake_case" {
        /// The accuracies.
        Accuracy,
        /// The shares of answers "positive".
        PositiveAnswers,
    }
}

choice! {
    /// What instant a monitor's value carries.
    RawStamp => Stamp, "snake_case" {
        /// The end of the window.
        WindowEnd,
        /// The end of the job.
        JobEnd,
    }
}
