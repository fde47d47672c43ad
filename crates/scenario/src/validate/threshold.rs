//! Thresholds in exact units.

use super::report::Report;
use crate::alarm::subject::Subject;
use crate::alarm::unit::Unit;
use crate::raw::alarm::RawAlarm;
use crate::raw::scalar::RawThreshold;
use crate::telemetry::ratio::Ratio;
use crate::time::SimDuration;

/// \[of the metric's unit\]
const HIGHEST: f64 = 1e15;
/// With more digits after the point, sums could not be compared exactly.
const MOST_DECIMALS: i128 = 1_000_000_000_000;
const NANOS_PER_MICRO: i128 = 1000;

/// The threshold of an alarm, exactly the decimal that is written; `None` only if it has a problem.
pub(super) fn threshold(
    alarm: &str,
    raw: &RawAlarm,
    subject: &Subject,
    report: &mut Report,
) -> Option<Ratio> {
    let Some(threshold) = raw.threshold else {
        if raw.band.is_none() {
            let message = format!("`{alarm}` needs the key `threshold`");
            report.problem(alarm, message, "write, for example, `threshold = 0.01`");
            return None;
        }
        return Some(Ratio::whole(0));
    };
    let path = &format!("{alarm}.threshold");
    match (threshold, subject.unit()) {
        (RawThreshold::Number(number), unit) => {
            report.within(path, number, [if unit == Unit::Own { -HIGHEST } else { 0.0 }, HIGHEST]);
            // -0 is no other threshold than 0.
            let exact = Ratio::from_decimal(if number == 0.0 { 0.0 } else { number }).ok();
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
            if report.sound(alarm) {
                report.problem(path, message, help);
            }
            None
        }
    }
}

/// A threshold in the metric's unit as a file says it; `None` if it is no decimal that a file can say.
pub(super) fn spelled(threshold: Ratio, subject: &Subject) -> Option<RawThreshold> {
    let is_time = subject.unit() == Unit::Time;
    if is_time && threshold.floor() == threshold.ceil() {
        let time = i64::try_from(threshold.floor()).ok().map(SimDuration::from_nanos);
        return time.filter(|time| *time <= SimDuration::LONGEST).map(RawThreshold::Time);
    }
    let number = if is_time { threshold.over(NANOS_PER_MICRO) } else { threshold };
    let exact = Ratio::from_decimal(number.as_f64()).ok()?;
    let is_said = exact == number && exact.denominator() <= MOST_DECIMALS;
    is_said.then(|| RawThreshold::Number(number.as_f64()))
}
