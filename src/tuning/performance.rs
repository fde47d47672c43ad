//! How a policy does, by playing it on every run: the two halves of the replications, and intervals.
//!
//! Replications of even number choose, those of odd number report: which is which depends on nothing that
//! was drawn, and more runs never move a replication to the other half.
//!
//! The arms of a replication share their luck, so means over several releases are taken replication by
//! replication first, and the interval is over those: the pairing is in the interval.

use crate::scenario::tune::{Expansion, TuneSpec};
use crate::simulation::outcome::{End, Verdict};
use crate::stats::quantile::Sorted;
use crate::time::SimDuration;
use crate::tuning::intervals::Intervals;
use crate::tuning::judged::JudgedReplication;
use crate::tuning::objective::{Figures, Question};
use crate::tuning::results::{Detection, Evaluated, Mean, Performance, Policy, Share};
use rayon::prelude::*;

/// So many policies go through the runs together.
const BATCH: usize = 16;

/// The judged runs, and what is asked of them.
#[derive(Debug)]
pub struct Judge<'a> {
    pub(super) spec: &'a TuneSpec,
    pub(super) expansion: &'a Expansion,
    pub(super) question: Question,
    pub(super) chosen_on: Half<'a>,
    pub(super) reported: Half<'a>,
}

/// One half of the replications.
#[derive(Debug)]
pub(super) struct Half<'a> {
    pub replications: Vec<&'a JudgedReplication>,
    intervals: Intervals,
}

/// A policy as runs are played: shape, alarm and the threshold's key.
pub type Keys = Vec<(usize, u32, f64)>;

impl<'a> Judge<'a> {
    /// Of these replications, each with all runs by (plan, regression), under a horizon and a level of
    /// intervals (above 0, below 1).
    pub fn new(
        spec: &'a TuneSpec,
        expansion: &'a Expansion,
        replications: &'a [JudgedReplication],
        horizon: SimDuration,
        confidence: f64,
    ) -> Self {
        let half = |odd: u64| {
            let ours = |run: &&JudgedReplication| run.replication % 2 == odd;
            let replications: Vec<_> = replications.iter().filter(ours).collect();
            let intervals = Intervals::new(confidence, replications.len());
            Half { replications, intervals }
        };
        let question = Question::new(spec, expansion, horizon);
        Self { spec, expansion, question, chosen_on: half(0), reported: half(1) }
    }

    /// The policy on both halves.
    ///
    /// # Panics
    /// If a replication does not hold all runs by (plan, regression).
    pub fn evaluate(&self, policy: &Policy) -> Evaluated {
        let evaluated = self.batch(std::slice::from_ref(policy)).pop();
        evaluated.expect("invariant: one policy, one evaluation")
    }

    /// Policies on both halves, in their order. They go through the runs some at a time, because fetching a
    /// run from memory takes longer than playing it.
    pub fn evaluate_all(&self, policies: &[Policy]) -> Vec<Evaluated> {
        let of_plan = policies.chunk_by(|a, b| a.plan == b.plan);
        let batches: Vec<&[Policy]> = of_plan.flat_map(|policies| policies.chunks(BATCH)).collect();
        batches.par_iter().flat_map_iter(|policies| self.batch(policies)).collect()
    }

    /// Policies of one plan.
    fn batch(&self, policies: &[Policy]) -> Vec<Evaluated> {
        let Some(plan) = policies.first().map(|policy| policy.plan) else { return Vec::new() };
        let keys: Vec<Keys> = policies.iter().map(|policy| self.keys(policy)).collect();
        let chosen_on = self.performances(plan, &keys, &self.chosen_on);
        let reported = self.performances(plan, &keys, &self.reported);
        let halves = chosen_on.into_iter().zip(reported);
        let evaluated = policies.iter().zip(halves).map(|(policy, (chosen_on, reported))| {
            let feasible = self.keeps_limits(&chosen_on);
            Evaluated { policy: policy.clone(), chosen_on, reported, feasible }
        });
        evaluated.collect()
    }

