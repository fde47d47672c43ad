//! What a fleet looks like from outside: how it behaves, and which of its instances are still cold.

use super::Fleet;
use crate::endpoint::behaviour::Behaviour;
use crate::time::{SimDuration, SimTime};

/// Instances that began to take traffic together and are still cold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColdGroup {
    /// Their share of the active instances, 0 to 1.
    pub share: f64,
    /// Factors on service times at the two instants asked for.
    pub factors: [f64; 2],
}

impl Fleet<'_> {
    /// How it behaves.
    pub fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// Its active instances that are cold at the first instant, by age; the others are warm.
    pub fn cold_groups(&self, [from, until]: [SimTime; 2]) -> Vec<ColdGroup> {
        let Some(cold) = self.model.cold_start else { return Vec::new() };
        let active = self.serving_since.iter().take(self.active as usize).flatten();
        let mut begun: Vec<SimTime> =
            active.copied().filter(|&since| since + cold.lasts > from).collect();
        begun.sort_unstable();
        let groups = begun.chunk_by(|a, b| a == b).map(|group| {
            let factors = [from, until].map(|at| cold.factor_at(at.since(group[0])));
            ColdGroup { share: count(group.len()) / f64::from(self.active), factors }
        });
        groups.collect()
    }

    /// How long an instance takes to get warm, if it starts cold.
    pub fn warms_over(&self) -> Option<SimDuration> {
        self.model.cold_start.map(|cold| cold.lasts)
    }

    /// When the next of its cold instances is warm.
    pub fn next_warm(&self, now: SimTime) -> Option<SimTime> {
        let lasts = self.model.cold_start?.lasts;
        let active = self.serving_since.iter().take(self.active as usize).flatten();
        active.map(|&since| since + lasts).filter(|&warm| warm > now).min()
    }
}

#[expect(clippy::cast_precision_loss, reason = "instances are counted in thousands at most")]
fn count(instances: usize) -> f64 {
    instances as f64
}
