//! From the metrics that alarms watch to the values of a recording.

use super::recording::Recording;
use super::{ReplayError, Settings};
use crate::alarm::spec::{AlarmSpec, FleetDimension, Origin, Subject};
use crate::scenario::AlarmFile;
use crate::telemetry::metric::Metric;
use crate::telemetry::sampled::{Sample, SampledSpec, Samples};

const NANOS_PER_MICRO: i128 = 1000;

/// The values that the alarms watch.
pub(super) struct Feed {
    watched: Vec<Watched>,
    /// One by one those of `watched`.
    pub(super) samples: Vec<Samples>,
    /// Metrics of which there are none.
    pub(super) without_values: Vec<String>,
}

/// A metric as an alarm sees it.
#[derive(Clone, PartialEq, Eq)]
struct Watched {
    metric: String,
    fleet: Option<FleetDimension>,
}

impl Feed {
    pub(super) fn new(file: &AlarmFile, recording: &Recording) -> Result<Self, ReplayError> {
        let mut watched: Vec<Watched> = Vec::new();
        for query in file.alarms.iter().flat_map(|alarm| alarm.subject.queries()) {
            let one = Watched::of(query.origin, &file.sampled);
            if !watched.contains(&one) {
                watched.push(one);
            }
        }
        let mut names: Vec<String> = watched.iter().map(|watched| watched.metric.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let recorded = recording.metrics();
        if recorded.is_empty() && names.len() > 1 {
            return Err(ReplayError::WhichMetric(names));
        }
        let samples: Vec<Samples> = watched.iter().map(|one| one.samples(recording)).collect();
        let is_empty = |name: &String| {
            let mut of_name = watched.iter().zip(&samples).filter(|(one, _)| one.metric == *name);
            of_name.all(|(_, samples)| samples.is_empty())
        };
        let without_values: Vec<String> = names.iter().filter(|n| is_empty(n)).cloned().collect();
        if without_values.len() == names.len() {
            let recorded = recorded.iter().map(|name| (*name).to_owned()).collect();
            return Err(ReplayError::OtherMetrics { watched: names, recorded });
        }
        Ok(Self { watched, samples, without_values })
    }

    /// The alarms of `file`, watching the samples. Latencies are in microseconds there, as in
    /// CloudWatch.
    pub(super) fn specs(&self, file: &AlarmFile, settings: Settings) -> Vec<AlarmSpec> {
        let spec = |alarm: &AlarmSpec| {
            let mut spec = alarm.clone();
            let Subject::Query(query) = &mut spec.subject;
            if query.is_latency() {
                spec.threshold = spec.threshold.over(NANOS_PER_MICRO);
            }
            let one = Watched::of(query.origin, &file.sampled);
            let place = self.watched.iter().position(|watched| *watched == one);
            query.origin = Origin::Sampled(place.expect("invariant: every query is watched"));
            spec.initial_state = settings.initial_state.unwrap_or(spec.initial_state);
            spec
        };
        file.alarms.iter().map(spec).collect()
    }
}

impl Watched {
    fn of(origin: Origin, sampled: &[SampledSpec]) -> Self {
        match origin {
            Origin::Requests(metric, fleet) => {
                Self { metric: Metric::name(metric).to_owned(), fleet: Some(fleet) }
            }
            Origin::Sampled(index) => Self { metric: sampled[index].name.clone(), fleet: None },
        }
    }

    fn samples(&self, recording: &Recording) -> Samples {
        let mut samples = Samples::default();
        for (at, value) in recording.values(&self.metric, self.fleet) {
            samples.record(Sample { at, value, seen_from: at });
        }
        samples
    }
}
