//! What a run costs.
//!
//! Every instance is billed from its launch until it is terminated, whatever its traffic: provisioning,
//! switches, waits and clean-up included.
//!
//! ```text
//! cost = Σ fleets  price · ∫ instances alive dt,   extra = cost − blue instances · horizon · blue price
//! ```
//!
//! | rollout | what is paid beyond one fleet |
//! |---|---|
//! | blue/green with stages or a bake | green from the request, blue until cleaned up; a failed one green |
//! | a single switch without a bake | nothing: green is billed from when blue is gone |
//! | rolling | about a batch while it lasts, and in a rollback the instances that are launched again |
//! | shadow | the shadow fleet while it exists |
//!
//! The alarms of a strategy, and the custom metrics that they watch, are billed by the hour from t = 0 to the
//! horizon if the scenario asks for it; they belong to the deployment, so they are extra cost.
//!
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html>
//! ("Important" box), <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html>.

use crate::endpoint::spec::EndpointSpec;
use crate::time::{SimDuration, SimTime};

/// How many instances of a fleet were alive when, from t = 0 on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alive {
    /// In order of time; each count holds until the next.
    changes: Vec<(SimTime, u32)>,
}

/// The bill of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bill {
    /// Instance-hours of blue.
    pub blue_instance_hours: f64,
    /// Instance-hours of green.
    pub green_instance_hours: f64,
    /// Both fleets were up for so long \[s\].
    pub both_fleets_s: f64,
    /// USD; `None` if a price is not known.
    pub cost: Option<f64>,
    /// USD above not deploying; `None` likewise.
    pub extra_cost: Option<f64>,
}

impl Alive {
    /// So many from t = 0 on.
    pub fn new(count: u32) -> Self {
        Self { changes: vec![(SimTime::ZERO, count)] }
    }

    /// None before `at`, and so many from then on.
    pub fn only_from(at: SimTime, count: u32) -> Self {
        Self { changes: vec![(SimTime::ZERO, 0), (at, count)] }
    }

    /// How many there are after the last change.
    pub fn count(&self) -> u32 {
        self.changes.last().map_or(0, |&(_, count)| count)
    }

    /// There are `count` from `at` on, which is not before the last change.
    pub fn change(&mut self, at: SimTime, count: u32) {
        self.changes.push((at, count));
    }

    /// When the last of them was gone, if that was before `horizon`.
    pub fn gone_at(&self, horizon: SimTime) -> Option<SimTime> {
        self.changes.last().filter(|&&(at, count)| count == 0 && at < horizon).map(|&(at, _)| at)
    }

    fn at(&self, now: SimTime) -> u32 {
        let before = self.changes.partition_point(|&(at, _)| at <= now);
        before.checked_sub(1).map_or(0, |last| self.changes[last].1)
    }

    fn hours(&self, horizon: SimTime) -> f64 {
        let ends = self.changes.iter().skip(1).map(|&(at, _)| at).chain([horizon]);
        let spans = self.changes.iter().zip(ends);
        spans
            .map(|(&(from, count), until)| {
                let (from, until) = (from.min(horizon), until.min(horizon));
                f64::from(count) * until.since(from).as_hours_f64()
            })
            .sum()
    }
}

impl Bill {
    /// The bill of an endpoint whose instances lived so, up to the horizon.
    pub fn new(endpoint: &EndpointSpec, blue: &Alive, green: &Alive, horizon: SimTime) -> Self {
        let blue_instance_hours = blue.hours(horizon);
        let green_instance_hours = green.hours(horizon);
        let blue_price = endpoint.blue.price_per_hour;
        let undeployed_hours = Alive::new(endpoint.blue.instances).hours(horizon);
        let prices = blue_price.zip(endpoint.green.price_per_hour);
        let cost =
            prices.map(|(blue, green)| blue_instance_hours * blue + green_instance_hours * green);
        let undeployed = blue_price.map(|blue| undeployed_hours * blue);
        Self {
            blue_instance_hours,
            green_instance_hours,
            both_fleets_s: both_alive(blue, green, horizon).as_secs_f64(),
            cost,
            extra_cost: cost.zip(undeployed).map(|(cost, undeployed)| cost - undeployed),
        }
    }

    /// With so much more to pay \[USD\], if that is known.
    #[must_use]
    pub fn plus(self, usd: Option<f64>) -> Self {
        let more = |cost: Option<f64>| cost.zip(usd).map(|(cost, usd)| cost + usd);
        Self { cost: more(self.cost), extra_cost: more(self.extra_cost), ..self }
    }
}

/// The most instances of both fleets together at any time up to the horizon.
pub fn peak(blue: &Alive, green: &Alive, horizon: SimTime) -> u32 {
    let counts = instants(blue, green, horizon).into_iter().map(|at| blue.at(at) + green.at(at));
    counts.max().unwrap_or(0)
}

fn both_alive(blue: &Alive, green: &Alive, horizon: SimTime) -> SimDuration {
    let instants = instants(blue, green, horizon);
    let ends = instants.iter().skip(1).copied().chain([horizon]);
    instants
        .iter()
        .zip(ends)
        .filter(|&(&from, _)| blue.at(from) > 0 && green.at(from) > 0)
        .map(|(&from, until)| until.since(from))
        .sum()
}

