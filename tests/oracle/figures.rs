//! The figures of a case, taken from the outcomes and compared.

use crate::case::Case;
use rollout_sim::experiment::Results;
use rollout_sim::simulation::outcome::{Outcome, Times};
use serde_json::Value;

/// Standard errors allowed. With several hundred figures one of them strays so far by chance once in
/// several hundred re-rolls of the seed (two-sided normal tail 7·10⁻⁶ a figure).
pub const SIGMAS: f64 = 4.5;

/// What a figure is taken of.
type Figure = Box<dyn Fn(&Outcome) -> f64>;

/// Compares every figure of the case with the outcomes of its regression arm; gives how many were
/// compared and what is wrong.
pub fn check(case: &Case, results: &Results) -> (usize, Vec<String>) {
    let runs: Vec<&Outcome> =
        results.outcomes.iter().filter(|outcome| outcome.regression == 1).collect();
    let mut checked = 0;
    let mut wrong = Vec::new();
    for (name, expected) in &case.expected {
        let verdict = if name == "p_rollback_by_stage" {
            Some(by_stage(expected, &runs))
        } else if expected["kind"] == "quantile" {
            Some(quantile(name, expected, &runs))
        } else if case.is_queueing() {
            queueing_figure(name, case).map(|figure| steady(expected, &runs, &figure))
        } else {
            rollout_figure(name).map(|figure| estimate(expected, &runs, &figure))
        };
        match verdict {
            Some(Ok(())) => checked += 1,
            Some(Err(what)) => wrong.push(format!("{} {name}: {what}", case.id)),
            None => wrong.push(format!("{} {name}: no such figure", case.id)),
        }
    }
    (checked, wrong)
}

fn rolled_back(outcome: &Outcome) -> bool {
    outcome.alarm_at.is_some()
}

