//! The strategies, compiled to plans.

use super::endpoint::monitoring_usd_per_hour;
use super::report::Report;
use super::rules;
use crate::alarm::composite::Rule;
use crate::endpoint::spec::{EndpointSpec, ShiftBy};
use crate::raw::RawScenario;
use crate::raw::choice::RawBaseline;
use crate::rollout::plan::{Plan, Service, StepTimes};
use crate::rollout::rules::{PreAlarm, Rules};
use crate::rollout::shift::{Fleets, Portion};
use crate::spec::ExperimentSpec;
use crate::strategy::RawStrategy;
use crate::strategy::form::{Around, Course, Form};
use crate::strategy::limits::Limits;
use crate::time::SimDuration;
use std::mem;

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
    let plans = plans(raw, endpoint, report);
    let mut plans = plans.into_iter().collect::<Option<Vec<Plan>>>()?;
    long_enough(&plans, experiment, report);
    add_baseline(raw, &mut plans, fleets(raw, endpoint), endpoint);
    Some(plans)
}

/// The plan of each strategy by itself; `None` only if it has a problem that is noted.
pub(super) fn plans(
    raw: &mut RawScenario,
    endpoint: &EndpointSpec,
    report: &mut Report,
) -> Vec<Option<Plan>> {
    let mut strategies = mem::take(&mut raw.strategies);
    let known = Known::new(raw);
    let plan = |(index, strategy): (usize, &mut RawStrategy)| {
        plan(&format!("strategies[{index}]"), strategy, &known, (raw, endpoint), report)
    };
    let plans = strategies.iter_mut().enumerate().map(plan).collect();
    raw.strategies = strategies;
    plans
}

/// The plan of one strategy in the rest of the scenario.
fn plan(
    path: &str,
    strategy: &mut RawStrategy,
    known: &Known,
    (raw, endpoint): (&RawScenario, &EndpointSpec),
    report: &mut Report,
) -> Option<Plan> {
    let fleets = fleets(raw, endpoint);
    let limits = Limits::from(raw.limits);
    let alarms = alarms(path, strategy, known, report);
    let service = strategy.given().first().map_or(Service::SageMaker, |(_, form)| form.service());
    heed_alarms_as(service, strategy);
    let rules = rules::rules(path, strategy, &raw.controller, report);
    let times = times(strategy, endpoint);
    let name = strategy.name.clone();
    let (key, form) = only_form(path, strategy, report)?;
    let settled = ["instances", "green.instances", "shift_by", "percent_to_instances"];
    let is_settled = settled.iter().all(|key| report.sound(&format!("endpoint.{key}")));
    let around = Around {
        path,
        raw,
        endpoint,
        fleets: is_settled.then_some(fleets),
        limits,
        times,
        alarms: &alarms,
    };
    let Course { stages, rolling, test, overhead } =
        form.course(&format!("{path}.{key}"), &around, report)?;
    let monitoring_usd_per_hour = monitoring_usd_per_hour(&raw.endpoint, alarms.len());
    let plan = Plan {
        name,
        stages,
        alarms,
        fleets,
        rolling,
        rules,
        times,
        service,
        test,
        overhead,
        monitoring_usd_per_hour,
    };
    // What follows is an update with guardrails, as SageMaker's `UpdateEndpoint` has them.
    let Some(policy) = form.policy() else { return Some(plan) };
    limits.update(path, policy, &plan, report);
    let falls_back = endpoint.falls_back_for().is_some();
    Some(if falls_back { plan.without_guardrails() } else { plan })
}

fn fleets(raw: &RawScenario, endpoint: &EndpointSpec) -> Fleets {
    Fleets {
        blue: endpoint.blue.instances,
        green: endpoint.green.instances,
        by_instances: endpoint.shift_by == ShiftBy::Instances,
        rounding: raw.endpoint.percent_to_instances,
    }
}

/// How long a strategy's changes take.
fn times(raw: &RawStrategy, endpoint: &EndpointSpec) -> StepTimes {
    StepTimes {
        provision: raw.provision.map_or(endpoint.provision, |time| time),
        switch: raw.switch.map_or(endpoint.switch, |time| time),
        rollback_switch: raw.switch.map_or(endpoint.rollback_switch, |time| time),
        clean_up: endpoint.clean_up,
    }
}

/// Fills in what a service does of an alarm that is in ALARM at the start; of SageMaker's it is not known,
/// so the controller's setting stands.
fn heed_alarms_as(service: Service, raw: &mut RawStrategy) {
    let usual = match service {
        Service::SageMaker => return,
        Service::CodeDeploy => PreAlarm::Stop,
        Service::Ecs => PreAlarm::IgnoreAllAlarms,
    };
    raw.pre_alarm.get_or_insert(usual);
}

/// The name of the plain update that is added as the baseline.
const BASELINE: &str = "no guardrail";

