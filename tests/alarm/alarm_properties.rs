//! Alarm evaluation against an independent oracle, its general properties, and its probabilities.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed};
use rollout_sim::alarm::evaluate::{Rule, Slot, evaluate};
use rollout_sim::alarm::spec::{AlarmState, MissingDataRule, TreatMissingData, Unresolved};
use statrs::distribution::{Binomial, DiscreteCDF};
use statrs::function::factorial::binomial;

const SLOTS: [Slot; 3] = [Slot::Breaching, Slot::Good, Slot::Missing];
const STATES: [AlarmState; 3] = [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData];
const TREATMENTS: [TreatMissingData; 4] = [
    TreatMissingData::Missing,
    TreatMissingData::Ignore,
    TreatMissingData::Breaching,
    TreatMissingData::NotBreaching,
];
const UNRESOLVED: [Unresolved; 3] =
    [Unresolved::InsufficientData, Unresolved::Retain, Unresolved::Ok];

/// Random cases, the same ones every time.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_240_607),
        ..ProptestConfig::default()
    }
}

/// Every sequence of `length` slots.
fn all_patterns(length: u32) -> impl Iterator<Item = Vec<Slot>> {
    (0..3_usize.pow(length))
        .map(move |code| (0..length).map(|place| SLOTS[code / 3_usize.pow(place) % 3]).collect())
}

/// Every rule for up to `most` datapoints and up to two more retrieved.
fn all_rules(most: u32) -> Vec<Rule> {
    let mut rules = Vec::new();
    let ranges = (0..3).map(|range_extra| MissingDataRule::CloudWatch { range_extra });
    for missing_data_rule in ranges.chain([MissingDataRule::Window]) {
        for evaluation_periods in 1..=most {
            for datapoints_to_alarm in 1..=evaluation_periods {
                for treat_missing_data in TREATMENTS {
                    rules.extend(UNRESOLVED.map(|unresolved| Rule {
                        missing_data_rule,
                        unresolved,
                        ..Rule::new(datapoints_to_alarm, evaluation_periods, treat_missing_data)
                    }));
                }
            }
        }
    }
    rules
}

/// CloudWatch's rule once more, naively: real datapoints and fillers as lists of "breaches".
fn naive_cloudwatch(rule: &Rule, range: &[Slot], previous: AlarmState) -> AlarmState {
    let (n, m) = (rule.evaluation_periods as usize, rule.datapoints_to_alarm as usize);
    let mut points: Vec<bool> = Vec::new();
    for slot in range {
        match slot {
            Slot::Breaching => points.push(true),
            Slot::Good => points.push(false),
            Slot::Missing => {}
        }
    }
    if points.len() < n {
        match rule.treat_missing_data {
            TreatMissingData::Breaching => points.resize(n, true),
            TreatMissingData::NotBreaching => points.resize(n, false),
            literal => return naive_shortfall(rule, literal, range, previous),
        }
    }
    let breaching = points[points.len() - n..].iter().filter(|&&breaches| breaches).count();
    if breaching >= m { AlarmState::Alarm } else { AlarmState::Ok }
}

fn naive_shortfall(
    rule: &Rule,
    treat: TreatMissingData,
    range: &[Slot],
    previous: AlarmState,
) -> AlarmState {
    let m = rule.datapoints_to_alarm as usize;
    let ignores = treat == TreatMissingData::Ignore;
    let breaches = range.iter().filter(|&&slot| slot == Slot::Breaching).count();
    if range.iter().all(|&slot| slot == Slot::Missing) {
        if ignores { previous } else { AlarmState::InsufficientData }
    } else if breaches >= m {
        AlarmState::Alarm
    } else if range.contains(&Slot::Good) {
        AlarmState::Ok
    } else if ignores {
        previous
    } else if range[..=range.len() - m].contains(&Slot::Breaching) {
        // One of them stands at place M from the end or further back.
        AlarmState::Alarm
    } else {
        match rule.unresolved {
            Unresolved::InsufficientData => AlarmState::InsufficientData,
            Unresolved::Retain => previous,
            Unresolved::Ok => AlarmState::Ok,
        }
    }
}

/// The window rule once more, naively: the last N periods, missing ones replaced.
fn naive_window(rule: &Rule, window: &[Slot], previous: AlarmState) -> AlarmState {
    let treat = rule.treat_missing_data;
    if window.iter().all(|&slot| slot == Slot::Missing) {
        match treat {
            TreatMissingData::Missing => return AlarmState::InsufficientData,
            TreatMissingData::Ignore => return previous,
            _ => {}
        }
    }
    let breaching = |slot: &Slot| match slot {
        Slot::Breaching => true,
        Slot::Good => false,
        Slot::Missing => treat == TreatMissingData::Breaching,
    };
    let count = window.iter().filter(|slot| breaching(slot)).count();
    if count >= rule.datapoints_to_alarm as usize { AlarmState::Alarm } else { AlarmState::Ok }
}

