//! What a tuning comes to.

use crate::rare::RareEstimate;
use crate::scenario::tune::{Expansion, TuneSpec};
use crate::stats::Interval;
use crate::telemetry::ratio::Ratio;
use crate::tuning::standing::Standing;

/// A policy: how to roll out, and how to set the alarms.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Index among the plans of the expansion.
    pub plan: usize,
    /// One for each alarm of the plan that may be set, in the order of the alarms.
    pub settings: Vec<Setting>,
}

/// How one alarm is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Index among the shapes of the expansion.
    pub shape: usize,
    /// Its threshold, in the metric's unit (latencies in nanoseconds).
    pub threshold: Ratio,
    /// The thresholds between which the runs that choose do not differ, in the metric's unit; of what is
    /// chosen, those that they cannot tell apart. Infinite where there is no bound; both the threshold itself
    /// where only that one was given.
    pub equivalent: (f64, f64),
}

impl Policy {
    /// The same with one of its alarms set so.
    #[must_use]
    pub fn with(&self, alarm: usize, setting: Setting) -> Self {
        let mut changed = self.clone();
        changed.settings[alarm] = setting;
        changed
    }

    /// The shapes of its alarms and their thresholds.
    pub fn thresholds(&self) -> Vec<(usize, Ratio)> {
        self.settings.iter().map(|setting| (setting.shape, setting.threshold)).collect()
    }
}

/// Another shape of an alarm with which a policy does as well, its other alarms held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alternative {
    /// Which of the policy's settings it would replace.
    pub alarm: usize,
    /// The shape, and the thresholds that do as well.
    pub setting: Setting,
}

/// A share of runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// So many of them.
    pub count: u64,
    /// So many runs.
    pub of: u64,
    /// Clopper and Pearson's interval, of the experiment's confidence; `None` without runs.
    pub interval: Option<Interval>,
}

/// A mean over runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its interval, of the experiment's confidence; `None` of fewer than two runs.
    pub interval: Option<Interval>,
}

/// How a policy does on a set of replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Performance {
    /// How many replications.
    pub replications: u64,
    /// Healthy releases that were rolled back.
    pub false_rollback: Share,
    /// The same where an uncertain key is low and where it is high: of each key first the lowest fifth of its
    /// range, then the highest.
    pub fifths: Vec<Fifth>,
    /// Replications in which a healthy release gets all traffic, be it for a while.
    pub full_traffic: Share,
    /// Seconds from the request of the update until green has all traffic, of the healthy releases that get
    /// so far; `None` if none does.
    pub full_traffic_s: Option<Mean>,
    /// USD above not deploying, of healthy releases.
    pub healthy_extra_cost_usd: Option<Mean>,
    /// One for each faulty regression, in the order of the scenario (its index is given).
    pub regressions: Vec<Detection>,
    /// The mean over the faulty releases, weighted by their priors; what
    /// [`Objective`](crate::scenario::tune::Objective) asks for, over all releases for the loss.
    pub objective: Option<Mean>,
    /// Mean harm of a faulty release that counts, weighted by the priors, in the unit of `Harm`.
    pub harm: Option<Mean>,
    /// Expected loss of a release \[USD\], by the prices and priors.
    pub expected_loss_usd: Option<Mean>,
}

/// How a policy does in a fifth of the range of an uncertain key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fifth {
    /// Healthy releases that were rolled back.
    pub false_rollback: Share,
    /// Of the regression, of those that count, that is missed most often.
    pub missed: Share,
}

/// How a policy does against one regression.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Index among the scenario's regressions.
    pub regression: usize,
    /// Runs in which it was given up because of the fault.
    pub caught: Share,
    /// Runs in which it went through unnoticed, of those in which it was caught or did.
    pub missed: Share,
    /// Runs in which it was given up as the healthy release would have been.
    pub by_chance: Share,
    /// Runs given up at an earlier look of the controller than the healthy release.
    pub earlier: u64,
    /// Runs given up at a later one, or never while that was.
    pub later: u64,
    /// Time from the first faulty exposure to ALARM, of the caught runs \[s\]: quartiles; `None` if none.
    pub time_to_detect_s: Option<[f64; 3]>,
    /// The same; of runs that are not caught, until somebody notices \[s\].
    pub noticed_s: Option<Mean>,
    /// Net harm, until it is noticed if it is missed: requests, or USD where they have prices.
    pub harm: Option<Mean>,
    /// Of it, failed requests.
    pub failed_requests: Option<Mean>,
    /// Users served by a faulty green up to the horizon; `None` if users are not known.
    pub users_touched: Option<Mean>,
    /// USD above not deploying.
    pub extra_cost_usd: Option<Mean>,
}

