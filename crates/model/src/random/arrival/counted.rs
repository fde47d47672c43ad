//! A trace of counts: each row's requests lie at so many independent uniform places of its interval.
//!
//! Given their number, the requests of a Poisson process of constant rate lie so (the order-statistics
//! property: Kingman, Poisson Processes, 1993, §2.4). The number itself is recorded, so no luck is added to
//! it: what the numbers of the recording vary by is what those of the traffic vary by.
//!
//! - **Parts of an interval** (the start and the end of the traffic, the ends of surges) hold a binomial
//!   number of its requests, what is left goes to the next part: together they are exactly the row's.
//! - **A factor** f (`scale` times the surges under way) makes of m requests ⌊f⌋·m and a binomial number of m
//!   with probability f − ⌊f⌋: below 1 requests are left out one by one (thinning), above 1 the whole
//!   number of copies is exact. The copies have places of their own.
//! - **A value that is not whole** is rounded up with the probability that keeps its mean.

#[cfg(test)]
mod tests;

use super::clock::Surges;
use super::trace_pieces::{TraceSpan, TraceSpans};
use super::{Surge, TraceError, TraceSpec};
use crate::random::float_nanos;
use crate::random::inverse::{binomial, real, whole};
use crate::random::stream::{Purpose, Stream, Streams, unit};
use crate::time::SimTime;
use rand_distr::{Distribution, Exp1};

/// So many requests, evenly between two instants \[ns from the start of the traffic\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) from_ns: f64,
    pub(super) until_ns: f64,
    pub(super) count: u64,
}

/// How many requests come, stretch by stretch, without gaps between stretches.
#[derive(Debug)]
pub(super) struct Counts {
    spans: TraceSpans,
    surges: Surges,
    stream: Stream,
    scale: f64,
    now_ns: f64,
    end_ns: f64,
    /// What has been read: until when it lasts \[ns\], and its requests that are still to come.
    row: (f64, u64),
    /// The row after a gap.
    after_gap: Option<TraceSpan>,
}

/// The requests at their places.
#[derive(Debug)]
pub(super) struct Places {
    counts: Counts,
    stream: Stream,
    now_ns: f64,
    until_ns: f64,
    left: u64,
}

impl Counts {
    /// Those between `start` and `end`.
    pub(super) fn open(
        spec: &TraceSpec,
        streams: &Streams,
        surges: &[Surge],
        (start, end): (SimTime, SimTime),
    ) -> Result<Self, TraceError> {
        Ok(Self {
            spans: TraceSpans::open(spec, streams)?,
            surges: Surges::new(surges, start),
            stream: streams.stream(Purpose::TraceCounts),
            scale: spec.scale,
            now_ns: 0.0,
            end_ns: float_nanos(end.as_nanos() - start.as_nanos()),
            row: (0.0, 0),
            after_gap: None,
        })
    }

    /// The next stretch; none at the end of the traffic, or of a trace that doesn't repeat.
    pub(super) fn next(&mut self) -> Result<Option<Stretch>, TraceError> {
        if self.now_ns >= self.end_ns || self.now_ns >= self.row.0 && !self.read_on()? {
            return Ok(None);
        }
        let (surge_until, surge) = self.surges.current();
        let (row_until, left) = self.row;
        let until_ns = row_until.min(surge_until).min(self.end_ns);
        let recorded = if until_ns < row_until {
            let share = (until_ns - self.now_ns) / (row_until - self.now_ns);
            binomial(left, share, unit(&mut self.stream))
        } else {
            left
        };
        self.row.1 -= recorded;
        let count = self.times(recorded, self.scale * surge);
        let stretch = Stretch { from_ns: self.now_ns, until_ns, count };
        self.now_ns = until_ns;
        if until_ns >= surge_until {
            self.surges.advance();
        }
        Ok(Some(stretch))
    }

    /// The next row, or the gap before it; false at the end of the trace.
    fn read_on(&mut self) -> Result<bool, TraceError> {
        let span = match self.after_gap.take() {
            Some(span) => span,
            None => match self.spans.next()? {
                Some(span) => span,
                None => return Ok(false),
            },
        };
        let [from_ns, until_ns] = [span.from_ns, span.until_ns].map(float_nanos);
        if from_ns > self.now_ns {
            self.after_gap = Some(span);
            self.row = (from_ns, 0);
            return Ok(true);
        }
        let all = self.times(1, span.row.value);
        let visible = (until_ns - self.now_ns) / (until_ns - from_ns);
        let left = if visible < 1.0 { binomial(all, visible, unit(&mut self.stream)) } else { all };
        self.row = (until_ns, left);
        Ok(true)
    }

    /// So many requests times a factor.
    fn times(&mut self, count: u64, factor: f64) -> u64 {
        let rest = factor.fract();
        let more = if rest > 0.0 { binomial(count, rest, unit(&mut self.stream)) } else { 0 };
        count.saturating_mul(whole(factor)).saturating_add(more)
    }
}

impl Places {
    pub(super) fn new(counts: Counts, stream: Stream) -> Self {
        Self { counts, stream, now_ns: 0.0, until_ns: 0.0, left: 0 }
    }

    /// The next request \[ns from the start of the traffic\]: of n places in what is left of a stretch the
    /// first is at 1 − U^(1/n) of it, U uniform.
    pub(super) fn next(&mut self) -> Result<Option<f64>, TraceError> {
        while self.left == 0 {
            let Some(stretch) = self.counts.next()? else { return Ok(None) };
            (self.now_ns, self.until_ns, self.left) =
                (stretch.from_ns, stretch.until_ns, stretch.count);
        }
        let exponential: f64 = Exp1.sample(&mut self.stream);
        let part = -(-exponential / real(self.left)).exp_m1();
        self.now_ns += part * (self.until_ns - self.now_ns);
        self.left -= 1;
        // Rounding must not reach the end: that belongs to the next stretch.
        Ok(Some(self.now_ns.min(self.until_ns - 0.5)))
    }
}
