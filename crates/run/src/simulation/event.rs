//! What happens between requests, and in which order when it happens at one instant.

use crate::engine::calendar::Ranked;
use crate::rollout::controller::Signal;
use crate::rollout::plan::Side;

/// An event of a run. Ranks, lowest first, order the events of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A regression or an incident changes its course, or an interval of clumped errors begins.
    Fault,
    /// The update is requested: counting begins.
    Start,
    /// Waiting and response times are taken from here on.
    Measure,
    /// What was launched is up, or should be, unless it was cancelled.
    Launched {
        /// Which of the controller's actions this follows from.
        follows: u32,
    },
    /// Instances begin to be terminated.
    Terminating {
        /// Of which fleet.
        fleet: Side,
        /// How many.
        instances: u32,
    },
    /// Instances have been terminated.
    Terminated {
        /// Of which fleet.
        fleet: Side,
        /// How many.
        instances: u32,
    },
    /// The queue of an asynchronous endpoint is read.
    Gauge,
    /// A published interval is complete (only in recorded runs).
    IntervalClosed,
    /// A monitoring job is done and its verdict can be seen.
    MonitorReports {
        /// Index among the scenario's monitors.
        monitor: usize,
        /// Which of its jobs.
        job: usize,
    },
    /// An alarm is evaluated: its index among the scenario's.
    Evaluate(usize),
    /// Composite alarms are judged, once all alarms of the instant have been evaluated.
    Judge,
    /// The controller decides. A decision that was overtaken by a later one is void.
    Decide {
        /// What it is told.
        signal: Signal,
        /// Which of its actions this follows from; polls follow from none.
        follows: Option<u32>,
    },
    /// A look at the A/B test, unless it was overtaken.
    Look {
        /// Which of the controller's actions this follows from.
        follows: u32,
    },
    /// A traffic switch or a rollback takes effect, unless it was overtaken.
    SwitchEffective {
        /// Which of the controller's actions this follows from.
        follows: u32,
    },
    /// The execution time-out is exceeded by whatever has not happened yet.
    TimedOut,
    /// The horizon.
    End,
}

impl Ranked for Event {
    /// Fault change < instance change < interval close or verdict < alarm evaluation < controller decision <
    /// traffic switch takes effect < execution time-out < end. So an alarm at the very instant of a step
    /// prevents the step, and a datapoint that is complete at the end of the last bake still counts.
    fn rank(&self) -> u8 {
        match self {
            Self::Fault => 0,
            Self::Start
            | Self::Measure
            | Self::Launched { .. }
            | Self::Terminating { .. }
            | Self::Terminated { .. } => 1,
            Self::Gauge | Self::IntervalClosed | Self::MonitorReports { .. } => 2,
            Self::Evaluate(_) => 3,
            Self::Judge => 4,
            Self::Decide { .. } | Self::Look { .. } => 5,
            Self::SwitchEffective { .. } => 6,
            Self::TimedOut => 7,
            Self::End => 8,
        }
    }
}
