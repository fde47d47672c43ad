//! Why an alarm changed its state, in the words of the CloudWatch console.
//!
//! ```text
//! Unchecked: Initial alarm creation
//! Insufficient Data: 5 datapoints were unknown.
//! Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated
//!     as [Breaching].
//! Threshold Crossed: 1 datapoint [2.0 (19/08/26 09:36:00)] was not greater than the threshold (4.0)
//!     and 7 missing datapoints were treated as [NonBreaching].
//! Threshold Crossed: 2 out of the last 3 datapoints [2.4 (17/03/26 14:06:00), 1.9 (17/03/26
//!     14:05:00)] were greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM
//!     transition).
//! Threshold Crossed: 5 datapoints were less than the threshold (65.0). The most recent datapoints
//!     which crossed the threshold: [0.0 (29/04/20 23:32:00), 0.0 (29/04/20 23:31:00), …].
//! arn:aws:cloudwatch:us-east-1:111122223333:alarm:5xx transitioned to ALARM at Friday 22 July, 2022
//!     15:57:45 UTC
//! ```
//!
//! The patterns are those of alarm histories that users have published; AWS does not document them.
//! "M of the last N" and the minimum stand there only if `DatapointsToAlarm` was given. Datapoints
//! are listed newest first, those on the new state's side only, each with the start of its period;
//! from five on only the newest five, in a sentence of their own. Numbers are written as Java prints
//! doubles.
//!
//! Assumptions where no record is known: the sentence for real datapoints that are all on the other
//! side than the fillers that decide (one record: "1 datapoint was received for 3 periods and 2
//! missing datapoints were treated as …"); a missing datapoint that is neither breaching nor not is
//! said to be treated as \[Missing\] or \[Ignored\].

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::alarm::spec::{AlarmState, TreatMissingData};
use crate::telemetry::metric::Comparison;

/// The reason of a new alarm's state, INSUFFICIENT_DATA.
pub const CREATED: &str = "Unchecked: Initial alarm creation";

/// CloudWatch's limit on a reason.
const CHARACTERS_MAX: usize = 1023;
/// From so many datapoints on, only the newest so many are listed.
const LISTED_MAX: usize = 5;

/// What an evaluation saw and decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluated<'a> {
    /// The state it gave.
    pub state: AlarmState,
    /// N.
    pub evaluation_periods: u32,
    /// M, if it was given.
    pub datapoints_to_alarm: Option<u32>,
    /// How datapoints are compared with the threshold.
    pub comparison: Comparison,
    /// What datapoints are compared with.
    pub limit: Limit,
    /// What missing datapoints count as.
    pub treat_missing_data: TreatMissingData,
    /// The datapoints that decided, newest first.
    pub datapoints: &'a [Datapoint],
    /// How many missing datapoints were filled in.
    pub missing: u32,
}

/// What datapoints are compared with, in the unit in which it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// A threshold.
    Threshold(f64),
    /// The two bounds of a band, the same for all datapoints.
    Band([f64; 2]),
}

/// A datapoint for people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Datapoint {
    /// In the unit of the threshold.
    pub value: f64,
    /// The start of its period \[s since 1970-01-01T00:00:00Z\].
    pub start_s: i64,
    /// Whether it is on the wrong side of the threshold.
    pub breaches: bool,
}