    /// What a policy's thresholds are to the curves.
    pub fn keys(&self, policy: &Policy) -> Keys {
        let key = |setting: &crate::tuning::results::Setting| {
            let shape = &self.expansion.shapes[setting.shape];
            let alarm = u32::try_from(shape.alarm).unwrap_or(u32::MAX);
            (setting.shape, alarm, crate::tuning::range::key(&shape.spec, setting.threshold))
        };
        policy.settings.iter().map(key).collect()
    }

    /// Whether the shares themselves, not their intervals, are within both limits.
    pub(super) fn keeps_limits(&self, performance: &Performance) -> bool {
        let within =
            |share: &Share, limit: f64| share.estimate().is_none_or(|share| share <= limit);
        within(&performance.false_rollback, self.spec.max_false_rollback)
            && performance
                .regressions
                .iter()
                .all(|detection| within(&detection.missed, self.spec.max_missed))
    }

    /// Of one plan and replication, the runs by regression.
    pub(super) fn runs<'r>(
        &self,
        replication: &'r JudgedReplication,
        plan: usize,
    ) -> &'r [crate::tuning::judged::JudgedRun] {
        let releases = self.question.healthy.len();
        &replication.runs[plan * releases..(plan + 1) * releases]
    }

    /// How many runs of a policy the horizon cut short, and how many there are, over both halves.
    pub(super) fn unfinished(&self, policy: &Policy) -> (u64, u64) {
        let keys = self.keys(policy);
        let (mut unfinished, mut all) = (0, 0);
        for replication in self.chosen_on.replications.iter().chain(&self.reported.replications) {
            for (run, &healthy) in
                self.runs(replication, policy.plan).iter().zip(&self.question.healthy)
            {
                let end = run.play(&keys, healthy).ending.end;
                unfinished += u64::from(end == End::UnfinishedAtHorizon);
                all += 1;
            }
        }
        (unfinished, all)
    }

    fn performances(&self, plan: usize, policies: &[Keys], half: &Half<'_>) -> Vec<Performance> {
        let question = &self.question;
        let n = half.replications.len();
        let mut tallies: Vec<Tally> = policies.iter().map(|_| Tally::new(question, n)).collect();
        for replication in &half.replications {
            for (release, run) in self.runs(replication, plan).iter().enumerate() {
                let healthy = question.healthy[release];
                for (keys, tally) in policies.iter().zip(&mut tallies) {
                    let figures = question.figures(&run.play(keys, healthy));
                    tally.arms[release].add(&figures, healthy);
                    tally.all.add(question, release, &figures);
                }
            }
            for tally in &mut tallies {
                tally.all.end();
            }
        }
        tallies.into_iter().map(|tally| tally.performance(question, n, &half.intervals)).collect()
    }
}

/// How one policy does on one half, run by run.
struct Tally {
    /// By release.
    arms: Vec<Arm>,
    all: Together,
}

impl Tally {
    fn new(question: &Question, runs: usize) -> Self {
        let arms = question.healthy.iter().map(|_| Arm::with_room(runs)).collect();
        Self { arms, all: Together::with_room(runs) }
    }

    fn performance(self, question: &Question, runs: usize, intervals: &Intervals) -> Performance {
        let Self { arms, all } = self;
        let good = arms.iter().zip(&question.healthy).filter(|&(_, &healthy)| healthy);
        let false_rollbacks = good.map(|(arm, _)| arm.false_rollbacks).max();
        let faulty =
            arms.into_iter().enumerate().filter(|&(release, _)| !question.healthy[release]);
        let of = u64::try_from(runs).unwrap_or(u64::MAX);
        Performance {
            replications: of,
            false_rollback: match false_rollbacks {
                Some(count) => intervals.share(count, of),
                None => intervals.share(0, 0),
            },
            full_traffic: intervals
                .share(u64::try_from(all.full_traffic_s.len()).unwrap_or(of), of),
            full_traffic_s: intervals.mean(&all.full_traffic_s),
            healthy_extra_cost_usd: intervals.mean(&all.healthy_extra_cost_usd),
            regressions: faulty.map(|(release, arm)| arm.detection(release, intervals)).collect(),
            objective: question.weights.as_ref().and_then(|_| intervals.mean(&all.objective)),
            expected_loss_usd: intervals.mean(&all.loss_usd),
        }
    }
}

