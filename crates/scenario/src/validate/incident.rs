//! Trouble that hits both fleets.

use super::model::error_sum;
use super::report::Report;
use super::{effect, quality};
use crate::endpoint::incident::IncidentSpec;
use crate::endpoint::quality::Drift;
use crate::raw::RawScenario;
use crate::raw::incident::RawIncident;
use crate::raw::traffic::{RawArrivals, RawRows};
use crate::time::SimTime;

/// Under way at a time, on average.
const MOST_AT_ONCE: f64 = 1000.0;

pub(super) fn incidents(
    raw: &[RawIncident],
    around: &RawScenario,
    report: &mut Report,
) -> Vec<IncidentSpec> {
    report.names("incidents", raw.iter().map(|incident| incident.name.as_str()));
    raw.iter()
        .enumerate()
        .map(|(index, raw)| incident(&format!("incidents[{index}]"), raw, around, report))
        .collect()
}

fn incident(
    path: &str,
    raw: &RawIncident,
    around: &RawScenario,
    report: &mut Report,
) -> IncidentSpec {
    let at_once = raw.rate_per_day * raw.lasts.as_hours_f64() / 24.0;
    if at_once > MOST_AT_ONCE {
        report.problem(
            format!("{path}.rate_per_day"),
            format!(
                "{} a day that last {} each are {at_once:.0} at a time, and more than {MOST_AT_ONCE:.0} are \
                 not simulated",
                raw.rate_per_day, raw.lasts
            ),
            "lower `rate_per_day` or `lasts`; what goes on all the time belongs into the model",
        );
    }
    if raw.rate_per_day <= 0.0 && raw.at.is_empty() && report.sound(&format!("{path}.at")) {
        report.problem(
            format!("{path}.rate_per_day"),
            format!("the incident \"{}\" never happens", raw.name),
            "give `rate_per_day` or `at`",
        );
    }
    if raw.effect.latency.as_ref().is_some_and(|latency| latency.p99_factor.is_some()) {
        report.problem(
            format!("{path}.effect.latency.p99_factor"),
            "`p99_factor` is of regressions: what strikes both fleets slows by `factor` or `shift`",
            "give one of these",
        );
    }
    let (latency_factor, latency_shift) = effect::latency(raw.effect.latency.as_ref());
    surge(path, raw, &around.traffic.arrivals, report);
    error_sum(&format!("{path}.effect"), [raw.effect.errors_4xx, raw.effect.errors_5xx], report);
    let incident = IncidentSpec {
        name: raw.name.clone(),
        rate_per_day: raw.rate_per_day,
        at: raw.at.iter().map(|&time| SimTime::ZERO + time).collect(),
        lasts: raw.lasts,
        spread: raw.spread,
        errors_5xx: raw.effect.errors_5xx.0,
        errors_4xx: raw.effect.errors_4xx.0,
        latency_factor,
        latency_shift,
        traffic_factor: raw.effect.traffic_factor,
        drift: raw.effect.drift.as_ref().map_or(Drift::default(), |raw| {
            quality::drift(&format!("{path}.effect.drift"), raw, around.quality.as_ref(), report)
        }),
    };
    if !has_effect(&incident) {
        report.problem(
            format!("{path}.effect"),
            format!("the incident \"{}\" has no effect", raw.name),
            "give `errors_4xx`, `errors_5xx`, `latency`, `traffic_factor` or `drift`",
        );
    }
    incident
}

fn surge(path: &str, raw: &RawIncident, arrivals: &RawArrivals, report: &mut Report) {
    let factor_path = format!("{path}.effect.traffic_factor");
    let factor = raw.effect.traffic_factor;
    let recorded = matches!(arrivals, RawArrivals::Trace(trace) if trace.rows == RawRows::Requests);
    if recorded && !is_neutral(factor) && report.sound("traffic") {
        report.problem(
            factor_path,
            "recorded requests cannot be multiplied; `traffic_factor` needs a rate of arrivals",
            "take it out, or use another arrival process or a trace of counts or rates",
        );
    }
}

fn has_effect(incident: &IncidentSpec) -> bool {
    incident.errors_4xx > 0.0
        || incident.errors_5xx > 0.0
        || !is_neutral(incident.latency_factor)
        || !incident.latency_shift.is_zero()
        || !is_neutral(incident.traffic_factor)
        || incident.drift != Drift::default()
}

fn is_neutral(factor: f64) -> bool {
    factor.to_bits() == 1_f64.to_bits()
}
