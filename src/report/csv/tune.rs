//! The tables of a tuning: every candidate, the best ones, the front, and how each regression is noticed.

use super::{Table, file, number, optional, owned};
use crate::alarm::spec::{AlarmSpec, FleetDimension, TreatMissingData};
use crate::report::tune::figures::value;
use crate::report::tune::policy::{Spelt, displayed, fleet};
use crate::report::{OutputFile, RenderError};
use crate::stats::Interval;
use crate::tuning::results::{Detection, Evaluated, Mean, Performance, Share, TuneResults};

/// All of them.
pub(in crate::report) fn render(results: &TuneResults) -> Result<Vec<OutputFile>, RenderError> {
    Ok(vec![
        file("candidates.csv", policies(results, &listed("candidates", &results.candidates)))?,
        file("ranking.csv", policies(results, &ranking(results)))?,
        file("front.csv", policies(results, &listed("front", &results.front)))?,
        file("detections.csv", detections(results))?,
    ])
}

/// A policy of a table: the table, its row from 1, what it is besides.
struct Entry<'a> {
    list: &'static str,
    row: usize,
    role: &'static str,
    evaluated: &'a Evaluated,
}

fn listed<'a>(list: &'static str, policies: &'a [Evaluated]) -> Vec<Entry<'a>> {
    let entry = |(index, evaluated)| Entry { list, row: index + 1, role: "", evaluated };
    policies.iter().enumerate().map(entry).collect()
}

/// The best policies, then the nearest one, then those that are set now.
fn ranking(results: &TuneResults) -> Vec<Entry<'_>> {
    let best = results.ranking.iter().map(|one| ("ranked", one));
    let nearest = results.nearest.iter().map(|one| ("nearest", one));
    let present = results.present.iter().map(|one| ("present", one));
    let all = best.chain(nearest).chain(present).enumerate();
    all.map(|(index, (role, evaluated))| Entry { list: "ranking", row: index + 1, role, evaluated })
        .collect()
}

