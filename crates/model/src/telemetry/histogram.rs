//! Durations in logarithmic buckets: bounded memory, small relative error.
//!
//! The layout is that of [HDR Histogram](http://hdrhistogram.org): below 1024 ns buckets of 8 ns,
//! above it each power of two divided into 128 equal buckets. A value of 1024 ns or more is
//! therefore known to 1/128 = 0.8 % of itself, a smaller one to 8 ns. Zero (no waiting), the
//! smallest and the largest value, the count and the sum are exact.
//!
//! Memory grows with the largest value: 1 KiB for each power of two, 26 KiB for a minute.

use std::iter;

/// Octaves are divided into 2^7 buckets.
const SUB_BITS: u32 = 7;
/// The narrowest buckets are 2^3 ns wide.
const UNIT_BITS: u32 = 3;
/// So many durations are recorded at once.
const AT_ONCE: usize = 64;
/// Values below this have buckets of equal width \[ns\].
const LINEAR_END_NS: u64 = 1 << (SUB_BITS + UNIT_BITS);

/// A multiset of durations \[ns\], approximately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    // Up to the bucket of the largest value so far.
    buckets: Vec<u64>,
    zeros: u64,
    count: u64,
    sum_ns: i128,
    // The neutral elements of min and max while empty.
    min_ns: i64,
    max_ns: i64,
}

impl Histogram {
    /// An empty one; allocates nothing until the first positive duration.
    pub const fn new() -> Self {
        Self {
            buckets: Vec::new(),
            zeros: 0,
            count: 0,
            sum_ns: 0,
            min_ns: i64::MAX,
            max_ns: i64::MIN,
        }
    }

    /// Adds a duration \[ns\]; a negative one counts as zero.
    #[inline]
    pub fn record(&mut self, duration_ns: i64) {
        debug_assert!(duration_ns >= 0, "a duration is never negative: {duration_ns} ns");
        let duration_ns = duration_ns.max(0);
        self.count += 1;
        self.sum_ns += i128::from(duration_ns);
        self.min_ns = self.min_ns.min(duration_ns);
        self.max_ns = self.max_ns.max(duration_ns);
        // Zeros are counted in the first bucket as well: whether one comes could not be predicted.
        self.zeros += u64::from(duration_ns == 0);
        let index = bucket_of(duration_ns.cast_unsigned());
        if index >= self.buckets.len() {
            self.buckets.resize(index + 1, 0);
        }
        self.buckets[index] += 1;
    }

    /// Adds durations \[ns\], none of them negative.
    pub fn record_all(&mut self, durations_ns: &[i64]) {
        for some_ns in durations_ns.chunks(AT_ONCE) {
            self.record_some(some_ns);
        }
    }

    /// Adds at most [`AT_ONCE`] durations.
    fn record_some(&mut self, durations_ns: &[i64]) {
        let (mut low, mut high) = (0, 0);
        let (mut min_ns, mut max_ns) = (self.min_ns, self.max_ns);
        // Often most are zero: they are one addition, and not one each that waits for the one before.
        let (mut buckets, mut positives) = ([0; AT_ONCE], 0);
        for &duration_ns in durations_ns {
            debug_assert!(duration_ns >= 0, "a duration is never negative: {duration_ns} ns");
            min_ns = min_ns.min(duration_ns);
            max_ns = max_ns.max(duration_ns);
            let bits = duration_ns.cast_unsigned();
            // Two halves, as the sum of a few longest durations takes more than 64 bits.
            low += bits & u64::from(u32::MAX);
            high += bits >> 32;
            buckets[positives] = bucket_of(bits);
            positives += usize::from(duration_ns > 0);
        }
        let last = bucket_of(max_ns.max(0).cast_unsigned());
        if last >= self.buckets.len() {
            self.buckets.resize(last + 1, 0);
        }
        for &bucket in &buckets[..positives] {
            self.buckets[bucket] += 1;
        }
        let zeros = (durations_ns.len() - positives) as u64;
        self.buckets[0] += zeros;
        self.zeros += zeros;
        self.count += durations_ns.len() as u64;
        self.sum_ns += (i128::from(high) << 32) + i128::from(low);
        (self.min_ns, self.max_ns) = (min_ns, max_ns);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        for (own, others) in self.buckets.iter_mut().zip(&other.buckets) {
            *own += others;
        }
        self.zeros += other.zeros;
        self.count += other.count;
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
    }

