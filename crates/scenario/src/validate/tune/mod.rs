//! What `sim tune` is to look for, and what it may vary.

mod alarms;
mod prices;
mod strategies;
mod uncertain;

use super::model;
use super::report::Report;
use crate::endpoint::regression::RegressionSpec;
use crate::raw::scalar::RawShare;
use crate::raw::tune::{RawTune, usually_noticed_after};
use crate::raw::{RawScenario, default};
use crate::spec::Scenario;
use crate::time::SimDuration;
use crate::tune::{LossPrices, Objective, TuneSpec};
use std::fmt::Display;

/// More than these are no tuning but a slip: each way of rolling out is simulated.
pub(crate) const MOST_PLANS: usize = 200;
/// Each way of setting an alarm is replayed at every threshold.
pub(crate) const MOST_SHAPES: usize = 1000;

/// Releases that are healthy, of those that come, if the regressions have no priors.
const USUALLY_HEALTHY: f64 = 0.9;

/// What is asked for; `written` is the scenario before anything was filled in.
pub(super) fn tune(written: &RawScenario, scenario: &Scenario, report: &mut Report) -> TuneSpec {
    let given = written.tune.as_ref();
    let loss = given.and_then(|tune| tune.loss);
    let prices = prices::prices(&loss.unwrap_or_default(), scenario, report);
    if let Some(tune) = given {
        asked(tune, prices, scenario, report);
        self_contained(tune, report);
        if let Some(table) = &tune.uncertain {
            uncertain::check(table, &scenario.arrivals, report);
        }
        // What the scenario lacks may be what could not be read.
        if report.sound_but_for("tune") {
            alarms::check(tune, written, scenario, report);
            strategies::check(tune, written, scenario, report);
        }
    }
    let noticed_after_s = noticed_after_s(given, report);
    let share = |share: Option<RawShare>, usual: RawShare| share.unwrap_or(usual).0;
    let max_false_rollback = given.map(|tune| tune.max_false_rollback);
    TuneSpec {
        max_false_rollback: share(max_false_rollback, default::one_percent()),
        max_missed: share(given.map(|tune| tune.max_missed), default::five_percent()),
        minimise: given.map_or(Objective::default(), |tune| tune.minimise),
        priors: Vec::new(),
        prices,
        precision: given.and_then(|tune| tune.precision).map(|share| share.0),
        noticed_after_s,
    }
}

/// Notes what is wrong with what is asked for.
fn asked(tune: &RawTune, prices: LossPrices, scenario: &Scenario, report: &mut Report) {
    if tune.minimise == Objective::ExpectedLoss
        && prices == LossPrices::default()
        && report.sound("tune.loss")
    {
        let message = "the expected loss is asked for, but nothing has a price";
        let help = "give, say, `failed_request_usd = 0.02` in [tune.loss], or minimise \
                    \"failed_requests\"";
        report.problem("tune.minimise", message, help);
    }
    if tune.minimise == Objective::ExpectedLoss
        && !scenario.prices_are_known()
        && report.sound("endpoint")
    {
        let message = "the expected loss is asked for, but the price of an instance is not known";
        let help = "give `price_per_hour` in [endpoint] (and in `endpoint.green`), or minimise \
                    \"harm\"";
        report.problem("tune.minimise", message, help);
    }
    if tune.minimise == Objective::UsersTouched
        && scenario.users.is_none()
        && report.sound("traffic")
    {
        let message = "the users touched are to be few, but nothing says how many users there are";
        let help = "give `users` in [traffic], or minimise \"harm\"";
        report.problem("tune.minimise", message, help);
    }
}

/// When somebody notices a missed fault, in the mean \[s\].
fn noticed_after_s(given: Option<&RawTune>, report: &mut Report) -> f64 {
    const PATH: &str = "tune.noticed_after";
    let usual = usually_noticed_after();
    let raw = given.map_or(&usual, |tune| &tune.noticed_after);
    let Ok(distribution) = model::distribution(PATH, raw, report) else { return 0.0 };
    let mean_s = distribution.mean_ns() / 1e9;
    let (rule, help) = if !mean_s.is_finite() {
        ("has no finite mean", "take another distribution, such as an exponential")
    } else if mean_s <= 0.0 {
        ("must have a mean above zero", "give a longer time; nobody notices at once")
    } else if mean_s > SimDuration::LONGEST.as_secs_f64() {
        ("has a mean beyond 366 days", "give a shorter one")
    } else {
        return mean_s;
    };
    report.problem(PATH, format!("`noticed_after` {rule}"), help);
    0.0
}

/// Notes lists that are empty or too long, and what is named twice.
fn self_contained(tune: &RawTune, report: &mut Report) {
    let alarms = tune.alarms.as_ref().map(|list| list.iter().map(|entry| entry.alarm.as_str()));
    let strategies =
        tune.strategies.as_ref().map(|list| list.iter().map(|entry| entry.strategy.as_str()));
    named_once("tune.alarms", "alarm", alarms, report);
    named_once("tune.strategies", "strategy", strategies, report);
}

fn named_once<'a>(
    list: &str,
    key: &str,
    names: Option<impl Iterator<Item = &'a str>>,
    report: &mut Report,
) {
    let Some(names) = names else { return };
    let names: Vec<&str> = names.collect();
    report.not_empty(list, names.len());
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            let path = format!("{list}[{index}].{key}");
            report.problem(path, format!("the {key} \"{name}\" is listed twice"), "list it once");
        }
    }
}

/// Notes the second of two equal values of a list.
fn each_once<T: PartialEq>(
    path: &str,
    values: &[T],
    spoken: impl Fn(&T) -> String,
    report: &mut Report,
) {
    report.not_empty(path, values.len());
    for (index, value) in values.iter().enumerate() {
        if values[..index].contains(value) {
            let message = format!("`{}` is listed twice", spoken(value));
            report.problem(format!("{path}[{index}]"), message, "list it once");
        }
    }
}

/// Notes more variants than anybody waits for.
fn few_enough(path: &str, count: usize, most: usize, what: &dyn Display, report: &mut Report) {
    if count > most {
        let message = format!("these are {count} {what}, more than {most}");
        report.problem(path, message, "list fewer values; tune in steps, the coarse ones first");
    }
}

/// How often each release comes: by the regressions' priors, or else nine of ten are healthy, and the kinds
/// of either sort are equally frequent.
pub(crate) fn priors(regressions: &[RegressionSpec]) -> Vec<f64> {
    let given: Option<Vec<f64>> = regressions.iter().map(|release| release.prior).collect();
    given.unwrap_or_else(|| {
        let healthy = regressions.iter().filter(|release| release.healthy).count();
        let faulty = regressions.len() - healthy;
        let all_healthy = if faulty == 0 { 1.0 } else { USUALLY_HEALTHY };
        let share = |release: &RegressionSpec| {
            if release.healthy {
                all_healthy / as_f64(healthy)
            } else {
                (1.0 - all_healthy) / as_f64(faulty)
            }
        };
        regressions.iter().map(share).collect()
    })
}

#[expect(clippy::cast_precision_loss, reason = "at most a thousand regressions")]
const fn as_f64(count: usize) -> f64 {
    count as f64
}
