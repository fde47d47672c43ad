//! `runs.csv`: one row for each run, everything that is known of it.

use super::{optional, owned, seconds, streamed};
use crate::experiment::summary::metric::{Figure, Kind, metrics};
use crate::experiment::summary::moments;
use crate::experiment::view::View;
use crate::report::Streamed;
use crate::simulation::outcome::{End, Outcome};
use crate::time::SimTime;

pub(super) fn table(results: View<'_>) -> Streamed<'_> {
    let figures: Vec<(String, Figure)> = metrics()
        .into_iter()
        .filter_map(|metric| match metric.kind {
            Kind::Figure(figure) => Some((metric.name, figure)),
            Kind::Share(_) | Kind::Told(_) | Kind::Asked(_) | Kind::Time(_) => None,
        })
        .collect();
    let mut header = owned(&["strategy", "regression", "replication", "end", "verdict", "alarm"]);
    header.extend(INSTANTS.iter().map(|(name, _)| (*name).to_owned()));
    header.extend(TIMES.iter().map(|(name, _)| (*name).to_owned()));
    header.extend(TESTS.iter().map(|(name, _)| (*name).to_owned()));
    header.extend(figures.iter().map(|(name, _)| name.clone()));
    streamed("runs.csv", results, header, move |run| {
        let mut row = names(results, run);
        row.extend(INSTANTS.iter().map(|(_, of)| of(run).map(seconds).unwrap_or_default()));
        row.extend(TIMES.iter().map(|(_, of)| optional(of(run))));
        row.extend(TESTS.iter().map(|(_, of)| of(results, run)));
        row.extend(figures.iter().map(|(_, figure)| optional(figure.of(run))));
        vec![row]
    })
}

type Read<T> = (&'static str, fn(&Outcome) -> Option<T>);

const INSTANTS: [Read<SimTime>; 8] = [
    ("alarm_at_s", |run| run.alarm_at),
    ("given_up_at_s", |run| run.given_up.map(|given_up| given_up.at)),
    ("healthy_given_up_at_s", |run| run.healthy_given_up_at),
    ("first_traffic_at_s", |run| run.first_traffic_at),
    ("first_faulty_exposure_at_s", |run| run.first_faulty_exposure_at),
    ("rolled_back_at_s", |run| run.rolled_back_at),
    ("bake_ended_at_s", |run| run.bake_ended_at),
    ("full_traffic_at_s", |run| run.full_traffic_at),
];

const TIMES: [Read<f64>; 4] = [
    ("time_to_detect_s", moments::time_to_detect_s),
    ("alarm_after_first_traffic_s", moments::alarm_after_first_traffic_s),
    ("time_to_roll_back_s", moments::time_to_roll_back_s),
    ("faulty_exposure_to_blue_s", moments::faulty_exposure_to_blue_s),
];

type Cell = (&'static str, fn(View<'_>, &Outcome) -> String);

/// What an A/B test came to, as far as it is no number of a figure.
const TESTS: [Cell; 3] = [
    ("test_winner", |results, run| variant(results, run, run.test.and_then(|test| test.winner))),
    ("test_best", |results, run| variant(results, run, run.test.and_then(|test| test.best))),
    ("test_decided_at_s", |_, run| {
        run.test.and_then(|test| test.decided_at).map(seconds).unwrap_or_default()
    }),
];

/// The name of a variant of the run's A/B test.
pub(super) fn variant(results: View<'_>, run: &Outcome, variant: Option<usize>) -> String {
    let scenario = &results.scenario;
    match variant {
        None => String::new(),
        Some(0) => "blue".to_owned(),
        Some(1) => "green".to_owned(),
        Some(other) => {
            let test = scenario.strategies[run.strategy].test.as_ref();
            let index = test.and_then(|test| test.others.get(other - 2));
            index.map(|&(index, _)| scenario.variants[index].name.clone()).unwrap_or_default()
        }
    }
}

pub(super) fn names(results: View<'_>, run: &Outcome) -> Vec<String> {
    let scenario = &results.scenario;
    vec![
        scenario.strategies[run.strategy].name.clone(),
        scenario.regressions[run.regression].name.clone(),
        run.replication.to_string(),
        end(run.end).to_owned(),
        run.verdict.name().to_owned(),
        run.alarm.map(|alarm| scenario.alarm_name(alarm).to_owned()).unwrap_or_default(),
    ]
}

fn end(end: End) -> &'static str {
    match end {
        End::Promoted => "promoted",
        End::RolledBack => "rolled_back",
        End::Stopped => "stopped",
        End::UpdateFailed => "update_failed",
        End::RollbackFailed => "rollback_failed",
        End::TimedOut => "timed_out",
        End::UnfinishedAtHorizon => "unfinished_at_horizon",
    }
}
