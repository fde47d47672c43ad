//! The scalars of a scenario file that TOML has no type for: times, shares, sizes, thresholds.
//!
//! Each reads one spelling, refuses all else with the remedy, and writes what it reads. An error's
//! text is the rule, a line break, and the remedy.

use super::spelling::{
    Percent, SHARE, SIZE, STATISTIC_NAMES, THRESHOLD, TIME_OR_NONE, percent, size,
};
use crate::telemetry::name::{Statistic, StatisticError};
use crate::telemetry::ratio::Ratio;
use crate::time::SimDuration;
use crate::time::spelling::{duration, without_unit};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A length of time or `"none"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawLimit(pub(crate) Option<SimDuration>);

/// A probability or share, 0 to 1, also written `"2.5%"`; the number as the nearest floating-point
/// one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RawShare(pub(crate) f64);

/// How far a traffic switch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RawSize {
    /// Of the green fleet, above 0 to 1.
    Share(Ratio),
    /// So many green instances, at least 1.
    Instances(u32),
}

/// A threshold as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RawThreshold {
    /// In the metric's unit.
    Number(f64),
    /// Of a latency.
    Time(SimDuration),
    /// Of an error rate, as a fraction.
    Share(Ratio),
}

/// A statistic by its CloudWatch name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawStatistic(pub(crate) Statistic);

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
        text.parse().map(Self).map_err(|error: StatisticError| {
            let near = crate::suggest::nearest(&text, &STATISTIC_NAMES);
            let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
            Error::custom(format!("unknown statistic `{text}`\n{near}{error}"))
        })
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
        to.collect_str(&self.0)
    }
}
