//! The strategies, compiled to plans.

use super::report::Report;
use super::rules;
use super::size;
use crate::endpoint::spec::{EndpointSpec, ShiftBy};
use crate::rollout::plan::{Plan, Stage, StepTimes};
use crate::rollout::rolling::Rolling;
use crate::rollout::shift::Fleets;
use crate::rollout::{all_at_once, canary, linear, shadow, steps};
use crate::scenario::raw::RawScenario;
use crate::scenario::raw::alarm::RawAlarm;
use crate::scenario::raw::choice::RawThen;
use crate::scenario::raw::default;
use crate::scenario::raw::strategy::{RawShadow, RawStep, RawStrategy};
use crate::scenario::spec::ExperimentSpec;

/// The plans; `None` only if one could not be made for a problem that is noted.
pub(super) fn strategies(
    raw: &mut RawScenario,
    endpoint: &EndpointSpec,
    experiment: &ExperimentSpec,
    report: &mut Report,
) -> Option<Vec<Plan>> {
    if raw.strategies.is_empty() {
        report.problem(
            "strategies",
            "there is no strategy to compare",
            "add one: [[strategies]] with a name and, say, all_at_once = { final_bake = \"10m\" }",
        );
    }
    report.names("strategies", raw.strategies.iter().map(|strategy| strategy.name.as_str()));
    let mut plans = Vec::new();
    for (index, strategy) in raw.strategies.iter_mut().enumerate() {
        let path = format!("strategies[{index}]");
        let alarms = alarms(&path, strategy, &raw.alarms, report);
        let stages = exactly_one(&path, strategy, report)
            .then(|| stages(&path, strategy, endpoint, report))
            .flatten();
        let rules = rules::rules(&path, strategy, &raw.controller, report);
        let (name, fleets) = (strategy.name.clone(), fleets(endpoint));
        plans.push(stages.map(|(stages, rolling)| Plan {
            name,
            stages,
            alarms,
            fleets,
            rolling,
            rules,
        }));
    }
    let plans: Option<Vec<Plan>> = plans.into_iter().collect();
    if let Some(plans) = &plans {
        long_enough(plans, endpoint, experiment, report);
    }
    plans
}

/// The indices of the alarms that roll a strategy back.
fn alarms(
    path: &str,
    raw: &mut RawStrategy,
    known: &[RawAlarm],
    report: &mut Report,
) -> Vec<usize> {
    let names: Vec<&str> = known.iter().map(|alarm| alarm.name.as_str()).collect();
    let Some(wanted) = &raw.alarms else {
        // Filled in only now, so that the resolved scenario says which alarms "all" are.
        raw.alarms = Some(names.iter().map(|&name| name.to_owned()).collect());
        return (0..known.len()).collect();
    };
    let mut indices = Vec::new();
    for (place, name) in wanted.iter().enumerate() {
        let place = format!("{path}.alarms[{place}]");
        match names.iter().position(|known| known == name) {
            Some(index) if indices.contains(&index) => report.problem(
                place,
                format!("the alarm \"{name}\" is listed twice"),
                "list it once",
            ),
            Some(index) => indices.push(index),
            // A missing or misspelt name elsewhere may be the very one.
            None if !report.sound("alarms[*]") || !names_sound(known.len(), report) => {}
            None => report.unknown_name(place, "alarm", name, &names),
        }
    }
    indices
}

fn names_sound(alarms: usize, report: &Report) -> bool {
    (0..alarms).all(|index| report.sound(&format!("alarms[{index}].name")))
}

/// Whether a strategy has exactly one form.
fn exactly_one(path: &str, raw: &RawStrategy, report: &mut Report) -> bool {
    let forms = [
        ("all_at_once", raw.all_at_once.is_some()),
        ("canary", raw.canary.is_some()),
        ("linear", raw.linear.is_some()),
        ("rolling", raw.rolling.is_some()),
        ("shadow", raw.shadow.is_some()),
        ("steps", raw.steps.is_some()),
    ];
    let given: Vec<&str> = forms.iter().filter(|form| form.1).map(|form| form.0).collect();
    let sound = forms.iter().all(|(form, _)| report.sound(&format!("{path}.{form}")));
    let help = "give one of `all_at_once`, `canary`, `linear`, `rolling`, `shadow` and `steps`";
    match given.as_slice() {
        [_] => sound,
        _ if !sound => false,
        [] => {
            let message = format!("the strategy \"{}\" does not say what it does", raw.name);
            report.problem(path, message, help);
            false
        }
        [_, second, ..] => {
            let message =
                format!("the strategy \"{}\" is {} at once", raw.name, given.join(" and "));
            report.problem(format!("{path}.{second}"), message, help);
            false
        }
    }
}

