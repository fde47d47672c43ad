//! What is done with a scenario: one replication of it, experiments of many, tuning, rare events, findings,
//! sweeps; and alarms over recorded series.
//!
//! The same scenario and seed give the same results on any number of threads. Only what spills past the
//! memory that it may take is written, to temporary files.

use rollout_model::{
    alarm, dataplane, endpoint, engine, monitoring, random, rollout, stats, telemetry, time,
};
use rollout_scenario as scenario;

pub mod experiment;
pub mod lint;
pub mod rare;
pub mod replay;
pub mod simulation;
pub mod sweep;
pub mod tuning;
