//! A change of an alarm's state.

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
    pub(super) fn of_metric_alarm(monitor: &Monitor<'_>, from: AlarmState, at: SimTime) -> Self {
        Self {
            at,
            alarm: monitor.spec().name.clone(),
            kind: Kind::Metric,
            from,
            to: monitor.state(),
            reason: monitor.why(),
            datapoints: Vec::new(),
        }
    }

    /// `cause` is the newest change of an alarm that the rule names.
    pub(super) fn of_composite_alarm(
        alarm: &str,
        [from, to]: [AlarmState; 2],
        at: SimTime,
        cause: Option<&Self>,
    ) -> Self {
        let reason = match cause {
            Some(child) => {
                let child_s = child.at.as_nanos().div_euclid(NANOS_PER_S);
                reason::of_composite(&child.alarm, child.to, child_s)
            }
            None => "No alarm that the rule names has changed since the alarm was created".into(),
        };
        let alarm = alarm.to_owned();
        Self { at, alarm, kind: Kind::Composite, from, to, reason, datapoints: Vec::new() }
    }
}
