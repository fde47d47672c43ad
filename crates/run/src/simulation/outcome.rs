//! What one run came to: one flat row.

pub use crate::dataplane::kpi::KpiTotals;
pub use crate::dataplane::tally::Tally;
pub use crate::simulation::verdict::Verdict;
use crate::time::SimTime;
use serde::{Deserialize, Serialize};

/// The result of one run. What did not happen is `None`, never 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Index among the scenario's strategies.
    pub strategy: usize,
    /// Index among the scenario's regressions.
    pub regression: usize,
    /// Which replication, from 0.
    pub replication: u64,
    /// How the rollout ended.
    pub end: End,
    /// What that means, given what was released.
    pub verdict: Verdict,
    /// Index of the alarm that the controller acted on.
    pub alarm: Option<usize>,
    /// When that alarm went into ALARM.
    pub alarm_at: Option<SimTime>,
    /// When and why the controller gave the release up, if it did.
    pub given_up: Option<GivenUp>,
    /// When it gave up the healthy release of the same strategy and replication.
    pub healthy_given_up_at: Option<SimTime>,
    /// When green first took traffic, live or mirrored.
    pub first_traffic_at: Option<SimTime>,
    /// When a faulty green first took traffic, live or mirrored.
    pub first_faulty_exposure_at: Option<SimTime>,
    /// When all traffic was back on blue after an alarm or a time-out.
    pub rolled_back_at: Option<SimTime>,
    /// When the last bake ended without an alarm.
    pub bake_ended_at: Option<SimTime>,
    /// When green took all traffic.
    pub full_traffic_at: Option<SimTime>,
    /// Damage up to the end of the last bake or of the rollback, whichever came.
    pub to_bake_end: Damage,
    /// Damage up to the horizon.
    pub to_horizon: Damage,
    /// Waiting and response times on blue, from `measure_from` on.
    pub blue_times: Times,
    /// The same on green, mirrored copies included.
    pub green_times: Times,
    /// The same of what callers got: on both fleets, mirrored copies left out. If callers try again, from
    /// the first attempt to the last answer.
    pub all_times: Times,
    /// The queue of an asynchronous endpoint.
    pub backlog: Option<BacklogFigures>,
    /// Instance-hours of the blue fleet.
    pub blue_instance_hours: f64,
    /// Instance-hours of the green fleet.
    pub green_instance_hours: f64,
    /// Both fleets were up for so long \[s\].
    pub both_fleets_s: f64,
    /// The most instances that existed at once, over both fleets.
    pub peak_instances: u32,
    /// USD; `None` if a price is not known.
    pub cost: Option<f64>,
    /// USD above not deploying; `None` likewise.
    pub extra_cost: Option<f64>,
    /// What an A/B test came to; `None` if the strategy is none or it never began.
    pub test: Option<TestOutcome>,
    /// Each variant of that test, blue first; else empty.
    pub variants: Vec<VariantOutcome>,
    /// What a shadow test compared; `None` if nothing was mirrored.
    pub mirrored: Option<Mirrored>,
}

/// How a rollout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum End {
    /// Green serves everything and the last bake is over.
    Promoted,
    /// An alarm brought all traffic back to blue.
    RolledBack,
    /// A shadow test ended, by an alarm or at its end, or a trial below full traffic did at its end; or an
    /// alarm that was in ALARM already stopped the rollout before it began.
    Stopped,
    /// Instances of green could not be launched; blue serves everything.
    UpdateFailed,
    /// A rollback had to launch instances of blue again, and they did not come up: both fleets stay in
    /// service.
    RollbackFailed,
    /// The execution time-out ended it.
    TimedOut,
    /// The horizon came first.
    UnfinishedAtHorizon,
}

/// That the controller gave a release up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// The look at which it did.
    pub at: SimTime,
    /// Why.
    pub by: GivenUpBy,
}

/// Why a release is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GivenUpBy {
    /// An alarm was in ALARM.
    Alarm,
    /// An A/B test was won by somebody else than green.
    Test {
        /// Blue won, and not another challenger.
        by_blue: bool,
        /// Green is truly worse than the winner.
        truly_worse: bool,
    },
}

/// Requests counted from t = 0 on, by arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Damage {
    /// What was counted.
    pub counts: Tally,
    /// What of the excesses is the new model's own doing; `None` where a request may be tried again or waits
    /// in a queue that both fleets share, so that nobody can say.
    pub own: Option<Own>,
    /// Wrong answers, if quality is modelled.
    pub wrong: Option<Wrong>,
    /// Conversions and revenue, if a KPI is modelled.
    pub kpi: Option<KpiTotals>,
    /// What callers tried, if they try again.
    pub attempts: Option<Attempts>,
    /// Users served by a faulty green at least once, expected given the counts.
    pub users_touched: Option<f64>,
    /// Users with an attributable failure, expected given the counts.
    pub users_failed: Option<f64>,
    /// Users with a failure here minus those with one without the deployment, both expected given the
    /// counts; `None` also in what becomes of a tape.
    pub users_failed_excess: Option<f64>,
}

