//! When incidents strike.
//!
//! Each kind is a Poisson process of rate λ, of which each event lasts a time L of its own: the incidents
//! under way are an M/G/∞ queue. A run begins in its equilibrium, as if the process had gone on for ever:
//! Poisson(λ·E L) are under way then, each for a time of the equilibrium law of L, which is L's own if L is
//! exponential and uniform up to L if that is fixed. Sources: Takács, Introduction to the Theory of Queues,
//! 1962, ch. 3; Cox, Renewal Theory, 1962, §5.2 (the time that is left).

use crate::endpoint::incident::{IncidentSpec, Spread};
use crate::random::stream::{Purpose, Stream, Streams, unit};
use crate::scenario::Scenario;
use crate::time::{SimDuration, SimTime};
use rand_distr::{Distribution, Exp1};

/// One incident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IncidentSpan<'s> {
    /// Its kind.
    pub spec: &'s IncidentSpec,
    /// When it begins, or the start of the warm-up if it was under way then.
    pub from: SimTime,
    /// When it is over.
    pub until: SimTime,
}

/// The incidents of a replication, in order of their beginning.
pub(super) fn drawn<'s>(scenario: &'s Scenario, streams: &Streams) -> Vec<IncidentSpan<'s>> {
    let start = scenario.start();
    let mut stream = streams.stream(Purpose::Incidents);
    let given = |spec: &IncidentSpec| spec.at.clone();
    let mut spans = strike(scenario, given, start, &mut stream);
    for spec in &scenario.incidents {
        for _ in 0..under_way(spec, &mut stream) {
            spans.push(IncidentSpan { spec, from: start, until: start + left(spec, &mut stream) });
        }
    }
    spans.sort_by_key(|span| span.from);
    spans
}

/// The same up to `now`, and those to come drawn anew. Of an exponential one that is under way so is the time
/// that is left, for it has no memory.
pub(super) fn renewed<'s>(
    before: &[IncidentSpan<'s>],
    scenario: &'s Scenario,
    now: SimTime,
    streams: &Streams,
) -> Vec<IncidentSpan<'s>> {
    let mut stream = streams.stream(Purpose::Incidents);
    let given = |spec: &IncidentSpec| spec.at.iter().copied().filter(|&at| at > now).collect();
    let to_come = strike(scenario, given, now, &mut stream);
    let begun = before.iter().filter(|span| span.from <= now).map(|&span| {
        let is_open = span.until > now && span.spec.spread == Spread::Exponential;
        let until = if is_open { now + left(span.spec, &mut stream) } else { span.until };
        IncidentSpan { until, ..span }
    });
    let mut spans: Vec<IncidentSpan<'s>> = begun.chain(to_come).collect();
    spans.sort_by_key(|span| span.from);
    spans
}

/// Those that begin at the `given` instants, or at random after `from`.
fn strike<'s>(
    scenario: &'s Scenario,
    given: impl Fn(&IncidentSpec) -> Vec<SimTime>,
    from: SimTime,
    stream: &mut Stream,
) -> Vec<IncidentSpan<'s>> {
    let end = scenario.end();
    let mut spans = Vec::new();
    for spec in &scenario.incidents {
        let mut begins = given(spec);
        if spec.rate_per_day > 0.0 {
            let mut next = from;
            loop {
                let gap: f64 = Exp1.sample(stream);
                next += SimDuration::from_secs_f64(gap * DAY_S / spec.rate_per_day);
                if next >= end {
                    break;
                }
                begins.push(next);
            }
        }
        for from in begins {
            let lasts = match spec.spread {
                Spread::Fixed => spec.lasts,
                Spread::Exponential => exponential(spec.lasts, stream),
            };
            spans.push(IncidentSpan { spec, from, until: from + lasts });
        }
    }
    spans
}

/// How many are under way in equilibrium: the events of a Poisson process of rate 1 up to the mean.
fn under_way(spec: &IncidentSpec, stream: &mut Stream) -> usize {
    let mean = spec.rate_per_day * spec.lasts.as_secs_f64() / DAY_S;
    if mean <= 0.0 {
        return 0;
    }
    let mut reached = 0.0;
    let events = std::iter::repeat_with(|| {
        let gap: f64 = Exp1.sample(stream);
        reached += gap;
        reached
    });
    events.take_while(|&event| event < mean).count()
}

/// For how long one that is met under way goes on.
fn left(spec: &IncidentSpec, stream: &mut Stream) -> SimDuration {
    match spec.spread {
        Spread::Fixed => spec.lasts.share(unit(stream)),
        Spread::Exponential => exponential(spec.lasts, stream),
    }
}

fn exponential(mean: SimDuration, stream: &mut Stream) -> SimDuration {
    let times: f64 = Exp1.sample(stream);
    SimDuration::from_secs_f64(mean.as_secs_f64() * times)
}

const DAY_S: f64 = 86_400.0;
