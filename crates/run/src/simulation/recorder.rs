//! Keeps what a recorded run shows: its events and its published intervals.

use crate::alarm::spec::AlarmState;
use crate::dataplane::latencies::IntervalLatencies;
use crate::simulation::arm::Arm;
use crate::simulation::event::Event as Due;
use crate::simulation::finish::quantiles_s;
use crate::simulation::record::{
    AlarmChange, Event, EventKind, FleetInterval, IntervalRow, Progress, RunRecord,
};
use crate::telemetry::histogram::Histogram;
use crate::telemetry::sampled::Samples;
use crate::telemetry::series::Series;
use crate::time::SimTime;

/// What has been kept so far.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    events: Vec<Event>,
    /// The faults under way, in words.
    faults: Vec<String>,
    intervals: Vec<Closed>,
    /// Integrals over the open interval \[ns\] of share and mirrored share, up to `integrated_to`.
    integrals: (f64, f64),
    integrated_to: Option<SimTime>,
}

/// A published interval that is over.
#[derive(Clone, Debug)]
struct Closed {
    /// Mean share over it.
    share: f64,
    /// Mean mirrored share over it.
    mirror: f64,
    /// At its end.
    alarms: Vec<AlarmState>,
}

impl Arm<'_> {
    /// Keeps an event if the run is recorded.
    pub(super) fn note(&mut self, at: SimTime, kind: EventKind, reason: impl FnOnce() -> String) {
        self.note_all(at, kind, None, reason);
    }

    /// Keeps an event from which on the deployment does something else.
    pub(super) fn note_progress(
        &mut self,
        at: SimTime,
        kind: EventKind,
        progress: Progress,
        reason: impl FnOnce() -> String,
    ) {
        self.note_all(at, kind, Some(progress), reason);
    }

    /// Keeps a change of an alarm's state.
    pub(super) fn note_change(&mut self, at: SimTime, change: AlarmChange, reason: String) {
        self.note(at, EventKind::AlarmChanged, || reason);
        if let Some(event) = self.recorder.as_mut().and_then(|recorder| recorder.events.last_mut())
        {
            event.alarm = Some(change);
        }
    }

    fn note_all(
        &mut self,
        at: SimTime,
        kind: EventKind,
        progress: Option<Progress>,
        reason: impl FnOnce() -> String,
    ) {
        if self.recorder.is_none() {
            return;
        }
        let standing = self.standing();
        if let Some(recorder) = &mut self.recorder {
            recorder.events.push(Event {
                at,
                kind,
                reason: reason(),
                progress,
                standing,
                alarm: None,
            });
        }
    }

    /// Keeps that a regression or an incident began or ended, if one did.
    pub(super) fn note_faults(&mut self, now: SimTime) {
        let Some(recorder) = &mut self.recorder else { return };
        let mut faults: Vec<String> =
            self.traffic.trouble.incidents_at(now).iter().map(|spec| spec.name.clone()).collect();
        if self.traffic.plane.green.is_faulty() {
            faults.push(self.release.name.clone());
        }
        if faults == recorder.faults {
            return;
        }
        let reason = if faults.is_empty() {
            "no fault is felt any more".into()
        } else {
            format!("felt from here on: {}", faults.join(", "))
        };
        recorder.faults = faults;
        self.note(now, EventKind::FaultChanged, || reason);
    }

    /// Adds the shares since the last change to their integrals; to be called before they change.
    pub(super) fn integrate_shares(&mut self, now: SimTime) {
        let Some(recorder) = &mut self.recorder else { return };
        let from = recorder.integrated_to.unwrap_or(self.world.intervals_from);
        let span_ns = now.since(from).as_secs_f64() * 1e9;
        recorder.integrals.0 += self.traffic.plane.share * span_ns;
        recorder.integrals.1 += self.traffic.plane.mirror * span_ns;
        recorder.integrated_to = Some(now);
    }

    /// Keeps the published interval that ends here, and waits for the end of the next.
    pub(super) fn close_interval(&mut self, now: SimTime) {
        self.integrate_shares(now);
        let Some(recorder) = &mut self.recorder else { return };
        let interval = self.scenario.metrics.interval;
        let number = i64::try_from(recorder.intervals.len()).unwrap_or(i64::MAX);
        let from = self.world.intervals_from + interval.times(number);
        let (share, mirror) = std::mem::take(&mut recorder.integrals);
        let span_ns = now.since(from).as_secs_f64() * 1e9;
        if span_ns > 0.0 {
            let alarms = self.alarms.states().collect();
            let closed = Closed { share: share / span_ns, mirror: mirror / span_ns, alarms };
            recorder.intervals.push(closed);
            self.control.schedule(now + interval, Due::IntervalClosed);
        }
    }

    /// The record of the finished run, if it was recorded.
    pub(super) fn take_record(
        &mut self,
        strategy: usize,
        regression: usize,
        replication: u64,
    ) -> Option<RunRecord> {
        let recorder = self.recorder.take()?;
        let interval = self.scenario.metrics.interval;
        let series = &self.traffic.plane.series;
        let latencies = self.traffic.plane.latencies.as_deref();
        let mut start = self.world.intervals_from;
        let mut intervals = Vec::with_capacity(recorder.intervals.len());
        for (number, closed) in recorder.intervals.into_iter().enumerate() {
            intervals.push(IntervalRow {
                start,
                share: closed.share,
                mirror: closed.mirror,
                blue: published(&series.blue, latencies.map(|all| &all.blue), number),
                green: published(&series.green, latencies.map(|all| &all.green), number),
                sampled: sampled(&series.sampled, start, start + interval),
                shadow: published(&series.shadow, latencies.map(|all| &all.shadow), number),
                alarms: closed.alarms,
            });
            start += interval;
        }
        let epoch_ns = self.world.epoch_ns;
        let events = recorder.events;
        Some(RunRecord { strategy, regression, replication, epoch_ns, intervals, events })
    }
}

/// The last value of each metric that is stamped from `from` on and before `until`.
fn sampled(metrics: &[Samples], from: SimTime, until: SimTime) -> Vec<Option<f64>> {
    let last = |samples: &Samples| samples.seen_at(SimTime::NEVER, from, until).last().copied();
    metrics.iter().map(|samples| last(samples).map(|sample| sample.value.as_f64())).collect()
}

fn published(
    series: &Series,
    latencies: Option<&IntervalLatencies>,
    number: usize,
) -> FleetInterval {
    let Some(bin) = series.bin(number) else { return FleetInterval::default() };
    let latencies = latencies.and_then(|latencies| latencies.of(number));
    FleetInterval {
        requests: bin.requests(),
        failed_4xx: bin.errors_4xx(),
        failed_5xx: bin.errors_5xx(),
        latency_mean_s: latencies.and_then(Histogram::mean_ns).map(|nanos| nanos / 1e9),
        latency_quantiles_s: latencies.and_then(quantiles_s),
    }
}
