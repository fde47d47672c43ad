//! The endpoint: fleets, queues, prices.

use super::report::Report;
use super::rules;
use crate::endpoint::spec::{Capacity, EndpointSpec, FleetSpec};
use crate::scenario::prices::{DEFAULT_INSTANCE_TYPE, Region};
use crate::scenario::raw::choice::{RawCapacity, RawQueue};
use crate::scenario::raw::endpoint::RawEndpoint;
use crate::scenario::suggest;

/// The most instances of a fleet, and the most places of an instance.
pub(super) const MOST: [u64; 2] = [1, 10_000];
const MOST_WAITING: u64 = 1_000_000_000;
/// \[USD per hour\]
pub(super) const DEAREST: f64 = 100_000.0;

pub(super) fn endpoint(raw: &mut RawEndpoint, report: &mut Report) -> EndpointSpec {
    let (blue, green) = fleets(raw, report);
    rules::quota(raw.instance_quota, raw.instances, report);
    EndpointSpec {
        blue,
        green,
        capacity: capacity(raw, report),
        routing: raw.routing.into(),
        timeout: timeout(raw, report),
        provision: raw.provision.0,
        switch: raw.switch.0,
        rollback_switch: raw.rollback_switch.get_or_insert(raw.switch).0,
        termination_wait: raw.termination_wait.0,
        clean_up: raw.clean_up.0,
        shift_by: raw.shift_by.into(),
        instance_quota: raw.instance_quota,
    }
}

fn fleets(raw: &mut RawEndpoint, report: &mut Report) -> (FleetSpec, FleetSpec) {
    report.count("endpoint.instances", raw.instances, MOST);
    report.count("endpoint.concurrency", raw.concurrency, MOST);
    if raw.price_per_hour.is_none() && raw.instance_type.is_none() {
        raw.instance_type = Some(DEFAULT_INSTANCE_TYPE.to_owned());
    }
    let region = Region::from(raw.region);
    let given = (raw.instance_type.as_deref(), raw.price_per_hour);
    let price = price("endpoint", given, region, report);
    raw.price_per_hour = Some(price);
    let blue =
        FleetSpec { instances: raw.instances, concurrency: raw.concurrency, price_per_hour: price };

    let green = &mut raw.green;
    if let Some(instances) = green.instances {
        report.count("endpoint.green.instances", instances, MOST);
    }
    if let Some(concurrency) = green.concurrency {
        report.count("endpoint.green.concurrency", concurrency, MOST);
    }
    let green_price = if green.instance_type.is_none() && green.price_per_hour.is_none() {
        green.instance_type.clone_from(&raw.instance_type);
        price
    } else {
        let given = (green.instance_type.as_deref(), green.price_per_hour);
        self::price("endpoint.green", given, region, report)
    };
    green.price_per_hour = Some(green_price);
    let green = FleetSpec {
        instances: *green.instances.get_or_insert(raw.instances),
        concurrency: *green.concurrency.get_or_insert(raw.concurrency),
        price_per_hour: green_price,
    };
    (blue, green)
}

/// The price as given, or else by the instance type.
fn price(
    table: &str,
    (instance_type, given): (Option<&str>, Option<f64>),
    region: Region,
    report: &mut Report,
) -> f64 {
    if let Some(price) = given {
        report.within(format!("{table}.price_per_hour"), price, [0.0, DEAREST]);
        return price;
    }
    let name = instance_type.unwrap_or(DEFAULT_INSTANCE_TYPE);
    if !report.sound("endpoint.region") {
        return 0.0;
    }
    region.usd_per_hour(name).unwrap_or_else(|| {
        let elsewhere = Region::ALL
            .into_iter()
            .find_map(|other| other.usd_per_hour(name).map(|price| (other, price)));
        let help = match elsewhere {
            Some((other, price)) => format!("give its `price_per_hour`; in {other} it is {price}"),
            None => {
                let near = known_like(name, &region.instance_types());
                format!("give its `price_per_hour` beside it; known types like it: {near}")
            }
        };
        let place =
            if region == Region::default() { String::new() } else { format!(" in {region}") };
        report.problem(
            format!("{table}.instance_type"),
            format!("no price is known for the instance type \"{name}\"{place}"),
            help,
        );
        0.0
    })
}

/// The known types of the same family, or else the nearest, or else all.
fn known_like(name: &str, known: &[&str]) -> String {
    let family = name.rsplit_once('.').map_or(name, |(family, _)| family);
    let mut like: Vec<&str> = known
        .iter()
        .copied()
        .filter(|known| known.rsplit_once('.').is_some_and(|(other, _)| other == family))
        .collect();
    if like.is_empty() {
        like.extend(suggest::nearest(name, known));
    }
    if like.is_empty() {
        like.extend(known);
    }
    like.join(", ")
}

fn capacity(raw: &mut RawEndpoint, report: &mut Report) -> Capacity {
    if raw.capacity == RawCapacity::Unlimited {
        for (key, given) in
            [("queue", raw.queue.is_some()), ("queue_limit", raw.queue_limit.is_some())]
        {
            if given {
                report.problem(
                    format!("endpoint.{key}"),
                    format!(
                        "`{key}` says how requests wait, but with unlimited capacity none does"
                    ),
                    format!("take out `{key}`, or `capacity = \"unlimited\"`"),
                );
            }
        }
        return Capacity::Unlimited;
    }
    if let Some(limit) = raw.queue_limit {
        report.count("endpoint.queue_limit", limit, [0, MOST_WAITING]);
    }
    let queue = *raw.queue.get_or_insert(RawQueue::default());
    Capacity::Queued { queue: queue.into(), limit: raw.queue_limit }
}

fn timeout(raw: &RawEndpoint, report: &mut Report) -> Option<crate::time::SimDuration> {
    let timeout = raw.timeout.0?;
    if timeout.is_zero() {
        report.problem(
            "endpoint.timeout",
            "`timeout` must be longer than zero",
            "write \"none\" to wait for ever",
        );
    }
    Some(timeout)
}
