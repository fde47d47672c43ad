//! The highest latencies of each interval, by which percentiles are known at any threshold.
//!
//! Of an interval's n latencies at least the highest ⌈share·n⌉ + 64 are wanted. What exceeds three times
//! that is cut back to two times, so recording costs O(1) on average, and the latencies that
//! come later may well be lower than those before. An interval that is published in parts has as many of
//! these; n counts all of them. The largest latency that was cut off is the **floor**:
//! from then on lower ones are not kept and those equal to it are counted. Every latency that is not
//! known is therefore below the floor, and the known ones are the highest of all.
//!
//! A rank from the top is known if the latency there, among the known ones of all intervals, is not
//! below any floor. If it is not known, that is said, and never guessed.

use std::borrow::Cow;

use crate::telemetry::metric::PercentileMethod;
use crate::telemetry::position::Position;
use crate::telemetry::ratio::Ratio;

/// How many more latencies than the share are wanted of each interval.
const SLACK: usize = 64;

/// The highest latencies of one interval \[ns\].
#[derive(Clone, Debug)]
pub struct Top {
    count: u64,
    // All that exceed the floor, and some that are equal to it.
    kept_ns: Vec<i64>,
    is_sorted: bool,
    // The largest that was cut off; below every latency if none was.
    floor_ns: i64,
    // How many that are equal to the floor are not kept.
    at_floor: u64,
    // How many are kept at most, for as many latencies as there were when this was reckoned.
    limit: usize,
}

/// A percentile, as far as the highest latencies tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// There are no latencies.
    Nothing,
    /// It is not among the latencies that are known.
    Undecided,
    /// Exactly this.
    Exact {
        /// The percentile \[ns\].
        value: Ratio,
        /// Of how many latencies.
        count: u64,
    },
}

impl Top {
    /// No latencies.
    pub(super) const EMPTY: Self = Self {
        count: 0,
        kept_ns: Vec::new(),
        is_sorted: true,
        floor_ns: i64::MIN,
        at_floor: 0,
        limit: 0,
    };

    /// How many there are.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Counts a latency \[ns\], keeping the highest `share`, 0 to 1, of so many that its interval has.
    #[inline]
    pub(super) fn record(&mut self, latency_ns: i64, share: Ratio, of_interval: u64) {
        self.count += 1;
        if latency_ns <= self.floor_ns {
            self.at_floor += u64::from(latency_ns == self.floor_ns);
            return;
        }
        self.kept_ns.push(latency_ns);
        self.is_sorted = false;
        if self.kept_ns.len() > self.limit {
            self.prune(share, of_interval);
        }
    }

    /// Sorts what is kept, so that it is read fast.
    pub(super) fn sort(&mut self) {
        if !self.is_sorted {
            self.kept_ns.sort_unstable();
            self.is_sorted = true;
        }
    }

    #[cold]
    fn prune(&mut self, share: Ratio, of_interval: u64) {
        let wanted = share.times(of_interval.into()).ceil();
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_add(SLACK);
        self.limit = wanted.saturating_mul(3);
        if self.kept_ns.len() <= self.limit {
            return;
        }
        let (_, &mut floor_ns, below) =
            self.kept_ns.select_nth_unstable_by(2 * wanted, |left, right| right.cmp(left));
        // All that is kept exceeds the old floor, or is equal to it, as then those not kept are too.
        if floor_ns > self.floor_ns {
            self.at_floor = 0;
        }
        let equal = below.iter().filter(|&&latency_ns| latency_ns == floor_ns).count();
        self.at_floor += 1 + equal as u64;
        self.floor_ns = floor_ns;
        self.kept_ns.truncate(2 * wanted);
    }

    /// Whether latencies below the floor are not known.
    const fn hides_some(&self) -> bool {
        self.count > self.kept_ns.len() as u64 + self.at_floor
    }

