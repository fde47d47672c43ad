//! What is kept of a run that somebody wants to look at: its time line and its events.

use crate::alarm::spec::AlarmState;
use crate::time::SimTime;

/// A run interval by interval, and everything that changed in it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Index among the scenario's strategies.
    pub strategy: usize,
    /// Index among the scenario's regressions.
    pub regression: usize,
    /// Which replication, from 0.
    pub replication: u64,
    /// One row for each published interval, from the start of the warm-up to the horizon.
    pub intervals: Vec<IntervalRow>,
    /// In order of time.
    pub events: Vec<Event>,
}

/// One published interval; the first and the last may be cut by the start of the warm-up and the horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalRow {
    /// Its start.
    pub start: SimTime,
    /// Green's share of the live traffic, 0 to 1, the mean over the interval.
    pub share: f64,
    /// Mirrored share of the live traffic, 0 to 1, the mean over the interval.
    pub mirror: f64,
    /// What blue served.
    pub blue: FleetInterval,
    /// What green served, live.
    pub green: FleetInterval,
    /// What green served as a shadow.
    pub shadow: FleetInterval,
    /// The last value stamped in it of each metric that is published value by value, in the order of the
    /// scenario.
    pub sampled: Vec<Option<f64>>,
    /// State of each alarm at its end, in the order of the scenario.
    pub alarms: Vec<AlarmState>,
}

/// What one fleet published in an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FleetInterval {
    /// Requests.
    pub requests: u64,
    /// Of these, answered 4xx.
    pub failed_4xx: u64,
    /// Of these, answered 5xx.
    pub failed_5xx: u64,
    /// Mean of ModelLatency \[s\], if there was any.
    pub latency_mean_s: Option<f64>,
    /// Quantiles of ModelLatency at 0.5, 0.9 and 0.99 \[s\], if there was any.
    pub latency_quantiles_s: Option<[f64; 3]>,
}

/// Something that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: SimTime,
    /// What.
    pub kind: EventKind,
    /// Why, in words.
    pub reason: String,
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The update was requested; green is being provisioned.
    UpdateRequested,
    /// Green is up.
    FleetReady,
    /// A traffic switch was requested.
    SwitchStarted,
    /// A traffic switch took effect; a bake begins.
    BakeStarted,
    /// A bake ended without an alarm.
    BakeEnded,
    /// The regression began or ended, or an incident did.
    FaultChanged,
    /// An alarm changed its state.
    AlarmChanged,
    /// The controller began to switch back: it saw an ALARM, or a trial below full traffic was over.
    RollbackStarted,
    /// All traffic is back on blue.
    RolledBack,
    /// Green serves everything and the last bake is over.
    Promoted,
    /// A shadow test ended.
    Stopped,
    /// A fleet was terminated.
    FleetTerminated,
}
