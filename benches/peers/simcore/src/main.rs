//! W and Q in simcore: components with callbacks, a queue and a count of idle servers for each fleet.

#[path = "../../periods.rs"]
mod periods;

use periods::{CUSTOMERS, FAILS, GREEN_SHARE, INSTANCES, MINUTES, Periods, RATE_PER_S};
use rand_distr08::{Exp, LogNormal};
use serde::Serialize;
use simcore::{Event, EventHandler, Id, Simulation, SimulationContext, cast};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

#[derive(Clone, Serialize)]
struct Next {}

#[derive(Clone, Serialize)]
struct Request {
    arrived: f64,
}

#[derive(Clone, Serialize)]
struct Served {
    arrived: f64,
}

/// Sends requests to the fleets: as many as come before `until`, at most `most`.
struct Source {
    context: SimulationContext,
    fleets: Vec<Id>,
    gap: Exp<f64>,
    until: f64,
    most: u64,
}

impl EventHandler for Source {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Next {} => {
                let now = self.context.time();
                let on_green = self.fleets.len() > 1 && self.context.rand() < GREEN_SHARE;
                let fleet = self.fleets[usize::from(on_green)];
                self.context.emit_now(Request { arrived: now }, fleet);
                self.most -= 1;
                self.plan();
            }
        })
    }
}

impl Source {
    fn plan(&self) {
        let gap = self.context.sample_from_distribution(&self.gap);
        if self.most > 0 && self.context.time() + gap < self.until {
            self.context.emit_self(Next {}, gap);
        }
    }
}

enum Service {
    Lognormal(LogNormal<f64>),
    Exponential(Exp<f64>),
}

/// Servers with one queue.
struct Fleet {
    context: SimulationContext,
    idle: usize,
    waiting: VecDeque<f64>,
    service: Service,
    fails: f64,
    periods: Periods,
    waited: f64,
}

impl EventHandler for Fleet {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Request { arrived } => {
                if self.idle > 0 {
                    self.idle -= 1;
                    self.begin(arrived);
                } else {
                    self.waiting.push_back(arrived);
                }
            }
            Served { arrived } => {
                if matches!(self.service, Service::Lognormal(_)) {
                    let now = self.context.time();
                    let failed = self.context.rand() < self.fails;
                    self.periods.add(now, now - arrived, failed);
                }
                match self.waiting.pop_front() {
                    Some(next) => self.begin(next),
                    None => self.idle += 1,
                }
            }
        })
    }
}

impl Fleet {
    fn begin(&mut self, arrived: f64) {
        self.waited += self.context.time() - arrived;
        let service = match &self.service {
            Service::Lognormal(law) => self.context.sample_from_distribution(law),
            Service::Exponential(law) => self.context.sample_from_distribution(law),
        };
        self.context.emit_self(Served { arrived }, service);
    }
}

/// Runs a source and its fleets to the end.
fn run(
    seed: u64,
    rate: f64,
    (until, most): (f64, u64),
    fleets: Vec<(usize, Service, f64)>,
) -> Vec<Rc<RefCell<Fleet>>> {
    let mut simulation = Simulation::new(seed);
    let (mut ids, mut built) = (Vec::new(), Vec::new());
    for (index, (servers, service, fails)) in fleets.into_iter().enumerate() {
        let name = format!("fleet {index}");
        let fleet = Rc::new(RefCell::new(Fleet {
            context: simulation.create_context(&name),
            idle: servers,
            waiting: VecDeque::new(),
            service,
            fails,
            periods: Periods::default(),
            waited: 0.0,
        }));
        ids.push(simulation.add_handler(&name, fleet.clone()));
        built.push(fleet);
    }
    let source = Rc::new(RefCell::new(Source {
        context: simulation.create_context("source"),
        fleets: ids,
        gap: Exp::new(rate).expect("a positive rate"),
        until,
        most,
    }));
    simulation.add_handler("source", source.clone());
    source.borrow().plan();
    simulation.step_until_no_events();
    built
}

fn endpoint(seed: u64) -> [Periods; 2] {
    let (mu, sigma) = periods::lognormal();
    let law = LogNormal::new(mu, sigma).expect("a lognormal");
    let fleet = |fails| (INSTANCES, Service::Lognormal(law), fails);
    let until = (MINUTES * 60) as f64;
    let fleets = run(seed, RATE_PER_S, (until, u64::MAX), FAILS.map(fleet).into());
    [0, 1].map(|fleet| std::mem::take(&mut fleets[fleet].borrow_mut().periods))
}

fn queue(seed: u64) -> f64 {
    let service = Service::Exponential(Exp::new(1.0).expect("a positive rate"));
    let fleets = run(seed, 0.8, (f64::INFINITY, CUSTOMERS), vec![(1, service, 0.0)]);
    let waited = fleets[0].borrow().waited;
    waited / CUSTOMERS as f64
}

fn main() {
    periods::report("simcore 0.1.0 (Rust)", periods::repetitions(), endpoint, queue);
}
