//! What the periods of an alarm's evaluation range show, whatever its threshold is.
//!
//! This is the half of an evaluation that does not depend on the threshold: which periods are looked
//! at, and which of them are missing, made up as history, or have a datapoint. Only of percentiles of
//! latencies that are not kept one by one no more than the side of the alarm's own threshold is known.
//!
//! The other half is [`judge`](crate::alarm::judge) and [`evaluate`](crate::alarm::evaluate).

use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::math::{Retrieved, Value};
use crate::alarm::spec::{AlarmSpec, History, Math, Subject};
use crate::telemetry::series::FleetSeries;
use crate::time::{SimDuration, SimTime};

mod feed;
mod memory;

use feed::Feed;
pub(super) use feed::Sight;
use memory::Memory;

/// The latencies that are kept do not decide a percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too few of the highest latencies are kept to know a percentile at every threshold")]
pub struct Undecided;

/// A period of the evaluation range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Period {
    pub(super) start: SimTime,
    pub(super) shows: Shows,
}

/// What a period has to say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shows {
    /// It has no datapoint.
    Missing,
    /// It is within the threshold, as history is set to be.
    Good,
    /// It has a datapoint.
    Datapoint(Datapoint),
}

/// A datapoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Datapoint {
    /// Of how many values it is made; 0 of metric math.
    pub(super) samples: u64,
    /// The float nearest to it \[metric's unit; latency in ns\]. If only its side is known, to within
    /// 1/128, and only if latencies are kept by size.
    pub(super) about: Option<f64>,
    /// What is known for certain.
    pub(super) reading: Reading,
}

/// What is known of a datapoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// Itself.
    Value(Value),
    /// Whether it breaches the alarm's own threshold.
    Side(bool),
}

/// Reads the periods of one alarm.
#[derive(Clone, Debug)]
pub(super) struct Observer<'s> {
    spec: &'s AlarmSpec,
    // One for each query of the subject.
    feeds: Vec<Feed>,
    // One for each feed, if what has been read is remembered.
    memories: Vec<Memory>,
    timetable: Timetable,
    delay: SimDuration,
    // How many periods are looked at.
    range: u32,
    // Those of the last evaluation, oldest first.
    periods: Vec<Period>,
    // What all of these show, if that is the same and no datapoint.
    all_show: Option<Shows>,
}

impl<'s> Observer<'s> {
    /// The alarm `spec`, whose evaluation range has `range` periods. Metrics of requests are published
    /// every `interval` and arrive `delay` later, if they have no delay of their own.
    ///
    /// # Panics
    /// If the period of an alarm on requests is no multiple of the interval.
    pub(super) fn new(
        spec: &'s AlarmSpec,
        range: u32,
        clock: Clock,
        (delay, interval): (SimDuration, SimDuration),
    ) -> Self {
        let queries = spec.subject.queries().iter();
        let feeds: Vec<Feed> = queries.map(|&query| Feed::new(spec, query)).collect();
        assert!(
            !feeds.iter().any(Feed::is_of_requests)
                || spec.period.as_nanos() % interval.as_nanos() == 0,
            "invariant: a period is a multiple of the metric interval"
        );
        Self {
            spec,
            feeds,
            memories: Vec::new(),
            timetable: Timetable::new(spec, clock, delay),
            delay,
            range,
            periods: Vec::with_capacity(range as usize),
            all_show: None,
        }
    }

    /// The same for any threshold, of a run that is over.
    pub(super) fn of_any_threshold(mut self) -> Self {
        self.feeds.iter_mut().for_each(Feed::forget_threshold);
        self.read_once();
        self
    }

    /// From now on reads once what has arrived: nothing is added to a bin that can be seen.
    pub(super) fn read_once(&mut self) {
        self.memories = vec![Memory::default(); self.feeds.len()];
    }

    pub(super) const fn timetable(&self) -> &Timetable {
        &self.timetable
    }

