//! What the datapoints of an alarm are measured in.

use crate::alarm::subject::{Origin, Subject};
use crate::telemetry::extended::Measure;
use crate::telemetry::metric::{Metric, Statistic};

/// What the datapoints of an alarm are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds here, microseconds in CloudWatch.
    Time,
    /// Of requests, 0 to 1.
    Share,
    /// Of requests.
    Number,
    /// Of the values, 0 to 100.
    Percent,
    /// Of a metric that is published value by value, or of an expression; of either sign.
    Own,
}

impl Subject {
    /// What its datapoints, and so the threshold, are measured in.
    pub fn unit(&self) -> Unit {
        let query = match self {
            Self::Query(query) => query,
            Self::Math(_) => return Unit::Own,
            Self::Band(band) => &band.queries[0],
        };
        match (query.origin, query.statistic) {
            (Origin::Sampled(_), _) => Unit::Own,
            (_, Statistic::SampleCount) => Unit::Number,
            (_, Statistic::Extended(extended)) if !extended.measure.has_unit() => {
                if extended.measure == Measure::PercentileRank {
                    Unit::Percent
                } else {
                    Unit::Number
                }
            }
            (Origin::Requests(Metric::ModelLatency, _), _) => Unit::Time,
            (_, Statistic::Sum) => Unit::Number,
            (_, Statistic::Extended(extended)) if extended.measure == Measure::TrimmedSum => {
                Unit::Number
            }
            _ => Unit::Share,
        }
    }
}
