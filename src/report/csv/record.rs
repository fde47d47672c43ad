//! `timeline.csv` and `events.csv`: the runs that somebody wants to look at.

use super::{Table, number, optional, owned, seconds};
use crate::experiment::median::ShownAs;
use crate::experiment::view::View;
use crate::simulation::record::{EventKind, FleetInterval, RunRecord};

pub(super) fn timeline(results: View<'_>) -> Table {
    let scenario = &results.scenario;
    let mut header = owned(&NAMES);
    header.extend(owned(&["start_s", "share", "mirror"]));
    for fleet in ["blue", "green", "shadow"] {
        for column in [
            "requests",
            "failed_4xx",
            "failed_5xx",
            "latency_mean_s",
            "latency_q50_s",
            "latency_q90_s",
            "latency_q99_s",
        ] {
            header.push(format!("{fleet}_{column}"));
        }
    }
    header.extend(scenario.sampled.iter().map(|metric| format!("metric {}", metric.name)));
    header.extend(scenario.alarm_names().map(|name| format!("alarm {name}")));
    let mut rows = Vec::new();
    for record in results.records {
        for interval in &record.intervals {
            let mut row = names(results, record);
            row.push(seconds(interval.start));
            row.extend([number(interval.share), number(interval.mirror)]);
            row.extend([&interval.blue, &interval.green, &interval.shadow].map(fleet).concat());
            row.extend(interval.sampled.iter().map(|value| optional(*value)));
            row.extend(interval.alarms.iter().map(ToString::to_string));
            rows.push(row);
        }
    }
    Table { header, rows }
}

pub(super) fn events(results: View<'_>) -> Table {
    let mut header = owned(&NAMES);
    header.extend(owned(&["at_s", "kind", "reason"]));
    let mut rows = Vec::new();
    for record in results.records {
        for event in &record.events {
            let mut row = names(results, record);
            row.extend([seconds(event.at), kind(event.kind).to_owned(), event.reason.clone()]);
            rows.push(row);
        }
    }
    Table { header, rows }
}

const NAMES: [&str; 4] = ["strategy", "regression", "replication", "shown_as"];

fn names(results: View<'_>, record: &RunRecord) -> Vec<String> {
    vec![
        results.scenario.strategies[record.strategy].name.clone(),
        results.scenario.regressions[record.regression].name.clone(),
        record.replication.to_string(),
        results.shown_as(record).map(ShownAs::name).unwrap_or_default().to_owned(),
    ]
}

fn fleet(fleet: &FleetInterval) -> Vec<String> {
    let quantile = |index: usize| optional(fleet.latency_quantiles_s.map(|values| values[index]));
    vec![
        fleet.requests.to_string(),
        fleet.failed_4xx.to_string(),
        fleet.failed_5xx.to_string(),
        optional(fleet.latency_mean_s),
        quantile(0),
        quantile(1),
        quantile(2),
    ]
}

pub(in crate::report) fn kind(kind: EventKind) -> &'static str {
    match kind {
        EventKind::UpdateRequested => "update_requested",
        EventKind::LaunchStarted => "launch_started",
        EventKind::FleetReady => "fleet_ready",
        EventKind::SwitchStarted => "switch_started",
        EventKind::BakeStarted => "bake_started",
        EventKind::BakeEnded => "bake_ended",
        EventKind::CleanUpStarted => "clean_up_started",
        EventKind::FaultChanged => "fault_changed",
        EventKind::MonitorReported => "monitor_reported",
        EventKind::AlarmChanged => "alarm_changed",
        EventKind::TimedOut => "timed_out",
        EventKind::TestDecided => "test_decided",
        EventKind::RollbackStarted => "rollback_started",
        EventKind::TrafficReturned => "traffic_returned",
        EventKind::RolledBack => "rolled_back",
        EventKind::RollbackFailed => "rollback_failed",
        EventKind::Promoted => "promoted",
        EventKind::Stopped => "stopped",
        EventKind::UpdateFailed => "update_failed",
        EventKind::FleetTerminated => "fleet_terminated",
    }
}
