//! The same traffic, more or less of it.

use super::{ArrivalSpec, TraceRows, TraceSpec};

impl ArrivalSpec {
    /// Whether there can be more or less of it: not of a trace of single requests.
    pub fn can_be_scaled(&self) -> bool {
        !matches!(self, Self::Trace(TraceSpec { rows: TraceRows::Requests, .. }))
    }

    /// The same process with its rate multiplied by `factor`, above 0, at all times: what a rate swings
    /// by, how bursty gaps are and how long states last stays. A trace of single requests is as it was.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let mut spec = self.clone();
        match &mut spec {
            Self::Poisson { rate_per_s } | Self::Gamma { rate_per_s, .. } => *rate_per_s *= factor,
            Self::Diurnal { mean_per_s, .. } => *mean_per_s *= factor,
            Self::Profile { pieces } => {
                for (_, rate_per_s) in pieces {
                    *rate_per_s *= factor;
                }
            }
            Self::Ramp { from_per_s, to_per_s, .. } => {
                *from_per_s *= factor;
                *to_per_s *= factor;
            }
            Self::Mmpp { rates_per_s, .. } => {
                for rate_per_s in rates_per_s {
                    *rate_per_s *= factor;
                }
            }
            Self::Trace(TraceSpec { rows: TraceRows::Requests, .. }) => {}
            Self::Trace(trace) => trace.scale *= factor,
        }
        spec
    }
}
