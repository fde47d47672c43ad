//! The spellings of times, percentages, sizes and statistics.

use super::scalar::RawSize;
use crate::telemetry::metric::Statistic;
use crate::telemetry::ratio::Ratio;
use crate::time::SimDuration;
use std::fmt::{self, Display};

pub(super) const TIME: &str = "a time such as \"90s\", \"5m\" or \"2h30m\"";
pub(super) const SHARE: &str = "a number from 0 to 1 or a percentage such as \"2.5%\"";
pub(super) const SIZE: &str = "a size such as \"10%\" or \"3 instances\"";
pub(super) const THRESHOLD: &str =
    "a number, or \"100ms\" of a latency, or \"1%\" of an error rate";
pub(super) const TIME_OR_NONE: &str = "a time such as \"60s\", or \"none\"";
pub(super) const STATISTIC: &str =
    "Average, Sum, Minimum, Maximum, SampleCount or a percentile such as \"p99\"";

/// Writes a fraction made by [`percent`] as it was read.
pub(super) struct Percent(pub(super) Ratio);

/// Writes a fraction, times a hundred, as a decimal. Its denominator is 100 times a power of ten.
pub(super) struct Hundredfold(pub(super) Ratio);

impl Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", Hundredfold(self.0))
    }
}

impl Display for Hundredfold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.0.denominator() / 100;
        let (whole, rest) = (self.0.numerator() / scale, self.0.numerator() % scale);
        let digits = format!("{:0width$}", rest, width = decimals(scale));
        match digits.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            fraction => write!(f, "{whole}.{fraction}"),
        }
    }
}

/// The number of zeros of a power of ten.
fn decimals(mut power_of_ten: i128) -> usize {
    let mut zeros = 0;
    while power_of_ten >= 10 {
        power_of_ten /= 10;
        zeros += 1;
    }
    zeros
}

/// Reads a time, or says the rule and the remedy.
pub(super) fn duration(text: &str) -> Result<SimDuration, String> {
    let rule = || format!("expected {TIME}, found \"{text}\"");
    if text.trim().parse::<f64>().is_ok() {
        return Err(without_unit(&text.trim()));
    }
    let nanos = humantime::parse_duration(text)
        .map_err(|error| format!("{}\n{error}; a time is a number and a unit", rule()))?
        .as_nanos();
    match i64::try_from(nanos).map(SimDuration::from_nanos) {
        Ok(duration) if duration <= SimDuration::LONGEST => Ok(duration),
        _ => Err(format!("\"{text}\" is longer than 366 days\ngive at most \"366d\"")),
    }
}

pub(super) fn without_unit(number: &dyn Display) -> String {
    format!("a time needs a unit, found the bare number {number}\nwrite \"{number}s\" for seconds")
}

/// Reads `12.5%` exactly, as 125/1000; at most twelve digits on either side of the point.
pub(super) fn percent(text: &str) -> Option<Ratio> {
    let number = text.trim().strip_suffix('%')?.trim();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let in_bounds = !number.starts_with(['+', '-']) && whole.len() <= 12 && fraction.len() <= 12;
    let hundredfold = in_bounds.then(|| number.parse::<Ratio>().ok()).flatten()?;
    Some(Ratio::new(hundredfold.numerator(), hundredfold.denominator() * 100))
}

pub(super) fn size(text: &str) -> Option<RawSize> {
    if let Some(share) = percent(text) {
        let in_range = share > Ratio::whole(0) && share <= Ratio::whole(1);
        return in_range.then_some(RawSize::Share(share));
    }
    let text = text.trim();
    let number = text.strip_suffix("instances").or_else(|| text.strip_suffix("instance"))?;
    let count: u32 = number.trim().parse().ok()?;
    (count > 0).then_some(RawSize::Instances(count))
}

pub(super) const STATISTIC_NAMES: [&str; 6] =
    ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p99"];

pub(super) fn statistic(text: &str) -> Option<Statistic> {
    match text {
        "Average" => Some(Statistic::Average),
        "Sum" => Some(Statistic::Sum),
        "Minimum" => Some(Statistic::Minimum),
        "Maximum" => Some(Statistic::Maximum),
        "SampleCount" => Some(Statistic::SampleCount),
        _ => {
            let fraction = percent(&format!("{}%", text.strip_prefix('p')?))?;
            let in_range = fraction > Ratio::whole(0) && fraction <= Ratio::whole(1);
            in_range.then_some(Statistic::Percentile(fraction))
        }
    }
}
