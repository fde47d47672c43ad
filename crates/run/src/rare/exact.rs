//! The exact probability that an alarm rolls a rollout back, where the model allows it.
//!
//! What it models: one M-of-N alarm on counts of requests or on a percentile of latencies, Poisson
//! arrivals of constant or varying rate, requests that fail independently with constant probability,
//! windows that do not overlap. Then the datapoints are independent, with probabilities that are Poisson
//! sums ([`split`](crate::telemetry::split)); the alarm is a Markov chain over the last datapoints
//! (`chain`); and the random phases of the clocks are integrated out (`phases`).
//!
//! An ALARM is acted on if it lasts until the controller looks: at a poll, or at the end of a bake.
//!
//! Precision: sums to 10⁻¹²; the mean over the phases to the error that is given. Answers are taken to
//! count one mean latency after the request's arrival (`counts`).
//!
//! Not modelled, and refused in words ([`NotExact`]): incidents, clumps of errors, bursts and traces,
//! retries, queues that fail requests, users who stay put, late metrics, several alarms at once.

use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::evaluate::{Rule, Slot};
use crate::alarm::spec::{AlarmSpec, Evaluation, History, TreatMissingData, Unresolved};
use crate::endpoint::regression::{Effects, RegressionSpec};
use crate::endpoint::spec::Mode;
use crate::endpoint::steady::Steady;
use crate::random::arrival::ArrivalSpec;
use crate::rare::chain::Chain;
use crate::rare::counts::Counts;
use crate::rare::course::Course;
use crate::rare::phases::Phases;
use crate::rare::refusal::NotExact;
use crate::rollout::plan::Plan;
use crate::rollout::rules::PreAlarm;
use crate::scenario::{Phase, Scenario};
use crate::stats::quadrature::Integral;
use crate::telemetry::split::Chance;
use crate::time::{SimDuration, SimTime};
use std::collections::BTreeMap;

/// The probability that `alarm`, as the only one that guards `plan`, rolls a good release back, with the
/// error of its mean over the phases of the clocks. The release is green as the scenario has it.
///
/// # Errors
/// [`NotExact`] says why it cannot be computed.
pub fn false_alarm(
    scenario: &Scenario,
    plan: &Plan,
    alarm: &AlarmSpec,
) -> Result<Integral, NotExact> {
    probability(scenario, plan, None, alarm)
}

/// The probability that `alarm`, as the only one that guards `plan`, rolls this release back: of a
/// regression from the first traffic on, 1 less the probability of missing it.
///
/// # Errors
/// [`NotExact`] says why it cannot be computed.
pub fn rollback(
    scenario: &Scenario,
    plan: &Plan,
    release: &RegressionSpec,
    alarm: &AlarmSpec,
) -> Result<Integral, NotExact> {
    let neutral = Effects { kpi: release.effects.kpi, ..Effects::default() };
    let changes_requests = Effects { quality: None, ..release.effects.clone() } != neutral;
    if changes_requests {
        check_release(scenario, plan, release)?;
    }
    probability(scenario, plan, changes_requests.then_some(&release.effects), alarm)
}

fn probability(
    scenario: &Scenario,
    plan: &Plan,
    effects: Option<&Effects>,
    alarm: &AlarmSpec,
) -> Result<Integral, NotExact> {
    check_requests(scenario)?;
    check_clocks(scenario, alarm)?;
    let course = Course::new(scenario, plan)?;
    let green = Steady::new(&scenario.green, effects, scenario.endpoint.timeout);
    let counts = Counts::new(scenario, &course, alarm, &green)?;
    let poll = scenario.controller.poll_interval;
    let (first, last) = (course.watched_from, course.last_look);
    let looks =
        vec![scenario.start(), SimTime::ZERO, first, first + poll, course.first_bake_ends, last];
    let phases = Phases {
        period: alarm.period,
        evaluates_at_random: alarm.evaluation != Evaluation::Aligned,
        delay: alarm.delay(scenario.metrics.delay),
        looks,
        kinks: counts.kinks(),
    };
    let mut guard = Guard { scenario, alarm, course, counts, known: BTreeMap::new() };
    phases.mean(scenario, &mut |clock| guard.acted(clock))
}

