//! A file that holds only alarms: their metrics may be called anything.

use super::alarm::alarms;
use super::composite::composites;
use super::ranges;
use super::report::Report;
use super::subject::Published;
use crate::alarm::spec::FleetDimension;
use crate::alarm_file::AlarmFile;
use crate::error::Problem;
use crate::parse::Parsed;
use crate::raw::alarm_file::RawAlarmFile;
use crate::telemetry::metric::Metric;
use crate::telemetry::sampled::{SampledSource, SampledSpec};
use crate::time::SimDuration;
use std::collections::BTreeMap;

/// Divides every period that CloudWatch takes.
const INTERVAL: SimDuration = SimDuration::from_secs(10);

/// Checks what was read.
///
/// # Errors
/// Everything that is wrong, including what was found on reading.
pub(crate) fn validate(parsed: Parsed<'_, RawAlarmFile>) -> Result<AlarmFile, Vec<Problem>> {
    let Parsed { raw, tree, mut problems, doubtful } = parsed;
    let mut report = Report::new(doubtful);
    let file = raw.and_then(|mut raw| {
        let lists =
            [("alarms", raw.alarms.len()), ("composite_alarms", raw.composite_alarms.len())];
        if lists.iter().any(|(list, length)| !report.list(list, *length)) {
            return None;
        }
        ranges::check(&raw, &mut report);
        let mut sampled: Vec<SampledSpec> = Vec::new();
        for alarm in &mut raw.alarms {
            name(alarm.metric.as_ref(), alarm.monitor.as_ref(), &mut alarm.fleet, &mut sampled);
            for operand in alarm.metrics.iter_mut().flatten() {
                name(
                    operand.metric.as_ref(),
                    operand.monitor.as_ref(),
                    &mut operand.fleet,
                    &mut sampled,
                );
            }
        }
        let published = Published {
            interval: INTERVAL,
            warm_up: SimDuration::LONGEST,
            sampled: &sampled,
            delay_of: &BTreeMap::new(),
        };
        let alarms = alarms(&mut raw.alarms, &published, &mut report);
        let composites = composites(&raw.composite_alarms, &raw.alarms, &mut report);
        Some(AlarmFile { alarms: alarms?, composites: composites?, sampled, metrics: None })
    });
    problems.extend(report.into_problems(&tree));
    match file {
        Some(file) if problems.is_empty() => Ok(file),
        _ => Err(problems),
    }
}

/// Makes whatever is named a metric that exists, and whose fleet need not be said.
fn name(
    metric: Option<&String>,
    monitor: Option<&String>,
    fleet: &mut Option<FleetDimension>,
    sampled: &mut Vec<SampledSpec>,
) {
    let is_of_requests = |name: &&String| Metric::ALL.iter().any(|known| known.name() == *name);
    if metric.is_some_and(|name| is_of_requests(&name)) {
        fleet.get_or_insert(FleetDimension::Both);
    }
    let own = metric.filter(|name| !is_of_requests(name));
    for (name, source) in [(own, SampledSource::Endpoint), (monitor, SampledSource::Monitor)] {
        let spec = name.map(|name| SampledSpec { name: name.clone(), source });
        sampled.extend(spec.filter(|spec| !sampled.contains(spec)));
    }
}
