//! How long an alarm takes to fire: M of N datapoints as a Markov chain.
//!
//! Datapoints of periods that do not overlap are independent, each breaching, good or missing with its
//! probability. The chain's states are what matters of the last datapoints that an evaluation retrieves
//! ([`Patterns`]); the rule itself ([`evaluate`]) says which of them are ALARM, so missing data count as they
//! really do. It begins with good datapoints (or none), and ALARM absorbs. That is exact for alarms that look
//! at each datapoint once: those whose period is the step between two evaluations. With a longer period the
//! windows slide and overlap; the chain then looks at every P-th evaluation only, so the alarm fires no
//! later.
//!
//! Source: M-of-N run lengths, Balakrishnan and Koutras, Runs and Scans with Applications (2002), §2.4
//! (finite Markov chain embedding).

use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::pattern::{Pattern, Patterns};
use crate::alarm::spec::{AlarmSpec, AlarmState, TreatMissingData};
use crate::stats::real;
use crate::telemetry::split::Chance;
use statrs::distribution::{Binomial, DiscreteCDF};
use std::collections::BTreeMap;

/// Larger chains are not worth their time. All up to N = 6 with five more datapoints in range are smaller.
const MOST_STATES: usize = 15_000;
/// Rarer gaps change no figure that is shown.
const NO_GAPS: f64 = 1e-7;

/// The alarm as a chain of datapoints.
#[derive(Clone, Debug)]
pub(super) struct Firing {
    /// The probability of each outcome of a datapoint.
    odds: Vec<f64>,
    /// Where each outcome leads from each state; `None` is ALARM.
    next: Vec<Option<usize>>,
    /// Probability of each state without an ALARM so far.
    now: Vec<f64>,
    fired: f64,
}

impl Firing {
    /// The chain of an alarm whose datapoints have this chance, before the first of them; `None` if it is
    /// too large, or if the gaps before the first would count as breaching.
    pub(super) fn new(spec: &AlarmSpec, chance: Chance) -> Option<Self> {
        let rule = Rule::from(spec);
        let gaps = chance.missing > NO_GAPS;
        if gaps && rule.treat_missing_data == TreatMissingData::Breaching {
            return None;
        }
        let mut outcomes = vec![Slot::Good, Slot::Breaching];
        let mut odds = vec![chance.good(), chance.breach];
        if gaps {
            outcomes.push(Slot::Missing);
            odds.push(chance.missing);
        }
        let next = transitions(&rule, &outcomes)?;
        let mut now = vec![0.0; next.len() / outcomes.len()];
        now[0] = 1.0;
        Some(Self { odds, next, now, fired: 0.0 })
    }

    /// One more datapoint; the probability that the alarm has fired by now.
    pub(super) fn step(&mut self) -> f64 {
        let mut after = vec![0.0; self.now.len()];
        for (&probability, next) in self.now.iter().zip(self.next.chunks(self.odds.len())) {
            for (odds, next) in self.odds.iter().zip(next) {
                match next {
                    Some(state) => after[*state] += probability * odds,
                    None => self.fired += probability * odds,
                }
            }
        }
        self.now = after;
        self.fired
    }

    /// P(ALARM within so many datapoints).
    pub(super) fn within(&mut self, datapoints: u32) -> f64 {
        (0..datapoints).map(|_| self.step()).last().unwrap_or(0.0)
    }

    /// After how many datapoints at least half of the runs have fired; `None` if not after `most`.
    pub(super) fn median(&mut self, most: u32) -> Option<u32> {
        (1..=most).find(|_| self.step() >= 0.5)
    }
}

/// Where each of `outcomes` leads from each state that is reached from good datapoints, which is state 0;
/// `None` of ALARM. Nothing if there are too many states.
fn transitions(rule: &Rule, outcomes: &[Slot]) -> Option<Vec<Option<usize>>> {
    let patterns = Patterns::new(rule)?;
    let mut slots = Vec::new();
    let mut fires = |pattern| {
        patterns.write(pattern, &mut slots);
        evaluate(rule, &slots, AlarmState::Ok) == AlarmState::Alarm
    };
    let mut states: Vec<Pattern> = vec![patterns.all(Slot::Good)];
    let mut places: BTreeMap<Pattern, usize> = BTreeMap::from([(states[0], 0)]);
    let mut next = Vec::new();
    let mut from = 0;
    while let Some(&state) = states.get(from) {
        for &outcome in outcomes {
            let pattern = patterns.then(state, outcome);
            let place = places.get(&pattern).copied();
            next.push(match place {
                Some(place) => Some(place),
                None if fires(pattern) => None,
                None => {
                    places.insert(pattern, states.len());
                    states.push(pattern);
                    Some(states.len() - 1)
                }
            });
        }
        if states.len() > MOST_STATES {
            return None;
        }
        from += 1;
    }
    Some(next)
}

/// P(one evaluation of full windows is ALARM), nothing missing: at least M of N breach.
pub(super) fn at_one_evaluation(spec: &AlarmSpec, chance: Chance) -> f64 {
    let (n, m) = (spec.evaluation_periods, spec.datapoints_to_alarm);
    Binomial::new(chance.breach, n.into()).map_or(0.0, |breaching| breaching.sf(u64::from(m) - 1))
}

/// Whether each datapoint is looked at in one place only, so that the chain is exact.
pub(super) fn is_exact(spec: &AlarmSpec, step_s: f64) -> bool {
    (spec.period.as_secs_f64() - step_s).abs() < 1e-9
}

