//! From the metrics that alarms watch to the rows of a recording.

use super::publication::{Periods, Publication};
use super::recording::{Lack, Recording, Row, Says, Share};
use super::{Epoch, ReplayError, Settings};
use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::spec::{AlarmSpec, Evaluation, FleetDimension, LowSamples, Origin, Query};
use crate::scenario::AlarmFile;
use crate::telemetry::metric::{Metric, Statistic};
use crate::telemetry::sampled::{Sample, SampledSpec, Samples};
use crate::time::SimDuration;

const NANOS_PER_MICRO: i128 = 1000;

/// The values that the alarms watch.
pub(super) struct Feed {
    watched: Vec<Watched>,
    /// One by one those of `watched`.
    pub(super) samples: Vec<Samples>,
    /// Metrics of which there are none.
    pub(super) without_values: Vec<String>,
    publication: Publication,
}

/// A metric as an alarm sees it.
#[derive(Clone, PartialEq, Eq)]
struct Watched {
    metric: String,
    fleet: Option<FleetDimension>,
    /// What of it, where the recording has statistics.
    wanted: Option<Wanted>,
    /// How long after the end of its period, or interval, a row is published that does not say when.
    delay: SimDuration,
}

/// A statistic of recorded periods.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Wanted {
    statistic: Statistic,
    /// The alarm's period.
    period: SimDuration,
}

impl Feed {
    pub(super) fn new(
        file: &AlarmFile,
        recording: &Recording,
        publication: Publication,
        epoch: Epoch,
    ) -> Result<Self, ReplayError> {
        let mut feed = Self {
            watched: Vec::new(),
            samples: Vec::new(),
            without_values: Vec::new(),
            publication,
        };
        let queries = file
            .alarms
            .iter()
            .flat_map(|alarm| alarm.subject.queries().iter().map(move |query| (alarm, query)));
        let mut names: Vec<String> =
            queries.clone().map(|(_, query)| name_of(query.origin, &file.sampled)).collect();
        names.sort_unstable();
        names.dedup();
        let recorded = recording.metrics();
        if recorded.is_empty() && names.len() > 1 {
            return Err(ReplayError::WhichMetric(names));
        }
        for (alarm, query) in queries {
            let one = feed.watched_by(alarm, query, &file.sampled);
            feed.check(&one, alarm, recording)?;
            if !feed.watched.contains(&one) {
                feed.samples.push(feed.samples_of(&one, alarm, recording, epoch)?);
                feed.watched.push(one);
            }
        }
        let is_empty = |name: &String| {
            let mut of_name =
                feed.watched.iter().zip(&feed.samples).filter(|(one, _)| one.metric == *name);
            of_name.all(|(_, samples)| samples.is_empty())
        };
        feed.without_values = names.iter().filter(|name| is_empty(name)).cloned().collect();
        if feed.without_values.len() == names.len() {
            let recorded = recorded.iter().map(|name| (*name).to_owned()).collect();
            return Err(ReplayError::OtherMetrics { watched: names, recorded });
        }
        Ok(feed)
    }

    /// The alarms of `file`, watching the samples. Latencies are in microseconds there, as in
    /// CloudWatch.
    pub(super) fn specs(
        &self,
        file: &AlarmFile,
        settings: Settings,
        epoch: Epoch,
    ) -> Vec<AlarmSpec> {
        let spec = |alarm: &AlarmSpec| {
            let mut spec = alarm.clone();
            if spec.subject.is_latency() {
                spec.threshold = spec.threshold.over(NANOS_PER_MICRO);
            }
            for query in spec.subject.queries_mut() {
                let one = self.watched_by(alarm, query, &file.sampled);
                let place = self.watched.iter().position(|watched| *watched == one);
                query.origin = Origin::Sampled(place.expect("invariant: every query is watched"));
                query.delay = Some(one.delay);
                if one.wanted.is_some() && matches!(query.statistic, Statistic::Extended(_)) {
                    // There is one row in each period, which has the statistic.
                    query.statistic = Statistic::Maximum;
                }
            }
            if let Some(Periods { length, from }) = self.publication.periods
                && spec.evaluation == Evaluation::Sliding
                && length > step_of(&spec)
            {
                spec.evaluation = Evaluation::Recorded { period: length, from: epoch.since(from) };
            }
            // The alarms have long existed when the recording begins.
            spec.created_after = None;
            spec.initial_state = settings.initial_state.unwrap_or(spec.initial_state);
            spec
        };
        file.alarms.iter().map(spec).collect()
    }

    fn watched_by(&self, alarm: &AlarmSpec, query: &Query, sampled: &[SampledSpec]) -> Watched {
        let fleet = match query.origin {
            Origin::Requests(_, fleet) => Some(fleet),
            Origin::Sampled(_) => None,
        };
        let wanted = Wanted { statistic: query.statistic, period: alarm.period };
        let wanted = self.publication.periods.map(|_| wanted);
        let usual = self.publication.delay;
        let own = query.delay.filter(|_| !self.publication.is_of_all);
        let metric = name_of(query.origin, sampled);
        Watched { metric, fleet, wanted, delay: own.unwrap_or(usual) }
    }

