//! How a policy does, by playing it on every run: the two halves of the replications, and intervals.
//!
//! Replications of even number choose, those of odd number report: which is which depends on nothing that
//! was drawn, and more runs never move a replication to the other half.
//!
//! The arms of a replication share their luck, so means over several releases are taken replication by
//! replication first, and the interval is over those: the pairing is in the interval.

use crate::scenario::tune::{Expansion, Objective, TuneSpec};
use crate::simulation::outcome::End;
use crate::simulation::verdict::Verdict;
use crate::stats::quantile::Sorted;
use crate::stats::real;
use crate::tuning::intervals::Intervals;
use crate::tuning::judged::{JudgedReplication, play_all};
use crate::tuning::limits::{LIKELY, Limits, each_of, fifths_of};
use crate::tuning::objective::{Figures, Question};
use crate::tuning::results::{Detection, Evaluated, Fifth, Mean, Performance, Policy, Share};
use crate::tuning::sums::{Counts, Sums, excess};
use rayon::prelude::*;

/// So many policies go through the runs together.
const BATCH: usize = 16;

/// The judged runs, and what is asked of them.
#[derive(Debug)]
pub struct Judge<'a> {
    pub(super) spec: &'a TuneSpec,
    pub(super) expansion: &'a Expansion,
    pub(super) question: Question,
    pub(super) limits: Limits,
    pub(super) confidence: f64,
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
    /// Of these replications, each with all runs by (plan, regression), at a level of intervals (above 0,
    /// below 1).
    pub fn new(
        spec: &'a TuneSpec,
        expansion: &'a Expansion,
        replications: &'a [JudgedReplication],
        confidence: f64,
    ) -> Self {
        let half = |odd: u64| {
            let ours = |run: &&JudgedReplication| run.replication % 2 == odd;
            let replications: Vec<_> = replications.iter().filter(ours).collect();
            let intervals = Intervals::new(confidence, replications.len());
            Half { replications, intervals }
        };
        let faulty = expansion.scenario.regressions.iter().map(|release| !release.healthy);
        let question = Question::new(spec, expansion, faulty.collect());
        let chosen_on = half(0);
        let limits = Limits::new(spec, chosen_on.replications.len(), LIKELY);
        Self { spec, expansion, question, limits, confidence, chosen_on, reported: half(1) }
    }

    /// The same about the faulty releases for which `counts` holds.
    #[must_use]
    pub(super) fn about(self, counts: Vec<bool>) -> Self {
        Self { question: Question::new(self.spec, self.expansion, counts), ..self }
    }

    /// The same with the margin that makes a policy so `likely` to be confirmed.
    #[must_use]
    pub(super) fn with_margin(self, likely: f64) -> Self {
        Self { limits: Limits::new(self.spec, self.chosen_on.replications.len(), likely), ..self }
    }

    /// Whether there is anything to choose by: a release that is good, or a faulty one that counts.
    pub(super) fn asks_anything(&self) -> bool {
        let question = &self.question;
        question.counts.contains(&true)
            || !question.healthy.contains(&false)
            || question.minimise == Objective::ExpectedLoss
    }

    /// Sums over no replications yet, of those that policies are chosen on.
    pub(super) fn no_sums(&self) -> Sums {
        let keys = self.chosen_on.replications.first().map_or(0, |first| first.places.len());
        Sums::new(self.question.healthy.len(), self.chosen_on.replications.len(), 2 * keys)
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
        let [chosen_on, reported] =
            [&self.chosen_on, &self.reported].map(|half| self.tallies(plan, &keys, half));
        let halves = chosen_on.into_iter().zip(reported);
        let evaluated = policies.iter().zip(halves).map(|(policy, (chosen_on, reported))| {
            let has_margin = chosen_on.has_margin(&self.question, &self.limits);
            let [chosen_on, reported] = [(chosen_on, &self.chosen_on), (reported, &self.reported)]
                .map(|(tally, half)| {
                    let runs = half.replications.len();
                    tally.performance(&self.question, runs, &half.intervals)
                });
            let feasible = self.keeps_limits(&chosen_on);
            Evaluated { policy: policy.clone(), chosen_on, reported, feasible, has_margin }
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
            && self.counted(performance).all(|one| within(&one.missed, self.spec.max_missed))
    }

    /// The regressions that limits and objective are about.
    pub(super) fn counted<'p>(
        &'p self,
        performance: &'p Performance,
    ) -> impl Iterator<Item = &'p Detection> {
        performance.regressions.iter().filter(|one| self.question.counts[one.regression])
    }

    /// What is to be small, or harm, replication by replication, of those that choose or of the others.
    pub(super) fn values(
        &self,
        policy: &Policy,
        half: &Half<'_>,
        of: fn(&Question, &Figures) -> f64,
        weights: &[f64],
    ) -> Vec<f64> {
        let keys = self.keys(policy);
        let value = |replication: &&JudgedReplication| {
            let runs = self.runs(replication, policy.plan);
            let played = play_all(runs, &keys, &self.question.healthy).zip(weights);
            let counted = played.filter(|&(_, &weight)| weight > 0.0);
            counted
                .map(|(played, weight)| {
                    weight * of(&self.question, &self.question.figures(&played))
                })
                .sum()
        };
        half.replications.iter().map(value).collect()
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
            let runs = self.runs(replication, policy.plan);
            for played in play_all(runs, &keys, &self.question.healthy) {
                unfinished += u64::from(played.ending.end == End::UnfinishedAtHorizon);
                all += 1;
            }
        }
        (unfinished, all)
    }

    /// How policies of one plan do on a half.
    fn tallies(&self, plan: usize, policies: &[Keys], half: &Half<'_>) -> Vec<Tally> {
        let question = &self.question;
        let n = half.replications.len();
        let ends = 2 * half.replications.first().map_or(0, |first| first.places.len());
        let new = |_: &Keys| Tally::new(question, n, ends);
        let mut tallies: Vec<Tally> = policies.iter().map(new).collect();
        for replication in &half.replications {
            let runs = self.runs(replication, plan);
            let fifths = fifths_of(&replication.places);
            for (keys, tally) in policies.iter().zip(&mut tallies) {
                for (release, played) in play_all(runs, keys, &question.healthy).enumerate() {
                    let figures = question.figures(&played);
                    tally.arms[release].add(&figures, question.healthy[release]);
                    tally.all.add(question, release, &figures);
                    for fifth in each_of(fifths) {
                        tally.fifths[fifth][release].add(&figures);
                    }
                }
                tally.all.end();
            }
        }
        tallies
    }
}