/// One alarm that guards one rollout.
struct Guard<'a> {
    scenario: &'a Scenario,
    alarm: &'a AlarmSpec,
    course: Course,
    counts: Counts<'a>,
    /// Chances by the expected ones and zeros, to ten digits.
    known: BTreeMap<[u64; 2], Chance>,
}

impl Guard<'_> {
    /// The probability that it is acted on if the clocks lie so.
    fn acted(&mut self, clock: Clock) -> Result<f64, NotExact> {
        let (start, delay) = (self.begins(), self.delay());
        let timetable = Timetable::new(self.alarm, clock, delay);
        let period = self.alarm.period;
        let always_good = self.alarm.history == History::NonBreaching;
        let before = if always_good { Slot::Good } else { Slot::Missing };
        let mut chain = Chain::new(self.alarm, before)?;
        let mut window = start.floor_to(period, clock.minute);
        let (mut now, mut requested) = (start, false);
        while now <= self.course.last_look {
            let next = timetable.next_evaluation(now);
            if now > start {
                let newest_end = timetable.window_end(now);
                while window + period <= newest_end && window + period + delay <= now {
                    chain.see(self.chance(window)?)?;
                    window += period;
                }
                chain.evaluate(&self.unseen(window, newest_end));
            }
            if !requested && next > SimTime::ZERO {
                requested = true;
                match self.course.pre_alarm {
                    PreAlarm::Rollback => {}
                    PreAlarm::Stop => chain.act(1.0),
                    PreAlarm::IgnoreAllAlarms => chain.ignore(),
                }
            }
            chain.act(self.looks_between(now, next));
            now = next;
        }
        Ok(chain.acted())
    }

    /// From when on the alarm has to be followed: the start of the simulation, or, if its state depends on
    /// the windows alone that an evaluation retrieves, so many before the update is requested.
    fn begins(&self) -> SimTime {
        let rule = Rule::from(self.alarm);
        let forgets = match rule.treat_missing_data {
            TreatMissingData::Ignore => false,
            TreatMissingData::Missing => rule.unresolved != Unresolved::Retain,
            TreatMissingData::Breaching | TreatMissingData::NotBreaching => true,
        };
        let start = self.scenario.start();
        let retrieved = self.alarm.period.times(i64::from(rule.evaluation_range()) + 2);
        let enough = SimTime::ZERO - (retrieved + self.delay());
        if forgets { start.max(enough) } else { start }
    }

    fn delay(&self) -> SimDuration {
        self.alarm.delay(self.scenario.metrics.delay)
    }

    /// What the windows from `window` on that have ended but not arrived count as.
    fn unseen(&self, mut window: SimTime, newest_end: SimTime) -> Vec<Slot> {
        let mut slots = Vec::new();
        while window + self.alarm.period <= newest_end {
            window += self.alarm.period;
            let is_good = self.alarm.history == History::NonBreaching && self.is_history(window);
            slots.push(if is_good { Slot::Good } else { Slot::Missing });
        }
        slots
    }

    fn is_history(&self, window_end: SimTime) -> bool {
        window_end <= self.course.first_traffic
    }

    fn chance(&mut self, window: SimTime) -> Result<Chance, NotExact> {
        let end = window + self.alarm.period;
        match self.alarm.history {
            History::NonBreaching if self.is_history(end) => return Ok(Chance::GOOD),
            History::None if self.is_history(end) => return Ok(Chance::MISSING),
            _ => {}
        }
        let expected = self.counts.expected(window, end);
        let key = expected.map(rounded);
        if let Some(&chance) = self.known.get(&key) {
            return Ok(chance);
        }
        let chance = self.counts.chance(expected)?;
        self.known.insert(key, chance);
        Ok(chance)
    }

    /// The probability that the controller looks while the state is that of an evaluation at `from`, the
    /// next being at `until`.
    fn looks_between(&self, from: SimTime, until: SimTime) -> f64 {
        let Course { watched_from, first_bake_ends, last_look, .. } = self.course;
        if until <= watched_from || from > last_look {
            return 0.0;
        }
        let poll = self.scenario.controller.poll_interval;
        let is_sure =
            until > last_look || from >= watched_from || first_bake_ends < until || poll.is_zero();
        if is_sure {
            return 1.0;
        }
        let room = until.since(watched_from);
        if self.scenario.experiment.phase == Phase::Aligned {
            let last = watched_from.floor_to(poll, SimTime::ZERO);
            let first_poll = if last == watched_from { last } else { last + poll };
            return f64::from(u8::from(first_poll < until));
        }
        (room.as_secs_f64() / poll.as_secs_f64()).min(1.0)
    }
}