#[test]
fn every_small_pattern_agrees_with_the_naive_rules() {
    let mut evaluations = 0;
    for rule in all_rules(4) {
        for range in all_patterns(rule.evaluation_range()) {
            for previous in STATES {
                let expected = match rule.missing_data_rule {
                    MissingDataRule::CloudWatch { .. } => naive_cloudwatch(&rule, &range, previous),
                    MissingDataRule::Window => naive_window(&rule, &range, previous),
                };
                assert_eq!(
                    evaluate(&rule, &range, previous),
                    expected,
                    "{rule:?} {range:?} {previous:?}"
                );
                evaluations += 1;
            }
        }
    }
    // For each N: N choices of M, 36 of treatment, setting and previous state, and the patterns of
    // CloudWatch's three ranges and of the window.
    let expected: u32 = (1..=4).map(|n| n * 36 * (1 + 3 + 9 + 1) * 3_u32.pow(n)).sum();
    assert_eq!(evaluations, expected);
}

/// A rule for up to 20 datapoints, slots for its range and older ones.
fn rule_and_slots() -> impl Strategy<Value = (Rule, Vec<Slot>)> {
    let rule = (1_u32..=20).prop_flat_map(|n| {
        let missing_data_rule = prop_oneof![
            (0_u32..8).prop_map(|range_extra| MissingDataRule::CloudWatch { range_extra }),
            Just(MissingDataRule::Window),
        ];
        let choices = (prop::sample::select(&TREATMENTS), prop::sample::select(&UNRESOLVED));
        (Just(n), 1..=n, missing_data_rule, choices)
    });
    rule.prop_flat_map(|(evaluation_periods, datapoints_to_alarm, missing_data_rule, choices)| {
        let (treat_missing_data, unresolved) = choices;
        let rule = Rule {
            missing_data_rule,
            unresolved,
            ..Rule::new(datapoints_to_alarm, evaluation_periods, treat_missing_data)
        };
        let range = rule.evaluation_range() as usize;
        let slots = prop::collection::vec(prop::sample::select(&SLOTS), range..range + 5);
        (Just(rule), slots)
    })
}

proptest! {
    #![proptest_config(config())]

    /// Under the window rule; where ALARM is merely retained (`ignore`, nothing but missing
    /// datapoints), a first real one ends that, as any datapoint does.
    #[test]
    fn one_more_breaching_datapoint_never_ends_an_alarm(
        (rule, slots) in rule_and_slots(),
        place in any::<prop::sample::Index>(),
        previous in prop::sample::select(&STATES),
    ) {
        let before = evaluate(&rule, &slots, previous);
        let mut more = slots.clone();
        *place.get_mut(&mut more) = Slot::Breaching;
        let after = evaluate(&rule, &more, previous);
        let is_window = rule.missing_data_rule == MissingDataRule::Window;
        let n = rule.evaluation_periods as usize;
        let is_retained = is_window
            && rule.treat_missing_data == TreatMissingData::Ignore
            && slots.iter().rev().take(n).all(|&slot| slot == Slot::Missing);
        if before == AlarmState::Alarm && !is_retained {
            prop_assert_eq!(after, AlarmState::Alarm);
        }
    }

    #[test]
    fn what_lies_before_the_range_does_not_matter(
        (rule, slots) in rule_and_slots(),
        older in prop::collection::vec(prop::sample::select(&SLOTS), 0..6),
        previous in prop::sample::select(&STATES),
    ) {
        let range = &slots[slots.len() - rule.evaluation_range() as usize..];
        let longer = [&older[..], range].concat();
        prop_assert_eq!(evaluate(&rule, range, previous), evaluate(&rule, &longer, previous));
    }

    #[test]
    fn without_gaps_all_settings_agree(
        (rule, slots) in rule_and_slots(),
        (other, _) in rule_and_slots(),
        previous in prop::sample::select(&STATES),
    ) {
        let slots: Vec<Slot> = slots
            .into_iter()
            .map(|slot| if slot == Slot::Missing { Slot::Good } else { slot })
            .collect();
        let window = &slots[slots.len() - rule.evaluation_periods as usize..];
        let breaching = window.iter().filter(|&&slot| slot == Slot::Breaching).count();
        let alarms = breaching >= rule.datapoints_to_alarm as usize;
        let expected = if alarms { AlarmState::Alarm } else { AlarmState::Ok };
        let other = Rule {
            evaluation_periods: rule.evaluation_periods,
            datapoints_to_alarm: rule.datapoints_to_alarm,
            ..other
        };
        prop_assert_eq!(evaluate(&rule, &slots, previous), expected);
        prop_assert_eq!(evaluate(&other, &slots, AlarmState::Alarm), expected);
    }
}

