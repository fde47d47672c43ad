//! CloudWatch-style alarms.

pub mod clock;
pub mod evaluate;
pub mod monitor;
pub mod spec;
pub mod subject;
