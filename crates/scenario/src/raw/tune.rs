//! What `sim tune` may vary, and what it is to look for.

use super::default;
use super::distribution::{RawDistribution, RawExponential};
use super::m_of_n::RawMOfN;
use super::scalar::{RawShare, RawStatistic, RawThreshold};
use crate::alarm::spec::{FleetDimension, TreatMissingData};
use crate::time::SimDuration;
use crate::tune::LossPrices;
use crate::tune::Objective;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `sim tune` may vary, and what it is to look for. Nothing else heeds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "tune")]
pub(crate) struct RawTune {
    /// The largest share of healthy releases that may be rolled back.
    #[serde(default = "default::one_percent")]
    pub(crate) max_false_rollback: RawShare,
    /// The largest share of each regression that may be missed, of the releases in which it was caught or
    /// missed; 1 sets no limit. A regression that no candidate within the limit on false rollbacks can catch
    /// is named and left out.
    #[serde(default = "default::five_percent")]
    pub(crate) max_missed: RawShare,
    /// What is to be as small as possible within these limits. The means are over the faulty releases,
    /// weighted by their priors; the loss is over all.
    #[serde(default)]
    pub(crate) minimise: Objective,
    /// Runs are added until the interval of the chosen policy's share of false rollbacks is no wider than
    /// this; without it, `experiment.runs` are made.
    #[schemars(extend(
        "exclusiveMinimum" = 0,
        "x-remedy" = "give the widest that will do, such as \"0.5%\"; none is a point"
    ))]
    pub(crate) precision: Option<RawShare>,
    /// When somebody notices a missed fault, counted from the end of the rollout; its mean above zero and at
    /// most 366 days. Harm is linear in it, so only the mean enters.
    #[serde(default = "usually_noticed_after")]
    pub(crate) noticed_after: RawDistribution,
    /// What is not known exactly, and therefore varies from replication to replication: at most eight keys.
    /// `"traffic.rate"` is how far the traffic as a whole may be off, `"0%"` to below `"100%"`; without it
    /// `"25%"`. Any other key with a number or a time, as `--set` takes it, has a list of its two ends.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub(crate) uncertain: Option<toml::Table>,
    /// What things cost.
    pub(crate) loss: Option<LossPrices>,
    /// The alarms that may be set. If absent, every alarm with a threshold that a strategy names itself,
    /// and not by way of a composite alarm, in 1 of 1, 2 of 3 and 3 of 5 besides the present M of N.
    pub(crate) alarms: Option<Vec<RawTunedAlarm>>,
    /// The strategies of which something may vary; the others are tried as they are.
    pub(crate) strategies: Option<Vec<RawTunedStrategy>>,
}

/// What is noticed in monitoring, by users or by chance takes some hours.
pub(crate) const fn usually_noticed_after() -> RawDistribution {
    RawDistribution::Exponential(RawExponential { mean: default::four_hours() })
}

/// An alarm that may be set. Its present values are always among those that are tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "tuned alarm")]
pub(crate) struct RawTunedAlarm {
    /// Its name: an alarm with a threshold that a strategy names itself.
    pub(crate) alarm: String,
    /// How many datapoints must breach of how many.
    pub(crate) m_of_n: Option<Vec<RawMOfN>>,
    /// Lengths of a datapoint.
    pub(crate) period: Option<Vec<SimDuration>>,
    /// Statistics, all in one unit.
    pub(crate) statistic: Option<Vec<RawStatistic>>,
    /// What a missing datapoint counts as.
    pub(crate) treat_missing_data: Option<Vec<TreatMissingData>>,
    /// Whose requests.
    pub(crate) fleet: Option<Vec<FleetDimension>>,
    /// The thresholds that may be chosen; if absent, any: all that make a difference in the runs.
    pub(crate) threshold: Option<Vec<RawThreshold>>,
}

/// A strategy of which something may vary. Its present values are always among those that are tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "tuned strategy")]
pub(crate) struct RawTunedStrategy {
    /// Its name.
    pub(crate) strategy: String,
    /// Keys within the strategy's table, such as `"canary.size"`, and a list of values for each; all
    /// combinations are tried.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub(crate) vary: toml::Table,
}