/// What an A/B test came to. Effects are of green against blue, in the goal's unit per request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestOutcome {
    /// When it began.
    pub started_at: SimTime,
    /// When it ended by its own rule; `None` if an alarm or the horizon ended it.
    pub decided_at: Option<SimTime>,
    /// The variant that won: 0 is blue, 1 green, then the others; `None` is undecided.
    pub winner: Option<usize>,
    /// The variant that is truly best, if one is better than all others.
    pub best: Option<usize>,
    /// The winner is no better in truth than blue, or blue won and is not truly best.
    pub false_winner: bool,
    /// How often it was looked at.
    pub looks: u64,
    /// What is routed and compared on blue: requests or users.
    pub blue_units: u64,
    /// The same on green.
    pub green_units: u64,
    /// Mean on blue.
    pub blue_mean: Option<f64>,
    /// Estimated effect; after an early stop it is biased away from 0.
    pub effect: Option<f64>,
    /// Interval of it that fits the test: of level 1 − α, or 1 − 2α of a one-sided fixed test.
    pub interval: Option<(f64, f64)>,
    /// p-value, not adjusted; of an always-valid test the smallest so far. `None` for Wald's test.
    pub p_value: Option<f64>,
    /// The true effect at full strength of the regression.
    pub true_effect: f64,
    /// The true mean of blue.
    pub true_blue_mean: f64,
    /// Trials of Wald's test up to its decision, or all of them.
    pub sprt_trials: Option<u64>,
    /// KPI lost on worse variants until the test ended, by the models' means.
    pub regret_expected_to_decision: f64,
    /// The same by what would have come of the same requests.
    pub regret_realised_to_decision: f64,
    /// KPI lost on worse variants up to the horizon, by the models' means.
    pub regret_expected_to_horizon: f64,
    /// The same by what would have come of the same requests.
    pub regret_realised_to_horizon: f64,
}

/// What one variant did during an A/B test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantOutcome {
    /// Its weight over the sum of all.
    pub share: f64,
    /// Requests of callers.
    pub requests: u64,
    /// Of these, failed.
    pub failed: u64,
    /// Conversions.
    pub conversions: u64,
    /// Revenue.
    pub revenue: f64,
    /// Mean response time \[s\].
    pub response_mean_s: Option<f64>,
    /// Users with a request, if users are compared.
    pub users: Option<u64>,
    /// True mean of the goal per request.
    pub true_mean: f64,
    /// Estimated difference to blue.
    pub effect: Option<f64>,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
    /// Its p-value before and after Holm's adjustment.
    pub p_values: Option<(f64, f64)>,
    /// Instance-hours of a fleet besides blue and green.
    pub instance_hours: Option<f64>,
}

/// Production and shadow on the same mirrored requests; differences are shadow minus production.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mirrored {
    /// How many.
    pub requests: u64,
    /// Of the mean latency \[s\].
    pub latency_difference_s: Option<f64>,
    /// Of the latency quantiles at 0.5, 0.9, 0.99 \[s\].
    pub quantile_differences_s: Option<[f64; 3]>,
    /// Share that failed in production.
    pub production_failed: f64,
    /// Share that failed on the shadow.
    pub shadow_failed: f64,
    /// Share that failed on exactly one of the two.
    pub discordant: f64,
    /// Share of the requests that both answered on which both are right or both wrong, if quality is
    /// modelled.
    pub agreement: Option<f64>,
    /// Share of those that production answered rightly.
    pub production_right: Option<f64>,
    /// Share of those that the shadow answered rightly.
    pub shadow_right: Option<f64>,
}

/// Of the requests that green served: what its model decides about each by itself, against what blue's would
/// have. The rest of an excess comes of who waits, is turned away or timed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// Failures by the model's verdict on the request's uniform.
    pub excess: i64,
    /// Requests whose service alone is slow.
    pub slow_excess: i64,
}

/// Wrong answers to callers; a request that fails has no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// Wrong here.
    pub answers: u64,
    /// Wrong here and right without the deployment.
    pub attributable: u64,
    /// Wrong here minus wrong without the deployment.
    pub excess: i64,
}

/// What the callers of a set of requests tried. The endpoint saw as many attempts as there were requests
/// and retries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// Attempts after the first.
    pub retries: u64,
    /// Of these, on green.
    pub green_retries: u64,
    /// Requests whose first attempt failed.
    pub first_failures: u64,
    /// Attempts that the budget forbade.
    pub denied_retries: u64,
}

/// The queue of an asynchronous endpoint from t = 0 to the horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BacklogFigures {
    /// The most requests that waited or were in process.
    pub peak: u64,
    /// From the first instant of the peak until no request waited \[s\], if that came.
    pub drain_s: Option<f64>,
    /// Requests that still waited at the horizon; they count neither as failed nor as answered.
    pub unanswered: u64,
}

/// Waiting and response times of a set of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// How many requests were served (rejected ones were not).
    pub served: u64,
    /// Share that waited.
    pub waited_share: Option<f64>,
    /// Mean waiting time \[s\].
    pub wait_mean_s: Option<f64>,
    /// Quantiles of the waiting time at 0.5, 0.9, 0.99 \[s\].
    pub wait_quantiles_s: Option<[f64; 3]>,
    /// Mean response time \[s\].
    pub response_mean_s: Option<f64>,
    /// Quantiles of the response time at 0.5, 0.9, 0.99 \[s\].
    pub response_quantiles_s: Option<[f64; 3]>,
    /// Time-average number of waiting requests.
    pub queue_length_mean: Option<f64>,
}