/// How one policy does on one half, run by run.
struct Tally {
    /// By release.
    arms: Vec<Arm>,
    all: Together,
    /// By fifth and release.
    fifths: Vec<Vec<Verdicts>>,
}

impl Tally {
    fn new(question: &Question, runs: usize, fifths: usize) -> Self {
        let arms = question.healthy.iter().map(|_| Arm::with_room(runs)).collect();
        let fifths = vec![vec![Verdicts::default(); question.healthy.len()]; fifths];
        Self { arms, all: Together::with_room(runs), fifths }
    }

    /// Whether the limits are kept here by so much that as many more runs are likely to confirm it.
    fn has_margin(&self, question: &Question, limits: &Limits) -> bool {
        let all: Vec<Counts> = self.arms.iter().map(|arm| arm.verdicts.counts()).collect();
        let of = |fifth: &Vec<Verdicts>| fifth.iter().map(Verdicts::counts).collect();
        let fifths: Vec<Vec<Counts>> = self.fifths.iter().map(of).collect();
        excess(question, limits, &all, &fifths) <= 0.0
    }

    fn performance(self, question: &Question, runs: usize, intervals: &Intervals) -> Performance {
        let Self { arms, all, fifths } = self;
        let of = u64::try_from(runs).unwrap_or(u64::MAX);
        let verdicts: Vec<Verdicts> = arms.iter().map(|arm| arm.verdicts).collect();
        let ends = fifths.iter().map(|fifth| Fifth {
            false_rollback: false_rollback(question, fifth, intervals),
            missed: missed(question, fifth, intervals),
        });
        Performance {
            replications: of,
            false_rollback: false_rollback(question, &verdicts, intervals),
            fifths: ends.collect(),
            full_traffic: intervals
                .share(u64::try_from(all.full_traffic_s.len()).unwrap_or(of), of),
            full_traffic_s: intervals.mean(&all.full_traffic_s),
            healthy_extra_cost_usd: intervals.mean(&all.healthy_extra_cost_usd),
            objective: question.weights.as_ref().and_then(|_| intervals.mean(&all.objective)),
            harm: intervals
                .mean(&all.harm)
                .filter(|_| question.among_faulty.iter().sum::<f64>() > 0.0),
            expected_loss_usd: intervals.mean(&all.loss_usd),
            regressions: arms
                .into_iter()
                .enumerate()
                .filter(|&(release, _)| !question.healthy[release])
                .map(|(release, arm)| arm.detection(release, intervals))
                .collect(),
        }
    }
}

