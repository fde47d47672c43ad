//! What a fleet publishes over a whole run: one bin an interval.
//!
//! The bins are consecutive and of equal length; bin k holds the requests that count at an instant
//! of \[origin + k·interval, origin + (k + 1)·interval) and is stamped with its start, as
//! CloudWatch stamps a datapoint with the beginning of its period
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>). All
//! bins are kept, so a run can be read again under another alarm.
//!
//! A bin is published at its end, with the requests that have been answered by then. Those that count in it
//! and are answered in a later interval are published at the end of that one (`later`).

use std::ops::Range;

use crate::telemetry::bin::{Bin, Probe, Status};
use crate::telemetry::detail::{Buckets, Detail, Kept, Tail};
use crate::telemetry::orders::Top;
use crate::telemetry::sampled::Samples;
use crate::time::{SimDuration, SimTime};

mod later;

use later::Later;

/// The bins of one fleet.
#[derive(Clone, Debug)]
pub struct Series {
    interval_ns: i64,
    origin_ns: i64,
    intervals: usize,
    // One row an interval, of what is answered in it; then those of `later`.
    rows: Vec<Bin>,
    later: Later,
    cuts_ns: Vec<i64>,
    // One probe a cut, row after row.
    probes: Vec<Probe>,
    kept: Option<Box<Kept>>,
    // By how much each bin arrives later than usual [ns]; empty if none does.
    late_ns: Vec<i64>,
    // The bin that took the last request, and its bounds: most requests fall into the same one.
    current: usize,
    current_start_ns: i64,
    current_end_ns: i64,
}

/// The series of every fleet of a run.
#[derive(Clone, Debug)]
pub struct FleetSeries {
    /// The current fleet.
    pub blue: Series,
    /// The new fleet.
    pub green: Series,
    /// The mirrored requests.
    pub shadow: Series,
    /// What is published value by value, in the order of the scenario.
    pub sampled: Vec<Samples>,
}

impl FleetSeries {
    /// Values published one by one, and no fleets.
    pub fn only_sampled(sampled: Vec<Samples>) -> Self {
        let none = Series::new(SimDuration::from_secs(60), SimTime::ZERO, 0, &[]);
        Self { blue: none.clone(), green: none.clone(), shadow: none, sampled }
    }

    /// Sorts what is kept of the latencies; see [`Series::sort`].
    pub fn sort(&mut self) {
        for series in [&mut self.blue, &mut self.green, &mut self.shadow] {
            series.sort();
        }
    }
}

/// One request as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// At which instant.
    pub at: SimTime,
    /// When it was answered, then or later.
    pub answered: SimTime,
    /// How it was answered.
    pub status: Status,
    /// How long that took \[ns, not negative\]; none if it never reached the model.
    pub latency_ns: Option<i64>,
}

/// Some bins merged, with the probe of one cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Counts and latencies.
    pub bin: Bin,
    /// How the latencies lie about the cut that was asked for; empty if none was.
    pub probe: Probe,
    /// What exceeds the two cuts that were asked for; empty without them.
    pub tails: [Tail; 2],
}

impl Series {
    /// An empty series of `bins` bins of length `interval` (positive) from `origin` on, which
    /// divides latencies at each of `cuts_ns` \[ns\]; doubles among them are kept once.
    ///
    /// # Panics
    /// If the interval is zero.
    pub fn new(interval: SimDuration, origin: SimTime, bins: usize, cuts_ns: &[i64]) -> Self {
        assert!(!interval.is_zero(), "invariant: an interval is positive");
        let mut cuts_ns = cuts_ns.to_vec();
        cuts_ns.sort_unstable();
        cuts_ns.dedup();
        Self {
            interval_ns: interval.as_nanos(),
            origin_ns: origin.as_nanos(),
            intervals: bins,
            rows: vec![Bin::EMPTY; bins],
            later: Later::default(),
            probes: vec![Probe::EMPTY; bins * cuts_ns.len()],
            cuts_ns,
            kept: None,
            late_ns: Vec::new(),
            current: 0,
            // An empty cell: the first request looks its bin up.
            current_start_ns: 0,
            current_end_ns: 0,
        }
    }

    /// The same, still empty series, which also keeps this of its latencies.
    #[must_use]
    pub fn with_detail(mut self, detail: &Detail) -> Self {
        let kept = || Box::new(Kept::new(detail, self.intervals));
        self.kept = (!detail.is_nothing()).then(kept);
        self
    }

    /// The same series, its bins arriving later than usual by these times; bins beyond them are on
    /// time.
    #[must_use]
    pub fn with_lateness(mut self, late: &[SimDuration]) -> Self {
        self.late_ns = late.iter().map(|late| late.as_nanos()).collect();
        self
    }

