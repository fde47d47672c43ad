//! What is kept of a run that somebody wants to look at: its time line and its events.

use crate::alarm::spec::AlarmState;
pub use crate::rollout::plan::Side;
use crate::time::{SimDuration, SimTime};
use std::fmt;

/// A run interval by interval, and everything that changed in it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Index among the scenario's strategies.
    pub strategy: usize,
    /// Index among the scenario's regressions.
    pub regression: usize,
    /// Which replication, from 0.
    pub replication: u64,
    /// t = 0 by the clock on the wall \[ns since 1970-01-01T00:00:00Z\].
    pub epoch_ns: i64,
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
    /// What the deployment does from here on, if that is what changed.
    pub progress: Option<Progress>,
    /// How the endpoint stands right after it.
    pub standing: Standing,
    /// Which alarm changed its state, if one did.
    pub alarm: Option<AlarmChange>,
}

/// A change of an alarm's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlarmChange {
    /// Index among the scenario's alarms.
    pub index: usize,
    /// The state before.
    pub from: AlarmState,
    /// The state from here on.
    pub to: AlarmState,
}

/// What a deployment does, in the terms of SageMaker's `VariantStatus`. Source:
/// <https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Instances are launched.
    Creating {
        /// Of which fleet; blue's come back in the rollback of a rolling rollout.
        fleet: Side,
        /// How many.
        instances: u32,
    },
    /// Traffic is switched.
    ActivatingTraffic {
        /// Green instances that take traffic when it is done; blue's in a rollback, when no stage is under
        /// way ([`Standing::stage`]).
        instances: u32,
        /// Whether the fleet that `instances` counts then takes all traffic.
        full: bool,
    },
    /// Alarms are watched.
    Baking {
        /// For how long.
        lasts: SimDuration,
        /// Green instances that take traffic.
        instances: u32,
        /// Whether green takes all traffic.
        full: bool,
        /// Whether it is the final bake, which a rolling rollout has not.
        is_final: bool,
    },
    /// Instances are terminated.
    Deleting {
        /// Of which fleet.
        fleet: Side,
        /// How many.
        instances: u32,
    },
}

/// How the endpoint stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// The current fleet.
    pub blue: FleetStanding,
    /// The new fleet.
    pub green: FleetStanding,
    /// Green's share of the live traffic, 0 to 1.
    pub share: f64,
    /// Mirrored share of the live traffic, 0 to 1.
    pub mirror: f64,
    /// The stage under way, from 1; none before the update and once the rollout goes back or is over.
    pub stage: Option<usize>,
}

/// How a fleet stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FleetStanding {
    /// Instances that exist, those that come up or are being terminated included.
    pub alive: u32,
    /// Instances that take traffic.
    pub active: u32,
}

impl Progress {
    /// `VariantStatus.Status`.
    pub fn status(self) -> &'static str {
        match self {
            Self::Creating { .. } => "Creating",
            Self::ActivatingTraffic { .. } => "ActivatingTraffic",
            Self::Baking { .. } => "Baking",
            Self::Deleting { .. } => "Deleting",
        }
    }
}

/// `VariantStatus.StatusMessage`. AWS's own sample prints `TerminationWaitInSeconds` for a canary's bake as
/// well, which is taken for a slip: that bake is `WaitIntervalInSeconds`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capacity = |full| if full { "full" } else { "canary" };
        match *self {
            Self::Creating { instances, .. } => write!(f, "Launching {instances} instance(s)."),
            Self::ActivatingTraffic { instances, full } => write!(
                f,
                "Activating traffic on {} capacity of {instances} instance(s).",
                capacity(full)
            ),
            Self::Baking { lasts, instances, full, is_final } => write!(
                f,
                "Baking for {} seconds ({}) with traffic enabled on {} capacity of {instances} \
                 instance(s).",
                lasts.as_secs_f64(),
                if is_final { "TerminationWaitInSeconds" } else { "WaitIntervalInSeconds" },
                capacity(full)
            ),
            Self::Deleting { instances, .. } => write!(f, "Terminating {instances} instance(s)."),
        }
    }
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The update was requested.
    UpdateRequested,
    /// Instances are launched.
    LaunchStarted,
    /// Instances are up.
    FleetReady,
    /// A traffic switch was requested.
    SwitchStarted,
    /// A traffic switch took effect; a bake begins.
    BakeStarted,
    /// A bake ended without an alarm.
    BakeEnded,
    /// Instances are terminated.
    CleanUpStarted,
    /// The regression began or ended, or an incident did.
    FaultChanged,
    /// A monitoring job was done.
    MonitorReported,
    /// An alarm changed its state.
    AlarmChanged,
    /// An A/B test is over.
    TestDecided,
    /// The controller began to switch back: it saw an ALARM, or a trial below full traffic was over.
    /// The execution time-out was exceeded.
    TimedOut,
    /// The controller began to go back: it saw an ALARM, its time was over, or a trial was.
    RollbackStarted,
    /// A part of the traffic went back to blue.
    TrafficReturned,
    /// All traffic is back on blue.
    RolledBack,
    /// Blue instances could not be launched again: both fleets stay in service.
    RollbackFailed,
    /// Green serves everything and the last bake is over.
    Promoted,
    /// A shadow test ended, or the rollout did before it began.
    Stopped,
    /// Green could not be launched; nothing changed.
    UpdateFailed,
    /// Instances are gone.
    FleetTerminated,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_like_the_documentation() {
        let lasts = SimDuration::from_secs(600);
        let messages = [
            Progress::Creating { fleet: Side::Green, instances: 3 },
            Progress::ActivatingTraffic { instances: 1, full: false },
            Progress::Baking { lasts, instances: 1, full: false, is_final: false },
            Progress::Baking { lasts, instances: 3, full: true, is_final: true },
            Progress::Deleting { fleet: Side::Blue, instances: 3 },
        ]
        .map(|progress| format!("{}: {progress}", progress.status()));
        insta::assert_snapshot!(messages.join("\n"), @r"
        Creating: Launching 3 instance(s).
        ActivatingTraffic: Activating traffic on canary capacity of 1 instance(s).
        Baking: Baking for 600 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s).
        Baking: Baking for 600 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 3 instance(s).
        Deleting: Terminating 3 instance(s).
        ");
    }
}
