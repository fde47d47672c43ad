//! What a replication's luck fixes for all its runs: trouble, clock phases, late metrics, monitoring jobs.

use crate::monitoring::drift::{BINS, Bins};
use crate::monitoring::spec::{MonitorKind, MonitorSpec};
use crate::monitoring::timetable::jobs;
use crate::monitoring::watch::MonitorPlan;
use crate::random::stream::{Purpose, Stream, Streams, unit};
use crate::scenario::{Phase, Scenario};
use crate::simulation::clocks::AlarmClocks;
use crate::simulation::trouble::Trouble;
use crate::time::{NANOS_PER_S, SimDuration, SimTime};
use rand_distr::{Distribution, StandardNormal};
use std::sync::Arc;

/// The surroundings of a replication, the same under every strategy and regression.
#[derive(Clone, Debug)]
pub struct World<'s> {
    /// What strikes.
    pub trouble: Arc<Trouble<'s>>,
    /// When each alarm is evaluated.
    pub clocks: AlarmClocks,
    /// An instant at which the controller polls.
    pub poll_at: SimTime,
    /// A uniform that says whether old instances come up again in a rollback.
    pub rollback_luck: f64,
    /// t = 0 by the wall clock \[ns since 1970-01-01T00:00:00Z\].
    pub epoch_ns: i64,
    /// Start of the first published interval.
    pub intervals_from: SimTime,
    /// By how much each interval of blue, green and the shadow arrives later than usual; empty if none
    /// can.
    pub late: [Vec<SimDuration>; 3],
    /// For each monitor its jobs and its baseline.
    pub monitor_plans: Vec<MonitorPlan>,
    /// The bins that features are counted in.
    pub bins: Bins,
    /// What the draws of retries depend on.
    pub retry_key: u64,
}

impl<'s> World<'s> {
    /// The surroundings of the replication that `streams` belong to.
    pub fn new(scenario: &'s Scenario, streams: &Streams) -> Self {
        let start = scenario.start();
        let mut phases = Phases::new(scenario.experiment.phase, streams);
        let phase = phases.of(SimDuration::from_secs(86_400));
        let (since_monday, epoch_ns) = wall_clock(scenario.experiment.starts_at_s, phase);
        let minute = SimTime::ZERO - since_monday;
        let poll_at = SimTime::ZERO + phases.of(scenario.controller.poll_interval);
        Self {
            trouble: Arc::new(Trouble::new(scenario, minute, streams)),
            clocks: AlarmClocks::new(minute, scenario.alarms.iter().map(|_| phases.luck())),
            poll_at,
            rollback_luck: unit(&mut streams.stream(Purpose::RollbackFaults)),
            epoch_ns,
            intervals_from: start.floor_to(scenario.metrics.interval, minute),
            late: late(scenario, streams),
            monitor_plans: monitor_plans(scenario, minute, streams),
            bins: Bins::default(),
            retry_key: retry_key(streams),
        }
    }

    /// How many intervals are published.
    pub fn intervals(scenario: &Scenario, from: SimTime) -> usize {
        let published = scenario.end().since(from).as_nanos();
        usize::try_from(published / scenario.metrics.interval.as_nanos() + 1).unwrap_or(0)
    }
}

/// Monday, 5 January 2026, 00:00:00 UTC.
const SOME_MONDAY_S: i64 = 1_767_571_200;
const WEEK_S: i64 = 604_800;

/// How long before t = 0 the clock struck midnight of a Monday, and t = 0 by that clock \[ns since
/// 1970\]: a moment `phase` into a Monday, or the minute that begins at the given time.
fn wall_clock(starts_at_s: Option<i64>, phase: SimDuration) -> (SimDuration, i64) {
    let Some(starts_at_s) = starts_at_s else {
        return (phase, SOME_MONDAY_S * NANOS_PER_S + phase.as_nanos());
    };
    let since_monday = SimDuration::from_secs((starts_at_s - SOME_MONDAY_S).rem_euclid(WEEK_S));
    let within = SimDuration::from_nanos(phase.as_nanos() % (60 * NANOS_PER_S));
    (since_monday + within, starts_at_s * NANOS_PER_S + within.as_nanos())
}

/// Where the minutes of publishing, evaluation and polling lie.
struct Phases {
    stream: Option<Stream>,
}

impl Phases {
    fn new(phase: Phase, streams: &Streams) -> Self {
        let random = phase == Phase::Random;
        Self { stream: random.then(|| streams.stream(Purpose::Phases)) }
    }

    /// A uniform part of `step`, or none.
    fn of(&mut self, step: SimDuration) -> SimDuration {
        step.share(self.luck())
    }

    /// A uniform, or 0.
    fn luck(&mut self) -> f64 {
        self.stream.as_mut().map_or(0.0, unit)
    }
}

/// Each monitor has a part of the streams to itself, so that what one does leaves the others alone.
fn monitor_plans(scenario: &Scenario, day: SimTime, streams: &Streams) -> Vec<MonitorPlan> {
    let mut timing = streams.stream(Purpose::MonitorJobs);
    let mut features = streams.stream(Purpose::Features);
    let monitors = scenario.monitors.iter();
    monitors
        .map(|spec| {
            timing.jump();
            // Far beyond what the features of requests use.
            features.long_jump();
            let (mut timing, mut features) = (timing.clone(), features.clone());
            let simulated = [scenario.start(), scenario.end()];
            MonitorPlan {
                jobs: jobs(spec, day, simulated, || unit(&mut timing)),
                baseline: baseline(spec, &mut features),
            }
        })
        .collect()
}

fn baseline(spec: &MonitorSpec, features: &mut Stream) -> Vec<u64> {
    let MonitorKind::DataQuality { baseline_samples, .. } = spec.kind else { return Vec::new() };
    let (bins, mut counts) = (Bins::default(), vec![0; BINS]);
    for _ in 0..baseline_samples {
        counts[bins.of(StandardNormal.sample(features))] += 1;
    }
    counts
}

/// What the draws of retries depend on.
pub fn retry_key(streams: &Streams) -> u64 {
    rand::Rng::next_u64(&mut streams.stream(Purpose::Retries))
}

/// One draw each of whether, by how much and from which component, whatever becomes of it.
pub fn late(scenario: &Scenario, streams: &Streams) -> [Vec<SimDuration>; 3] {
    let Some(late) = &scenario.metrics.late else { return Default::default() };
    let mut stream = streams.stream(Purpose::MetricDelay);
    // Where the first interval begins depends on the phase; one more is always enough.
    let count = World::intervals(scenario, scenario.start() - scenario.metrics.interval);
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..count {
        for fleet in &mut times {
            let is_late = unit(&mut stream) < late.share;
            let score: f64 = StandardNormal.sample(&mut stream);
            let branch = unit(&mut stream);
            let by = SimDuration::from_secs_f64(late.by.at(score, branch) / 1e9);
            fleet.push(if is_late { by } else { SimDuration::ZERO });
        }
    }
    times
}
