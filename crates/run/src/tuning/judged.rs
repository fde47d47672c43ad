//! What is kept of a run for tuning, once its tape has been judged.

use crate::simulation::outcome::{Damage, End, GivenUp, Tally};
use crate::simulation::tape::Consequence;
use crate::simulation::verdict::{Facts, Verdict, against_healthy};
use crate::stats::real;
use crate::time::SimTime;
use crate::tuning::curve::{Curve, Firing};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// One run: a plan and a regression in one replication.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedRun {
    /// One for each shape of the expansion whose alarm the plan reads; `None` for the others.
    pub curves: Vec<Option<Curve>>,
    /// What the plan's alarms that no shape sets do.
    pub fixed: Option<Firing>,
    /// Whether one of those was in ALARM as the update was requested, so that no alarm counts.
    pub lets_none_count: bool,
    /// What becomes of the run if it is given up at each look, and at last if it never is.
    pub endings: Vec<Ending>,
    /// What a release that is not caught goes on to do.
    pub unnoticed: Unnoticed,
}

/// Requests that fared worse than those with a good, fast, right answer, less those without the deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Harm {
    /// Failed.
    pub failed: f64,
    /// Answered slowly.
    pub slow: f64,
    /// Answered wrongly.
    pub wrong: f64,
    /// Any of these, each request once.
    pub any: f64,
}

/// What a run does that is never given up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unnoticed {
    /// When the rollout ended: the last bake, or else the horizon.
    pub ended: SimTime,
    /// Harm up to there.
    pub to_end: Harm,
    /// Harm a second from there on.
    pub per_s: Harm,
}

/// All runs of one replication, ordered by (plan, regression).
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedReplication {
    /// Which, from 0.
    pub replication: u64,
    /// Where in its range each uncertain key lies, 0 to 1.
    pub places: Vec<f64>,
    /// Plan by plan, each with all regressions.
    pub runs: Vec<JudgedRun>,
}

/// What becomes of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// How the rollout ends.
    pub end: End,
    /// When and why the release is given up, if it is.
    pub given_up: Option<GivenUp>,
    /// When a faulty green first took traffic.
    pub first_faulty_exposure: Option<SimTime>,
    /// When green took all traffic.
    pub full_traffic: Option<SimTime>,
    /// Up to the horizon.
    pub harm: Harm,
    /// Users served by a faulty green, expected; `None` of a scenario without users.
    pub users_touched: Option<f64>,
    /// USD above not deploying; `None` if a price is not known.
    pub extra_cost_usd: Option<f64>,
}

/// A run under one policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Played<'a> {
    /// What became of it.
    pub ending: &'a Ending,
    /// What it goes on to do if it is missed.
    pub unnoticed: &'a Unnoticed,
    /// The alarm acted on.
    pub firing: Option<Firing>,
    /// What that means.
    pub verdict: Verdict,
    /// Whether it was given up at an earlier look than the healthy release (`Less`), or later.
    pub order: Ordering,
}

/// What a run is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Against {
    /// Whether its release has no fault.
    pub is_good: bool,
    /// When the healthy release is given up under the same policy in the same replication.
    pub healthy_given_up_at: Option<SimTime>,
}

impl JudgedRun {
    /// Drops the endings that no alarm leads to.
    pub(super) fn forget_unused(&mut self) {
        let steps = self.curves.iter_mut().flatten().flat_map(|curve| &mut curve.steps);
        let mut looks: Vec<&mut u32> = steps.map(|step| &mut step.look).collect();
        looks.extend(self.fixed.iter_mut().map(|firing| &mut firing.look));
        let used: BTreeSet<u32> = looks.iter().map(|look| **look).collect();
        let place: BTreeMap<u32, u32> = used.iter().copied().zip(0..).collect();
        for look in looks {
            *look = place[look];
        }
        let last = self.endings.len() - 1;
        let kept = used.iter().map(|&look| self.endings[look as usize]).chain([self.endings[last]]);
        self.endings = kept.collect();
    }

