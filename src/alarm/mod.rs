//! CloudWatch-style alarms.

pub mod spec;