fn detection_s(outcome: &Outcome) -> Option<f64> {
    Some(outcome.alarm_at?.since(outcome.first_traffic_at?).as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn rollout_figure(name: &str) -> Option<Figure> {
    Some(match name {
        "p_detect" | "p_false_rollback" => Box::new(|o| f64::from(u8::from(rolled_back(o)))),
        "mean_detection_seconds" => Box::new(|o| detection_s(o).unwrap_or(f64::NAN)),
        "requests_served_by_green" | "requests_served_by_green_given_rollback" => {
            Box::new(|o| o.to_bake_end.green as f64)
        }
        "failed_requests_attributable_to_green" | "failed_requests_attributable_given_rollback" => {
            Box::new(|o| o.to_bake_end.attributable_green as f64)
        }
        "failed_requests_on_green_total" => Box::new(|o| o.to_bake_end.green_failed as f64),
        "both_fleets_running_seconds" => Box::new(|o| o.both_fleets_s),
        "green_instance_hours" => Box::new(|o| o.green_instance_hours),
        "blue_instance_hours" => Box::new(|o| o.blue_instance_hours),
        "total_instance_hours" => Box::new(|o| o.green_instance_hours + o.blue_instance_hours),
        // The price of these scenarios is 1 an instance-hour.
        "extra_instance_hours_vs_no_deployment" => Box::new(|o| o.extra_cost),
        _ => return None,
    })
}

fn queueing_figure(name: &str, case: &Case) -> Option<Figure> {
    let (figure, fleet) = name.split_once("_blue_").map_or((name, ""), |_| (name, "blue"));
    let fleet = if figure.contains("_green_") { "green" } else { fleet };
    let only_green = case.optional("green_percent").is_none();
    let times = move |o: &Outcome| -> Times {
        match fleet {
            "blue" => o.blue_times,
            "green" => o.green_times,
            _ if only_green => o.green_times,
            _ => o.all_times,
        }
    };
    let bare = name.replace("_blue", "").replace("_green", "").replace("_all", "");
    let of = |pick: fn(&Times) -> Option<f64>| -> Figure {
        Box::new(move |o| pick(&times(o)).unwrap_or(f64::NAN))
    };
    Some(match bare.as_str() {
        "p_wait" => of(|t| t.waited_share),
        "mean_wait_seconds" => of(|t| t.wait_mean_s),
        "wait_q50_seconds" => of(|t| t.wait_quantiles_s.map(|q| q[0])),
        "wait_q90_seconds" => of(|t| t.wait_quantiles_s.map(|q| q[1])),
        "wait_q99_seconds" => of(|t| t.wait_quantiles_s.map(|q| q[2])),
        "mean_sojourn_seconds" => of(|t| t.response_mean_s),
        "sojourn_q99_seconds" => of(|t| t.response_quantiles_s.map(|q| q[2])),
        "sojourn_q90_seconds" => of(|t| t.response_quantiles_s.map(|q| q[1])),
        "mean_queue_length" => of(|t| t.queue_length_mean),
        _ => return None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn estimate(expected: &Value, runs: &[&Outcome], figure: &Figure) -> Result<(), String> {
    let value = expected["value"].as_f64().ok_or("no value")?;
    let sd = expected["sd_per_run"].as_f64().ok_or("no sd")?;
    let only_rolled_back = expected["basis"] == "runs with a rollback";
    let samples: Vec<f64> = runs
        .iter()
        .filter(|run| !only_rolled_back || rolled_back(run))
        .map(|run| figure(run))
        .collect();
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    // A rare event's count is judged by its Poisson spread, at least one event.
    let allowed =
        SIGMAS * sd / n.sqrt() + if expected["kind"] == "probability" { 2.0 / n } else { 1e-9 };
    within(mean, value, allowed.max(rare(expected, n) * value.abs()))
}

/// Where hardly any run differs from the others, the share of those that do decides; three odd runs
/// among n may come by chance.
fn rare(expected: &Value, n: f64) -> f64 {
    let value = expected["value"].as_f64().unwrap_or(0.0);
    let sd = expected["sd_per_run"].as_f64().unwrap_or(0.0);
    if value != 0.0 && sd / value.abs() < 0.02 && expected["kind"] != "probability" {
        4.0 / n
    } else {
        0.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn steady(expected: &Value, runs: &[&Outcome], figure: &Figure) -> Result<(), String> {
    let value = expected["value"].as_f64().ok_or("no value")?;
    let sd = expected["sd_of_one_run"].as_f64().ok_or("no sd")?;
    let n = runs.len() as f64;
    let mean = runs.iter().map(|run| figure(run)).sum::<f64>() / n;
    within(mean, value, SIGMAS * sd / n.sqrt())
}

fn within(mean: f64, value: f64, allowed: f64) -> Result<(), String> {
    if (mean - value).abs() <= allowed {
        Ok(())
    } else {
        Err(format!("{mean} instead of {value} ± {allowed}"))
    }
}

/// Quantiles of the detection time are multiples of the period. The exact probability of each of them
/// is not given, so the neighbours of the acceptable values are accepted as well where the run count is
/// below the one that the list was made for.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "counts of a test"
)]
fn quantile(name: &str, expected: &Value, runs: &[&Outcome]) -> Result<(), String> {
    let percent: f64 = name.rsplit('q').next().and_then(|q| q.parse().ok()).ok_or("no quantile")?;
    let mut times: Vec<f64> = runs.iter().filter_map(|run| detection_s(run)).collect();
    times.sort_by(f64::total_cmp);
    let rank = (percent / 100.0 * times.len() as f64).ceil() as usize;
    let found = times[rank.max(1) - 1];
    let accepted: Vec<f64> =
        ["acceptable_sample_quantiles_n1000", "acceptable_sample_quantiles_n10000"]
            .iter()
            .flat_map(|key| expected[*key].as_array().into_iter().flatten())
            .filter_map(Value::as_f64)
            .collect();
    let low = accepted.iter().copied().fold(f64::INFINITY, f64::min);
    let high = accepted.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if (low..=high).contains(&found) { Ok(()) } else { Err(format!("{found} not in {accepted:?}")) }
}

/// Probability of a rollback whose alarm fires in (start, end] of each stage.
#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn by_stage(expected: &Value, runs: &[&Outcome]) -> Result<(), String> {
    let stages = expected["value"].as_array().ok_or("no stages")?;
    let n = runs.len() as f64;
    for (index, stage) in stages.iter().enumerate() {
        let from = stage["from_second"].as_f64().ok_or("no start")?;
        let until = stages.get(index + 1).and_then(|next| next["from_second"].as_f64());
        let p = stage["p"].as_f64().ok_or("no probability")?;
        let inside = |t: f64| t > from && until.is_none_or(|until| t <= until);
        let share = runs.iter().filter_map(|run| detection_s(run)).filter(|&t| inside(t)).count()
            as f64
            / n;
        let allowed = SIGMAS * (p * (1.0 - p) / n).sqrt() + 2.0 / n;
        within(share, p, allowed).map_err(|what| format!("stage {}: {what}", index + 1))?;
    }
    Ok(())
}
