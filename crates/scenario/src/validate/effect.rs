//! What a regression does to the green model.

use super::regression::Surroundings;
use super::report::Report;
use super::{kpi, quality};
use crate::endpoint::regression::{Effects, Leak, Slowdown, Stretch, Tail};
use crate::endpoint::spec::{Capacity, EndpointSpec, Mode};
use crate::random::distribution::Distribution;
use crate::raw::regression::{RawCapacityEffect, RawLatencyEffect, RawRegression};
use crate::time::SimDuration;

pub(super) fn effects(
    path: &str,
    raw: &RawRegression,
    around: Surroundings<'_>,
    report: &mut Report,
) -> Effects {
    let latency_path = format!("{path}.latency");
    let (latency_factor, latency_shift) = latency(raw.latency.as_ref());
    let mut effects = Effects {
        errors_4xx: raw.errors.as_ref().and_then(|errors| errors.errors_4xx).map(|share| share.0),
        errors_5xx: raw.errors.as_ref().and_then(|errors| errors.errors_5xx).map(|share| share.0),
        latency_factor,
        latency_shift,
        stretch: stretch(&latency_path, raw.latency.as_ref(), around.green_latency, report),
        tail: raw.tail.as_ref().map(|raw| Tail { share: raw.share.0, factor: raw.factor }),
        crash: raw.crash,
        leak: raw.memory_leak.as_ref().map(|raw| leak(&format!("{path}.memory_leak"), raw, report)),
        quality: raw
            .quality
            .as_ref()
            .map(|raw| quality::effects(&format!("{path}.quality"), raw, around.quality, report)),
        kpi: kpi::effect(
            &format!("{path}.kpi"),
            raw.kpi.as_ref(),
            (around.kpi, around.green_conversion),
            report,
        ),
        ..Effects::default()
    };
    if let Some(raw) = &raw.capacity {
        capacity(&format!("{path}.capacity"), raw, around.endpoint, report);
        effects.concurrency_lost = raw.concurrency_lost;
        effects.slowdown =
            raw.slowdown.as_ref().map(|raw| Slowdown { factor: raw.factor, from: raw.from.0 });
    }
    effects
}

/// The factor on service times and what is added to them.
pub(super) fn latency(raw: Option<&RawLatencyEffect>) -> (f64, SimDuration) {
    raw.map_or((1.0, SimDuration::ZERO), |raw| (raw.factor, raw.shift))
}

/// What makes the tail of green's `latency` longer.
fn stretch(
    path: &str,
    raw: Option<&RawLatencyEffect>,
    latency: Option<&Distribution>,
    report: &mut Report,
) -> Option<Stretch> {
    let p99_factor = raw?.p99_factor?;
    let path = format!("{path}.p99_factor");
    let [median_ns, p99_ns] = [0.5, 0.99].map(|p| latency.map_or(0.0, |law| law.quantile_ns(p)));
    latency?;
    if median_ns <= 0.0 || p99_ns <= median_ns {
        report.problem(
            path,
            "`p99_factor` makes a tail longer, but green's latencies have none: their median is their p99",
            "give `factor`, or a latency that varies",
        );
        return None;
    }
    let least = median_ns / p99_ns;
    if p99_factor <= least {
        report.problem(
            path,
            format!(
                "`p99_factor` must be above {least:.4}, at which the p99 is the median, but is {p99_factor}"
            ),
            "correct it",
        );
    }
    Some(Stretch { median_ns, p99_ns, p99_factor })
}

fn capacity(path: &str, raw: &RawCapacityEffect, endpoint: &EndpointSpec, report: &mut Report) {
    let waits = endpoint.capacity != Capacity::Unlimited || endpoint.mode != Mode::RealTime;
    if !waits && report.sound("endpoint.capacity") {
        report.problem(
            path,
            "less capacity shows only where requests wait, and without `endpoint.concurrency`, or with \
             `capacity = \"unlimited\"`, none does",
            "give `endpoint.concurrency`, the requests that an instance serves at once, or take it out",
        );
        return;
    }
    if raw.slowdown.is_none() && raw.concurrency_lost == 0 {
        report.problem(
            path,
            "this change of capacity changes nothing",
            "give `slowdown` or `concurrency_lost`, or take it out",
        );
    }
    let places = endpoint.green.concurrency;
    if raw.concurrency_lost >= places
        && report.sound("endpoint.concurrency")
        && report.sound("endpoint.green.concurrency")
    {
        report.problem(
            format!("{path}.concurrency_lost"),
            format!(
                "a green instance has a concurrency of {places} and cannot lose {}",
                raw.concurrency_lost
            ),
            "lose fewer, or use `crash = true` for a model that cannot serve",
        );
    }
}

fn leak(path: &str, raw: &Leak, report: &mut Report) -> Leak {
    let grows = raw.latency_per_hour > 0.0 || raw.errors_5xx_per_hour > 0.0;
    if !grows && raw.restart.is_none() {
        report.problem(
            path,
            "this memory leak does nothing",
            "give `latency_per_hour`, `errors_5xx_per_hour` or `restart`",
        );
    }
    *raw
}
