//! The rate of an arrival process, piece by piece.

use super::rate::{Rate, Sine};
use super::trace_pieces::TracePieces;
use super::{ArrivalSpec, TraceError};
use crate::random::float_nanos;
use crate::random::stream::{Purpose, Stream, Streams, unit};
use crate::time::{SimDuration, SimTime};
use rand_distr::{Distribution, Exp1};

/// A rate up to a time \[ns from the start of the traffic\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) until_ns: f64,
    pub(super) rate: Rate,
}

/// The pieces of an arrival process in order, each from the end of the one before.
#[derive(Debug)]
pub(super) enum Pieces {
    Listed(std::vec::IntoIter<Piece>),
    Modulated(Modulated),
    Recorded(Box<TracePieces>),
}

/// A rate that a two-state Markov chain switches.
#[derive(Clone, Debug)]
pub(super) struct Modulated {
    stream: Stream,
    /// Of both states: rate \[1/ns\] and mean sojourn \[ns\].
    states: [(f64, f64); 2],
    state: usize,
    until_ns: f64,
}

impl Piece {
    /// No traffic, ever.
    pub(super) const SILENCE: Self = Self { until_ns: f64::INFINITY, rate: Rate::Constant(0.0) };

    fn forever(rate: Rate) -> Self {
        Self { until_ns: f64::INFINITY, rate }
    }
}

impl Pieces {
    /// The rates of `spec` from `start` on; a trace of requests has none.
    pub(super) fn new(
        spec: &ArrivalSpec,
        streams: &Streams,
        start: SimTime,
    ) -> Result<Self, TraceError> {
        // Times counted from t = 0 in ns from the start of the traffic.
        let since_start =
            |time: SimDuration| float_nanos((SimTime::ZERO + time).as_nanos() - start.as_nanos());
        let listed = match spec {
            ArrivalSpec::Poisson { rate_per_s } | ArrivalSpec::Gamma { rate_per_s, .. } => {
                vec![Piece::forever(constant(*rate_per_s))]
            }
            ArrivalSpec::Diurnal { mean_per_s, swing, period, peak_at } => {
                vec![Piece::forever(Rate::Sine(Sine {
                    mean: mean_per_s / 1e9,
                    swing: *swing,
                    period_ns: float_nanos(period.as_nanos()),
                    peak_ns: since_start(*peak_at),
                }))]
            }
            ArrivalSpec::Profile { pieces } => {
                let ends = pieces.iter().skip(1).map(|&(from, _)| float_nanos(from.as_nanos()));
                let ends = ends.chain([f64::INFINITY]);
                let rates = pieces.iter().map(|&(_, rate)| constant(rate));
                ends.zip(rates).map(|(until_ns, rate)| Piece { until_ns, rate }).collect()
            }
            ArrivalSpec::Ramp { from_per_s, to_per_s, starts, lasts } => {
                let at_ns = since_start(*starts);
                let length = float_nanos(lasts.as_nanos());
                let [value, end] = [from_per_s, to_per_s].map(|rate| rate / 1e9);
                let slope = (end - value) / length;
                vec![
                    Piece { until_ns: at_ns, rate: Rate::Constant(value) },
                    Piece { until_ns: at_ns + length, rate: Rate::Linear { at_ns, value, slope } },
                    Piece::forever(Rate::Constant(end)),
                ]
            }
            ArrivalSpec::Mmpp { rates_per_s, mean_sojourns } => {
                return Ok(Self::Modulated(Modulated::new(*rates_per_s, *mean_sojourns, streams)));
            }
            ArrivalSpec::Trace(trace) => {
                return Ok(Self::Recorded(Box::new(TracePieces::open(trace, streams)?)));
            }
        };
        Ok(Self::Listed(listed.into_iter()))
    }

    /// A constant rate \[1/ns\] for ever: that piece, and none after it.
    pub(super) fn steady(rate: f64) -> (Self, Piece) {
        (Self::Listed(Vec::new().into_iter()), Piece::forever(Rate::Constant(rate)))
    }

    /// The same from `now_ns` on, in the piece `under_way`, with the luck of `streams`; none of a recorded
    /// trace.
    pub(super) fn fork(
        &self,
        under_way: Piece,
        now_ns: f64,
        streams: &Streams,
    ) -> Option<(Self, Piece)> {
        match self {
            Self::Listed(pieces) => Some((Self::Listed(pieces.clone()), under_way)),
            Self::Modulated(modulated) => {
                let stream = streams.stream(Purpose::Modulation);
                let mut modulated = Modulated { stream, ..modulated.clone() };
                let piece = modulated.go_on(now_ns);
                Some((Self::Modulated(modulated), piece))
            }
            Self::Recorded(_) => None,
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Piece>, TraceError> {
        match self {
            Self::Listed(pieces) => Ok(pieces.next()),
            Self::Modulated(modulated) => Ok(Some(modulated.next())),
            Self::Recorded(trace) => trace.next(),
        }
    }
}

impl Modulated {
    fn new(rates_per_s: [f64; 2], mean_sojourns: [SimDuration; 2], streams: &Streams) -> Self {
        let mut stream = streams.stream(Purpose::Modulation);
        let sojourns = mean_sojourns.map(|sojourn| float_nanos(sojourn.as_nanos()));
        let share_of_first = sojourns[0] / (sojourns[0] + sojourns[1]);
        let state = usize::from(unit(&mut stream) >= share_of_first);
        let states = [0, 1].map(|state| (rates_per_s[state] / 1e9, sojourns[state]));
        Self { stream, states, state, until_ns: 0.0 }
    }

    /// The sojourn under way, whose rest is drawn anew, for it has no memory.
    fn go_on(&mut self, now_ns: f64) -> Piece {
        self.state = 1 - self.state;
        self.until_ns = now_ns;
        self.next()
    }

    /// Sojourns have no memory, so the first one, too, lasts its full exponential time.
    fn next(&mut self) -> Piece {
        let (rate, mean_sojourn) = self.states[self.state];
        let sojourn: f64 = Exp1.sample(&mut self.stream);
        self.until_ns += sojourn * mean_sojourn;
        self.state = 1 - self.state;
        Piece { until_ns: self.until_ns, rate: Rate::Constant(rate) }
    }
}

fn constant(rate_per_s: f64) -> Rate {
    Rate::Constant(rate_per_s / 1e9)
}
