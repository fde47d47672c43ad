//! CloudWatch-style alarms.

pub mod clock;
pub mod composite;
pub mod evaluate;
pub mod math;
pub mod monitor;
pub mod reason;
pub mod setting;
pub mod spec;
pub mod subject;
pub mod syntax;
pub mod unit;
