//! Alarms against what CloudWatch documents and what records show.

#[path = "../published/mod.rs"]
mod published;
#[path = "../support/mod.rs"]
mod support;

mod alarm_properties;
mod cloudwatch;
mod cloudwatch_languages;
mod cloudwatch_readings;
mod evaluation_range;
mod recording_fuzz;
mod suppressed_actions;
