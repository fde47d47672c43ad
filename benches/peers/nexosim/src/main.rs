//! W and Q in NeXosim on one thread: a source and fleets as models, joined by ports, each scheduling its own
//! events.

#[path = "../../periods.rs"]
mod periods;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{Output, QuerySource};
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use periods::{CUSTOMERS, FAILS, GREEN_SHARE, INSTANCES, MINUTES, Periods, RATE_PER_S};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Seconds as a delay; events lie at least a nanosecond ahead.
fn delay(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds).max(Duration::from_nanos(1))
}

fn seconds(time: MonotonicTime) -> f64 {
    time.duration_since(MonotonicTime::EPOCH).as_secs_f64()
}

/// Sends requests: as many as come before `until`, at most `most`.
#[derive(Serialize, Deserialize)]
struct Source {
    blue: Output<()>,
    green: Output<()>,
    green_share: f64,
    rate: f64,
    until: f64,
    most: u64,
    rng: Xoshiro256PlusPlus,
}

#[Model]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        self.plan(context);
    }

    #[nexosim(schedulable)]
    async fn next(&mut self, _: (), context: &Context<Self>) {
        self.most -= 1;
        self.plan(context);
        if self.green_share > 0.0 && self.rng.random::<f64>() < self.green_share {
            self.green.send(()).await;
        } else {
            self.blue.send(()).await;
        }
    }

    fn plan(&mut self, context: &Context<Self>) {
        let gap: f64 = Exp1.sample(&mut self.rng);
        let gap = gap / self.rate;
        if self.most > 0 && seconds(context.time()) + gap < self.until {
            let event = schedulable!(Self::next);
            context.schedule_event(delay(gap), event, ()).expect("a time to come");
        }
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Service {
    Lognormal(f64, f64),
    Exponential,
}

/// Servers with one queue.
#[derive(Serialize, Deserialize)]
struct Fleet {
    idle: usize,
    waiting: VecDeque<f64>,
    service: Service,
    fails: f64,
    periods: Periods,
    waited: f64,
    rng: Xoshiro256PlusPlus,
}

#[Model]
impl Fleet {
    fn new(servers: usize, service: Service, fails: f64, seed: u64) -> Self {
        Self {
            idle: servers,
            waiting: VecDeque::new(),
            service,
            fails,
            periods: Periods::default(),
            waited: 0.0,
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// A request arrives -- input port.
    async fn request(&mut self, _: (), context: &Context<Self>) {
        let now = seconds(context.time());
        if self.idle > 0 {
            self.idle -= 1;
            self.begin(now, now, context);
        } else {
            self.waiting.push_back(now);
        }
    }

    #[nexosim(schedulable)]
    async fn served(&mut self, arrived: f64, context: &Context<Self>) {
        let now = seconds(context.time());
        if matches!(self.service, Service::Lognormal(..)) {
            let failed = self.rng.random::<f64>() < self.fails;
            self.periods.add(now, now - arrived, failed);
        }
        match self.waiting.pop_front() {
            Some(next) => self.begin(next, now, context),
            None => self.idle += 1,
        }
    }

    fn begin(&mut self, arrived: f64, now: f64, context: &Context<Self>) {
        self.waited += now - arrived;
        let service: f64 = match self.service {
            Service::Lognormal(mu, sigma) => {
                let normal: f64 = StandardNormal.sample(&mut self.rng);
                (mu + sigma * normal).exp()
            }
            Service::Exponential => Exp1.sample(&mut self.rng),
        };
        let event = schedulable!(Self::served);
        context.schedule_event(delay(service), event, arrived).expect("a time to come");
    }

    /// What was measured -- replier port.
    async fn measured(&mut self) -> (Periods, f64) {
        (std::mem::take(&mut self.periods), self.waited)
    }
}

/// Runs a source and two fleets to the end; gives what the fleets measured.
fn run(mut source: Source, fleets: [Fleet; 2]) -> Result<[(Periods, f64); 2], SimulationError> {
    let (source_box, blue_box, green_box) = (Mailbox::new(), Mailbox::new(), Mailbox::new());
    source.blue.connect(Fleet::request, &blue_box);
    source.green.connect(Fleet::request, &green_box);
    let mut bench = SimInit::with_num_threads(1);
    let queries = [&blue_box, &green_box]
        .map(|fleet| QuerySource::new().connect(Fleet::measured, fleet).register(&mut bench));
    let [blue, green] = fleets;
    let mut simulation = bench
        .add_model(source, source_box, "source")
        .add_model(blue, blue_box, "blue")
        .add_model(green, green_box, "green")
        .init(MonotonicTime::EPOCH)?;
    simulation.run()?;
    let [blue, green] = queries.map(|query| simulation.process_query(&query, ()));
    Ok([blue?, green?])
}

fn source(rate: f64, green_share: f64, (until, most): (f64, u64), seed: u64) -> Source {
    Source {
        blue: Output::default(),
        green: Output::default(),
        green_share,
        rate,
        until,
        most,
        rng: Xoshiro256PlusPlus::seed_from_u64(3 * seed),
    }
}

fn endpoint(seed: u64) -> [Periods; 2] {
    let (mu, sigma) = periods::lognormal();
    let until = (MINUTES * 60) as f64;
    let source = source(RATE_PER_S, GREEN_SHARE, (until, u64::MAX), seed);
    let fleet = |index: usize| {
        let service = Service::Lognormal(mu, sigma);
        Fleet::new(INSTANCES, service, FAILS[index], 3 * seed + 1 + index as u64)
    };
    run(source, [0, 1].map(fleet)).expect("a simulation").map(|(periods, _)| periods)
}

fn queue(seed: u64) -> f64 {
    let source = source(0.8, 0.0, (f64::INFINITY, CUSTOMERS), seed);
    let fleet = |index: u64| Fleet::new(1, Service::Exponential, 0.0, 3 * seed + index);
    let [(_, waited), _] = run(source, [1, 2].map(fleet)).expect("a simulation");
    waited / CUSTOMERS as f64
}

fn main() {
    periods::report("NeXosim 1.0.0 (Rust)", periods::repetitions(), endpoint, queue);
}