/// The two halves of the replications.
fn halves(one: &Evaluated) -> [(&'static str, &Performance); 2] {
    [("chosen_on", &one.chosen_on), ("reported", &one.reported)]
}

const POLICY: [&str; 19] = [
    "row",
    "role",
    "half",
    "strategy",
    "plan_changes",
    "alarm",
    "alarm_changes",
    "datapoints_to_alarm",
    "evaluation_periods",
    "period_s",
    "statistic",
    "fleet",
    "treat_missing_data",
    "threshold",
    "threshold_unit",
    "equivalent_low",
    "equivalent_high",
    "feasible",
    "has_margin",
];

/// A figure's name, and what reads it.
type Read<Of, Figure> = (&'static str, fn(&Of) -> Figure);

const MEANS: [Read<Performance, Option<Mean>>; 4] = [
    ("full_traffic_s", |of| of.full_traffic_s),
    ("healthy_extra_cost_usd", |of| of.healthy_extra_cost_usd),
    ("objective", |of| of.objective),
    ("expected_loss_usd", |of| of.expected_loss_usd),
];

/// One row for each policy and half.
fn policies(results: &TuneResults, entries: &[Entry<'_>]) -> Table {
    let mut header = owned(&POLICY);
    header.push("replications".to_owned());
    header.extend(share_names("false_rollback"));
    header.extend(share_names("full_traffic"));
    header.extend(MEANS.iter().flat_map(|(name, _)| mean_names(name)));
    let mut rows = Vec::new();
    for entry in entries {
        let spelt = Spelt::new(results, &entry.evaluated.policy);
        for (half, of) in halves(entry.evaluated) {
            let mut row = vec![entry.row.to_string(), entry.role.to_owned(), half.to_owned()];
            row.extend(settings(spelt));
            row.push(entry.evaluated.feasible.to_string());
            row.push(entry.evaluated.has_margin.to_string());
            row.push(of.replications.to_string());
            row.extend(share(&of.false_rollback));
            row.extend(share(&of.full_traffic));
            row.extend(MEANS.iter().flat_map(|(_, read)| mean(read(of))));
            rows.push(row);
        }
    }
    Table { header, rows }
}

/// How a policy is set; of several alarms one after the other.
fn settings(spelt: Spelt<'_>) -> Vec<String> {
    let alarms: Vec<_> = spelt.set_alarms().collect();
    let each = |read: &dyn Fn(&AlarmSpec) -> String| -> String {
        alarms.iter().map(|(_, spec)| read(spec)).collect::<Vec<_>>().join("; ")
    };
    let shown = |spec: &AlarmSpec, value: f64| {
        if value.is_finite() {
            number(displayed(spec.subject.unit(), value).0)
        } else {
            String::new()
        }
    };
    let ends = |read: fn((f64, f64)) -> f64| -> String {
        let ends = alarms.iter().map(|(setting, spec)| shown(spec, read(setting.equivalent)));
        ends.collect::<Vec<_>>().join("; ")
    };
    vec![
        spelt.strategy().to_owned(),
        spelt.plan_changes(),
        each(&|spec| spec.name.clone()),
        spelt.shape_changes().join("; "),
        each(&|spec| spec.datapoints_to_alarm.to_string()),
        each(&|spec| spec.evaluation_periods.to_string()),
        each(&|spec| number(spec.period.as_secs_f64())),
        each(&|spec| spec.subject.statistic().map(|one| one.to_string()).unwrap_or_default()),
        each(&|spec| fleet(spec).map(fleet_name).unwrap_or_default().to_owned()),
        each(&|spec| treatment(spec.treat_missing_data).to_owned()),
        each(&|spec| shown(spec, spec.threshold.as_f64())),
        each(&|spec| displayed(spec.subject.unit(), 0.0).1.to_owned()),
        ends(|equivalent| equivalent.0),
        ends(|equivalent| equivalent.1),
    ]
}

fn fleet_name(fleet: FleetDimension) -> &'static str {
    match fleet {
        FleetDimension::Green => "green",
        FleetDimension::Blue => "blue",
        FleetDimension::Both => "both",
        FleetDimension::Shadow => "shadow",
    }
}

fn treatment(treat: TreatMissingData) -> &'static str {
    match treat {
        TreatMissingData::Missing => "missing",
        TreatMissingData::Ignore => "ignore",
        TreatMissingData::Breaching => "breaching",
        TreatMissingData::NotBreaching => "notBreaching",
    }
}

const SHARES: [Read<Detection, Share>; 3] = [
    ("caught", |one| one.caught),
    ("missed", |one| one.missed),
    ("by_chance", |one| one.by_chance),
];

const COSTS: [Read<Detection, Option<Mean>>; 5] = [
    ("noticed_s", |one| one.noticed_s),
    ("harm", |one| one.harm),
    ("failed_requests", |one| one.failed_requests),
    ("users_touched", |one| one.users_touched),
    ("extra_cost_usd", |one| one.extra_cost_usd),
];

/// One row for each policy of the other tables, half and regression.
fn detections(results: &TuneResults) -> Table {
    let mut header = owned(&["list", "row", "half", "regression", "runs"]);
    header.extend(SHARES.iter().flat_map(|(name, _)| share_names(name)));
    header.extend([25, 50, 75].map(|q| format!("time_to_detect_q{q}_s")));
    header.extend(COSTS.iter().flat_map(|(name, _)| mean_names(name)));
    let mut entries = listed("candidates", &results.candidates);
    entries.extend(ranking(results));
    entries.extend(listed("front", &results.front));
    let mut rows = Vec::new();
    for entry in &entries {
        for (half, of) in halves(entry.evaluated) {
            for one in &of.regressions {
                let release = &results.expansion.scenario.regressions[one.regression];
                let mut row = owned(&[entry.list, &entry.row.to_string(), half, &release.name]);
                row.push(one.caught.of.to_string());
                row.extend(SHARES.iter().flat_map(|(_, read)| share(&read(one))));
                let quartiles = one.time_to_detect_s;
                row.extend((0..3).map(|q| optional(quartiles.map(|times| times[q]))));
                row.extend(COSTS.iter().flat_map(|(_, read)| mean(read(one))));
                rows.push(row);
            }
        }
    }
    Table { header, rows }
}

fn share_names(name: &str) -> [String; 4] {
    [format!("{name}_runs"), name.to_owned(), format!("{name}_low"), format!("{name}_high")]
}

fn share(share: &Share) -> [String; 4] {
    let [low, high] = ends(share.interval);
    [share.count.to_string(), optional(value(share)), low, high]
}

fn mean_names(name: &str) -> [String; 3] {
    [name.to_owned(), format!("{name}_low"), format!("{name}_high")]
}

fn mean(mean: Option<Mean>) -> [String; 3] {
    let [low, high] = ends(mean.and_then(|mean| mean.interval));
    [optional(mean.map(|mean| mean.value)), low, high]
}

fn ends(interval: Option<Interval>) -> [String; 2] {
    let end = |read: fn(Interval) -> f64| optional(interval.map(read));
    [end(|interval| interval.low), end(|interval| interval.high)]
}
