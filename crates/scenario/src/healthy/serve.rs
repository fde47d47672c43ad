//! Blue by itself: the endpoint's traffic on its current fleet, without a deployment and without incidents.
//!
//! Not modelled: callers who try again, and errors in clumps, which shift when requests fail and not how
//! many.

use crate::endpoint::behaviour::{Behaviour, Conditions};
use crate::endpoint::fleet::{Answers, BATCH_REQUESTS, Batch, Fate, Fleet, Latents};
use crate::endpoint::model::ModelSpec;
use crate::endpoint::spec::{Capacity, EndpointSpec, FleetSpec, Mode, QueueLayout};
use crate::random::arrival::{ArrivalSpec, Arrivals, TraceError};
use crate::random::stream::{Purpose, Stream, Streams, unit};
use crate::spec::Scenario;
use crate::telemetry::histogram::Histogram;
use crate::time::{SimDuration, SimTime};
use rand_distr::{Distribution as _, StandardNormal};

/// A fleet, its model and its traffic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alone<'s> {
    pub(crate) arrivals: &'s ArrivalSpec,
    pub(crate) endpoint: &'s EndpointSpec,
    pub(crate) fleet: &'s FleetSpec,
    pub(crate) model: &'s ModelSpec,
    /// The start of the warm-up, and the horizon.
    pub(crate) span: (SimTime, SimTime),
}

/// What became of the requests from t = 0 on.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    /// Times in the queue of those that were not turned away.
    pub(crate) waits: Histogram,
    /// Their `ModelLatency`: waiting included, but for asynchronous endpoints, whose queue it leaves out.
    pub(crate) latencies: Histogram,
    /// How many there were.
    pub(crate) requests: u64,
    /// How many were turned away, or had no answer in time.
    pub(crate) lost: u64,
}

impl Served {
    pub(crate) const fn new() -> Self {
        Self { waits: Histogram::new(), latencies: Histogram::new(), requests: 0, lost: 0 }
    }
}

/// The draws of requests, each in a stream of its own.
struct Luck {
    place: Stream,
    service: Stream,
    branch: Stream,
    error: Stream,
}

/// Some requests and their draws, column by column.
#[derive(Default)]
struct Columns {
    at: Vec<SimTime>,
    place: Vec<f64>,
    normal: Vec<f64>,
    branch: Vec<f64>,
    error: Vec<f64>,
    base_ns: Vec<f64>,
}

impl<'s> Alone<'s> {
    /// A model on a fleet, with all the traffic of a scenario.
    pub(crate) fn new(scenario: &'s Scenario, fleet: &'s FleetSpec, model: &'s ModelSpec) -> Self {
        let Scenario { arrivals, endpoint, .. } = scenario;
        Self { arrivals, endpoint, fleet, model, span: (scenario.start(), scenario.end()) }
    }
}

impl Alone<'_> {
    /// Serves the traffic that `streams` bring, and adds it to `served`.
    ///
    /// # Errors
    /// [`TraceError`] if a traffic trace cannot be read.
    pub(crate) fn serve(&self, streams: &Streams, served: &mut Served) -> Result<(), TraceError> {
        let (start, end) = self.span;
        let model = ModelSpec { overdispersion: None, ..self.model.clone() };
        let conditions =
            Conditions { fault: None, incidents: &[], is_cold: false, clumps: [0.5; 2] };
        let behaviour = Behaviour::new(&model, &conditions, start, None);
        let endpoint = self.endpoint_of_one_queue();
        let mut fleet = Fleet::new(self.fleet, &endpoint, &model, behaviour, start);
        fleet.activate(self.fleet.instances, start - SimDuration::LONGEST);
        let mut arrivals = Arrivals::new(self.arrivals, streams, &[], start, end)?;
        let mut luck = Luck::new(streams);
        let mut columns = Columns::default();
        let mut answers = Answers::new();
        loop {
            columns.at.clear();
            arrivals.fill(&mut columns.at, BATCH_REQUESTS)?;
            if columns.at.is_empty() {
                return Ok(());
            }
            columns.draw(&mut luck, &model);
            fleet.serve_all(&columns.batch(), |index| columns.latents(index), &mut answers);
            self.note(&columns.at, &answers, served);
        }
    }

    /// An asynchronous endpoint hands its oldest request to whichever instance is free: one queue in order
    /// of arrival, in which nobody loses patience.
    fn endpoint_of_one_queue(&self) -> EndpointSpec {
        let mut endpoint = self.endpoint.clone();
        if endpoint.mode != Mode::RealTime {
            endpoint.capacity = Capacity::Queued { queue: QueueLayout::Shared, limit: None };
            endpoint.timeout = None;
        }
        endpoint
    }

    fn note(&self, at: &[SimTime], answers: &Answers, served: &mut Served) {
        for index in at.partition_point(|&at| at < SimTime::ZERO)..at.len() {
            let answer = answers.answer(index);
            served.requests += 1;
            served.lost += u64::from(matches!(answer.fate, Fate::Rejected | Fate::TimedOut));
            if answer.fate == Fate::Rejected {
                continue;
            }
            let seen = match self.endpoint.mode {
                Mode::RealTime => answer.response,
                Mode::Asynchronous(spec) => {
                    answer.response.saturating_sub(answer.wait).min(spec.processing_timeout)
                }
            };
            served.waits.record(answer.wait.as_nanos());
            served.latencies.record(seen.as_nanos());
        }
    }
}

impl Luck {
    fn new(streams: &Streams) -> Self {
        Self {
            place: streams.stream(Purpose::Placement),
            service: streams.stream(Purpose::Service),
            branch: streams.stream(Purpose::Branch),
            error: streams.stream(Purpose::Errors),
        }
    }
}

impl Columns {
    fn draw(&mut self, luck: &mut Luck, model: &ModelSpec) {
        let count = self.at.len();
        let fill = |column: &mut Vec<f64>, stream: &mut Stream, draw: fn(&mut Stream) -> f64| {
            column.clear();
            column.extend((0..count).map(|_| draw(stream)));
        };
        fill(&mut self.place, &mut luck.place, unit);
        fill(&mut self.normal, &mut luck.service, |stream| StandardNormal.sample(stream));
        fill(&mut self.branch, &mut luck.branch, unit);
        fill(&mut self.error, &mut luck.error, unit);
        model.latency.fill(&mut self.base_ns, &self.normal, &self.branch);
    }

    fn batch(&self) -> Batch<'_> {
        Batch { at: &self.at, place: &self.place, base_ns: &self.base_ns, error: &self.error }
    }

    fn latents(&self, index: usize) -> Latents {
        // No regression, so nobody looks at the tail.
        Latents { normal: self.normal[index], branch: self.branch[index], tail: 0.0 }
    }
}
