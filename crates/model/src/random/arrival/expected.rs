//! How many requests a process is expected to bring.

use super::{ArrivalSpec, TraceError};
use crate::time::{SimDuration, SimTime};
use std::f64::consts::TAU;

impl ArrivalSpec {
    /// Expected number of requests in \[`from`, `until`) of a run that starts at `start`.
    ///
    /// # Errors
    /// [`TraceError`] if a trace cannot be read.
    pub fn expected_between(
        &self,
        start: SimTime,
        from: SimTime,
        until: SimTime,
    ) -> Result<f64, TraceError> {
        Ok(self.expected_requests(start, until)? - self.expected_requests(start, from)?)
    }

    /// Expected number of requests in \[`start`, `end`), where `start` is the start of the warm-up:
    /// ∫λ dt, without surges. A trace is taken at its mean rate.
    ///
    /// # Errors
    /// [`TraceError`] if a trace cannot be read.
    pub fn expected_requests(&self, start: SimTime, end: SimTime) -> Result<f64, TraceError> {
        let span_s = end.since(start).as_secs_f64();
        let (from_s, to_s) = (start.as_secs_f64(), end.as_secs_f64());
        Ok(match self {
            Self::Poisson { rate_per_s } | Self::Gamma { rate_per_s, .. } => rate_per_s * span_s,
            Self::Diurnal { mean_per_s, swing, period, peak_at } => {
                let pace = TAU / period.as_secs_f64();
                let sine = |t: f64| (pace * (t - peak_at.as_secs_f64())).sin();
                mean_per_s * (span_s + swing * (sine(to_s) - sine(from_s)) / pace)
            }
            Self::Profile { pieces } => profile(pieces, span_s),
            Self::Ramp { from_per_s, to_per_s, starts, lasts } => {
                let (starts_s, lasts_s) = (starts.as_secs_f64(), lasts.as_secs_f64());
                // The integral of the ramp from its start: nothing, a triangle, then all of it.
                let risen = |t: f64| {
                    let t = (t - starts_s).max(0.0);
                    let rising = t.min(lasts_s);
                    rising * rising / (2.0 * lasts_s) + (t - rising)
                };
                from_per_s * span_s + (to_per_s - from_per_s) * (risen(to_s) - risen(from_s))
            }
            Self::Mmpp { rates_per_s, mean_sojourns } => {
                let [first, second] = mean_sojourns.map(SimDuration::as_secs_f64);
                let mean = (rates_per_s[0] * first + rates_per_s[1] * second) / (first + second);
                mean * span_s
            }
            Self::Trace(trace) => trace.survey()?.mean_rate_per_s * span_s,
        })
    }
}

fn profile(pieces: &[(SimDuration, f64)], span_s: f64) -> f64 {
    let ends = pieces.iter().skip(1).map(|(from, _)| from.as_secs_f64()).chain([f64::INFINITY]);
    let each = pieces.iter().zip(ends).map(|((from, rate_per_s), until_s)| {
        let from_s = from.as_secs_f64().min(span_s);
        rate_per_s * (until_s.min(span_s) - from_s)
    });
    each.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(spec: &ArrivalSpec, from_s: f64, to_s: f64) -> f64 {
        let (from, to) = (SimTime::from_secs_f64(from_s), SimTime::from_secs_f64(to_s));
        spec.expected_requests(from, to).expect("no trace")
    }

    fn seconds(count: i64) -> SimDuration {
        SimDuration::from_secs(count)
    }

    #[test]
    fn areas_under_the_rate() {
        let ramp = ArrivalSpec::Ramp {
            from_per_s: 10.0,
            to_per_s: 30.0,
            starts: seconds(100),
            lasts: seconds(200),
        };
        // 10/s for 200 s, then a trapezium of 10 to 30 over 200 s, then 30/s for 100 s.
        assert!((expected(&ramp, -100.0, 400.0) - (2000.0 + 4000.0 + 3000.0)).abs() < 1e-9);
        let profile = ArrivalSpec::Profile {
            pieces: vec![(seconds(0), 5.0), (seconds(60), 20.0), (seconds(90), 0.0)],
        };
        assert!((expected(&profile, -10.0, 190.0) - (300.0 + 600.0)).abs() < 1e-9);
        assert!((expected(&profile, -10.0, 60.0) - (300.0 + 200.0)).abs() < 1e-9);
        let diurnal = ArrivalSpec::Diurnal {
            mean_per_s: 8.0,
            swing: 0.5,
            period: seconds(400),
            peak_at: seconds(0),
        };
        assert!((expected(&diurnal, 0.0, 400.0) - 3200.0).abs() < 1e-9, "a whole cycle");
        // From the peak over half a cycle the swing cancels as well; over a quarter it does not.
        assert!((expected(&diurnal, 0.0, 100.0) - (800.0 + 4.0 * 400.0 / TAU)).abs() < 1e-9);
    }
}
