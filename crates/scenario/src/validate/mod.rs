//! Checks a raw scenario, fills in what follows from something else, and makes the checked one.
//!
//! Every check notes what it finds and goes on; the values it then returns are thrown away, so they
//! only need to be harmless.

mod alarm;
pub(super) mod alarm_file;
mod asynchronous;
mod clients;
mod composite;
mod effect;
mod endpoint;
mod experiment;
mod fidelity;
mod incident;
mod kpi;
mod model;
mod monitor;
mod observed;
mod quality;
mod ranges;
mod regression;
pub(super) mod report;
mod rules;
mod strategy;
mod subject;
mod threshold;
mod together;
mod trace;
mod traffic;
pub(super) mod tune;
pub(super) mod variant;

use super::error::Problem;
use super::overrides::Overrides;
use super::parse::Parsed;
use super::raw::RawScenario;
use super::spec::Scenario;
use super::tune::TuneSpec;
use crate::telemetry::sampled::SampledSpec;
use report::Report;
use std::path::Path;

/// A scenario that has been checked.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) scenario: Scenario,
    pub(super) tune: TuneSpec,
    /// The scenario as TOML, every default filled in.
    pub(super) resolved: String,
    /// What that text says.
    pub(super) filled_in: RawScenario,
    /// What the file says.
    pub(super) written: RawScenario,
}

/// Checks what was read; paths in it are relative to `base`.
///
/// # Errors
/// Everything that is wrong, including what was found on reading.
pub(super) fn validate(
    parsed: Parsed<'_, RawScenario>,
    base: &Path,
    overrides: &Overrides,
) -> Result<Checked, Vec<Problem>> {
    let Parsed { raw, tree, mut problems, doubtful } = parsed;
    let mut report = Report::new(doubtful);
    let loaded = raw.and_then(|mut raw| {
        ranges::check(&raw, &mut report);
        let mut written = raw.clone();
        let mut scenario = check(&mut raw, base, &mut report)?;
        if report.is_clean() && observed::settle(&mut raw, &written, &scenario, &mut report) {
            scenario = check(&mut raw, base, &mut report)?;
        }
        let mut tune = tune::tune(&written, &scenario, &mut report);
        if let Err(unknown) = overrides.choose([&mut raw, &mut written], &mut scenario) {
            report.problem(unknown.list, unknown.message, unknown.remedy);
            return None;
        }
        regression::share_what_is_left(&mut scenario.regressions);
        tune.priors = tune::priors(&scenario.regressions);
        let resolved = match toml::to_string(&raw) {
            Ok(resolved) => resolved,
            Err(error) => {
                report.problem("", format!("cannot be written as TOML: {error}"), "report this");
                return None;
            }
        };
        Some(Checked { scenario, tune, resolved, filled_in: raw, written })
    });
    problems.extend(report.into_problems(&tree));
    match loaded {
        Some(loaded) if problems.is_empty() => Ok(loaded),
        _ => Err(problems),
    }
}

/// Checks everything; `None` only if something was noted.
fn check(raw: &mut RawScenario, base: &Path, report: &mut Report) -> Option<Scenario> {
    folder_name(&raw.name, report);
    let lists = [
        ("regressions", raw.regressions.len()),
        ("incidents", raw.incidents.len()),
        ("monitors", raw.monitors.len()),
        ("alarms", raw.alarms.len()),
        ("variants", raw.variants.len()),
        ("composite_alarms", raw.composite_alarms.len()),
        ("strategies", raw.strategies.len()),
    ];
    if lists.iter().any(|(list, length)| !report.list(list, *length)) {
        return None;
    }
    let experiment = experiment::experiment(&raw.experiment, report);
    let metrics = experiment::metrics(&raw.metrics, &experiment, report);
    let endpoint = endpoint::endpoint(&mut raw.endpoint, raw.limits.into(), report);
    let arrivals = traffic::arrivals(&mut raw.traffic.arrivals, &experiment, base, report);
    let users = traffic::users(&raw.traffic, report);
    let clients = clients::clients(&mut raw.clients, &endpoint, report);
    let models = model::models(raw, report);
    let quality = quality::quality(raw.quality.as_mut(), report);
    let kpi = kpi::kpi(raw, report);
    let blue = models.as_ref().map(|(blue, _)| blue);
    let variants = kpi::variants(raw, blue, &endpoint, report);
    let around = regression::Surroundings {
        kpi: raw.kpi.as_ref(),
        green_conversion: raw.green.kpi.as_ref().map_or(1.0, |kpi| kpi.conversion_factor),
        endpoint: &endpoint,
        quality: raw.quality.as_ref(),
        experiment: &experiment,
        green_errors: [
            raw.green.errors_4xx.unwrap_or(raw.blue.errors_4xx),
            raw.green.errors_5xx.unwrap_or(raw.blue.errors_5xx),
        ],
        green_latency: models.as_ref().map(|(_, green)| &green.latency),
    };
    let regressions = regression::regressions(&raw.regressions, around, report);
    let incidents = incident::incidents(&raw.incidents, raw, report);
    // Whoever publishes values one by one adds its metrics here; alarms find them by name.
    let mut sampled: Vec<SampledSpec> = Vec::new();
    let monitors = monitor::monitors(raw, &mut sampled, report);
    asynchronous::publish(&endpoint, &mut sampled);
    let published = subject::Published {
        interval: metrics.interval,
        warm_up: experiment.warm_up,
        sampled: &sampled,
        delay_of: &metrics.delay_of,
    };
    let alarms = alarm::alarms(&mut raw.alarms, &published, report);
    let composite_alarms = composite::composites(&raw.composite_alarms, &raw.alarms, report);
    alarm::shadow_alarms(&raw.alarms, &raw.strategies, report);
    asynchronous::check(raw, report);
    together::check(raw, report);
    rules::controller(&raw.controller, report);
    let strategies = strategy::strategies(raw, &endpoint, &experiment, report);
    let (blue, green) = models?;
    let scenario = Scenario {
        name: raw.name.clone(),
        description: raw.description.clone(),
        experiment,
        arrivals,
        users,
        endpoint,
        clients,
        region: raw.endpoint.region,
        blue,
        green,
        quality,
        kpi,
        variants: variants?,
        metrics,
        controller: experiment::controller(&raw.controller),
        regressions,
        incidents,
        monitors,
        sampled,
        alarms: alarms?,
        composite_alarms: composite_alarms?,
        strategies: strategies?,
    };
    fidelity::check(&scenario, report);
    Some(scenario)
}

/// The scenario's name is a folder's on every system.
fn folder_name(name: &str, report: &mut Report) {
    report.name("name", name);
    if let Some(character) = name.chars().find(|c| r#"/\<>:"|?*"#.contains(*c)) {
        let message = format!("the name \"{name}\" has a `{character}`; a folder is called so");
        report.problem("name", message, "use letters, digits, spaces, `-` and `_`");
    } else if name.starts_with('.') || name.ends_with('.') {
        let message =
            format!("the name \"{name}\" begins or ends with a dot; a folder is called so");
        report.problem("name", message, "use letters, digits, spaces, `-` and `_`");
    }
}
