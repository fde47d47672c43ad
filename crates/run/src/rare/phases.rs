//! The mean over where the clocks lie: publishing intervals, evaluations and polls each begin at a random
//! phase of their own.
//!
//! ```text
//! P = E_μ E_φ [ P(acted | μ, φ) ]      μ uniform on the period, φ uniform on the step of evaluations
//! ```
//!
//! Given μ, the windows and their laws are fixed, and φ decides only which evaluations come before which
//! look and which windows have arrived by then. So P is piecewise constant in φ, or linear where the first
//! poll may come too late, and midpoints of its pieces are exact. In μ it is smooth between kinks, and
//! integrated numerically ([`quadrature`](crate::stats::quadrature)).

use crate::alarm::clock::Clock;
use crate::rare::refusal::NotExact;
use crate::scenario::{Phase, Scenario};
use crate::stats::quadrature::{Integral, integrate};
use crate::time::{SimDuration, SimTime};

const RELATIVE: f64 = 1e-7;
const ABSOLUTE: f64 = 1e-15;
/// Near a kink a window holds few requests, and its odds change fastest.
const NEAR_ENDS: [f64; 6] = [1e-4, 1e-2, 0.3, 0.7, 0.99, 0.9999];
const MINUTE: SimDuration = SimDuration::from_secs(60);
const DAY_S: i64 = 86_400;
const DAY: SimDuration = SimDuration::from_secs(DAY_S);

/// What the phases are averaged over.
#[derive(Clone, Debug)]
pub(super) struct Phases {
    /// Length of a window.
    pub(super) period: SimDuration,
    /// Whether evaluations have a phase of their own, uniform on the period.
    pub(super) evaluates_at_random: bool,
    /// Time from the end of a window until it is seen.
    pub(super) delay: SimDuration,
    /// Instants about which the order of evaluations matters.
    pub(super) looks: Vec<SimTime>,
    /// Instants at which the flow of requests changes.
    pub(super) kinks: Vec<SimTime>,
}

impl Phases {
    /// The mean of `given` over the clocks of `scenario`.
    pub(super) fn mean(
        &self,
        scenario: &Scenario,
        given: &mut dyn FnMut(Clock) -> Result<f64, NotExact>,
    ) -> Result<Integral, NotExact> {
        if scenario.experiment.phase == Phase::Aligned {
            let since = SimDuration::from_secs(known_part_s(scenario, self.period));
            let minute = SimTime::ZERO - since;
            let value = given(Clock { minute, evaluation_phase: SimDuration::ZERO })?;
            return Ok(Integral { value, error: 0.0 });
        }
        if DAY.as_nanos() % self.period.as_nanos() != 0 {
            return Err(NotExact::Clocks("the period does not divide the day"));
        }
        let within_minute = MINUTE.as_nanos() % self.period.as_nanos() == 0;
        let starts_known = scenario.experiment.starts_at_s.is_some();
        if starts_known && self.period <= MINUTE && !within_minute {
            return Err(NotExact::Clocks("the period does not divide the minute"));
        }
        let (low, length) = self.range(scenario);
        let mut given_minute = |phase_ns: f64| {
            let minute = SimTime::ZERO - SimDuration::from_nanos(whole(phase_ns));
            self.over_evaluations(minute, given)
        };
        let panels = self.panels(low, length);
        let length = real(length);
        let total = integrate(&mut given_minute, &panels, RELATIVE, ABSOLUTE * length)?;
        Ok(Integral { value: total.value / length, error: total.error / length })
    }

    /// Where the phase of the windows lies: from where on, and how far \[ns\].
    fn range(&self, scenario: &Scenario) -> (i64, i64) {
        let period = self.period.as_nanos();
        match scenario.experiment.starts_at_s {
            // The minute of the start is known, and the moment within it is not.
            Some(_) if self.period > MINUTE => {
                let known = SimDuration::from_secs(known_part_s(scenario, self.period));
                (known.as_nanos(), MINUTE.as_nanos())
            }
            _ => (0, period),
        }
    }

    /// The ends of the panels between kinks in μ \[ns\].
    fn panels(&self, low: i64, length: i64) -> Vec<f64> {
        let period = self.period.as_nanos();
        // A window ends at `at` if μ ≡ −at, and is seen at `at` if μ ≡ delay − at.
        let meets = |at: &SimTime| [-at.as_nanos(), self.delay.as_nanos() - at.as_nanos()];
        let all = self.kinks.iter().chain(&self.looks).flat_map(meets);
        let inside = all.map(|kink| low + (kink - low).rem_euclid(period));
        let mut ends: Vec<i64> = inside.filter(|&kink| kink < low + length).collect();
        ends.extend([low, low + length]);
        ends.sort_unstable();
        ends.dedup();
        let mut panels = Vec::with_capacity(ends.len() * 7);
        for between in ends.windows(2) {
            let (from, to) = (real(between[0]), real(between[1]));
            panels.push(from);
            panels.extend(NEAR_ENDS.map(|part| from + part * (to - from)));
        }
        panels.push(real(low + length));
        panels
    }

    /// The mean over the phase of the evaluations.
    fn over_evaluations(
        &self,
        minute: SimTime,
        given: &mut dyn FnMut(Clock) -> Result<f64, NotExact>,
    ) -> Result<f64, NotExact> {
        if !self.evaluates_at_random {
            return given(Clock { minute, evaluation_phase: SimDuration::ZERO });
        }
        let period = self.period.as_nanos();
        let of_looks = self.looks.iter().map(|at| at.as_nanos() - minute.as_nanos());
        let mut ends: Vec<i64> = of_looks
            .chain([self.delay.as_nanos()])
            .map(|instant| instant.rem_euclid(period))
            .chain([0, period])
            .collect();
        ends.sort_unstable();
        ends.dedup();
        let mut mean = 0.0;
        for between in ends.windows(2) {
            let phase = i64::midpoint(between[0], between[1]);
            let evaluation_phase = SimDuration::from_nanos(phase);
            let value = given(Clock { minute, evaluation_phase })?;
            mean += value * real(between[1] - between[0]) / real(period);
        }
        Ok(mean)
    }
}

/// How far into a period of the wall clock t = 0 is known to be \[s\]; periods of more than a minute
/// divide the day.
fn known_part_s(scenario: &Scenario, period: SimDuration) -> i64 {
    let period_s = (period.as_nanos() / 1_000_000_000).max(1);
    let starts_at_s = scenario.experiment.starts_at_s.unwrap_or(0);
    starts_at_s.rem_euclid(DAY_S).rem_euclid(period_s)
}

#[expect(clippy::cast_precision_loss, reason = "a day has fewer than 2^53 nanoseconds")]
fn real(nanos: i64) -> f64 {
    nanos as f64
}

#[expect(clippy::cast_possible_truncation, reason = "within a day")]
fn whole(nanos: f64) -> i64 {
    nanos as i64
}
