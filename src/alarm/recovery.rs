//! How long an alarm stays in ALARM after a single bad interval.
//!
//! Nothing is derived: the alarm's own rule is evaluated at its own instants over windows of which exactly those
//! that show the bad interval breach. Besides it either every interval has values within the threshold (steady
//! traffic), or none has any (silence). An interval shows once it has ended and the metric's delay has passed.
//! The alarm was OK before, and the bad interval is so bad that every datapoint with it breaches.

use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::spec::{AlarmSpec, AlarmState, Evaluation};
use crate::time::{SimDuration, SimTime};

/// What is published besides the bad interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Besides {
    /// Values within the threshold, all the time.
    Steady,
    /// Nothing.
    Silence,
}

/// What comes of a single bad interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The alarm is not in ALARM at any time.
    NoAlarm,
    /// It leaves ALARM for good so long after the end of the interval, for this state.
    Leaves(SimDuration, AlarmState),
    /// It is in ALARM until something else is published.
    Stays,
}

/// What comes of a single bad interval of this length, which is the metric's and arrives `delay` after its end.
/// Where the windows do not slide it depends on where in a period the interval lies: the slowest of its first
/// and its last.
pub fn after_one_bad(
    spec: &AlarmSpec,
    (interval, delay): (SimDuration, SimDuration),
    besides: Besides,
) -> After {
    let last = match spec.evaluation {
        Evaluation::Sliding => SimDuration::ZERO,
        _ => spec.period.saturating_sub(interval),
    };
    let starts = [SimTime::ZERO, SimTime::ZERO + last];
    let all = starts.into_iter().map(|bad| after(spec, bad, (interval, delay), besides));
    all.max_by_key(|after| after.lasts()).unwrap_or(After::NoAlarm)
}

impl After {
    /// How long the alarm is not as before; `None`, which is the least, if it is at once.
    fn lasts(self) -> Option<SimDuration> {
        match self {
            Self::NoAlarm => None,
            Self::Leaves(time, _) => Some(time),
            Self::Stays => Some(SimDuration::from_nanos(i64::MAX)),
        }
    }
}

fn after(
    spec: &AlarmSpec,
    bad: SimTime,
    (interval, delay): (SimDuration, SimDuration),
    besides: Besides,
) -> After {
    let (rule, timetable) = (Rule::from(spec), Timetable::new(spec, Clock::default(), delay));
    let range = rule.evaluation_range();
    let slot = |now: SimTime, age: u32| {
        let (start, end) = timetable.window(now, age);
        let shows = |from: SimTime| from + interval + delay <= now;
        match besides {
            _ if start <= bad && bad < end && shows(bad) => Slot::Breaching,
            Besides::Steady if shows(start) => Slot::Good,
            _ => Slot::Missing,
        }
    };
    let seen = bad + interval;
    // By then no window shows the interval, however the windows lie.
    let gone = seen + delay + spec.period.times(i64::from(range) + 1) + timetable.step();
    let (mut state, mut was_alarm) = (AlarmState::Ok, false);
    let mut left = (seen, AlarmState::Ok);
    let mut now = timetable.next_evaluation(bad);
    while now <= gone {
        let slots: Vec<Slot> = (0..range).rev().map(|age| slot(now, age)).collect();
        let next = evaluate(&rule, &slots, state);
        if state == AlarmState::Alarm && next != AlarmState::Alarm {
            left = (now, next);
        }
        was_alarm |= next == AlarmState::Alarm;
        state = next;
        now = timetable.next_evaluation(now);
    }
    match state {
        AlarmState::Alarm => After::Stays,
        _ if !was_alarm => After::NoAlarm,
        _ => After::Leaves(left.0.since(seen), left.1),
    }
}

#[cfg(test)]
mod tests;
