//! One first-come-first-served queue before c servers.
//!
//! A FIFO queue needs no events: the server that becomes free first takes the next request, so a
//! request's start is known as it arrives (Kiefer & Wolfowitz 1955): start = max(arrival, earliest free
//! time). The workload vector, the sorted free times of the servers, is all the state there is.

use crate::time::{SimDuration, SimTime};
use std::collections::VecDeque;

/// Up to so many servers it is quicker to compare with each than to look for the place.
const BUBBLED_SERVERS: usize = 16;

/// A queue before one or more servers.
#[derive(Clone, Debug)]
pub struct Station {
    /// When each server becomes free, ascending.
    free_at: Vec<SimTime>,
    /// When each waiting request leaves the queue, ascending; kept only if waiting places are limited.
    leaves_at: VecDeque<SimTime>,
    limit: Option<u32>,
}

/// What became of a request at a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It was served from `start` to `finish`.
    Served {
        /// When service began.
        start: SimTime,
        /// When the server was free again.
        finish: SimTime,
    },
    /// It gave up waiting; the servers never saw it.
    GaveUp,
    /// It found no waiting place.
    Rejected,
}

impl Station {
    /// A station of `servers` free servers with `limit` waiting places.
    pub fn new(servers: usize, limit: Option<u32>, now: SimTime) -> Self {
        Self { free_at: vec![now; servers], leaves_at: VecDeque::new(), limit }
    }

    /// Admits a request that arrives at `at`, needs `service`, and leaves unserved if it would wait for
    /// as long as `patience`.
    #[expect(clippy::inline_always, reason = "measured: part of the innermost loop")]
    #[inline(always)]
    pub fn admit(&mut self, at: SimTime, service: SimDuration, patience: SimDuration) -> Admission {
        let Some(&first_free) = self.free_at.first() else { return Admission::Rejected };
        // No branch on whether the request waits: it could not be predicted.
        let start = first_free.max(at);
        if let Some(limit) = self.limit
            && !self.wait_in(limit, at, start.min(at + patience))
        {
            return Admission::Rejected;
        }
        if start.since(at) >= patience {
            return Admission::GaveUp;
        }
        let finish = start + service;
        self.occupy(finish);
        Admission::Served { start, finish }
    }

    /// Share of the servers that are busy, or spoken for by requests that wait, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "servers are counted in thousands at most")]
    pub fn utilisation(&self, at: SimTime) -> f64 {
        let busy = self.free_at.len() - self.free_at.partition_point(|&free| free <= at);
        busy as f64 / self.free_at.len().max(1) as f64
    }

    /// Changes the number of servers. Those that leave are the ones that become free first; requests
    /// already queued keep the start they were given.
    pub fn resize(&mut self, servers: usize, now: SimTime) {
        let present = self.free_at.len();
        if servers < present {
            self.free_at.drain(..present - servers);
        }
        for _ in present..servers {
            let position = self.free_at.partition_point(|&free| free <= now);
            self.free_at.insert(position, now);
        }
    }

    /// All servers are free and nobody waits: the instance is a new one.
    pub fn renew(&mut self, now: SimTime) {
        self.free_at.fill(now);
        self.leaves_at.clear();
    }

    /// Whether both admit alike from `now` on, whatever comes. Nothing has been admitted after `now`.
    pub fn serves_like(&self, other: &Self, now: SimTime) -> bool {
        let free_at = |station: &Self| -> Vec<SimTime> {
            // It makes no difference how long a server has been free.
            station.free_at.iter().map(|&free| free.max(now)).collect()
        };
        let waits = |station: &Self| station.leaves_at.partition_point(|&leaves| leaves <= now);
        self.limit == other.limit
            && free_at(self) == free_at(other)
            && self.leaves_at.iter().skip(waits(self)).eq(other.leaves_at.iter().skip(waits(other)))
    }

    /// Replaces the earliest free time.
    #[inline]
    fn occupy(&mut self, until: SimTime) {
        let servers = &mut self.free_at;
        if servers.len() <= BUBBLED_SERVERS {
            // Bubbles the new time up through every place: no branch to mispredict.
            let mut rest = until;
            for place in 1..servers.len() {
                let next = servers[place];
                servers[place - 1] = rest.min(next);
                rest = rest.max(next);
            }
            if let Some(last) = servers.last_mut() {
                *last = rest;
            }
        } else {
            let place = servers.partition_point(|&free| free < until);
            servers.copy_within(1..place, 0);
            servers[place - 1] = until;
        }
    }

    /// Takes a waiting place until `leaves`, if the request has to wait; says whether it could.
    #[cold]
    fn wait_in(&mut self, limit: u32, at: SimTime, leaves: SimTime) -> bool {
        if leaves <= at {
            return true;
        }
        while self.leaves_at.front().is_some_and(|&leaves| leaves <= at) {
            self.leaves_at.pop_front();
        }
        let has_place = self.leaves_at.len() < limit as usize;
        if has_place {
            // The last but where servers were added: who waited before keeps the start it was given.
            let place = self.leaves_at.partition_point(|&other| other <= leaves);
            self.leaves_at.insert(place, leaves);
        }
        has_place
    }
}

#[cfg(test)]
mod tests;
