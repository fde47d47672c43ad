//! How long an alarm stays in ALARM after a single bad interval.
//!
//! Nothing is derived: the alarm's own rule is evaluated at its own instants over windows of which exactly
//! those that show the bad interval breach. Besides it either every interval has values within the threshold
//! (steady traffic), or none has any (silence). An interval shows once it has ended and the metric's delay
//! has passed. The alarm was OK before, and the interval is so bad that every datapoint with it breaches.

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

/// What comes of a single bad interval of this length, which is the metric's and arrives `delay` after its
/// end. Where the windows do not slide it depends on where in a period the interval lies: the slowest of its
/// first and its last.
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
    let shown = bad + interval + delay;
    // By then no window shows the interval, however the windows lie.
    let gone = shown + spec.period.times(i64::from(range) + 1) + timetable.step();
    let (mut state, mut was_alarm) = (AlarmState::Ok, false);
    let mut left = (bad + interval, AlarmState::Ok);
    let mut now = timetable.next_evaluation(bad);
    let mut before = None;
    while now <= gone {
        let (_, end) = timetable.window(now, 0);
        let view = View {
            bad_age: (now >= shown && end > bad).then(|| periods_before(end, bad, spec.period)),
            unseen: periods_before(end, now - interval - delay, spec.period),
        };
        // The same periods decide the same again.
        if before != Some(view) {
            let next = evaluate(&rule, &view.slots(range, besides), state);
            if state == AlarmState::Alarm && next != AlarmState::Alarm {
                left = (now, next);
            }
            was_alarm |= next == AlarmState::Alarm;
            state = next;
        }
        before = Some(view);
        now = timetable.next_evaluation(now);
    }
    match state {
        AlarmState::Alarm => After::Stays,
        _ if !was_alarm => After::NoAlarm,
        _ => After::Leaves(left.0.since(bad + interval), left.1),
    }
}

/// What an evaluation sees. Periods are counted from the newest, which is 0.
#[derive(Clone, Copy, PartialEq, Eq)]
struct View {
    /// The period with the bad interval, if it shows.
    bad_age: Option<i64>,
    /// How many periods begin so late that no interval of theirs shows.
    unseen: i64,
}

impl View {
    /// The periods of the evaluation range, oldest first.
    fn slots(self, range: u32, besides: Besides) -> Vec<Slot> {
        let slot = |age: i64| match besides {
            _ if self.bad_age == Some(age) => Slot::Breaching,
            Besides::Steady if age >= self.unseen => Slot::Good,
            _ => Slot::Missing,
        };
        (0..i64::from(range)).rev().map(slot).collect()
    }
}

/// How many whole periods, counted back from `end`, begin after `instant`, strictly.
fn periods_before(end: SimTime, instant: SimTime, period: SimDuration) -> i64 {
    if end <= instant { 0 } else { (end.since(instant).as_nanos() - 1) / period.as_nanos() }
}

#[cfg(test)]
mod tests;
