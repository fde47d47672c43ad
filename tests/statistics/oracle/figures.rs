//! The figures of a rollout, taken from the outcomes and compared.

use super::case::Case;
use super::rollout::{Ahead, ahead};
use super::verdict::{Flaw, SIGMAS, Verdict, close, number, quantile, quantile_of, share};
use rollout_sim::simulation::outcome::Outcome;
use serde_json::Value;

/// Of fewer runs the mean is too far from normal to be judged by its standard error.
const RUNS_MIN: usize = 10;

/// What a figure is taken of.
type Figure = Box<dyn Fn(&Outcome) -> f64>;

/// Compares a figure with the runs.
pub fn check(name: &str, expected: &Value, case: &Case, runs: &[&Outcome]) -> Verdict {
    match name {
        "p_rollback_by_stage" => return by_stage(expected, runs),
        "alarm_time_distribution" => return alarm_times(expected, runs),
        _ => {}
    }
    if let (Some(q), Some(_)) = (quantile_of(name), name.strip_prefix("detection_seconds_q")) {
        return detection_quantile(q, expected, runs);
    }
    let figure = rollout_figure(name, &ahead(case));
    let figure = figure.ok_or_else(|| Flaw::LeftOut("no such figure".into()))?;
    estimate(name, expected, runs, &figure)
}

fn rolled_back(outcome: &Outcome) -> bool {
    outcome.alarm_at.is_some()
}

