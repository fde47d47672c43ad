//! One fleet: instances that share a model, their queues, and what becomes of a request there.
//!
//! Requests come in order of arrival; each is placed on an instance, queues there (or in the fleet's
//! shared queue), is served, and is answered. Its behaviour is fixed as it arrives.

mod ages;
mod batch;

pub use ages::ColdGroup;
pub use batch::{Answers, BATCH_REQUESTS, Batch, Latents};

use crate::endpoint::behaviour::{Behaviour, Encounter, Extra};
use crate::endpoint::model::ModelSpec;
use crate::endpoint::regression::stretched;
use crate::endpoint::routing::{Fewest, Outstanding, at_random};
use crate::endpoint::spec::{Capacity, EndpointSpec, FleetSpec, QueueLayout, Routing};
use crate::endpoint::station::{Admission, Station};
use crate::time::{SimDuration, SimTime};

/// Service times are cut off here \[ns\]: eleven and a half days.
pub const SERVICE_NS_MAX: f64 = 1e15;

/// The patience of a request without a time-out: longer than any wait that a simulation can make.
const FOR_EVER: SimDuration = SimDuration::from_nanos(i64::MAX / 4);

/// A fleet at work.
#[derive(Clone, Debug)]
pub struct Fleet<'s> {
    model: &'s ModelSpec,
    behaviour: Behaviour,
    /// One for each instance, or the one that the fleet shares; none if capacity is unlimited.
    stations: Vec<Station>,
    shared: bool,
    outstanding: Option<Outstanding>,
    /// Since when each instance has taken traffic.
    serving_since: Vec<Option<SimTime>>,
    active: u32,
    concurrency: u32,
    patience: SimDuration,
    /// Whether a regression has leaked here: if it comes and goes, it finds the instances' ages again.
    leaked: bool,
}

/// A request as it reaches a fleet.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// When.
    pub at: SimTime,
    /// Uniform that chooses the instance.
    pub place: f64,
    /// Service time \[ns\] that the model's latency distribution gives it.
    pub base_ns: f64,
    /// Normal score of its service time.
    pub normal: f64,
    /// Uniform that chooses a mixture's component.
    pub branch: f64,
    /// Uniform that says whether it is in a slow tail.
    pub tail: f64,
    /// Uniform that says whether it fails.
    pub error: f64,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How it was answered.
    pub fate: Fate,
    /// Time in the queue.
    pub wait: SimDuration,
    /// Time from arrival to answer.
    pub response: SimDuration,
}

/// How a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Well.
    Good,
    /// With a 4xx by the model.
    ClientError,
    /// With a 5xx by the model.
    ServerError,
    /// With a 5xx by the time-out.
    TimedOut,
    /// With a 5xx at once: the queue was full or the instance down. The model never saw it.
    Rejected,
}

impl Fate {
    /// Whether the caller got no good answer.
    pub fn is_failure(self) -> bool {
        self != Self::Good
    }
}

impl<'s> Fleet<'s> {
    /// An idle fleet without traffic.
    pub fn new(
        spec: &FleetSpec,
        endpoint: &EndpointSpec,
        model: &'s ModelSpec,
        behaviour: Behaviour,
        now: SimTime,
    ) -> Self {
        let instances = spec.instances as usize;
        let (stations, shared) = match endpoint.capacity {
            Capacity::Unlimited => (Vec::new(), false),
            Capacity::Queued { queue: QueueLayout::Shared, limit } => {
                (vec![Station::new(0, limit, now)], true)
            }
            Capacity::Queued { queue: QueueLayout::Instance, limit } => {
                let station = Station::new(spec.concurrency as usize, limit, now);
                (vec![station; instances], false)
            }
        };
        // Where nobody waits it makes no difference which instance of a fleet serves a request.
        let waits_there =
            matches!(endpoint.capacity, Capacity::Queued { queue: QueueLayout::Instance, .. });
        let counts = endpoint.routing == Routing::LeastOutstanding
            && (waits_there || endpoint.routes_over_fleets());
        Self {
            model,
            leaked: behaviour.leaks(),
            behaviour,
            stations,
            shared,
            outstanding: counts.then(|| Outstanding::new(instances)),
            serving_since: vec![None; instances],
            active: 0,
            concurrency: spec.concurrency,
            patience: endpoint.timeout.unwrap_or(FOR_EVER),
        }
    }

    /// Lets the first `active` instances take traffic.
    pub fn activate(&mut self, active: u32, now: SimTime) {
        self.active = active;
        for since in self.serving_since.iter_mut().take(active as usize) {
            since.get_or_insert(now);
        }
        if let Some(outstanding) = &mut self.outstanding {
            outstanding.activate(active as usize);
        }
        self.size_shared_queue(now);
    }

    /// How many instances take traffic: the first ones.
    pub fn active(&self) -> u32 {
        self.active
    }

