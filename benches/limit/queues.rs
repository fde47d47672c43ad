//! Three ways in which a fleet of four instances takes requests, each as one writes it by hand for four.
//!
//! A first-come-first-served queue knows when a request will be answered as it arrives, so none of them
//! needs a calendar. Times are in seconds.

/// Four instances.
pub trait Fleet: Clone + Default {
    /// Serves a request that arrives at `at`, no earlier than any before it; says when it is answered.
    /// Of equal instances it takes the one that `place`, 0 to 3, falls on.
    fn serve(&mut self, at: f64, place: usize, service: f64) -> f64;
}

/// A queue at each instance, which `place` chooses.
#[derive(Clone, Default)]
pub struct OwnQueues {
    free: [f64; 4],
}

impl Fleet for OwnQueues {
    #[inline]
    fn serve(&mut self, at: f64, place: usize, service: f64) -> f64 {
        let free = &mut self.free[place];
        *free = free.max(at) + service;
        *free
    }
}

/// One queue for all: the times at which an instance comes free, ascending.
#[derive(Clone, Default)]
pub struct SharedQueue {
    free: [f64; 4],
}

impl Fleet for SharedQueue {
    #[inline]
    fn serve(&mut self, at: f64, _: usize, service: f64) -> f64 {
        let [first, b, c, d] = self.free;
        let answered = first.max(at) + service;
        // Put in its place among the other three, without a branch.
        self.free =
            [answered.min(b), answered.max(b).min(c), answered.max(c).min(d), answered.max(d)];
        answered
    }
}

/// A queue at each instance; the instance with the fewest requests in flight takes the next.
#[derive(Clone, Default)]
pub struct LeastOutstanding {
    instances: [Ring; 4],
}

/// The answers to come of one instance, in a ring: it is first come, first served, so they are in order.
#[derive(Clone)]
struct Ring {
    answers: [f64; RING],
    head: usize,
    tail: usize,
    free: f64,
}

/// More than ever are in flight at an instance of workload W.
const RING: usize = 64;

impl Default for Ring {
    fn default() -> Self {
        Self { answers: [f64::INFINITY; RING], head: 0, tail: 0, free: 0.0 }
    }
}

impl Fleet for LeastOutstanding {
    #[inline]
    fn serve(&mut self, at: f64, place: usize, service: f64) -> f64 {
        for ring in &mut self.instances {
            while ring.head != ring.tail && ring.answers[ring.head % RING] <= at {
                ring.head += 1;
            }
        }
        // Beginning at `place` breaks ties by luck.
        let mut least = place;
        for step in 1..4 {
            let other = (place + step) % 4;
            if self.instances[other].in_flight() < self.instances[least].in_flight() {
                least = other;
            }
        }
        let ring = &mut self.instances[least];
        assert!(ring.in_flight() < RING, "a queue of workload W has outgrown its ring");
        ring.free = ring.free.max(at) + service;
        ring.answers[ring.tail % RING] = ring.free;
        ring.tail += 1;
        ring.free
    }
}

impl Ring {
    #[inline]
    fn in_flight(&self) -> usize {
        self.tail - self.head
    }
}
