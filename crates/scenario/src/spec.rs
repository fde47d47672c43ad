//! The checked scenario: everything a run depends on.

use crate::alarm::composite::CompositeSpec;
use crate::alarm::spec::AlarmSpec;
use crate::endpoint::clients::ClientsSpec;
use crate::endpoint::incident::IncidentSpec;
use crate::endpoint::kpi::{KpiEffect, KpiSpec};
use crate::endpoint::model::ModelSpec;
use crate::endpoint::quality::QualitySpec;
use crate::endpoint::regression::RegressionSpec;
use crate::endpoint::spec::{EndpointSpec, FleetSpec};
use crate::monitoring::spec::MonitorSpec;
use crate::prices::Region;
use crate::random::arrival::ArrivalSpec;
use crate::random::distribution::Distribution;
use crate::rollout::plan::Plan;
use crate::telemetry::sampled::SampledSpec;
use crate::time::{SimDuration, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A checked scenario: what a run is a pure function of.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Short name; the output folder is called so.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// How much is simulated.
    pub experiment: ExperimentSpec,
    /// How requests arrive.
    pub arrivals: ArrivalSpec,
    /// Who sends them, if known.
    pub users: Option<UsersSpec>,
    /// The endpoint.
    pub endpoint: EndpointSpec,
    /// How callers try again; `None`: they do not.
    pub clients: Option<ClientsSpec>,
    /// Where it is.
    pub region: Region,
    /// The current model.
    pub blue: ModelSpec,
    /// The new model without any regression.
    pub green: ModelSpec,
    /// How good their answers are, if that is modelled.
    pub quality: Option<QualitySpec>,
    /// What the business gets out of a request, if that is modelled.
    pub kpi: Option<KpiSpec>,
    /// Challengers besides green, for A/B tests.
    pub variants: Vec<VariantSpec>,
    /// What the endpoint publishes.
    pub metrics: MetricsSpec,
    /// Who reads the alarms.
    pub controller: ControllerSpec,
    /// The releases to try; the healthy arm comes first.
    pub regressions: Vec<RegressionSpec>,
    /// Trouble that hits both fleets.
    pub incidents: Vec<IncidentSpec>,
    /// Jobs that look back at the answers.
    pub monitors: Vec<MonitorSpec>,
    /// What is published value by value: the indices are those of `FleetSeries::sampled`.
    pub sampled: Vec<SampledSpec>,
    /// The alarms.
    pub alarms: Vec<AlarmSpec>,
    /// Alarms on the states of others. Wherever alarms are numbered, these come after the others.
    pub composite_alarms: Vec<CompositeSpec>,
    /// The strategies to compare, at least one.
    pub strategies: Vec<Plan>,
}

/// A challenger besides green.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantSpec {
    /// Unique among the variants.
    pub name: String,
    /// Its fleet.
    pub fleet: FleetSpec,
    /// How it behaves.
    pub model: ModelSpec,
    /// How it changes the KPI.
    pub kpi: KpiEffect,
}

/// How much is simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentSpec {
    /// Replications of each strategy and regression, at least 1.
    pub runs: u64,
    /// Replications are added only until every share of a verdict has an interval no wider than this, above
    /// 0 and below 1; `runs` are the most then. `None`: all `runs` are made.
    pub precision: Option<f64>,
    /// The master seed.
    pub seed: u64,
    /// Simulated time after the update is requested.
    pub horizon: SimDuration,
    /// Healthy history before it.
    pub warm_up: SimDuration,
    /// Level of all intervals, above 0.5 and below 1.
    pub confidence: f64,
    /// Waiting and response times are taken of requests that arrive from here on.
    pub measure_from: SimTime,
    /// Where the minutes of publishing, evaluation and polling lie.
    pub phase: Phase,
    /// The wall clock at t = 0 \[s since 1970-01-01T00:00:00Z\]; present if it was given.
    pub starts_at_s: Option<i64>,
    /// Whose events are written.
    pub events: EventsOf,
    /// Whether every request is simulated.
    pub fidelity: Fidelity,
}