    /// The instances from `first` on, which take no traffic now, are new ones: idle, and cold until they
    /// have taken traffic for long enough.
    pub fn renew(&mut self, first: u32, now: SimTime) {
        let first = first as usize;
        self.serving_since.iter_mut().skip(first).for_each(|since| *since = None);
        if !self.shared {
            for station in self.stations.iter_mut().skip(first) {
                station.renew(now);
            }
        }
    }

    /// The fewest requests in flight at `at` at any instance that takes traffic; `None` if nobody counts.
    #[inline]
    pub fn fewest_outstanding(&mut self, at: SimTime) -> Option<Fewest> {
        self.outstanding.as_mut().map(|outstanding| outstanding.fewest(at))
    }

    /// When the last of the instances that take traffic is warm, if they start cold.
    pub fn warm_at(&self) -> Option<SimTime> {
        let lasts = self.model.cold_start?.lasts;
        let active = self.serving_since.iter().take(self.active as usize).flatten();
        active.max().map(|&since| since + lasts)
    }

    /// Changes how many requests an instance serves at once.
    pub fn set_concurrency(&mut self, concurrency: u32, now: SimTime) {
        if concurrency == self.concurrency {
            return;
        }
        self.concurrency = concurrency;
        if self.shared {
            self.size_shared_queue(now);
        } else {
            for station in &mut self.stations {
                station.resize(concurrency as usize, now);
            }
        }
    }

    /// Behaves so from now on.
    pub fn behave(&mut self, behaviour: Behaviour) {
        self.leaked |= behaviour.leaks();
        self.behaviour = behaviour;
    }

    /// Whether a regression is felt.
    #[inline]
    pub fn is_faulty(&self) -> bool {
        self.behaviour.faulty
    }

    /// Probabilities of a 4xx and a 5xx by the model for a request that arrives at `at`, leaving out what
    /// depends on the instance.
    pub fn errors_at(&self, at: SimTime) -> [f64; 2] {
        let now = self.behaviour.at(at);
        [now.errors_4xx, now.errors_5xx]
    }

    /// Serves a request. Requests must come in order of arrival.
    #[expect(clippy::inline_always, reason = "measured: a third of the time of the innermost loop")]
    #[inline(always)]
    pub fn serve(&mut self, request: &Request) -> Answer {
        let instance = self.place(request);
        let extra = if self.behaviour.has_extra() {
            self.extra(request, instance, self.utilisation(request.at, instance))
        } else {
            Extra::NONE
        };
        if extra.down {
            return Answer::rejected();
        }
        let (fate, service) = self.work(request, &extra);
        let answer = self.answer(request.at, instance, service, fate);
        if let Some(outstanding) = &mut self.outstanding
            && answer.fate != Fate::Rejected
        {
            outstanding.sent(instance, request.at + answer.response);
        }
        answer
    }

    /// What an instance that takes a request by itself makes of it, and for how long it is busy with it.
    /// `request.at` is when it begins; `utilisation` is how full it is without this one, 0 to 1. There is
    /// no queue and no time-out here.
    pub fn process(
        &self,
        request: &Request,
        instance: usize,
        utilisation: f64,
    ) -> (Fate, SimDuration) {
        let extra = self.extra(request, instance, utilisation);
        if extra.down {
            return (Fate::Rejected, SimDuration::ZERO);
        }
        self.work(request, &extra)
    }

    /// Service time \[ns\] that the model's latency distribution gives a request of these draws.
    pub fn base_ns(&self, normal: f64, branch: f64) -> f64 {
        self.model.latency.at(normal, branch)
    }

    /// How many requests an instance serves at once.
    pub fn concurrency(&self) -> u32 {
        self.concurrency
    }

    /// Whether the request fails, and its service time.
    #[expect(clippy::inline_always, reason = "measured: part of the innermost loop")]
    #[inline(always)]
    fn work(&self, request: &Request, extra: &Extra) -> (Fate, SimDuration) {
        let now = self.behaviour.at(request.at);
        let fate = fate_of(request.error, now.errors_4xx, now.errors_5xx + extra.errors_5xx);
        let mut base_ns = request.base_ns;
        if let Some(latency) = self.model.failed_latency.as_ref().filter(|_| fate.is_failure()) {
            base_ns = latency.at(request.normal, request.branch);
        }
        if let Some((median_ns, power)) = extra.stretch {
            base_ns = stretched(base_ns, median_ns, power);
        }
        (fate, service_time(base_ns * extra.factor * now.factor + now.shift_ns))
    }