    /// The bins that have not ended by `now` are late by these times instead.
    pub fn renew_lateness(&mut self, now: SimTime, late: &[SimDuration]) {
        let known = usize::try_from(self.ended_by(now)).unwrap_or(0).min(self.late_ns.len());
        let to_come = late.iter().skip(known).map(|late| late.as_nanos());
        self.late_ns.splice(known.., to_come);
    }

    /// Counts one request that is answered at the instant `at`; outside the series it is dropped. A
    /// request that never reached the model has no latency \[ns, not negative\].
    #[inline]
    pub fn record(&mut self, at: SimTime, status: Status, latency_ns: Option<i64>) {
        self.count(&Counted { at, answered: at, status, latency_ns });
    }

    /// Counts one request; outside the series it is dropped.
    #[inline]
    pub fn count(&mut self, request: &Counted) {
        let at_ns = request.at.as_nanos();
        if !self.is_current(at_ns) && !self.seek(at_ns) {
            return;
        }
        let is_on_time = request.answered.as_nanos() < self.current_end_ns;
        let row = if is_on_time { self.current } else { self.later_row(request.answered) };
        self.rows[row].record(request.status, request.latency_ns);
        let Some(latency_ns) = request.latency_ns else { return };
        let cuts = self.cuts_ns.len();
        if cuts > 0 {
            let probes = &mut self.probes[row * cuts..][..cuts];
            for (probe, &cut_ns) in probes.iter_mut().zip(&self.cuts_ns) {
                probe.record(latency_ns, cut_ns);
            }
        }
        if let Some(kept) = &mut self.kept {
            kept.record(row, latency_ns, of_bin(&self.later, self.current));
        }
    }

    /// The row of what counts in the current interval and is answered then, after its end.
    #[inline]
    fn later_row(&mut self, answered: SimTime) -> usize {
        let answered = self.ended_by(answered);
        let known = self.later.find(self.current, answered);
        let number = known.unwrap_or_else(|| self.new_row(answered));
        self.index(number)
    }

    #[cold]
    fn new_row(&mut self, answered: i64) -> i64 {
        let number = i64::try_from(self.rows.len()).unwrap_or(i64::MAX);
        self.rows.push(Bin::EMPTY);
        self.probes.extend(std::iter::repeat_n(Probe::EMPTY, self.cuts_ns.len()));
        self.kept.iter_mut().for_each(|kept| kept.add_row());
        self.later.add(self.current, answered, number);
        number
    }

    /// Adds many requests at the instant `at`, with one probe for each cut and what is kept of their
    /// latencies by size, if that is kept; outside the series they are dropped. They are published at the
    /// end of their interval.
    pub fn add(&mut self, at: SimTime, batch: &Bin, probes: &[Probe], buckets: Option<&Buckets>) {
        let at_ns = at.as_nanos();
        let is_current = self.current_start_ns <= at_ns && at_ns < self.current_end_ns;
        if !is_current && !self.seek(at_ns) {
            return;
        }
        self.rows[self.current].merge(batch);
        let cuts = self.cuts_ns.len();
        let own = &mut self.probes[self.current * cuts..][..cuts];
        own.iter_mut().zip(probes).for_each(|(own, probe)| own.merge(probe));
        if let (Some(kept), Some(buckets)) = (&mut self.kept, buckets) {
            kept.add_buckets(self.current, buckets);
        }
    }

    /// Where latencies are divided \[ns\], ascending.
    pub fn cuts_ns(&self) -> &[i64] {
        &self.cuts_ns
    }

    /// Counts requests, whose order makes no difference. They are counted at once where they fall into
    /// one bin and are answered in it.
    #[inline]
    pub fn record_all(&mut self, requests: impl Iterator<Item = Counted> + Clone) {
        let (first_ns, last_ns) =
            requests.clone().fold((i64::MAX, i64::MIN), |(first, last), request| {
                (first.min(request.at.as_nanos()), last.max(request.answered.as_nanos()))
            });
        let is_one_bin = first_ns <= last_ns
            && (self.is_current(first_ns) || self.seek(first_ns))
            && self.is_current(last_ns);
        if !is_one_bin {
            requests.for_each(|request| self.count(&request));
            return;
        }
        let mut bin = Bin::EMPTY;
        requests.clone().for_each(|request| bin.record(request.status, request.latency_ns));
        self.rows[self.current].merge(&bin);
        let cuts = self.cuts_ns.len();
        let latencies_ns = requests.filter_map(|request| request.latency_ns);
        let probes = self.probes[self.current * cuts..].iter_mut();
        for (probe, &cut_ns) in probes.zip(&self.cuts_ns) {
            let mut seen = Probe::EMPTY;
            latencies_ns.clone().for_each(|latency_ns| seen.record(latency_ns, cut_ns));
            probe.merge(&seen);
        }
        if let Some(kept) = &mut self.kept {
            let rows = of_bin(&self.later, self.current);
            latencies_ns.for_each(|latency_ns| kept.record(self.current, latency_ns, rows.clone()));
        }
    }

