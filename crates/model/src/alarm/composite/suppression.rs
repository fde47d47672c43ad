//! Suppressed actions: what a composite alarm holds back while another alarm says that trouble is expected.
//!
//! The state of the composite alarm is never touched, only what it does on a change:
//!
//! ```text
//! the composite alarm changes at t     its actions are due; a running extension ends; while the suppressor
//!                                      is in ALARM they wait, else until t + wait period
//! the suppressor goes into ALARM       wait and extension end; actions that are due wait
//! the suppressor leaves ALARM at t     actions that are due wait until t + extension period
//! that time comes                      if actions are due, those of the state of then are taken
//! ```
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html>, whose six
//! examples these rules reproduce.
//!
//! Assumptions where it is silent: of changes at the same instant the suppressor's comes first, and a time
//! that comes at the instant of a change comes after it.

use crate::alarm::spec::AlarmState;
use crate::time::{SimDuration, SimTime};

/// What holds back the actions of a composite alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The name of the alarm that does (`ActionsSuppressor`).
    pub by: String,
    /// How long actions wait for it to go into ALARM (`ActionsSuppressorWaitPeriod`).
    pub wait: SimDuration,
    /// How long they wait once it has left ALARM (`ActionsSuppressorExtensionPeriod`).
    pub extension: SimDuration,
}

/// Why actions are held back, as `DescribeAlarms` has it in `ActionsSuppressedBy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBack {
    /// The suppressor is awaited.
    WaitPeriod,
    /// The suppressor is in ALARM.
    Alarm,
    /// The suppressor has been in ALARM just now.
    ExtensionPeriod,
}

/// The actions of one composite alarm.
#[derive(Clone, Debug)]
pub struct Actions<'s> {
    suppression: &'s Suppression,
    state: AlarmState,
    are_due: bool,
    held: Option<(HeldBack, SimTime)>,
}

impl<'s> Actions<'s> {
    /// Of a composite alarm in its first state, the suppressor not being in ALARM.
    pub fn new(suppression: &'s Suppression) -> Self {
        Self { suppression, state: AlarmState::default(), are_due: false, held: None }
    }

    /// Notes that the composite alarm has changed.
    pub fn composite_changed(&mut self, at: SimTime, to: AlarmState) {
        self.state = to;
        self.are_due = true;
        if self.held_back() != Some(HeldBack::Alarm) {
            self.held = Some((HeldBack::WaitPeriod, at + self.suppression.wait));
        }
    }

    /// Notes that the suppressor has changed.
    pub fn suppressor_changed(&mut self, at: SimTime, to: AlarmState) {
        if to == AlarmState::Alarm {
            self.held = Some((HeldBack::Alarm, SimTime::NEVER));
        } else if self.held_back() == Some(HeldBack::Alarm) {
            self.held = Some((HeldBack::ExtensionPeriod, at + self.suppression.extension));
        }
    }

    /// What holds actions back now.
    pub fn held_back(&self) -> Option<HeldBack> {
        self.held.map(|(why, _)| why)
    }

    /// When the waiting ends, unless something changes before.
    pub fn ends_at(&self) -> Option<SimTime> {
        self.held.map(|(_, until)| until).filter(|until| *until != SimTime::NEVER)
    }

    /// Ends the waiting; the state whose actions are taken, if any are due.
    pub fn end_waiting(&mut self) -> Option<AlarmState> {
        self.held = None;
        std::mem::take(&mut self.are_due).then_some(self.state)
    }
}

impl HeldBack {
    /// As in `ActionsSuppressedBy`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WaitPeriod => "WaitPeriod",
            Self::Alarm => "Alarm",
            Self::ExtensionPeriod => "ExtensionPeriod",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change at a minute: of the composite alarm, or of the suppressor.
    enum Change {
        Composite(i64, AlarmState),
        Suppressor(i64, AlarmState),
    }
    use AlarmState::{Alarm, Ok};
    use Change::{Composite, Suppressor};

    fn at(t: i64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(60 * t)
    }

    /// The actions taken, as (minute, state).
    fn taken(wait: i64, extension: i64, changes: &[Change]) -> Vec<(i64, AlarmState)> {
        let minutes = |count: i64| SimDuration::from_secs(60 * count);
        let (wait, extension) = (minutes(wait), minutes(extension));
        let suppression = Suppression { by: "s".to_owned(), wait, extension };
        let mut actions = Actions::new(&suppression);
        let mut taken = Vec::new();
        for t in 0..30 {
            for change in changes {
                match *change {
                    Composite(when, to) if when == t => actions.composite_changed(at(t), to),
                    Suppressor(when, to) if when == t => actions.suppressor_changed(at(t), to),
                    _ => {}
                }
            }
            if actions.ends_at().is_some_and(|end| end <= at(t)) {
                taken.extend(actions.end_waiting().map(|state| (t, state)));
            }
        }
        taken
    }

    /// The six published examples: a wait of 2, an extension of 3, the first ALARM at 2.
    #[test]
    fn the_published_examples() {
        let after = |rest: Vec<Change>| {
            let mut changes = vec![Composite(2, Alarm)];
            changes.extend(rest);
            taken(2, 3, &changes)
        };
        assert_eq!(after(vec![]), [(4, Alarm)]);
        assert_eq!(after(vec![Suppressor(3, Alarm)]), []);
        assert_eq!(after(vec![Composite(3, Ok)]), [(5, Ok)]);
        assert_eq!(after(vec![Suppressor(3, Alarm), Composite(4, Ok)]), []);
        let left = || vec![Suppressor(3, Alarm), Suppressor(6, Ok)];
        assert_eq!(after(left()), [(9, Alarm)]);
        let mut changed = left();
        changed.push(Composite(7, Ok));
        assert_eq!(after(changed), [(9, Ok)]);
    }

    #[test]
    fn the_extension_and_the_wait_are_told_apart() {
        let changes =
            || vec![Composite(2, Alarm), Suppressor(3, Alarm), Suppressor(6, Ok), Composite(7, Ok)];
        assert_eq!(
            taken(4, 3, &changes()),
            [(11, Ok)],
            "the wait of the change at 7, from then on"
        );
        assert_eq!(taken(4, 0, &changes()), [(6, Alarm), (11, Ok)]);
        let early = [Suppressor(1, Alarm), Composite(2, Alarm), Suppressor(2, Ok)];
        assert_eq!(taken(2, 3, &early), [(5, Alarm)], "held from the first");
        assert_eq!(taken(0, 3, &[Composite(2, Alarm)]), [(2, Alarm)], "no wait");
        assert_eq!(taken(2, 3, &[Suppressor(1, Alarm), Suppressor(5, Ok)]), [], "nothing is due");
        let tie = [Composite(2, Alarm), Suppressor(4, Alarm), Suppressor(5, Ok)];
        assert_eq!(taken(2, 3, &tie), [(8, Alarm)], "the suppressor comes in time");
    }
}