    /// The run under a policy: `keys` are the shapes in force and their thresholds' keys.
    pub fn play(&self, keys: &[(usize, u32, f64)], against: Against) -> Played<'_> {
        self.outcome(self.acted_on(keys), against)
    }

    /// The alarm of the policy that is acted on, if any counts.
    fn acted_on(&self, keys: &[(usize, u32, f64)]) -> Option<Firing> {
        let (firing, ignored) = self.alarms(keys);
        firing.filter(|_| !ignored)
    }

    /// The first alarm of the policy to be acted on, and whether none counts all the same.
    pub fn alarms(&self, keys: &[(usize, u32, f64)]) -> (Option<Firing>, bool) {
        let mut ignored = self.lets_none_count;
        let set = keys.iter().filter_map(|&(shape, alarm, key)| {
            let curve = self.curves[shape].as_ref()?;
            ignored |= curve.lets_none_count(key);
            let step = curve.at(key)?;
            Some(Firing { look: step.look, since: step.since, alarm })
        });
        let firing = set.chain(self.fixed).reduce(Firing::or);
        (firing, ignored)
    }

    /// What becomes of the run if this alarm is acted on.
    pub fn outcome(&self, firing: Option<Firing>, against: Against) -> Played<'_> {
        let ending = self.ending(firing);
        Played {
            ending,
            unnoticed: &self.unnoticed,
            firing,
            verdict: ending.verdict(against),
            order: ending.order(against),
        }
    }

    fn ending(&self, firing: Option<Firing>) -> &Ending {
        let last = self.endings.len() - 1;
        &self.endings[firing.map_or(last, |firing| firing.look as usize)]
    }

    /// When the release is given up if this alarm is acted on.
    pub fn given_up_at(&self, firing: Option<Firing>) -> Option<SimTime> {
        self.ending(firing).given_up_at()
    }
}

/// The runs of a plan in a replication under a policy, release by release, the healthy one first; `good` says
/// which releases have no fault.
pub fn play_all<'r>(
    runs: &'r [JudgedRun],
    keys: &[(usize, u32, f64)],
    good: &[bool],
) -> impl Iterator<Item = Played<'r>> {
    let healthy_given_up_at =
        runs.first().and_then(|healthy| healthy.given_up_at(healthy.acted_on(keys)));
    let against = move |&is_good: &bool| Against { is_good, healthy_given_up_at };
    runs.iter().zip(good).map(move |(run, is_good)| run.play(keys, against(is_good)))
}

impl Harm {
    /// Up to the horizon, or to the end of the rollout.
    pub fn of(damage: &Damage) -> Self {
        let wrong = damage.wrong.map_or(0, |wrong| wrong.excess);
        let counts = [
            damage.counts.excess(),
            damage.counts.slow_answers_excess(),
            wrong,
            damage.counts.harmed_excess(),
        ];
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 requests")]
        let [failed, slow, wrong, any] = counts.map(|count| count as f64);
        Self { failed, slow, wrong, any }
    }

    /// With so many times another's.
    #[must_use]
    pub fn plus(&self, other: &Self, times: f64) -> Self {
        Self {
            failed: self.failed + times * other.failed,
            slow: self.slow + times * other.slow,
            wrong: self.wrong + times * other.wrong,
            any: self.any + times * other.any,
        }
    }

    /// So many times as much.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self::default().plus(self, factor)
    }
}

/// A shorter rest of a run says nothing of what a second of it does \[s\].
const LEAST_REST_S: f64 = 120.0;

impl Unnoticed {
    /// From a run that is never given up and ends at the `horizon`.
    pub fn of(never: &Consequence, horizon: SimTime) -> Self {
        let ended = never.bake_ended_at.unwrap_or(horizon);
        let (to_end, whole) = (Harm::of(&never.to_bake_end), Harm::of(&never.to_horizon));
        let rest_s = horizon.since(ended).as_secs_f64();
        let per_s = if rest_s >= LEAST_REST_S {
            whole.plus(&to_end, -1.0).times(1.0 / rest_s)
        } else if never.end == End::Promoted {
            // By what green did to its requests so far, if all are its own.
            let Tally { requests, faulty_green, .. } = never.to_horizon.counts;
            let a_request = whole.times(1.0 / real(faulty_green.max(1)));
            a_request.times(real(requests) / horizon.as_secs_f64())
        } else {
            Harm::default()
        };
        Self { ended, to_end, per_s }
    }
}

impl Ending {
    /// What it means.
    pub fn verdict(&self, against: Against) -> Verdict {
        let facts = Facts {
            end: self.end,
            given_up: self.given_up,
            first_faulty_exposure_at: self.first_faulty_exposure,
        };
        Verdict::of(&facts, against.is_good, against.healthy_given_up_at)
    }

    fn order(&self, against: Against) -> Ordering {
        against_healthy(self.given_up_at(), against.healthy_given_up_at)
    }

    fn given_up_at(&self) -> Option<SimTime> {
        self.given_up.map(|given_up| given_up.at)
    }
}

#[cfg(test)]
#[path = "judged/tests.rs"]
mod tests;
