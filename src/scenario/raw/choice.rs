//! Choices written as a word, each the mirror of a checked type.

use crate::alarm::spec::{
    AlarmState, Comparison, Evaluation, FleetDimension, History, IgnoreRule, LowSampleScope,
    LowSamples, PrematureAlarm, TreatMissingData, Unresolved,
};
use crate::endpoint::incident::Spread;
use crate::endpoint::kpi::Goal;
use crate::endpoint::spec::{QueueLayout, Routing, ShiftBy};
use crate::monitoring::spec::{Difference, Distance, QualityMetric, Stamp};
use crate::random::arrival::TimeUnit;
use crate::rollout::rules::{OnTimeout, PreAlarm, Watch, WatchedFrom};
use crate::rollout::shift::Rounding;
use crate::scenario::prices::Region;
use crate::scenario::spec::{CountAt, EventsOf, Phase};
use crate::stats::two_sample::Sided;
use crate::telemetry::metric::{PercentileMethod, TrimMethod};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares a choice `Raw`, spelled by the rule `case`, that becomes `Checked`; its first variant
/// is the default where the key has one.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $raw:ident => $checked:ident, $case:literal {
            $(#[$first_meta:meta])* $first:ident,
            $($(#[$rest_meta:meta])* $rest:ident,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = $case)]
        #[schemars(inline)]
        pub(in crate::scenario) enum $raw {
            #[default]
            $(#[$first_meta])*
            $first,
            $($(#[$rest_meta])* $rest,)*
        }

        impl From<$raw> for $checked {
            fn from(raw: $raw) -> Self {
                match raw {
                    $raw::$first => Self::$first,
                    $($raw::$rest => Self::$rest,)*
                }
            }
        }
    };
}

choice! {
    /// Where minutes, evaluations and polls lie.
    RawPhase => Phase, "lowercase" {
        /// Anew in each replication.
        Random,
        /// At t = 0.
        Aligned,
    }
}

choice! {
    /// Whose events are written.
    RawEvents => EventsOf, "lowercase" {
        /// Of the median run.
        Median,
        /// Of every run.
        All,
    }
}

choice! {
    /// Where requests wait.
    RawQueue => QueueLayout, "lowercase" {
        /// At each instance.
        Instance,
        /// In one queue for the fleet.
        Shared,
    }
}

choice! {
    /// Which instance takes a request.
    RawRouting => Routing, "kebab-case" {
        /// Any, with equal probability.
        Random,
        /// The one with the fewest requests outstanding.
        LeastOutstanding,
    }
}

choice! {
    /// What a traffic share is quantised to.
    RawShiftBy => ShiftBy, "lowercase" {
        /// Whole instances.
        Instances,
        /// The exact percentage.
        Percent,
    }
}

choice! {
    /// Where the endpoint is.
    RawRegion => Region, "kebab-case" {
        /// us-east-1.
        #[serde(rename = "us-east-1")]
        UsEast1,
        /// eu-west-1.
        #[serde(rename = "eu-west-1")]
        EuWest1,
    }
}

choice! {
    /// How a percentage of a fleet becomes whole instances; at least one in any case.
    RawRounding => Rounding, "lowercase" {
        /// To the nearest, halves up.
        Round,
        /// Up. It may break a limit: 50 % of 3 instances are 2, which is 67 %.
        Ceil,
        /// Down.
        Floor,
    }
}

choice! {
    /// Which interval a request counts in.
    RawCountAt => CountAt, "lowercase" {
        /// The one in which it is answered.
        Completion,
        /// The one in which it arrives.
        Arrival,
    }
}

choice! {
    /// How the lengths of incidents vary.
    RawSpread => Spread, "lowercase" {
        /// All alike.
        Fixed,
        /// Exponentially distributed.
        Exponential,
    }
}

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

choice! {
    /// The distance of two distributions.
    RawDistance => Distance, "lowercase" {
        /// Less what chance makes of it: SageMaker's `Robust`.
        Robust,
        /// As it is: SageMaker's `Simple`.
        Simple,
    }
}

choice! {
    /// A figure of labelled answers.
    RawQualityMetric => QualityMetric, "lowercase" {
        /// Right answers of all.
        Accuracy,
        /// Positives found, of all positives.
        Recall,
        /// True positives, of all answers "positive".
        Precision,
        /// Harmonic mean of precision and recall.
        F1,
    }
}

choice! {
    /// What is compared between everybody else and a segment.
    RawDifference => Difference, "snake_case" {
        /// The accuracies.
        Accuracy,
        /// The shares of answers "positive".
        PositiveAnswers,
    }
}

choice! {
    /// What instant a monitor's value carries.
    RawStamp => Stamp, "snake_case" {
        /// The end of the window.
        WindowEnd,
        /// The end of the job.
        JobEnd,
    }
}

choice! {
    /// How a trace writes its times.
    RawTimeUnit => TimeUnit, "lowercase" {
        /// Numbers of seconds.
        Seconds,
        /// Numbers of milliseconds.
        Milliseconds,
        /// RFC 3339 time stamps.
        Rfc3339,
    }
}

/// Whether a strategy that the real service would refuse is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawLimits {
    /// As SageMaker's API does, and for CodeDeploy's forms CodeDeploy's.
    #[default]
    SageMaker,
    /// No: a what-if.
    Off,
}

/// What every strategy is compared with besides the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(in crate::scenario) enum RawBaseline {
    /// A plain update: all at once, no bake, no alarms.
    #[default]
    NoGuardrail,
    /// Nothing.
    None,
}

choice! {
    /// What an alarm that is in ALARM at the request of the update does.
    RawPreAlarm => PreAlarm, "snake_case" {
        /// It rolls the rollout back once alarms count.
        Rollback,
        /// The rollout stops before anything is launched.
        Stop,
        /// All alarms are ignored for the whole rollout.
        IgnoreAllAlarms,
    }
}

choice! {
    /// From when on alarms count.
    RawWatchedFrom => WatchedFrom, "snake_case" {
        /// The start of the first switch.
        FirstSwitch,
        /// The request of the update.
        Start,
    }
}

choice! {
    /// Whether alarms count between bakes.
    RawWatch => Watch, "lowercase" {
        /// At any point.
        Throughout,
        /// During bakes only.
        Bakes,
    }
}

choice! {
    /// What the execution time-out does.
    RawOnTimeout => OnTimeout, "lowercase" {
        /// A rollback.
        Rollback,
        /// Everything stays as it is.
        Stay,
    }
}

choice! {
    /// What an A/B test compares.
    RawGoal => Goal, "lowercase" {
        /// Conversions per request.
        Conversion,
        /// Revenue per request.
        Revenue,
        /// Failures per request, the fewer the better.
        Failure,
    }
}

choice! {
    /// Which differences an A/B test looks for.
    RawSided => Sided, "lowercase" {
        /// Either sign.
        Two,
        /// Only a challenger better than blue.
        One,
    }
}

/// What an A/B test routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawTestRouting {
    /// Each request on its own.
    Request,
    /// Each user.
    User,
}

/// Who takes everything after an undecided A/B test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawUndecided {
    /// The current model.
    #[default]
    Blue,
    /// The new one.
    Green,
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

/// Whether requests queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawCapacity {
    /// For a free place of an instance.
    #[default]
    Queued,
    /// Never; every request is served at once.
    Unlimited,
}

/// Where a replication begins in a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawOffset {
    /// At its first row.
    #[default]
    None,
    /// Anywhere, anew in each replication.
    Random,
}

/// What follows a shadow test that raised no alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(in crate::scenario) enum RawThen {
    /// The new model takes all traffic.
    #[default]
    AllAtOnce,
    /// The current model stays.
    Stop,
}
