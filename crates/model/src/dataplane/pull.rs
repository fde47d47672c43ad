//! An asynchronous endpoint: requests wait in one queue, and the instances of both fleets take them.
//!
//! What it models: the oldest request goes to the place (of an instance's `concurrency`) that becomes free
//! first, of whichever fleet. If both fleets have a free place, the fleet is chosen by its share of the
//! instances that take requests, and the place evenly. So the traffic share follows from the instances and
//! from how fast each fleet is: a slow green takes less than its share, and a fast one (one that fails at
//! once) more.
//!
//! Assumptions: a request behaves as its instance does when processing begins. Instances that are switched
//! off finish what they process and take nothing new. Processing that exceeds the time-out is answered then,
//! as a failure, and keeps its place busy to the end. A request that has waited for `request_ttl` expires.
//! A restarting instance fails at once what it takes. Nobody hangs up. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html>; who polls when is not documented.
//! Not modelled: up- and download, notifications, autoscaling (which is blocked during an update).

use crate::dataplane::block::Block;
use crate::dataplane::ledger::{Ledger, Mark};
use crate::dataplane::requests::DataPlane;
use crate::dataplane::settle::{Ending, Origin, Settlement};
use crate::dataplane::tally::Tally;
use crate::endpoint::fleet::{Answer, Fate, Fleet, Request};
use crate::endpoint::routing::at_random;
use crate::endpoint::spec::{AsyncSpec, EndpointSpec, FleetSpec, OldestOf};
use crate::telemetry::backlog::Backlog;
use crate::time::{SimDuration, SimTime};
use std::collections::VecDeque;
use std::ops::Range;

/// The queue of an asynchronous endpoint, and the places of both fleets.
#[derive(Clone, Debug)]
pub struct Pulling {
    /// How far the queue has grown.
    pub swell: Swell,
    pub(super) settlement: Settlement,
    /// Where its metrics begin among those that are published one by one.
    pub(super) sampled_from: usize,
    spec: AsyncSpec,
    waiting: VecDeque<Waiting>,
    blue: Places,
    green: Places,
    /// Everything that begins before this has begun.
    clock: SimTime,
    taken: u64,
    taken_waits_ns: i128,
}

/// How far a queue has grown since t = 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swell {
    /// The most requests that waited or were in process.
    pub peak: u64,
    /// When there were so many for the first time.
    pub peak_at: Option<SimTime>,
    /// When no request waited for the first time since.
    pub drained_at: Option<SimTime>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    origin: Origin,
    route: f64,
    /// As blue and as green would see it.
    seen: [Request; 2],
    is_timed: bool,
}

/// The places of one fleet, instance by instance.
#[derive(Clone, Debug)]
struct Places {
    width: usize,
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    free_at: SimTime,
    /// When the request in process is answered.
    answered_at: SimTime,
    /// When it came to the queue.
    arrived: SimTime,
}

impl Pulling {
    /// An empty queue.
    pub fn new(
        spec: AsyncSpec,
        endpoint: &EndpointSpec,
        sampled_from: usize,
        now: SimTime,
    ) -> Self {
        Self {
            swell: Swell::default(),
            settlement: Settlement::default(),
            sampled_from,
            spec,
            waiting: VecDeque::new(),
            blue: Places::new(&endpoint.blue, now),
            green: Places::new(&endpoint.green, now),
            clock: now,
            taken: 0,
            taken_waits_ns: 0,
        }
    }

