//! The strategies of which something may vary.

use super::super::report::Report;
use super::{MOST_PLANS, each_once, few_enough};
use crate::raw::RawScenario;
use crate::raw::tune::{RawTune, RawTunedStrategy};
use crate::spec::Scenario;
use crate::strategy::RawStrategy;
use crate::variation::readers::{reads_itself, settable};
use crate::variation::strategy::{StrategyChange, changed, fault_of_key, keys};
use toml::Value;

/// Notes what is wrong with the strategies of which something may vary.
pub(super) fn check(
    tune: &RawTune,
    written: &RawScenario,
    scenario: &Scenario,
    report: &mut Report,
) {
    let Some(tuned) = &tune.strategies else { return };
    let known: Vec<&str> =
        written.strategies.iter().map(|strategy| strategy.name.as_str()).collect();
    let mut plans: usize = 0;
    for (place, raw) in tuned.iter().enumerate() {
        let path = format!("tune.strategies[{place}]");
        let Some(index) = known.iter().position(|known| *known == raw.strategy) else {
            let path = format!("{path}.strategy");
            report.unknown_name(path, "strategy", &raw.strategy, &known);
            continue;
        };
        reads_a_tuned_alarm(&path, raw, (index, tune, scenario), report);
        let strategy = &written.strategies[index];
        plans = plans.saturating_add(vary(&format!("{path}.vary"), strategy, raw, report));
    }
    few_enough("tune.strategies", plans, MOST_PLANS, &"ways of rolling out", report);
}

/// Notes a strategy on which no alarm that may be set has any influence.
fn reads_a_tuned_alarm(
    path: &str,
    raw: &RawTunedStrategy,
    (index, tune, scenario): (usize, &RawTune, &Scenario),
    report: &mut Report,
) {
    let numbers = match &tune.alarms {
        None => settable(scenario),
        Some(_) if !report.sound("tune.alarms") => return,
        Some(tuned) => {
            let is_named = |number: &usize| {
                tuned.iter().any(|entry| entry.alarm == scenario.alarms[*number].name)
            };
            (0..scenario.alarms.len()).filter(is_named).collect()
        }
    };
    let Some(plan) = scenario.strategies.get(index) else { return };
    if !numbers.iter().any(|&alarm| reads_itself(plan, alarm)) {
        let name = &raw.strategy;
        let (message, help) = if plan.alarms.is_empty() {
            (format!("the strategy \"{name}\" has no alarms"), "give it `alarms`")
        } else {
            (
                format!("the strategy \"{name}\" reads no alarm that may be set"),
                "list one of its alarms in [[tune.alarms]]",
            )
        };
        report.problem(format!("{path}.strategy"), message, help);
    }
}

/// Notes what is wrong with a `vary` table; how many ways of rolling out it comes to.
fn vary(path: &str, strategy: &RawStrategy, raw: &RawTunedStrategy, report: &mut Report) -> usize {
    let keys = keys(&raw.vary);
    if keys.is_empty() {
        let help = "give, for example, `\"canary.bake\" = [\"5m\", \"10m\"]`";
        report.problem(path, "`vary` names no key", help);
    }
    let mut plans: usize = 1;
    for (place, (key, values)) in keys.iter().enumerate() {
        let path = format!("{path}.{key}");
        if keys[..place].iter().any(|(other, _)| other == key) {
            report.problem(path, format!("`{key}` is listed twice"), "list it once");
            continue;
        }
        if let Some((message, help)) = fault_of_key(strategy, key) {
            report.problem(path, message, help);
            continue;
        }
        let Value::Array(values) = values else {
            let message = format!("`{key}` must be a list of values");
            report.problem(path, message, "write the values in [brackets]");
            continue;
        };
        if report.list(&path, values.len()) {
            let others = others(&path, strategy, (key, values), report);
            plans = plans.saturating_mul(others + 1);
        }
    }
    plans
}

/// Notes values that a strategy cannot have; how many are not the present one.
fn others(
    path: &str,
    strategy: &RawStrategy,
    (key, values): (&str, &[Value]),
    report: &mut Report,
) -> usize {
    let mut made: Vec<(RawStrategy, String)> = Vec::new();
    for (place, value) in values.iter().enumerate() {
        let change = StrategyChange { key: key.to_owned(), value: value.clone() };
        match changed(strategy, &[&change]) {
            Ok(variant) => made.push((variant, change.spoken().1)),
            Err((message, help)) => report.problem(format!("{path}[{place}]"), message, help),
        }
    }
    if made.len() == values.len() {
        let variants: Vec<_> = made.iter().map(|(variant, _)| variant).collect();
        let spoken = |variant: &&RawStrategy| {
            let found = made.iter().find(|(made, _)| made == *variant);
            found.map_or_else(String::new, |(_, spoken)| spoken.clone())
        };
        each_once(path, &variants, spoken, report);
    }
    made.iter().filter(|(variant, _)| variant != strategy).count()
}
