use super::*;
use crate::alarm::spec::{
    FleetDimension, IgnoreRule, MissingDataRule, PrematureAlarm, Query, TreatMissingData,
    Unresolved,
};
use crate::telemetry::metric::{Metric, Statistic};

fn spec(n: u32, m: u32, treat_missing_data: TreatMissingData) -> AlarmSpec {
    let query =
        Query::requests(Metric::Invocation5xxErrors, Statistic::Average, FleetDimension::Green);
    AlarmSpec {
        evaluation_periods: n,
        datapoints_to_alarm: m,
        treat_missing_data,
        ..AlarmSpec::on(query)
    }
}

fn chained(spec: &AlarmSpec, before: Slot, odds: &[Chance], unseen: &[Slot]) -> f64 {
    let mut chain = Chain::new(spec, before).expect("a small window");
    for &each in odds {
        chain.see(each).expect("few patterns");
        chain.evaluate(unseen);
        chain.act(1.0);
    }
    chain.acted()
}

/// Every sequence of datapoints, judged from its beginning.
fn enumerated(spec: &AlarmSpec, before: Slot, odds: &[Chance], unseen: &[Slot]) -> f64 {
    let rule = Rule::from(spec);
    let range = rule.evaluation_range() as usize;
    let mut total = 0.0;
    for code in 0..3_usize.pow(u32::try_from(odds.len()).expect("few")) {
        let (mut seen, mut state) = (vec![before; range], spec.initial_state);
        let (mut probability, mut fired, mut rest) = (1.0, false, code);
        for each in odds {
            let (slot, outcome) = outcomes(*each)[rest % 3];
            rest /= 3;
            probability *= outcome;
            seen.push(slot);
            let slots = [&seen[..], unseen].concat();
            state = evaluate(&rule, &slots[slots.len() - range..], state);
            fired |= state == AlarmState::Alarm;
        }
        total += if fired { probability } else { 0.0 };
    }
    total
}

#[test]
fn the_chain_is_the_sum_over_all_sequences() {
    let odds: Vec<Chance> = (0..7)
        .map(|place| Chance {
            breach: 0.1 + 0.05 * f64::from(place),
            missing: 0.04 * f64::from(place),
        })
        .collect();
    let treats = [
        TreatMissingData::Breaching,
        TreatMissingData::Ignore,
        TreatMissingData::Missing,
        TreatMissingData::NotBreaching,
    ];
    let mut compared = 0;
    let usual = MissingDataRule::CloudWatch { range_extra: 5 };
    for treat in treats {
        for (n, m) in [(1, 1), (2, 1), (3, 2), (3, 3), (4, 2)] {
            for before in [Slot::Missing, Slot::Good] {
                for unseen in [&[][..], &[Slot::Missing], &[Slot::Missing, Slot::Missing]] {
                    for rule in [
                        MissingDataRule::Window,
                        MissingDataRule::CloudWatch { range_extra: 2 },
                        usual,
                    ] {
                        let spec = AlarmSpec {
                            missing_data_rule: rule,
                            unresolved: Unresolved::Retain,
                            ..spec(n, m, treat)
                        };
                        let found = chained(&spec, before, &odds, unseen);
                        let exact = enumerated(&spec, before, &odds, unseen);
                        let what = format!("{m} of {n}, {treat:?}, {before:?}, {unseen:?}");
                        assert!((found - exact).abs() < 1e-12, "{what}: {found}, exactly {exact}");
                        compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(compared, 4 * 5 * 2 * 3 * 3);
}

#[test]
fn other_readings_of_the_rules_are_the_evaluators_too() {
    let odds = [Chance { breach: 0.3, missing: 0.4 }; 6];
    for premature_alarm in [PrematureAlarm::Literal, PrematureAlarm::ExactAge] {
        let spec = AlarmSpec { premature_alarm, ..spec(3, 2, TreatMissingData::Missing) };
        let found = chained(&spec, Slot::Missing, &odds, &[]);
        assert!((found - enumerated(&spec, Slot::Missing, &odds, &[])).abs() < 1e-12);
    }
    let ignore_rule = IgnoreRule::WithoutGoodDatapoint;
    let spec = AlarmSpec { ignore_rule, ..spec(3, 2, TreatMissingData::Ignore) };
    let found = chained(&spec, Slot::Good, &odds, &[]);
    assert!((found - enumerated(&spec, Slot::Good, &odds, &[])).abs() < 1e-12);
}

/// 1 of 1 is geometric: 1 − (1 − p)^K. M = N is a run of N: u(k) = q·Σ_{i<N} p^i·u(k − 1 − i)
/// (Feller 1968, XIII.7), u(k) being the probability of no run within k.
#[test]
fn closed_forms() {
    let p = 0.07_f64;
    let odds = vec![Chance { breach: p, missing: 0.0 }; 40];
    let once = chained(&spec(1, 1, TreatMissingData::Missing), Slot::Good, &odds, &[]);
    assert!((once - (1.0 - (1.0 - p).powi(40))).abs() < 1e-13);
    for n in 2..=5_usize {
        let mut without = vec![1.0; n];
        for k in n..=40 {
            let sum: f64 = (0..n)
                .map(|i| {
                    let power = i32::try_from(i).expect("small");
                    p.powi(power) * (1.0 - p) * without[k - 1 - i]
                })
                .sum();
            without.push(sum);
        }
        let run = u32::try_from(n).expect("small");
        let spec = spec(run, run, TreatMissingData::NotBreaching);
        let found = chained(&spec, Slot::Good, &odds, &[]);
        assert!((found - (1.0 - without[40])).abs() < 1e-12, "{n} in a row: {found}");
    }
}

#[test]
fn what_is_ignored_or_unseen_is_not_acted_on() {
    let spec = spec(1, 1, TreatMissingData::NotBreaching);
    let mut chain = Chain::new(&spec, Slot::Good).expect("small");
    chain.see(Chance { breach: 0.25, missing: 0.0 }).expect("few");
    chain.evaluate(&[]);
    chain.act(0.5);
    assert!((chain.acted() - 0.125).abs() < 1e-15);
    chain.ignore();
    chain.see(Chance { breach: 1.0, missing: 0.0 }).expect("few");
    chain.evaluate(&[]);
    chain.act(1.0);
    assert!((chain.acted() - 0.875).abs() < 1e-15, "1/8 has left without being acted on");
}

/// A sparse alarm of a minute looks at ten datapoints: 59,049 patterns as they come, which were too many.
#[test]
fn sparse_alarms_of_a_minute_are_followed() {
    let odds = [Chance { breach: 0.2, missing: 0.6 }; 40];
    let treats = [TreatMissingData::Breaching, TreatMissingData::Missing];
    for (treat, n) in treats.into_iter().flat_map(|treat| [5, 6, 7].map(|n| (treat, n))) {
        for m in [1, n / 2, n] {
            let found = chained(&spec(n, m, treat), Slot::Good, &odds, &[]);
            assert!(found > 0.0 && found <= 1.0 + 1e-12, "{m} of {n}, {treat:?}: {found}");
        }
    }
}

#[test]
fn too_many_patterns_are_refused() {
    let mut wide = spec(30, 15, TreatMissingData::Missing);
    let mut chain = Chain::new(&wide, Slot::Good).expect("35 windows");
    let odds = Chance { breach: 0.5, missing: 0.0 };
    let refused = (0..30).find_map(|_| chain.see(odds).err());
    assert_eq!(refused, Some(NotExact::Patterns(PATTERNS_MAX)));
    wide.evaluation_periods = 60;
    assert!(Chain::new(&wide, Slot::Good).is_err());
}
