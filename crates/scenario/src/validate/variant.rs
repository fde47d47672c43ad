//! Variants of alarms and strategies, by the checks that hand-written ones pass.

use super::alarm::{alarm, shadow_alarms};
use super::report::Report;
use super::subject::Published;
use super::threshold::{self};
use super::{Problem, ranges, strategy};
use crate::alarm::spec::AlarmSpec;
use crate::raw::RawScenario;
use crate::raw::alarm::RawAlarm;
use crate::raw::scalar::RawThreshold;
use crate::rollout::plan::Plan;
use crate::spec::Scenario;
use crate::strategy::RawStrategy;
use crate::telemetry::ratio::Ratio;
use std::slice;

/// The rule that a variant breaks, and the remedy.
pub(crate) type Fault = (String, String);

/// What a variant is called while it is checked; nobody sees it.
const VARIANT: &str = "variant";

/// A variant of an alarm of the scenario, which is as `written` and comes to `present`.
///
/// # Errors
/// The first rule that it breaks: an alarm's own, or that its datapoints have the unit of `present`'s, so
/// that thresholds of the two can be compared.
pub(crate) fn alarm_variant(
    raw: &RawAlarm,
    (written, present): (&RawAlarm, &AlarmSpec),
    (strategies, scenario): (&[RawStrategy], &Scenario),
) -> Result<AlarmSpec, Fault> {
    let published = Published {
        interval: scenario.metrics.interval,
        warm_up: scenario.experiment.warm_up,
        sampled: &scenario.sampled,
        delay_of: &scenario.metrics.delay_of,
    };
    let mut report = Report::new(Vec::new());
    let spec = alarm(VARIANT, &mut raw.clone(), &published, &mut report);
    // What the file has passed already, with strategies that may not have been chosen.
    if raw.fleet != written.fleet {
        shadow_alarms(slice::from_ref(raw), strategies, &mut report);
    }
    let spec = first_of(spec, report)?;
    if spec.subject.unit() != present.subject.unit() {
        let message = "its datapoints would have another unit than the present ones";
        let help = "thresholds of the two cannot be compared; write an alarm of its own for it";
        return Err((message.to_owned(), help.to_owned()));
    }
    Ok(spec)
}

/// A threshold for an alarm, in the metric's unit.
///
/// # Errors
/// The rule that it breaks.
pub(crate) fn threshold_variant(
    raw: &RawAlarm,
    threshold: RawThreshold,
    present: &AlarmSpec,
) -> Result<Ratio, Fault> {
    let raw = RawAlarm { threshold: Some(threshold), ..raw.clone() };
    let mut report = Report::new(Vec::new());
    let exact = threshold::threshold(VARIANT, &raw, &present.subject, &mut report);
    first_of(exact, report)
}

/// A threshold in the metric's unit as a file says it; `None` if it is no decimal that a file can say.
pub(crate) fn written_threshold(threshold: Ratio, alarm: &AlarmSpec) -> Option<RawThreshold> {
    threshold::spelled(threshold, &alarm.subject)
}

fn first_of<T>(made: Option<T>, report: Report) -> Result<T, Fault> {
    let fault = report.into_found().into_iter().next().map(said);
    match (made, fault) {
        (Some(made), None) => Ok(made),
        (_, fault) => Err(fault.unwrap_or_default()),
    }
}

/// The plans of `variants`, as if they were the strategies of `resolved`, which is `scenario`.
pub(crate) fn plans(
    resolved: &RawScenario,
    variants: Vec<RawStrategy>,
    scenario: &Scenario,
) -> Vec<Result<Plan, Fault>> {
    let mut raw = RawScenario { strategies: variants, ..resolved.clone() };
    let mut report = Report::new(Vec::new());
    ranges::check(&raw, &mut report);
    let plans = strategy::plans(&mut raw, &scenario.endpoint, &mut report);
    let found = report.into_found();
    let checked = plans.into_iter().enumerate().map(|(index, plan)| {
        let path = format!("strategies[{index}]");
        let fault = found.iter().find(|problem| problem.path.starts_with(&path));
        match (plan, fault) {
            (Some(plan), None) => within(plan, scenario),
            (_, fault) => Err(fault.cloned().map(said).unwrap_or_default()),
        }
    });
    checked.collect()
}

/// A plan that ends before the horizon does.
fn within(plan: Plan, scenario: &Scenario) -> Result<Plan, Fault> {
    let (needs, horizon) = (plan.time_needed(), scenario.experiment.horizon);
    if needs > horizon {
        let message = format!("it takes {needs}, longer than the horizon ({horizon})");
        return Err((message, format!("give a horizon of at least \"{needs}\"")));
    }
    Ok(plan)
}

fn said(problem: Problem) -> Fault {
    (problem.message, problem.help.unwrap_or_default())
}
