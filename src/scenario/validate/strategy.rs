//! The strategies, compiled to plans.

use super::ab_test;
use super::code_deploy::{self, Around};
use super::limits::Limits;
use super::report::Report;
use super::size;
use crate::endpoint::spec::{EndpointSpec, ShiftBy};
use crate::rollout::limits::SHADOW_SCHEDULE;
use crate::rollout::plan::{Plan, Service, Stage, Timing};
use crate::rollout::shift::{Fleets, Portion};
use crate::rollout::{all_at_once, canary, linear, ramp, shadow, steps};
use crate::scenario::raw::RawScenario;
use crate::scenario::raw::alarm::RawAlarm;
use crate::scenario::raw::choice::{RawBaseline, RawThen};
use crate::scenario::raw::default;
use crate::scenario::raw::scalar::RawSize;
use crate::scenario::raw::strategy::{RawAllAtOnce, RawRamp, RawShadow, RawStep, RawStrategy};
use crate::scenario::spec::ExperimentSpec;
use crate::time::SimDuration;

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
    let fleets = Fleets {
        blue: endpoint.blue.instances,
        green: endpoint.green.instances,
        by_instances: endpoint.shift_by == ShiftBy::Instances,
        rounding: raw.endpoint.percent_to_instances.into(),
    };
    let limits = Limits::new(raw.limits);
    let ab = ab_test::Surroundings::new(raw, fleets);
    let mut plans = Vec::new();
    for (index, strategy) in raw.strategies.iter_mut().enumerate() {
        let path = format!("strategies[{index}]");
        let alarms = alarms(&path, strategy, &raw.alarms, report);
        limits.strategy(&path, strategy, alarms.len(), report);
        let timing = timing(strategy, endpoint);
        let termination_wait = endpoint.termination_wait;
        let around = Around { fleets, limits, timing, termination_wait };
        let is_one = exactly_one(&path, strategy, report);
        let (stages, test) = match &mut strategy.ab_test {
            Some(raw) if is_one => {
                ab_test::plan(&format!("{path}.ab_test"), raw, &ab, report).unzip()
            }
            _ => {
                let stages = is_one.then(|| stages(&path, strategy, alarms.len(), around, report));
                (stages.flatten(), None)
            }
        };
        let overhead = strategy.shadow.as_ref().map_or(SimDuration::ZERO, |raw| raw.overhead.0);
        let service = service(strategy);
        let name = strategy.name.clone();
        plans.push(stages.map(|stages| Plan {
            name,
            stages,
            alarms,
            timing,
            service,
            test,
            overhead,
        }));
    }
    let mut plans = plans.into_iter().collect::<Option<Vec<Plan>>>()?;
    long_enough(&plans, experiment, report);
    add_baseline(raw, &mut plans, fleets, endpoint);
    Some(plans)
}

/// How long a strategy's changes take.
fn timing(raw: &RawStrategy, endpoint: &EndpointSpec) -> Timing {
    Timing {
        provision: raw.provision.map_or(endpoint.provision, |time| time.0),
        switch: raw.switch.map_or(endpoint.switch, |time| time.0),
        rollback_switch: raw.switch.map_or(endpoint.rollback_switch, |time| time.0),
    }
}

/// Whose deployment a strategy is.
fn service(raw: &RawStrategy) -> Service {
    let forms = [&raw.time_based_canary, &raw.time_based_linear];
    if raw.code_deploy.is_some() || forms.into_iter().any(Option::is_some) {
        Service::CodeDeploy
    } else {
        Service::SageMaker
    }
}

/// The name of the plain update that is added as the baseline.
const BASELINE: &str = "no guardrail";

/// Adds a plain update at the end, to compare with, unless there is one or none is wanted. It is as
/// short as an update can be, so the horizon need not be long enough for it.
fn add_baseline(
    raw: &mut RawScenario,
    plans: &mut Vec<Plan>,
    fleets: Fleets,
    endpoint: &EndpointSpec,
) {
    let is_there = |plan: &Plan| plan.is_baseline() || plan.name == BASELINE;
    if raw.experiment.baseline == RawBaseline::None
        || plans.is_empty()
        || plans.iter().any(is_there)
    {
        return;
    }
    let strategy = RawStrategy {
        name: BASELINE.to_owned(),
        all_at_once: Some(RawAllAtOnce { final_bake: default::no_time() }),
        alarms: Some(Vec::new()),
        ..RawStrategy::default()
    };
    plans.push(Plan {
        name: strategy.name.clone(),
        stages: all_at_once::stages(fleets, default::no_time().0),
        alarms: Vec::new(),
        timing: timing(&strategy, endpoint),
        service: Service::SageMaker,
        test: None,
        overhead: SimDuration::ZERO,
    });
    raw.strategies.push(strategy);
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
        ("shadow", raw.shadow.is_some()),
        ("ab_test", raw.ab_test.is_some()),
        ("steps", raw.steps.is_some()),
        ("ramp", raw.ramp.is_some()),
        ("code_deploy", raw.code_deploy.is_some()),
        ("time_based_canary", raw.time_based_canary.is_some()),
        ("time_based_linear", raw.time_based_linear.is_some()),
    ];
    let given: Vec<&str> = forms.iter().filter(|form| form.1).map(|form| form.0).collect();
    let sound = forms.iter().all(|(form, _)| report.sound(&format!("{path}.{form}")));
    let names: Vec<String> = forms.iter().map(|(form, _)| format!("`{form}`")).collect();
    let help = format!("give one of {}", names.join(", "));
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

