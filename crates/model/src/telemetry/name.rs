//! Statistics by their CloudWatch names.
//!
//! `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`; percentiles as `p99.9`; and the extended
//! ones of [`extended`](crate::telemetry::extended): in lower case with one number, the upper bound
//! in percent (`tm99`), in upper case with a range (`TM(10%:90%)`, `PR(:300)`), and `IQM`. Up to
//! ten digits stand after the point.
//!
//! Sources:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>;
//! `PutMetricAlarm`
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>)
//! takes ranges in percent whose bounds are between 10 and 90 only. We hold a range with two ends
//! to that; with an open end it is the same statistic as one with a single number, such as `tm99`.

use std::fmt;
use std::str::FromStr;

use crate::telemetry::extended::{Bounds, Extended, Measure};
use crate::telemetry::ratio::Ratio;

/// How the values of a period become one datapoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    /// Sum over count.
    Average,
    /// Sum of the values.
    Sum,
    /// Smallest value.
    Minimum,
    /// Largest value.
    Maximum,
    /// Number of values.
    SampleCount,
    /// The percentile at this fraction, 0 to 1 (p99 is 99/100).
    Percentile(Ratio),
    /// Of the values between two bounds.
    Extended(Extended),
}

/// Why a text is no statistic, and the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatisticError {
    /// No name begins like this.
    #[error("percentiles are written like p99.9, other statistics like tm99 or TM(10%:90%)")]
    Unknown,
    /// The number or the range is not one.
    #[error(
        "give percentages from 0 to 100, the lower bound first, or bounds in the metric's unit"
    )]
    Range,
    /// `PutMetricAlarm` refuses it.
    #[error("CloudWatch alarms take ranges in percent with bounds from 10% to 90% only")]
    Limits,
}

impl Statistic {
    /// Whether a datapoint is in the metric's own unit, and not a number or share of values.
    pub const fn has_unit(self) -> bool {
        match self {
            Self::SampleCount => false,
            Self::Extended(extended) => extended.measure.has_unit(),
            _ => true,
        }
    }

    /// How many values a datapoint needs to be meaningful, if the rule for low sample counts holds for
    /// this statistic: 10/(1 − p) for percentiles from p50 on, 10/p below. Not defined for p0 and
    /// p100, nor for other statistics.
    ///
    /// Source: "Percentile-based alarms and low data samples" in
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html>.
    pub fn least_samples(self) -> Option<Ratio> {
        let Self::Percentile(p) = self else { return None };
        let rest = Ratio::whole(1).minus(p);
        Ratio::whole(10).divided(if rest <= p { rest } else { p })
    }
}

/// As CloudWatch writes it: `Average`, `p99.9`, `tm99`, `TM(10%:90%)`.
impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Average => f.write_str("Average"),
            Self::Sum => f.write_str("Sum"),
            Self::Minimum => f.write_str("Minimum"),
            Self::Maximum => f.write_str("Maximum"),
            Self::SampleCount => f.write_str("SampleCount"),
            Self::Percentile(p) => write!(f, "p{}", p.times(100)),
            Self::Extended(extended) => extended.fmt(f),
        }
    }
}

impl fmt::Display for Extended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = LETTERS.iter().find(|(_, measure)| *measure == self.measure);
        let name = name.map_or("", |(name, _)| name);
        match self.bounds {
            Bounds::Ranks(from, to) => {
                let (zero, one) = (Ratio::whole(0), Ratio::whole(1));
                if self.measure == Measure::TrimmedMean && (from, to) == QUARTILES {
                    f.write_str("IQM")
                } else if from == zero && to < one {
                    write!(f, "{}{}", name.to_lowercase(), to.times(100))
                } else {
                    let end = |bound: Ratio, open: Ratio| {
                        if bound == open { String::new() } else { format!("{}%", bound.times(100)) }
                    };
                    write!(f, "{name}({}:{})", end(from, zero), end(to, one))
                }
            }
            Bounds::Values(above, up_to) => {
                let end = |bound: Option<Ratio>| bound.map_or(String::new(), |b| b.to_string());
                write!(f, "{name}({}:{})", end(above), end(up_to))
            }
        }
    }
}

impl FromStr for Statistic {
    type Err = StatisticError;

    fn from_str(text: &str) -> Result<Self, StatisticError> {
        match text {
            "Average" => return Ok(Self::Average),
            "Sum" => return Ok(Self::Sum),
            "Minimum" => return Ok(Self::Minimum),
            "Maximum" => return Ok(Self::Maximum),
            "SampleCount" => return Ok(Self::SampleCount),
            "IQM" => return Ok(extended(Measure::TrimmedMean, ranks(QUARTILES)?)),
            _ => {}
        }
        for (name, measure) in LETTERS {
            if let Some(range) = text.strip_prefix(name) {
                let range = range.strip_prefix('(').and_then(|range| range.strip_suffix(')'));
                let bounds = bounds(range.ok_or(StatisticError::Range)?)?;
                let is_rank = measure == Measure::PercentileRank;
                if is_rank && matches!(bounds, Bounds::Ranks(..)) {
                    return Err(StatisticError::Range);
                }
                return Ok(extended(measure, bounds));
            }
            let single = text.strip_prefix(name.to_lowercase().as_str());
            if let Some(number) = single.filter(|_| measure != Measure::PercentileRank) {
                let to = hundredth(number).ok_or(StatisticError::Range)?;
                return Ok(extended(measure, ranks((Ratio::whole(0), to))?));
            }
        }
        let number = text.strip_prefix('p').ok_or(StatisticError::Unknown)?;
        hundredth(number).map(Self::Percentile).ok_or(StatisticError::Range)
    }
}

