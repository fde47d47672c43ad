//! The range of a key. It is said once, at the field that holds the key, by the schema's `minimum`,
//! `exclusiveMinimum`, `maximum` and `exclusiveMaximum`; of a time by the same with `x-` before and times as
//! ends. Files are checked by it, and the schema's descriptions and `docs/scenario.md` say it in words.

use crate::time::SimDuration;
use crate::time::spelling::duration;
use serde_json::Value as Json;
use std::cmp::Ordering;
use toml::Value;

/// The range of a key, or of each element of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range<'a> {
    least: Option<End<'a>>,
    most: Option<End<'a>>,
    remedy: Option<&'a str>,
}

/// Where a range ends: at a number, or at a time as text.
#[derive(Clone, Copy, Debug)]
struct End<'a> {
    at: &'a Json,
    is_inside: bool,
}

impl<'a> Range<'a> {
    /// The range that a schema says, if any.
    pub(super) fn of(schema: &'a Json) -> Option<Self> {
        let find = |key: &str| schema.get(key).or_else(|| schema.get(format!("x-{key}")));
        let end = |inside, outside| {
            let inside = find(inside).map(|at| End { at, is_inside: true });
            inside.or_else(|| Some(End { at: find(outside)?, is_inside: false }))
        };
        let least = end("minimum", "exclusiveMinimum");
        let most = end("maximum", "exclusiveMaximum");
        let remedy = schema.get("x-remedy").and_then(Json::as_str);
        (least.is_some() || most.is_some()).then_some(Self { least, most, remedy })
    }

    /// Whether it says only what its type does: that a count is at least 0.
    pub(super) fn is_of_type(&self) -> bool {
        self.most.is_none() && self.least.is_some_and(|end| end.is_inside && end.at == 0)
    }

    /// Whether the value lies beyond an end. A time does so only of a range of times, a number of numbers.
    pub(super) fn excludes(&self, value: &Value) -> bool {
        let is_beyond = |end: Option<End<'_>>, value, inwards| {
            end.is_some_and(|end| !end.allows(value, inwards))
        };
        self.number(value).is_some_and(|value| {
            is_beyond(self.least, value, Ordering::Greater)
                || is_beyond(self.most, value, Ordering::Less)
        })
    }

    /// A value of the kind of the ends as a number.
    fn number(&self, value: &Value) -> Option<f64> {
        let is_of_times = self.least.or(self.most).is_some_and(|end| end.at.is_string());
        match value {
            #[expect(clippy::cast_precision_loss, reason = "ends are small or powers of two")]
            Value::Integer(number) if !is_of_times => Some(*number as f64),
            Value::Float(number) if !is_of_times => Some(*number),
            Value::String(text) if is_of_times => seconds(text),
            _ => None,
        }
    }

    /// The rule, as it follows "must be".
    pub(super) fn words(&self) -> String {
        let words = |end: End<'_>, [inside, outside]: [&str; 2]| {
            format!("{} {}", if end.is_inside { inside } else { outside }, end.words())
        };
        match (self.least, self.most) {
            (Some(least), Some(most)) if least.is_inside => {
                format!("from {} {}", least.words(), words(most, ["to", "to below"]))
            }
            (Some(least), Some(most)) => {
                format!("above {} and {}", least.words(), words(most, ["at most", "below"]))
            }
            (Some(least), None) if least.at == "0s" => "longer than zero".to_owned(),
            (Some(least), None) => words(least, ["at least", "above"]),
            (None, Some(most)) => words(most, ["at most", "below"]),
            (None, None) => String::new(),
        }
    }

    /// What to do about a value beyond.
    pub(super) fn remedy(&self) -> &'a str {
        self.remedy.unwrap_or(match self.least.or(self.most) {
            Some(end) if end.at == "0s" => "give a time above \"0s\"",
            Some(end) if end.at.is_string() => "give a time in this range",
            _ => "give a number in this range",
        })
    }
}

impl End<'_> {
    /// Whether a value lies in the direction `inwards`, or at an end that is in the range. What is
    /// not a number does neither.
    fn allows(self, value: f64, inwards: Ordering) -> bool {
        let order = value.partial_cmp(&self.number());
        order.is_some_and(|order| order == inwards || order.is_eq() && self.is_inside)
    }

    fn number(self) -> f64 {
        self.at.as_f64().or_else(|| seconds(self.at.as_str()?)).unwrap_or(f64::NAN)
    }

    fn words(self) -> String {
        match self.at {
            Json::String(time) => time.clone(),
            Json::Number(number) if number.is_f64() => grouped(&self.number().to_string()),
            other => grouped(&other.to_string()),
        }
    }
}

/// A time \[s\]
fn seconds(text: &str) -> Option<f64> {
    duration(text).ok().map(SimDuration::as_secs_f64)
}

/// A whole number of more than four digits, in groups of three.
fn grouped(number: &str) -> String {
    let (sign, digits) = number.split_at(usize::from(number.starts_with('-')));
    if digits.len() <= 4 || digits.contains('.') {
        return number.to_owned();
    }
    let (first, mut rest) = digits.split_at((digits.len() - 1) % 3 + 1);
    let mut text = format!("{sign}{first}");
    while let Some((group, others)) = rest.split_at_checked(3) {
        text = format!("{text} {group}");
        rest = others;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_rule_in_words() {
        for (schema, words) in [
            (json!({ "minimum": 1, "maximum": 10_000 }), "from 1 to 10 000"),
            (json!({ "minimum": -1e6, "exclusiveMaximum": 1234 }), "from -1 000 000 to below 1234"),
            (json!({ "exclusiveMinimum": 0.5, "exclusiveMaximum": 1 }), "above 0.5 and below 1"),
            (json!({ "exclusiveMinimum": 0, "maximum": 100_000 }), "above 0 and at most 100 000"),
            (json!({ "minimum": 2 }), "at least 2"),
            (json!({ "exclusiveMaximum": 1 }), "below 1"),
            (json!({ "x-exclusiveMinimum": "0s" }), "longer than zero"),
            (json!({ "x-minimum": "1m", "x-maximum": "6h" }), "from 1m to 6h"),
        ] {
            assert_eq!(Range::of(&schema).map(|range| range.words()), Some(words.to_owned()));
        }
        assert!(Range::of(&json!({ "type": "number" })).is_none());
    }

    #[test]
    fn values_of_another_kind_and_what_is_not_a_number() {
        let [numbers, times] = [json!({ "maximum": 1 }), json!({ "x-maximum": "1m" })];
        let excludes = |schema, value| Range::of(schema).is_some_and(|r| r.excludes(&value));
        assert!(
            excludes(&numbers, Value::Float(f64::NAN)) && excludes(&numbers, Value::Integer(2))
        );
        assert!(excludes(&times, Value::String("61s".to_owned())));
        for value in [Value::String("61s".to_owned()), Value::Integer(1), Value::Boolean(true)] {
            assert!(!excludes(&numbers, value));
        }
        for value in [Value::String("none".to_owned()), Value::Integer(90)] {
            assert!(!excludes(&times, value));
        }
    }
}