    /// The periods of the last evaluation, oldest first.
    pub(super) fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// What an evaluation at `now` can see.
    pub(super) fn sight<'a>(&self, now: SimTime, fleets: &'a FleetSeries) -> Sight<'a> {
        Sight { now, delay: self.delay, fleets }
    }

    /// Looks at the evaluation range at `now`. `first_traffic` is when green took its first request, if
    /// it has.
    ///
    /// # Errors
    /// [`Undecided`] only [of any threshold](Self::of_any_threshold).
    pub(super) fn observe(
        &mut self,
        sight: &Sight<'_>,
        first_traffic: Option<SimTime>,
    ) -> Result<(), Undecided> {
        let spec = self.spec;
        let end = self.timetable.window_end(sight.now);
        self.periods.clear();
        let oldest = end - spec.period.times(self.range.into());
        self.memories.iter_mut().for_each(|memory| memory.forget_before(oldest));
        for age in (0..self.range).rev() {
            let until = end - spec.period.times(age.into());
            let start = until - spec.period;
            let shows = match self.without_looking(sight, until, first_traffic) {
                Some(shows) => shows,
                None => {
                    self.read(0, sight, (start, until))?.map_or(Shows::Missing, Shows::Datapoint)
                }
            };
            self.periods.push(Period { start, shows });
        }
        if let Subject::Math(math) = &spec.subject {
            self.calculate(math, sight, first_traffic)?;
        }
        let newest = self.periods.last().map(|newest| newest.shows);
        let is_nothing = |shows: &Shows| !matches!(shows, Shows::Datapoint(_));
        let is_same = |&shows: &Shows| self.periods.iter().all(|period| period.shows == shows);
        self.all_show = newest.filter(is_nothing).filter(is_same);
        Ok(())
    }

    /// What a period until this instant shows, if nobody need look.
    fn without_looking(
        &self,
        sight: &Sight<'_>,
        until: SimTime,
        first_traffic: Option<SimTime>,
    ) -> Option<Shows> {
        let is_history = first_traffic.is_none_or(|first| until <= first);
        match (self.spec.history, &self.spec.subject) {
            (History::NonBreaching, _) if is_history || self.begins_after(sight, until) => {
                Some(Shows::Good)
            }
            (_, Subject::Math(_)) => Some(Shows::Missing),
            (History::None, _) if is_history => Some(Shows::Missing),
            _ => None,
        }
    }

    /// Whether an evaluation sees no datapoint, as the last one did, and counts the same instead: nothing has
    /// been published, and periods that count as within the threshold come before those that are missing.
    pub(super) fn sees_nothing_new(
        &self,
        sight: &Sight<'_>,
        first_traffic: Option<SimTime>,
    ) -> bool {
        let Some(before) = self.all_show else { return false };
        let is_blank = |feed: &Feed| feed.is_blank(sight.fleets);
        if !matches!(self.spec.subject, Subject::Query(_)) || !self.feeds.iter().all(is_blank) {
            return false;
        }
        let end = self.timetable.window_end(sight.now);
        before == self.without_looking(sight, end, first_traffic).unwrap_or(Shows::Missing)
    }

    /// The datapoint of one of the subject's queries in a window.
    pub(super) fn read(
        &mut self,
        feed: usize,
        sight: &Sight<'_>,
        window: (SimTime, SimTime),
    ) -> Result<Option<Datapoint>, Undecided> {
        let reader = &self.feeds[feed];
        match self.memories.get_mut(feed) {
            None => reader.read(sight, window),
            Some(memory) => memory.recall(window.0, || {
                Ok((reader.read(sight, window)?, reader.has_arrived(sight, window)))
            }),
        }
    }

    /// What metric math makes of the periods.
    fn calculate(
        &mut self,
        math: &Math,
        sight: &Sight<'_>,
        first_traffic: Option<SimTime>,
    ) -> Result<(), Undecided> {
        let (history, period) = (self.spec.history, self.spec.period);
        let mut columns: Vec<Vec<Option<Value>>> = Vec::with_capacity(self.feeds.len());
        for feed in 0..self.feeds.len() {
            let mut column = Vec::with_capacity(self.periods.len());
            for place in 0..self.periods.len() {
                let start = self.periods[place].start;
                let window = (start, start + period);
                let is_history = first_traffic.is_none_or(|first| window.1 <= first);
                let is_hidden = history == History::None && is_history;
                let datapoint = if is_hidden { None } else { self.read(feed, sight, window)? };
                column.push(datapoint.and_then(|datapoint| self.feeds[feed].term(datapoint)));
            }
            columns.push(column);
        }
        let column_of = |id: &str| {
            let place = math.ids.iter().position(|known| known == id);
            let column = place.and_then(|place| columns.get(place));
            column.expect("invariant: an expression names its own metrics only").as_slice()
        };
        let retrieved = Retrieved { periods: self.periods.len(), period };
        let made = math.expression.evaluate(&column_of, retrieved);
        for (period, value) in self.periods.iter_mut().zip(made) {
            if let (Shows::Missing, Some(value)) = (period.shows, value) {
                period.shows = Shows::Datapoint(Datapoint::exact(0, value));
            }
        }
        Ok(())
    }

    /// Whether every series that the alarm reads begins only after `end`.
    fn begins_after(&self, sight: &Sight<'_>, end: SimTime) -> bool {
        self.feeds.iter().all(|feed| feed.begins_after(sight.fleets, end))
    }
}

impl Datapoint {
    fn exact(samples: u64, value: Value) -> Self {
        Self { samples, about: Some(value.as_f64()), reading: Reading::Value(value) }
    }
}
