//! Arrivals one after the other.

use super::clock::{Clock, Surges};
use super::counted::{Counts, Places};
use super::pieces::Pieces;
use super::trace::RequestTrace;
use super::{ArrivalSpec, Surge, TraceError, TraceRows};
use crate::random::float_nanos;
use crate::random::stream::{Purpose, Stream, Streams, unit};
use crate::time::SimTime;
use rand_distr::{Distribution, Exp1, Gamma};

/// The arrivals of one replication, ascending.
#[derive(Debug)]
pub struct Arrivals {
    start: SimTime,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Steady(Steady),
    Varying(Box<Varying>),
    Counted(Box<Places>),
    Requests(Box<RequestTrace>),
}

/// A Poisson process of constant rate.
#[derive(Debug)]
struct Steady {
    stream: Stream,
    mean_gap_ns: f64,
    now_ns: f64,
    end_ns: f64,
}

/// Any process with a rate: gaps of mean 1 on a clock that runs at that rate.
#[derive(Debug)]
struct Varying {
    stream: Stream,
    gaps: Gaps,
    clock: Clock,
}

/// Gaps of mean 1.
#[derive(Clone, Debug)]
enum Gaps {
    Exponential,
    /// Of shape k and scale 1/k. The first gap of an equilibrium renewal process is a uniform part
    /// of a gap drawn in proportion to its length, which is gamma of shape k + 1 (Cox, Renewal
    /// Theory, 1962, §5.2).
    Gamma {
        gap: Gamma<f64>,
        covering_gap: Option<Gamma<f64>>,
    },
}

impl Arrivals {
    /// The arrivals of `spec` in [`start`, `end`), where `start` is −`warm_up`, with rates
    /// multiplied by `surges`. The spec is a valid one; a trace of requests takes no surges.
    ///
    /// # Errors
    /// If a trace can't be read; a trace with a random offset is surveyed first.
    ///
    /// # Panics
    /// If the `cv` of gamma gaps is not a positive number, or too small or large to have a square.
    pub fn new(
        spec: &ArrivalSpec,
        streams: &Streams,
        surges: &[Surge],
        start: SimTime,
        end: SimTime,
    ) -> Result<Self, TraceError> {
        let stream = streams.stream(Purpose::Arrivals);
        let source = match spec {
            ArrivalSpec::Poisson { rate_per_s } if surges.is_empty() => Source::Steady(Steady {
                stream,
                mean_gap_ns: 1e9 / rate_per_s,
                now_ns: 0.0,
                end_ns: float_nanos(end.as_nanos() - start.as_nanos()),
            }),
            ArrivalSpec::Trace(trace) if trace.rows == TraceRows::Requests => {
                debug_assert!(surges.is_empty(), "a trace of requests takes no surges");
                let length_ns = end.as_nanos() - start.as_nanos();
                Source::Requests(Box::new(RequestTrace::open(trace, streams, length_ns)?))
            }
            ArrivalSpec::Trace(trace) if trace.has_counts() => {
                let counts = Counts::open(trace, streams, surges, (start, end))?;
                Source::Counted(Box::new(Places::new(counts, stream)))
            }
            _ => {
                let gaps = match spec {
                    ArrivalSpec::Gamma { cv, .. } => Gaps::gamma(*cv),
                    _ => Gaps::Exponential,
                };
                let clock = Clock::new(Pieces::new(spec, streams, start)?, surges, start, end)?;
                Source::Varying(Box::new(Varying { stream, gaps, clock }))
            }
        };
        Ok(Self { start, source })
    }

    /// The same process from here on, with the luck of `streams`: what has happened so far stays, and
    /// what comes is drawn anew, with rates multiplied by `surges`, which are as they were up to the last
    /// arrival. `None` of a recorded trace, which cannot be read in two places.
    pub fn fork(&self, streams: &Streams, surges: &[Surge]) -> Option<Self> {
        let stream = streams.stream(Purpose::Arrivals);
        let steps = Surges::new(surges, self.start);
        let source = match &self.source {
            Source::Steady(steady) if surges.is_empty() => {
                Source::Steady(Steady { stream, ..*steady })
            }
            Source::Steady(steady) => {
                let span_ns = [steady.now_ns, steady.end_ns];
                let clock = Clock::steady(1.0 / steady.mean_gap_ns, steps, span_ns);
                Source::Varying(Box::new(Varying { stream, gaps: Gaps::Exponential, clock }))
            }
            Source::Varying(varying) => {
                let clock = varying.clock.fork(streams, steps)?;
                let gaps = varying.gaps.clone();
                Source::Varying(Box::new(Varying { stream, gaps, clock }))
            }
            Source::Counted(_) | Source::Requests(_) => return None,
        };
        Some(Self { start: self.start, source })
    }

    /// The next arrival, none once the end is reached.
    ///
    /// # Errors
    /// If a trace can't be read on.
    #[expect(clippy::should_implement_trait, reason = "it may fail, and errors end nothing")]
    pub fn next(&mut self) -> Result<Option<SimTime>, TraceError> {
        let since_start = match &mut self.source {
            Source::Steady(steady) => steady.next(),
            Source::Varying(varying) => varying.next()?,
            Source::Counted(places) => places.next()?,
            Source::Requests(trace) => {
                let start = self.start.as_nanos();
                return Ok(trace.next()?.map(|at| SimTime::from_nanos(start + at)));
            }
        };
        Ok(since_start.map(|ns| instant(self.start, ns)))
    }

    /// Appends the next arrivals to `out`, `max` of them, or fewer if the end is reached.
    ///
    /// # Errors
    /// If a trace can't be read on.
    pub fn fill(&mut self, out: &mut Vec<SimTime>, max: usize) -> Result<(), TraceError> {
        if let Source::Steady(steady) = &mut self.source {
            let start = self.start;
            out.extend(std::iter::from_fn(|| steady.next()).take(max).map(|ns| instant(start, ns)));
            return Ok(());
        }
        for _ in 0..max {
            let Some(at) = self.next()? else { break };
            out.push(at);
        }
        Ok(())
    }
}

impl Steady {
    #[inline]
    fn next(&mut self) -> Option<f64> {
        let gap: f64 = Exp1.sample(&mut self.stream);
        self.now_ns += gap * self.mean_gap_ns;
        (self.now_ns < self.end_ns).then_some(self.now_ns)
    }
}

impl Varying {
    fn next(&mut self) -> Result<Option<f64>, TraceError> {
        let gap = self.gaps.draw(&mut self.stream);
        self.clock.spend(gap)
    }
}

impl Gaps {
    fn gamma(cv: f64) -> Self {
        let shape = 1.0 / (cv * cv);
        let law = |shape_of_gap: f64| {
            Gamma::new(shape_of_gap, 1.0 / shape).expect("invariant: a valid spec has a cv above 0")
        };
        Self::Gamma { gap: law(shape), covering_gap: Some(law(shape + 1.0)) }
    }

    fn draw(&mut self, stream: &mut Stream) -> f64 {
        match self {
            Self::Exponential => Exp1.sample(stream),
            Self::Gamma { gap, covering_gap } => match covering_gap.take() {
                Some(covering) => unit(stream) * covering.sample(stream),
                None => gap.sample(stream),
            },
        }
    }
}

/// The instant `ns` after `start`, rounded down, so that it stays before the end.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "within the length of the traffic")]
fn instant(start: SimTime, ns: f64) -> SimTime {
    SimTime::from_nanos(start.as_nanos() + ns as i64)
}
