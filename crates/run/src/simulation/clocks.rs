//! When the alarms of a replication are evaluated, however they are set.

use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::spec::AlarmSpec;
use crate::time::{SimDuration, SimTime};

/// The wall clock, and each alarm's place within the minute. An alarm that is set differently keeps its place
/// in proportion.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmClocks {
    /// An instant at which minutes, hours, days and weeks begin.
    minute: SimTime,
    /// For each alarm its place within the time between two evaluations, 0 to 1.
    lucks: Vec<f64>,
}

impl AlarmClocks {
    /// The clocks of alarms with these places, 0 to 1.
    pub fn new(minute: SimTime, lucks: impl Iterator<Item = f64>) -> Self {
        Self { minute, lucks: lucks.collect() }
    }

    /// The clock of the alarm of this number, set as in `spec`.
    ///
    /// # Panics
    /// If there is no such alarm.
    pub fn of(&self, number: usize, spec: &AlarmSpec) -> Clock {
        let step = Timetable::new(spec, Clock::default(), SimDuration::ZERO).step();
        Clock { minute: self.minute, evaluation_phase: step.share(self.lucks[number]) }
    }
}