    /// Notes what `alarm` wants of a metric and the recording cannot give.
    fn check(
        &self,
        watched: &Watched,
        alarm: &AlarmSpec,
        recording: &Recording,
    ) -> Result<(), ReplayError> {
        let (metric, fleet) = (watched.metric.as_str(), watched.fleet);
        if let Some(unit) = recording.unit(metric, fleet)
            && metric == Metric::ModelLatency.name()
            && !["", "None", "Microseconds"].contains(&unit)
        {
            return Err(ReplayError::Unit { metric: metric.to_owned(), unit: unit.to_owned() });
        }
        let Some((wanted, periods)) = watched.wanted.zip(self.publication.periods) else {
            return Ok(());
        };
        fits(wanted, periods).map_err(|why| watched.cannot_be_made(alarm, why))?;
        let counts =
            alarm.low_samples == LowSamples::Ignore && wanted.statistic.least_samples().is_some();
        let series = recording.seen_by(metric, fleet);
        if counts && !series.into_iter().flatten().all(Row::has_count) {
            let why = "it leaves percentiles of too few values alone, and without SampleCount in every row \
                       it is not known how many they are";
            return Err(watched.cannot_be_made(alarm, why.to_owned()));
        }
        Ok(())
    }

    /// What `alarm` sees of a metric.
    fn samples_of(
        &self,
        watched: &Watched,
        alarm: &AlarmSpec,
        recording: &Recording,
        epoch: Epoch,
    ) -> Result<Samples, ReplayError> {
        let series = recording.seen_by(&watched.metric, watched.fleet);
        let publication = Publication { delay: watched.delay, ..self.publication };
        let merges = watched.merges(publication, series.len());
        let mut rows: Vec<&Row> = series.into_iter().flatten().collect();
        rows.sort_by_key(|row| row.at);
        let mut samples = Samples::default();
        for row in rows {
            let seen_from = epoch.since(publication.seen_from(row));
            let at = epoch.since(row.at);
            samples.record(match (&row.says, watched.wanted) {
                (Says::Value(value), _) => Sample::single(at, *value, seen_from),
                // Of statistics something is always wanted.
                (Says::Period(_), None) => continue,
                (Says::Period(known), Some(Wanted { statistic, .. })) => {
                    let cannot =
                        |lack| watched.cannot_be_made(alarm, lacking(statistic, lack, row));
                    let Share { value, weight } = known.share(statistic, merges).map_err(cannot)?;
                    Sample { at, value, weight, seen_from }
                }
            });
        }
        Ok(samples)
    }
}

impl Watched {
    fn cannot_be_made(&self, alarm: &AlarmSpec, why: String) -> ReplayError {
        let (alarm, metric) = (alarm.name.clone(), self.metric.clone());
        ReplayError::CannotBeMade { alarm, metric, why }
    }

    /// Whether several rows make one datapoint.
    fn merges(&self, publication: Publication, series: usize) -> bool {
        let longer = self.wanted.zip(publication.periods);
        series > 1 || longer.is_some_and(|(wanted, periods)| wanted.period > periods.length)
    }
}

/// Between two evaluations of an alarm.
fn step_of(spec: &AlarmSpec) -> SimDuration {
    Timetable::new(spec, Clock::default(), SimDuration::ZERO).step()
}

fn name_of(origin: Origin, sampled: &[SampledSpec]) -> String {
    match origin {
        Origin::Requests(metric, _) => metric.name().to_owned(),
        Origin::Sampled(index) => sampled[index].name.clone(),
    }
}

/// Whether the alarm's periods are made of whole recorded ones.
fn fits(wanted: Wanted, periods: Periods) -> Result<(), String> {
    if wanted.period.as_nanos() % periods.length.as_nanos() == 0 {
        return Ok(());
    }
    Err(format!(
        "its period is {}, which whole rows of {} do not make; get the statistics with a shorter period, \
         or say with `--row-period` how long that of a row is",
        wanted.period, periods.length
    ))
}

/// Why a row does not give the statistic.
fn lacking(statistic: Statistic, lack: Lack, row: &Row) -> String {
    let line = row.line;
    match lack {
        Lack::NeverFollows => format!(
            "the {statistic} of several rows together does not follow from that of each; get the \
             statistics with the alarm's own period, and the requests of one fleet or of both as one series"
        ),
        Lack::Of(other) if other == statistic => format!(
            "the row in line {line} has no {statistic}, and it does not follow from what is there"
        ),
        Lack::Of(other) => format!(
            "the {statistic} of several rows needs the {other} of each, which the row in line {line} lacks; \
             get the statistics with {other}"
        ),
    }
}
