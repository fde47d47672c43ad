//! The checked `[tune]` table: what may vary, what is asked for, and what things are worth.

use crate::Scenario;
use crate::alarm::spec::AlarmSpec;
use crate::telemetry::ratio::Ratio;
pub use crate::uncertainty::Uncertainty;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What `sim tune` is to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct TuneSpec {
    /// The largest share of healthy releases that may be rolled back, 0 to 1.
    pub max_false_rollback: f64,
    /// The largest share of each regression that may go unnoticed, 0 to 1; 1 sets no limit.
    pub max_missed: f64,
    /// What is to be as small as possible within these limits.
    pub minimise: Objective,
    /// How often each release comes, by regression of the scenario, the healthy one first; sums to 1.
    pub priors: Vec<f64>,
    /// What things cost.
    pub prices: LossPrices,
    /// Runs are added until the interval of the false-rollback share of the chosen policy is no wider than
    /// this; `None` makes the experiment's number of runs.
    pub precision: Option<f64>,
    /// When somebody notices a missed fault, counted from the end of the rollout: the mean \[s\], above 0.
    pub noticed_after_s: f64,
}

/// What is to be as small as possible. Means are over the faulty releases, weighted by their priors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Objective {
    /// The mean time to detect, in seconds; what is not caught counts the whole horizon.
    TimeToDetect,
    /// The mean net harm: requests that failed, answers slower than `metrics.slow_over` where it is set,
    /// and wrong answers with `[quality]`, each request once, less those without the deployment; in USD
    /// where `[tune.loss]` prices any of them.
    #[default]
    Harm,
    /// The mean number of failed requests up to the horizon, less those without the deployment.
    FailedRequests,
    /// The mean number of users served by a faulty green; needs `traffic.users`.
    UsersTouched,
    /// The expected loss of a release in USD, over all releases, the healthy one included.
    ExpectedLoss,
}

/// What things cost in USD, 0 to 10¹² each. Fleets cost what `endpoint` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "loss")]
pub struct LossPrices {
    /// Of a failed request, beyond those that fail without the deployment.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub failed_request_usd: f64,
    /// Of an answer slower than `metrics.slow_over`, beyond those without the deployment; needs that key.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub slow_answer_usd: f64,
    /// Of a wrong answer, beyond those without the deployment; needs `[quality]`.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub wrong_answer_usd: f64,
    /// Of rolling back a release that was good, or not yet faulty.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub false_rollback_usd: f64,
    /// Of a regression that went through unnoticed, beyond the requests that failed by the horizon.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub missed_usd: f64,
}

impl LossPrices {
    /// Whether harm to a request has a price.
    pub fn of_harm(&self) -> bool {
        self.failed_request_usd + self.slow_answer_usd + self.wrong_answer_usd > 0.0
    }
}

/// A scenario unfolded for tuning: each way of rolling out is a strategy of its own, and each way of setting
/// an alarm, its threshold apart, is a shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// The scenario whose strategies are the variants of `plans`, in that order; its alarms are as written.
    pub scenario: Scenario,
    /// What each strategy of `scenario` is.
    pub plans: Vec<PlanVariant>,
    /// The alarms that may be set, each in every shape; those of one alarm stand together.
    pub shapes: Vec<Shape>,
    /// What is not known exactly, and varies from replication to replication.
    pub uncertainty: Uncertainty,
}

/// A key that varies from replication to replication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncertain {
    /// `traffic.rate`, or the full path of a key.
    pub key: String,
    /// The lower end as people write it; of the traffic, how far below, such as `-25%`.
    pub low: String,
    /// The upper end likewise.
    pub high: String,
}

/// A replication's scenario, and where in its range each uncertain key lies (0 lowest to 1 highest), in the
/// order of [`Expansion::uncertain`].
#[derive(Clone, Debug, PartialEq)]
pub struct Replicated<'a> {
    /// The scenario; its strategies are the variants of the expansion's plans.
    pub scenario: Cow<'a, Scenario>,
    /// One for each uncertain key.
    pub places: Vec<f64>,
}

/// One way of rolling out.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanVariant {
    /// Index of the strategy in the scenario as written.
    pub strategy: usize,
    /// What was changed, key and value as written, such as `("canary.size", "5%")`; empty: nothing.
    pub changes: Vec<(String, String)>,
}

/// One way of setting an alarm, its threshold apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Index of the alarm in the scenario.
    pub alarm: usize,
    /// The alarm so set; its threshold is the one written in the scenario.
    pub spec: AlarmSpec,
    /// What was changed, key and value as written; empty: nothing.
    pub changes: Vec<(String, String)>,
    /// The thresholds that may be chosen, ascending; empty: any, found in the data.
    pub thresholds: Vec<Ratio>,
}

impl Expansion {
    /// The shapes of each alarm that may be set under a plan, in the order of the alarms: of those that the
    /// plan heeds. An alarm on the shadow alone is left as it is where nothing is mirrored: no threshold
    /// of it makes a difference.
    pub fn shapes_of(&self, plan: usize) -> Vec<Vec<usize>> {
        let plan = &self.scenario.strategies[plan];
        let mirrors = plan.stages.iter().any(|stage| stage.mirror > 0.0);
        let of = |alarm: usize| -> Vec<usize> {
            let shapes = self.shapes.iter().enumerate();
            let sees = |shape: &Shape| mirrors || !shape.spec.subject.is_of_shadow_alone();
            let own = shapes.filter(|(_, shape)| shape.alarm == alarm && sees(shape));
            own.map(|(index, _)| index).collect()
        };
        let mut alarms = plan.alarms.clone();
        alarms.sort_unstable();
        alarms.dedup();
        alarms.into_iter().map(of).filter(|shapes| !shapes.is_empty()).collect()
    }
}

impl Expansion {
    /// The keys that vary from replication to replication, the traffic first.
    pub fn uncertain(&self) -> &[Uncertain] {
        self.uncertainty.keys()
    }

    /// The scenario of one replication: what is uncertain has the values that the seed and the replication
    /// alone decide, all else is as it is.
    pub fn replicated(&self, replication: u64) -> Replicated<'_> {
        self.uncertainty.replicated(&self.scenario, replication)
    }
}

impl PlanVariant {
    /// Whether this is the strategy as written.
    pub fn is_present(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Shape {
    /// Whether this is the alarm as written, but for its threshold.
    pub fn is_present(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Expansion {
    /// The scenario of one policy: the strategy `plan` only, its alarms as in these shapes at these
    /// thresholds, in the metric's unit. All alarms keep their places.
    ///
    /// # Panics
    /// If `plan` is no index of a plan, or a shape none of a shape.
    pub fn with(&self, plan: usize, settings: &[(usize, Ratio)]) -> Scenario {
        let mut scenario = self.scenario.clone();
        scenario.strategies = vec![self.scenario.strategies[plan].clone()];
        for (shape, threshold) in settings {
            let Shape { alarm, spec, .. } = &self.shapes[*shape];
            scenario.alarms[*alarm] = AlarmSpec { threshold: *threshold, ..spec.clone() };
        }
        scenario
    }
}
