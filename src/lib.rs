//! Compare ways of rolling out a new ML model.

pub mod alarm;
pub mod cli;
pub mod dataplane;
pub mod endpoint;
pub mod engine;
pub mod experiment;
pub mod random;
pub mod report;
pub mod rollout;
pub mod scenario;
pub mod simulation;
pub mod stats;
pub mod telemetry;
pub mod time;
