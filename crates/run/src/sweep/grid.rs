//! The values of a key, as they are written: a list, a range, or ranges in a list.
//!
//! ```text
//! values = item *("," item)
//! item   = number ".." number ("linear" / "log") count  |  anything without a comma outside quotes
//!                                                           and brackets
//! ```
//!
//! Both ends of a range belong to it. They may have a unit, the same one: `30s..120s linear 4`,
//! `1%..20% log 6`. Points of a logarithmic range are rounded to six digits, of a linear one to twelve.

use crate::scenario::split_setting;
use std::fmt::Write as _;

/// The most values of one key.
const MOST_VALUES: usize = 1000;

/// A key and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// As it was written, or the full path once it is known.
    pub key: String,
    /// At least one, no two alike, as they would be written in the file but for quotes.
    pub values: Vec<String>,
    /// Whether they belong on a logarithmic scale.
    pub is_log: bool,
}

impl Axis {
    /// Reads `KEY=VALUES`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, written) = split_setting(text)?;
        let mut axis = Self { key: key.to_owned(), values: Vec::new(), is_log: false };
        for item in items(written).map_err(|what| format!("{key}: {what}"))? {
            let points = match range(item).map_err(|what| format!("{key}: {what}"))? {
                Some(range) => {
                    axis.is_log |= range.is_log;
                    range.points()?
                }
                None => vec![item.to_owned()],
            };
            for value in points {
                if value.is_empty() {
                    return Err(format!(
                        "{key}: the list `{written}` has an empty value; write {key}=V1,V2,…"
                    ));
                }
                if axis.values.contains(&value) {
                    return Err(format!("{key}: the value {value} is given twice"));
                }
                axis.values.push(value);
                if axis.values.len() > MOST_VALUES {
                    return Err(format!("{key}: more than {MOST_VALUES} values; give fewer"));
                }
            }
        }
        Ok(axis)
    }
}

impl Axis {
    /// The places of the values on a line from 0 to 1: by their size if all are numbers of one unit or
    /// times, by its logarithm if a range says so or they span a factor of 50; else evenly, in their order.
    pub fn coordinates(&self) -> Vec<f64> {
        let even = || {
            let last = real(self.values.len().max(2) - 1);
            let place = |index| if self.values.len() == 1 { 0.5 } else { real(index) / last };
            (0..self.values.len()).map(place).collect()
        };
        let Some(sizes) = sizes(&self.values) else { return even() };
        let low = sizes.iter().copied().fold(f64::INFINITY, f64::min);
        let high = sizes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low >= high {
            return even();
        }
        let is_log = low > 0.0 && (self.is_log || high / low >= 50.0);
        let of = |size: f64| if is_log { size.ln() } else { size };
        sizes.into_iter().map(|size| (of(size) - of(low)) / (of(high) - of(low))).collect()
    }
}

/// The values as numbers of one unit, or as times \[s\].
fn sizes(values: &[String]) -> Option<Vec<f64>> {
    let numbers: Option<Vec<(f64, &str)>> = values.iter().map(|value| number(value)).collect();
    if let Some(numbers) = numbers.filter(|all| all.windows(2).all(|two| two[0].1 == two[1].1)) {
        return Some(numbers.into_iter().map(|(size, _)| size).collect());
    }
    let seconds = |value: &String| Some(humantime::parse_duration(value).ok()?.as_secs_f64());
    values.iter().map(seconds).collect()
}

