//! What a regression does to the green model.

use super::model::MOST_FACTOR;
use super::regression::Surroundings;
use super::report::Report;
use super::{kpi, quality};
use crate::endpoint::regression::{Effects, Leak, Slowdown, Stretch, Tail};
use crate::endpoint::spec::{Capacity, EndpointSpec, Mode};
use crate::random::distribution::Distribution;
use crate::raw::regression::{RawCapacityEffect, RawLatencyEffect, RawRegression, RawTail};
use crate::time::SimDuration;

/// Growth of a leak \[1/h\].
const FASTEST_LEAK: [f64; 2] = [0.0, 1000.0];

pub(super) fn effects(
    path: &str,
    raw: &RawRegression,
    around: Surroundings<'_>,
    report: &mut Report,
) -> Effects {
    let latency_path = format!("{path}.latency");
    let (latency_factor, latency_shift) = latency(&latency_path, raw.latency.as_ref(), report);
    let mut effects = Effects {
        errors_4xx: raw.errors.as_ref().and_then(|errors| errors.errors_4xx).map(|share| share.0),
        errors_5xx: raw.errors.as_ref().and_then(|errors| errors.errors_5xx).map(|share| share.0),
        latency_factor,
        latency_shift,
        stretch: stretch(&latency_path, raw.latency.as_ref(), around.green_latency, report),
        tail: raw.tail.as_ref().map(|raw| tail(&format!("{path}.tail"), raw, report)),
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
pub(super) fn latency(
    path: &str,
    raw: Option<&RawLatencyEffect>,
    report: &mut Report,
) -> (f64, SimDuration) {
    let Some(raw) = raw else { return (1.0, SimDuration::ZERO) };
    report.above_zero(format!("{path}.factor"), raw.factor, MOST_FACTOR);
    (raw.factor, raw.shift)
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
    if !(p99_factor > least && p99_factor <= MOST_FACTOR) {
        report.problem(
            path,
            format!(
                "`p99_factor` must be above {least:.4}, at which the p99 is the median, and at most \
                 {MOST_FACTOR}, but is {p99_factor}"
            ),
            "correct it",
        );
    }
    Some(Stretch { median_ns, p99_ns, p99_factor })
}

fn tail(path: &str, raw: &RawTail, report: &mut Report) -> Tail {
    report.above_zero(format!("{path}.share"), raw.share.0, 1.0);
    report.within(format!("{path}.factor"), raw.factor, [1.0, MOST_FACTOR]);
    Tail { share: raw.share.0, factor: raw.factor }
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
    if let Some(slowdown) = &raw.slowdown {
        report.within(format!("{path}.slowdown.factor"), slowdown.factor, [1.0, MOST_FACTOR]);
        if slowdown.from.0 >= 1.0 {
            report.problem(
                format!("{path}.slowdown.from"),
                "`from` must be below 1",
                "an instance is never fuller than full; 0.5 slows from half full on",
            );
        }
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
    report.within(format!("{path}.latency_per_hour"), raw.latency_per_hour, FASTEST_LEAK);
    report.within(format!("{path}.errors_5xx_per_hour"), raw.errors_5xx_per_hour, FASTEST_LEAK);
    let grows = raw.latency_per_hour > 0.0 || raw.errors_5xx_per_hour > 0.0;
    if !grows && raw.restart.is_none() {
        report.problem(
            path,
            "this memory leak does nothing",
            "give `latency_per_hour`, `errors_5xx_per_hour` or `restart`",
        );
    }
    if let Some(restart) = raw.restart {
        report.positive_time(format!("{path}.restart.after"), restart.after);
    }
    *raw
}
