//! Lint 18: an alarm on what nobody publishes while a strategy is watched.
//!
//! The new fleet's series begins with its first live request, the shadow's with the first mirrored one, and
//! a monitor's with its first job, no earlier than
//!
//! ```text
//! first request + schedules up to the end of the window · schedule + least start delay + least duration
//! ```
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html> (an
//! alarm without datapoints), and for monitors
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html>.

use crate::alarm::spec::{FleetDimension, Origin};
use crate::lint::facts::{Facts, Rollout};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::monitoring::spec::MonitorSpec;
use crate::time::SimTime;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 18,
    name: "never-published",
    why: "An alarm on a series without datapoints stays as its missing-data setting has it: it looks like a \
          guard and is none.",
    check,
};

/// Why a strategy has no datapoint for an alarm.
enum Silence {
    /// The fleet has no requests in it.
    NoRequests(&'static str),
    /// The first value comes too late.
    TooLate(String),
}

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.rollouts.iter().flat_map(|rollout| judge(facts, rollout)).collect()
}

fn judge(facts: &Facts<'_>, rollout: &Rollout<'_>) -> Vec<Finding> {
    let silent: Vec<(usize, Silence)> = rollout
        .plan
        .alarms
        .iter()
        .filter_map(|&number| Some((number, silence(facts, rollout, number)?)))
        .collect();
    let all = silent.len() == rollout.plan.alarms.len();
    let severity = if all { Severity::Error } else { Severity::Warning };
    let told = silent.into_iter().filter(|(number, silence)| {
        // All alarms guard a strategy that names none: what others publish is not meant here.
        all || matches!(silence, Silence::TooLate(_)) || !is_heard(facts, *number)
    });
    told.map(|(number, silence)| finding(facts, rollout, (number, silence), severity)).collect()
}

/// Whether a strategy that the alarm guards has datapoints for it.
fn is_heard(facts: &Facts<'_>, number: usize) -> bool {
    let mut guarded = facts.rollouts.iter().filter(|r| r.plan.alarms.contains(&number));
    guarded.any(|rollout| silence(facts, rollout, number).is_none())
}

fn finding(
    facts: &Facts<'_>,
    rollout: &Rollout<'_>,
    (number, silence): (usize, Silence),
    severity: Severity,
) -> Finding {
    let (name, strategy) = (facts.scenario.alarm_name(number), rollout.name());
    let mut finding = LINT.finding(severity, format!("strategies[{}].alarms", rollout.index));
    finding.strategy = Some(strategy.to_owned());
    finding.alarm = Some(name.to_owned());
    finding.message =
        format!("nobody publishes what \"{name}\" watches while \"{strategy}\" is watched");
    (finding.arithmetic, finding.remedy) = match silence {
        Silence::NoRequests(what) => (
            format!("{what} in any of its stages"),
            format!("name in the `alarms` of \"{strategy}\" one that sees something there"),
        ),
        Silence::TooLate(times) => {
            (times, "bake longer, or schedule the monitor more often".into())
        }
    };
    finding
}

/// Why nothing that an alarm reads is published; `None` if something is.
fn silence(facts: &Facts<'_>, rollout: &Rollout<'_>, number: usize) -> Option<Silence> {
    let mut silence = None;
    for origin in facts.origins(number) {
        silence = Some(of_origin(facts, rollout, origin)?);
    }
    silence
}

fn of_origin(facts: &Facts<'_>, rollout: &Rollout<'_>, origin: Origin) -> Option<Silence> {
    match origin {
        Origin::Requests(_, fleet) => first_request(rollout, fleet).err(),
        Origin::Sampled(place) => {
            let monitor =
                facts.scenario.monitors.iter().find(|monitor| monitor.sampled == place)?;
            of_monitor(rollout, monitor)
        }
    }
}

fn of_monitor(rollout: &Rollout<'_>, monitor: &MonitorSpec) -> Option<Silence> {
    let first = match first_request(rollout, monitor.fleet) {
        Ok(first) => first?,
        Err(silence) => return Some(silence),
    };
    let until = rollout.spans.last()?.until;
    let value = first
        + monitor.schedule.times(monitor.ends_before.into())
        + monitor.start_delay[0]
        + monitor.job_duration[0];
    (value >= until).then(|| {
        Silence::TooLate(format!(
            "the first value of \"{}\" about the new model comes at {} at the earliest, when the last bake \
             is over ({})",
            monitor.name,
            value.since(SimTime::ZERO),
            until.since(SimTime::ZERO)
        ))
    })
}

/// When the first request comes that a metric of this fleet counts (`None`: before the update), or why none
/// does.
fn first_request(rollout: &Rollout<'_>, fleet: FleetDimension) -> Result<Option<SimTime>, Silence> {
    let what = match fleet {
        FleetDimension::Blue | FleetDimension::Both => return Ok(None),
        FleetDimension::Green => "the new fleet takes no live request",
        FleetDimension::Shadow => "nothing is mirrored",
    };
    let first = rollout.seen_by(fleet).next().map(|span| span.from);
    first.map(Some).ok_or(Silence::NoRequests(what))
}
