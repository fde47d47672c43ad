//! How many requests a process of one replication is expected to bring, stretch by stretch.
//!
//! A process whose rate is known (of a modulated one: once its states have been drawn) brings a Poisson
//! number of requests in any stretch of time, of mean ∫λ(u)·s(u)du with s the product of the surges, and
//! numbers of separate stretches are independent (Kingman, Poisson Processes, 1993, §2.1). A trace of
//! counts brings known numbers instead, the same as to simulated requests ([`counted`](super::counted)).

use super::clock::Surges;
use super::counted::Counts;
use super::pieces::{Piece, Pieces};
use super::rate::Rate;
use super::{ArrivalSpec, Surge, TraceError, TraceRows};
use crate::random::float_nanos;
use crate::random::inverse::real;
use crate::random::stream::Streams;
use crate::time::SimTime;

/// A stretch of time over which the rate is constant, linear or a sine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadPiece {
    /// Its beginning.
    pub from: SimTime,
    /// Its end.
    pub until: SimTime,
    /// How many requests come, if that is known.
    pub count: Option<u64>,
    start: SimTime,
    rate: Rate,
    factor: f64,
}

impl LoadPiece {
    /// Expected number of requests from `from` to `until`, both within the piece.
    pub fn requests(&self, from: SimTime, until: SimTime) -> f64 {
        let since = |at: SimTime| float_nanos(at.as_nanos() - self.start.as_nanos());
        self.factor * self.rate.mass(since(from), since(until))
    }
}

/// The load that `spec` brings in \[`start`, `end`) with the luck of `streams`, in pieces without gaps
/// between them; `None` of a process whose counts are not Poisson: gamma gaps and traces of requests.
///
/// # Errors
/// [`TraceError`] if a trace can't be read.
pub fn load(
    spec: &ArrivalSpec,
    streams: &Streams,
    surges: &[Surge],
    (start, end): (SimTime, SimTime),
) -> Result<Option<Vec<LoadPiece>>, TraceError> {
    match spec {
        ArrivalSpec::Gamma { .. } => return Ok(None),
        ArrivalSpec::Trace(trace) if trace.rows == TraceRows::Requests => return Ok(None),
        ArrivalSpec::Trace(trace) if trace.has_counts() => {
            return Ok(Some(counted(
                Counts::open(trace, streams, surges, (start, end))?,
                start,
                end,
            )?));
        }
        _ => {}
    }
    let mut pieces = Pieces::new(spec, streams, start)?;
    let mut surges = Surges::new(surges, start);
    let mut piece = pieces.next()?.unwrap_or(Piece::SILENCE);
    let (mut load, mut from) = (Vec::new(), start);
    while from < end {
        let (surge_until, factor) = surges.current();
        let until_ns = piece.until_ns.min(surge_until);
        let until = instant(start, until_ns).min(end);
        if until > from {
            load.push(LoadPiece { from, until, count: None, start, rate: piece.rate, factor });
            from = until;
        }
        if surge_until <= until_ns {
            surges.advance();
        }
        if piece.until_ns <= until_ns {
            piece = pieces.next()?.unwrap_or(Piece::SILENCE);
        }
    }
    Ok(Some(load))
}

/// The stretches of a trace of counts, and silence after its end.
fn counted(mut counts: Counts, start: SimTime, end: SimTime) -> Result<Vec<LoadPiece>, TraceError> {
    let (mut load, mut from) = (Vec::new(), start);
    while from < end {
        let stretch = counts.next()?;
        let until = stretch.map_or(end, |stretch| instant(start, stretch.until_ns));
        let count = stretch.map_or(0, |stretch| stretch.count);
        let rate = Rate::Constant(real(count) / float_nanos(until.as_nanos() - from.as_nanos()));
        load.push(LoadPiece { from, until, count: Some(count), start, rate, factor: 1.0 });
        from = until;
    }
    Ok(load)
}

/// The instant `ns` after `start`, rounded to a nanosecond.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
fn instant(start: SimTime, ns: f64) -> SimTime {
    SimTime::from_nanos(start.as_nanos().saturating_add(ns.round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::arrival::Arrivals;
    use crate::time::SimDuration;

    fn at(seconds: i64) -> SimTime {
        SimTime::from_nanos(1_000_000_000 * seconds)
    }

    fn total(spec: &ArrivalSpec, surges: &[Surge]) -> f64 {
        let streams = Streams::new(1, 2);
        let load =
            load(spec, &streams, surges, (at(-600), at(6000))).expect("no trace").expect("a rate");
        assert_eq!((load[0].from, load[load.len() - 1].until), (at(-600), at(6000)));
        assert!(load.windows(2).all(|pair| pair[0].until == pair[1].from));
        load.iter().map(|piece| piece.requests(piece.from, piece.until)).sum()
    }

    #[test]
    fn masses_are_those_expected_and_surges_multiply() {
        let minutes = |count: i64| SimDuration::from_secs(60 * count);
        let specs = [
            ArrivalSpec::Poisson { rate_per_s: 7.0 },
            ArrivalSpec::Diurnal {
                mean_per_s: 8.0,
                swing: 0.7,
                period: minutes(50),
                peak_at: minutes(3),
            },
            ArrivalSpec::Profile {
                pieces: vec![(minutes(0), 3.0), (minutes(20), 9.0), (minutes(40), 0.0)],
            },
            ArrivalSpec::Ramp {
                from_per_s: 2.0,
                to_per_s: 20.0,
                starts: minutes(10),
                lasts: minutes(30),
            },
        ];
        let surge = Surge { from: at(-60), until: at(1000), factor: 3.0 };
        for spec in specs {
            let expected = |from, until| spec.expected_requests(from, until).expect("no trace");
            let all = expected(at(-600), at(6000));
            assert!((total(&spec, &[]) / all - 1.0).abs() < 1e-9, "{spec:?}");
            if let ArrivalSpec::Profile { .. } = spec {
                continue; // Its expectation counts from the start of what is asked for.
            }
            let surging = all + 2.0 * expected(at(-60), at(1000));
            assert!((total(&spec, &[surge]) / surging - 1.0).abs() < 1e-9, "{spec:?}");
        }
    }

    /// The states of a modulated process are those that its requests come by.
    #[test]
    fn a_modulated_process_has_the_states_of_its_requests() {
        let spec = ArrivalSpec::Mmpp {
            rates_per_s: [0.0, 50.0],
            mean_sojourns: [SimDuration::from_secs(100); 2],
        };
        let streams = Streams::new(5, 6);
        let load =
            load(&spec, &streams, &[], (at(0), at(2000))).expect("no trace").expect("a rate");
        let mut arrivals = Arrivals::new(&spec, &streams, &[], at(0), at(2000)).expect("no trace");
        let mut seen = 0;
        while let Some(next) = arrivals.next().expect("no trace") {
            let piece = load.iter().find(|piece| piece.from <= next && next < piece.until);
            let piece = piece.expect("a piece");
            assert!(piece.requests(piece.from, piece.until) > 0.0, "none in the silent state");
            seen += 1;
        }
        assert!(seen > 10_000);
    }
}
