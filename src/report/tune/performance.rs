//! How a policy does, figure by figure, in words.

use super::figures::{harm, mean, objective, objective_shown, share, value};
use super::policy::{Spelt, datapoints, threshold};
use super::words::release;
use crate::alarm::spec::AlarmSpec;
use crate::report::number::{amount, dollars, duration};
use crate::tuning::results::{Detection, Performance, Policy, Setting, TuneResults};

/// What a policy does, figure by figure.
pub(super) fn performance(results: &TuneResults, of: &Performance) -> Vec<String> {
    let mut lines =
        vec![format!("False rollback: {} of healthy releases.", share(&of.false_rollback))];
    lines.extend(of.regressions.iter().map(|one| detection(results, one)));
    if of.full_traffic.of > 0 && of.full_traffic.count == 0 {
        lines.push("No healthy release ever gets all traffic.".to_owned());
    }
    if let Some(time) = &of.full_traffic_s {
        lines.push(format!(
            "Full traffic {} after the request, the mean over the {} of healthy releases that get so far.",
            mean(time, duration),
            share(&of.full_traffic)
        ));
    }
    if let Some(cost) = &of.healthy_extra_cost_usd {
        lines.push(format!("Extra cost of a healthy release: {}.", mean(cost, dollars)));
    }
    if let Some(goal) = &of.objective {
        let asked = results.spec.minimise;
        let figure = mean(goal, objective_shown(results));
        lines.push(format!("What is minimised, {}: {figure}.", objective(asked)));
    }
    lines
}

/// Of the runs that caught it: how soon. Of all: how often, and what it cost.
fn detection(results: &TuneResults, one: &Detection) -> String {
    let name = release(results, one);
    let noticed = match (one.time_to_detect_s, one.caught.count) {
        (Some([low, median, high]), 1..) => format!(
            "caught in {} of the runs, in {} (median of those; quartiles {} and {})",
            share(&one.caught),
            duration(median),
            duration(low),
            duration(high)
        ),
        _ => format!("caught in {} of the runs", share(&one.caught)),
    };
    let by_chance = match value(&one.by_chance) {
        Some(by_chance) if by_chance > 0.0 => {
            format!("; rolled back by chance in {}", share(&one.by_chance))
        }
        _ => String::new(),
    };
    let mut costs: Vec<String> = one.harm.iter().map(|mean| harm(results, mean)).collect();
    if let Some(users) = &one.users_touched {
        costs.push(format!("{} users touched", mean(users, amount)));
    }
    let costs =
        if costs.is_empty() { String::new() } else { format!("; {} a release", costs.join(", ")) };
    format!(
        "'{name}': {noticed}; missed in {} of those caught or missed{by_chance}{costs}.",
        share(&one.missed)
    )
}

/// The thresholds that do as well, alarm by alarm.
pub(super) fn equivalents(results: &TuneResults, policy: &Policy) -> Vec<String> {
    let spelt = Spelt::new(results, policy);
    let several = policy.settings.len() > 1;
    let set = spelt.set_alarms();
    let of =
        |spec: &AlarmSpec| if several { format!(" of '{}'", spec.name) } else { String::new() };
    let range_of = |setting: &Setting, spec: &AlarmSpec| {
        range(setting, |value| threshold(spec.subject.unit(), value))
    };
    let own = set.filter_map(|(setting, spec)| {
        let range = range_of(setting, &spec)?;
        Some(format!(
            "Any threshold{} {range} keeps the limits on the runs that choose and is a tenth worse at \
             most, or better. Only some have the margin that makes it likely to be confirmed, so the one \
             above need not be in the middle.",
            of(&spec)
        ))
    });
    let others: Vec<String> = results
        .alternatives
        .iter()
        .filter_map(|other| {
            let spec = &results.expansion.shapes[other.setting.shape].spec;
            let range = range_of(&other.setting, spec)?;
            Some(format!("{}{} {range}", datapoints(spec), of(spec)))
        })
        .collect();
    let others =
        (!others.is_empty()).then(|| format!("So it is with other shapes: {}.", others.join(", ")));
    own.chain(others).collect()
}

fn range(setting: &Setting, show: impl Fn(f64) -> String) -> Option<String> {
    let (low, high) = setting.equivalent;
    match (low.is_finite(), high.is_finite()) {
        (true, true) if low < high => Some(format!("between {} and {}", show(low), show(high))),
        (true, false) => Some(format!("above {}", show(low))),
        (false, true) => Some(format!("below {}", show(high))),
        (false, false) => Some("whatever".to_owned()),
        (true, true) => None,
    }
}
