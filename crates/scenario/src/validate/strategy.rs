//! The strategies, compiled to plans.

use super::endpoint::monitoring_usd_per_hour;
use super::limits::Limits;
use super::report::Report;
use super::stages::{Around, stages};
use super::{ab_test, rules};
use crate::alarm::composite::Rule;
use crate::endpoint::spec::{EndpointSpec, ShiftBy};
use crate::raw::alarm::RawAlarm;
use crate::raw::choice::RawBaseline;
use crate::raw::strategy::{RawAllAtOnce, RawStrategy};
use crate::raw::{RawScenario, default};
use crate::rollout::all_at_once;
use crate::rollout::limits::code_deploy_alarms;
use crate::rollout::plan::{Plan, Service, StepTimes};
use crate::rollout::rules::{PreAlarm, Rules};
use crate::rollout::shift::Fleets;
use crate::spec::ExperimentSpec;
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
    let fleets = fleets(raw, endpoint);
    let limits = Limits::from(raw.limits);
    let ab = ab_test::Surroundings::new(raw, fleets);
    let known = Known::new(raw);
    let most = raw.controller.code_deploy_alarms;
    report.count("controller.code_deploy_alarms", most, [1, 1000]);
    let code_deploy_alarms = code_deploy_alarms(most);
    let mut plans = Vec::new();
    for (index, strategy) in raw.strategies.iter_mut().enumerate() {
        let path = format!("strategies[{index}]");
        let alarms = alarms(&path, strategy, &known, report);
        let (service, times) = (service(strategy), times(strategy, endpoint));
        heed_alarms_as(service, strategy);
        let rules = rules::rules(&path, strategy, &raw.controller, report);
        let around = Around {
            fleets,
            limits,
            times,
            termination_wait: endpoint.termination_wait,
            alarms: alarms.len(),
            code_deploy_alarms,
            watch_time: watch_time(&alarms, &raw.alarms),
        };
        let monitoring_usd_per_hour = monitoring_usd_per_hour(&raw.endpoint, alarms.len());
        let name = strategy.name.clone();
        let overhead = strategy.shadow.as_ref().map_or(SimDuration::ZERO, |raw| raw.overhead);
        let form = exactly_one(&path, strategy, report)
            .then(|| match &mut strategy.ab_test {
                Some(raw) => ab_test::plan(&format!("{path}.ab_test"), raw, &ab, report)
                    .map(|(stages, test)| (stages, None, Some(test))),
                None => stages(&path, strategy, around, report)
                    .map(|(stages, rolling)| (stages, rolling, None)),
            })
            .flatten();
        let plan = form.map(|(stages, rolling, test)| Plan {
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
        });
        if let Some(plan) = &plan {
            limits.strategy(&path, strategy, plan, report);
            Limits::features(&path, strategy, &endpoint.features, report);
        }
        let falls_back = is_guarded_update(strategy) && endpoint.falls_back_for().is_some();
        plans.push(plan.map(|plan| if falls_back { plan.without_guardrails() } else { plan }));
    }
    plans
}

/// Whether a strategy is an update with guardrails, as SageMaker's `UpdateEndpoint` has them.
fn is_guarded_update(raw: &RawStrategy) -> bool {
    raw.all_at_once.is_some()
        || raw.canary.is_some()
        || raw.linear.is_some()
        || raw.rolling.is_some()
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

/// Whose deployment a strategy is.
fn service(raw: &RawStrategy) -> Service {
    let custom = [&raw.time_based_canary, &raw.time_based_linear];
    if raw.code_deploy.is_some() || custom.into_iter().any(Option::is_some) {
        Service::CodeDeploy
    } else if raw.ecs_rolling.is_some() {
        Service::Ecs
    } else {
        Service::SageMaker
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

/// How far the alarms of these numbers look back: N periods. A composite alarm, whose number is after those
/// of `raw`, looks back as far as any.
fn watch_time(alarms: &[usize], raw: &[RawAlarm]) -> Option<SimDuration> {
    let looks_back = |alarm: &RawAlarm| {
        let periods = i64::from(alarm.evaluation_periods);
        SimDuration::from_nanos(alarm.period.as_nanos().saturating_mul(periods))
    };
    if alarms.iter().any(|&alarm| alarm >= raw.len()) {
        return raw.iter().map(looks_back).max();
    }
    alarms.iter().map(|&alarm| looks_back(&raw[alarm])).max()
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
            stages: all_at_once::stages(fleets, default::no_time()),
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
    RawStrategy {
        name,
        all_at_once: Some(RawAllAtOnce { final_bake: default::no_time() }),
        alarms: Some(Vec::new()),
        provision,
        switch,
        ..RawStrategy::default()
    }
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

/// Whether a strategy has exactly one form.
fn exactly_one(path: &str, raw: &RawStrategy, report: &mut Report) -> bool {
    let forms = [
        ("all_at_once", raw.all_at_once.is_some()),
        ("canary", raw.canary.is_some()),
        ("linear", raw.linear.is_some()),
        ("rolling", raw.rolling.is_some()),
        ("shadow", raw.shadow.is_some()),
        ("ab_test", raw.ab_test.is_some()),
        ("steps", raw.steps.is_some()),
        ("ramp", raw.ramp.is_some()),
        ("code_deploy", raw.code_deploy.is_some()),
        ("time_based_canary", raw.time_based_canary.is_some()),
        ("time_based_linear", raw.time_based_linear.is_some()),
        ("ecs_rolling", raw.ecs_rolling.is_some()),
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