fn check_requests(scenario: &Scenario) -> Result<(), NotExact> {
    let traffic = |why| Err(NotExact::Traffic(why));
    match &scenario.arrivals {
        ArrivalSpec::Gamma { .. } => return traffic("gaps between requests are not exponential"),
        ArrivalSpec::Mmpp { .. } => return traffic("traffic changes between rates at random"),
        ArrivalSpec::Trace(_) => return traffic("traffic is a recorded trace"),
        _ => {}
    }
    if scenario.users.is_some_and(|users| users.sticky) {
        return traffic("users stay with their fleet");
    }
    if scenario.clients.is_some() {
        return traffic("callers try again");
    }
    if scenario.endpoint.mode != Mode::RealTime {
        return traffic("an asynchronous endpoint has a backlog");
    }
    if !scenario.incidents.is_empty() {
        return Err(NotExact::Endpoint("incidents strike all requests of a time together"));
    }
    if scenario.metrics.late.is_some() {
        return Err(NotExact::Endpoint("some metrics arrive late"));
    }
    Ok(())
}

fn check_clocks(scenario: &Scenario, alarm: &AlarmSpec) -> Result<(), NotExact> {
    if alarm.created_after.is_some() || alarm.warm_up.is_some() {
        return Err(NotExact::Alarm("is created, or warms up, during the rollout"));
    }
    let metrics = &scenario.metrics;
    let step = Timetable::new(alarm, Clock::default(), metrics.delay).step();
    if step != alarm.period {
        return Err(NotExact::Alarm("looks at overlapping windows, or at a window several times"));
    }
    let is_late = alarm.delay(metrics.delay) > SimDuration::ZERO;
    let in_parts = metrics.interval != alarm.period && is_late;
    if in_parts && alarm.evaluation != Evaluation::Aligned {
        return Err(NotExact::Alarm("may see a window in part, and again as a whole"));
    }
    if scenario.controller.poll_interval > step {
        return Err(NotExact::Clocks("the controller looks more rarely than alarms are evaluated"));
    }
    Ok(())
}

/// A regression must be there from the first traffic on, at full strength.
fn check_release(
    scenario: &Scenario,
    plan: &Plan,
    release: &RegressionSpec,
) -> Result<(), NotExact> {
    let course = Course::new(scenario, plan)?;
    let begins_late = plan.onset(release).is_none_or(|onset| onset > course.first_traffic);
    if begins_late || !release.ramp.is_zero() {
        return Err(NotExact::Release("does not show in full from the first traffic on"));
    }
    if release.duration.is_some() || release.intermittency.is_some() {
        return Err(NotExact::Release("comes and goes"));
    }
    Ok(())
}

/// A number of requests to ten digits: equal windows of a stage differ by rounding.
fn rounded(requests: f64) -> u64 {
    requests.to_bits() >> 18
}
