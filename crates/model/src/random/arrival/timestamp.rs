//! Time stamps of traces and recordings as integer nanoseconds.

use super::TimeUnit;
use crate::time::SimTime;
use std::time::UNIX_EPOCH;

/// The stamp in ns since the origin of its unit, or what is wrong with it.
pub(super) fn parse(text: &str, unit: TimeUnit) -> Result<i64, &'static str> {
    match unit {
        _ if text.is_empty() => Err("is empty"),
        TimeUnit::Seconds => decimal(text, 9),
        TimeUnit::Milliseconds => decimal(text, 6),
        TimeUnit::Rfc3339 => rfc_3339(text),
    }
}

/// An instant in any usual spelling, in ns since 1970-01-01T00:00:00Z: `2026-01-31T12:00:00Z` or with
/// an offset; `2026-01-31 12:00:00`, which is UTC; or the seconds since 1970, which are milliseconds
/// from 10¹¹ on (the year 1973).
///
/// # Errors
/// What is wrong with the text, to be read after it.
pub fn parse_instant(text: &str) -> Result<i64, &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    if let Ok(number) = text.parse::<f64>() {
        return decimal(text, if number.abs() < 1e11 { 9 } else { 6 });
    }
    // As consoles and spreadsheets write a date.
    let with_dashes = text.replace('/', "-");
    let text = if text.as_bytes().get(4) == Some(&b'/') { with_dashes.as_str() } else { text };
    let in_utc = || {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    // A zone in brackets would need a data base of zones.
    let instant = text.parse::<jiff::Timestamp>().ok().or_else(in_utc);
    let instant = instant.ok_or(
        "is not a time like 2026-01-31T12:00:00Z, 2026-01-31 12:00:00 (UTC) or 1769860800",
    )?;
    i64::try_from(instant.as_nanosecond()).map_err(|_| TOO_FAR)
}

fn rfc_3339(text: &str) -> Result<i64, &'static str> {
    let stamp = humantime::parse_rfc3339(text)
        .map_err(|_| "is not a time stamp like 2026-01-31T12:00:00Z (UTC, with T and Z)")?;
    let since = stamp.duration_since(UNIX_EPOCH).map_err(|_| TOO_FAR)?;
    i64::try_from(since.as_nanos()).map_err(|_| TOO_FAR)
}

const TOO_FAR: &str = "is more than 292 years from 0";
const NO_NUMBER: &str = "is not a number";

/// A decimal number times 10^`places`, digit by digit, so that stamps of the Unix epoch keep their
/// nanoseconds, which a float would not. Digits further behind are dropped.
fn decimal(text: &str, places: usize) -> Result<i64, &'static str> {
    if text.contains(['e', 'E']) {
        return exponential(text, places);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || whole.len() + fraction.len() == 0 {
        return Err(NO_NUMBER);
    }
    let padded = fraction.bytes().chain(std::iter::repeat(b'0')).take(places);
    let mut nanos = 0_i64;
    for digit in whole.bytes().chain(padded) {
        let with_digit = nanos.checked_mul(10).and_then(|n| n.checked_add(i64::from(digit - b'0')));
        nanos = with_digit.ok_or(TOO_FAR)?;
    }
    Ok(if text.starts_with('-') { -nanos } else { nanos })
}

/// A number like 1.5e-05, as spreadsheets write small ones.
fn exponential(text: &str, places: usize) -> Result<i64, &'static str> {
    let value: f64 = text.parse().map_err(|_| NO_NUMBER)?;
    let seconds = if places == 9 { value } else { value / 1e3 };
    if !seconds.is_finite() || seconds.abs() > 9e9 {
        return Err(TOO_FAR);
    }
    Ok(SimTime::from_secs_f64(seconds).as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_keep_their_nanoseconds() {
        use TimeUnit::{Milliseconds, Rfc3339, Seconds};
        for (text, unit, nanos) in [
            ("0", Seconds, 0),
            ("4.314579", Seconds, 4_314_579_000),
            ("1700000000.123456789", Seconds, 1_700_000_000_123_456_789),
            ("-0.5", Seconds, -500_000_000),
            ("+.25", Seconds, 250_000_000),
            ("3.", Seconds, 3_000_000_000),
            ("0.0000000019", Seconds, 1),
            ("2e-06", Seconds, 2_000),
            ("1.5E3", Milliseconds, 1_500_000_000),
            ("12.000001", Milliseconds, 12_000_001),
            ("1970-01-01T00:00:00Z", Rfc3339, 0),
            ("2014-04-10T00:04:00.25Z", Rfc3339, 1_397_088_240_250_000_000),
        ] {
            assert_eq!(parse(text, unit), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn instants_are_read_in_every_usual_spelling() {
        let noon = 1_769_860_800_000_000_000;
        for (text, nanos) in [
            ("2026-01-31T12:00:00Z", noon),
            ("2026-01-31T13:30:00+01:30", noon),
            ("2026-01-31T12:00:00.000+0000", noon),
            ("2026-01-31 12:00:00", noon),
            ("2026-01-31T12:00:00.25", noon + 250_000_000),
            ("2026-01-31 12:00", noon),
            ("2026-01-31 12:00:00+00:00", noon),
            ("2026/01/31 12:00:00", noon),
            ("1769860800", noon),
            ("1769860800.5", noon + 500_000_000),
            ("1769860800000", noon),
            ("1769860800000.001", noon + 1000),
            ("1.7698608e9", noon),
            ("60", 60_000_000_000),
        ] {
            assert_eq!(parse_instant(text), Ok(nanos), "{text}");
        }
        assert_eq!(parse_instant(""), Err("is empty"));
        for text in ["noon", "31/01/2026 12:00", "2026-02-30 12:00:00", "nan", "inf", "12:00"] {
            assert!(parse_instant(text).is_err(), "{text}");
        }
        assert_eq!(parse_instant("9999-01-01 00:00:00"), Err(TOO_FAR));
    }

    #[test]
    fn what_is_no_stamp_is_refused() {
        use TimeUnit::{Milliseconds, Rfc3339, Seconds};
        assert_eq!(parse("", Seconds), Err("is empty"));
        for text in ["-", ".", "--1", "1,5", "nan", "inf", "0x10", "1 2", "e", "١"] {
            assert_eq!(parse(text, Seconds), Err(NO_NUMBER), "{text}");
        }
        for text in ["99999999999", "1e300", "-1e12"] {
            assert_eq!(parse(text, Seconds), Err(TOO_FAR), "{text}");
        }
        assert_eq!(parse("99999999999999", Milliseconds), Err(TOO_FAR));
        assert_eq!(parse("9999-12-31T23:59:59Z", Rfc3339), Err(TOO_FAR));
        for text in ["2014-04-10 00:04:00", "2014-04-10T00:04:00+02:00", "10/04/2014", "5"] {
            assert!(parse(text, Rfc3339).is_err(), "{text}");
        }
    }
}