/// Of the good release that is rolled back most often.
fn false_rollback(question: &Question, verdicts: &[Verdicts], intervals: &Intervals) -> Share {
    let good = verdicts.iter().zip(&question.healthy).filter(|&(_, &healthy)| healthy);
    let worst = good.map(|(of, _)| of).max_by_key(|of| of.false_rollbacks);
    worst.map_or_else(|| intervals.share(0, 0), |of| intervals.share(of.false_rollbacks, of.runs))
}

/// Of the regression, of those that count, that is missed most often.
fn missed(question: &Question, verdicts: &[Verdicts], intervals: &Intervals) -> Share {
    let faulty = verdicts.iter().zip(&question.counts).filter(|&(_, &counts)| counts);
    let share = |of: &Verdicts| real(of.missed) / real((of.caught + of.missed).max(1));
    let worst = faulty.map(|(of, _)| of).max_by(|a, b| share(a).total_cmp(&share(b)));
    worst.map_or_else(
        || intervals.share(0, 0),
        |of| intervals.share(of.missed, of.caught + of.missed),
    )
}

/// Runs of one release by verdict.
#[derive(Clone, Copy, Debug, Default)]
struct Verdicts {
    runs: u64,
    caught: u64,
    missed: u64,
    by_chance: u64,
    false_rollbacks: u64,
}

impl Verdicts {
    fn add(&mut self, figures: &Figures) {
        let is = |verdict: Verdict| u64::from(figures.verdict == verdict);
        self.runs += 1;
        self.caught += is(Verdict::Caught);
        self.missed += is(Verdict::Missed);
        self.by_chance += is(Verdict::ByChance);
        self.false_rollbacks += is(Verdict::FalseRollback);
    }

    /// As they are summed where policies are chosen.
    fn counts(&self) -> Counts {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Counts {
            runs: signed(self.runs),
            false_rollbacks: signed(self.false_rollbacks),
            caught: signed(self.caught),
            missed: signed(self.missed),
        }
    }
}

/// The runs of one release.
struct Arm {
    verdicts: Verdicts,
    /// Given up at an earlier look than the healthy release.
    earlier: u64,
    /// At a later one, or not while that was.
    later: u64,
    times_to_detect_s: Vec<f64>,
    noticed_s: Vec<f64>,
    harm: Vec<f64>,
    failed_requests: Vec<f64>,
    users_touched: Vec<f64>,
    extra_cost_usd: Vec<f64>,
}

