//! How much is simulated, what is published, and who reads the alarms.

use super::model;
use super::report::Report;
use crate::raw::experiment::{RawController, RawDelays, RawExperiment, RawMetrics};
use crate::spec::{ControllerSpec, ExperimentSpec, LateSpec, MetricsSpec};
use crate::time::{SimDuration, SimTime};

/// The most intervals that one run may publish.
const MOST_INTERVALS: i64 = 10_000_000;

/// 2100-01-01T00:00:00Z.
const LATEST_START_S: i64 = 4_102_444_800;

pub(super) fn experiment(raw: &RawExperiment, report: &mut Report) -> ExperimentSpec {
    if raw.measure_from >= raw.horizon && report.sound("experiment.horizon") {
        report.problem(
            "experiment.measure_from",
            format!("`measure_from` ({}) is not before the horizon", raw.measure_from),
            format!("give a time below {}", raw.horizon),
        );
    }
    ExperimentSpec {
        runs: raw.runs,
        precision: raw.precision.map(|share| share.0),
        seed: raw.seed,
        horizon: raw.horizon,
        warm_up: raw.warm_up,
        confidence: raw.confidence.0,
        measure_from: SimTime::ZERO + raw.measure_from,
        phase: raw.phase,
        starts_at_s: raw.starts_at.as_ref().and_then(|text| starts_at_s(text, report)),
        events: raw.events,
        fidelity: raw.fidelity,
    }
}

fn starts_at_s(text: &str, report: &mut Report) -> Option<i64> {
    let stamp = humantime::parse_rfc3339(text).ok();
    let since = stamp.and_then(|stamp| stamp.duration_since(std::time::UNIX_EPOCH).ok());
    let seconds = since.and_then(|since| i64::try_from(since.as_secs()).ok());
    let seconds = seconds.filter(|seconds| *seconds < LATEST_START_S);
    if seconds.is_none() {
        report.problem(
            "experiment.starts_at",
            format!("\"{text}\" is not a time from 1970 to 2100 in UTC"),
            "write, for example, \"2026-03-17T14:00:00Z\"",
        );
    }
    seconds
}

pub(super) fn metrics(
    raw: &RawMetrics,
    experiment: &ExperimentSpec,
    report: &mut Report,
) -> MetricsSpec {
    let interval = raw.interval;
    if !is_cloudwatch_period(interval) {
        report.problem(
            "metrics.interval",
            format!(
                "`interval` must be 10, 20 or 30 seconds or a multiple of a minute, not {interval}"
            ),
            "SageMaker publishes every 60s, or every 10s or 30s where the endpoint is set so",
        );
    }
    let span = experiment.warm_up + experiment.horizon;
    if report.sound("metrics.interval")
        && report.sound("experiment")
        && span.as_nanos() / interval.as_nanos() > MOST_INTERVALS
    {
        report.problem(
            "experiment.horizon",
            format!("{span} of warm-up and horizon are more than 10^7 intervals of {interval}"),
            "simulate less time, or publish less often",
        );
    }
    MetricsSpec {
        interval,
        delay: raw.delay,
        delay_of: raw.delay_of.iter().flat_map(RawDelays::given).flatten().map(named).collect(),
        count_at: raw.count_at,
        slow_over: raw.slow_over,
        late: raw.late.as_ref().and_then(|raw| {
            let by = model::distribution("metrics.late.by", &raw.by, report).ok()?;
            Some(LateSpec { share: raw.share.0, by })
        }),
    }
}

fn named((name, delay): (&str, SimDuration)) -> (String, SimDuration) {
    (name.to_owned(), delay)
}

pub(super) fn controller(raw: &RawController) -> ControllerSpec {
    ControllerSpec { poll_interval: raw.poll_interval }
}

/// CloudWatch's periods: 10, 20 or 30 seconds or a multiple of a minute. Source:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>.
pub(super) fn is_cloudwatch_period(period: SimDuration) -> bool {
    let minute = SimDuration::from_secs(60).as_nanos();
    let short = [10, 20, 30].map(SimDuration::from_secs);
    short.contains(&period) || (!period.is_zero() && period.as_nanos() % minute == 0)
}
