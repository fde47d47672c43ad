//! One alarm shape on one tape, for every threshold at once.
//!
//! The alarm is in ALARM at an instant for all thresholds on one side of a critical value. So the controller
//! first acts on it at the first of its looks whose critical value lies beyond the threshold: a staircase,
//! whose steps are the records of the critical values over the looks.

use crate::time::SimTime;

/// When the controller acts on an alarm, as a function of the threshold.
///
/// Thresholds are *keys*: the threshold itself for alarms above it, its negative for alarms below it, so that
/// a lower key always alarms more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Whether a threshold equal to a step's key is still in ALARM (≥ and ≤), or not (> and <).
    pub includes_equal: bool,
    /// In order of time; `below` ascends strictly.
    pub steps: Vec<Step>,
    /// Keys up to here are in ALARM as the update is requested, where that lets no alarm count.
    pub ignored_below: Option<f64>,
}

/// Thresholds from the previous step's `below` up to this one's are acted on at this look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The upper end of the keys; infinite if every threshold alarms.
    pub below: f64,
    /// Which of the tape's looks.
    pub look: u32,
    /// Since when the alarm is in ALARM then.
    pub since: SimTime,
}

/// An alarm acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Firing {
    /// Which of the tape's looks.
    pub look: u32,
    /// Since when the alarm is in ALARM then.
    pub since: SimTime,
    /// The alarm's number in the scenario.
    pub alarm: u32,
}

impl Curve {
    /// The step that a threshold of this key is acted on at; `None`: never.
    pub fn at(&self, key: f64) -> Option<&Step> {
        self.steps.get(self.steps.partition_point(|step| !self.alarms(key, step.below)))
    }

    /// Whether a threshold of this key was in ALARM as the update was requested, so that no alarm counts.
    pub fn lets_none_count(&self, key: f64) -> bool {
        self.ignored_below.is_some_and(|below| self.alarms(key, below))
    }

    fn alarms(&self, key: f64, below: f64) -> bool {
        if self.includes_equal { key <= below } else { key < below }
    }
}

impl Firing {
    /// The one the controller acts on: at the earlier look; at the same look, the alarm that has been in
    /// ALARM for longer; then the one of the lower number.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let key = |firing: &Self| (firing.look, firing.since, firing.alarm);
        if key(&other) < key(&self) { other } else { self }
    }
}
