//! Monitors in the manner of SageMaker Model Monitor: jobs that look back at what a fleet served.

pub mod confusion;
pub mod drift;
pub mod spec;
pub mod timetable;
pub mod watch;
