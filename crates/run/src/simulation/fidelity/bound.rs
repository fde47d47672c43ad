//! What waiting can add to every figure that is asked for, at its worst.
//!
//! For each fleet, release and set of incidents the wait is bounded ([`waiting`](crate::stats::waiting))
//! with the highest rate of the traffic, the longest service times (all incidents of the set, the coldest
//! instance, the regression at full strength) and the fewest servers that any stage has; whatever is
//! shorter, or rises and falls below that, waits less. What is added depends on the service times of the
//! request, too: of these all are tried from the shortest to the longest, with and without the regression.

use super::asks::{Ask, Figure, asks};
use super::queues::{Queue, Service as Fleet, services};
use super::surroundings::{Surroundings, surroundings};
use crate::endpoint::regression::Effects;
use crate::endpoint::spec::Capacity;
use crate::endpoint::steady::{Steady, nanos};
use crate::random::arrival::TraceError;
use crate::scenario::Scenario;
use crate::stats::waiting::{Service, WaitBound, waiting_share};
use crate::time::SimDuration;

/// What happens in fewer runs than this is not noticed.
pub(super) const RARE: f64 = 0.01;

/// What bounds the share of requests that wait.
const ONE_SERVER: &str = "by Pollaczek and Khinchine's formula";
const SEVERAL_SERVERS: &str = "by twice Erlang's C";

/// Service times between the shortest and the longest are tried in so many steps.
const STEPS: u8 = 4;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The largest share of requests that wait, and where.
    pub(super) share: f64,
    pub(super) place: String,
    /// By which formula, in words.
    pub(super) by: &'static str,
    /// The figure that comes nearest to what is noticed, or goes furthest beyond; none if at most one run in
    /// a hundred has a request that waits.
    pub(super) nearest: Option<Added>,
}

/// What waiting adds to a figure at most.
#[derive(Clone, Debug)]
pub(super) struct Added {
    /// Of what may be added unnoticed; above 1 it is noticed.
    pub(super) ratio: f64,
    /// In words: so much to so much, for whom, where.
    pub(super) words: String,
}

/// A law of service times that a fleet may have, and the share of its requests that fails with a 5xx.
struct Law {
    service: Service,
    /// What a regression adds \[s\]: no factor multiplies it.
    later_s: f64,
    p5: f64,
}

/// Looks at every fleet, release and set of incidents.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub(super) fn look(scenario: &Scenario) -> Result<Found, TraceError> {
    let span = scenario.end().since(scenario.start());
    let peak_per_s = scenario.arrivals.covering_rate_per_s(span)?;
    let requests = peak_per_s * span.as_secs_f64();
    let mut found = Found::default();
    for around in surroundings(scenario) {
        for fleet in services(scenario) {
            let busy = Busy::new(scenario, &fleet, &around, peak_per_s);
            if busy.share > found.share || found.place.is_empty() {
                (found.share, found.place, found.by) = (busy.share, busy.place.clone(), busy.by);
            }
            if busy.share * requests * around.traffic > RARE {
                found.note(busy.nearest(RARE / (requests * around.traffic)));
            }
        }
    }
    Ok(found)
}

impl Found {
    fn note(&mut self, added: Option<Added>) {
        let Some(added) = added else { return };
        if self.nearest.as_ref().is_none_or(|known| added.ratio > known.ratio) {
            self.nearest = Some(added);
        }
    }
}

/// A fleet with one release at its busiest.
struct Busy<'a> {
    scenario: &'a Scenario,
    fleet: &'a Fleet<'a>,
    around: &'a Surroundings,
    /// Requests a second to the fleet.
    rate_per_s: f64,
    laws: Vec<Law>,
    /// The longest service times.
    longest: Service,
    factors: [f64; 2],
    /// The largest share of requests that wait, where, and the highest load of a server.
    share: f64,
    place: String,
    by: &'static str,
    load: f64,
    /// Requests a second to the busiest queue.
    queue_per_s: f64,
}

impl<'a> Busy<'a> {
    fn new(
        scenario: &'a Scenario,
        fleet: &'a Fleet<'a>,
        around: &'a Surroundings,
        peak_per_s: f64,
    ) -> Self {
        let laws = laws(fleet, around);
        let cold = fleet.model.cold_start.map_or(1.0, |cold| cold.factor);
        let factors = [around.factors[0], around.factors[1] * cold];
        let longest = laws.iter().map(|law| law.changed(factors[1], around.later_s));
        let longest = longest.max_by(|a, b| a.mean_s().total_cmp(&b.mean_s()));
        let longest = longest.expect("invariant: a release has a law");
        let peak_per_s = peak_per_s * around.traffic;
        let mut busy = Self {
            scenario,
            fleet,
            around,
            rate_per_s: peak_per_s * fleet.share,
            laws,
            longest,
            factors,
            share: 0.0,
            place: String::new(),
            by: "",
            load: 0.0,
            queue_per_s: 0.0,
        };
        for queue in &fleet.queues {
            busy.queue(queue, peak_per_s);
        }
        busy
    }