    /// Adds so many positive durations of a bucket ([`bucket_of`]); their sum and extremes are told to
    /// [`add_sum`](Self::add_sum).
    pub fn add_bucket(&mut self, bucket: usize, count: u64) {
        if bucket >= self.buckets.len() {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += count;
        self.count += count;
    }

    /// Sum, smallest and largest \[ns\] of durations that are counted already.
    pub fn add_sum(&mut self, sum_ns: i128, [min_ns, max_ns]: [i64; 2]) {
        self.sum_ns += sum_ns;
        self.min_ns = self.min_ns.min(min_ns);
        self.max_ns = self.max_ns.max(max_ns);
    }

    /// For each bucket up to the highest that is taken, how many durations lie in it or a lower one.
    pub fn cumulative(&self) -> Vec<u64> {
        let mut up_to = 0;
        let add = |count: &u64| {
            up_to += count;
            up_to
        };
        self.buckets.iter().map(add).collect()
    }

    /// Empties it and keeps the memory.
    pub fn clear(&mut self) {
        let mut buckets = std::mem::take(&mut self.buckets);
        buckets.clear();
        *self = Self { buckets, ..Self::new() };
    }

    /// How many durations.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many of them are zero.
    pub const fn zeros(&self) -> u64 {
        self.zeros
    }

    /// Their exact sum \[ns\].
    pub const fn sum_ns(&self) -> i128 {
        self.sum_ns
    }

    /// Their exact mean \[ns\]; present if and only if there is any.
    #[expect(clippy::cast_precision_loss, reason = "the exact sum, rounded once for display")]
    pub fn mean_ns(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_ns as f64 / self.count as f64)
    }

    /// The smallest, exactly \[ns\]; present if and only if there is any.
    pub fn min_ns(&self) -> Option<i64> {
        (self.count > 0).then_some(self.min_ns)
    }

    /// The largest, exactly \[ns\]; present if and only if there is any.
    pub fn max_ns(&self) -> Option<i64> {
        (self.count > 0).then_some(self.max_ns)
    }

    /// The `q`-quantile \[ns\], `q` from 0 to 1; present if and only if there is any duration.
    ///
    /// It lies in the same bucket as the nearest-rank quantile x₍⌈q·n⌉₎ (interpolated as if the
    /// bucket's values were spread evenly), so it differs from that by less than 1/128 of it, or 8
    /// ns if that is more. Zero, the smallest and the largest value come out exactly.
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^53 in any run; for display")]
    pub fn quantile_ns(&self, q: f64) -> Option<f64> {
        debug_assert!((0.0..=1.0).contains(&q), "a quantile is between 0 and 1: {q}");
        if self.count == 0 {
            return None;
        }
        let (min, max) = (self.min_ns as f64, self.max_ns as f64);
        let rank = q * self.count as f64;
        let mut below = self.zeros;
        if rank <= below as f64 {
            return Some(min);
        }
        for (index, &count) in self.buckets.iter().enumerate() {
            let count = if index == 0 { count - self.zeros } else { count };
            if count > 0 && rank <= (below + count) as f64 {
                let (start, width) = bounds_of(index);
                let share = (rank - below as f64) / count as f64;
                return Some((start as f64 + width as f64 * share).clamp(min, max));
            }
            below += count;
        }
        Some(max)
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Extend<i64> for Histogram {
    fn extend<I: IntoIterator<Item = i64>>(&mut self, durations_ns: I) {
        durations_ns.into_iter().for_each(|duration_ns| self.record(duration_ns));
    }
}

impl iter::FromIterator<i64> for Histogram {
    fn from_iter<I: IntoIterator<Item = i64>>(durations_ns: I) -> Self {
        let mut histogram = Self::new();
        histogram.extend(durations_ns);
        histogram
    }
}

/// The bucket that holds a duration \[ns\].
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the index is below 128 · 64")]
pub const fn bucket_of(duration_ns: u64) -> usize {
    // The leading bit and the 7 after it tell the octave and the place in it; in the first octave
    // above the linear part they are 128 + place, and each octave has 128 more. The linear part has
    // the bucket width of that octave.
    let shift = (duration_ns | LINEAR_END_NS).ilog2() - SUB_BITS;
    (((shift - UNIT_BITS) as usize) << SUB_BITS) + (duration_ns >> shift) as usize
}

/// Start and width of a bucket \[ns\].
pub const fn bounds_of(index: usize) -> (u64, u64) {
    let octave = index >> SUB_BITS;
    if octave <= 1 {
        return ((index as u64) << UNIT_BITS, 1 << UNIT_BITS);
    }
    let leading = (index - ((octave - 1) << SUB_BITS)) as u64;
    let shift = octave - 1 + UNIT_BITS as usize;
    (leading << shift, 1 << shift)
}

#[cfg(test)]
mod tests;
