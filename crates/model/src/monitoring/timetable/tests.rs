use super::*;
use crate::alarm::subject::FleetDimension;
use crate::monitoring::spec::{MonitorKind, QualityMetric, Stamp};

fn minutes(count: i64) -> SimDuration {
    SimDuration::from_secs(60 * count)
}

fn at(minute: i64) -> SimTime {
    SimTime::from_nanos(minutes(minute).as_nanos())
}

fn before(minute: i64) -> SimTime {
    SimTime::ZERO - minutes(minute)
}

fn hourly() -> MonitorSpec {
    MonitorSpec {
        name: "hourly".to_owned(),
        kind: MonitorKind::ModelQuality(QualityMetric::Accuracy),
        fleet: FleetDimension::Both,
        schedule: minutes(60),
        begins_before: 1,
        ends_before: 0,
        start_delay: [minutes(0), minutes(20)],
        job_duration: [minutes(6), minutes(14)],
        min_samples: 1,
        stamp: Stamp::WindowEnd,
        sampled: 0,
    }
}

/// The hours strike at t = 0, 60, … min; every job starts and lasts in the middle of its range.
#[test]
fn the_jobs_of_an_hourly_schedule_by_hand() {
    let jobs = jobs(&hourly(), SimTime::ZERO, [before(90), at(121)], || 0.5);
    let expected = [
        (before(120), before(60), before(50), before(40)),
        (before(60), at(0), at(10), at(20)),
        (at(0), at(60), at(70), at(80)),
        (at(60), at(120), at(130), at(140)),
    ];
    let expected =
        expected.map(|(from, until, starts_at, done_at)| Job { from, until, starts_at, done_at });
    assert_eq!(jobs, expected);
}

/// Only hours before the end have a job: the third strikes at the end itself.
#[test]
fn an_hour_that_strikes_at_the_end_has_no_job() {
    let ends = |end: SimTime| -> Vec<SimTime> {
        jobs(&hourly(), SimTime::ZERO, [at(0), end], || 0.5).iter().map(|job| job.until).collect()
    };
    assert_eq!(ends(at(180)), [at(60), at(120)]);
    assert_eq!(ends(at(180) + SimDuration::from_nanos(1)), [at(60), at(120), at(180)]);
}

#[test]
fn a_verdict_on_an_hour_comes_66_to_94_minutes_after_the_hour_began() {
    for (uniform, minute) in [(0.0, 66), (1.0, 94)] {
        let jobs = jobs(&hourly(), SimTime::ZERO, [at(0), at(100)], || uniform);
        assert_eq!((jobs[0].from, jobs[0].done_at), (at(0), at(minute)));
    }
}

/// AWS's example: labels come after a day and are complete after a week, so P8D and P1D; a job at 13:00 on
/// 9 January 2020 analyses 1 January 13:00 to 8 January 13:00. With day 0 on 1 January at 13:00:
#[test]
fn a_window_that_lies_back_as_in_the_documentation() {
    let day = 24 * 60;
    let spec = MonitorSpec {
        schedule: minutes(day),
        begins_before: 8,
        ends_before: 1,
        start_delay: [minutes(0), minutes(0)],
        ..hourly()
    };
    let jobs = jobs(&spec, SimTime::ZERO, [at(6 * day), at(9 * day)], || 0.0);
    let job = jobs.iter().find(|job| job.starts_at == at(8 * day)).expect("a job on 9 January");
    assert_eq!((job.from, job.until), (at(0), at(7 * day)));
}

#[test]
fn hours_are_counted_from_the_start_of_the_day() {
    let spec = MonitorSpec { schedule: minutes(24 * 60), ..hourly() };
    let jobs = jobs(&spec, before(100), [at(0), at(3 * 24 * 60)], || 0.0);
    let ends: Vec<SimTime> = jobs.iter().map(|job| job.until).collect();
    assert_eq!(ends, [at(24 * 60 - 100), at(48 * 60 - 100), at(72 * 60 - 100)]);
}
