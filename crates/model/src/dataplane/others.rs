//! Challengers besides green, each with its own fleet.

use crate::dataplane::tally::Timing;
use crate::endpoint::fleet::{Answer, Fate, Fleet, Request};
use crate::endpoint::model::ModelSpec;
use crate::time::SimTime;

/// The other challengers, in order.
#[derive(Clone, Debug)]
pub struct Others<'s> {
    /// One for each.
    pub lanes: Vec<Lane<'s>>,
}

/// One challenger.
#[derive(Clone, Debug)]
pub struct Lane<'s> {
    /// Its fleet.
    pub fleet: Fleet<'s>,
    /// Its model.
    pub model: &'s ModelSpec,
    /// Its share of the live traffic.
    pub share: f64,
    /// Waiting and response times.
    pub timing: Timing,
}

impl Others<'_> {
    /// A challenger's probabilities of a 4xx and a 5xx for a request that arrives at `at`.
    pub fn errors_at(&self, index: usize, at: SimTime) -> [f64; 2] {
        self.lanes.get(index).map_or([0.0; 2], |lane| lane.fleet.errors_at(at))
    }

    /// Serves a request whose place in the routing lies `beyond` green's share, if it is one of theirs.
    pub fn serve(
        &mut self,
        mut beyond: f64,
        request: &Request,
        is_timing: bool,
    ) -> Option<(usize, Answer)> {
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            if beyond < lane.share {
                let base_ns = lane.model.latency.at(request.normal, request.branch);
                let answer = lane.fleet.serve(&Request { base_ns, ..*request });
                if is_timing && answer.fate != Fate::Rejected {
                    lane.timing.add(answer.wait, answer.response);
                }
                return Some((index, answer));
            }
            beyond -= lane.share;
        }
        None
    }
}