    #[inline]
    fn is_current(&self, at_ns: i64) -> bool {
        self.current_start_ns <= at_ns && at_ns < self.current_end_ns
    }

    /// Whether no request has been counted.
    pub const fn is_blank(&self) -> bool {
        self.current_end_ns <= self.current_start_ns
    }

    /// The length of a bin.
    pub const fn interval(&self) -> SimDuration {
        SimDuration::from_nanos(self.interval_ns)
    }

    /// How many bins there are.
    pub const fn intervals(&self) -> usize {
        self.intervals
    }

    /// All that counts in the bin of this index, whenever it is published; `None` if there is no such bin.
    pub fn bin(&self, index: usize) -> Option<Bin> {
        if index >= self.intervals {
            return None;
        }
        let mut all = Bin::EMPTY;
        of_bin(&self.later, index).for_each(|row| all.merge(&self.rows[row]));
        Some(all)
    }

    /// When the bin of this index starts.
    pub fn start_of(&self, index: usize) -> SimTime {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        SimTime::from_nanos(self.origin_ns.saturating_add(index.saturating_mul(self.interval_ns)))
    }

    /// The number of the first bin that starts at `at` or later, counted from the series' origin;
    /// such a bin need not exist, so the number may be negative or beyond the last.
    pub const fn first_from(&self, at: SimTime) -> i64 {
        // ⌈(at − origin) / interval⌉
        -self.origin_ns.saturating_sub(at.as_nanos()).div_euclid(self.interval_ns)
    }

    /// How many bin lengths have ended by `at`, counted from the origin: bins of smaller numbers
    /// have.
    pub const fn ended_by(&self, at: SimTime) -> i64 {
        at.as_nanos().saturating_sub(self.origin_ns).div_euclid(self.interval_ns)
    }

    /// The place of a cut \[ns\] among those that latencies are divided at.
    pub fn cut(&self, cut_ns: i64) -> Option<usize> {
        self.cuts_ns.iter().position(|&own_ns| own_ns == cut_ns)
    }

    /// Adds the rows of these numbers, as far as they exist, to `totals`; with the probes of the
    /// cut at this place, if one is given. Bins are the first rows.
    pub fn add_to(&self, totals: &mut Totals, numbers: Range<i64>, cut: Option<usize>) {
        let indices = self.index(numbers.start)..self.index(numbers.end);
        for index in indices {
            totals.bin.merge(&self.rows[index]);
            if let Some(cut) = cut {
                totals.probe.merge(&self.probes[index * self.cuts_ns.len() + cut]);
            }
        }
    }

    /// What has arrived of the bins that start from `from` on and before `until`, if what is on time and
    /// was published by `arrived` has: the numbers of the rows, in ranges.
    pub fn visible(
        &self,
        (from, until): (SimTime, SimTime),
        arrived: SimTime,
    ) -> impl Iterator<Item = Range<i64>> + Clone {
        let bins = self.first_from(from)..self.first_from(until);
        let is_punctual = self.late_ns.is_empty();
        let all = is_punctual.then(|| self.answered_before(bins.clone(), self.ended_by(arrived)));
        let some = (!is_punctual).then(|| {
            let parts = self.parts(bins);
            let arrived = parts.filter(move |&(answered, _)| self.is_published(answered, arrived));
            arrived.map(|(_, row)| row..row + 1)
        });
        all.into_iter().flatten().chain(some.into_iter().flatten())
    }

    /// What of the bins of these numbers is answered in intervals of smaller numbers than `end`: the numbers
    /// of the rows, in ranges.
    pub fn answered_before(
        &self,
        bins: Range<i64>,
        end: i64,
    ) -> impl Iterator<Item = Range<i64>> + Clone {
        let bins = self.existing(bins.start..bins.end.min(end));
        let growing = (!self.later.is_empty()).then_some(bins.clone()).into_iter().flatten();
        let later = growing.flat_map(move |bin| self.later.of(self.index(bin)));
        let later = later.filter(move |&(answered, _)| answered < end);
        std::iter::once(bins).chain(later.map(|(_, row)| row..row + 1))
    }

