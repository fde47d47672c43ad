//! Thresholds in exact units.

use super::report::Report;
use crate::alarm::subject::{Origin, Query};
use crate::scenario::raw::alarm::RawAlarm;
use crate::scenario::raw::scalar::RawThreshold;
use crate::telemetry::extended::Measure;
use crate::telemetry::metric::{Metric, Statistic};
use crate::telemetry::ratio::Ratio;

/// What the datapoints of an alarm are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Microseconds in the file, nanoseconds here.
    Time,
    /// Of requests, 0 to 1.
    Share,
    /// Of requests.
    Number,
    /// Of the values, 0 to 100.
    Percent,
    /// Of a metric that is published value by value.
    Own,
}

/// \[of the metric's unit\]
const HIGHEST: f64 = 1e15;
/// With more digits after the point, sums could not be compared exactly.
const MOST_DECIMALS: i128 = 1_000_000_000_000;
const NANOS_PER_MICRO: i128 = 1000;

/// The threshold of an alarm, exactly the decimal that is written; `None` only if it has a problem.
pub(super) fn threshold(
    path: &str,
    raw: &RawAlarm,
    query: &Query,
    report: &mut Report,
) -> Option<Ratio> {
    match (raw.threshold, unit(query)) {
        (RawThreshold::Number(number), unit) => {
            report.within(path, number, [0.0, HIGHEST]);
            let exact = Ratio::from_decimal(number.abs()).ok();
            let exact = exact.filter(|exact| exact.denominator() <= MOST_DECIMALS);
            if exact.is_none() {
                report.problem(
                    path,
                    "a threshold has at most 12 digits after the point",
                    "round it",
                );
            }
            exact.map(|exact| if unit == Unit::Time { exact.times(NANOS_PER_MICRO) } else { exact })
        }
        (RawThreshold::Time(time), Unit::Time) => Some(Ratio::whole(i128::from(time.as_nanos()))),
        (RawThreshold::Share(share), Unit::Share | Unit::Own) => Some(share),
        (RawThreshold::Share(share), Unit::Percent) => Some(share.times(100)),
        (_, unit) => {
            let (message, help) = match unit {
                Unit::Time => {
                    ("this datapoint is a time", "write a time such as \"100ms\", or microseconds")
                }
                Unit::Share => (
                    "this datapoint is a share of the requests",
                    "write a fraction such as 0.01, or \"1%\"",
                ),
                Unit::Number => {
                    ("this datapoint is a number of requests", "write a number without a unit")
                }
                Unit::Percent => {
                    ("this datapoint is a percentage of the values", "write 0 to 100, or \"5%\"")
                }
                Unit::Own => {
                    ("this datapoint has no unit of time", "write a number without a unit")
                }
            };
            if report.sound(path.trim_end_matches(".threshold")) {
                report.problem(path, message, help);
            }
            None
        }
    }
}

fn unit(query: &Query) -> Unit {
    match (query.origin, query.statistic) {
        (Origin::Sampled(_), _) => Unit::Own,
        (_, Statistic::SampleCount) => Unit::Number,
        (_, Statistic::Extended(extended)) if !extended.measure.has_unit() => {
            if extended.measure == Measure::PercentileRank { Unit::Percent } else { Unit::Number }
        }
        (Origin::Requests(Metric::ModelLatency, _), _) => Unit::Time,
        (_, Statistic::Sum) => Unit::Number,
        (_, Statistic::Extended(extended)) if extended.measure == Measure::TrimmedSum => {
            Unit::Number
        }
        _ => Unit::Share,
    }
}