fn detection_s(outcome: &Outcome) -> Option<f64> {
    Some(outcome.alarm_at?.since(outcome.first_traffic_at?).as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn rollout_figure(name: &str, ahead: &Ahead) -> Option<Figure> {
    let &Ahead { rest_hours, blue, green } = ahead;
    Some(match name {
        "p_detect" | "p_false_rollback" => Box::new(|o| f64::from(u8::from(rolled_back(o)))),
        "p_no_alarm" => Box::new(|o| f64::from(u8::from(!rolled_back(o)))),
        "mean_detection_seconds" => Box::new(|o| detection_s(o).unwrap_or(f64::NAN)),
        "requests_served_by_green" | "requests_served_by_green_given_rollback" => {
            Box::new(|o| o.to_bake_end.counts.green as f64)
        }
        "failed_requests_attributable_to_green" | "failed_requests_attributable_given_rollback" => {
            Box::new(|o| o.to_bake_end.counts.attributable_green as f64)
        }
        "failed_requests_on_green_total" => Box::new(|o| o.to_bake_end.counts.green_failed as f64),
        "both_fleets_running_seconds" => Box::new(move |o| o.both_fleets_s - rest_hours * 3600.0),
        "green_instance_hours" => Box::new(move |o| o.green_instance_hours - rest_hours * green),
        "blue_instance_hours" => Box::new(move |o| o.blue_instance_hours - rest_hours * blue),
        "total_instance_hours" => Box::new(move |o| {
            o.green_instance_hours + o.blue_instance_hours - rest_hours * (green + blue)
        }),
        // The price of these scenarios is 1 an instance-hour.
        "extra_instance_hours_vs_no_deployment" => {
            Box::new(move |o| o.extra_cost.expect("a known price") - rest_hours * green)
        }
        _ => return None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn estimate(name: &str, expected: &Value, runs: &[&Outcome], figure: &Figure) -> Verdict {
    let value = number(expected, "value")?;
    let is_probability = name.starts_with("p_");
    let sd = match number(expected, "sd_per_run") {
        Err(_) if is_probability => (value * (1.0 - value)).sqrt(),
        sd => sd?,
    };
    let only = match expected["basis"].as_str() {
        None | Some("all runs") => None,
        Some("runs with a rollback") => Some(true),
        Some("runs without a rollback") => Some(false),
        Some(basis) => return Err(Flaw::LeftOut(format!("basis = {basis:?}"))),
    };
    let samples: Vec<f64> = runs
        .iter()
        .filter(|run| only.is_none_or(|only| only == rolled_back(run)))
        .map(|run| figure(run))
        .collect();
    enough(samples.len())?;
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    // A rare event's count is judged by its Poisson spread, at least one event.
    let allowed = SIGMAS * sd / n.sqrt() + if is_probability { 2.0 / n } else { 1e-9 };
    let rare = if is_probability { 0.0 } else { rare(value, sd, n) };
    close(mean, value, allowed.max(rare * value.abs()))
}

fn enough(runs: usize) -> Verdict {
    if runs >= RUNS_MIN {
        Ok(())
    } else {
        Err(Flaw::LeftOut(format!("only {runs} such runs to judge by")))
    }
}

/// Where hardly any run differs from the others, the share of those that do decides; three odd runs
/// among n may come by chance.
fn rare(value: f64, sd: f64, n: f64) -> f64 {
    if value != 0.0 && sd / value.abs() < 0.02 { 4.0 / n } else { 0.0 }
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
fn detection_quantile(q: f64, expected: &Value, runs: &[&Outcome]) -> Verdict {
    let mut times: Vec<f64> = runs.iter().filter_map(|run| detection_s(run)).collect();
    enough(times.len())?;
    let accepted: Vec<f64> =
        ["acceptable_sample_quantiles_n1000", "acceptable_sample_quantiles_n10000"]
            .iter()
            .flat_map(|key| expected[*key].as_array().into_iter().flatten())
            .filter_map(Value::as_f64)
            .collect();
    if accepted.is_empty() {
        return quantile(&times, q, number(expected, "value")?);
    }
    times.sort_by(f64::total_cmp);
    let rank = (q * times.len() as f64).ceil() as usize;
    let found = times[rank.max(1) - 1];
    let low = accepted.iter().copied().fold(f64::INFINITY, f64::min);
    let high = accepted.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if (low..=high).contains(&found) {
        Ok(())
    } else {
        Err(Flaw::Wrong(format!("{found} not in {accepted:?}")))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn share_of(runs: &[&Outcome], is: impl Fn(f64) -> bool) -> f64 {
    let count = runs.iter().filter_map(|run| detection_s(run)).filter(|&at| is(at)).count();
    count as f64 / runs.len() as f64
}

fn rows(expected: &Value) -> Result<&Vec<Value>, Flaw> {
    expected["value"].as_array().ok_or_else(|| Flaw::LeftOut("value is no table".into()))
}

fn in_row(row: &str, verdict: Verdict) -> Verdict {
    verdict.map_err(|flaw| match flaw {
        Flaw::Wrong(what) => Flaw::Wrong(format!("{row}: {what}")),
        Flaw::LeftOut(why) => Flaw::LeftOut(format!("{row}: {why}")),
    })
}

/// Probability of a rollback whose alarm fires in (start, end] of each stage.
#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn by_stage(expected: &Value, runs: &[&Outcome]) -> Verdict {
    let stages = rows(expected)?;
    for (index, stage) in stages.iter().enumerate() {
        let from = number(stage, "from_second")?;
        let until = stages.get(index + 1).and_then(|next| next["from_second"].as_f64());
        let found = share_of(runs, |at| at > from && until.is_none_or(|until| at <= until));
        let row = format!("stage {}", index + 1);
        in_row(&row, share(found, number(stage, "p")?, runs.len() as f64))?;
    }
    Ok(())
}

/// Probability of an alarm at each of the instants, and at no other.
#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn alarm_times(expected: &Value, runs: &[&Outcome]) -> Verdict {
    let mut instants = Vec::new();
    for row in rows(expected)? {
        let (Some(at), Some(p)) = (row[0].as_f64(), row[1].as_f64()) else {
            return Err(Flaw::LeftOut(format!("the row {row} is no instant and its probability")));
        };
        let is = |found: f64| (found - at).abs() < 1e-6;
        in_row(&format!("at {at} s"), share(share_of(runs, is), p, runs.len() as f64))?;
        instants.push(at);
    }
    let elsewhere = share_of(runs, |at| instants.iter().all(|&other| (at - other).abs() >= 1e-6));
    in_row("at any other instant", share(elsewhere, 0.0, runs.len() as f64))
}
