//! The model of a rollout, from the bottom up: time, statistics, random numbers, what is published, the
//! endpoint, alarms, monitoring jobs, the controller, and the data plane that serves requests.
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
