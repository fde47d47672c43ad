//! The endpoint: fleets, queues, prices.

use super::report::Report;
use super::rules;
use crate::endpoint::feature::Feature;
use crate::endpoint::spec::{
    AsyncSpec, Capacity, EndpointSpec, FleetSpec, Mode, QueueLayout, Routing, RoutingScope, ShiftBy,
};
use crate::prices::{DEFAULT_INSTANCE_TYPE, Region};
use crate::raw::choice::{RawCapacity, RawMode};
use crate::raw::endpoint::RawEndpoint;
use crate::strategy::limits::Limits;
use crate::time::SimDuration;

/// As AWS counts a month.
const HOURS_PER_MONTH: f64 = 730.0;

pub(super) fn endpoint(raw: &mut RawEndpoint, limits: Limits, report: &mut Report) -> EndpointSpec {
    let (blue, green) = fleets(raw, report);
    rules::quota(raw.instance_quota, raw.instances, report);
    EndpointSpec {
        mode: mode(raw, report),
        // A what-if has whatever SageMaker would leave out.
        features: features(raw, report).into_iter().filter(|_| limits.enforced).collect(),
        blue,
        green,
        capacity: capacity(raw, report),
        routing: raw.routing,
        routing_scope: routing_scope(raw, report),
        timeout: raw.timeout.0,
        provision: raw.provision,
        switch: raw.switch,
        rollback_switch: *raw.rollback_switch.get_or_insert(raw.switch),
        termination_wait: raw.termination_wait,
        clean_up: raw.clean_up,
        shift_by: raw.shift_by,
        instance_quota: raw.instance_quota,
    }
}

/// What it has for which SageMaker leaves something out, as written or by the instance types.
fn features(raw: &mut RawEndpoint, report: &mut Report) -> Vec<Feature> {
    for (index, feature) in raw.features.iter().enumerate() {
        if raw.features[..index].contains(feature) {
            let message = format!("the feature \"{feature}\" is listed twice");
            report.problem(format!("endpoint.features[{index}]"), message, "list it once");
        }
    }
    let mut types = [&raw.instance_type, &raw.green.instance_type].into_iter().flatten();
    if types.any(|name| Feature::is_inf1(name)) && !raw.features.contains(&Feature::Inf1) {
        raw.features.push(Feature::Inf1);
    }
    raw.features.clone()
}