impl Evaluated<'_> {
    /// The reason, at most 1023 characters.
    pub fn reason(&self) -> String {
        let mut text = match self.state {
            AlarmState::InsufficientData => {
                let (datapoints, were) = datapoints(self.evaluation_periods as usize);
                format!("Insufficient Data: {datapoints} {were} unknown.")
            }
            AlarmState::Ok | AlarmState::Alarm => {
                format!("Threshold Crossed: {}", self.crossed())
            }
        };
        if let Some((end, _)) = text.char_indices().nth(CHARACTERS_MAX) {
            text.truncate(end);
        }
        text
    }

    fn crossed(&self) -> String {
        let is_alarm = self.state == AlarmState::Alarm;
        let listed: Vec<&Datapoint> =
            self.datapoints.iter().filter(|datapoint| datapoint.breaches == is_alarm).collect();
        if listed.is_empty() {
            return self.nothing_but_missing();
        }
        let (noun, were) = datapoints(listed.len());
        let mut text = match self.datapoints_to_alarm {
            None => noun,
            Some(_) => {
                format!("{} out of the last {} datapoints", listed.len(), self.evaluation_periods)
            }
        };
        let newest: Vec<String> = listed.iter().take(LISTED_MAX).map(ToString::to_string).collect();
        let newest = newest.join(", ");
        let in_own_sentence = listed.len() >= LISTED_MAX;
        // Writing to a string cannot fail.
        if !in_own_sentence {
            let _ = write!(text, " [{newest}]");
        }
        let not = if is_alarm { "" } else { "not " };
        let limit = match self.limit {
            Limit::Threshold(threshold) => {
                let than = comparison_words(self.comparison);
                format!("{not}{than} the threshold ({})", java_double(threshold))
            }
            Limit::Band([lower, upper]) => self.band_words(not, lower, upper),
        };
        let _ = write!(text, " {were} {limit}");
        if self.missing > 0 {
            let _ = write!(text, " and {}", self.missing_treated());
        }
        if in_own_sentence {
            let _ = write!(
                text,
                ". The most recent datapoints which crossed the threshold: [{newest}]"
            );
        }
        if let Some(to_alarm) = self.datapoints_to_alarm {
            let (minimum, transition) = if is_alarm {
                (to_alarm, "OK -> ALARM")
            } else {
                ((self.evaluation_periods + 1).saturating_sub(to_alarm), "ALARM -> OK")
            };
            let plural = if minimum == 1 { "" } else { "s" };
            let _ =
                write!(text, " (minimum {minimum} datapoint{plural} for {transition} transition)");
        }
        text.push('.');
        text
    }

    fn band_words(&self, not: &str, lower: f64, upper: f64) -> String {
        let lower = format!("{not}less than the lower threshold [{}]", java_double(lower));
        let upper = format!("{not}greater than the upper threshold [{}]", java_double(upper));
        match self.comparison {
            Comparison::LessThanLowerThreshold => lower,
            Comparison::GreaterThanUpperThreshold => upper,
            _ => format!("{lower} or {upper}"),
        }
    }

    /// No datapoint is on the new state's side.
    fn nothing_but_missing(&self) -> String {
        let received = match self.datapoints.len() {
            0 => "no datapoints were".to_owned(),
            count => {
                let (datapoints, were) = datapoints(count);
                format!("{datapoints} {were}")
            }
        };
        let periods = self.evaluation_periods;
        let plural = if periods == 1 { "" } else { "s" };
        let missing = self.missing_treated();
        format!("{received} received for {periods} period{plural} and {missing}.")
    }

    fn missing_treated(&self) -> String {
        let treated_as = match self.treat_missing_data {
            TreatMissingData::Breaching => "Breaching",
            TreatMissingData::NotBreaching => "NonBreaching",
            TreatMissingData::Missing => "Missing",
            TreatMissingData::Ignore => "Ignored",
        };
        let (plural, were) = if self.missing == 1 { ("", "was") } else { ("s", "were") };
        format!("{} missing datapoint{plural} {were} treated as [{treated_as}]", self.missing)
    }
}

impl std::fmt::Display for Datapoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", java_double(self.value), date(self.start_s, "%d/%m/%y %H:%M:%S"))
    }
}

/// Why a composite alarm changed its state: the alarm that changed before it, to which state and
/// when \[s since 1970-01-01T00:00:00Z\]. Published records name it by its ARN.
pub fn of_composite(alarm: &str, state: AlarmState, at_s: i64) -> String {
    let at = date(at_s, "%A %d %B, %Y %H:%M:%S");
    let mut text = format!("{alarm} transitioned to {state} at {at} UTC");
    if let Some((end, _)) = text.char_indices().nth(CHARACTERS_MAX) {
        text.truncate(end);
    }
    text
}

/// A number as Java's `Double.toString` writes it: at least one digit after the point, and a power
/// of ten for what is below 0.001 or from ten million on.
pub fn java_double(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let scientific = format!("{number:e}");
    match scientific.split_once('e') {
        Some((digits, power)) if digits.contains('.') => format!("{digits}E{power}"),
        Some((digits, power)) => format!("{digits}.0E{power}"),
        None => scientific,
    }
}

fn datapoints(count: usize) -> (String, &'static str) {
    if count == 1 {
        ("1 datapoint".to_owned(), "was")
    } else {
        (format!("{count} datapoints"), "were")
    }
}

fn comparison_words(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::GreaterThanOrEqualToThreshold => "greater than or equal to",
        Comparison::GreaterThanThreshold => "greater than",
        Comparison::LessThanThreshold => "less than",
        Comparison::LessThanOrEqualToThreshold => "less than or equal to",
        _ => comparison.symbol(),
    }
}

/// UTC; an instant that no calendar has is written as its seconds.
fn date(at_s: i64, format: &str) -> String {
    match Timestamp::from_second(at_s) {
        Ok(at) => at.strftime(format).to_string(),
        Err(_) => format!("{at_s} s"),
    }
}

#[cfg(test)]
mod tests;