/// Whether every request is simulated, or counts and sums are drawn at once where no request waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Fidelity {
    /// Every request.
    #[default]
    Requests,
    /// Counts and sums of each interval; right where no request waits.
    Aggregate,
    /// Counts and sums if waiting is negligible in all that is asked for; else every request.
    Auto,
}

/// Where the minutes of publishing, evaluation and polling lie relative to t = 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Phase {
    /// Anew in each replication, uniformly.
    #[default]
    Random,
    /// t = 0 is the start of a minute, an evaluation and a poll.
    Aligned,
}

/// Whose events `events.csv` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum EventsOf {
    /// A typical run of each strategy and regression, and a caught one where that is not typical.
    #[default]
    Median,
    /// Every run.
    All,
}

/// The users behind the requests; each request comes from any of them with equal probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsersSpec {
    /// How many, at least 1.
    pub count: u64,
    /// Whether all requests of a user go to the same fleet.
    pub sticky: bool,
}

/// What the endpoint publishes, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsSpec {
    /// Length of a published interval.
    pub interval: SimDuration,
    /// Time from the end of an interval until an alarm can see it.
    pub delay: SimDuration,
    /// The same of the metrics of these names, instead.
    pub delay_of: BTreeMap<String, SimDuration>,
    /// Which interval a request counts in.
    pub count_at: CountAt,
    /// A response slower than this is a slow request; `None` counts none.
    pub slow_over: Option<SimDuration>,
    /// Intervals that arrive later than `delay`.
    pub late: Option<LateSpec>,
}

/// Published intervals that arrive late, each of each fleet by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct LateSpec {
    /// The probability that one is late, 0 to 1.
    pub share: f64,
    /// By how much, beyond the usual delay.
    pub by: Distribution,
}

/// Which interval a request counts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum CountAt {
    /// The one in which it is answered.
    #[default]
    Completion,
    /// The one in which it arrives.
    Arrival,
}

/// The rollout controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerSpec {
    /// Time between two looks at the alarms; zero sees every change at once.
    pub poll_interval: SimDuration,
}

impl MetricsSpec {
    /// Time from the end of an interval until an alarm can see the metric of this name.
    pub fn delay_of(&self, metric: &str) -> SimDuration {
        self.delay_of.get(metric).copied().unwrap_or(self.delay)
    }
}

impl Scenario {
    /// The names of all alarms, by their numbers: composite ones come last.
    pub fn alarm_names(&self) -> impl Iterator<Item = &str> {
        let composites = self.composite_alarms.iter().map(|alarm| alarm.name.as_str());
        self.alarms.iter().map(|alarm| alarm.name.as_str()).chain(composites)
    }

    /// Whether a release is slow, and nothing says which answers are: then that it is counts as no harm.
    pub fn is_slow_unsaid(&self) -> bool {
        let is_slow = |release: &RegressionSpec| release.effects.slows();
        self.metrics.slow_over.is_none() && self.regressions.iter().any(is_slow)
    }

    /// The name of the alarm of this number.
    pub fn alarm_name(&self, number: usize) -> &str {
        self.alarm_names().nth(number).unwrap_or_default()
    }

    /// Whether it is known what an instance of every fleet costs.
    pub fn prices_are_known(&self) -> bool {
        let fleets = [&self.endpoint.blue, &self.endpoint.green].into_iter();
        let fleets = fleets.chain(self.variants.iter().map(|variant| &variant.fleet));
        fleets.into_iter().all(|fleet| fleet.price_per_hour.is_some())
    }

    /// When the simulation begins: the start of the warm-up.
    pub fn start(&self) -> SimTime {
        SimTime::ZERO - self.experiment.warm_up
    }

    /// When it ends: the horizon.
    pub fn end(&self) -> SimTime {
        SimTime::ZERO + self.experiment.horizon
    }
}
