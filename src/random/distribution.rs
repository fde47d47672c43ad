//! Latency distributions (skeleton: the bodies are being written).

use crate::time::SimDuration;

/// A distribution of service times.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(f64),
}

/// Parameters that make no distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct DistributionError(pub String);

impl Distribution {
    /// Always `value`.
    pub fn constant(value: SimDuration) -> Self {
        Self::Constant(value.as_secs_f64() * 1e9)
    }
}
impl Distribution {
    /// stand-in
    pub fn at(&self, _z: f64, _b: f64) -> f64 {
        let Self::Constant(value) = self;
        *value
    }
}
