//! An A/B test in a run: begins with the first bake, is looked at, and ends with a decision.

use crate::dataplane::trial::{Trial, VariantCounts};
use crate::rollout::ab_test::{AbTest, Rule};
use crate::rollout::controller::Signal;
use crate::rollout::plan::Stage;
use crate::simulation::analysis::{self, Finding, is_better};
use crate::simulation::arm::Arm;
use crate::simulation::equip::true_means;
use crate::simulation::event::Event;
use crate::simulation::outcome::{GivenUp, GivenUpBy, TestOutcome, VariantOutcome};
use crate::simulation::record::EventKind;
use crate::stats::betting::Bets;
use crate::stats::holm::holm;
use crate::stats::{real, real_len};
use crate::time::SimTime;

/// Where an A/B test stands.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    started: SimTime,
    /// When its time is up.
    ends: SimTime,
    looks: u64,
    /// On each challenger, if the test is an always-valid one of a probability.
    bets: Vec<Bets>,
    /// Of each challenger; of an always-valid test that with the smallest p-value so far.
    findings: Vec<Option<Finding>>,
    /// When it was decided, and who won, if anybody.
    decided: Option<(SimTime, Option<usize>)>,
}

impl Arm<'_> {
    /// Begins the A/B test if this is the stage of one; its end is then no matter of time alone.
    pub(super) fn open_test(&mut self, now: SimTime, stage: &Stage) -> bool {
        let Some(test) = &self.plan.test else { return false };
        if self.control.test.is_some() {
            return false;
        }
        let users = self.scenario.users.filter(|_| test.by_user).map(|users| users.count);
        if let Some(trial) = self.traffic.trial_mut() {
            trial.open(users);
        }
        let progress = Progress {
            started: now,
            ends: now + stage.bake,
            looks: 0,
            bets: analysis::bets(test, stage.share, self.scale(test)),
            findings: vec![None; test.others.len() + 1],
            decided: None,
        };
        self.control.test = Some(progress);
        self.schedule_look(now);
        true
    }

    /// Looks at the test, and acts if it is over.
    pub(super) fn look(&mut self, now: SimTime) {
        let (Some(test), Some(mut progress)) = (&self.plan.test, self.control.test.take()) else {
            return;
        };
        progress.looks += 1;
        let time_is_up = now >= progress.ends;
        let winner = self
            .traffic
            .trial()
            .and_then(|trial| progress.judge(test, trial, self.scale(test), time_is_up));
        let is_over = time_is_up || winner.is_some() || self.has_sample(test);
        self.control.test = Some(progress);
        if is_over {
            self.conclude(now, test, winner);
        } else {
            self.schedule_look(now);
        }
    }

    /// The test is over; guardrails come first.
    fn conclude(&mut self, now: SimTime, test: &AbTest, winner: Option<usize>) {
        if self.control.is_watching() {
            self.fork(now, |fork| fork.conclude(now, test, winner));
        }
        self.close_test();
        let promote = winner.map_or(test.promote_undecided, |winner| winner > 0);
        if !(self.control.is_watching() && self.acting_alarm().is_some()) {
            if let Some(progress) = &mut self.control.test {
                progress.decided = Some((now, winner));
            }
            self.accounts.milestones.given_up =
                self.lost(test, winner).map(|by| GivenUp { at: now, by });
            self.note(now, EventKind::TestDecided, || describe(winner, promote));
        }
        self.decide(now, Signal::TestDecided { promote });
    }

    /// How green lost, if somebody else won.
    fn lost(&self, test: &AbTest, winner: Option<usize>) -> Option<GivenUpBy> {
        let winner = winner.filter(|&winner| winner != 1)?;
        let means = true_means(self.scenario, test, self.release);
        let truly_worse = is_better(means[winner], means[1], test.goal);
        Some(GivenUpBy::Test { by_blue: winner == 0, truly_worse })
    }

    /// Counts no more for the test.
    pub(super) fn close_test(&mut self) {
        if let Some(trial) = self.traffic.trial_mut() {
            trial.close();
        }
    }

    /// Gives the other challengers what is theirs in a stage, and everything to the one that has won.
    pub(super) fn share_out(&mut self, now: SimTime, stage: &Stage) {
        let won = self.winner();
        let (Some(test), Some(others)) = (&self.plan.test, &mut self.traffic.plane.others) else {
            return;
        };
        for (index, lane) in others.lanes.iter_mut().enumerate() {
            let (variant, share) = test.others[index];
            lane.share = if stage.share >= 1.0 {
                f64::from(u8::from(won == Some(index + 2)))
            } else if stage.share > 0.0 {
                share
            } else {
                0.0
            };
            let instances = self.scenario.variants[variant].fleet.instances;
            lane.fleet.activate(if lane.share > 0.0 { instances } else { 0 }, now);
            if lane.share >= 1.0 {
                self.traffic.plane.share = 0.0;
                self.traffic.plane.green.activate(0, now);
            }
        }
    }

    /// What the test came to, if it began.
    pub(super) fn test_outcome(&self) -> Option<TestOutcome> {
        let (test, progress) = (self.plan.test.as_ref()?, self.control.test.as_ref()?);
        let trial = self.traffic.trial()?;
        let means = true_means(self.scenario, test, self.release);
        let [blue, green] = [&trial.variants[0], &trial.variants[1]];
        let difference = analysis::difference(test, blue, green);
        let winner = self.winner();
        let (best, false_winner) = analysis::truth(test, &means, winner);
        let at_close = trial.regret_at_close.unwrap_or(trial.regret);
        Some(TestOutcome {
            started_at: progress.started,
            decided_at: progress.decided.map(|(at, _)| at),
            winner,
            best,
            false_winner,
            looks: progress.looks,
            blue_units: analysis::units(test, blue),
            green_units: analysis::units(test, green),
            blue_mean: analysis::mean(test, blue),
            effect: difference.map(|difference| difference.effect),
            interval: difference.and_then(|found| self.bounds(test, &found)),
            p_value: progress.findings[0].map(|finding| finding.p_value),
            true_effect: means[1] - means[0],
            true_blue_mean: means[0],
            sprt_trials: trial.walk().map(|(_, walk, _)| walk.trials),
            regret_expected_to_decision: at_close.expected,
            regret_realised_to_decision: at_close.realised,
            regret_expected_to_horizon: trial.regret.expected,
            regret_realised_to_horizon: trial.regret.realised,
        })
    }

    /// Each variant of the test, blue first; none if it did not begin.
    pub(super) fn variant_outcomes(&self) -> Vec<VariantOutcome> {
        let (Some(test), Some(progress), Some(trial)) =
            (&self.plan.test, &self.control.test, self.traffic.trial())
        else {
            return Vec::new();
        };
        let means = true_means(self.scenario, test, self.release);
        let p_values: Vec<f64> =
            progress.findings.iter().map(|found| found.map_or(1.0, |f| f.p_value)).collect();
        let adjusted = holm(&p_values);
        let green_share = self.plan.stages[0].share;
        let others: f64 = test.others.iter().map(|(_, share)| share).sum();
        let variants = trial.variants.iter().enumerate().map(|(variant, counts)| {
            let against_blue = (variant > 0)
                .then(|| analysis::difference(test, &trial.variants[0], counts))
                .flatten();
            let challenger = variant.checked_sub(1);
            VariantOutcome {
                share: match variant {
                    0 => 1.0 - green_share - others,
                    1 => green_share,
                    _ => test.others[variant - 2].1,
                },
                requests: counts.requests,
                failed: counts.failed,
                conversions: counts.conversions,
                revenue: counts.revenue,
                response_mean_s: mean_response_s(counts),
                users: test.by_user.then_some(counts.clusters.clusters),
                true_mean: means[variant],
                effect: against_blue.map(|difference| difference.effect),
                interval: against_blue.and_then(|found| self.bounds(test, &found)),
                p_values: challenger.and_then(|index| {
                    progress.findings[index].map(|found| (found.p_value, adjusted[index]))
                }),
                instance_hours: (variant > 1).then(|| self.other_hours(variant)),
            }
        });
        variants.collect()
    }

    /// Whether a challenger besides green has won.
    pub(super) fn other_won(&self) -> bool {
        self.winner() > Some(1)
    }

    /// The variant that the test was decided for, if it was.
    fn winner(&self) -> Option<usize> {
        self.control.test.as_ref()?.decided?.1
    }

    /// Cost \[USD\] of the fleets of challengers besides green, if their prices are known.
    pub(super) fn other_fleets_usd(&self) -> Option<f64> {
        let others = self.plan.test.iter().flat_map(|test| &test.others).enumerate();
        let costs = others.map(|(index, &(variant, _))| {
            let price = self.scenario.variants[variant].fleet.price_per_hour;
            price.map(|price| self.other_hours(index + 2) * price)
        });
        costs.sum()
    }

    /// Instance-hours of a challenger besides green: from the request of the update until the test's
    /// traffic is gone from it, or for good if it won.
    fn other_hours(&self, variant: usize) -> f64 {
        let Some(test) = &self.plan.test else { return 0.0 };
        let horizon = self.scenario.end();
        let clean_up = self.scenario.endpoint.clean_up;
        let won = self.winner() == Some(variant);
        let milestones = &self.accounts.milestones;
        let gone =
            [milestones.full_traffic.filter(|_| !won), milestones.rolled_back, milestones.stopped];
        let gone = gone.into_iter().flatten().min().map_or(horizon, |at| at + clean_up);
        let instances = self.scenario.variants[test.others[variant - 2].0].fleet.instances;
        f64::from(instances) * gone.min(horizon).since(SimTime::ZERO).as_hours_f64()
    }

    fn bounds(
        &self,
        test: &AbTest,
        difference: &crate::stats::two_sample::Difference,
    ) -> Option<(f64, f64)> {
        let interval = analysis::interval(test, difference, self.scale(test));
        interval.high.is_finite().then_some((interval.low, interval.high))
    }

    /// Blue's expected mean of the goal.
    fn scale(&self, test: &AbTest) -> f64 {
        true_means(self.scenario, test, self.release)[0]
    }

    /// Whether a fixed test has the sample that it waits for.
    fn has_sample(&self, test: &AbTest) -> bool {
        let Rule::Fixed { sample: Some(sample), .. } = test.rule else { return false };
        self.traffic.trial().is_some_and(|trial| {
            trial.variants.iter().all(|counts| analysis::units(test, counts) >= sample)
        })
    }

    fn schedule_look(&mut self, now: SimTime) {
        let (Some(test), Some(progress)) = (&self.plan.test, &self.control.test) else { return };
        let next = (now + test.look_every).min(progress.ends);
        self.control.follow(next, |follows| Event::Look { follows });
    }
}

