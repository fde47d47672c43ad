//! Which incidents may be under way at one time, and how bad they are together.

use crate::endpoint::incident::{IncidentSpec, Spread};
use crate::endpoint::steady::nanos;
use crate::scenario::Scenario;
use crate::stats::poisson::Poisson;
use crate::time::{SimDuration, SimTime};

/// More incidents of a kind at once are left out if fewer runs than this have any.
const RARE: f64 = 0.01;

/// So many incidents of a kind at once, at most.
const MOST_AT_ONCE: u32 = 1000;

/// An incident of exponential length is over after so many mean lengths but for one in a thousand.
const LONG: i64 = 7;

/// A set of incidents that may be under way together, each of its effects taken at its worst.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Surroundings {
    /// Of the incidents that matter here, one after the other.
    pub(super) names: Vec<String>,
    /// Multiplies the traffic, at least 1.
    pub(super) traffic: f64,
    /// Multiplies service times: with all that make them shorter, and with all that make them longer.
    pub(super) factors: [f64; 2],
    /// Is added to service times \[s\].
    pub(super) later_s: f64,
    /// The probability that a request fails because of it.
    pub(super) fails: f64,
}

/// Every set that no other one contains: at the beginning of each incident whose time is known those of
/// known time that are under way then, and always all whose time is random.
pub(super) fn surroundings(scenario: &Scenario) -> Vec<Surroundings> {
    let (start, end) = (scenario.start(), scenario.end());
    let ends = |incident: &IncidentSpec, from: SimTime| match incident.spread {
        Spread::Fixed => from + incident.lasts,
        Spread::Exponential => {
            from + SimDuration::from_nanos(incident.lasts.as_nanos().saturating_mul(LONG))
        }
    };
    let is_felt =
        |incident: &IncidentSpec, from: SimTime| from < end && ends(incident, from) > start;
    let begins = scenario.incidents.iter().flat_map(|incident| {
        incident.at.iter().copied().filter(move |&from| is_felt(incident, from))
    });
    let mut sets: Vec<Surroundings> = Vec::new();
    for now in [None].into_iter().chain(begins.map(Some)) {
        let mut set = Surroundings::nothing();
        for incident in &scenario.incidents {
            let under_way = incident
                .at
                .iter()
                .filter(|&&from| now.is_some_and(|now| from <= now && now < ends(incident, from)));
            let certain = u32::try_from(under_way.count()).unwrap_or(u32::MAX);
            set.add(incident, certain.saturating_add(at_once(incident, scenario)));
        }
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    sets
}

/// How many incidents of random time may be under way at once: where more are, they are in one run in a
/// hundred. Their number is Poisson wherever one begins.
fn at_once(incident: &IncidentSpec, scenario: &Scenario) -> u32 {
    if incident.rate_per_day <= 0.0 {
        return 0;
    }
    let days = |time: SimDuration| time.as_secs_f64() / 86_400.0;
    let begin = incident.rate_per_day * days(scenario.end().since(scenario.start()));
    let under_way = Poisson::new(incident.rate_per_day * days(incident.lasts));
    let more_than = |number: u32| under_way.as_ref().map_or(1.0, |law| law.above(number.into()));
    // One that begins while `number` others are under way makes more than `number`.
    (1..MOST_AT_ONCE).find(|&number| begin * more_than(number - 1) <= RARE).unwrap_or(MOST_AT_ONCE)
}

impl Surroundings {
    fn nothing() -> Self {
        Self { names: Vec::new(), traffic: 1.0, factors: [1.0; 2], later_s: 0.0, fails: 0.0 }
    }

    fn add(&mut self, incident: &IncidentSpec, times: u32) {
        if times == 0 {
            return;
        }
        let power = f64::from(times);
        self.traffic *= incident.traffic_factor.max(1.0).powf(power);
        self.factors[0] *= incident.latency_factor.min(1.0).powf(power);
        self.factors[1] *= incident.latency_factor.max(1.0).powf(power);
        self.later_s += power * nanos(incident.latency_shift) / 1e9;
        let passes = (1.0 - incident.errors_5xx) * (1.0 - incident.errors_4xx);
        self.fails = 1.0 - (1.0 - self.fails) * passes.powf(power);
        let burdens = incident.traffic_factor > 1.0
            || incident.latency_factor > 1.0
            || !incident.latency_shift.is_zero();
        if burdens {
            let name = &incident.name;
            self.names.push(if times > 1 { format!("{times} × {name}") } else { name.clone() });
        }
    }

    /// Where these incidents are named, as the end of a place.
    pub(super) fn during(&self) -> String {
        if self.names.is_empty() { String::new() } else { format!(", {}", self.names.join(" + ")) }
    }
}
