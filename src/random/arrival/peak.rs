//! How busy a process can be.

use super::{ArrivalSpec, TraceError};

impl ArrivalSpec {
    /// The highest rate \[1/s\], without surges; of requests one by one, that of the busiest minute.
    ///
    /// # Errors
    /// [`TraceError`] if a trace cannot be read.
    pub fn peak_per_s(&self) -> Result<f64, TraceError> {
        Ok(match self {
            Self::Poisson { rate_per_s } | Self::Gamma { rate_per_s, .. } => *rate_per_s,
            Self::Diurnal { mean_per_s, swing, .. } => mean_per_s * (1.0 + swing),
            Self::Profile { pieces } => pieces.iter().map(|(_, rate)| *rate).fold(0.0, f64::max),
            Self::Ramp { from_per_s, to_per_s, .. } => from_per_s.max(*to_per_s),
            Self::Mmpp { rates_per_s, .. } => rates_per_s[0].max(rates_per_s[1]),
            Self::Trace(trace) => trace.survey()?.peak_rate_per_s,
        })
    }
}
