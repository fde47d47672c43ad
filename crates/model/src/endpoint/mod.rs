//! Fleets, instances, and how models behave and misbehave.

pub mod behaviour;
pub mod clients;
pub mod fault;
pub mod feature;
pub mod fleet;
pub mod incident;
pub mod kpi;
pub mod model;
pub mod quality;
pub mod regression;
pub mod routing;
pub mod spec;
pub mod station;
pub mod steady;
