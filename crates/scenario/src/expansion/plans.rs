//! Every way of rolling out.

use super::{Misfit, few_enough, left_out, variant_name};
use crate::load::Loaded;
use crate::raw::alarm::RawAlarm;
use crate::raw::tune::RawTunedStrategy;
use crate::rollout::plan::Plan;
use crate::strategy::RawStrategy;
use crate::tune::{PlanVariant, Shape};
use crate::validate::tune::MOST_PLANS;
use crate::validate::variant::{Fault, plans};
use crate::variation::product::combinations;
use crate::variation::readers::reads_itself;
use crate::variation::strategy::{StrategyChange, changed, keys};
use toml::{Table, Value};

/// One way of rolling out.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) variant: PlanVariant,
    /// How it would be written, under a name of its own.
    pub(super) raw: RawStrategy,
    pub(super) plan: Plan,
}

/// The ways of rolling out under the alarms that may be set, in the order of the scenario's strategies, the
/// present one of each first.
pub(super) fn ways(
    loaded: &Loaded,
    shapes: &[(Shape, RawAlarm)],
    warnings: &mut Vec<String>,
) -> Result<Vec<Way>, Misfit> {
    let tuned = loaded.written.tune.as_ref().and_then(|tune| tune.strategies.as_ref());
    let mut ways = Vec::new();
    for (index, written) in loaded.written.strategies.iter().enumerate() {
        let present = &loaded.scenario.strategies[index];
        if !shapes.iter().any(|(shape, _)| reads_itself(present, shape.alarm)) {
            continue;
        }
        let mut entries = tuned.into_iter().flatten().enumerate();
        let entry = entries.find(|(_, entry)| entry.strategy == written.name);
        ways.extend(of_strategy(loaded, (index, written), entry, warnings)?);
        few_enough("strategies", ways.len(), MOST_PLANS, "ways of rolling out")?;
    }
    Ok(ways)
}

/// The ways of one strategy.
fn of_strategy(
    loaded: &Loaded,
    (index, written): (usize, &RawStrategy),
    entry: Option<(usize, &RawTunedStrategy)>,
    warnings: &mut Vec<String>,
) -> Result<Vec<Way>, Misfit> {
    let dimensions = entry.map_or_else(Vec::new, |(_, entry)| dimensions(written, &entry.vary));
    let (ways, faults) = variants(loaded, (index, written), &dimensions);
    match (entry, faults.first()) {
        (Some((place, _)), Some((name, (message, help)))) if ways.len() < 2 => {
            let message = format!("no variant of \"{}\" remains: {name}: {message}", written.name);
            Err((format!("tune.strategies[{place}].vary"), (message, help.clone())))
        }
        _ => {
            warnings.extend(faults.iter().map(|(name, fault)| left_out(name, fault)));
            Ok(ways)
        }
    }
}

/// The values that are not the present ones, key by key.
fn dimensions(written: &RawStrategy, vary: &Table) -> Vec<Vec<StrategyChange>> {
    let others = |(key, values): (String, &Value)| {
        let values = values.as_array().into_iter().flatten();
        let changes = values.map(|value| StrategyChange { key: key.clone(), value: value.clone() });
        let is_other =
            |change: &StrategyChange| changed(written, &[change]).as_ref() != Ok(written);
        changes.filter(is_other).collect()
    };
    keys(vary).into_iter().map(others).collect()
}

/// Every variant of one strategy, and by name those that are left out.
fn variants(
    loaded: &Loaded,
    (index, written): (usize, &RawStrategy),
    dimensions: &[Vec<StrategyChange>],
) -> (Vec<Way>, Vec<(String, Fault)>) {
    let mut faults = Vec::new();
    let (mut variants, mut raws) = (Vec::new(), Vec::new());
    let dimensions: Vec<&[StrategyChange]> = dimensions.iter().map(Vec::as_slice).collect();
    for changes in combinations(&dimensions) {
        let spoken: Vec<_> = changes.iter().map(|change| change.spoken()).collect();
        let name = variant_name(&written.name, &spoken);
        match changed(written, &changes) {
            Ok(raw) => {
                raws.push(RawStrategy { name, ..raw });
                variants.push(PlanVariant { strategy: index, changes: spoken });
            }
            Err(fault) => faults.push((name, fault)),
        }
    }
    let checked = plans(&loaded.filled_in, raws.clone(), &loaded.scenario);
    let mut ways: Vec<Way> = Vec::new();
    for ((variant, raw), plan) in variants.into_iter().zip(raws).zip(checked) {
        let plan = plan.and_then(|plan| match ways.iter().find(|way| alike(&way.plan, &plan)) {
            None => Ok(plan),
            Some(way) => {
                let message = format!("it rolls out exactly as \"{}\" does", way.raw.name);
                Err((message, "list values that make a difference".to_owned()))
            }
        });
        match plan {
            Ok(plan) => ways.push(Way { variant, raw, plan }),
            Err(fault) => faults.push((raw.name, fault)),
        }
    }
    (ways, faults)
}

/// Whether two plans are the same but for their names.
fn alike(one: &Plan, other: &Plan) -> bool {
    *one == Plan { name: one.name.clone(), ..other.clone() }
}
