//! When an alarm is evaluated, and over which windows.
//!
//! **Sliding**, as CloudWatch does by default: an alarm is evaluated every minute whatever its
//! period P (every 10 s for periods below a minute, every hour if N·P is longer than a day), at a
//! phase of its own. The running minute (10 s, hour) is left out:
//!
//! ```text
//! end      = the last full minute (10 s, hour) at or before now
//! period i = [end − (i + 1)·P, end − i·P)        i = 0 is the newest
//! ```
//!
//! so windows move on by a minute, and the same requests make other datapoints at each evaluation.
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>;
//! the end at the full minute and the fixed phase are seen in published alarm histories. The 10 s
//! grid of short periods is an assumption.
//!
//! **Wall clock**: evaluated as often, over windows that end where a clock on the wall, in UTC or a
//! fixed offset from it, strikes a full period; CloudWatch takes periods of 1 and 5 minutes, an hour, a
//! day and a week (weeks are taken to begin on Mondays). The running period is left out, which is
//! an assumption. Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html>.
//!
//! **Recorded**: as sliding, but of statistics that were recorded by longer periods, in steps of these.
//!
//! **Aligned**: windows are multiples of P from the grid's origin, each evaluated once, as soon as
//! all its bins have arrived.

use crate::alarm::spec::{AlarmSpec, Evaluation};
use crate::time::{SimDuration, SimTime};

const TEN_SECONDS: SimDuration = SimDuration::from_secs(10);
const MINUTE: SimDuration = SimDuration::from_secs(60);
const HOUR: SimDuration = SimDuration::from_secs(3600);
const DAY: SimDuration = SimDuration::from_secs(86_400);

/// How the wall clock, and an alarm on it, lie in simulated time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// An instant at which the grids of minutes, hours and periods begin a new cell: midnight of a
    /// Monday, UTC. The publishing intervals begin there too.
    pub minute: SimTime,
    /// How long after the full minute (10 s, hour) a sliding alarm is evaluated.
    pub evaluation_phase: SimDuration,
}

/// The evaluations of one alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timetable {
    clock: Clock,
    evaluation: Evaluation,
    period: SimDuration,
    step: SimDuration,
    delay: SimDuration,
}

impl Timetable {
    /// When an alarm is evaluated if most metrics arrive `delay` after the end of an interval.
    pub fn new(spec: &AlarmSpec, clock: Clock, delay: SimDuration) -> Self {
        let step = match spec.evaluation {
            Evaluation::Aligned => spec.period,
            _ if spec.period < MINUTE => TEN_SECONDS,
            _ if spec.period.times(spec.evaluation_periods.into()) > DAY => HOUR,
            Evaluation::Sliding | Evaluation::WallClock { .. } | Evaluation::Recorded { .. } => {
                MINUTE
            }
        };
        Self {
            clock,
            evaluation: spec.evaluation,
            period: spec.period,
            step,
            delay: spec.delay(delay),
        }
    }

    /// Time between two evaluations.
    pub const fn step(&self) -> SimDuration {
        self.step
    }

    /// The first evaluation after `after`, strictly.
    pub fn next_evaluation(&self, after: SimTime) -> SimTime {
        after.floor_to(self.step, self.origin()) + self.step
    }

    /// Whether the evaluations of `other` are at the same instants.
    pub fn strikes_with(&self, other: &Self) -> bool {
        self.step == other.step
            && other.origin().floor_to(self.step, self.origin()) == other.origin()
    }

    /// An instant of an evaluation, be it long ago.
    fn origin(&self) -> SimTime {
        let shift = match self.evaluation {
            Evaluation::Aligned => self.delay,
            Evaluation::Sliding | Evaluation::WallClock { .. } | Evaluation::Recorded { .. } => {
                self.clock.evaluation_phase
            }
        };
        self.clock.minute + shift
    }

    /// The end of the newest window of an evaluation at `now`.
    pub fn window_end(&self, now: SimTime) -> SimTime {
        let origin = self.clock.minute;
        match self.evaluation {
            Evaluation::Sliding => now.floor_to(self.step, origin),
            Evaluation::Aligned => (now - self.delay).floor_to(self.step, origin),
            Evaluation::WallClock { offset_min } => {
                // A clock that is ahead strikes midnight earlier.
                let midnight =
                    SimTime::from_nanos(origin.as_nanos() - offset_min * MINUTE.as_nanos());
                now.floor_to(self.step, origin).floor_to(self.period, midnight)
            }
            Evaluation::Recorded { period, from } => {
                now.floor_to(self.step, origin).floor_to(period, from)
            }
        }
    }

    /// Start and end of window `age` (0 is the newest) of an evaluation at `now`.
    pub fn window(&self, now: SimTime, age: u32) -> (SimTime, SimTime) {
        let end = self.window_end(now) - self.period.times(age.into());
        (end - self.period, end)
    }
}

#[cfg(test)]
mod tests;
