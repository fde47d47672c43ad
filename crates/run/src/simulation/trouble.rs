//! What strikes in a replication whatever was released: incidents, and clumps of errors.
//!
//! It is the same under every strategy and regression. What of it lies ahead of an instant can be drawn anew
//! given what has happened before ([`Trouble::renewed`]); splitting lives on that.

use crate::endpoint::incident::IncidentSpec;
use crate::random::arrival::Surge;
use crate::random::stream::Streams;
use crate::scenario::Scenario;
use crate::time::SimTime;

mod clumps;
mod incidents;

pub use clumps::Clumps;
pub use incidents::IncidentSpan;

/// Blue's number among the fleets.
pub const BLUE: usize = 0;
/// Green's.
pub const GREEN: usize = 1;
/// That of the first challenger beside green.
pub const OTHERS: usize = 2;

/// The trouble of a replication.
#[derive(Clone, Debug)]
pub struct Trouble<'s> {
    /// In order of their beginning.
    pub incidents: Vec<IncidentSpan<'s>>,
    /// Of errors.
    pub clumps: Clumps,
}

impl<'s> Trouble<'s> {
    /// The trouble of the replication that `streams` belong to; at `minute` a minute of the wall clock
    /// begins, and everything longer.
    pub fn new(scenario: &'s Scenario, minute: SimTime, streams: &Streams) -> Self {
        Self {
            incidents: incidents::drawn(scenario, streams),
            clumps: Clumps::new(scenario, minute, streams),
        }
    }

    /// The same up to `now`, and what may come after it with the luck of `streams`.
    pub fn renewed(&self, scenario: &'s Scenario, now: SimTime, streams: &Streams) -> Self {
        Self {
            incidents: incidents::renewed(&self.incidents, scenario, now, streams),
            clumps: self.clumps.renewed(scenario, now, streams),
        }
    }

    /// Whether there may be any.
    pub fn can_come(&self, scenario: &Scenario) -> bool {
        !scenario.incidents.is_empty() || self.clumps.can_come()
    }

    /// The incidents under way at `now`.
    pub fn incidents_at(&self, now: SimTime) -> Vec<&'s IncidentSpec> {
        let under_way = self.incidents.iter().filter(|span| span.from <= now && now < span.until);
        under_way.map(|span| span.spec).collect()
    }

    /// The first beginning or end of an incident after `now`.
    pub fn next_incident_change(&self, now: SimTime) -> Option<SimTime> {
        let changes = self.incidents.iter().flat_map(|span| [span.from, span.until]);
        changes.filter(|&change| change > now).min()
    }

    /// Changes of the arrival rate.
    pub fn surges(&self) -> Vec<Surge> {
        let surging = self.incidents.iter().filter(|span| span.spec.is_surge());
        surging
            .map(|span| Surge {
                from: span.from,
                until: span.until,
                factor: span.spec.traffic_factor,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
