//! The model of a rollout, from the bottom up: time, statistics, random numbers, what is published, the
//! endpoint, alarms, monitoring jobs, the controller, and the data plane that serves requests.
//!
//! What an alarm comes to, as CloudWatch decides it:
//!
//! ```
//! use rollout_model::alarm::evaluate::{Rule, Slot, evaluate};
//! use rollout_model::alarm::spec::{AlarmState, TreatMissingData};
//!
//! // Two of three datapoints; what is missing is good.
//! let rule = Rule::new(2, 3, TreatMissingData::NotBreaching);
//! let slots = [Slot::Breaching, Slot::Missing, Slot::Breaching];
//! assert_eq!(evaluate(&rule, &slots, AlarmState::Ok), AlarmState::Alarm);
//! ```
//!
//! Nothing here knows of scenario files, of replications or of a terminal; only the reader of traffic traces
//! touches a file.

pub mod alarm;
pub mod dataplane;
pub mod endpoint;
pub mod engine;
pub mod monitoring;
pub mod random;
pub mod rollout;
pub mod stats;
pub mod telemetry;
pub mod time;
