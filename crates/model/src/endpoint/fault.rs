//! The course of a regression over time: how strong it is at each instant.
//!
//! From its onset the strength rises linearly from 0 to 1 over the ramp, stays at 1, and ends with the
//! duration; an intermittent one is 0 in its off periods. Strength is right-continuous and linear
//! between two *kinks*, which are the only instants at which the simulation has to look.

use crate::endpoint::regression::{Effects, RegressionSpec};
use crate::time::{SimDuration, SimTime};

/// A regression whose onset is known.
#[derive(Clone, Copy, Debug)]
pub struct Course<'s> {
    spec: &'s RegressionSpec,
    onset: SimTime,
}

/// Strength just after an instant, and its slope until the next kink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// 0 to 1.
    pub value: f64,
    /// \[1/ns\], 0 or above.
    pub per_ns: f64,
}

impl Strength {
    /// No effect, and none to come before the next kink.
    pub const NONE: Self = Self { value: 0.0, per_ns: 0.0 };

    /// Whether there is an effect between here and the next kink.
    pub fn is_felt(self) -> bool {
        self.value > 0.0 || self.per_ns > 0.0
    }
}

impl<'s> Course<'s> {
    /// The course of `spec` if it begins at `onset`.
    pub fn new(spec: &'s RegressionSpec, onset: SimTime) -> Self {
        Self { spec, onset }
    }

    /// What it does at full strength.
    pub fn effects(self) -> &'s Effects {
        &self.spec.effects
    }

    /// Whether it belongs to a good release.
    pub fn is_good(self) -> bool {
        self.spec.healthy
    }

    /// For how long it grows.
    pub fn ramp(self) -> SimDuration {
        self.spec.ramp
    }

    /// When it began.
    pub fn onset(self) -> SimTime {
        self.onset
    }

    /// Strength from `now` until [`next_kink`](Self::next_kink).
    #[expect(clippy::cast_precision_loss, reason = "a ramp's position needs no more than 52 bits")]
    pub fn strength(self, now: SimTime) -> Strength {
        if now < self.onset || now >= self.end() || !self.is_on(now) {
            return Strength::NONE;
        }
        let ramp = self.spec.ramp;
        let age = now.since(self.onset);
        if age >= ramp {
            return Strength { value: 1.0, per_ns: 0.0 };
        }
        let per_ns = 1.0 / ramp.as_nanos() as f64;
        Strength { value: age.as_nanos() as f64 * per_ns, per_ns }
    }

    /// The first kink after `now`, if any.
    pub fn next_kink(self, now: SimTime) -> Option<SimTime> {
        let steady = self.onset + self.spec.ramp;
        let kinks = [Some(self.onset), Some(steady), Some(self.end()), self.next_toggle(now)];
        kinks.into_iter().flatten().filter(|&kink| kink > now && kink < SimTime::NEVER).min()
    }

    fn end(self) -> SimTime {
        self.spec.duration.map_or(SimTime::NEVER, |duration| self.onset + duration)
    }

    fn is_on(self, now: SimTime) -> bool {
        self.spec.intermittency.is_none_or(|by_turns| {
            now.since(self.cycle_start(now, by_turns.on + by_turns.off)) < by_turns.on
        })
    }

    fn next_toggle(self, now: SimTime) -> Option<SimTime> {
        let by_turns = self.spec.intermittency?;
        if now < self.onset || now >= self.end() {
            return None;
        }
        let start = self.cycle_start(now, by_turns.on + by_turns.off);
        let off = start + by_turns.on;
        Some(if now < off { off } else { off + by_turns.off })
    }

    fn cycle_start(self, now: SimTime, cycle: SimDuration) -> SimTime {
        now.floor_to(cycle, self.onset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::regression::{Intermittency, Onset};

    fn minutes(count: i64) -> SimDuration {
        SimDuration::from_secs(60 * count)
    }

    fn at(minute: i64) -> SimTime {
        SimTime::ZERO + minutes(minute)
    }

    fn regression() -> RegressionSpec {
        RegressionSpec {
            name: "r".into(),
            healthy: false,
            prior: None,
            effects: Effects::default(),
            onset: Onset::At(at(10)),
            ramp: minutes(4),
            duration: Some(minutes(20)),
            intermittency: None,
        }
    }

    fn kinks(course: Course<'_>) -> Vec<SimTime> {
        let mut now = SimTime::ZERO;
        std::iter::from_fn(|| {
            now = course.next_kink(now)?;
            Some(now)
        })
        .collect()
    }

    #[test]
    fn rises_over_the_ramp_stays_and_ends() {
        let spec = regression();
        let course = Course::new(&spec, at(10));
        assert_eq!(course.strength(at(9)), Strength::NONE);
        assert!(course.strength(at(10)).is_felt());
        assert!((course.strength(at(11)).value - 0.25).abs() < 1e-12);
        assert!((course.strength(at(14)).value - 1.0).abs() < 1e-12);
        assert_eq!(course.strength(at(30)), Strength::NONE);
        assert_eq!(kinks(course), [at(10), at(14), at(30)]);
    }

    #[test]
    fn comes_and_goes() {
        let mut spec = regression();
        spec.ramp = SimDuration::ZERO;
        spec.intermittency = Some(Intermittency { on: minutes(3), off: minutes(5) });
        let course = Course::new(&spec, at(10));
        for (minute, on) in
            [(9, false), (10, true), (12, true), (13, false), (17, false), (18, true)]
        {
            assert_eq!(course.strength(at(minute)).is_felt(), on, "minute {minute}");
        }
        assert_eq!(kinks(course), [at(10), at(13), at(18), at(21), at(26), at(29), at(30)]);
    }
}
