//! Randomness: streams, distributions, arrival processes.

pub mod arrival;
pub mod distribution;
mod exp;
pub mod inverse;
pub mod stream;

/// Nanoseconds as they enter continuous laws.
#[expect(clippy::cast_precision_loss, reason = "below 2^53 ns exact; above, one part in 10^15")]
fn float_nanos(nanos: i64) -> f64 {
    nanos as f64
}
