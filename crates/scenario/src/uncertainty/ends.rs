//! The two ends of a range, and the values between them.

use crate::explain;
use crate::raw::scalar::RawShare;
use crate::time::SimDuration;
use crate::validate::variant::Fault;
use serde::de::DeserializeOwned;
use toml::Value;

/// The lowest and the highest value of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ends {
    /// Of a key that takes whole numbers only.
    Whole([i64; 2]),
    Number([f64; 2]),
    Time([SimDuration; 2]),
}

impl Ends {
    /// The ends of a key that is `present` in the scenario; `key` is what it is called.
    ///
    /// # Errors
    /// That the key has no range, or that an end is none of it, with the remedy.
    pub(super) fn read(key: &str, present: &Value, ends: [&Value; 2]) -> Result<Self, Fault> {
        let is_time = |value: &Value| scalar::<SimDuration>(key, value).is_ok();
        match present {
            Value::Integer(_) => both(key, ends, whole).map(Self::Whole),
            Value::Float(_) => both(key, ends, number).map(Self::Number),
            Value::String(_) if is_time(present) => both(key, ends, time).map(Self::Time),
            _ => {
                let message = format!("`{key}` is {present}: neither a number nor a time");
                Err((message, "only numbers and times have a range; take it out".to_owned()))
            }
        }
    }

    /// Where a value lies that is drawn at `place`, from 0 at the lowest to 1 at the highest: at `place`
    /// itself, but for whole numbers, of which each is as probable as another.
    pub(super) fn settled(&self, place: f64) -> f64 {
        let Self::Whole([low, high]) = *self else { return place };
        let steps = float(high - low);
        (place * (steps + 1.0)).floor().min(steps) / steps
    }

    /// The value at a settled place, as a file says it.
    pub(super) fn at(&self, place: f64) -> String {
        match *self {
            Self::Whole(ends) => between(ends, place).to_string(),
            // The sum of the two is exact at either end.
            Self::Number([low, high]) => format!("{:?}", low * (1.0 - place) + high * place),
            Self::Time(ends) => {
                SimDuration::from_nanos(between(ends.map(SimDuration::as_nanos), place)).to_string()
            }
        }
    }
}

/// The whole number at a place between two, which are exact.
#[expect(clippy::cast_possible_truncation, reason = "a part of a whole number in i64")]
fn between([low, high]: [i64; 2], place: f64) -> i64 {
    if place >= 1.0 {
        return high;
    }
    low + (float(high - low) * place).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53 exact; above, one part in 10^15")]
const fn float(whole: i64) -> f64 {
    whole as f64
}

/// Reads both ends, the lower one first.
fn both<T: PartialOrd>(
    key: &str,
    ends: [&Value; 2],
    read: fn(&str, &Value) -> Result<T, Fault>,
) -> Result<[T; 2], Fault> {
    let [low, high] = [read(key, ends[0])?, read(key, ends[1])?];
    if low < high {
        return Ok([low, high]);
    }
    let message =
        format!("`{key}`: the first end, {}, is not below the second, {}", ends[0], ends[1]);
    Err((message, "write the lower end first, and a higher one second".to_owned()))
}

fn whole(key: &str, value: &Value) -> Result<i64, Fault> {
    value.as_integer().filter(|number| number.unsigned_abs() < 1 << 53).ok_or_else(|| {
        let message = format!("`{key}`: {value} is no whole number, but the key takes no other");
        (message, "write a whole number below 2^53 without quotes".to_owned())
    })
}

fn number(key: &str, value: &Value) -> Result<f64, Fault> {
    if value.is_str() {
        return scalar::<RawShare>(key, value).map(|share| share.0);
    }
    let number = value.as_float().or(value.as_integer().map(float));
    number.filter(|number| number.is_finite()).ok_or_else(|| {
        let message = format!("`{key}`: {value} is no finite number");
        (message, "write a number, or a share as \"5%\"".to_owned())
    })
}

fn time(key: &str, value: &Value) -> Result<SimDuration, Fault> {
    scalar::<SimDuration>(key, value)
}

fn scalar<T: DeserializeOwned>(key: &str, value: &Value) -> Result<T, Fault> {
    T::deserialize(value.clone()).map_err(|error| {
        let (message, help) = explain::explain(error.message(), key);
        (message, help.unwrap_or_else(|| "docs/scenario.md describes every key".to_owned()))
    })
}
