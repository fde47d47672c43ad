//! What a replication's luck fixes for all its runs: incidents, clumps of errors, and clock phases.

use crate::endpoint::incident::{IncidentSpec, Spread};
use crate::monitoring::drift::{BINS, Bins};
use crate::monitoring::spec::{MonitorKind, MonitorSpec};
use crate::monitoring::timetable::jobs;
use crate::monitoring::watch::MonitorPlan;
use crate::random::arrival::Surge;
use crate::random::stream::{Purpose, Stream, Streams, unit};
use crate::scenario::{Phase, Scenario};
use crate::simulation::clocks::AlarmClocks;
use crate::time::{NANOS_PER_S, SimDuration, SimTime};
use rand_distr::{Distribution, Exp1, StandardNormal};

/// The surroundings of a replication, the same under every strategy and regression.
#[derive(Clone, Debug)]
pub struct World<'s> {
    /// In order of their beginning.
    pub incidents: Vec<IncidentSpan<'s>>,
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
    clumps_from: SimTime,
    clumps: Vec<[f64; 2]>,
}

/// One incident.
#[derive(Clone, Copy, Debug)]
pub struct IncidentSpan<'s> {
    /// Its kind.
    pub spec: &'s IncidentSpec,
    /// When it begins.
    pub from: SimTime,
    /// When it is over.
    pub until: SimTime,
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
            incidents: incidents(scenario, &mut streams.stream(Purpose::Incidents)),
            clocks: AlarmClocks::new(minute, scenario.alarms.iter().map(|_| phases.luck())),
            poll_at,
            rollback_luck: unit(&mut streams.stream(Purpose::RollbackFaults)),
            epoch_ns,
            intervals_from: start.floor_to(scenario.metrics.interval, minute),
            late: late(scenario, streams),
            monitor_plans: monitor_plans(scenario, minute, streams),
            bins: Bins::default(),
            retry_key: rand::Rng::next_u64(&mut streams.stream(Purpose::Retries)),
            clumps_from: start,
            clumps: clumps(scenario, &mut streams.stream(Purpose::ErrorEffects)),
        }
    }

    /// How many intervals are published.
    pub fn intervals(scenario: &Scenario, from: SimTime) -> usize {
        let published = scenario.end().since(from).as_nanos();
        usize::try_from(published / scenario.metrics.interval.as_nanos() + 1).unwrap_or(0)
    }

    /// The incidents under way at `now`.
    pub fn incidents_at(&self, now: SimTime) -> Vec<&'s IncidentSpec> {
        let under_way = self.incidents.iter().filter(|span| span.from <= now && now < span.until);
        under_way.map(|span| span.spec).collect()
    }

    /// The first beginning or end of an incident after `now`.
    pub fn next_incident_change(&self, now: SimTime) -> Option<SimTime> {
        let changes = self.incidents.iter().flat_map(|span| [span.from, span.until]);
        changes.filter(|&change| change > now).min()
    }

    /// Latents of the 4xx and 5xx probabilities of the interval of length `interval` around `now`.
    pub fn clumps_at(&self, now: SimTime, interval: SimDuration) -> [f64; 2] {
        let index = now.since(self.clumps_from).as_nanos() / interval.as_nanos();
        usize::try_from(index)
            .ok()
            .and_then(|index| self.clumps.get(index))
            .map_or([0.5; 2], |c| *c)
    }

    /// The end of that interval.
    pub fn clump_ends(&self, now: SimTime, interval: SimDuration) -> SimTime {
        now.floor_to(interval, self.clumps_from) + interval
    }

    /// Changes of the arrival rate.
    pub fn surges(&self) -> Vec<Surge> {
        let surging = self.incidents.iter().filter(|span| span.spec.is_surge());
        surging
            .map(|span| Surge {
                from: span.from,
                until: span.until,
                factor: span.spec.traffic_factor,
            })
            .collect()
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

fn incidents<'s>(scenario: &'s Scenario, stream: &mut Stream) -> Vec<IncidentSpan<'s>> {
    let end = scenario.end();
    let mut spans = Vec::new();
    for spec in &scenario.incidents {
        let mut begins = spec.at.clone();
        if spec.rate_per_day > 0.0 {
            let mut next = scenario.start();
            loop {
                let gap: f64 = Exp1.sample(stream);
                next += SimDuration::from_secs_f64(gap * 86_400.0 / spec.rate_per_day);
                if next >= end {
                    break;
                }
                begins.push(next);
            }
        }
        for from in begins {
            let lasts = match spec.spread {
                Spread::Fixed => spec.lasts,
                Spread::Exponential => {
                    let times: f64 = Exp1.sample(stream);
                    SimDuration::from_secs_f64(spec.lasts.as_secs_f64() * times)
                }
            };
            spans.push(IncidentSpan { spec, from, until: from + lasts });
        }
    }
    spans.sort_by_key(|span| span.from);
    spans
}

/// One draw each of whether, by how much and from which component, whatever becomes of it.
fn late(scenario: &Scenario, streams: &Streams) -> [Vec<SimDuration>; 3] {
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

fn clumps(scenario: &Scenario, stream: &mut Stream) -> Vec<[f64; 2]> {
    let models = [&scenario.blue, &scenario.green];
    let intervals = models.iter().filter_map(|model| model.overdispersion);
    let Some(shortest) = intervals.map(|clumps| clumps.interval).min() else { return Vec::new() };
    let simulated = scenario.end().since(scenario.start());
    let count = simulated.as_nanos() / shortest.as_nanos() + 1;
    (0..count).map(|_| [unit(stream), unit(stream)]).collect()
}