/// Adds a plain update at the end, to compare with, unless there is one or none is wanted: like is compared
/// with like, so there is one for each provisioning and switch that the strategies have. It is as short as
/// an update can be, so the horizon need not be long enough for it.
fn add_baseline(
    raw: &mut RawScenario,
    plans: &mut Vec<Plan>,
    fleets: Fleets,
    endpoint: &EndpointSpec,
) {
    let is_there = |plan: &Plan| plan.is_baseline() || plan.name == BASELINE;
    if raw.experiment.baseline == RawBaseline::None || plans.iter().any(is_there) {
        return;
    }
    let mut kinds: Vec<StepTimes> = Vec::new();
    for plan in plans.iter() {
        if !kinds.iter().any(|kind| kind.take_as_long_forward(&plan.times)) {
            kinds.push(plan.times);
        }
    }
    for kind in &kinds {
        let strategy = plain_update(kind, kinds.len() == 1, endpoint);
        if plans.iter().any(|plan| plan.name == strategy.name) {
            continue;
        }
        plans.push(Plan {
            name: strategy.name.clone(),
            stages: vec![fleets.stage(Portion::ALL, SimDuration::ZERO)],
            alarms: Vec::new(),
            fleets,
            rolling: None,
            rules: Rules::default(),
            times: times(&strategy, endpoint),
            service: Service::SageMaker,
            test: None,
            overhead: SimDuration::ZERO,
            monitoring_usd_per_hour: 0.0,
        });
        raw.strategies.push(strategy);
    }
}

/// A plain update whose changes take as long as `kind` says. Those of the endpoint need not be written.
fn plain_update(kind: &StepTimes, is_only: bool, endpoint: &EndpointSpec) -> RawStrategy {
    let own = |time: SimDuration, usual: SimDuration| (time != usual).then_some(time);
    let provision = own(kind.provision, endpoint.provision);
    let switch = own(kind.switch, endpoint.switch);
    let is_usual = provision.is_none() && switch.is_none();
    let name = if is_only || is_usual {
        BASELINE.to_owned()
    } else {
        format!("{BASELINE} (provision {}, switch {})", kind.provision, kind.switch)
    };
    RawStrategy { provision, switch, ..RawStrategy::plain_update(name) }
}

/// The indices of the alarms that roll a strategy back.
fn alarms(path: &str, raw: &mut RawStrategy, known: &Known, report: &mut Report) -> Vec<usize> {
    let names = &known.names;
    let Some(wanted) = &raw.alarms else {
        // Filled in only now, so that the resolved scenario says which alarms "all" are.
        raw.alarms = Some(known.independent.iter().map(|&index| names[index].clone()).collect());
        return known.independent.clone();
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
            None if !report.sound("alarms[*]") || !known.are_sound(report) => {}
            None => report.unknown_name(
                place,
                "alarm",
                name,
                &names.iter().map(String::as_str).collect::<Vec<_>>(),
            ),
        }
    }
    indices
}

/// The alarms that a strategy can name.
struct Known {
    /// By their numbers, composite ones last.
    names: Vec<String>,
    /// How many are not composite.
    metric_alarms: usize,
    /// Those that no composite alarm speaks for.
    independent: Vec<usize>,
}

impl Known {
    fn new(raw: &RawScenario) -> Self {
        let composites = raw.composite_alarms.iter();
        let rules = composites.clone().filter_map(|composite| Rule::parse(&composite.rule).ok());
        let in_rules =
            rules.flat_map(|rule| rule.alarms().into_iter().map(str::to_owned).collect::<Vec<_>>());
        // A suppressor says that trouble is expected, and is no guard.
        let suppressors =
            composites.clone().filter_map(|composite| composite.actions_suppressor.clone());
        let spoken_for: Vec<String> = in_rules.chain(suppressors).collect();
        let names = raw.alarms.iter().map(|alarm| &alarm.name);
        let names: Vec<String> =
            names.chain(composites.map(|composite| &composite.name)).cloned().collect();
        let independent = (0..names.len()).filter(|&index| !spoken_for.contains(&names[index]));
        Self { independent: independent.collect(), metric_alarms: raw.alarms.len(), names }
    }

    fn are_sound(&self, report: &Report) -> bool {
        (0..self.names.len()).all(|index| {
            report.sound(&match index.checked_sub(self.metric_alarms) {
                None => format!("alarms[{index}].name"),
                Some(index) => format!("composite_alarms[{index}].name"),
            })
        })
    }
}

/// The one form of a strategy and its key; `None` only if a problem is noted.
fn only_form<'a>(
    path: &str,
    raw: &'a mut RawStrategy,
    report: &mut Report,
) -> Option<(&'static str, &'a mut dyn Form)> {
    let sound = RawStrategy::FORMS.iter().all(|form| report.sound(&format!("{path}.{form}")));
    let names: Vec<String> = RawStrategy::FORMS.iter().map(|form| format!("`{form}`")).collect();
    let help = format!("give one of {}", names.join(", "));
    let given: Vec<&str> = raw.given().into_iter().map(|(form, _)| form).collect();
    let name = &raw.name;
    match given.as_slice() {
        _ if !sound => None,
        [_] => raw.given_mut().pop(),
        [] => {
            report.problem(
                path,
                format!("the strategy \"{name}\" does not say what it does"),
                help,
            );
            None
        }
        [_, second, ..] => {
            let message = format!("the strategy \"{name}\" is {} at once", given.join(" and "));
            report.problem(format!("{path}.{second}"), message, help);
            None
        }
    }
}

/// Notes a horizon that ends before the last bake of the longest strategy.
fn long_enough(plans: &[Plan], experiment: &ExperimentSpec, report: &mut Report) {
    let Some(longest) = plans.iter().max_by_key(|plan| plan.time_needed()) else { return };
    let needs = longest.time_needed();
    let timed = ["endpoint.provision", "endpoint.switch", "endpoint.clean_up", "strategies"];
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
