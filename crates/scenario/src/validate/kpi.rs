//! What the business gets out of a request, and challengers besides green.

use super::endpoint::needs_concurrency;
use super::model::{distribution, error_sum};
use super::report::Report;
use crate::endpoint::kpi::{KpiEffect, KpiSpec};
use crate::endpoint::model::ModelSpec;
use crate::endpoint::spec::{EndpointSpec, FleetSpec};
use crate::raw::RawScenario;
use crate::raw::kpi::{RawKpi, RawVariant};
use crate::spec::VariantSpec;

/// The KPI, if the scenario has one. Values with a problem are thrown away, so they are made harmless.
pub(super) fn kpi(raw: &RawScenario, report: &mut Report) -> Option<KpiSpec> {
    let Some(kpi) = &raw.kpi else {
        if raw.green.kpi.is_some() {
            no_kpi("green.kpi", report);
        }
        return None;
    };
    let correlation = kpi.user_correlation;
    if correlation > 0.0 && raw.traffic.users.is_none() && report.sound("traffic.users") {
        report.problem(
            "kpi.user_correlation",
            "users differ, but it is not known how many there are",
            "give `users` in [traffic]",
        );
    }
    let green = effect("green.kpi", raw.green.kpi.as_ref(), (Some(kpi), 1.0), report);
    let sound = report.sound("kpi");
    let (conversion, correlation) =
        if sound { (kpi.conversion.0, correlation) } else { (0.5, 0.0) };
    Some(KpiSpec::new(conversion, correlation, kpi.revenue, green))
}

/// How a model changes the KPI, on top of one that multiplies the conversion by `before`.
pub(super) fn effect(
    path: &str,
    raw: Option<&KpiEffect>,
    (kpi, before): (Option<&RawKpi>, f64),
    report: &mut Report,
) -> KpiEffect {
    let Some(raw) = raw else { return KpiEffect::default() };
    let Some(kpi) = kpi else {
        if report.sound("kpi") {
            no_kpi(path, report);
        }
        return KpiEffect::default();
    };
    let product = kpi.conversion.0 * before * raw.conversion_factor;
    if product > 1.0 + 1e-12 && report.sound("kpi.conversion") {
        report.problem(
            format!("{path}.conversion_factor"),
            format!("the conversion probability would be {product}"),
            "it is at most 1; lower the factor",
        );
    }
    if kpi.revenue.is_none() && (raw.revenue_factor - 1.0).abs() > 0.0 {
        report.problem(
            format!("{path}.revenue_factor"),
            "a factor on revenue, but `[kpi]` has no `revenue`",
            "give `revenue = { mean_value = 20.0 }` in [kpi], or take it out",
        );
    }
    *raw
}

fn no_kpi(path: &str, report: &mut Report) {
    let message = "this changes a KPI, but the scenario has none";
    report.problem(path, message, "add [kpi] with, say, `conversion = \"5%\"`");
}

/// The challengers besides green, their absent keys filled in; `None` only if a latency has a problem.
pub(super) fn variants(
    raw: &mut RawScenario,
    blue: Option<&ModelSpec>,
    endpoint: &EndpointSpec,
    report: &mut Report,
) -> Option<Vec<VariantSpec>> {
    report.names("variants", raw.variants.iter().map(|variant| variant.name.as_str()));
    let places = raw.endpoint.concurrency;
    let RawScenario { variants, kpi, .. } = raw;
    let mut checked = Vec::new();
    for (index, raw) in variants.iter_mut().enumerate() {
        let path = format!("variants[{index}]");
        if raw.concurrency.is_some() {
            needs_concurrency(&path, "concurrency", places, report);
        }
        raw.concurrency = raw.concurrency.or(places);
        checked.push(variant(&path, raw, (blue?, kpi.as_ref()), endpoint, report)?);
    }
    Some(checked)
}

fn variant(
    path: &str,
    raw: &mut RawVariant,
    (blue, kpi): (&ModelSpec, Option<&RawKpi>),
    endpoint: &EndpointSpec,
    report: &mut Report,
) -> Option<VariantSpec> {
    if matches!(raw.name.as_str(), "blue" | "green") {
        let message = format!("a variant is called \"{}\", as one of the two fleets", raw.name);
        report.problem(format!("{path}.name"), message, "give another name");
    }
    let green = &endpoint.green;
    let instances = *raw.instances.get_or_insert(green.instances);
    let concurrency = raw.concurrency.unwrap_or(green.concurrency);
    let price_per_hour = raw.price_per_hour.or(green.price_per_hour);
    raw.price_per_hour = price_per_hour;
    let errors = [raw.errors_4xx, raw.errors_5xx];
    let [errors_4xx, errors_5xx] = [
        errors[0].map_or(blue.errors_4xx, |share| share.0),
        errors[1].map_or(blue.errors_5xx, |share| share.0),
    ];
    if errors.iter().any(Option::is_some) && report.sound("blue") {
        use crate::raw::scalar::RawShare;
        error_sum(path, [RawShare(errors_4xx), RawShare(errors_5xx)], report);
    }
    let own = raw.latency.as_ref().map(|raw| distribution(&format!("{path}.latency"), raw, report));
    let own = own.transpose().ok()?;
    let is_own = own.is_some();
    let kpi = effect(&format!("{path}.kpi"), raw.kpi.as_ref(), (kpi, 1.0), report);
    let model = ModelSpec {
        latency: own.unwrap_or_else(|| blue.latency.clone()),
        failed_latency: blue.failed_latency.clone().filter(|_| !is_own),
        errors_4xx,
        errors_5xx,
        overdispersion: blue.overdispersion,
        cold_start: None,
    };
    let fleet = FleetSpec { instances, concurrency, price_per_hour };
    Some(VariantSpec { name: raw.name.clone(), fleet, model, kpi })
}
