//! A generic discrete-event engine; it knows nothing of endpoints or rollouts.

pub mod calendar;
