//! The spellings of percentages, sizes and statistics.

use super::scalar::RawSize;
use crate::telemetry::ratio::Ratio;
use std::fmt::{self, Display};

pub(super) const SHARE: &str = "a number from 0 to 1 or a percentage such as \"2.5%\"";
pub(super) const SIZE: &str = "a size such as \"10%\" or \"3 instances\"";
pub(super) const THRESHOLD: &str =
    "a number, or \"100ms\" of a latency, or \"1%\" of an error rate";
pub(super) const TIME_OR_NONE: &str = "a time such as \"60s\", or \"none\"";
pub(super) const STATISTIC: &str = "Average, Sum, Minimum, Maximum, SampleCount, a percentile such \
                                    as \"p99\", or a trimmed statistic such as \"tm99\", \
                                    \"TM(10%:90%)\" or \"PR(:300)\"";

/// Writes a fraction made by [`percent`] as it was read.
pub(super) struct Percent(pub(super) Ratio);

/// Writes a fraction, times a hundred, as a decimal. Its denominator is 100 times a power of ten.
struct Hundredfold(Ratio);

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
    ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "IQM"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact() {
        assert_eq!(percent("12.5%"), Some(Ratio::new(125, 1000)));
        assert_eq!(percent(" 10 % "), Some(Ratio::new(1, 10)));
        assert_eq!(percent(".5%"), Some(Ratio::new(5, 1000)));
        for text in ["", "%", "10", "-1%", "+1%", "1e2%", "1,5%", "0.0000000000001%"] {
            assert_eq!(percent(text), None, "{text}");
        }
        for text in ["12.5%", "0.1%", "100%", "33.333%"] {
            assert_eq!(
                percent(text).map(|share| Percent(share).to_string()),
                Some(text.to_owned())
            );
        }
    }

    #[test]
    fn sizes_are_parts_or_instances() {
        assert_eq!(size("25%"), Some(RawSize::Share(Ratio::new(1, 4))));
        assert_eq!(size("3 instances"), Some(RawSize::Instances(3)));
        assert_eq!(size("1 instance"), Some(RawSize::Instances(1)));
        for text in ["0%", "100.1%", "0 instances", "-1 instance", "1.5 instances", "3"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
