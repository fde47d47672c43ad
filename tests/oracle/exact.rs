//! The exact calculation held against the cases, to nine digits and without a simulation.

use crate::case::{Case, load};
use crate::{exact_cases, parse, root, scenario};
use rollout_sim::rare::exact::rollback;

/// Cases of rollouts that the calculation takes, at least.
const TAKEN_MIN: usize = 8;

/// P(rollback) of the cases that have one alarm; gives how many the calculation took.
fn compare(cases: &[Case]) -> usize {
    let mut taken = 0;
    for case in cases.iter().filter(|case| case.is_rollout()) {
        let is_probability = |name: &str| name == "p_detect" || name == "p_false_rollback";
        let expected = case.expected.iter().find(|(name, _)| is_probability(name));
        let Some((_, expected)) = expected else { continue };
        let expected = expected["value"].as_f64().expect("a number");
        let scenario = parse(case, &scenario::rollout(case, 1));
        let [alarm] = scenario.alarms.as_slice() else { continue };
        let (plan, release) = (&scenario.strategies[0], &scenario.regressions[1]);
        match rollback(&scenario, plan, release, alarm) {
            Ok(found) => {
                let off = (found.value - expected).abs();
                assert!(off < 2e-9, "{}: {} instead of {expected}", case.id, found.value);
                taken += 1;
            }
            Err(why) => println!("{}: {why}", case.id),
        }
    }
    taken
}

#[test]
fn the_exact_calculation_meets_the_cases() {
    let taken = compare(&load(&exact_cases()));
    assert!(taken >= TAKEN_MIN, "only {taken} cases were taken");
    let more = root().join("../shared/conformance/oracle_public.json");
    if more.exists() {
        println!("{} more", compare(&load(&more)));
    }
}