    fn known(&self) -> Known<'_> {
        let mut kept_ns = Cow::Borrowed(self.kept_ns.as_slice());
        if !self.is_sorted {
            kept_ns.to_mut().sort_unstable();
        }
        Known { top: self, kept_ns }
    }
}

/// What is known of an interval, the kept latencies in ascending order.
struct Known<'a> {
    top: &'a Top,
    kept_ns: Cow<'a, [i64]>,
}

impl Known<'_> {
    fn count(&self) -> u64 {
        self.kept_ns.len() as u64 + self.top.at_floor
    }

    /// How many latencies are known to be at least this.
    fn at_least(&self, latency_ns: i64) -> u64 {
        let below = self.kept_ns.partition_point(|&kept_ns| kept_ns < latency_ns);
        let at_floor = if latency_ns <= self.top.floor_ns { self.top.at_floor } else { 0 };
        (self.kept_ns.len() - below) as u64 + at_floor
    }

    fn lowest_ns(&self) -> i64 {
        if self.top.at_floor > 0 { self.top.floor_ns } else { self.kept_ns[0] }
    }

    fn highest_ns(&self) -> i64 {
        self.kept_ns.last().copied().unwrap_or(self.top.floor_ns)
    }
}

/// The percentile at the fraction `p`, 0 to 1, of the latencies of all these intervals.
pub fn percentile<'a>(
    tops: impl Iterator<Item = &'a Top> + Clone,
    p: Ratio,
    method: PercentileMethod,
) -> Ordered {
    let count: u64 = tops.clone().map(|top| top.count).sum();
    if count == 0 {
        return Ordered::Nothing;
    }
    let mut filled = tops.filter(|top| top.count > 0).map(Top::known);
    let first = filled.next();
    let Some(second) = filled.next() else {
        return exact(first.as_slice(), count, p, method);
    };
    let all: Vec<_> = first.into_iter().chain([second]).chain(filled).collect();
    exact(&all, count, p, method)
}

fn exact(all: &[Known<'_>], count: u64, p: Ratio, method: PercentileMethod) -> Ordered {
    let at = Position::new(p, count, method);
    let value_at = |rank: i128| {
        let above = u64::try_from(i128::from(count) - rank).ok()?;
        nth_highest_ns(all, above).map(|nanos| Ratio::whole(nanos.into()))
    };
    let Some(low) = value_at(at.rank) else { return Ordered::Undecided };
    if at.is_at_rank() {
        return Ordered::Exact { value: low, count };
    }
    // Further from the bottom, so it is known too.
    value_at(at.rank + 1)
        .map_or(Ordered::Undecided, |high| Ordered::Exact { value: at.between(low, high), count })
}

/// The latency \[ns\] that `above` latencies stand above in order, if that is certain.
fn nth_highest_ns(all: &[Known<'_>], above: u64) -> Option<i64> {
    if let [one] = all {
        let kept = one.kept_ns.len();
        let place = usize::try_from(above).ok().filter(|&place| place < kept);
        let at_floor = || (above < one.count()).then_some(one.top.floor_ns);
        return place.map(|place| one.kept_ns[kept - 1 - place]).or_else(at_floor);
    }
    if above >= all.iter().map(Known::count).sum() {
        return None;
    }
    // The largest latency that more than `above` are at least as large as.
    let mut low_ns = all.iter().map(Known::lowest_ns).min()?;
    let mut high_ns = all.iter().map(Known::highest_ns).max()?;
    while low_ns < high_ns {
        let middle_ns = high_ns - (high_ns - low_ns) / 2;
        let at_least: u64 = all.iter().map(|known| known.at_least(middle_ns)).sum();
        if at_least > above {
            low_ns = middle_ns;
        } else {
            high_ns = middle_ns - 1;
        }
    }
    let hiding = all.iter().filter(|known| known.top.hides_some());
    let is_certain = hiding.map(|known| known.top.floor_ns).all(|floor_ns| low_ns >= floor_ns);
    is_certain.then_some(low_ns)
}

#[cfg(test)]
mod tests;