    /// Queues the requests of `block` in `range`, and begins what can begin before `until`.
    pub(super) fn serve<L: Ledger>(
        &mut self,
        plane: &mut DataPlane<'_>,
        block: &Block,
        range: Range<usize>,
        until: SimTime,
        ledger: &mut L,
    ) {
        plane.tally.requests += range.len() as u64;
        let first = range.start;
        block.columns(range, plane.by_user).for_each(|column, columns| {
            let arrived = columns.at(column);
            self.work_until(arrived, plane, ledger);
            let index = first + column;
            let number = block.first + index as u64;
            let origin = Origin { number, arrived, share: plane.share };
            let without = ledger.settle(index, Mark::OPEN);
            if L::PUBLISHES {
                self.settlement.open(origin, without);
            }
            self.waiting.push_back(Waiting {
                origin,
                route: columns.route(column),
                seen: [false, true].map(|on_green| columns.request(column, on_green)),
                is_timed: plane.is_timing,
            });
            self.note_swell(arrived);
        });
        self.work_until(until, plane, ledger);
    }

    /// The queue now, and what left it since the last time.
    pub fn read(&mut self, now: SimTime, instances: u64) -> Backlog {
        let waiting = self.waiting.front().map(|front| front.origin.arrived);
        let in_process = self.in_process(now).map(|place| place.arrived).min();
        let oldest = match self.spec.oldest {
            OldestOf::Unanswered => waiting.into_iter().chain(in_process).min(),
            OldestOf::Waiting => waiting,
        };
        Backlog {
            size: self.size(now),
            waiting: self.waiting.len() as u64,
            instances,
            oldest_ns: oldest.map_or(0, |arrived| now.since(arrived).as_nanos()),
            taken: std::mem::take(&mut self.taken),
            taken_waits_ns: std::mem::take(&mut self.taken_waits_ns),
        }
    }

    /// Begins (or expires) what is due before `limit`.
    fn work_until<L: Ledger>(&mut self, limit: SimTime, plane: &mut DataPlane<'_>, ledger: &mut L) {
        while let Some(&next) = self.waiting.front() {
            let expires = next.origin.arrived + self.spec.request_ttl;
            let free = [self.blue.free_at(&plane.blue), self.green.free_at(&plane.green)];
            let free = free.into_iter().flatten().min().unwrap_or(SimTime::NEVER);
            let start = free.max(next.origin.arrived).max(self.clock);
            if start.min(expires) >= limit {
                break;
            }
            self.waiting.pop_front();
            if expires <= start {
                self.expire(&next, plane, ledger);
            } else {
                self.begin(&next, start, plane, ledger);
            }
            if self.waiting.is_empty() && self.swell.peak_at.is_some() {
                self.swell.drained_at.get_or_insert(start.min(expires));
            }
        }
        self.clock = self.clock.max(limit);
    }

    /// A free place takes the request.
    fn begin<L: Ledger>(
        &mut self,
        next: &Waiting,
        start: SimTime,
        plane: &mut DataPlane<'_>,
        ledger: &mut L,
    ) {
        let on_green = self.is_on_green(next, start, plane);
        let (fleet, places) =
            if on_green { (&plane.green, &mut self.green) } else { (&plane.blue, &mut self.blue) };
        let request = Request { at: start, ..next.seen[usize::from(on_green)] };
        let chosen = places.choose(fleet, start, request.place);
        let utilisation = places.utilisation(fleet, chosen, start);
        let (fate, service) = fleet.process(&request, chosen / places.width, utilisation);
        let in_time = service <= self.spec.processing_timeout;
        let fate = if in_time { fate } else { Fate::TimedOut };
        let processing = service.min(self.spec.processing_timeout);
        let arrived = next.origin.arrived;
        let answered_at = start + processing;
        places.places[chosen] = Place { free_at: start + service, answered_at, arrived };
        let wait = start.since(arrived);
        self.taken += 1;
        self.taken_waits_ns += i128::from(wait.as_nanos());
        let response = answered_at.since(arrived);
        if L::PUBLISHES {
            // The model sees the request only now: ModelLatency leaves the queue out.
            let seen = Answer { fate, wait: SimDuration::ZERO, response: processing };
            plane.publish_live(start, &seen, on_green);
            self.count_green(next.origin, on_green, plane.green.is_faulty());
        }
        if next.is_timed && fate != Fate::Rejected {
            let timing = if on_green { &mut plane.green_timing } else { &mut plane.blue_timing };
            timing.add(wait, response);
        }
        let mark = Mark::new(fate.is_failure(), response > plane.rules.slow_over);
        self.end(next.origin, Ending { fate, mark, on_green }, ledger);
    }