const LETTERS: [(&str, Measure); 5] = [
    ("TM", Measure::TrimmedMean),
    ("WM", Measure::WinsorizedMean),
    ("TC", Measure::TrimmedCount),
    ("TS", Measure::TrimmedSum),
    ("PR", Measure::PercentileRank),
];
const QUARTILES: (Ratio, Ratio) = (Ratio::new(25, 100), Ratio::new(75, 100));
/// As many digits as CloudWatch takes after the point.
const MOST_DECIMALS: usize = 10;
/// And as many before it as stay exact.
const MOST_DIGITS: usize = 15;

const fn extended(measure: Measure, bounds: Bounds) -> Statistic {
    Statistic::Extended(Extended { measure, bounds })
}

/// What stands between the parentheses.
fn bounds(range: &str) -> Result<Bounds, StatisticError> {
    let (from, to) = range.split_once(':').ok_or(StatisticError::Range)?;
    if from.is_empty() && to.is_empty() {
        return Err(StatisticError::Range);
    }
    if from.ends_with('%') || to.ends_with('%') {
        let end = |text: &str, open: i128| {
            if text.is_empty() {
                return Ok(Ratio::whole(open));
            }
            text.strip_suffix('%').and_then(hundredth).ok_or(StatisticError::Range)
        };
        let (low, high) = (end(from, 0)?, end(to, 1)?);
        let within = |bound: Ratio| (Ratio::new(1, 10)..=Ratio::new(9, 10)).contains(&bound);
        let has_two_ends = !from.is_empty() && !to.is_empty();
        if has_two_ends && [low, high].into_iter().any(|bound| !within(bound)) {
            return Err(StatisticError::Limits);
        }
        return ranks((low, high));
    }
    let end = |text: &str| -> Result<Option<Ratio>, StatisticError> {
        if text.is_empty() {
            return Ok(None);
        }
        decimal(text).map(Some).ok_or(StatisticError::Range)
    };
    let (above, up_to) = (end(from)?, end(to)?);
    if above.zip(up_to).is_some_and(|(above, up_to)| above >= up_to) {
        return Err(StatisticError::Range);
    }
    Ok(Bounds::Values(above, up_to))
}

fn ranks((from, to): (Ratio, Ratio)) -> Result<Bounds, StatisticError> {
    if from < to { Ok(Bounds::Ranks(from, to)) } else { Err(StatisticError::Range) }
}

/// A percentage from 0 to 100 as a fraction.
fn hundredth(number: &str) -> Option<Ratio> {
    let fraction = decimal(number)?.over(100);
    (fraction <= Ratio::whole(1)).then_some(fraction)
}

/// A decimal without a sign.
fn decimal(number: &str) -> Option<Ratio> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_short = whole.len() + fraction.len() <= MOST_DIGITS && fraction.len() <= MOST_DECIMALS;
    let is_number = number.bytes().any(|b| b.is_ascii_digit())
        && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (is_short && is_number).then(|| number.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_as_they_are_written() {
        for name in [
            "Average",
            "Sum",
            "Minimum",
            "Maximum",
            "SampleCount",
            "p99",
            "p99.9",
            "p0",
            "p100",
            "p0.0000000001",
            "tm99",
            "tm99.5",
            "wm90",
            "tc10",
            "ts5",
            "IQM",
            "TM(10%:90%)",
            "WM(12.5%:80%)",
            "TM(80%:)",
            "TC(25%:75%)",
            "TM(150:1000)",
            "TS(0.005:)",
            "WM(:2)",
            "PR(:300)",
            "PR(100:2000)",
            "PR(0.5:)",
        ] {
            let read = name.parse::<Statistic>();
            assert_eq!(read.map(|statistic| statistic.to_string()), Ok(name.to_owned()));
        }
        let written = |name: &str| name.parse::<Statistic>().map(|read| read.to_string());
        assert_eq!(written("TM(25%:75%)"), Ok("IQM".to_owned()));
        assert_eq!(written("TM(:99%)"), Ok("tm99".to_owned()));
        assert_eq!(written("TM(0:5)"), Ok("TM(0:5)".to_owned()));
    }

    #[test]
    fn what_cloudwatch_does_not_take_is_refused() {
        use StatisticError::{Limits, Range, Unknown};
        for (name, error) in [
            ("average", Unknown),
            ("P99", Unknown),
            ("avg", Unknown),
            ("", Unknown),
            ("iqm", Unknown),
            ("p", Range),
            ("p-1", Range),
            ("p100.1", Range),
            ("p+5", Range),
            ("p0.00000000001", Range),
            ("tm", Range),
            ("TM99", Range),
            ("tm0", Range),
            ("tm(10%:90%)", Range),
            ("TM(:)", Range),
            ("TM()", Range),
            ("TM(10%)", Range),
            ("TM(10%:90)", Range),
            ("TM(90%:10%)", Range),
            ("TM(5%:90%)", Limits),
            ("TC(10%:95%)", Limits),
            ("TM(5:5)", Range),
            ("PR(10%:90%)", Range),
            ("pr5", Range),
            ("TM(1:2", Range),
            ("TM(-1:2)", Range),
        ] {
            assert_eq!(name.parse::<Statistic>(), Err(error), "{name}");
        }
    }

    #[test]
    fn the_rule_for_low_sample_counts() {
        let least = |name: &str| name.parse::<Statistic>().ok().and_then(Statistic::least_samples);
        assert_eq!(least("p75"), Some(Ratio::whole(40)));
        assert_eq!(least("p1"), Some(Ratio::whole(1000)));
        for name in ["p0", "p100", "tm99", "Average"] {
            assert_eq!(least(name), None, "{name}");
        }
    }
}