fn fleets(endpoint: &EndpointSpec) -> Fleets {
    Fleets {
        blue: endpoint.blue.instances,
        green: endpoint.green.instances,
        by_instances: endpoint.shift_by == ShiftBy::Instances,
    }
}

/// The stages of a strategy of exactly one form.
fn stages(
    path: &str,
    raw: &mut RawStrategy,
    endpoint: &EndpointSpec,
    report: &mut Report,
) -> Option<(Vec<Stage>, Option<Rolling>)> {
    let known = ["endpoint.instances", "endpoint.green.instances", "endpoint.shift_by"];
    if !known.iter().all(|path| report.sound(path)) {
        return None;
    }
    let fleets = fleets(endpoint);
    if let Some(raw) = &raw.rolling {
        let (stages, rolling) = rules::rolling(&format!("{path}.rolling"), raw, fleets, report)?;
        return Some((stages, Some(rolling)));
    }
    blue_green_stages(path, raw, fleets, report).map(|stages| (stages, None))
}

/// The stages of a strategy that keeps the blue fleet to the end.
fn blue_green_stages(
    path: &str,
    raw: &mut RawStrategy,
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    if let Some(raw) = &raw.all_at_once {
        return Some(all_at_once::stages(fleets, raw.final_bake.0));
    }
    if let Some(raw) = &raw.canary {
        let size = size::canary(&format!("{path}.canary.size"), raw.size, fleets, report)?;
        return Some(canary::stages(fleets, size, raw.bake.0, raw.final_bake.0));
    }
    if let Some(raw) = &raw.linear {
        let step = size::linear(&format!("{path}.linear.step"), raw.step, fleets, report)?;
        return Some(linear::stages(fleets, step, raw.bake.0, raw.final_bake.0));
    }
    if let Some(raw) = &mut raw.shadow {
        return shadow_stages(&format!("{path}.shadow"), raw, fleets, report);
    }
    raw.steps.as_deref().and_then(|raw| step_stages(&format!("{path}.steps"), raw, fleets, report))
}

fn shadow_stages(
    path: &str,
    raw: &mut RawShadow,
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    report.above_zero(format!("{path}.sample"), raw.sample.0, 1.0);
    report.positive_time(format!("{path}.lasts"), raw.lasts.0);
    let promote = match raw.then {
        RawThen::AllAtOnce => Some(raw.final_bake.get_or_insert(default::no_time()).0),
        RawThen::Stop if raw.final_bake.is_some() => {
            report.problem(
                format!("{path}.final_bake"),
                "`final_bake` watches a promotion, but with `then = \"stop\"` there is none",
                "take out one of them",
            );
            return None;
        }
        RawThen::Stop => None,
    };
    Some(shadow::stages(fleets, raw.sample.0, raw.lasts.0, promote))
}

fn step_stages(
    path: &str,
    raw: &[RawStep],
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    let mut portions = Vec::new();
    for (index, step) in raw.iter().enumerate() {
        let share_path = format!("{path}[{index}].share");
        portions.push((size::portion(&share_path, step.share, fleets, report)?, step.bake.0));
    }
    if portions.is_empty() {
        report.problem(path, "there is no step", "end with { share = \"100%\", bake = \"10m\" }");
        return None;
    }
    for (index, pair) in portions.windows(2).enumerate() {
        let [before, after] = [pair[0].0, pair[1].0].map(|portion| fleets.quantised(portion));
        if !after.exceeds_portion(before) {
            report.problem(
                format!("{path}[{}].share", index + 1),
                format!("this step gives the new model {after}, and the one before it {before}"),
                "make the shares ascend; by whole instances, close ones may be the same number",
            );
            return None;
        }
    }
    Some(steps::stages(fleets, &portions))
}

/// Notes a horizon that ends before the last bake of the longest strategy.
fn long_enough(
    plans: &[Plan],
    endpoint: &EndpointSpec,
    experiment: &ExperimentSpec,
    report: &mut Report,
) {
    let times = StepTimes {
        provision: endpoint.provision,
        switch: endpoint.switch,
        clean_up: endpoint.clean_up,
    };
    let needed = |plan: &Plan| plan.time_needed(times);
    let Some(longest) = plans.iter().max_by_key(|plan| needed(plan)) else { return };
    let needs = needed(longest);
    let timed = ["endpoint.provision", "endpoint.switch", "strategies"];
    if needs > experiment.horizon && timed.iter().all(|path| report.sound(path)) {
        report.problem(
            "experiment.horizon",
            format!(
                "the horizon ({}) ends before the strategy \"{}\" does, which takes {needs} \
                 to provision, switch and bake",
                experiment.horizon, longest.name
            ),
            format!("give at least \"{needs}\""),
        );
    }
}
