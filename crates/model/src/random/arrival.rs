//! Arrival processes: when requests come.
//!
//! - **Models** the traffic of an endpoint as a point process on [start, end): Poisson (constant,
//!   or with a rate that varies), renewal with gamma gaps, Markov-modulated Poisson, or a recorded
//!   trace.
//! - **Assumptions**: requests come from many independent users (hence Poisson), whose number
//!   doesn't depend on the endpoint's answers: an open system without retries.
//! - **Rates that vary** are exact, by a change of time: gaps of mean 1 are spent as the integrated
//!   rate Λ(t) = ∫λ(u)·s(u)du, where s is the product of the surges. Arrival n is where Λ is the
//!   sum of the first n gaps (Çinlar, Introduction to Stochastic Processes, 1975, §4.7; Lewis and
//!   Shedler, Naval Research Logistics Quarterly 26, 1979). Λ is inverted in closed form (constant,
//!   linear) or by Newton's method to a hundredth of a nanosecond (sine).
//! - **Not modelled**: dependence on the endpoint, batches, and sessions of users.

mod clock;
mod counted;
mod expected;
mod load;
mod peak;
mod pieces;
mod process;
mod rate;
mod scaled;
mod survey;
#[cfg(test)]
mod tests;
pub mod timestamp;
mod trace;
mod trace_error;
mod trace_pieces;
mod wave;

pub use load::{LoadPiece, load};
pub use process::Arrivals;
pub use survey::TraceSummary;
pub use trace_error::{TraceError, TraceProblem};

use crate::time::{SimDuration, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Traffic multiplied over a span of time; where surges overlap, their factors multiply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surge {
    /// When it begins.
    pub from: SimTime,
    /// When it is over.
    pub until: SimTime,
    /// Multiplies the rate, at least 0; 0 is an outage of the traffic.
    pub factor: f64,
}

/// How requests arrive.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrivalSpec {
    /// A Poisson process of constant rate.
    Poisson {
        /// \[1/s\], above 0.
        rate_per_s: f64,
    },
    /// A Poisson process whose rate swings like a sine:
    /// mean·(1 + swing·cos(2π(t − `peak_at`)/period)).
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
        /// (from when, counted from the start of the warm-up; rate \[1/s\], at least 0), ascending,
        /// the first at 0.
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
    /// A renewal process with gamma gaps: bursty above cv 1, regular below. It begins in
    /// equilibrium: the first gap is the rest of one that began before the traffic did.
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
        /// Mean time in each state, above zero. The first state is drawn from the stationary
        /// distribution.
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
    /// Multiplies the rates of a trace of counts or rates; 1 is as recorded. Requests are never
    /// scaled.
    pub scale: f64,
    /// Whether each replication begins at another, uniformly drawn place of the trace, which then
    /// goes on from its beginning. Else the first row is at the start of the traffic.
    pub random_offset: bool,
    /// Whether the trace begins again at its end; else traffic must not outlast it. A trace of
    /// requests ends one mean gap after its last row, another trace one interval after it.
    pub repeat: bool,
}

/// How a trace writes its times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum TimeUnit {
    /// Numbers of seconds.
    #[default]
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
    /// So many requests from that time on for one `interval`, at independent uniform places of it.
    Counts {
        /// The column.
        column: String,
        /// Length of a row's interval, above zero.
        interval: SimDuration,
    },
    /// So many requests a second from that time on for one `interval`: a Poisson process of that
    /// rate.
    Rates {
        /// The column.
        column: String,
        /// Length of a row's interval, above zero.
        interval: SimDuration,
    },
}