/// The stages of a strategy of exactly one form.
fn stages(
    path: &str,
    raw: &mut RawStrategy,
    alarms: usize,
    around: Around,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    let known = ["instances", "green.instances", "shift_by", "percent_to_instances"];
    if !known.iter().all(|key| report.sound(&format!("endpoint.{key}"))) {
        return None;
    }
    let Around { fleets, limits, .. } = around;
    if let Some(raw) = &raw.all_at_once {
        return Some(all_at_once::stages(fleets, raw.final_bake.0));
    }
    if let Some(raw) = &raw.canary {
        let size =
            size::canary(&format!("{path}.canary.size"), raw.size, (fleets, limits), report)?;
        return Some(canary::stages(fleets, size, raw.bake.0, raw.final_bake.0));
    }
    if let Some(raw) = &raw.linear {
        let step =
            size::linear(&format!("{path}.linear.step"), raw.step, (fleets, limits), report)?;
        return Some(linear::stages(fleets, step, raw.bake.0, raw.final_bake.0));
    }
    if let Some(raw) = &mut raw.shadow {
        return shadow_stages(&format!("{path}.shadow"), raw, (fleets, limits), report);
    }
    if let Some(raw) = &mut raw.ramp {
        return ramp_stages(&format!("{path}.ramp"), raw, fleets, report);
    }
    if let Some(raw) = raw.steps.as_deref() {
        return step_stages(&format!("{path}.steps"), raw, fleets, report);
    }
    code_deploy::stages(path, raw, alarms, around, report)
}

fn shadow_stages(
    path: &str,
    raw: &mut RawShadow,
    (fleets, limits): (Fleets, Limits),
    report: &mut Report,
) -> Option<Vec<Stage>> {
    let instances = *raw.instances.get_or_insert(fleets.green);
    report.count(format!("{path}.instances"), instances, [1, u64::from(fleets.green)]);
    limits.time(&format!("{path}.lasts"), raw.lasts.0, &SHADOW_SCHEDULE, report);
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
    let mirrored = shadow::Mirrored { instances, sample: raw.sample.0, lasts: raw.lasts.0 };
    Some(shadow::stages(fleets, raw.starts_after.0, mirrored, promote))
}

fn step_stages(
    path: &str,
    raw: &[RawStep],
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    let places = (0..raw.len()).map(|index| format!("{path}[{index}].share"));
    let sizes: Vec<(String, RawSize)> = places.zip(raw.iter().map(|step| step.share)).collect();
    if sizes.is_empty() {
        report.problem(path, "there is no step", "end with { share = \"100%\", bake = \"10m\" }");
        return None;
    }
    let portions = ascending(&sizes, fleets, report)?;
    let steps: Vec<(Portion, SimDuration)> =
        portions.into_iter().zip(raw.iter().map(|step| step.bake.0)).collect();
    Some(steps::stages(fleets, &steps))
}

fn ramp_stages(
    path: &str,
    raw: &mut RawRamp,
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    let places = (0..raw.steps.len()).map(|index| format!("{path}.steps[{index}]"));
    let sizes: Vec<(String, RawSize)> = places.zip(raw.steps.iter().copied()).collect();
    if sizes.is_empty() {
        let help = "give, for example, [\"5%\", \"20%\", \"50%\", \"100%\"]";
        report.problem(format!("{path}.steps"), "there is no step", help);
        return None;
    }
    let final_bake = raw.final_bake.get_or_insert(raw.bake).0;
    let portions = ascending(&sizes, fleets, report)?;
    Some(ramp::stages(fleets, &portions, raw.bake.0, final_bake))
}

/// The parts of steps, each of which must move something.
fn ascending(
    sizes: &[(String, RawSize)],
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Portion>> {
    let mut portions = Vec::new();
    for (path, size) in sizes {
        portions.push(size::portion(path, *size, fleets, report)?);
    }
    for (index, pair) in portions.windows(2).enumerate() {
        let [before, after] = [pair[0], pair[1]].map(|portion| fleets.quantised(portion));
        if !after.exceeds_portion(before) {
            report.problem(
                &sizes[index + 1].0,
                format!("this step gives the new model {after}, and the one before it {before}"),
                "make the shares ascend; by whole instances, close ones may be the same number",
            );
            return None;
        }
    }
    Some(portions)
}

/// Notes a horizon that ends before the last bake of the longest strategy.
fn long_enough(plans: &[Plan], experiment: &ExperimentSpec, report: &mut Report) {
    let needed = |plan: &Plan| plan.time_needed(plan.timing.provision, plan.timing.switch);
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
