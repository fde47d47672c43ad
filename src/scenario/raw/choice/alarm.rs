//! Of alarms.

use crate::alarm::spec::{
    AlarmState, Comparison, Evaluation, FleetDimension, History, IgnoreRule, LowSampleScope,
    LowSamples, PrematureAlarm, TreatMissingData, Unresolved,
};
use crate::telemetry::metric::{PercentileMethod, TrimMethod};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

choice! {
    /// How a percentile is read off the ordered values.
    RawPercentileMethod => PercentileMethod, "kebab-case" {
        /// The value of rank ⌈p·n⌉.
        NearestRank,
        /// Linear between the two values around 1 + p·(n − 1).
        Linear,
    }
}

choice! {
    /// Whose requests an alarm sees.
    RawFleet => FleetDimension, "lowercase" {
        /// The new fleet's.
        Green,
        /// The current fleet's.
        Blue,
        /// Both fleets' together.
        Both,
        /// The shadow variant's.
        Shadow,
    }
}

choice! {
    /// How a datapoint is compared with the threshold.
    #[expect(clippy::enum_variant_names, reason = "the names are CloudWatch's")]
    RawComparison => Comparison, "PascalCase" {
        /// At or above the threshold breaches.
        GreaterThanOrEqualToThreshold,
        /// Above the threshold breaches.
        GreaterThanThreshold,
        /// Below the threshold breaches.
        LessThanThreshold,
        /// At or below the threshold breaches.
        LessThanOrEqualToThreshold,
        /// Outside the band breaches.
        LessThanLowerOrGreaterThanUpperThreshold,
        /// Below the band breaches.
        LessThanLowerThreshold,
        /// Above the band breaches.
        GreaterThanUpperThreshold,
    }
}

choice! {
    /// What a missing datapoint counts as.
    RawTreatMissingData => TreatMissingData, "camelCase" {
        /// Missing.
        Missing,
        /// The state is kept.
        Ignore,
        /// Breaching.
        Breaching,
        /// Within the threshold.
        NotBreaching,
    }
}

choice! {
    /// When an alarm is evaluated.
    RawEvaluation => Evaluation, "lowercase" {
        /// Every minute (every 10 s for periods below a minute).
        Sliding,
        /// Once a period.
        Aligned,
    }
}

choice! {
    /// What an alarm knows of the time before green's first traffic.
    RawHistory => History, "snake_case" {
        /// What the warm-up published.
        Simulated,
        /// Datapoints within the threshold.
        NonBreaching,
        /// No datapoints.
        None,
    }
}

choice! {
    /// The state given to a pattern that AWS leaves open.
    RawUnresolved => Unresolved, "snake_case" {
        /// `INSUFFICIENT_DATA`.
        InsufficientData,
        /// The previous state.
        Retain,
        /// OK.
        Ok,
    }
}

choice! {
    /// How bounds in percent cut the ordered values.
    RawTrimMethod => TrimMethod, "snake_case" {
        /// A value may count in part.
        Fractional,
        /// Values count whole.
        WholeRanks,
    }
}

choice! {
    /// When too few breaching datapoints are an ALARM all the same.
    RawPrematureAlarm => PrematureAlarm, "snake_case" {
        /// If the oldest is at least M periods old and none in the range is good.
        NoGoodDatapoint,
        /// If the oldest is at least M periods old and none after it is good.
        Literal,
        /// The same, if fewer than M datapoints exist.
        FewerThanM,
        /// If the oldest is exactly M periods old and none is good.
        ExactAge,
        /// If the oldest is at least M periods old and among the last N, and none is good.
        WithinPeriods,
        /// Never.
        Never,
    }
}

choice! {
    /// When `ignore` keeps the state.
    RawIgnoreRule => IgnoreRule, "snake_case" {
        /// If fewer than M breach and none is good.
        Undecided,
        /// If fewer than N exist and none is good.
        WithoutGoodDatapoint,
    }
}

choice! {
    /// What a percentile of too few values does.
    RawLowSamples => LowSamples, "lowercase" {
        /// It is evaluated.
        Evaluate,
        /// The state does not change.
        Ignore,
    }
}

choice! {
    /// What must have enough values.
    RawLowSampleScope => LowSampleScope, "lowercase" {
        /// Each datapoint that decides.
        Datapoint,
        /// The last N periods together.
        Evaluation,
    }
}

choice! {
    /// The state of an alarm.
    RawState => AlarmState, "SCREAMING_SNAKE_CASE" {
        /// Not enough data to say.
        InsufficientData,
        /// Within the threshold.
        Ok,
        /// Breaching.
        Alarm,
    }
}

/// Which datapoints decide when some are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawMissingDataRule {
    /// The newest real ones of a longer range, as CloudWatch does.
    #[default]
    CloudWatch,
    /// Exactly the last N periods.
    Window,
}

/// Whose datapoints are a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawBandBaseline {
    /// The alarm's own metric's.
    #[default]
    Before,
    /// Blue's of that metric.
    Blue,
}

/// Where the windows of an alarm end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(in crate::scenario) enum RawEvaluationWindow {
    /// At the last full minute.
    #[default]
    Sliding,
    /// Where a clock on the wall strikes a full period.
    WallClock,
}
