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

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 answers: 40 positives, 30 of them found; 60 negatives, 6 of them called positive.
    const EXAMPLE: Confusion = Confusion {
        true_positives: 30,
        false_positives: 6,
        true_negatives: 54,
        false_negatives: 10,
    };

    #[test]
    fn figures_of_a_hundred_answers() {
        for (metric, expected) in [
            (QualityMetric::Accuracy, (84, 100)),
            (QualityMetric::Recall, (30, 40)),
            (QualityMetric::Precision, (30, 36)),
            // 2·(5/6)·(3/4)/(5/6 + 3/4) = 15/19.
            (QualityMetric::F1, (15, 19)),
        ] {
            let expected = Ratio::new(expected.0, expected.1);
            assert_eq!(EXAMPLE.figure(metric), Some(expected), "{metric:?}");
        }
    }

    #[test]
    fn nothing_positive_has_no_recall_and_no_precision() {
        let negatives = Confusion { true_negatives: 5, ..Confusion::default() };
        for metric in [QualityMetric::Recall, QualityMetric::Precision, QualityMetric::F1] {
            assert_eq!(negatives.figure(metric), None);
        }
        assert_eq!(negatives.figure(QualityMetric::Accuracy), Some(Ratio::whole(1)));
        assert_eq!(Confusion::default().figure(QualityMetric::Accuracy), None);
    }

    #[test]
    fn differences_are_everybody_else_minus_the_segment() {
        let segment = Confusion {
            true_positives: 1,
            false_positives: 2,
            true_negatives: 5,
            false_negatives: 2,
        };
        let accuracy = EXAMPLE.minus(&segment, Difference::Accuracy);
        assert_eq!(accuracy, Some(Ratio::new(84 - 60, 100)));
        let positive = EXAMPLE.minus(&segment, Difference::PositiveAnswers);
        assert_eq!(positive, Some(Ratio::new(36 - 30, 100)));
        let reversed = segment.minus(&EXAMPLE, Difference::Accuracy);
        assert_eq!(reversed, Some(Ratio::new(60 - 84, 100)));
        assert_eq!(EXAMPLE.minus(&Confusion::default(), Difference::Accuracy), None);
    }
}