/// P(at least one of `count` evaluations is ALARM) is at most this, however their windows overlap.
pub(super) fn at_most(spec: &AlarmSpec, chance: Chance, count: u32) -> f64 {
    (at_one_evaluation(spec, chance) * real(count.into())).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alarm::spec::{IgnoreRule, MissingDataRule, PrematureAlarm};

    fn spec(n: u32, m: u32, treat: TreatMissingData) -> AlarmSpec {
        AlarmSpec {
            evaluation_periods: n,
            datapoints_to_alarm: m,
            treat_missing_data: treat,
            ..AlarmSpec::example()
        }
    }

    /// P(ALARM within `datapoints`), by adding up every sequence of outcomes.
    fn by_enumeration(spec: &AlarmSpec, chance: Chance, datapoints: u32) -> f64 {
        let rule = Rule::from(spec);
        let outcomes = [
            (Slot::Good, 1.0 - chance.breach - chance.missing),
            (Slot::Breaching, chance.breach),
            (Slot::Missing, chance.missing),
        ];
        let mut total = 0.0;
        for code in 0..3_usize.pow(datapoints) {
            let digits = (0..datapoints).map(|place| code / 3_usize.pow(place) % 3);
            let sequence: Vec<_> = digits.map(|digit| outcomes[digit]).collect();
            let mut seen = vec![Slot::Good; rule.evaluation_range() as usize];
            let fires = sequence.iter().any(|&(slot, _)| {
                seen.push(slot);
                evaluate(&rule, &seen, AlarmState::Ok) == AlarmState::Alarm
            });
            if fires {
                total += sequence.iter().map(|(_, probability)| probability).product::<f64>();
            }
        }
        total
    }

    #[test]
    fn the_chain_is_the_sum_over_all_sequences() {
        let treats =
            [TreatMissingData::Missing, TreatMissingData::Ignore, TreatMissingData::NotBreaching];
        for treat in treats {
            for (n, m) in [(1, 1), (3, 2), (3, 3), (4, 2)] {
                for missing in [0.0, 0.2] {
                    let spec = spec(n, m, treat);
                    let chance = Chance { breach: 0.3, missing };
                    let found = Firing::new(&spec, chance).expect("a small chain").within(8);
                    let exact = by_enumeration(&spec, chance, 8);
                    assert!((found - exact).abs() < 1e-12, "{m} of {n}, {treat:?}: {found}");
                }
            }
        }
    }

    /// Every alarm that could be judged with two more datapoints than N in range, in any reading, can be with
    /// the five of a minute.
    #[test]
    fn all_up_to_six_periods_are_judged() {
        let chance = Chance { breach: 0.1, missing: 0.3 };
        let ignore = IgnoreRule::WithoutGoodDatapoint;
        let readings = [
            (TreatMissingData::NotBreaching, PrematureAlarm::default(), IgnoreRule::default()),
            (TreatMissingData::Missing, PrematureAlarm::default(), IgnoreRule::default()),
            (TreatMissingData::Missing, PrematureAlarm::FewerThanM, IgnoreRule::default()),
            (TreatMissingData::Ignore, PrematureAlarm::default(), ignore),
        ];
        for m in 1..=6 {
            for (treat, premature_alarm, ignore_rule) in readings {
                let spec = AlarmSpec { premature_alarm, ignore_rule, ..spec(6, m, treat) };
                assert_eq!(Rule::from(&spec).evaluation_range(), 11);
                assert!(Firing::new(&spec, chance).is_some(), "{m} of 6, {treat:?}");
            }
        }
    }

    /// 3 of 5 with gaps, where datapoints far back still count: by all sequences.
    #[test]
    fn a_sparse_alarm_is_judged_exactly() {
        let spec = spec(5, 3, TreatMissingData::NotBreaching);
        let chance = Chance { breach: 0.15, missing: 0.7 };
        let found = Firing::new(&spec, chance).expect("a small chain").within(12);
        let exact = by_enumeration(&spec, chance, 12);
        assert!((found - exact).abs() < 1e-12, "{found}, exactly {exact}");
        let two_more = MissingDataRule::CloudWatch { range_extra: 2 };
        let spec = AlarmSpec { missing_data_rule: two_more, ..spec };
        let shorter = Firing::new(&spec, chance).expect("a small chain").within(12);
        assert!(shorter < 0.8 * found, "with two more it sees less: {shorter} of {found}");
    }

    /// One of one is a geometric variable; two in a row have the recursion of Feller (1968, XIII.7).
    #[test]
    fn run_lengths_in_closed_form() {
        let chance = Chance { breach: 0.1, missing: 0.0 };
        let once = Firing::new(&spec(1, 1, TreatMissingData::Missing), chance);
        let once = once.expect("a small chain").within(20);
        assert!((once - (1.0 - 0.9_f64.powi(20))).abs() < 1e-12);
        let twice = Firing::new(&spec(2, 2, TreatMissingData::Missing), chance);
        let (mut older, mut old) = (1.0, 1.0);
        for _ in 2..=20 {
            (older, old) = (old, 0.9 * old + 0.1 * 0.9 * older);
        }
        let twice = twice.expect("a small chain").within(20);
        assert!((twice - (1.0 - old)).abs() < 1e-12);
    }

    #[test]
    fn too_large_a_chain_is_refused_and_never_fires_is_never() {
        let chance = Chance { breach: 0.5, missing: 0.0 };
        assert!(Firing::new(&spec(40, 20, TreatMissingData::Missing), chance).is_none());
        let never = Chance { breach: 0.0, missing: 0.0 };
        let mut firing = Firing::new(&spec(3, 2, TreatMissingData::Missing), never).expect("small");
        assert_eq!(firing.median(1000), None);
    }
}
