//! `recommendation.json`: what to set and what it does, for programs.

use super::chance;
use super::figures::{objective_key, objective_unit, value};
use super::json_file;
use super::policy::{Spelt, displayed};
use super::words;
use crate::report::{OutputFile, RenderError};
use crate::stats::Interval;
use crate::tuning::results::{
    Detection, Evaluated, Fifth, Mean, Performance, Setting, Share, TuneResults,
};
use crate::tuning::standing::{Standing, runs_advised, runs_at_least};
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
        "standing": results.standing.map(standing),
        "asked": {
            "max_false_rollback": results.spec.max_false_rollback,
            "max_missed": results.spec.max_missed,
            "minimise": objective_key(results.spec.minimise),
            "unit": objective_unit(results),
            "priors": priors,
        },
        "recommended": results
            .best
            .as_ref()
            .filter(|_| results.standing == Some(Standing::Confirmed))
            .map(policy),
        "best_so_far": results.best.as_ref().map(policy),
        "idle_alarms": results
            .best
            .as_ref()
            .map_or_else(Vec::new, |best| Spelt::new(results, &best.policy).idle_alarms()),
        "alternatives": results
            .alternatives
            .iter()
            .map(|other| shape(results, &other.setting))
            .collect::<Vec<_>>(),
        "too_near": results.too_near.as_ref().map(policy),
        "nearest": results.nearest.as_ref().map(policy),
        "left_out": results.left_out.iter().map(|one| json!({
            "regression": scenario.regressions[one.regression].name,
            "caught_at_best": one.share,
            "by": one.best.as_ref().map(policy),
        })).collect::<Vec<_>>(),
        "more_harm_than_least": results.price.as_ref().map(|price| json!({
            "more": mean(Some(price.more)),
            "least_harm": policy(&price.least_harm),
        })),
        "tried_besides": results.remedies.iter().map(|one| json!({
            "change": one.change,
            "runs": one.results.runs,
            "feasible": one.results.best.is_some(),
            "policy": words::exported(&one.results)
                .map(|chosen| words::policy(&one.results, &chosen.policy)),
            "reported": words::exported(&one.results)
                .map(|chosen| performance(&one.results, &chosen.reported)),
        })).collect::<Vec<_>>(),
        "present": results.present.iter().map(policy).collect::<Vec<_>>(),
        "policies_compared": results.policies_compared,
        "lost_by_choosing": results.lost_by_choosing,
        "runs_asked": results.runs_asked,
        "runs": results.runs,
        "runs_at_least": runs_at_least(limits(results)),
        "runs_advised": runs_advised(limits(results)),
        "chance_of_false_rollback": results.chance.as_ref().map(|rare| json!({
            "probability": rare.probability,
            "interval": rare.interval,
            "method": chance::method(rare),
            "requests_simulated": rare.requests_simulated,
            "why_not_computed": rare.reason.as_ref().map(ToString::to_string),
        })),
        "warnings": results.warnings,
        "words": said,
    });
    json_file("recommendation.json", &whole)
}

fn changes(changes: &[(String, String)]) -> Value {
    Value::Object(changes.iter().map(|(key, value)| (key.clone(), json!(value))).collect())
}

/// A shape of an alarm, and the thresholds that do as well as the best policy.
fn shape(results: &TuneResults, setting: &Setting) -> Value {
    let shape = &results.expansion.shapes[setting.shape];
    let spec = &shape.spec;
    let unit = spec.subject.unit();
    let end = |value: f64| value.is_finite().then(|| displayed(unit, value).0);
    json!({
        "alarm": spec.name,
        "changes": changes(&shape.changes),
        "datapoints_to_alarm": spec.datapoints_to_alarm,
        "evaluation_periods": spec.evaluation_periods,
        "period_s": spec.period.as_secs_f64(),
        "unit": displayed(unit, 0.0).1,
        "equivalent_thresholds": [end(setting.equivalent.0), end(setting.equivalent.1)],
    })
}

fn policy(results: &TuneResults, one: &Evaluated) -> Value {
    let spelt = Spelt::new(results, &one.policy);
    let alarms: Vec<Value> = spelt
        .set_alarms()
        .map(|(setting, spec)| {
            let mut alarm = shape(results, setting);
            let (threshold, _) = displayed(spec.subject.unit(), spec.threshold.as_f64());
            alarm["threshold"] = json!(threshold);
            alarm
        })
        .collect();
    json!({
        "strategy": spelt.strategy(),
        "changes": changes(&results.expansion.plans[one.policy.plan].changes),
        "alarms": alarms,
        "feasible": one.feasible,
        "has_margin": one.has_margin,
        "reported": performance(results, &one.reported),
        "chosen_on": performance(results, &one.chosen_on),
    })
}

fn performance(results: &TuneResults, of: &Performance) -> Value {
    json!({
        "replications": of.replications,
        "false_rollback": share(&of.false_rollback),
        "at_the_ends": at_the_ends(results, of),
        "full_traffic": share(&of.full_traffic),
        "full_traffic_s": mean(of.full_traffic_s),
        "healthy_extra_cost_usd": mean(of.healthy_extra_cost_usd),
        "objective": mean(of.objective),
        "harm": mean(of.harm),
        "expected_loss_usd": mean(of.expected_loss_usd),
        "regressions": of.regressions.iter().map(|one| detection(results, one)).collect::<Vec<_>>(),
    })
}

/// How it does where an uncertain key is low and where it is high.
fn at_the_ends(results: &TuneResults, of: &Performance) -> Vec<Value> {
    let keys = results.expansion.uncertain().iter().zip(of.fifths.chunks(2));
    let one = |(end, fifth): (&str, &Fifth)| {
        json!({
            "fifth": end,
            "false_rollback": share(&fifth.false_rollback),
            "missed": share(&fifth.missed),
        })
    };
    keys.map(|(key, fifths)| {
        let ends: Vec<Value> = ["lowest", "highest"].into_iter().zip(fifths).map(one).collect();
        json!({ "key": key.key, "low": key.low, "high": key.high, "ends": ends })
    })
    .collect()
}

fn standing(standing: Standing) -> Value {
    match standing {
        Standing::Confirmed => json!({ "is": "confirmed" }),
        Standing::Open { runs_needed } => json!({ "is": "open", "runs_needed": runs_needed }),
        Standing::BrokenAtAnEnd => json!({ "is": "broken_at_an_end" }),
        Standing::Broken => json!({ "is": "broken" }),
    }
}

fn limits(results: &TuneResults) -> [f64; 2] {
    [results.spec.max_false_rollback, results.spec.max_missed]
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
        "noticed_s": mean(one.noticed_s),
        "harm": mean(one.harm),
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
