//! Clumps of errors: the luck that the error probabilities of a time have in common.
//!
//! Time is cut into cells of one length, whose ends are ends of the wall clock's minutes, so that a cell of
//! a minute is a published minute. Each has a uniform for 4xx and one for 5xx; a model makes its
//! error probabilities of them by the quantiles of its own Beta distribution
//! ([`Overdispersion`](crate::endpoint::model::Overdispersion)). From cell to cell they are a DAR(1) process
//! (Jacobs and Lewis, J. R. Statist. Soc. B 40, 1978, 94–105): with probability φ = 1 − interval/T they stay,
//! else they are drawn anew. So each cell has the Beta distribution, whatever a model makes of it
//! correlates by φᵏ with itself k cells later, and a clump lasts T on average.
//!
//! Of the clumps a share is common to all fleets; in the rest each fleet draws its own. So p of one fleet
//! correlates with that of another, alike, by that share. Fleets whose cells or T differ have none in common.

use crate::endpoint::model::{ModelSpec, Overdispersion};
use crate::random::stream::{Purpose, Stream, Streams, unit};
use crate::scenario::Scenario;
use crate::time::{SimDuration, SimTime};

/// The clumps of a replication.
#[derive(Clone, Debug)]
pub struct Clumps {
    /// Of blue, green and the challengers, where they have any.
    fleets: Vec<Option<Cells>>,
}

/// The uniforms of a fleet, cell by cell.
#[derive(Clone, Debug)]
struct Cells {
    from: SimTime,
    interval: SimDuration,
    luck: Vec<[f64; 2]>,
}

/// Where a fleet's uniforms come from.
#[derive(Debug)]
struct Source {
    common: Stream,
    /// Whether a clump goes on, and whether it is common.
    course: Stream,
    own: Stream,
}

impl Clumps {
    /// The clumps of the replication that `streams` belong to; a minute begins at `minute`.
    pub(super) fn new(scenario: &Scenario, minute: SimTime, streams: &Streams) -> Self {
        let none_yet = specs(scenario).into_iter().map(|spec| {
            let interval = spec?.interval;
            let from = scenario.start().floor_to(interval, minute);
            Some(Cells { from, interval, luck: Vec::new() })
        });
        Self { fleets: none_yet.collect() }.drawn_on(scenario, streams)
    }

    /// The same up to the end of the cell of `now`, and after that drawn anew.
    pub(super) fn renewed(&self, scenario: &Scenario, now: SimTime, streams: &Streams) -> Self {
        let mut known = self.clone();
        for cells in known.fleets.iter_mut().flatten() {
            cells.luck.truncate(cells.number(now) + 1);
        }
        known.drawn_on(scenario, streams)
    }

    /// Whether any fleet has clumps.
    pub(super) fn can_come(&self) -> bool {
        self.fleets.iter().any(Option::is_some)
    }

    /// The uniforms for 4xx and 5xx of a fleet at `now`: blue is 0, green 1, and challengers follow.
    pub fn at(&self, fleet: usize, now: SimTime) -> [f64; 2] {
        let cells = self.fleets[fleet].as_ref();
        cells.and_then(|cells| cells.luck.get(cells.number(now))).copied().unwrap_or([0.5; 2])
    }

    /// When that changes, if ever.
    pub fn next_after(&self, fleet: usize, now: SimTime) -> Option<SimTime> {
        let cells = self.fleets[fleet].as_ref()?;
        Some(now.floor_to(cells.interval, cells.from) + cells.interval)
    }

    fn drawn_on(mut self, scenario: &Scenario, streams: &Streams) -> Self {
        let specs = specs(scenario);
        let timing = |spec: &Overdispersion| (spec.interval, spec.correlation_time);
        let first = specs.iter().flatten().map(timing).next();
        for (fleet, (cells, spec)) in self.fleets.iter_mut().zip(&specs).enumerate() {
            let (Some(cells), Some(spec)) = (cells, spec) else { continue };
            let is_apart = first != Some(timing(spec));
            let mut source = Source::new(streams, fleet, is_apart);
            let count = cells.number(scenario.end()) + 1;
            while cells.luck.len() < count {
                cells.luck.push(source.next(spec, cells.luck.last()));
            }
        }
        self
    }
}

impl Cells {
    fn number(&self, now: SimTime) -> usize {
        usize::try_from(now.since(self.from).as_nanos() / self.interval.as_nanos()).unwrap_or(0)
    }
}

impl Source {
    fn new(streams: &Streams, fleet: usize, is_apart: bool) -> Self {
        let mut stream = streams.stream(Purpose::ErrorEffects);
        if is_apart {
            stream.long_jump();
        }
        let common = stream.clone();
        stream.jump();
        let course = stream.clone();
        (0..=fleet).for_each(|_| stream.jump());
        Self { common, course, own: stream }
    }

    fn next(&mut self, spec: &Overdispersion, before: Option<&[f64; 2]>) -> [f64; 2] {
        let [common, own] = [&mut self.common, &mut self.own].map(|s| [unit(s), unit(s)]);
        let [goes_on, is_common] = [unit(&mut self.course), unit(&mut self.course)];
        match before {
            Some(before) if goes_on < spec.persistence() => *before,
            _ if is_common < spec.common => common,
            _ => own,
        }
    }
}

/// How errors clump on blue, green and the challengers.
fn specs(scenario: &Scenario) -> Vec<Option<Overdispersion>> {
    let variants = scenario.variants.iter().map(|variant| &variant.model);
    let models = [&scenario.blue, &scenario.green].into_iter().chain(variants);
    models.map(|model: &ModelSpec| model.overdispersion).collect()
}
