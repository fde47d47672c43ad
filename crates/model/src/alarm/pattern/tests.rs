use super::*;
use crate::alarm::evaluate::evaluate;
use crate::alarm::spec::{AlarmState, MissingDataRule, Unresolved};
use std::collections::BTreeSet;

const SLOTS: [Slot; 3] = [Slot::Missing, Slot::Good, Slot::Breaching];
const STATES: [AlarmState; 3] = [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData];

/// Every reading of M of N with this rule of missing data.
fn readings(n: u32, m: u32, missing_data_rule: MissingDataRule) -> Vec<Rule> {
    let base = |treat| Rule { missing_data_rule, ..Rule::new(m, n, treat) };
    let mut rules = vec![base(TreatMissingData::Breaching), base(TreatMissingData::NotBreaching)];
    for unresolved in Unresolved::ALL {
        for premature_alarm in PrematureAlarm::ALL {
            let missing = base(TreatMissingData::Missing);
            rules.push(Rule { unresolved, premature_alarm, ..missing });
        }
    }
    for ignore_rule in IgnoreRule::ALL {
        rules.push(Rule { ignore_rule, ..base(TreatMissingData::Ignore) });
    }
    rules
}

/// Follows every sequence of datapoints, as a whole range and as a pattern, until no new pair of the two
/// comes up: so whatever came before, the two are the same state, for ever.
fn follow(rule: &Rule) -> usize {
    let patterns = Patterns::new(rule).expect("a short range");
    let range = rule.evaluation_range() as usize;
    let mut todo: Vec<(Vec<Slot>, Pattern)> =
        SLOTS.iter().map(|&slot| (vec![slot; range], patterns.all(slot))).collect();
    let mut pairs: BTreeSet<(Vec<Slot>, Pattern)> = todo.iter().cloned().collect();
    let mut kept = Vec::new();
    while let Some((slots, pattern)) = todo.pop() {
        patterns.write(pattern, &mut kept);
        for previous in STATES {
            let (whole, of_pattern) =
                (evaluate(rule, &slots, previous), evaluate(rule, &kept, previous));
            assert_eq!(of_pattern, whole, "{rule:?}, {slots:?} kept as {kept:?}, {previous}");
        }
        for slot in SLOTS {
            let next = ([&slots[1..], &[slot]].concat(), patterns.then(pattern, slot));
            if pairs.insert(next.clone()) {
                todo.push(next);
            }
        }
    }
    pairs.len()
}

#[test]
fn a_pattern_is_judged_as_the_whole_range_is_now_and_after_whatever_comes() {
    let mut followed = 0;
    for (n, m) in (1..=4).flat_map(|n| (1..=n).map(move |m| (n, m))) {
        let longer = (0..=6 - n).map(|range_extra| MissingDataRule::CloudWatch { range_extra });
        for missing_data_rule in longer.chain([MissingDataRule::Window]) {
            for rule in readings(n, m, missing_data_rule) {
                followed += follow(&rule);
            }
        }
    }
    assert!(followed > 100_000, "{followed}");
}

/// How many patterns there are, whatever comes after good datapoints.
fn reached(rule: &Rule) -> usize {
    let patterns = Patterns::new(rule).expect("a short range");
    let start = patterns.all(Slot::Good);
    let (mut known, mut todo) = (BTreeSet::from([start]), vec![start]);
    while let Some(pattern) = todo.pop() {
        for slot in SLOTS {
            let next = patterns.then(pattern, slot);
            if known.insert(next) {
                todo.push(next);
            }
        }
    }
    known.len()
}

/// 3 of 5 of a minute looks at 10 datapoints: 59,049 sequences.
#[test]
fn there_are_few_patterns() {
    let missing_data_rule = MissingDataRule::CloudWatch { range_extra: 5 };
    for (treat, count) in [
        (TreatMissingData::NotBreaching, 937),
        (TreatMissingData::Breaching, 937),
        (TreatMissingData::Missing, 2310),
        (TreatMissingData::Ignore, 2310),
    ] {
        assert_eq!(reached(&Rule { missing_data_rule, ..Rule::new(3, 5, treat) }), count);
    }
}

#[test]
fn sixty_four_datapoints_are_the_most() {
    let rule = |range_extra| Rule {
        missing_data_rule: MissingDataRule::CloudWatch { range_extra },
        ..Rule::new(1, 1, TreatMissingData::Missing)
    };
    let patterns = Patterns::new(&rule(63)).expect("64 datapoints");
    let mut pattern = patterns.then(patterns.all(Slot::Missing), Slot::Breaching);
    let mut slots = Vec::new();
    for _ in 0..63 {
        patterns.write(pattern, &mut slots);
        assert_eq!(slots.iter().filter(|&&slot| slot == Slot::Breaching).count(), 1);
        pattern = patterns.then(pattern, Slot::Missing);
    }
    assert_eq!(patterns.then(pattern, Slot::Missing), patterns.all(Slot::Missing), "out of range");
    assert!(Patterns::new(&rule(64)).is_none());
}
