//! How much of its capacity blue needs, window by window, in expectation.
//!
//! Work comes at the rate of requests times the mean service time; what an instance of `c` places can do in
//! a second is `c` seconds of it. Work that is more than that is left over for the next window, as a fluid.

use crate::random::arrival::{ArrivalSpec, Arrivals, TraceError, load};
use crate::random::stream::Streams;
use crate::time::{SimDuration, SimTime};

/// Requests expected in each window from the start of the warm-up on; the last may be shorter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Load {
    start: SimTime,
    end: SimTime,
    window: SimDuration,
    windows: Vec<f64>,
}

/// A time in which more work came than can be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overload {
    /// When it began.
    pub from: SimTime,
    /// When it was over, or the horizon.
    pub until: SimTime,
    /// Seconds of all places together that the work left at the horizon would take; 0 if none is left.
    pub left_s: f64,
}

impl Load {
    /// The traffic's, with the luck of `streams` where states or recorded requests have any.
    ///
    /// # Errors
    /// [`TraceError`] if a traffic trace cannot be read.
    pub(super) fn new(
        arrivals: &ArrivalSpec,
        streams: &Streams,
        (start, end): (SimTime, SimTime),
        window: SimDuration,
    ) -> Result<Self, TraceError> {
        let count = begun_in(end.since(start), window);
        let mut this = Self { start, end, window, windows: vec![0.0; count] };
        if let Some(pieces) = load(arrivals, streams, &[], (start, end))? {
            for piece in &pieces {
                this.spread((piece.from, piece.until), |from, until| piece.requests(from, until));
            }
        } else if let ArrivalSpec::Gamma { rate_per_s, .. } = arrivals {
            this.spread((start, end), |from, until| rate_per_s * until.since(from).as_secs_f64());
        } else {
            let mut requests = Arrivals::new(arrivals, streams, &[], start, end)?;
            while let Some(at) = requests.next()? {
                let window = this.before(at);
                this.windows[window] += 1.0;
            }
        }
        Ok(this)
    }

    /// Requests a second from t = 0 on: in the mean, and in the busiest whole window.
    pub(super) fn rates_per_s(&self) -> [f64; 2] {
        let (mut requests, mut seconds, mut peak) = (0.0, 0.0, 0.0_f64);
        for (from, lasts_s, expected) in self.each().filter(|(from, ..)| *from >= SimTime::ZERO) {
            requests += expected;
            seconds += lasts_s;
            if from + self.window <= self.end || seconds <= lasts_s {
                peak = peak.max(expected / lasts_s);
            }
        }
        [requests / seconds, peak]
    }

    /// The longest time of overload from t = 0 on, if a request takes `service_s` seconds of `places`; the
    /// work left over is what is left of the warm-up's as well.
    pub(super) fn overload(&self, service_s: f64, places: f64) -> Option<Overload> {
        let (mut left_s, mut begun, mut longest) = (0.0_f64, None, None);
        for (from, lasts_s, expected) in self.each() {
            let [work_s, can_s] = [expected * service_s / places, lasts_s];
            left_s = (left_s + work_s - can_s).max(0.0);
            if work_s < can_s || from < SimTime::ZERO {
                begun = None;
                continue;
            }
            let begun = *begun.get_or_insert(from);
            let until = from + SimDuration::from_secs_f64(lasts_s);
            if longest
                .is_none_or(|(from, to): (SimTime, SimTime)| until.since(begun) > to.since(from))
            {
                longest = Some((begun, until));
            }
        }
        longest.map(|(from, until)| Overload { from, until, left_s })
    }

    /// Adds what `expected` gives for each part of a window within a span.
    fn spread(
        &mut self,
        (from, until): (SimTime, SimTime),
        expected: impl Fn(SimTime, SimTime) -> f64,
    ) {
        let mut at = from;
        while at < until {
            let window = self.before(at);
            let to = (at.floor_to(self.window, self.start) + self.window).min(until);
            self.windows[window] += expected(at, to);
            at = to;
        }
    }

    /// How many windows are over at a time.
    fn before(&self, at: SimTime) -> usize {
        let over = at.since(self.start).as_nanos() / self.window.as_nanos();
        usize::try_from(over).unwrap_or(0)
    }

    /// Each window: when it begins, how many seconds it has, and how many requests.
    fn each(&self) -> impl Iterator<Item = (SimTime, f64, f64)> {
        let begins = std::iter::successors(Some(self.start), |&at| Some(at + self.window));
        begins.zip(&self.windows).map(|(from, &expected)| {
            (from, (from + self.window).min(self.end).since(from).as_secs_f64(), expected)
        })
    }
}

/// How many windows are begun in a time.
fn begun_in(time: SimDuration, window: SimDuration) -> usize {
    let begun = (time.as_nanos() + window.as_nanos() - 1) / window.as_nanos();
    usize::try_from(begun).unwrap_or(0)
}

#[cfg(test)]
#[path = "load/tests.rs"]
mod tests;
