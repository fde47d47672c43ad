//! A change of an alarm's state.

use super::Epoch;
use crate::alarm::composite::HeldBack;
use crate::alarm::monitor::Monitor;
use crate::alarm::reason;
use crate::alarm::spec::AlarmState;
use crate::time::{NANOS_PER_S, SimTime};

/// A change of an alarm's state.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// When; time 0 is 1970-01-01T00:00:00Z.
    pub at: SimTime,
    /// Which alarm.
    pub alarm: String,
    /// What kind of alarm it is.
    pub kind: Kind,
    /// Its state before.
    pub from: AlarmState,
    /// Its state from then on.
    pub to: AlarmState,
    /// Why, as the console says it.
    pub reason: String,
    /// What holds back the actions that the change calls for.
    pub held_back: Option<HeldBack>,
    /// The datapoints that decided, newest first; none of a composite alarm.
    pub datapoints: Vec<reason::Datapoint>,
}

/// What an alarm watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A metric, or an expression over metrics.
    Metric,
    /// Other alarms.
    Composite,
}

impl Transition {
    pub(super) fn of_metric_alarm(
        monitor: &Monitor<'_>,
        from: AlarmState,
        at: SimTime,
        epoch: Epoch,
    ) -> Self {
        Self {
            at: epoch.date(at),
            alarm: monitor.spec().name.clone(),
            kind: Kind::Metric,
            from,
            to: monitor.state(),
            reason: monitor.why(epoch.0),
            held_back: None,
            datapoints: monitor.datapoints_seen(epoch.0),
        }
    }

    /// `cause` is the alarm whose evaluation brought it about, and its state.
    pub(super) fn of_composite_alarm(
        alarm: &str,
        [from, to]: [AlarmState; 2],
        at: SimTime,
        cause: (&str, AlarmState),
    ) -> Self {
        let at_s = at.as_nanos().div_euclid(NANOS_PER_S);
        let reason = reason::of_composite(cause.0, cause.1, at_s);
        let alarm = alarm.to_owned();
        let kind = Kind::Composite;
        Self { at, alarm, kind, from, to, reason, held_back: None, datapoints: Vec::new() }
    }
}