/// A policy and how it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// Which.
    pub policy: Policy,
    /// On the replications that policies are chosen on.
    pub chosen_on: Performance,
    /// On the others, which no choice has seen: the figures to believe.
    pub reported: Performance,
    /// Whether its shares keep the limits on the replications that policies are chosen on.
    pub feasible: bool,
    /// Whether they keep them there by so much that as many more runs are likely to confirm it: only such a
    /// policy is chosen while there is one.
    pub has_margin: bool,
}

/// What is harmed more than by the policy that harms least.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Mean paired difference of harm of a faulty release, in the unit of [`Performance::harm`].
    pub more: Mean,
    /// The policy within the limits that harms least on the runs that choose.
    pub least_harm: Evaluated,
}

/// A regression that nothing catches often enough.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// Index among the scenario's regressions.
    pub regression: usize,
    /// The largest share of caught among caught and missed runs that a policy within the limit on false
    /// rollbacks reaches on the runs that choose; `None` if no policy is within it.
    pub share: Option<f64>,
    /// That policy.
    pub best: Option<Evaluated>,
}

/// A change of what may be chosen, tried where nothing keeps the limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// In words: "bakes twice as long".
    pub change: String,
    /// What a tuning of its own came to.
    pub results: TuneResults,
}

/// What a tuning comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct TuneResults {
    /// What was asked.
    pub spec: TuneSpec,
    /// What varied.
    pub expansion: Expansion,
    /// Every strategy that was tuned, with its alarms as written.
    pub present: Vec<Evaluated>,
    /// The best policy within the limits; `None` if no policy keeps them on the runs that choose.
    pub best: Option<Evaluated>,
    /// The alarms of the best policy that no run sets off, good or faulty, as indices of its settings: what
    /// they are for, this scenario does not have.
    pub idle: Vec<usize>,
    /// Other shapes with which the best policy does as well on the runs that choose; the thresholds of its
    /// own shapes that do are in its settings. Within the limits by the shares themselves, and so perhaps
    /// without the margin that the best one has.
    pub alternatives: Vec<Alternative>,
    /// What does better on the runs that choose than the best policy, by more than what does not count, and
    /// keeps the limits there, but without the margin: of such the one of the smallest objective.
    pub too_near: Option<Evaluated>,
    /// How far the best one may be believed to keep the limits; present if and only if there is one.
    pub standing: Option<Standing>,
    /// What it costs in harm that something else was minimised, if that can be told from chance.
    pub price: Option<Price>,
    /// The regressions that no policy within the limit on false rollbacks catches often enough: limits and
    /// objective leave them out.
    pub left_out: Vec<LeftOut>,
    /// Where nothing keeps the limits: what was tried besides, and whether it would.
    pub remedies: Vec<Remedy>,
    /// If none keeps them: the one that comes nearest, by the larger of its relative excesses; where every
    /// regression is left out, the one that catches most of one of them.
    pub nearest: Option<Evaluated>,
    /// The best policies within the limits, best first, one for each plan and shape.
    pub ranking: Vec<Evaluated>,
    /// Policies that no other beats in both harm and time to full traffic, within the limit on
    /// false rollbacks; ordered by time to full traffic.
    pub front: Vec<Evaluated>,
    /// Everything that was tried, thinned where the thresholds are many: ordered by plan, shapes, threshold.
    pub candidates: Vec<Evaluated>,
    /// How many policies were compared, thinned ones included.
    pub policies_compared: u64,
    /// By how much the best policy's objective is better on the replications it was chosen on than on the
    /// others (the winner's curse), in the objective's unit; `None` without a best one.
    pub lost_by_choosing: Option<f64>,
    /// Replications asked for.
    pub runs_asked: u64,
    /// Replications judged; fewer if it was interrupted.
    pub runs: u64,
    /// How likely the best policy, or the nearest, rolls a good release back, if that was computed or
    /// simulated apart from the runs: it holds for rare events too.
    pub chance: Option<RareEstimate>,
    /// What a reader must know besides, in words.
    pub warnings: Vec<String>,
}

impl TuneResults {
    /// Whether limits and objective are about a regression.
    pub fn counts(&self, regression: usize) -> bool {
        self.left_out.iter().all(|out| out.regression != regression)
    }
}
