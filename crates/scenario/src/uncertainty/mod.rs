//! What a tuning does not know exactly, and therefore varies from replication to replication.
//!
//! - **Models** that a scenario's numbers are estimates: the policy that is best for one traffic alone may do
//!   badly at another. Each replication has values of its own, uniform between the two ends of each range and
//!   independent of each other.
//! - **Draws** depend on the seed, the replication and the key's path alone: the first value of the
//!   replication's [`Uncertain`](crate::random::stream::Purpose::Uncertain) stream and a hash of the path
//!   make the draw. So neither another key nor the order of the keys changes it.
//! - **Sound**: all ends, alone and together, and the draws of the first replications are checked before
//!   anything is simulated. Should a rule forbid a later draw in between, the nearest ends take its place.
//! - **Not modelled**: dependence between the keys.

mod check;
mod draw;
mod ends;
mod read;
mod replica;

use super::error::Misfit;
use super::load::Loaded;
use super::spec::Scenario;
use super::strategy::RawStrategy;
use super::tune::{Replicated, Uncertain};
use crate::random::stream::Streams;
use draw::Draws;
use read::traffic_share;
pub(super) use read::{Range, TRAFFIC, ranges, two_ends};
use replica::Replica;
use std::borrow::Cow;
use std::sync::Arc;

/// How far the traffic may be off if the file does not say: a week is rarely as the one before.
const USUAL_TRAFFIC: f64 = 0.25;

/// What varies from replication to replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Uncertainty {
    /// How far the traffic may be from what the scenario says, of that, 0 to below 1.
    traffic: f64,
    keys: Vec<Uncertain>,
    /// The keys of the file that vary, if any do.
    others: Option<Arc<Replica>>,
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
        Self { traffic: share, keys, others: None }
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
        let draws = Draws::new(&Streams::new(scenario.experiment.seed, replication));
        let (mut scenario, mut places) = match &self.others {
            Some(others) => others.drawn(scenario, draws),
            None => (Cow::Borrowed(scenario), Vec::new()),
        };
        if self.traffic > 0.0 {
            let place = draws.place(TRAFFIC);
            let factor = 1.0 + self.traffic * (2.0 * place - 1.0);
            let arrivals = scenario.arrivals.scaled(factor);
            scenario.to_mut().arrivals = arrivals;
            places.insert(0, place);
        }
        Replicated { scenario, places }
    }
}

/// What of a scenario is uncertain, whose variants `strategies` are the strategies of `scenario`.
///
/// # Errors
/// Every end at which the scenario is none, or is another one to tune.
pub(super) fn uncertainty(
    loaded: &Loaded,
    strategies: &[RawStrategy],
    scenario: &Scenario,
    warnings: &mut Vec<String>,
) -> Result<Uncertainty, Vec<Misfit>> {
    let traffic = match traffic_share(loaded.written.tune.as_ref()) {
        Some(share) => share,
        None if scenario.arrivals.can_be_scaled() => USUAL_TRAFFIC,
        None => {
            warnings.push(
                "the traffic is the same in every replication: a trace of single requests can be neither \
                 more nor less than it is"
                    .to_owned(),
            );
            0.0
        }
    };
    let mut uncertainty = Uncertainty::of_traffic(traffic);
    if !loaded.uncertain.is_empty() {
        let replica = Replica::new(loaded, strategies);
        check::check(&replica, scenario)?;
        uncertainty.keys.extend(loaded.uncertain.iter().map(Uncertain::from));
        uncertainty.others = Some(Arc::new(replica));
    }
    Ok(uncertainty)
}

impl From<&Range> for Uncertain {
    fn from(range: &Range) -> Self {
        let [low, high] = range.written.clone();
        Self { key: range.place.to_string(), low, high }
    }
}

/// A share as people write it.
fn percent(share: f64) -> String {
    // Rounded, because a hundred times 0.07 is not 7.
    format!("{}%", (share * 1e12).round() / 1e10)
}
