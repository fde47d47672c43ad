//! CloudWatch-style alarms.

pub mod clock;
pub mod composite;
pub mod critical;
pub mod evaluate;
mod judge;
pub mod math;
pub mod monitor;
mod observe;
pub mod pattern;
pub mod reason;
pub mod recovery;
pub mod setting;
pub mod spec;
pub mod subject;
pub mod syntax;
pub mod unit;