/// When either count changed, in order, up to the horizon.
fn instants(blue: &Alive, green: &Alive, horizon: SimTime) -> Vec<SimTime> {
    let changes = blue.changes.iter().chain(&green.changes);
    let mut instants: Vec<SimTime> =
        changes.map(|&(at, _)| at).filter(|&at| at < horizon).collect();
    instants.sort_unstable();
    instants.dedup();
    instants
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::spec::{Capacity, FleetSpec, Mode, Routing, RoutingScope, ShiftBy};

    fn endpoint() -> EndpointSpec {
        let fleet = |price_per_hour| FleetSpec {
            instances: 10,
            concurrency: 1,
            price_per_hour: Some(price_per_hour),
        };
        EndpointSpec {
            mode: Mode::RealTime,
            features: Vec::new(),
            blue: fleet(1.0),
            green: fleet(2.0),
            capacity: Capacity::Unlimited,
            routing: Routing::Random,
            routing_scope: RoutingScope::Fleet,
            timeout: None,
            provision: SimDuration::ZERO,
            switch: SimDuration::ZERO,
            rollback_switch: SimDuration::ZERO,
            termination_wait: SimDuration::ZERO,
            clean_up: SimDuration::ZERO,
            shift_by: ShiftBy::Instances,
            instance_quota: None,
        }
    }

    fn at(seconds: f64) -> SimTime {
        SimTime::from_secs_f64(seconds)
    }

    fn assert_close(found: Option<f64>, expected: f64) {
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12), "{found:?}");
    }

    fn alive(changes: &[(f64, u32)]) -> Alive {
        Alive { changes: changes.iter().map(|&(seconds, count)| (at(seconds), count)).collect() }
    }

    #[test]
    fn a_promotion_pays_both_fleets_until_blue_is_gone() {
        let blue = alive(&[(0.0, 10), (900.0, 0)]);
        let green = alive(&[(0.0, 0), (0.0, 10)]);
        let bill = Bill::new(&endpoint(), &blue, &green, at(3600.0));
        assert!((bill.blue_instance_hours - 2.5).abs() < 1e-12);
        assert!((bill.green_instance_hours - 10.0).abs() < 1e-12);
        assert!((bill.both_fleets_s - 900.0).abs() < 1e-9);
        assert_close(bill.cost, 22.5);
        assert_close(bill.extra_cost, 12.5);
        assert_eq!(peak(&blue, &green, at(3600.0)), 20);
    }

    #[test]
    fn what_is_paid_besides_is_extra() {
        let one = Alive::new(10);
        let bill = Bill::new(&endpoint(), &one, &Alive::new(0), at(3600.0));
        let more = bill.plus(Some(0.25));
        assert_close(more.cost, 10.25);
        assert_close(more.extra_cost, 0.25);
        assert!((more.blue_instance_hours - bill.blue_instance_hours).abs() < 1e-12);
    }

    #[test]
    fn hours_are_counted_where_a_price_is_not_known() {
        let mut unpriced = endpoint();
        unpriced.green.price_per_hour = None;
        let bill = Bill::new(&unpriced, &Alive::new(10), &Alive::new(0), at(3600.0));
        assert!((bill.blue_instance_hours - 10.0).abs() < 1e-12);
        assert_eq!((bill.cost, bill.plus(Some(1.0)).extra_cost), (None, None));
        let priced = Bill::new(&endpoint(), &Alive::new(10), &Alive::new(0), at(3600.0));
        assert_eq!(priced.plus(None).cost, None);
    }

    #[test]
    fn what_lies_beyond_the_horizon_is_not_billed() {
        let (blue, green) = (alive(&[(0.0, 10)]), Alive::only_from(at(5000.0), 10));
        let bill = Bill::new(&endpoint(), &blue, &green, at(3600.0));
        assert!(bill.green_instance_hours.abs() < 1e-12);
        assert_close(bill.extra_cost, 0.0);
        assert!(bill.both_fleets_s.abs() < 1e-12);
        assert_eq!(peak(&blue, &green, at(3600.0)), 10);
    }

    #[test]
    fn batches_are_paid_while_they_live() {
        // Two batches of five; the old ones are gone 600 s after the new ones were launched.
        let blue = alive(&[(0.0, 10), (600.0, 5), (1200.0, 0)]);
        let green = alive(&[(0.0, 5), (600.0, 10)]);
        let bill = Bill::new(&endpoint(), &blue, &green, at(1800.0));
        assert!((bill.blue_instance_hours - (10.0 + 5.0) / 6.0).abs() < 1e-12);
        assert!((bill.green_instance_hours - (5.0 + 20.0) / 6.0).abs() < 1e-12);
        assert!((bill.both_fleets_s - 1200.0).abs() < 1e-9);
        assert_eq!(peak(&blue, &green, at(1800.0)), 15);
        assert_eq!(blue.gone_at(at(1800.0)), Some(at(1200.0)));
        assert_eq!(blue.gone_at(at(1200.0)), None);
    }
}