/// The items of a list, split at the commas outside quotes and brackets.
fn items(text: &str) -> Result<Vec<&str>, String> {
    let (mut items, mut begin, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, '[' | '{' | '(') => depth += 1,
            (None, ']' | '}' | ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                items.push(text[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    if quote.is_some() || depth > 0 {
        return Err(format!("`{text}` has a quote or bracket that is not closed"));
    }
    items.push(text[begin..].trim());
    Ok(items)
}

/// A range of numbers with a unit.
struct Range {
    from: f64,
    to: f64,
    unit: String,
    is_log: bool,
    count: usize,
    /// As they were written.
    ends: [String; 2],
}

/// An item as a range; `None` if it is none.
fn range(item: &str) -> Result<Option<Range>, String> {
    let Some((low, rest)) = item.split_once("..") else { return Ok(None) };
    let Some((from, unit)) = number(low.trim()) else { return Ok(None) };
    let wrong = |what: &str| {
        Err(format!(
            "the range `{item}` {what}; write, for example, 1..1000 log 10 or 1..10 linear 4"
        ))
    };
    let mut words = rest.split_whitespace();
    let Some((high, (to, unit_of_end))) = words.next().and_then(|word| Some((word, number(word)?)))
    else {
        return wrong("has no number at its end");
    };
    if unit != unit_of_end {
        return wrong(&format!(
            "has the unit `{unit}` at one end and `{unit_of_end}` at the other"
        ));
    }
    let is_log = match words.next() {
        Some("log") => true,
        Some("linear") => false,
        _ => return wrong("does not say `linear` or `log`"),
    };
    let Some(count) = words.next().and_then(|word| word.parse::<usize>().ok()) else {
        return wrong("does not say how many points");
    };
    if words.next().is_some() {
        return wrong("goes on behind the number of points");
    }
    if !(2..=MOST_VALUES).contains(&count) {
        return wrong(&format!("has {count} points, not 2 to {MOST_VALUES}"));
    }
    if is_log && (from <= 0.0 || to <= 0.0) {
        return wrong("is logarithmic and does not lie above 0");
    }
    let ends = [low.trim().to_owned(), high.to_owned()];
    Ok(Some(Range { from, to, unit: unit.to_owned(), is_log, count, ends }))
}

/// A finite number and the unit behind it: letters or `%`.
fn number(text: &str) -> Option<(f64, &str)> {
    let is_unit = |c: char| c.is_alphabetic() || c == '%';
    // An `e` may belong to the number, so the longest number counts.
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).rev();
    ends.filter(|&end| text[end..].chars().all(is_unit)).find_map(|end| {
        let value: f64 = text[..end].parse().ok().filter(|value: &f64| value.is_finite())?;
        text[..end]
            .ends_with(|c: char| c.is_ascii_digit() || c == '.')
            .then_some((value, &text[end..]))
    })
}

impl Range {
    /// From the first to the last, each with its unit.
    fn points(&self) -> Result<Vec<String>, String> {
        let last = self.count - 1;
        let points = (0..self.count).map(|index| match index {
            0 => self.ends[0].clone(),
            _ if index == last => self.ends[1].clone(),
            _ => {
                let share = real(index) / real(last);
                let (value, digits) = if self.is_log {
                    ((self.from.ln() * (1.0 - share) + self.to.ln() * share).exp(), 6)
                } else {
                    (self.from * (1.0 - share) + self.to * share, 12)
                };
                let mut text = rounded(value, digits);
                // Writing to a string cannot fail.
                let _ = write!(text, "{}", self.unit);
                text
            }
        });
        let points: Vec<String> = points.collect();
        if points.iter().enumerate().any(|(index, point)| points[..index].contains(point)) {
            let ends = format!("{}..{}", self.ends[0], self.ends[1]);
            return Err(format!("{} points of {ends} fall together; give fewer", self.count));
        }
        Ok(points)
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
fn real(count: usize) -> f64 {
    count as f64
}

/// A number to so many significant digits, without an exponent and idle zeros.
fn rounded(value: f64, digits: usize) -> String {
    let text = format!("{value:.*e}", digits - 1);
    // What was just written reads back.
    let value: f64 = text.parse().unwrap_or(value);
    format!("{}", value + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALMOST_A_RANGE: &str =
        "[0-9eE.+-]{0,9}(s|%|é)?[.][.][0-9eE.+ -]{0,9}(s|%|é)? (log|linear)? ?[0-9]{0,4}";

    fn values(text: &str) -> Result<Vec<String>, String> {
        Axis::parse(&format!("k={text}")).map(|axis| axis.values)
    }

    #[test]
    fn lists_and_ranges() {
        for (text, expected) in [
            ("30s,60s,2m", vec!["30s", "60s", "2m"]),
            (" 1 , 2 ", vec!["1", "2"]),
            ("true", vec!["true"]),
            ("1..10 linear 4", vec!["1", "4", "7", "10"]),
            ("1..1000 log 4", vec!["1", "10", "100", "1000"]),
            ("1..8 log 3", vec!["1", "2.82843", "8"]),
            ("0.1..0.5 linear 5", vec!["0.1", "0.2", "0.3", "0.4", "0.5"]),
            ("10..1 linear 2", vec!["10", "1"]),
            ("-1..1 linear 3", vec!["-1", "0", "1"]),
            ("30s..120s linear 4", vec!["30s", "60s", "90s", "120s"]),
            ("1%..100% log 3", vec!["1%", "10%", "100%"]),
            ("1e1..1e3 log 3", vec!["1e1", "100", "1e3"]),
            ("0, 1..2 linear 2, none", vec!["0", "1", "2", "none"]),
            (r#"["5%", "10%"],{ a = "x,y" }"#, vec![r#"["5%", "10%"]"#, r#"{ a = "x,y" }"#]),
            ("../trace.csv,p99..x", vec!["../trace.csv", "p99..x"]),
            ("ALARM(a) OR (ALARM(b),c)", vec!["ALARM(a) OR (ALARM(b),c)"]),
        ] {
            assert_eq!(
                values(text),
                Ok(expected.into_iter().map(str::to_owned).collect()),
                "{text}"
            );
        }
        assert!(Axis::parse("k=1..100 log 3").expect("an axis").is_log);
        assert!(!Axis::parse("k=1,10,100").expect("an axis").is_log);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, word) in [
            ("", "empty value"),
            ("1,,2", "empty value"),
            ("1,2,1", "given twice"),
            ("1..10", "`linear` or `log`"),
            ("1..10 linear", "how many points"),
            ("1..10 linear 1", "has 1 points"),
            ("1..10 linear 9999", "has 9999 points"),
            ("1..10 log 3 4", "goes on"),
            ("0..10 log 3", "above 0"),
            ("1..x log 3", "no number at its end"),
            ("30s..2m linear 3", "unit `s`"),
            ("1..1 linear 3", "fall together"),
            ("[1,2", "not closed"),
            ("\"a", "not closed"),
        ] {
            let error = values(text).expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn values_stand_where_their_size_says() {
        let places = |text: &str| Axis::parse(&format!("k={text}")).expect("an axis").coordinates();
        assert_eq!(places("0,1,4"), [0.0, 0.25, 1.0]);
        assert_eq!(places("30s,1m,2m30s"), [0.0, 0.25, 1.0]);
        assert_eq!(places("1%,2%,5%"), [0.0, 0.25, 1.0]);
        assert_eq!(places("1,10,100"), [0.0, 0.5, 1.0], "a factor of 100 is logarithmic");
        let tenfold = 10.0_f64.ln() / 50.0_f64.ln();
        assert!((places("1,10,50")[1] - tenfold).abs() < 1e-12, "one of 50 is, too");
        assert!((places("1,10,49")[1] - 9.0 / 48.0).abs() < 1e-12, "and less is not");
        assert_eq!(places("true,false,x"), [0.0, 0.5, 1.0]);
        assert_eq!(places("7"), [0.5]);
        assert_eq!(places("1,1.0"), [0.0, 1.0]);
    }

    proptest! {
        /// No text panics, and what is read has values that differ.
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            if let Ok(axis) = Axis::parse(&text) {
                let mut values = axis.values.clone();
                values.sort();
                values.dedup();
                prop_assert_eq!(values.len(), axis.values.len());
            }
        }

        /// Likewise for texts that look like ranges.
        #[test]
        fn almost_ranges_do_not_panic(text in ALMOST_A_RANGE) {
            let _ = Axis::parse(&format!("k={text}"));
        }

        /// A linear range is an arithmetic sequence, a logarithmic one geometric up to rounding.
        #[test]
        fn ranges_are_evenly_spaced(from in 1_u32..1000, more in 1_u32..100_000, count in 3_usize..40) {
            let to = from + more;
            let read = |kind: &str| -> Vec<f64> {
                let values = values(&format!("{from}..{to} {kind} {count}")).unwrap_or_default();
                values.iter().map(|value| value.parse().expect("a number")).collect()
            };
            for three in read("linear").windows(3) {
                let difference = three[2] - 2.0 * three[1] + three[0];
                prop_assert!(difference.abs() <= 1e-9 * f64::from(to), "{three:?}");
            }
            for three in read("log").windows(3) {
                let ratio = three[2] * three[0] / (three[1] * three[1]);
                prop_assert!((ratio - 1.0).abs() <= 3e-5, "{three:?}");
            }
        }
    }
}