    fn queue(&mut self, queue: &Queue, peak_per_s: f64) {
        let rate_per_s = peak_per_s * queue.share;
        let mean_s = self.longest.mean_s();
        let share = waiting_share(rate_per_s, mean_s, queue.servers);
        if share > self.share || self.place.is_empty() {
            self.place = format!("{}{}", queue.place, self.around.during());
            self.by = if queue.servers == 1 { ONE_SERVER } else { SEVERAL_SERVERS };
        }
        self.share = self.share.max(share);
        self.load = self.load.max(rate_per_s * mean_s / f64::from(queue.servers));
        self.queue_per_s = self.queue_per_s.max(rate_per_s);
    }

    /// The figure that comes nearest to what is noticed; a share below `floor` is not.
    fn nearest(&self, floor: f64) -> Option<Added> {
        if self.load >= 1.0 {
            let words = format!("more work than can be done ({})", self.place);
            return Some(Added { ratio: f64::INFINITY, words });
        }
        let wait = WaitBound::new(&self.longest, self.share, self.load);
        let asks = asks(self.scenario, self.fleet.side);
        let mut nearest: Option<Added> = None;
        for (service, p5) in self.all_laws() {
            for ask in &asks {
                let added = self.added(&wait, ask, (&service, p5), floor);
                if nearest.as_ref().is_none_or(|known| added.ratio > known.ratio) {
                    nearest = Some(added);
                }
            }
        }
        nearest
    }

    /// Each law from the shortest service times to the longest, with the share that fails.
    fn all_laws(&self) -> impl Iterator<Item = (Service, f64)> {
        let [least, most] = self.factors;
        let later_s = self.around.later_s;
        let steps = if most > least || later_s > 0.0 { STEPS } else { 0 };
        self.laws.iter().flat_map(move |law| {
            (0..=steps).map(move |step| {
                let part = f64::from(step) / f64::from(steps.max(1));
                let factor = least * (most / least).powf(part);
                (law.changed(factor, part * later_s), law.p5)
            })
        })
    }

    fn added(
        &self,
        wait: &WaitBound<'_>,
        ask: &Ask,
        (service, p5): (&Service, f64),
        floor: f64,
    ) -> Added {
        let base = ask.figure.base(service, p5);
        let added = match ask.figure {
            Figure::Over(cut_s) => wait.adds_over(cut_s, service),
            Figure::Quantile(level) => wait.adds_over(service.quantile_s(level), service),
            Figure::Mean => wait.mean_s(),
            Figure::Failing => self.late(wait, service) + self.rejected(wait),
        };
        let floor = if ask.figure == Figure::Mean { f64::MIN_POSITIVE } else { floor };
        let allowed = ask.allowed(base, service, self.rate_per_s).max(floor);
        let words = format!(
            "{} to {} ({}; {})",
            ask.figure.added(added),
            ask.figure.words(base),
            ask.by,
            self.place
        );
        Added { ratio: added / allowed, words }
    }

    /// The share of requests that exceed the time-out: drawn ones never do.
    fn late(&self, wait: &WaitBound<'_>, service: &Service) -> f64 {
        self.scenario.endpoint.timeout.map_or(0.0, |timeout| {
            let timeout_s = timeout.as_secs_f64();
            service.over(timeout_s) + wait.adds_over(timeout_s, service)
        })
    }

    /// The share of requests that find their queue full.
    fn rejected(&self, wait: &WaitBound<'_>) -> f64 {
        match self.scenario.endpoint.capacity {
            Capacity::Queued { limit: Some(limit), .. } => wait.fills(limit, self.queue_per_s),
            _ => 0.0,
        }
    }
}

impl Law {
    fn new(fleet: &Fleet<'_>, effects: &Effects) -> Self {
        let unshifted = Effects { latency_shift: SimDuration::ZERO, ..effects.clone() };
        let steady = Steady::new(fleet.model, Some(&unshifted), None);
        let points = steady.nodes().into_iter().map(|(weight, ns)| (weight, ns / 1e9));
        let service = Service::new(points);
        Self { service, later_s: nanos(effects.latency_shift) / 1e9, p5: steady.p5 }
    }

    /// With a factor on service times, and something added \[s\].
    fn changed(&self, factor: f64, later_s: f64) -> Service {
        self.service.changed(factor, self.later_s + later_s)
    }
}

/// The laws of a fleet: as the model is, and as the release is at full strength. Where failures take longer
/// or shorter than answers, also with those of the incidents, and, where they come in clumps, of failures
/// alone.
fn laws(fleet: &Fleet<'_>, around: &Surroundings) -> Vec<Law> {
    let mut effects = vec![Effects::default()];
    effects.extend(fleet.release.map(|release| release.effects.clone()));
    effects.dedup();
    let own = effects.len();
    if fleet.model.failed_latency.is_some() {
        if around.fails > 0.0 {
            for at in 0..own {
                let [_, p5] = effects[at].errors(fleet.model);
                let errors_5xx = Some(p5 + (1.0 - p5) * around.fails);
                effects.push(Effects { errors_5xx, ..effects[at].clone() });
            }
        }
        if fleet.model.overdispersion.is_some() {
            effects.push(Effects { crash: true, ..Effects::default() });
        }
    }
    effects.iter().map(|effects| Law::new(fleet, effects)).collect()
}