    /// A request that nobody took in time.
    fn expire<L: Ledger>(&mut self, next: &Waiting, plane: &DataPlane<'_>, ledger: &mut L) {
        let fate = Fate::TimedOut;
        let mark = Mark::new(true, self.spec.request_ttl > plane.rules.slow_over);
        self.end(next.origin, Ending { fate, mark, on_green: false }, ledger);
    }

    fn end<L: Ledger>(&mut self, origin: Origin, ending: Ending, ledger: &mut L) {
        ledger.close(origin.number, ending.mark);
        self.settlement.close(origin.number, ending);
    }

    fn count_green(&mut self, origin: Origin, on_green: bool, is_faulty: bool) {
        if on_green {
            let faulty_green = u64::from(is_faulty);
            let change = Tally { green: 1, faulty_green, ..Tally::default() };
            self.settlement.count(origin, change);
        }
    }

    /// Which fleet takes the request, given that one has a free place.
    fn is_on_green(&self, next: &Waiting, start: SimTime, plane: &DataPlane<'_>) -> bool {
        let is_free = |free: Option<SimTime>| free.is_some_and(|free| free <= start);
        let blue = is_free(self.blue.free_at(&plane.blue));
        let green = is_free(self.green.free_at(&plane.green));
        let [blue_active, green_active] =
            [plane.blue.active(), plane.green.active()].map(f64::from);
        green && (!blue || next.route < green_active / (blue_active + green_active))
    }

    fn note_swell(&mut self, now: SimTime) {
        let size = self.size(now);
        if now >= SimTime::ZERO && size > self.swell.peak {
            self.swell = Swell { peak: size, peak_at: Some(now), drained_at: None };
        }
    }

    fn size(&self, now: SimTime) -> u64 {
        (self.waiting.len() + self.in_process(now).count()) as u64
    }

    fn in_process(&self, now: SimTime) -> impl Iterator<Item = &Place> {
        let places = self.blue.places.iter().chain(&self.green.places);
        places.filter(move |place| place.answered_at > now)
    }
}

impl Places {
    fn new(spec: &FleetSpec, now: SimTime) -> Self {
        let width = spec.concurrency as usize;
        let idle = Place { free_at: now, answered_at: now, arrived: now };
        Self { width, places: vec![idle; spec.instances as usize * width] }
    }

    /// The places that take requests, with their numbers.
    fn open(&self, fleet: &Fleet<'_>) -> impl Iterator<Item = (usize, &Place)> {
        let instances = fleet.active() as usize;
        let concurrency = fleet.concurrency() as usize;
        let width = self.width;
        let places = self.places.iter().enumerate().take(instances * width);
        places.filter(move |(number, _)| number % width < concurrency)
    }

    /// When the first of them is free.
    fn free_at(&self, fleet: &Fleet<'_>) -> Option<SimTime> {
        self.open(fleet).map(|(_, place)| place.free_at).min()
    }

    /// The free one that a uniform falls on.
    fn choose(&self, fleet: &Fleet<'_>, now: SimTime, uniform: f64) -> usize {
        let free = || self.open(fleet).filter(|(_, place)| place.free_at <= now);
        let count = u32::try_from(free().count()).unwrap_or(u32::MAX);
        let chosen = free().nth(at_random(uniform, count));
        chosen.expect("invariant: a request begins when a place is free").0
    }

    /// How full the instance of a place is, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "places are counted in thousands at most")]
    fn utilisation(&self, fleet: &Fleet<'_>, place: usize, now: SimTime) -> f64 {
        let instance = &self.places[place / self.width * self.width..][..self.width];
        let busy = instance.iter().filter(|place| place.free_at > now).count();
        (busy as f64 / f64::from(fleet.concurrency().max(1))).min(1.0)
    }
}
