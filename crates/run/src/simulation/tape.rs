//! A run that any alarm can be played on.
//!
//! Until the first ALARM that counts, a run does not depend on its alarms. So one run without rollback, its
//! *tape*, tells when any alarm would have been acted on; and what comes of that depends only on at which
//! look of the controller it is, not on the alarm. The tape holds both: what the fleets published, interval
//! by interval, and for each look what becomes of a rollback from there, simulated with the very requests and
//! queues of the run.
//!
//! Memory: 64 bytes an interval and fleet, 8 more for each latency kept (`telemetry::orders`), and
//! `size_of::<Consequence>()`, about half a kilobyte, a look.

mod consequence;
mod fork;
mod record;
mod replay;

pub use consequence::Consequence;
pub use record::{Keeping, record};
pub use replay::{Acted, Played};

use crate::simulation::clocks::AlarmClocks;
use crate::telemetry::series::FleetSeries;
use crate::time::SimTime;

/// A run in which no alarm is acted on.
#[derive(Clone, Debug)]
pub struct Tape {
    /// What the fleets published.
    pub series: FleetSeries,
    /// When green first took traffic.
    pub first_traffic: Option<SimTime>,
    /// When the alarms are evaluated.
    pub clocks: AlarmClocks,
    /// The looks of the controller at which an alarm could be acted on, in order of time.
    pub looks: Vec<Look>,
    /// What becomes of the run if no alarm ever is.
    pub never: Consequence,
    /// Whether no alarm counts if one is in ALARM at the request of the update.
    pub request_ignores: bool,
    /// Requests simulated for it.
    pub requests: u64,
}

/// A look of the controller.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// When.
    pub at: SimTime,
    /// What becomes of the run if an alarm is acted on here.
    pub then: Consequence,
}