/// The runs of one release.
struct Arm {
    runs: u64,
    detected: u64,
    missed: u64,
    false_rollbacks: u64,
    times_to_detect_s: Vec<f64>,
    restricted_s: Vec<f64>,
    failed_requests: Vec<f64>,
    users_touched: Vec<f64>,
    extra_cost_usd: Vec<f64>,
}

impl Arm {
    fn with_room(runs: usize) -> Self {
        let room = || Vec::with_capacity(runs);
        Self {
            runs: 0,
            detected: 0,
            missed: 0,
            false_rollbacks: 0,
            times_to_detect_s: room(),
            restricted_s: room(),
            failed_requests: room(),
            users_touched: room(),
            extra_cost_usd: room(),
        }
    }

    fn add(&mut self, figures: &Figures, healthy: bool) {
        self.runs += 1;
        self.detected += u64::from(figures.verdict == Verdict::Detected);
        self.missed += u64::from(figures.verdict == Verdict::Missed);
        self.false_rollbacks += u64::from(figures.verdict == Verdict::FalseRollback);
        if !healthy {
            self.times_to_detect_s.extend(figures.time_to_detect_s);
            self.restricted_s.push(figures.restricted_time_to_detect_s);
            self.failed_requests.push(figures.failed_requests);
            self.users_touched.push(figures.users_touched);
            self.extra_cost_usd.push(figures.extra_cost_usd);
        }
    }

    fn detection(self, regression: usize, intervals: &Intervals) -> Detection {
        let share = |count: u64| intervals.share(count, self.runs);
        let mean = |values: &[f64]| -> Option<Mean> { intervals.mean(values) };
        let times = Sorted::new(self.times_to_detect_s);
        let quartiles = [0.25, 0.5, 0.75].map(|q| times.linear(q));
        let time_to_detect_s = match quartiles {
            [Some(lower), Some(median), Some(upper)] => Some([lower, median, upper]),
            _ => None,
        };
        Detection {
            regression,
            detected: share(self.detected),
            missed: share(self.missed),
            false_rollback: share(self.false_rollbacks),
            time_to_detect_s,
            restricted_time_to_detect_s: mean(&self.restricted_s),
            failed_requests: mean(&self.failed_requests),
            users_touched: mean(&self.users_touched),
            extra_cost_usd: mean(&self.extra_cost_usd),
        }
    }
}

/// What all releases of a replication come to together, one value a replication.
struct Together {
    objective: Vec<f64>,
    loss_usd: Vec<f64>,
    healthy_extra_cost_usd: Vec<f64>,
    /// Of the replications in which a good release gets all traffic.
    full_traffic_s: Vec<f64>,
    sums: Sums,
}

/// The sums of the replication at hand.
#[derive(Default)]
struct Sums {
    objective: f64,
    loss_usd: f64,
    healthy: f64,
    healthy_extra_cost_usd: f64,
    reached: f64,
    full_traffic_s: f64,
}

impl Together {
    fn with_room(replications: usize) -> Self {
        let room = || Vec::with_capacity(replications);
        Self {
            objective: room(),
            loss_usd: room(),
            healthy_extra_cost_usd: room(),
            full_traffic_s: room(),
            sums: Sums::default(),
        }
    }

    fn add(&mut self, question: &Question, release: usize, figures: &Figures) {
        let sums = &mut self.sums;
        if let Some(weights) = &question.weights {
            sums.objective += weights[release] * question.objective(figures);
        }
        sums.loss_usd += question.priors[release] * figures.loss_usd;
        if question.healthy[release] {
            sums.healthy += 1.0;
            sums.healthy_extra_cost_usd += figures.extra_cost_usd;
            if let Some(time) = figures.full_traffic_s {
                sums.reached += 1.0;
                sums.full_traffic_s += time;
            }
        }
    }

    fn end(&mut self) {
        let sums = std::mem::take(&mut self.sums);
        self.objective.push(sums.objective);
        self.loss_usd.push(sums.loss_usd);
        if sums.healthy > 0.0 {
            self.healthy_extra_cost_usd.push(sums.healthy_extra_cost_usd / sums.healthy);
        }
        if sums.reached > 0.0 {
            self.full_traffic_s.push(sums.full_traffic_s / sums.reached);
        }
    }
}