fn mode(raw: &mut RawEndpoint, report: &mut Report) -> Mode {
    if raw.mode == RawMode::RealTime {
        let given = [
            ("processing_timeout", raw.processing_timeout.is_some()),
            ("request_ttl", raw.request_ttl.is_some()),
            ("oldest_request", raw.oldest_request.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            report.problem(
                format!("endpoint.{key}"),
                format!("`{key}` is of asynchronous endpoints, but this one is real-time"),
                format!("take out `{key}`, or add `mode = \"asynchronous\"`"),
            );
        }
        return Mode::RealTime;
    }
    let given = [
        ("capacity", raw.capacity.is_some()),
        ("queue", raw.queue.is_some()),
        ("queue_limit", raw.queue_limit.is_some()),
        ("routing", raw.routing != Routing::default()),
        ("routing_scope", raw.routing_scope.is_some()),
        ("shift_by", raw.shift_by != ShiftBy::default()),
    ];
    for (key, _) in given.into_iter().filter(|(_, given)| *given) {
        report.problem(
            format!("endpoint.{key}"),
            format!("`{key}` means nothing to an asynchronous endpoint: instances poll one queue"),
            format!("take out `{key}`, or `mode = \"asynchronous\"`"),
        );
    }
    if raw.concurrency.is_none() {
        report.problem(
            "endpoint",
            "an asynchronous endpoint needs `concurrency`: how many requests an instance takes at once",
            "give `concurrency = 1` if it works on one at a time",
        );
    }
    let (usual_timeout, usual_ttl) = (SimDuration::from_secs(900), SimDuration::from_secs(21_600));
    Mode::Asynchronous(AsyncSpec {
        processing_timeout: *raw.processing_timeout.get_or_insert(usual_timeout),
        request_ttl: *raw.request_ttl.get_or_insert(usual_ttl),
        oldest: raw.oldest_request.get_or_insert_default().to_owned(),
    })
}

fn fleets(raw: &mut RawEndpoint, report: &mut Report) -> (FleetSpec, FleetSpec) {
    if raw.price_per_hour.is_none() && raw.instance_type.is_none() {
        raw.instance_type = Some(DEFAULT_INSTANCE_TYPE.to_owned());
    }
    let region = raw.region;
    let own = (raw.instance_type.as_deref(), raw.price_per_hour);
    let price = price(own, region);
    raw.price_per_hour = price;
    let concurrency = raw.concurrency.unwrap_or(1);
    let blue = FleetSpec { instances: raw.instances, concurrency, price_per_hour: price };

    let green = &mut raw.green;
    if green.concurrency.is_some() {
        needs_concurrency("endpoint.green", "concurrency", raw.concurrency, report);
    }
    green.concurrency = green.concurrency.or(raw.concurrency);
    if green.instance_type.is_none() && green.price_per_hour.is_none() {
        green.instance_type.clone_from(&raw.instance_type);
        green.price_per_hour = price;
    } else {
        let own = (green.instance_type.as_deref(), green.price_per_hour);
        green.price_per_hour = self::price(own, region);
    }
    let green = FleetSpec {
        instances: *green.instances.get_or_insert(raw.instances),
        concurrency: green.concurrency.unwrap_or(1),
        price_per_hour: green.price_per_hour,
    };
    (blue, green)
}

/// The price as given, or else by the instance type, if that is known.
fn price((instance_type, given): (Option<&str>, Option<f64>), region: Region) -> Option<f64> {
    given.or_else(|| region.usd_per_hour(instance_type.unwrap_or(DEFAULT_INSTANCE_TYPE)))
}

/// What the alarms of a strategy cost \[USD per hour\].
pub(super) fn monitoring_usd_per_hour(raw: &RawEndpoint, alarms: usize) -> f64 {
    let Some(raw) = raw.monitoring.as_ref().filter(|_| alarms > 0) else { return 0.0 };
    let metrics = f64::from(raw.custom_metrics) * raw.custom_metric_price_per_month;
    let alarms = f64::from(u32::try_from(alarms).unwrap_or(u32::MAX)) * raw.alarm_price_per_month;
    (alarms + metrics) / HOURS_PER_MONTH
}

fn capacity(raw: &mut RawEndpoint, report: &mut Report) -> Capacity {
    if raw.mode == RawMode::Asynchronous {
        return Capacity::Unlimited;
    }
    let queues = [("queue", raw.queue.is_some()), ("queue_limit", raw.queue_limit.is_some())];
    let of_queues = queues.into_iter().filter(|(_, given)| *given).map(|(key, _)| key);
    let usual =
        if raw.concurrency.is_some() { RawCapacity::Queued } else { RawCapacity::Unlimited };
    let given = raw.capacity;
    match *raw.capacity.get_or_insert(usual) {
        RawCapacity::Unlimited => {
            for key in of_queues {
                if given.is_none() {
                    needs_concurrency("endpoint", key, raw.concurrency, report);
                    continue;
                }
                report.problem(
                    format!("endpoint.{key}"),
                    format!(
                        "`{key}` says how requests wait, but with unlimited capacity none does"
                    ),
                    format!("take out `{key}`, or `capacity = \"unlimited\"`"),
                );
            }
            return Capacity::Unlimited;
        }
        RawCapacity::Queued => needs_concurrency("endpoint", "capacity", raw.concurrency, report),
    }
    let queue = *raw.queue.get_or_insert(QueueLayout::default());
    Capacity::Queued { queue, limit: raw.queue_limit }
}

/// Among which instances the one with the fewest requests is looked for; written into the resolved file only
/// where it means something.
fn routing_scope(raw: &mut RawEndpoint, report: &mut Report) -> RoutingScope {
    if raw.mode == RawMode::Asynchronous {
        return RoutingScope::default();
    }
    if raw.routing == Routing::Random {
        if raw.routing_scope.is_some() {
            report.problem(
                "endpoint.routing_scope",
                "`routing_scope` says where the instance with the fewest requests is looked for, but \
                 `routing` is \"random\"",
                "take out `routing_scope`, or write `routing = \"least-outstanding\"`",
            );
        }
        return RoutingScope::default();
    }
    let scope = *raw.routing_scope.get_or_insert_default();
    if scope == RoutingScope::Fleet {
        return scope;
    }
    if raw.shift_by == ShiftBy::Percent {
        report.problem(
            "endpoint.routing_scope",
            "with `shift_by = \"percent\"` a request falls on a fleet by the percentage, not by how busy \
             instances are",
            "write `routing_scope = \"fleet\"`, or take out `shift_by`",
        );
    }
    if raw.queue == Some(QueueLayout::Shared) {
        report.problem(
            "endpoint.routing_scope",
            "requests that wait in the queue of a fleet wait at no instance, so none has the fewest",
            "write `routing_scope = \"fleet\"`, or `queue = \"instance\"`",
        );
    }
    scope
}

/// Notes that `key` means something only where requests wait, if none does for want of `concurrency`.
pub(super) fn needs_concurrency(
    table: &str,
    key: &str,
    concurrency: Option<u32>,
    report: &mut Report,
) {
    if concurrency.is_none() {
        report.problem(
            format!("{table}.{key}"),
            format!("`{key}` is about requests that wait, but without `endpoint.concurrency` none does"),
            format!(
                "give `endpoint.concurrency`, the requests that an instance serves at once, or take out \
                 `{key}`"
            ),
        );
    }
}
