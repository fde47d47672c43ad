//! A file that holds only alarms: their metrics may be called anything.

use super::alarm::{Published, alarms};
use super::report::Report;
use crate::scenario::alarm_file::AlarmFile;
use crate::scenario::error::Problem;
use crate::scenario::parse::Parsed;
use crate::scenario::raw::alarm_file::RawAlarmFile;
use crate::scenario::raw::choice::RawFleet;
use crate::telemetry::metric::Metric;
use crate::telemetry::sampled::{SampledSource, SampledSpec};
use crate::time::SimDuration;

/// Divides every period that CloudWatch takes.
const INTERVAL: SimDuration = SimDuration::from_secs(10);

/// Checks what was read.
///
/// # Errors
/// Everything that is wrong, including what was found on reading.
pub(in crate::scenario) fn validate(
    parsed: Parsed<'_, RawAlarmFile>,
) -> Result<AlarmFile, Vec<Problem>> {
    let Parsed { raw, tree, mut problems, doubtful } = parsed;
    let mut report = Report::new(doubtful);
    let file = raw.and_then(|mut raw| {
        if !report.list("alarms", raw.alarms.len()) {
            return None;
        }
        let mut sampled: Vec<SampledSpec> = Vec::new();
        for alarm in &mut raw.alarms {
            let is_of_requests = |name: &String| Metric::ALL.iter().any(|m| m.name() == name);
            if alarm.metric.as_ref().is_some_and(is_of_requests) {
                alarm.fleet.get_or_insert(RawFleet::Both);
            }
            let names = [
                (alarm.metric.as_ref().filter(|name| !is_of_requests(name)), SampledSource::Endpoint),
                (alarm.monitor.as_ref(), SampledSource::Monitor),
            ];
            for (name, source) in names {
                let spec = name.map(|name| SampledSpec { name: name.clone(), source });
                sampled.extend(spec.filter(|spec| !sampled.contains(spec)));
            }
        }
        let published = Published { interval: INTERVAL, sampled: &sampled };
        let alarms = alarms(&mut raw.alarms, &published, &mut report)?;
        Some(AlarmFile { alarms, composites: Vec::new(), sampled })
    });
    problems.extend(report.into_problems(&tree));
    match file {
        Some(file) if problems.is_empty() => Ok(file),
        _ => Err(problems),
    }
}