    /// Whether both answer any requests that come from `now` on alike, and are warm at the same time if
    /// they are not yet, provided that from `now` on
    ///
    /// - both behave alike, and a leak that neither has had so far begins later;
    /// - both get the same concurrency and active instances, and no more instances than now.
    ///
    /// Both have answered all requests before `now` and none after it. Fleets that are taken for
    /// different may be alike all the same.
    pub fn serves_like(&self, other: &Self, now: SimTime) -> bool {
        (std::ptr::eq(self.model, other.model) || self.model == other.model)
            && (self.active, self.concurrency) == (other.active, other.concurrency)
            && (self.shared, self.patience) == (other.shared, other.patience)
            && self.is_as_old(other, now)
            && same(self.stations_used(), other.stations_used(), |a, b| a.serves_like(b, now))
            && match (&self.outstanding, &other.outstanding) {
                (None, None) => true,
                (Some(own), Some(others)) => own.serves_like(others, now),
                _ => false,
            }
    }

    /// Whether no request from `now` on feels a difference between the ages of the active instances.
    fn is_as_old(&self, other: &Self, now: SimTime) -> bool {
        let warms_in = self.model.cold_start.map_or(SimDuration::ZERO, |cold| cold.lasts);
        let is_warm = |since: Option<SimTime>| since.is_some_and(|since| since + warms_in <= now);
        let leaked = self.leaked || other.leaked;
        let active = self.active as usize;
        let [own, others] = [self, other].map(|fleet| fleet.serving_since.iter().take(active));
        own.zip(others).all(|(&a, &b)| a == b || !leaked && is_warm(a) && is_warm(b))
    }

    /// The queues that requests to the active instances go to.
    fn stations_used(&self) -> &[Station] {
        let used = if self.shared { 1 } else { self.active as usize };
        &self.stations[..used.min(self.stations.len())]
    }

    #[inline]
    fn place(&mut self, request: &Request) -> usize {
        match &mut self.outstanding {
            None => at_random(request.place, self.active),
            Some(outstanding) => outstanding.least(request.at, request.place),
        }
    }

    #[inline]
    fn answer(&mut self, at: SimTime, instance: usize, service: SimDuration, fate: Fate) -> Answer {
        let station = if self.shared { 0 } else { instance };
        Answer::of(self.stations.get_mut(station), at, service, fate, self.patience)
    }

    /// How full the queue that leads to an instance is, 0 to 1; 0 if nothing asks.
    #[cold]
    fn utilisation(&self, at: SimTime, instance: usize) -> f64 {
        if !self.behaviour.depends_on_load() {
            return 0.0;
        }
        let station = if self.shared { 0 } else { instance };
        self.stations.get(station).map_or(0.0, |station| station.utilisation(at))
    }

    #[cold]
    fn extra(&self, request: &Request, instance: usize, utilisation: f64) -> Extra {
        self.behaviour.extra(&Encounter {
            at: request.at,
            tail: request.tail,
            serving_since: self.serving_since[instance].unwrap_or(request.at),
            utilisation,
        })
    }

    fn size_shared_queue(&mut self, now: SimTime) {
        if self.shared {
            let servers = self.active as usize * self.concurrency as usize;
            self.stations[0].resize(servers, now);
        }
    }
}

impl Answer {
    /// What becomes of a request that arrives `at` a queue, needs `service` and leaves after `patience`;
    /// `fate` is what the model would make of it. Without a queue it is served at once.
    #[expect(clippy::inline_always, reason = "measured: part of the innermost loop")]
    #[inline(always)]
    fn of(
        queue: Option<&mut Station>,
        at: SimTime,
        service: SimDuration,
        fate: Fate,
        patience: SimDuration,
    ) -> Self {
        let admission = match queue {
            None => Admission::Served { start: at, finish: at + service },
            Some(station) => station.admit(at, service, patience),
        };
        match admission {
            Admission::Served { start, finish } if finish.since(at) <= patience => {
                Self { fate, wait: start.since(at), response: finish.since(at) }
            }
            Admission::Served { start, .. } => {
                Self { fate: Fate::TimedOut, wait: start.since(at), response: patience }
            }
            Admission::GaveUp => Self { fate: Fate::TimedOut, wait: patience, response: patience },
            Admission::Rejected => Self::rejected(),
        }
    }

    const fn rejected() -> Self {
        Self { fate: Fate::Rejected, wait: SimDuration::ZERO, response: SimDuration::ZERO }
    }
}

fn same<T>(own: &[T], others: &[T], alike: impl Fn(&T, &T) -> bool) -> bool {
    own.len() == others.len() && own.iter().zip(others).all(|(a, b)| alike(a, b))
}

/// What the model makes of a request with this uniform, at these probabilities of a 4xx and a 5xx.
#[inline]
fn fate_of(error: f64, errors_4xx: f64, errors_5xx: f64) -> Fate {
    if error < errors_5xx {
        Fate::ServerError
    } else if error >= 1.0 - errors_4xx {
        Fate::ClientError
    } else {
        Fate::Good
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "clamped to 10^15 before the cast")]
fn service_time(service_ns: f64) -> SimDuration {
    SimDuration::from_nanos(service_ns.clamp(0.0, SERVICE_NS_MAX) as i64)
}

#[cfg(test)]
mod tests;
