//! What a tuning does not know exactly, and therefore varies from replication to replication.
//!
//! - **Models** that a scenario's numbers are estimates: the policy that is best for one traffic alone may do
//!   badly at another. Each replication has values of its own, uniform between the two ends of each range and
//!   independent of each other.
//! - **Draws** depend on the seed, the replication and the key's path alone: the first value of the
//!   replication's [`Purpose::Uncertain`] stream and a hash of the path make the draw. So neither another key
//!   nor the order of the keys changes it.

mod draw;

use super::spec::Scenario;
use super::tune::{Replicated, Uncertain};
use crate::random::stream::Streams;
use draw::Draws;
use std::borrow::Cow;

/// How the traffic as a whole is called; no key of the file is.
const TRAFFIC: &str = "traffic.rate";

/// What varies from replication to replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Uncertainty {
    /// How far the traffic may be from what the scenario says, of that, 0 to below 1.
    traffic: f64,
    keys: Vec<Uncertain>,
}

impl Uncertainty {
    /// All is known exactly.
    pub fn none() -> Self {
        Self::default()
    }

    /// The traffic is known to this share of it, 0 to below 1, and all else exactly.
    pub fn of_traffic(share: f64) -> Self {
        let percent = percent(share);
        let traffic = Uncertain {
            key: TRAFFIC.to_owned(),
            low: format!("-{percent}"),
            high: format!("+{percent}"),
        };
        let keys = if share > 0.0 { vec![traffic] } else { Vec::new() };
        Self { traffic: share, keys }
    }

    /// The traffic as it varies, and all else as it is.
    #[must_use]
    pub fn of_traffic_alone(&self) -> Self {
        Self::of_traffic(self.traffic)
    }

    /// What varies, the traffic first.
    pub(super) fn keys(&self) -> &[Uncertain] {
        &self.keys
    }

    /// The replication of this number of `scenario`.
    pub(super) fn replicated<'a>(
        &self,
        scenario: &'a Scenario,
        replication: u64,
    ) -> Replicated<'a> {
        if self.keys.is_empty() {
            return Replicated { scenario: Cow::Borrowed(scenario), places: Vec::new() };
        }
        let draws = Draws::new(&Streams::new(scenario.experiment.seed, replication));
        let place = draws.place(TRAFFIC);
        let factor = 1.0 - self.traffic + 2.0 * self.traffic * place;
        let arrivals = scenario.arrivals.scaled(factor);
        let scenario = Cow::Owned(Scenario { arrivals, ..scenario.clone() });
        Replicated { scenario, places: vec![place] }
    }
}

/// A share as people write it.
fn percent(share: f64) -> String {
    // Rounded, because a hundred times 0.07 is not 7.
    format!("{}%", (share * 1e12).round() / 1e10)
}
