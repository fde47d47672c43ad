//! The course of a rollout that nothing disturbs: who takes how many requests when, and when the
//! controller looks at its alarms.

use crate::rare::refusal::NotExact;
use crate::rollout::course::TimedStage;
use crate::rollout::plan::{Plan, Stage};
use crate::rollout::rules::{PreAlarm, Watch, WatchedFrom};
use crate::scenario::Scenario;
use crate::time::SimTime;

/// An undisturbed rollout.
#[derive(Clone, Debug)]
pub(super) struct Course {
    /// Ascending; all traffic is on blue at first.
    pub(super) stages: Vec<TimedStage>,
    /// When green first takes requests, live or mirrored.
    pub(super) first_traffic: SimTime,
    /// From when on alarms count.
    pub(super) watched_from: SimTime,
    /// The end of the first bake, at which the controller looks at its alarms.
    pub(super) first_bake_ends: SimTime,
    /// The last look: the end of the last bake.
    pub(super) last_look: SimTime,
    /// What an alarm that is in ALARM at the request of the update does.
    pub(super) pre_alarm: PreAlarm,
}

impl Course {
    /// The course of `plan`.
    pub(super) fn new(scenario: &Scenario, plan: &Plan) -> Result<Self, NotExact> {
        let refuse = |why| Err(NotExact::Strategy(why));
        if plan.test.is_some() {
            return refuse("is an A/B test, which ends when it is decided");
        }
        let rules = &plan.rules;
        if rules.timeout.is_some_and(|timeout| timeout < plan.time_needed()) {
            return refuse("is cut short by its time-out");
        }
        let instances = plan.fleets.blue.saturating_add(plan.fleets.green);
        if scenario.endpoint.instance_quota.is_some_and(|quota| quota < instances) {
            return refuse("may not launch both fleets whole under the instance quota");
        }
        let bakes_only = rules.watch == Watch::Bakes;
        if bakes_only && plan.stages.len() > 1 {
            return refuse("looks at its alarms during several bakes only, not in between");
        }
        let stages = plan.course();
        let (Some(first_traffic), [first, ..], Some(last)) =
            (plan.first_traffic(), &stages[..], stages.last())
        else {
            return refuse("never gives green any traffic");
        };
        let (first_traffic, last_look) = (first_traffic.from, last.baked);
        if last_look > scenario.end() {
            return refuse("is not over at the horizon");
        }
        let watched_from = match rules.watched_from {
            _ if bakes_only => first.from,
            WatchedFrom::Start => SimTime::ZERO,
            WatchedFrom::FirstSwitch if first.stage.share > 0.0 => first.from - plan.times.switch,
            WatchedFrom::FirstSwitch => first.from,
        };
        let (first_bake_ends, pre_alarm) = (first.baked, rules.pre_alarm);
        Ok(Self { stages, first_traffic, watched_from, first_bake_ends, last_look, pre_alarm })
    }

    /// The stages with when they begin and end, the one before the rollout first.
    pub(super) fn spans(
        &self,
        scenario: &Scenario,
    ) -> impl Iterator<Item = (SimTime, SimTime, Stage)> {
        let before = (scenario.start(), Stage::on_blue(scenario.endpoint.blue.instances));
        let stages = self.stages.iter().map(|timed| (timed.from, timed.stage));
        let begins: Vec<(SimTime, Stage)> = std::iter::once(before).chain(stages).collect();
        let end = scenario.end();
        let ends: Vec<SimTime> =
            begins.iter().skip(1).map(|&(from, _)| from).chain([end]).collect();
        begins.into_iter().zip(ends).map(|((from, stage), until)| (from, until, stage))
    }
}
