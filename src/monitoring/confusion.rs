//! The confusion matrix of labelled answers, and what Model Monitor and Clarify compute of it.
//!
//! ```text
//! accuracy = (TP + TN)/n    recall = TP/(TP + FN)    precision = TP/(TP + FP)    F1 = 2TP/(2TP + FP + FN)
//! AD   = accuracy(everybody else) − accuracy(segment)
//! DPPL = (TP + FP)/n of everybody else − (TP + FP)/n of the segment
//! ```
//!
//! Everything is an exact fraction of counts, so that thresholds are decided as written.
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html>,
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html>.

use crate::monitoring::spec::{Difference, QualityMetric};
use crate::telemetry::ratio::Ratio;

/// Labelled answers by true class and whether they are right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Positives that were answered so.
    pub true_positives: u64,
    /// Negatives that were answered "positive".
    pub false_positives: u64,
    /// Negatives that were answered so.
    pub true_negatives: u64,
    /// Positives that were answered "negative".
    pub false_negatives: u64,
}

impl Confusion {
    /// How many answers.
    pub const fn answers(&self) -> u64 {
        self.true_positives + self.false_positives + self.true_negatives + self.false_negatives
    }

    /// A figure of it; `None` if its denominator is zero.
    pub fn figure(&self, metric: QualityMetric) -> Option<Ratio> {
        let hits = self.true_positives;
        match metric {
            QualityMetric::Accuracy => ratio(hits + self.true_negatives, self.answers()),
            QualityMetric::Recall => ratio(hits, hits + self.false_negatives),
            QualityMetric::Precision => ratio(hits, hits + self.false_positives),
            QualityMetric::F1 => {
                ratio(2 * hits, 2 * hits + self.false_positives + self.false_negatives)
            }
        }
    }

    /// Everybody else's figure (this) minus the segment's.
    pub fn minus(&self, segment: &Self, difference: Difference) -> Option<Ratio> {
        let part = |of: &Self| match difference {
            Difference::Accuracy => of.true_positives + of.true_negatives,
            Difference::PositiveAnswers => of.true_positives + of.false_positives,
        };
        let [n, m] = [self.answers(), segment.answers()].map(i128::from);
        let difference = i128::from(part(self)) * m - i128::from(part(segment)) * n;
        (n > 0 && m > 0).then(|| Ratio::new(difference, n * m))
    }
}

fn ratio(part: u64, of: u64) -> Option<Ratio> {
    (of > 0).then(|| Ratio::new(part.into(), of.into()))
}
