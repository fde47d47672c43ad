//! Randomness: streams, distributions, arrival processes.

pub mod arrival;
pub mod distribution;
pub mod stream;