    /// Whether all of the bins that start from `from` on and before `until` has arrived, if what is on time
    /// and was published by `arrived` has; no request must be on its way any more.
    pub fn has_arrived(&self, (from, until): (SimTime, SimTime), arrived: SimTime) -> bool {
        let end = self.first_from(until);
        end <= self.ended_by(arrived)
            && (self.late_ns.is_empty() && self.later.is_empty()
                || self
                    .parts(self.first_from(from)..end)
                    .all(|(answered, _)| self.is_published(answered, arrived)))
    }

    /// The rows of the bins of these numbers: which interval each is answered in, and its number.
    fn parts(&self, bins: Range<i64>) -> impl Iterator<Item = (i64, i64)> + Clone {
        let of_bin = |bin| std::iter::once((bin, bin)).chain(self.later.of(self.index(bin)));
        self.existing(bins).flat_map(of_bin)
    }

    /// Whether what the interval of this number publishes at its end has arrived, if what is on time and was
    /// published by `arrived` has.
    fn is_published(&self, number: i64, arrived: SimTime) -> bool {
        let late = self.late_ns.get(self.index(number)).copied().unwrap_or(0);
        number < self.ended_by(arrived - SimDuration::from_nanos(late))
    }

    /// Of these bins those that there are.
    fn existing(&self, bins: Range<i64>) -> Range<i64> {
        let intervals = i64::try_from(self.intervals).unwrap_or(i64::MAX);
        let start = bins.start.clamp(0, intervals);
        start..bins.end.clamp(start, intervals)
    }

    /// Adds what the rows of these numbers have above each of the cuts \[ns\] to `totals`.
    ///
    /// # Panics
    /// If the series does not keep that ([`Detail`]).
    pub fn add_tails_to(
        &self,
        totals: &mut Totals,
        numbers: Range<i64>,
        cuts_ns: [Option<i64>; 2],
    ) {
        let indices = self.index(numbers.start)..self.index(numbers.end);
        for (total, cut_ns) in totals.tails.iter_mut().zip(cuts_ns) {
            let Some(above) = cut_ns else { continue };
            let kept = self.kept.as_ref().and_then(|kept| kept.tail(indices.clone(), above));
            total.merge(&kept.expect("invariant: series keep the tails that their alarms need"));
        }
    }

    /// Whether latencies are kept by size.
    pub fn keeps_buckets(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.has_buckets())
    }

    /// Adds the latencies of the rows of these numbers by size, if they are kept.
    pub fn add_buckets_to(&self, buckets: &mut Buckets, numbers: Range<i64>) {
        let indices = self.index(numbers.start)..self.index(numbers.end);
        let of_bins = self.kept.iter().flat_map(|kept| kept.buckets(indices.clone()));
        of_bins.for_each(|of_bin| buckets.merge(of_bin));
    }

    /// Sorts the highest latencies of each bin, if they are kept: once all is recorded, percentiles are
    /// then read much faster.
    pub fn sort(&mut self) {
        self.kept.iter_mut().for_each(|kept| kept.sort());
    }

    /// Whether the highest latencies of each bin are kept one by one.
    pub fn keeps_tops(&self) -> bool {
        self.tops(0..0).is_some()
    }

    /// The highest latencies of the rows of these numbers, as far as they exist; `None` if they are not
    /// kept ([`Detail::keeps_top`]). See [`percentile`](crate::telemetry::orders::percentile).
    pub fn tops(&self, numbers: Range<i64>) -> Option<&[Top]> {
        let first = self.index(numbers.start);
        self.kept.as_ref()?.tops(first..self.index(numbers.end).max(first))
    }

    /// A row's number moved to the nearest end of the rows if it lies outside.
    fn index(&self, number: i64) -> usize {
        usize::try_from(number.max(0)).unwrap_or(usize::MAX).min(self.rows.len())
    }

    /// Makes the bin that holds `at_ns` the current one; false if there is none.
    #[cold]
    fn seek(&mut self, at_ns: i64) -> bool {
        if at_ns < self.origin_ns {
            return false;
        }
        let number = at_ns.saturating_sub(self.origin_ns) / self.interval_ns;
        let index = self.index(number);
        if index >= self.intervals {
            return false;
        }
        self.current = index;
        self.current_start_ns = self.origin_ns + number * self.interval_ns;
        self.current_end_ns = self.current_start_ns + self.interval_ns;
        true
    }
}

/// The places of all rows of a bin.
fn of_bin(later: &Later, index: usize) -> impl Iterator<Item = usize> + Clone {
    let rows = later.of(index).map(|(_, row)| usize::try_from(row).unwrap_or(usize::MAX));
    std::iter::once(index).chain(rows)
}

#[cfg(test)]
mod tests;
