//! What a fleet keeps of its latencies for the statistics that counts and one cut cannot decide.
//!
//! - A [`Tail`] holds number and sum of the latencies above a cut: a statistic with bounds in
//!   microseconds is decided exactly from the tails at its two bounds.
//! - [`Buckets`] hold number and sum of the latencies of each bucket of
//!   [`histogram`](crate::telemetry::histogram), for bounds in percent. Whole buckets enter with their
//!   exact sums; the values of the two that are cut are taken to be their mean, and lie within 1/128
//!   (0.8 %) of it. So a trimmed mean is off by less than 0.8 % of its bounds times the share of the
//!   cut buckets in it, and trimmed counts are exact.
//! - A [`Top`] holds the highest latencies one by one: a percentile is then known exactly, and not only
//!   its side of a cut.

use std::ops::Range;

use crate::telemetry::extended::Run;
use crate::telemetry::histogram::bucket_of;
use crate::telemetry::orders::Top;
use crate::telemetry::ratio::Ratio;

/// What is to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The cuts of the tails \[ns\].
    pub tails_ns: Vec<i64>,
    /// Whether buckets are kept.
    pub keeps_buckets: bool,
    /// Which share of the highest latencies of each interval is kept one by one, 0 to 1.
    pub keeps_top: Option<Ratio>,
}

/// The latencies above a cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// How many exceed it strictly.
    pub over: u64,
    /// Their sum \[ns\].
    pub sum_ns: i128,
}

/// Number and sum of latencies by size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets(Vec<(u64, i128)>);

/// Tails, buckets and highest latencies, row by row: an interval may have several.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    tails_ns: Vec<i64>,
    // One a cut, row after row.
    tails: Vec<Tail>,
    // One a row, or none.
    buckets: Vec<Buckets>,
    // Which share of the latencies is kept one by one.
    top_share: Ratio,
    // One a row, or none.
    tops: Vec<Top>,
}

impl Detail {
    /// Whether nothing is to be kept.
    pub fn is_nothing(&self) -> bool {
        self.tails_ns.is_empty() && !self.keeps_buckets && self.keeps_top.is_none()
    }
}

impl Tail {
    /// Adds what `other` has seen against the same cut.
    pub const fn merge(&mut self, other: &Self) {
        self.over += other.over;
        self.sum_ns += other.sum_ns;
    }
}

impl Buckets {
    /// Adds a latency \[ns, not negative\].
    pub fn record(&mut self, latency_ns: i64) {
        let index = bucket_of(latency_ns.max(0).cast_unsigned());
        if index >= self.0.len() {
            self.0.resize(index + 1, (0, 0));
        }
        self.0[index].0 += 1;
        self.0[index].1 += i128::from(latency_ns);
    }

    /// Adds so many latencies of a bucket, with their sum \[ns\].
    pub fn add(&mut self, bucket: usize, count: u64, sum_ns: i128) {
        if bucket >= self.0.len() {
            self.0.resize(bucket + 1, (0, 0));
        }
        self.0[bucket].0 += count;
        self.0[bucket].1 += sum_ns;
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), (0, 0));
        }
        for (own, others) in self.0.iter_mut().zip(&other.0) {
            own.0 += others.0;
            own.1 += others.1;
        }
    }

    /// The latencies in ascending order \[ns\], those of a bucket together.
    pub fn runs(&self) -> Vec<Run> {
        let filled = self.0.iter().filter(|(count, _)| *count > 0);
        filled.map(|&(count, sum_ns)| Run { count, sum: Ratio::whole(sum_ns) }).collect()
    }
}

impl Kept {
    /// Nothing seen yet in so many rows.
    pub(super) fn new(detail: &Detail, rows: usize) -> Self {
        let mut tails_ns = detail.tails_ns.clone();
        tails_ns.sort_unstable();
        tails_ns.dedup();
        let buckets = if detail.keeps_buckets { rows } else { 0 };
        let tops = if detail.keeps_top.is_some() { rows } else { 0 };
        Self {
            tails: vec![Tail::default(); rows * tails_ns.len()],
            tails_ns,
            buckets: vec![Buckets::default(); buckets],
            top_share: detail.keeps_top.unwrap_or(Ratio::whole(0)),
            tops: vec![Top::EMPTY; tops],
        }
    }

    /// One more row.
    pub(super) fn add_row(&mut self) {
        self.tails.extend(self.tails_ns.iter().map(|_| Tail::default()));
        if !self.buckets.is_empty() {
            self.buckets.push(Buckets::default());
        }
        if !self.tops.is_empty() {
            self.tops.push(Top::EMPTY);
        }
    }

    /// Counts a latency in a row, one of those of its interval.
    pub(super) fn record(
        &mut self,
        row: usize,
        latency_ns: i64,
        of_interval: impl Iterator<Item = usize>,
    ) {
        let cuts = self.tails_ns.len();
        for (tail, &cut_ns) in self.tails[row * cuts..][..cuts].iter_mut().zip(&self.tails_ns) {
            if latency_ns > cut_ns {
                tail.over += 1;
                tail.sum_ns += i128::from(latency_ns);
            }
        }
        if let Some(buckets) = self.buckets.get_mut(row) {
            buckets.record(latency_ns);
        }
        if !self.tops.is_empty() {
            let before: u64 = of_interval.map(|row| self.tops[row].count()).sum();
            self.tops[row].record(latency_ns, self.top_share, before + 1);
        }
    }

    /// Adds latencies by size to a row, if they are kept.
    pub(super) fn add_buckets(&mut self, row: usize, buckets: &Buckets) {
        if let Some(own) = self.buckets.get_mut(row) {
            own.merge(buckets);
        }
    }

    /// What the rows have above a cut \[ns\]; `None` if that is not kept.
    pub(super) fn tail(&self, rows: Range<usize>, cut_ns: i64) -> Option<Tail> {
        let place = self.tails_ns.iter().position(|&own_ns| own_ns == cut_ns)?;
        let mut all = Tail::default();
        for row in rows {
            all.merge(&self.tails[row * self.tails_ns.len() + place]);
        }
        Some(all)
    }

    /// Sorts the highest latencies.
    pub(super) fn sort(&mut self) {
        self.tops.iter_mut().for_each(Top::sort);
    }

    /// The highest latencies of the rows; `None` if they are not kept.
    pub(super) fn tops(&self, rows: Range<usize>) -> Option<&[Top]> {
        if self.tops.is_empty() { None } else { self.tops.get(rows) }
    }

    /// Whether buckets are kept.
    pub(super) const fn has_buckets(&self) -> bool {
        !self.buckets.is_empty()
    }

    /// The buckets of the rows; none if they are not kept.
    pub(super) fn buckets(&self, rows: Range<usize>) -> &[Buckets] {
        self.buckets.get(rows).unwrap_or_default()
    }
}
