//! The scenario as it is written: one type a table, in the order of the file.
//!
//! What is absent and has a fixed default gets it here (the functions of [`default`]); what is
//! absent and follows from something else is an `Option`, which the checks fill in, so that a
//! checked raw scenario is the resolved one. The doc comments become the schema's descriptions and
//! `docs/scenario.md`'s tables. Only externally tagged enums: serde's other representations lose
//! the place of an error.

pub(super) mod alarm;
pub(super) mod alarm_file;
pub(super) mod choice;
pub(super) mod clients;
pub(super) mod distribution;
pub(super) mod endpoint;
pub(super) mod experiment;
pub(super) mod incident;
pub(super) mod kpi;
pub(super) mod m_of_n;
pub(super) mod model;
pub(super) mod monitor;
pub(super) mod quality;
pub(super) mod regression;
pub(super) mod scalar;
mod scalar_schema;
mod spelling;
pub(super) mod traffic;
pub(super) mod tune;

use super::strategy::RawStrategy;
use alarm::{RawAlarm, RawComposite};
use choice::RawLimits;
use clients::RawClients;
use endpoint::RawEndpoint;
use experiment::{RawController, RawExperiment, RawMetrics};
use incident::RawIncident;
use kpi::{RawKpi, RawVariant};
use model::{RawBlue, RawGreen};
use monitor::RawMonitor;
use quality::RawQuality;
use regression::RawRegression;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use traffic::RawTraffic;
use tune::RawTune;

/// A scenario of rollout-sim: an endpoint, its traffic, a new model, alarms, and strategies to
/// compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "scenario")]
pub(super) struct RawScenario {
    /// Short name; the output folder is called so. 1 to 100 characters, no `/`, `\` or control
    /// characters.
    pub(super) name: String,
    /// One line for people.
    #[serde(default)]
    pub(super) description: String,
    /// Whether a strategy that the real service would refuse is refused: `"sagemaker"` holds
    /// `all_at_once`, `canary`, `linear` and `rolling` to SageMaker's limits, and CodeDeploy's forms to
    /// CodeDeploy's; `"off"` allows what-ifs.
    #[serde(default)]
    pub(super) limits: RawLimits,
    /// How much is simulated.
    pub(super) experiment: RawExperiment,
    /// How requests arrive, and from whom.
    pub(super) traffic: RawTraffic,
    /// The endpoint: its fleets, its queues, and how long changes take.
    pub(super) endpoint: RawEndpoint,
    /// How callers try again; without this table they do not.
    pub(super) clients: Option<RawClients>,
    /// What the endpoint publishes, and when.
    #[serde(default)]
    pub(super) metrics: RawMetrics,
    /// Who reads the alarms.
    #[serde(default)]
    pub(super) controller: RawController,
    /// The current model.
    pub(super) blue: RawBlue,
    /// The new model, without any regression; whatever is absent is as blue.
    #[serde(default)]
    pub(super) green: RawGreen,
    /// How good the two models' answers are; without it nobody asks.
    pub(super) quality: Option<RawQuality>,
    /// What the business gets out of a request; without it, that is not modelled.
    pub(super) kpi: Option<RawKpi>,
    /// Challengers besides green, for A/B tests.
    #[serde(default)]
    pub(super) variants: Vec<RawVariant>,
    /// The releases to try; a release without any regression, `healthy`, always comes first.
    #[serde(default)]
    pub(super) regressions: Vec<RawRegression>,
    /// Trouble that hits both fleets, whatever was released.
    #[serde(default)]
    pub(super) incidents: Vec<RawIncident>,
    /// Jobs that look back at the answers: what alarms on requests cannot see.
    #[serde(default)]
    pub(super) monitors: Vec<RawMonitor>,
    /// The alarms.
    #[serde(default)]
    pub(super) alarms: Vec<RawAlarm>,
    /// Alarms on the states of others.
    #[serde(default)]
    pub(super) composite_alarms: Vec<RawComposite>,
    /// The strategies to compare, at least one.
    #[serde(default)]
    pub(super) strategies: Vec<RawStrategy>,
    /// What `sim tune` may vary, and what it is to look for; nothing else heeds it.
    pub(super) tune: Option<RawTune>,
}

/// The values that stand for absent keys, named by what they are.
pub(super) mod default {
    use super::scalar::{RawLimit, RawShare, RawSize};
    use crate::prices::{ALARM_USD_PER_MONTH, CUSTOM_METRIC_USD_PER_MONTH};
    use crate::telemetry::ratio::Ratio;
    use crate::time::SimDuration;

    const fn secs(seconds: i64) -> SimDuration {
        SimDuration::from_secs(seconds)
    }

    pub(crate) const fn no_time() -> SimDuration {
        secs(0)
    }
    pub(crate) const fn ten_seconds() -> SimDuration {
        secs(10)
    }
    pub(crate) const fn minute() -> SimDuration {
        secs(60)
    }
    pub(crate) const fn four_minutes() -> SimDuration {
        secs(240)
    }
    pub(crate) const fn six_minutes() -> SimDuration {
        secs(360)
    }
    pub(crate) const fn fourteen_minutes() -> SimDuration {
        secs(840)
    }
    pub(crate) const fn twenty_minutes() -> SimDuration {
        secs(1200)
    }
    pub(crate) const fn hour() -> SimDuration {
        secs(3600)
    }
    pub(crate) const fn four_hours() -> SimDuration {
        secs(14_400)
    }
    pub(crate) const fn tenth_of_a_second() -> SimDuration {
        SimDuration::from_nanos(100_000_000)
    }
    pub(crate) const fn five_seconds() -> SimDuration {
        secs(5)
    }
    pub(crate) const fn quarter_hour() -> SimDuration {
        secs(900)
    }
    pub(crate) const fn day() -> SimDuration {
        secs(86_400)
    }
    pub(crate) const fn within_a_minute() -> RawLimit {
        RawLimit(Some(SimDuration::from_secs(60)))
    }
    pub(crate) const fn never() -> RawShare {
        RawShare(0.0)
    }
    pub(crate) const fn one_percent() -> RawShare {
        RawShare(0.01)
    }
    pub(crate) const fn five_percent() -> RawShare {
        RawShare(0.05)
    }
    pub(crate) const fn half() -> RawShare {
        RawShare(0.5)
    }
    pub(crate) const fn always() -> RawShare {
        RawShare(1.0)
    }
    pub(crate) const fn all() -> RawSize {
        RawSize::Share(Ratio::new(100, 100))
    }
    pub(crate) const fn usual_confidence() -> RawShare {
        RawShare(0.95)
    }
    pub(crate) const fn tenth() -> RawShare {
        RawShare(0.1)
    }
    pub(crate) const fn two_wide() -> f64 {
        2.0
    }
    pub(crate) const fn neutral() -> f64 {
        1.0
    }
    pub(crate) const fn twofold() -> f64 {
        2.0
    }
    pub(crate) const fn alarm_usd_per_month() -> f64 {
        ALARM_USD_PER_MONTH
    }
    pub(crate) const fn custom_metric_usd_per_month() -> f64 {
        CUSTOM_METRIC_USD_PER_MONTH
    }
    pub(crate) const fn fifty() -> u32 {
        50
    }
    pub(crate) const fn two_hundred() -> u64 {
        200
    }
    pub(crate) const fn ten_thousand() -> u64 {
        10_000
    }
    pub(crate) const fn three() -> u32 {
        3
    }
    pub(crate) const fn ten() -> u32 {
        10
    }
    pub(crate) const fn thousand() -> u64 {
        1000
    }
    pub(crate) const fn seed() -> u64 {
        42
    }
}
