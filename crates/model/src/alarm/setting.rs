//! The settings of an alarm, each with CloudWatch's value, or the likeliest reading, as the default.

use crate::time::{SimDuration, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a missing datapoint counts as: CloudWatch's `TreatMissingData`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum TreatMissingData {
    /// Missing stays missing (CloudWatch's default).
    #[default]
    Missing,
    /// The state is kept.
    Ignore,
    /// Counts as breaching.
    Breaching,
    /// Counts as within the threshold.
    NotBreaching,
}

/// Which datapoints decide when some are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingDataRule {
    /// CloudWatch's: the newest N real datapoints of a longer evaluation range of N +
    /// `range_extra`.
    CloudWatch {
        /// How many datapoints beyond N are retrieved.
        range_extra: u32,
    },
    /// Exactly the last N periods.
    Window,
}

impl MissingDataRule {
    /// How many datapoints beyond N CloudWatch is taken to retrieve if nothing else is said: max(2, ⌈300 s ÷
    /// period⌉). AWS does not publish the number; this one fits AWS's example (period 300 s, 2 more) and the
    /// published histories of alarms (60 s: 5 more, 900 s: 2 more; `docs/alarms.md`). Nothing is known of
    /// periods below 60 s: they are taken to look at 5 more too, which is a guess.
    pub fn usual_range_extra(period: SimDuration) -> u32 {
        let standard = period.max(SimDuration::from_secs(60)).as_nanos();
        let five_minutes = SimDuration::from_secs(300).as_nanos();
        u32::try_from((five_minutes - 1) / standard + 1).map_or(2, |extra| extra.max(2))
    }

    /// CloudWatch's with the usual range.
    pub fn usual(period: SimDuration) -> Self {
        Self::CloudWatch { range_extra: Self::usual_range_extra(period) }
    }
}

/// When an alarm is evaluated, and over which windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evaluation {
    /// Every minute (every 10 s for periods below a minute), over windows that end at the last full
    /// minute.
    #[default]
    Sliding,
    /// Once a period, over windows aligned to multiples of the period.
    Aligned,
    /// As often as sliding, over windows that end at the last full period of a clock on the wall
    /// (CloudWatch's `WallClockWindow`).
    WallClock {
        /// How far that clock is ahead of UTC \[min\], -1439 to 1439.
        offset_min: i64,
    },
    /// As often as sliding, over windows that end where a recorded period does: of what lies within one,
    /// nothing more is known.
    Recorded {
        /// How long a recorded period is.
        period: SimDuration,
        /// Where one begins.
        from: SimTime,
    },
}

/// What an alarm knows of the time before green's first traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum History {
    /// What the warm-up really published.
    #[default]
    Simulated,
    /// Datapoints within the threshold.
    NonBreaching,
    /// No datapoints.
    None,
}

/// The state given to a pattern that AWS leaves open (`docs/model.md`, missing data).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Unresolved {
    /// INSUFFICIENT_DATA, as the documentation's revisions of 2018-11 to 2019-03 printed.
    #[default]
    InsufficientData,
    /// The previous state.
    Retain,
    /// OK.
    Ok,
}

/// Under `missing`: when fewer breaching datapoints than M, the oldest of them old enough, are an ALARM
/// (the "premature alarm state").
///
/// AWS has described it in several ways; each reading differs in some patterns of three and two of
/// three datapoints (0 good, X breaching, - missing, newest last).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PrematureAlarm {
    /// If the oldest is at least M periods old and no datapoint of the range is good: the reading
    /// that contradicts no cell of the documentation's tables.
    #[default]
    NoGoodDatapoint,
    /// If the oldest is at least M periods old and all after it are breaching or missing, whatever
    /// came before: the text of today, word by word. `0 - X - -` is ALARM.
    Literal,
    /// The same, if fewer than M datapoints exist at all.
    FewerThanM,
    /// If the oldest is exactly M periods old, and there is no good one: the text of 2019-07.
    /// `- - X - -` is no ALARM with M = 2.
    ExactAge,
    /// If the oldest is at least M periods old and among the last N, and there is no good one.
    /// `X - - - -` is no ALARM.
    WithinPeriods,
    /// Never.
    Never,
}

/// When `ignore` keeps the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum IgnoreRule {
    /// If the datapoints that exist do not decide: fewer than M breach, and none is good.
    #[default]
    Undecided,
    /// If fewer than N exist and none is good, even if M breach: `- - X X -` keeps the state with M = 2.
    WithoutGoodDatapoint,
}

/// Every reading, for tests of them all.
#[cfg(test)]
impl Unresolved {
    pub(super) const ALL: [Self; 3] = [Self::InsufficientData, Self::Retain, Self::Ok];
}

/// Every reading, for tests of them all.
#[cfg(test)]
impl PrematureAlarm {
    pub(super) const ALL: [Self; 6] = [
        Self::NoGoodDatapoint,
        Self::Literal,
        Self::FewerThanM,
        Self::ExactAge,
        Self::WithinPeriods,
        Self::Never,
    ];
}

/// Every reading, for tests of them all.
#[cfg(test)]
impl IgnoreRule {
    pub(super) const ALL: [Self; 2] = [Self::Undecided, Self::WithoutGoodDatapoint];
}

/// What a percentile of too few values does: CloudWatch's `EvaluateLowSampleCountPercentile`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LowSamples {
    /// It is evaluated like any other (CloudWatch's default).
    #[default]
    Evaluate,
    /// The state does not change.
    Ignore,
}

/// What must have enough values, where a percentile of too few is ignored. AWS says "during the
/// evaluation period" only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LowSampleScope {
    /// Each datapoint that decides.
    #[default]
    Datapoint,
    /// The last N periods together, if they have any.
    Evaluation,
}

/// The time in which a new alarm is not evaluated.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUp {
    /// Its length from the alarm's creation.
    pub lasts: SimDuration,
    /// Whether it lasts to its end even if N datapoints exist before.
    pub to_its_end: bool,
}

/// The state of an alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum AlarmState {
    /// Within the threshold.
    Ok,
    /// Breaching.
    Alarm,
    /// Not enough data to say; the state of a new alarm.
    #[default]
    InsufficientData,
}

impl std::fmt::Display for AlarmState {
    /// As CloudWatch writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        })
    }
}
