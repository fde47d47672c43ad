//! The monitoring schedules.

use super::quality;
use super::report::Report;
use crate::alarm::spec::FleetDimension;
use crate::monitoring::spec::{MonitorKind, MonitorSpec};
use crate::raw::RawScenario;
use crate::raw::monitor::RawMonitor;
use crate::raw::quality::RawQuality;
use crate::telemetry::sampled::{SampledSource, SampledSpec};
use crate::time::SimDuration;

const HOUR: SimDuration = SimDuration::from_secs(3600);

/// The monitors; each takes its place in `sampled`, where alarms find it.
pub(super) fn monitors(
    raw: &mut RawScenario,
    sampled: &mut Vec<SampledSpec>,
    report: &mut Report,
) -> Vec<MonitorSpec> {
    report.names("monitors", raw.monitors.iter().map(|monitor| monitor.name.as_str()));
    let mirrors = raw.strategies.iter().any(|strategy| strategy.shadow.is_some());
    let mut monitors = Vec::new();
    for (index, monitor) in raw.monitors.iter_mut().enumerate() {
        let path = format!("monitors[{index}]");
        if monitor.fleet == FleetDimension::Shadow && !mirrors && report.sound("strategies") {
            report.problem(
                format!("{path}.fleet"),
                format!("the monitor \"{}\" watches mirrored requests; none are", monitor.name),
                "add a strategy with `shadow`, or watch another fleet",
            );
        }
        // Even one with a problem has its place, so that alarms find it.
        let place = sampled.len();
        sampled.push(SampledSpec { name: monitor.name.clone(), source: SampledSource::Monitor });
        let Some(kind) = kind(&path, monitor, raw.quality.as_ref(), report) else { continue };
        let [begins_before, ends_before] = window(&path, monitor, report);
        delays(&path, monitor, report);
        let times = |[least, longest]: [SimDuration; 2]| [least, longest];
        monitors.push(MonitorSpec {
            name: monitor.name.clone(),
            kind,
            fleet: monitor.fleet,
            schedule: monitor.schedule,
            begins_before,
            ends_before,
            start_delay: times(monitor.start_delay),
            job_duration: times(monitor.job_duration),
            min_samples: monitor.min_samples,
            stamp: monitor.stamp,
            sampled: place,
        });
    }
    monitors
}

/// What the monitor computes; `None` only if that has a problem.
fn kind(
    path: &str,
    raw: &RawMonitor,
    quality: Option<&RawQuality>,
    report: &mut Report,
) -> Option<MonitorKind> {
    let Some(quality) = quality else {
        if report.sound("quality") {
            let message =
                format!("the monitor \"{}\" has nothing to look at: no `quality`", raw.name);
            report.problem(path, message, "add [quality] with, say, accuracy = 0.92");
        }
        return None;
    };
    match (&raw.data_quality, &raw.model_quality, &raw.bias) {
        (Some(data), None, None) => Some(MonitorKind::DataQuality {
            distance: data.distance,
            baseline_samples: data.baseline_samples,
        }),
        (None, Some(model), None) => Some(MonitorKind::ModelQuality(model.metric)),
        (None, None, Some(bias)) => {
            let path = format!("{path}.bias.segment");
            let group = quality::segment(&path, &bias.segment, quality, report)?;
            Some(MonitorKind::Bias { group, difference: bias.difference })
        }
        _ => {
            let sound = ["data_quality", "model_quality", "bias"]
                .iter()
                .all(|kind| report.sound(&format!("{path}.{kind}")));
            if sound {
                report.problem(
                    path,
                    format!("the monitor \"{}\" must be of exactly one kind", raw.name),
                    "give one of `data_quality`, `model_quality` and `bias`",
                );
            }
            None
        }
    }
}

/// How many schedules before its hour the window begins and ends.
fn window(path: &str, raw: &mut RawMonitor, report: &mut Report) -> [u32; 2] {
    let schedule = raw.schedule;
    let schedule_path = format!("{path}.schedule");
    if !is_multiple(schedule, HOUR) {
        report.problem(
            &schedule_path,
            format!("`schedule` must be a whole number of hours, not {schedule}"),
            "Model Monitor takes no other; \"1h\" is usual",
        );
    }
    if !report.sound(&schedule_path) {
        return [1, 0];
    }
    let end = raw.end_offset;
    let start = *raw.start_offset.get_or_insert(end + schedule);
    for (key, offset) in [("start_offset", start), ("end_offset", end)] {
        if !is_multiple(offset, schedule) {
            report.problem(
                format!("{path}.{key}"),
                format!("`{key}` ({offset}) is not a multiple of the schedule ({schedule})"),
                "windows are made of whole schedules here",
            );
        }
    }
    if start <= end {
        report.problem(
            format!("{path}.start_offset"),
            format!("the window begins {start} before the job's hour and ends {end} before it"),
            format!("give a `start_offset` of {} or more", end + schedule),
        );
        return [1, 0];
    }
    [start, end]
        .map(|offset| u32::try_from(offset.as_nanos() / schedule.as_nanos()).unwrap_or(u32::MAX))
}

fn delays(path: &str, raw: &RawMonitor, report: &mut Report) {
    for (key, [least, longest]) in
        [("start_delay", raw.start_delay), ("job_duration", raw.job_duration)]
    {
        if least > longest {
            report.problem(
                format!("{path}.{key}"),
                format!("`{key}` runs from {least} to {longest}, backwards"),
                "give the shortest time first",
            );
            return;
        }
    }
    let longest = raw.start_delay[1] + raw.job_duration[1];
    if longest > raw.schedule && report.sound(path) {
        report.problem(
            format!("{path}.job_duration"),
            format!("a job may end {longest} after its hour, when the next is due"),
            format!("AWS asks that one ends first: at most {}", raw.schedule),
        );
    }
}

fn is_multiple(time: SimDuration, of: SimDuration) -> bool {
    time.as_nanos() % of.as_nanos() == 0
}
