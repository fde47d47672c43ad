//! The scalars of a scenario file that TOML has no type for: times, shares, sizes, thresholds.
//!
//! Each reads one spelling, refuses all else with the remedy, and writes what it reads. An error's text is
//! the rule, a line break, and the remedy.

use crate::telemetry::metric::Statistic;
use crate::telemetry::ratio::Ratio;
use crate::time::SimDuration;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A length of time, such as `"90s"` or `"2h30m"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) struct RawDuration(pub(in crate::scenario) SimDuration);

/// A length of time or `"none"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) struct RawLimit(pub(in crate::scenario) Option<SimDuration>);

/// A probability or share, 0 to 1, also written `"2.5%"`; the number as the nearest floating-point one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::scenario) struct RawShare(pub(in crate::scenario) f64);

/// How far a traffic switch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) enum RawSize {
    /// Of the green fleet, above 0 to 1.
    Share(Ratio),
    /// So many green instances, at least 1.
    Instances(u32),
}

/// A threshold as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::scenario) enum RawThreshold {
    /// In the metric's unit.
    Number(f64),
    /// Of a latency.
    Time(SimDuration),
    /// Of an error rate, as a fraction.
    Share(Ratio),
}

/// A statistic by its CloudWatch name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) struct RawStatistic(pub(in crate::scenario) Statistic);

/// What a TOML scalar may be.
enum Scalar {
    Text(String),
    Integer(i64),
    Float(f64),
}

impl Scalar {
    fn read<'de, D: Deserializer<'de>>(from: D, expected: &'static str) -> Result<Self, D::Error> {
        struct Reader(&'static str);
        impl Visitor<'_> for Reader {
            type Value = Scalar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Integer(number))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar::Float(number))
            }
        }
        from.deserialize_any(Reader(expected))
    }
}

pub(super) const TIME: &str = "a time such as \"90s\", \"5m\" or \"2h30m\"";
pub(super) const SHARE: &str = "a number from 0 to 1 or a percentage such as \"2.5%\"";
pub(super) const SIZE: &str = "a size such as \"10%\" or \"3 instances\"";
pub(super) const THRESHOLD: &str =
    "a number, or \"100ms\" of a latency, or \"1%\" of an error rate";
pub(super) const TIME_OR_NONE: &str = "a time such as \"60s\", or \"none\"";
pub(super) const STATISTIC: &str =
    "Average, Sum, Minimum, Maximum, SampleCount or a percentile such as \"p99\"";

impl<'de> Deserialize<'de> for RawDuration {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Scalar::read(from, TIME)? {
            Scalar::Text(text) => duration(&text).map(Self).map_err(Error::custom),
            Scalar::Integer(number) => Err(Error::custom(without_unit(&number))),
            Scalar::Float(number) => Err(Error::custom(without_unit(&number))),
        }
    }
}

impl<'de> Deserialize<'de> for RawLimit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Scalar::read(from, TIME_OR_NONE)? {
            Scalar::Text(text) if text == "none" => Ok(Self(None)),
            Scalar::Text(text) => duration(&text).map(|d| Self(Some(d))).map_err(Error::custom),
            Scalar::Integer(number) => Err(Error::custom(without_unit(&number))),
            Scalar::Float(number) => Err(Error::custom(without_unit(&number))),
        }
    }
}

impl<'de> Deserialize<'de> for RawShare {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (share, written) = match Scalar::read(from, SHARE)? {
            Scalar::Text(text) => {
                let share = percent(&text).ok_or_else(|| {
                    Error::custom(format!("expected {SHARE}, found \"{text}\"\nwrite a number"))
                })?;
                (share.as_f64(), text)
            }
            #[expect(clippy::cast_precision_loss, reason = "anything but 0 and 1 is refused below")]
            Scalar::Integer(number) => (number as f64, number.to_string()),
            Scalar::Float(number) => (number, number.to_string()),
        };
        if (0.0..=1.0).contains(&share) {
            // -0.0 is the same share as 0.0 and must be written the same.
            return Ok(Self(share.abs()));
        }
        let remedy = if (1.0..=100.0).contains(&share) && !written.ends_with('%') {
            format!("write {written} % as \"{written}%\"")
        } else {
            "give 0 for never, 1 for always".to_owned()
        };
        Err(Error::custom(format!("a share lies between 0 and 1, but is {written}\n{remedy}")))
    }
}

