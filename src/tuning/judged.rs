//! What is kept of a run for tuning, once its tape has been judged.

use crate::simulation::outcome::{End, Verdict};
use crate::time::SimTime;
use crate::tuning::curve::{Curve, Firing};
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
}

/// All runs of one replication, ordered by (plan, regression).
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedReplication {
    /// Which, from 0.
    pub replication: u64,
    /// Plan by plan, each with all regressions.
    pub runs: Vec<JudgedRun>,
}

/// What becomes of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// How the rollout ends.
    pub end: End,
    /// What that means if no alarm was acted on.
    pub verdict_without_alarm: Verdict,
    /// When a faulty green first took traffic.
    pub first_faulty_exposure: Option<SimTime>,
    /// When green took all traffic.
    pub full_traffic: Option<SimTime>,
    /// Requests that failed because of the deployment, up to the horizon.
    pub failed_requests: u64,
    /// Requests served by a faulty green, up to the horizon.
    pub faulty_green_requests: u64,
    /// Users served by a faulty green, expected; of a scenario without users the requests.
    pub users_touched: f64,
    /// USD above not deploying.
    pub extra_cost_usd: f64,
}

/// A run under one policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Played<'a> {
    /// What became of it.
    pub ending: &'a Ending,
    /// The alarm acted on.
    pub firing: Option<Firing>,
    /// What that means.
    pub verdict: Verdict,
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

    /// The run under a policy: `keys` are the shapes in force and their thresholds' keys; `healthy` says
    /// whether the release was good.
    pub fn play(&self, keys: &[(usize, u32, f64)], healthy: bool) -> Played<'_> {
        let (firing, ignored) = self.alarms(keys);
        self.outcome(firing.filter(|_| !ignored), healthy)
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
    pub fn outcome(&self, firing: Option<Firing>, healthy: bool) -> Played<'_> {
        let last = self.endings.len() - 1;
        let ending = &self.endings[firing.map_or(last, |firing| firing.look as usize)];
        Played { ending, firing, verdict: ending.verdict(firing, healthy) }
    }
}

impl Ending {
    /// An ALARM is a detection if a faulty green had taken traffic before it; see
    /// [`Verdict`].
    pub fn verdict(&self, firing: Option<Firing>, healthy: bool) -> Verdict {
        let of_alarm =
            |firing: Firing| Verdict::of_alarm(firing.since, self.first_faulty_exposure, healthy);
        firing.map_or(self.verdict_without_alarm, of_alarm)
    }
}
