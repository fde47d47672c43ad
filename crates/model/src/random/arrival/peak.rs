//! How busy a process can be.

use super::{ArrivalSpec, TraceError, TraceRows};
use crate::time::SimDuration;

/// A Poisson process that is to cover recorded counts may miss some in so many runs.
const UNCOVERED: f64 = 0.01;

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

    /// The rate of a Poisson process that has all requests of this one among its own, for `span` \[1/s\]:
    /// the highest rate of a process that is Poisson once its rate is known. Of a trace of counts a higher
    /// one, with probability 99 %: n requests at uniform places are n of the requests of a Poisson process
    /// that has at least n there, and one of mean μ = n + t + √(t² + 2nt) has fewer with probability e^(−t)
    /// at most (Chernoff's bound e^(−(μ − n)²/2μ)). So what is likelier with more requests has at most
    /// 1/0.99 times the probability that it has with that process.
    ///
    /// # Errors
    /// [`TraceError`] if a trace cannot be read.
    pub fn covering_rate_per_s(&self, span: SimDuration) -> Result<f64, TraceError> {
        let peak_per_s = self.peak_per_s()?;
        let Self::Trace(trace) = self else { return Ok(peak_per_s) };
        let TraceRows::Counts { interval, .. } = trace.rows else { return Ok(peak_per_s) };
        let interval_s = interval.as_secs_f64();
        let rows = span.as_secs_f64() / interval_s + 2.0;
        let t = (rows / UNCOVERED).ln();
        let recorded = peak_per_s * interval_s / trace.scale;
        let covering = recorded + t + (t * t + 2.0 * recorded * t).sqrt();
        Ok(covering / interval_s * trace.scale)
    }
}