impl<'de> Deserialize<'de> for RawSize {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = match Scalar::read(from, SIZE)? {
            Scalar::Text(text) => match size(&text) {
                Some(size) => return Ok(size),
                None => format!("\"{text}\""),
            },
            Scalar::Integer(number) => number.to_string(),
            Scalar::Float(number) => number.to_string(),
        };
        Err(Error::custom(format!(
            "expected {SIZE}, found {written}\nwrite a percentage above 0 % up to 100 %, \
             or a whole number of instances"
        )))
    }
}

impl<'de> Deserialize<'de> for RawThreshold {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Scalar::read(from, THRESHOLD)? {
            Scalar::Text(text) => percent(&text)
                .map(Self::Share)
                .or_else(|| duration(&text).ok().map(Self::Time))
                .ok_or_else(|| {
                    Error::custom(format!(
                        "expected {THRESHOLD}, found \"{text}\"\nwrite a number without quotes"
                    ))
                }),
            #[expect(clippy::cast_precision_loss, reason = "thresholds above 10^15 are refused")]
            Scalar::Integer(number) => Ok(Self::Number(number as f64)),
            Scalar::Float(number) => Ok(Self::Number(number)),
        }
    }
}

impl<'de> Deserialize<'de> for RawStatistic {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        statistic(&text).map(Self).ok_or_else(|| {
            let near = crate::scenario::suggest::remedy(&text, &STATISTIC_NAMES);
            Error::custom(format!(
                "unknown statistic `{text}`\n{near}; percentiles are p0.1 to p100"
            ))
        })
    }
}

impl Serialize for RawDuration {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl Serialize for RawLimit {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(duration) => to.collect_str(&duration),
            None => to.serialize_str("none"),
        }
    }
}

impl Serialize for RawShare {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.0)
    }
}

impl Serialize for RawSize {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Share(share) => to.collect_str(&Percent(*share)),
            Self::Instances(1) => to.serialize_str("1 instance"),
            Self::Instances(count) => to.collect_str(&format_args!("{count} instances")),
        }
    }
}

impl Serialize for RawThreshold {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => to.serialize_f64(*number),
            Self::Time(duration) => to.collect_str(duration),
            Self::Share(share) => to.collect_str(&Percent(*share)),
        }
    }
}

impl Serialize for RawStatistic {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Statistic::Average => to.serialize_str("Average"),
            Statistic::Sum => to.serialize_str("Sum"),
            Statistic::Minimum => to.serialize_str("Minimum"),
            Statistic::Maximum => to.serialize_str("Maximum"),
            Statistic::SampleCount => to.serialize_str("SampleCount"),
            Statistic::Percentile(p) => to.collect_str(&format_args!("p{}", Hundredfold(p))),
        }
    }
}

/// Writes a fraction made by [`percent`] as it was read.
struct Percent(Ratio);

/// Writes a fraction, times a hundred, as a decimal. Its denominator is 100 times a power of ten.
struct Hundredfold(Ratio);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", Hundredfold(self.0))
    }
}

impl fmt::Display for Hundredfold {
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
fn duration(text: &str) -> Result<SimDuration, String> {
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

fn without_unit(number: &dyn fmt::Display) -> String {
    format!("a time needs a unit, found the bare number {number}\nwrite \"{number}s\" for seconds")
}

/// Reads `12.5%` exactly, as 125/1000; at most twelve digits on either side of the point.
fn percent(text: &str) -> Option<Ratio> {
    let number = text.trim().strip_suffix('%')?.trim();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let in_bounds = !number.starts_with(['+', '-']) && whole.len() <= 12 && fraction.len() <= 12;
    let hundredfold = in_bounds.then(|| number.parse::<Ratio>().ok()).flatten()?;
    Some(Ratio::new(hundredfold.numerator(), hundredfold.denominator() * 100))
}

fn size(text: &str) -> Option<RawSize> {
    if let Some(share) = percent(text) {
        let in_range = share > Ratio::whole(0) && share <= Ratio::whole(1);
        return in_range.then_some(RawSize::Share(share));
    }
    let text = text.trim();
    let number = text.strip_suffix("instances").or_else(|| text.strip_suffix("instance"))?;
    let count: u32 = number.trim().parse().ok()?;
    (count > 0).then_some(RawSize::Instances(count))
}

const STATISTIC_NAMES: [&str; 6] = ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p99"];

fn statistic(text: &str) -> Option<Statistic> {
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
