//! `recommendation.json`: what to set and what it does, for programs.

use super::figures::{objective_key, objective_unit, value};
use super::json_file;
use super::policy::{Spelt, displayed};
use super::words;
use crate::report::{OutputFile, RenderError};
use crate::stats::Interval;
use crate::tuning::results::{Detection, Evaluated, Mean, Performance, Share, TuneResults};
use serde_json::{Value, json};

pub(super) fn render(results: &TuneResults) -> Result<OutputFile, RenderError> {
    let scenario = &results.expansion.scenario;
    let policy = |one: &Evaluated| policy(results, one);
    let said: Vec<String> = words::paragraphs(results)
        .into_iter()
        .map(|paragraph| {
            std::iter::once(paragraph.lead).chain(paragraph.lines).collect::<Vec<_>>().join(" ")
        })
        .collect();
    let priors = scenario.regressions.iter().zip(&results.spec.priors);
    let priors: serde_json::Map<String, Value> =
        priors.map(|(release, prior)| (release.name.clone(), json!(prior))).collect();
    let whole = json!({
        "scenario": scenario.name,
        "seed": scenario.experiment.seed,
        "confidence": scenario.experiment.confidence,
        "feasible": results.best.is_some(),
        "asked": {
            "max_false_rollback": results.spec.max_false_rollback,
            "max_missed": results.spec.max_missed,
            "minimise": objective_key(results.spec.minimise),
            "unit": objective_unit(results.spec.minimise),
            "priors": priors,
        },
        "recommended": results.best.as_ref().map(policy),
        "nearest": results.nearest.as_ref().map(policy),
        "present": results.present.iter().map(policy).collect::<Vec<_>>(),
        "policies_compared": results.policies_compared,
        "lost_by_choosing": results.lost_by_choosing,
        "runs_asked": results.runs_asked,
        "runs": results.runs,
        "runs_needed": results.runs_needed,
        "chance_of_false_rollback": results.chance.as_ref().map(|rare| json!({
            "probability": rare.probability,
            "interval": rare.interval,
            "requests_simulated": rare.requests_simulated,
            "why_not_computed": rare.reason.as_ref().map(ToString::to_string),
        })),
        "warnings": results.warnings,
        "words": said,
    });
    json_file("recommendation.json", &whole)
}

fn policy(results: &TuneResults, one: &Evaluated) -> Value {
    let spelt = Spelt::new(results, &one.policy);
    let changes = |changes: &[(String, String)]| -> Value {
        Value::Object(changes.iter().map(|(key, value)| (key.clone(), json!(value))).collect())
    };
    let alarms: Vec<Value> = spelt
        .set_alarms()
        .map(|(setting, spec)| {
            let unit = spec.subject.unit();
            let (threshold, unit_name) = displayed(unit, spec.threshold.as_f64());
            let end = |value: f64| value.is_finite().then(|| displayed(unit, value).0);
            json!({
                "alarm": spec.name,
                "changes": changes(&results.expansion.shapes[setting.shape].changes),
                "datapoints_to_alarm": spec.datapoints_to_alarm,
                "evaluation_periods": spec.evaluation_periods,
                "period_s": spec.period.as_secs_f64(),
                "threshold": threshold,
                "unit": unit_name,
                "equivalent_thresholds": [end(setting.equivalent.0), end(setting.equivalent.1)],
            })
        })
        .collect();
    json!({
        "strategy": spelt.strategy(),
        "changes": changes(&results.expansion.plans[one.policy.plan].changes),
        "alarms": alarms,
        "feasible": one.feasible,
        "reported": performance(results, &one.reported),
        "chosen_on": performance(results, &one.chosen_on),
    })
}

fn performance(results: &TuneResults, of: &Performance) -> Value {
    json!({
        "replications": of.replications,
        "false_rollback": share(&of.false_rollback),
        "full_traffic": share(&of.full_traffic),
        "full_traffic_s": mean(of.full_traffic_s),
        "healthy_extra_cost_usd": mean(of.healthy_extra_cost_usd),
        "objective": mean(of.objective),
        "expected_loss_usd": mean(of.expected_loss_usd),
        "regressions": of.regressions.iter().map(|one| detection(results, one)).collect::<Vec<_>>(),
    })
}

fn detection(results: &TuneResults, one: &Detection) -> Value {
    json!({
        "regression": results.expansion.scenario.regressions[one.regression].name,
        "caught": share(&one.caught),
        "missed": share(&one.missed),
        "by_chance": share(&one.by_chance),
        "given_up_earlier_than_healthy": one.earlier,
        "given_up_later_than_healthy": one.later,
        "time_to_detect_quartiles_s": one.time_to_detect_s,
        "restricted_time_to_detect_s": mean(one.restricted_time_to_detect_s),
        "failed_requests": mean(one.failed_requests),
        "users_touched": mean(one.users_touched),
        "extra_cost_usd": mean(one.extra_cost_usd),
    })
}

fn share(share: &Share) -> Value {
    json!({
        "count": share.count,
        "of": share.of,
        "share": value(share),
        "interval": share.interval.map(ends),
    })
}

fn mean(mean: Option<Mean>) -> Value {
    mean.map_or(
        Value::Null,
        |mean| json!({ "mean": mean.value, "interval": mean.interval.map(ends) }),
    )
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}
