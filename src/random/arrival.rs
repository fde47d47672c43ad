//! Arrival processes as written in a scenario (skeleton: the processes themselves are being written).

use crate::time::SimDuration;
use std::path::PathBuf;

/// How requests arrive.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrivalSpec {
    /// A Poisson process of constant rate.
    Poisson {
        /// \[1/s\], above 0.
        rate_per_s: f64,
    },
    /// A Poisson process whose rate swings like a sine:
    /// mean·(1 + swing·cos(2π(t − peak_at)/period)).
    Diurnal {
        /// Mean rate \[1/s\], above 0.
        mean_per_s: f64,
        /// Amplitude over mean, 0 to 1.
        swing: f64,
        /// Length of a cycle, above zero.
        period: SimDuration,
        /// When the rate is highest, counted from t = 0.
        peak_at: SimDuration,
    },
    /// A Poisson process of piecewise constant rate, the last rate going on for ever.
    Profile {
        /// (from when, counted from the start of the warm-up; rate \[1/s\], at least 0), ascending, the first at 0.
        pieces: Vec<(SimDuration, f64)>,
    },
    /// A Poisson process whose rate goes linearly from one value to another and stays there.
    Ramp {
        /// Rate until `starts` \[1/s\], at least 0.
        from_per_s: f64,
        /// Rate from `starts + lasts` on \[1/s\], at least 0.
        to_per_s: f64,
        /// When it begins to change, counted from t = 0.
        starts: SimDuration,
        /// How long it changes, above zero.
        lasts: SimDuration,
    },
    /// A renewal process with gamma gaps: bursty above cv 1, regular below.
    Gamma {
        /// \[1/s\], above 0.
        rate_per_s: f64,
        /// Coefficient of variation of the gaps, above 0.
        cv: f64,
    },
    /// A Poisson process that changes between two rates at exponential times (Markov-modulated).
    Mmpp {
        /// The two rates \[1/s\], at least 0, not both 0.
        rates_per_s: [f64; 2],
        /// Mean time in each state, above zero. The first state is drawn from the stationary distribution.
        mean_sojourns: [SimDuration; 2],
    },
    /// A recorded trace, streamed from a file.
    Trace(TraceSpec),
}

/// A recorded trace in a CSV file with a header line.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceSpec {
    /// Where the file is.
    pub path: PathBuf,
    /// The column with the time.
    pub time_column: String,
    /// How the time is written.
    pub time_unit: TimeUnit,
    /// What a row is.
    pub rows: TraceRows,
    /// Multiplies rates (of a rate trace); 1 is as recorded.
    pub scale: f64,
    /// Whether each replication begins at another place of the trace.
    pub random_offset: bool,
    /// Whether the trace begins again at its end; else traffic must not outlast it.
    pub repeat: bool,
}

/// How a trace writes its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// Numbers of seconds.
    Seconds,
    /// Numbers of milliseconds.
    Milliseconds,
    /// RFC 3339 time stamps (`2026-01-31T12:00:00Z`).
    Rfc3339,
}

/// What a row of a trace is.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceRows {
    /// One request at that time.
    Requests,
    /// So many requests from that time on for one `interval`: a Poisson process of that mean.
    Counts {
        /// The column.
        column: String,
        /// Length of a row's interval, above zero.
        interval: SimDuration,
    },
    /// So many requests a second from that time on for one `interval`: a Poisson process of that rate.
    Rates {
        /// The column.
        column: String,
        /// Length of a row's interval, above zero.
        interval: SimDuration,
    },
}
