//! A trace of counts or rates as a rate that is constant over each row's interval, and 0 where
//! there is no row.

use super::pieces::Piece;
use super::rate::Rate;
use super::trace::{Row, Rows};
use super::{TraceError, TraceSpec};
use crate::random::float_nanos;
use crate::random::stream::Streams;
use crate::time::SimDuration;

/// The intervals of a trace, over and over if so wished.
#[derive(Debug)]
pub(super) struct TraceSpans {
    rows: Rows,
    interval_ns: i64,
    repeat: bool,
    /// Where the trace's present pass begins, in ns from the start of the traffic.
    base_ns: i64,
}

/// A row and its interval, in ns from the start of the traffic.
#[derive(Clone, Copy, Debug)]
pub(super) struct TraceSpan {
    pub(super) from_ns: i64,
    pub(super) until_ns: i64,
    pub(super) row: Row,
}

/// The pieces of a trace.
#[derive(Debug)]
pub(super) struct TracePieces {
    spans: TraceSpans,
    /// Up to where pieces were given, in ns from the start of the traffic.
    covered_ns: i64,
    /// The piece after a gap, kept back while the gap is given.
    after_gap: Option<Piece>,
}

impl TraceSpans {
    pub(super) fn open(spec: &TraceSpec, streams: &Streams) -> Result<Self, TraceError> {
        Ok(Self {
            base_ns: -spec.draw_offset(streams)?,
            rows: Rows::open(spec)?,
            interval_ns: spec.interval().map_or(0, SimDuration::as_nanos),
            repeat: spec.repeat || spec.random_offset,
        })
    }

    /// The next one that ends after the start of the traffic; none at the end of a trace that doesn't repeat.
    pub(super) fn next(&mut self) -> Result<Option<TraceSpan>, TraceError> {
        loop {
            let Some(row) = self.rows.next()? else {
                if !self.repeat {
                    return Ok(None);
                }
                let length = self.rows.last_ns().saturating_add(self.interval_ns);
                self.base_ns = self.base_ns.saturating_add(length);
                self.rows.rewind()?;
                continue;
            };
            let from_ns = self.base_ns.saturating_add(row.at_ns);
            let until_ns = from_ns.saturating_add(self.interval_ns);
            if until_ns > 0 {
                return Ok(Some(TraceSpan { from_ns, until_ns, row }));
            }
        }
    }
}

impl TracePieces {
    pub(super) fn open(spec: &TraceSpec, streams: &Streams) -> Result<Self, TraceError> {
        Ok(Self { spans: TraceSpans::open(spec, streams)?, covered_ns: 0, after_gap: None })
    }

    /// The next piece; none at the end of a trace that doesn't repeat.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, TraceError> {
        if let Some(piece) = self.after_gap.take() {
            return Ok(Some(piece));
        }
        let Some(TraceSpan { from_ns, until_ns, row }) = self.spans.next()? else {
            return Ok(None);
        };
        let rate = Rate::Constant(row.rate_per_s / 1e9);
        let piece = Piece { until_ns: float_nanos(until_ns), rate };
        let gap = from_ns > self.covered_ns;
        self.covered_ns = until_ns;
        if gap {
            self.after_gap = Some(piece);
            return Ok(Some(Piece { until_ns: float_nanos(from_ns), ..Piece::SILENCE }));
        }
        Ok(Some(piece))
    }
}
