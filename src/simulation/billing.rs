//! What a run costs.
//!
//! Both fleets of a blue/green update are billed whatever their traffic: green from the request of the
//! update, blue until it is terminated; provisioning, switches, waits and clean-up included. A single
//! switch without a bake is billed for one fleet only, so green is billed from when blue's bill ends.
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html>
//! ("Important" box).
//!
//! ```text
//! cost = Σ fleets  instances · hours · price,   extra = cost − blue instances · horizon · blue price
//! ```

use crate::endpoint::spec::{EndpointSpec, FleetSpec};
use crate::time::SimTime;

/// From when to when each fleet is billed, within t = 0 to the horizon.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// When blue is gone.
    pub blue_until: SimTime,
    /// When green is first billed.
    pub green_from: SimTime,
    /// When green is gone.
    pub green_until: SimTime,
    /// The horizon.
    pub horizon: SimTime,
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
    /// USD.
    pub cost: f64,
    /// USD above not deploying.
    pub extra_cost: f64,
}

impl Bill {
    /// The bill of an endpoint whose fleets lived so long.
    pub fn new(endpoint: &EndpointSpec, lifetimes: &Lifetimes) -> Self {
        let horizon = lifetimes.horizon;
        let blue_until = lifetimes.blue_until.min(horizon);
        let green_from = lifetimes.green_from.min(horizon);
        let green_until = lifetimes.green_until.clamp(green_from, horizon);
        let blue_instance_hours = hours(&endpoint.blue, SimTime::ZERO, blue_until);
        let green_instance_hours = hours(&endpoint.green, green_from, green_until);
        let both_from = green_from;
        let both_until = blue_until.min(green_until).max(both_from);
        let blue_price = endpoint.blue.price_per_hour;
        let cost =
            blue_instance_hours * blue_price + green_instance_hours * endpoint.green.price_per_hour;
        let undeployed = hours(&endpoint.blue, SimTime::ZERO, horizon) * blue_price;
        Self {
            blue_instance_hours,
            green_instance_hours,
            both_fleets_s: both_until.since(both_from).as_secs_f64(),
            cost,
            extra_cost: cost - undeployed,
        }
    }
}

fn hours(fleet: &FleetSpec, from: SimTime, until: SimTime) -> f64 {
    f64::from(fleet.instances) * until.since(from).as_hours_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::spec::{Capacity, Mode, Routing, ShiftBy};
    use crate::time::SimDuration;

    fn endpoint() -> EndpointSpec {
        let fleet = |price_per_hour| FleetSpec { instances: 10, concurrency: 1, price_per_hour };
        EndpointSpec {
            mode: Mode::RealTime,
            blue: fleet(1.0),
            green: fleet(2.0),
            capacity: Capacity::Unlimited,
            routing: Routing::Random,
            timeout: None,
            provision: SimDuration::ZERO,
            switch: SimDuration::ZERO,
            rollback_switch: SimDuration::ZERO,
            termination_wait: SimDuration::ZERO,
            clean_up: SimDuration::ZERO,
            shift_by: ShiftBy::Instances,
        }
    }

    fn at(seconds: f64) -> SimTime {
        SimTime::from_secs_f64(seconds)
    }

    #[test]
    fn a_promotion_pays_both_fleets_until_blue_is_gone() {
        let lifetimes = Lifetimes {
            blue_until: at(900.0),
            green_from: at(0.0),
            green_until: SimTime::NEVER,
            horizon: at(3600.0),
        };
        let bill = Bill::new(&endpoint(), &lifetimes);
        assert!((bill.blue_instance_hours - 2.5).abs() < 1e-12);
        assert!((bill.green_instance_hours - 10.0).abs() < 1e-12);
        assert!((bill.both_fleets_s - 900.0).abs() < 1e-9);
        assert!((bill.cost - 22.5).abs() < 1e-12);
        assert!((bill.extra_cost - 12.5).abs() < 1e-12);
    }

    #[test]
    fn what_lies_beyond_the_horizon_is_not_billed() {
        let lifetimes = Lifetimes {
            blue_until: SimTime::NEVER,
            green_from: at(5000.0),
            green_until: SimTime::NEVER,
            horizon: at(3600.0),
        };
        let bill = Bill::new(&endpoint(), &lifetimes);
        assert!(bill.green_instance_hours.abs() < 1e-12);
        assert!(bill.extra_cost.abs() < 1e-12);
        assert!(bill.both_fleets_s.abs() < 1e-12);
    }
}