impl Arm {
    fn with_room(runs: usize) -> Self {
        let room = || Vec::with_capacity(runs);
        Self {
            verdicts: Verdicts::default(),
            earlier: 0,
            later: 0,
            times_to_detect_s: room(),
            noticed_s: room(),
            harm: room(),
            failed_requests: room(),
            users_touched: room(),
            extra_cost_usd: room(),
        }
    }

    fn add(&mut self, figures: &Figures, healthy: bool) {
        self.verdicts.add(figures);
        self.earlier += u64::from(figures.order.is_lt());
        self.later += u64::from(figures.order.is_gt());
        if !healthy {
            self.times_to_detect_s.extend(figures.time_to_detect_s);
            self.noticed_s.push(figures.noticed_s);
            self.harm.push(figures.harm);
            self.failed_requests.push(figures.failed_requests);
            self.users_touched.extend(figures.users_touched);
            self.extra_cost_usd.extend(figures.extra_cost_usd);
        }
    }

    fn detection(self, regression: usize, intervals: &Intervals) -> Detection {
        let Verdicts { runs, caught, missed, by_chance, .. } = self.verdicts;
        let mean = |values: &[f64]| -> Option<Mean> { intervals.mean(values) };
        let times = Sorted::new(self.times_to_detect_s);
        let quartiles = [0.25, 0.5, 0.75].map(|q| times.linear(q));
        let time_to_detect_s = match quartiles {
            [Some(lower), Some(median), Some(upper)] => Some([lower, median, upper]),
            _ => None,
        };
        Detection {
            regression,
            caught: intervals.share(caught, runs),
            missed: intervals.share(missed, caught + missed),
            by_chance: intervals.share(by_chance, runs),
            earlier: self.earlier,
            later: self.later,
            time_to_detect_s,
            noticed_s: mean(&self.noticed_s),
            harm: mean(&self.harm),
            failed_requests: mean(&self.failed_requests),
            users_touched: mean(&self.users_touched),
            extra_cost_usd: mean(&self.extra_cost_usd),
        }
    }
}

/// What all releases of a replication come to together, one value a replication.
struct Together {
    objective: Vec<f64>,
    harm: Vec<f64>,
    loss_usd: Vec<f64>,
    healthy_extra_cost_usd: Vec<f64>,
    /// Of the replications in which a good release gets all traffic.
    full_traffic_s: Vec<f64>,
    at_hand: AtHand,
}

/// The sums of the replication at hand.
#[derive(Default)]
struct AtHand {
    objective: f64,
    harm: f64,
    /// Whether costs are known.
    is_priced: bool,
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
            harm: room(),
            loss_usd: room(),
            healthy_extra_cost_usd: room(),
            full_traffic_s: room(),
            at_hand: AtHand::default(),
        }
    }

    fn add(&mut self, question: &Question, release: usize, figures: &Figures) {
        let sums = &mut self.at_hand;
        if let Some(weights) = &question.weights {
            sums.objective += weights[release] * question.objective(figures);
        }
        sums.harm += question.among_faulty[release] * figures.harm;
        if let Some(loss) = figures.loss_usd {
            sums.is_priced = true;
            sums.loss_usd += question.priors[release] * loss;
        }
        if question.healthy[release] {
            sums.healthy += 1.0;
            sums.healthy_extra_cost_usd += figures.extra_cost_usd.unwrap_or(0.0);
            if let Some(time) = figures.full_traffic_s {
                sums.reached += 1.0;
                sums.full_traffic_s += time;
            }
        }
    }

    fn end(&mut self) {
        let sums = std::mem::take(&mut self.at_hand);
        self.objective.push(sums.objective);
        self.harm.push(sums.harm);
        self.loss_usd.extend(sums.is_priced.then_some(sums.loss_usd));
        if sums.healthy > 0.0 && sums.is_priced {
            self.healthy_extra_cost_usd.push(sums.healthy_extra_cost_usd / sums.healthy);
        }
        if sums.reached > 0.0 {
            self.full_traffic_s.push(sums.full_traffic_s / sums.reached);
        }
    }
}