impl Progress {
    /// Takes note of what the counts say now; gives the winner if the rule names one.
    fn judge(
        &mut self,
        test: &AbTest,
        trial: &Trial,
        scale: f64,
        time_is_up: bool,
    ) -> Option<usize> {
        let enough =
            |least: u64| trial.variants.iter().all(|counts| analysis::units(test, counts) >= least);
        if let Some((sprt, walk, _)) = trial.walk() {
            return analysis::wald_winner(test.goal, sprt, walk);
        }
        let (alpha, counts) = match test.rule {
            Rule::Fixed { alpha, sample, .. } => (alpha, time_is_up || sample.is_some_and(enough)),
            Rule::AlwaysValid { alpha, at_least, .. } => (alpha, enough(at_least)),
            Rule::Sprt(_) => return None,
        };
        if !counts {
            return None;
        }
        let blue = &trial.variants[0];
        for (index, challenger) in trial.variants[1..].iter().enumerate() {
            let found = &mut self.findings[index];
            let by_bets = self
                .bets
                .get(index)
                .map(|bets| bets.p_value(analysis::answers(test.goal, [blue, challenger])));
            let difference = analysis::difference(test, blue, challenger);
            let now = difference
                .and_then(|difference| analysis::finding(test, &difference, scale, by_bets));
            *found = match (*found, now) {
                (Some(before), Some(now)) if before.p_value <= now.p_value => Some(before),
                (before, now) => now.or(before),
            };
        }
        analysis::winner(&self.findings, alpha)
    }
}

fn mean_response_s(counts: &VariantCounts) -> Option<f64> {
    (counts.requests > 0).then(|| counts.responses_s / real(counts.requests))
}

fn describe(winner: Option<usize>, promote: bool) -> String {
    let won = match winner {
        None => "undecided".to_owned(),
        Some(0) => "blue won".to_owned(),
        Some(1) => "green won".to_owned(),
        Some(other) => format!("challenger {} won", real_len(other)),
    };
    format!("{won}: {}", if promote { "it takes everything" } else { "blue keeps everything" })
}
