//! Simulated time: integer nanoseconds, so that equal instants are equal and no epsilon exists anywhere.
//!
//! [`SimTime`] counts from the instant the update is requested (t = 0); the healthy history before it
//! has negative times. 64 bits of nanoseconds reach 292 years either way; [`SimDuration::LONGEST`]
//! bounds what a scenario may ask for, so that sums of a few of them cannot overflow.

pub mod spelling;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Nanoseconds in a second.
pub const NANOS_PER_S: i64 = 1_000_000_000;

/// An instant \[ns since the update was requested\]; negative in the warm-up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct SimTime(i64);

/// A length of time \[ns\], never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimDuration(i64);

impl SimTime {
    /// The instant the update is requested.
    pub const ZERO: Self = Self(0);
    /// Later than every instant of a simulation.
    pub const NEVER: Self = Self(i64::MAX);

    /// The instant `nanos` nanoseconds after the update was requested.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The instant `seconds` after the update was requested, to the nearest nanosecond.
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self(nanos_from_secs(seconds))
    }

    /// Nanoseconds since the update was requested.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the update was requested.
    pub fn as_secs_f64(self) -> f64 {
        secs_from_nanos(self.0)
    }

    /// The time from `earlier` to here.
    ///
    /// # Panics
    /// In debug builds if `earlier` is later than this instant.
    pub fn since(self, earlier: Self) -> SimDuration {
        debug_assert!(earlier <= self, "time went back: {earlier:?} > {self:?}");
        SimDuration(self.0 - earlier.0)
    }

    /// The start of the grid cell of length `step` that holds this instant, the grid passing through
    /// `origin`: the largest `origin + k·step` that is not later.
    #[must_use]
    pub fn floor_to(self, step: SimDuration, origin: Self) -> Self {
        Self(self.0 - (self.0 - origin.0).rem_euclid(step.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest time a scenario may ask for: 366 days.
    pub const LONGEST: Self = Self(366 * 86_400 * NANOS_PER_S);

    /// A duration of `nanos` nanoseconds.
    ///
    /// # Panics
    /// In debug builds if `nanos` is negative.
    pub const fn from_nanos(nanos: i64) -> Self {
        debug_assert!(nanos >= 0, "a duration is never negative");
        Self(nanos)
    }

    /// A duration of whole seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self::from_nanos(seconds * NANOS_PER_S)
    }

    /// A duration of `seconds`, to the nearest nanosecond; negative or NaN gives zero.
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self(nanos_from_secs(seconds).max(0))
    }

    /// Nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Seconds.
    pub fn as_secs_f64(self) -> f64 {
        secs_from_nanos(self.0)
    }

    /// Hours.
    pub fn as_hours_f64(self) -> f64 {
        self.as_secs_f64() / 3600.0
    }

    /// Whether this is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// This share, 0 to 1, of the duration, rounded down to a nanosecond.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a share of at most 366 days, to one part in 10^15"
    )]
    pub fn share(self, share: f64) -> Self {
        Self::from_nanos((self.0 as f64 * share) as i64)
    }

    /// This duration less `other`, at least zero.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// This duration `count` times over.
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self::from_nanos(self.0 * count)
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, duration: SimDuration) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, duration: SimDuration) {
        *self = *self + duration;
    }
}

impl Sub<SimDuration> for SimTime {
    type Output = Self;
    fn sub(self, duration: SimDuration) -> Self {
        Self(self.0.saturating_sub(duration.0))
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for SimDuration {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t={}s", self.as_secs_f64())
    }
}

impl fmt::Debug for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.as_secs_f64())
    }
}

/// Reads like a scenario file: `90s` as `1m 30s`.
impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = u64::try_from(self.0).unwrap_or(0);
        humantime::format_duration(std::time::Duration::from_nanos(nanos)).fmt(f)
    }
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53 ns exact; above, one part in 10^15")]
fn secs_from_nanos(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, NaN becomes 0")]
fn nanos_from_secs(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_cells_hold_their_start_and_not_their_end() {
        let minute = SimDuration::from_secs(60);
        let origin = SimTime::from_secs_f64(7.0);
        for (at, start) in
            [(7.0, 7.0), (66.999_999_999, 7.0), (67.0, 67.0), (6.0, -53.0), (-53.0, -53.0)]
        {
            let floored = SimTime::from_secs_f64(at).floor_to(minute, origin);
            assert_eq!(floored, SimTime::from_secs_f64(start), "at {at}");
        }
    }

    #[test]
    fn never_stays_never() {
        assert_eq!(SimTime::NEVER + SimDuration::from_secs(1), SimTime::NEVER);
    }

    #[test]
    fn durations_read_like_a_scenario_file() {
        assert_eq!(SimDuration::from_secs(9000).to_string(), "2h 30m");
        assert_eq!(SimDuration::from_nanos(35_000_000).to_string(), "35ms");
    }
}