/// An early ALARM of CloudWatch's rule rests on the age of the oldest breaching datapoint, so it
/// ends when that leaves the range, though the new datapoint breaches too.
#[test]
fn a_newer_breaching_datapoint_can_end_an_early_alarm_of_cloudwatch() {
    let rule = Rule { unresolved: Unresolved::Ok, ..Rule::new(3, 3, TreatMissingData::Missing) };
    let (x, none) = (Slot::Breaching, Slot::Missing);
    let history = [x, none, none, none, none, x];
    let early = evaluate(&rule, &history[..5], AlarmState::Ok);
    assert_eq!(early, AlarmState::Alarm);
    assert_eq!(evaluate(&rule, &history, early), AlarmState::Ok);
}

/// M of N under either rule, without missing data.
fn m_of_n(m: u32, n: u32) -> Rule {
    Rule {
        missing_data_rule: MissingDataRule::Window,
        ..Rule::new(m, n, TreatMissingData::NotBreaching)
    }
}

/// Every sequence of `length` independent datapoints with its probability, each breaching with
/// probability `p`.
fn sequences(length: u32, p: f64) -> impl Iterator<Item = (Vec<Slot>, f64)> {
    (0..1_u32 << length).map(move |code| {
        let slots: Vec<Slot> = (0..length)
            .map(|place| if code >> place & 1 == 1 { Slot::Breaching } else { Slot::Good })
            .collect();
        let breaching = code.count_ones();
        (slots, p.powf(breaching.into()) * (1.0 - p).powf((length - breaching).into()))
    })
}

fn assert_close(got: f64, expected: f64, what: &str) {
    assert!((got - expected).abs() < 1e-12, "{what}: {got} instead of {expected}");
}

#[test]
fn the_probability_of_alarm_is_a_binomial_tail() {
    for (n, p) in [(1_u32, 0.3), (3, 0.05), (5, 0.5), (10, 0.2)] {
        for m in 1..=n {
            let rule = m_of_n(m, n);
            let got: f64 = sequences(n, p)
                .filter(|(slots, _)| evaluate(&rule, slots, AlarmState::Ok) == AlarmState::Alarm)
                .map(|(_, probability)| probability)
                .sum();
            let tail = Binomial::new(p, n.into()).expect("a binomial").sf(u64::from(m) - 1);
            assert_close(got, tail, &format!("{m} of {n} at {p}"));
        }
    }
}

/// The probability that none of `length` evaluations is in ALARM, the history being good.
fn quiet_probability(rule: &Rule, length: u32, p: f64) -> f64 {
    let n = rule.evaluation_periods as usize;
    let is_quiet = |slots: &[Slot]| {
        let all = [&vec![Slot::Good; n][..], slots].concat();
        (n + 1..=all.len())
            .all(|end| evaluate(rule, &all[end - n..end], AlarmState::Ok) == AlarmState::Ok)
    };
    sequences(length, p)
        .filter(|(slots, _)| is_quiet(slots))
        .map(|(_, probability)| probability)
        .sum()
}

/// De Moivre's recurrence for "no run of r successes in t trials" (Feller, vol. I, XIII.7):
/// f(t) = f(t − 1) − q·pʳ·f(t − r − 1), with f(t) = 1 for t < r and f(r) = 1 − pʳ.
#[test]
fn all_of_n_alarms_as_runs_of_n_do() {
    for (n, p) in [(1_u32, 0.1_f64), (2, 0.3), (3, 0.6)] {
        let run = p.powf(n.into());
        let r = n as usize;
        let mut quiet = vec![1.0; r];
        quiet.push(1.0 - run);
        for t in r + 1..=12 {
            quiet.push(quiet[t - 1] - (1.0 - p) * run * quiet[t - r - 1]);
        }
        for length in [1_u32, 5, 12] {
            let got = quiet_probability(&m_of_n(n, n), length, p);
            assert_close(got, quiet[length as usize], &format!("{n} of {n}, {length} periods"));
        }
    }
}

/// No two breaching datapoints closer than N: k of T places with at least N − 1 between neighbours
/// can be chosen in C(T − (k − 1)·(N − 1), k) ways.
#[test]
fn two_of_n_alarms_as_close_pairs_do() {
    for (n, p) in [(2_u32, 0.2_f64), (3, 0.1), (5, 0.4)] {
        let length = 12_u32;
        let quiet: f64 = (0..=length)
            .map(|k| {
                let places = (length + n - 1).saturating_sub(k * (n - 1));
                let ways = if k <= places { binomial(places.into(), k.into()) } else { 0.0 };
                ways * p.powf(k.into()) * (1.0 - p).powf((length - k).into())
            })
            .sum();
        let got = quiet_probability(&m_of_n(2, n), length, p);
        assert_close(got, quiet, &format!("2 of {n}"));
    }
}
