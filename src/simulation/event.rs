//! What happens between requests, and in which order when it happens at one instant.

use crate::engine::calendar::Ranked;
use crate::rollout::controller::Signal;

/// An event of a run. Ranks, lowest first, order the events of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A regression or an incident changes its course, or an interval of clumped errors begins.
    Fault,
    /// The update is requested: counting begins.
    Start,
    /// Waiting and response times are taken from here on.
    Measure,
    /// Green is up.
    FleetReady,
    /// The queue of an asynchronous endpoint is read.
    Gauge,
    /// A published interval is complete (only in recorded runs).
    IntervalClosed,
    /// An alarm is evaluated: its index among the scenario's.
    Evaluate(usize),
    /// The controller decides. A decision that was overtaken by a later one is void.
    Decide {
        /// What it is told.
        signal: Signal,
        /// Which of its actions this follows from; polls follow from none.
        follows: Option<u32>,
    },
    /// The fleet that is no longer needed has been terminated (only in recorded runs).
    FleetTerminated,
    /// A traffic switch or a rollback takes effect, unless it was overtaken.
    SwitchEffective {
        /// Which of the controller's actions this follows from.
        follows: u32,
    },
    /// The horizon.
    End,
}

impl Ranked for Event {
    /// Fault change < instance change < interval close < alarm evaluation < controller decision <
    /// traffic switch takes effect < end. So an alarm at the very instant of a step prevents the step,
    /// and a datapoint that is complete at the end of the last bake still counts.
    fn rank(&self) -> u8 {
        match self {
            Self::Fault => 0,
            Self::Start | Self::Measure | Self::FleetReady | Self::FleetTerminated => 1,
            Self::Gauge | Self::IntervalClosed => 2,
            Self::Evaluate(_) => 3,
            Self::Decide { .. } => 4,
            Self::SwitchEffective { .. } => 5,
            Self::End => 6,
        }
    }
}
