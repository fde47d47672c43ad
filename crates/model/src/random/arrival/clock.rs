//! The change of time: mass in, instants out.

use super::pieces::{Piece, Pieces};
use super::rate::{Rate, Spent};
use super::{Surge, TraceError};
use crate::random::float_nanos;
use crate::random::stream::Streams;
use crate::time::SimTime;

/// Goes through the traffic as mass is spent. Times are in ns from the start of the traffic.
#[derive(Debug)]
pub(super) struct Clock {
    pieces: Pieces,
    piece: Piece,
    /// Its rate as seen from near by, and until when.
    near: (Rate, f64),
    surges: Surges,
    now_ns: f64,
    end_ns: f64,
}

impl Clock {
    /// A clock from `start` to `end`.
    pub(super) fn new(
        mut pieces: Pieces,
        surges: &[Surge],
        start: SimTime,
        end: SimTime,
    ) -> Result<Self, TraceError> {
        let first = pieces.next()?;
        let end_ns = first.map_or(0.0, |_| float_nanos(end.as_nanos() - start.as_nanos()));
        let piece = first.unwrap_or(Piece::SILENCE);
        let near = piece.rate.near(0.0);
        Ok(Self { pieces, piece, near, surges: Surges::new(surges, start), now_ns: 0.0, end_ns })
    }

    /// A clock at a constant rate \[1/ns\], standing at `now_ns`.
    pub(super) fn steady(rate: f64, surges: Surges, [now_ns, end_ns]: [f64; 2]) -> Self {
        let (pieces, piece) = Pieces::steady(rate);
        let near = piece.rate.near(now_ns);
        Self { pieces, piece, near, surges: surges.after(now_ns), now_ns, end_ns }
    }

    /// The same from here on, with the luck of `streams` and with these surges; none of a recorded trace.
    pub(super) fn fork(&self, streams: &Streams, surges: Surges) -> Option<Self> {
        let (pieces, piece) = self.pieces.fork(self.piece, self.now_ns, streams)?;
        Some(Self { pieces, piece, surges: surges.after(self.now_ns), ..*self })
    }

    /// When `mass` more is spent, if before the end.
    pub(super) fn spend(&mut self, mut mass: f64) -> Result<Option<f64>, TraceError> {
        while self.now_ns < self.end_ns {
            let (surge_until, factor) = self.surges.current();
            let (rate, near_until) = self.near;
            let until = self.piece.until_ns.min(near_until).min(surge_until).min(self.end_ns);
            debug_assert!(until >= self.now_ns, "time went back to {until}");
            if factor > 0.0 {
                match rate.spend(mass / factor, self.now_ns, until) {
                    Spent::At(at) => {
                        self.now_ns = at;
                        return Ok((at < self.end_ns).then_some(at));
                    }
                    Spent::Left(left) => mass = left * factor,
                }
            }
            self.now_ns = until;
            if until >= surge_until {
                self.surges.advance();
            }
            if until >= self.piece.until_ns {
                match self.pieces.next()? {
                    Some(piece) => self.piece = piece,
                    None => self.end_ns = self.now_ns,
                }
                self.near = self.piece.rate.near(until);
            } else if until >= near_until {
                self.near = self.piece.rate.near(until);
            }
        }
        Ok(None)
    }
}

/// The product of the surges as a step function.
#[derive(Clone, Debug)]
pub(super) struct Surges {
    /// (until when \[ns\], factor), the last for ever.
    steps: Vec<(f64, f64)>,
    index: usize,
}

impl Surges {
    pub(super) fn new(surges: &[Surge], start: SimTime) -> Self {
        let mut bounds: Vec<SimTime> = surges.iter().flat_map(|s| [s.from, s.until]).collect();
        bounds.retain(|&bound| bound > start);
        bounds.sort_unstable();
        bounds.dedup();
        let factor_from = |from: SimTime| -> f64 {
            let active = surges.iter().filter(|s| s.from <= from && from < s.until);
            active.map(|s| s.factor).product()
        };
        let mut steps = Vec::with_capacity(bounds.len() + 1);
        let mut from = start;
        for bound in bounds {
            let until_ns = float_nanos(bound.as_nanos() - start.as_nanos());
            steps.push((until_ns, factor_from(from)));
            from = bound;
        }
        steps.push((f64::INFINITY, factor_from(from)));
        Self { steps, index: 0 }
    }

    /// Standing at `now_ns`.
    fn after(mut self, now_ns: f64) -> Self {
        self.index = self.steps.partition_point(|&(until_ns, _)| until_ns <= now_ns);
        self
    }

    /// Until when \[ns\] which factor holds.
    pub(super) fn current(&self) -> (f64, f64) {
        self.steps[self.index]
    }

    pub(super) fn advance(&mut self) {
        // The last step never ends.
        self.index = (self.index + 1).min(self.steps.len() - 1);
    }
}
