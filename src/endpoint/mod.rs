//! Fleets, instances, and how models behave and misbehave.

pub mod incident;
pub mod model;
pub mod regression;
pub mod spec;
