//! How the two models behave.

use super::report::Report;
use crate::endpoint::model::{ModelSpec, Overdispersion};
use crate::latency;
use crate::random::distribution::Distribution;
use crate::raw::RawScenario;
use crate::raw::distribution::RawDistribution;
use crate::raw::model::{RawBlue, RawGreen, RawOverdispersion};
use crate::raw::scalar::RawShare;

/// Blue and green, green's absent keys filled in from blue; `None` only if a latency has a problem.
pub(super) fn models(raw: &mut RawScenario, report: &mut Report) -> Option<(ModelSpec, ModelSpec)> {
    for clumps in raw.blue.overdispersion.iter_mut().chain(&mut raw.green.overdispersion) {
        clumps.correlation_time.get_or_insert(clumps.interval);
    }
    let blue = blue(&raw.blue, report);
    let green = &mut raw.green;
    if green.errors_4xx.is_some() || green.errors_5xx.is_some() {
        let [errors_4xx, errors_5xx] = [
            green.errors_4xx.unwrap_or(raw.blue.errors_4xx),
            green.errors_5xx.unwrap_or(raw.blue.errors_5xx),
        ];
        error_sum("green", [errors_4xx, errors_5xx], report);
    }
    let own_latency = green.latency.as_ref().map(|raw| distribution("green.latency", raw, report));
    let own_failed = optional("green.failed_latency", green.failed_latency.as_ref(), report);
    let own_overdispersion = overdispersion("green", green.overdispersion.as_ref(), report);
    let own_cold_start = green.cold_start;
    inherit(green, &raw.blue);

    let blue = blue?;
    let (latency, failed_latency) = match own_latency {
        Some(own) => (own.ok()?, own_failed.ok()?),
        None => (blue.latency.clone(), own_failed.ok()?.or_else(|| blue.failed_latency.clone())),
    };
    let green = ModelSpec {
        latency,
        failed_latency,
        errors_4xx: green.errors_4xx.map_or(blue.errors_4xx, |share| share.0),
        errors_5xx: green.errors_5xx.map_or(blue.errors_5xx, |share| share.0),
        overdispersion: own_overdispersion.or(blue.overdispersion),
        cold_start: own_cold_start.or(blue.cold_start),
    };
    Some((blue, green))
}

fn blue(raw: &RawBlue, report: &mut Report) -> Option<ModelSpec> {
    error_sum("blue", [raw.errors_4xx, raw.errors_5xx], report);
    let overdispersion = overdispersion("blue", raw.overdispersion.as_ref(), report);
    let latency = distribution("blue.latency", &raw.latency, report);
    let failed_latency = optional("blue.failed_latency", raw.failed_latency.as_ref(), report);
    Some(ModelSpec {
        latency: latency.ok()?,
        failed_latency: failed_latency.ok()?,
        errors_4xx: raw.errors_4xx.0,
        errors_5xx: raw.errors_5xx.0,
        overdispersion,
        cold_start: raw.cold_start,
    })
}

/// Fills in green's absent keys. A latency of its own says how long its failures take too, unless
/// that is said as well.
fn inherit(green: &mut RawGreen, blue: &RawBlue) {
    if green.latency.is_none() {
        green.latency = Some(blue.latency.clone());
        if green.failed_latency.is_none() {
            green.failed_latency.clone_from(&blue.failed_latency);
        }
    }
    green.errors_4xx.get_or_insert(blue.errors_4xx);
    green.errors_5xx.get_or_insert(blue.errors_5xx);
    if green.cold_start.is_none() {
        green.cold_start.clone_from(&blue.cold_start);
    }
    if green.overdispersion.is_none() {
        green.overdispersion.clone_from(&blue.overdispersion);
    }
}

/// Notes error probabilities of `table` that add up to more than 1.
pub(super) fn error_sum(table: &str, [errors_4xx, errors_5xx]: [RawShare; 2], report: &mut Report) {
    let sum = errors_4xx.0 + errors_5xx.0;
    // 0.7 + 0.3 and the like may end a rounding above 1.
    if sum > 1.0 + 1e-12
        && report.sound(&format!("{table}.errors_4xx"))
        && report.sound(&format!("{table}.errors_5xx"))
    {
        report.problem(
            format!("{table}.errors_5xx"),
            format!(
                "`errors_4xx` ({}) and `errors_5xx` ({}) add up to more than 1 in `{table}`",
                errors_4xx.0, errors_5xx.0
            ),
            "a request fails in one way only; lower one of them",
        );
    }
}

/// A distribution with a problem; the report has it.
#[derive(Debug)]
pub(super) struct Noted;

fn optional(
    path: &str,
    raw: Option<&RawDistribution>,
    report: &mut Report,
) -> Result<Option<Distribution>, Noted> {
    raw.map(|raw| distribution(path, raw, report)).transpose()
}

pub(super) fn distribution(
    path: &str,
    raw: &RawDistribution,
    report: &mut Report,
) -> Result<Distribution, Noted> {
    latency::distribution(raw).map_err(|error| {
        let (rule, remedy) = error.0.rsplit_once("; ").unwrap_or((&error.0, "correct it"));
        report.problem(path, rule, remedy);
        Noted
    })
}

fn overdispersion(
    model: &str,
    raw: Option<&RawOverdispersion>,
    report: &mut Report,
) -> Option<Overdispersion> {
    let raw = raw?;
    let interval = raw.interval;
    let correlation_time = raw.correlation_time.map_or(interval, |time| time);
    if correlation_time < interval {
        report.problem(
            format!("{model}.overdispersion.correlation_time"),
            "a clump lasts an interval at least: `correlation_time` must not be below `interval`",
            "raise it, or shorten `interval`",
        );
    }
    Some(Overdispersion {
        correlation: raw.correlation,
        interval,
        correlation_time,
        common: raw.common.0,
    })
}
