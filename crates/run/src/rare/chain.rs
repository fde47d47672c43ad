//! The alarm as a Markov chain: what matters of the datapoints that an evaluation retrieves ([`Patterns`]),
//! and the state.
//!
//! Windows do not overlap, so their datapoints are independent: each breaches, is good, or is missing
//! with its own probability. The rule itself ([`evaluate`]) says what each pattern means, so missing data,
//! short histories and retained states count as they really do. Patterns rarer than 10⁻¹⁸ are dropped.
//!
//! Source: Balakrishnan and Koutras, Runs and Scans with Applications (2002), §2.4 (finite Markov chain
//! embedding).

use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::pattern::{Pattern, Patterns};
use crate::alarm::spec::{AlarmSpec, AlarmState};
use crate::rare::refusal::NotExact;
use crate::telemetry::split::Chance;

/// More patterns are not worth their time. All up to N = 7 with five more datapoints in range are fewer.
const PATTERNS_MAX: usize = 60_000;
const NEGLIGIBLE: f64 = 1e-18;

/// The distribution of an alarm that has not been acted on.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    rule: Rule,
    kept: Patterns,
    /// The newest datapoints, the state, the probability.
    patterns: Vec<(Pattern, AlarmState, f64)>,
    acted: f64,
}

impl Chain {
    /// The alarm before its first evaluation, when all windows were as `before`.
    pub(super) fn new(spec: &AlarmSpec, before: Slot) -> Result<Self, NotExact> {
        let rule = Rule::from(spec);
        let kept = Patterns::new(&rule).ok_or(NotExact::Patterns(PATTERNS_MAX))?;
        let patterns = vec![(kept.all(before), spec.initial_state, 1.0)];
        Ok(Self { rule, kept, patterns, acted: 0.0 })
    }

    /// One more window has become visible.
    pub(super) fn see(&mut self, chance: Chance) -> Result<(), NotExact> {
        let outcomes = outcomes(chance);
        let mut next = Vec::with_capacity(self.patterns.len() * 2);
        for &(pattern, state, probability) in &self.patterns {
            for (slot, outcome) in outcomes {
                let joint = probability * outcome;
                if joint > NEGLIGIBLE {
                    next.push((self.kept.then(pattern, slot), state, joint));
                }
            }
        }
        self.patterns = merged(next);
        if self.patterns.len() > PATTERNS_MAX {
            return Err(NotExact::Patterns(PATTERNS_MAX));
        }
        Ok(())
    }

    /// An evaluation whose newest windows, oldest first, have not arrived and count as `unseen`.
    pub(super) fn evaluate(&mut self, unseen: &[Slot]) {
        let mut slots = Vec::new();
        for (pattern, state, _) in &mut self.patterns {
            let with = |pattern, slot: &Slot| self.kept.then(pattern, *slot);
            self.kept.write(unseen.iter().fold(*pattern, with), &mut slots);
            *state = evaluate(&self.rule, &slots, *state);
        }
        self.patterns = merged(std::mem::take(&mut self.patterns));
    }

    /// With this probability an ALARM is acted on before the next evaluation.
    pub(super) fn act(&mut self, probability: f64) {
        for (_, state, weight) in &mut self.patterns {
            if *state == AlarmState::Alarm {
                self.acted += *weight * probability;
                *weight *= 1.0 - probability;
            }
        }
    }

    /// Whatever is in ALARM now is never acted on.
    pub(super) fn ignore(&mut self) {
        self.patterns.retain(|(_, state, _)| *state != AlarmState::Alarm);
    }

    /// The probability that an ALARM has been acted on.
    pub(super) fn acted(&self) -> f64 {
        self.acted
    }
}

fn outcomes(chance: Chance) -> [(Slot, f64); 3] {
    let Chance { breach, missing } = chance;
    [(Slot::Good, chance.good()), (Slot::Breaching, breach), (Slot::Missing, missing)]
}

/// One entry for each pattern and state.
fn merged(mut patterns: Vec<(Pattern, AlarmState, f64)>) -> Vec<(Pattern, AlarmState, f64)> {
    patterns.sort_unstable_by_key(|&(pattern, state, _)| (pattern, state as u8));
    patterns.dedup_by(|next, kept| {
        let same = next.0 == kept.0 && next.1 == kept.1;
        if same {
            kept.2 += next.2;
        }
        same
    });
    patterns
}

#[cfg(test)]
mod tests;
