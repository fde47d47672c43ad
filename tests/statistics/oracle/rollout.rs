//! A rollout as a scenario file: that the tool can say all of it is part of the test.

use super::alarms;
use super::case::Case;
use super::law::law;
use super::parameters::{Parameters, Unsaid};
use super::scenario::{duration, head, replications};
use std::fmt::Write;

/// A case's time begins at the first shift, and so do its periods; ours begin at the request of the
/// update. That comes green's lead before the shift, and so much more that it is whole periods: the
/// fleets are billed for the rest too, which has to be taken off again.
pub struct Ahead {
    pub rest_hours: f64,
    pub blue: f64,
    pub green: f64,
}

/// What several tables of a rollout's scenario need, in seconds.
struct Times {
    ahead: f64,
    bake_end: f64,
    period: f64,
}

fn ahead_s(lead_s: f64, period_s: f64) -> f64 {
    (lead_s / period_s).ceil() * period_s
}

/// How much longer than in the case the fleets are billed.
pub fn ahead(case: &Case) -> Ahead {
    let nothing_said = Unsaid::default();
    let parameters = Parameters::of(&case.parameters, String::new(), &nothing_said);
    let fleets = parameters.inner("instances");
    let lead_s = fleets.number("green_provision_lead_seconds").unwrap_or(0.0);
    let period_s = parameters.needed("metric_period_seconds");
    Ahead {
        rest_hours: (ahead_s(lead_s, period_s) - lead_s) / 3600.0,
        blue: fleets.number("blue_instances").unwrap_or(INSTANCES),
        green: fleets.number("green_instances").unwrap_or(INSTANCES),
    }
}

/// Of either fleet, if a case does not say: nothing waits, so it only sets the bill.
const INSTANCES: f64 = 10.0;

/// The scenario file; what it cannot say is named.
pub fn scenario(case: &Case, unsaid: &Unsaid) -> String {
    let parameters = Parameters::of(&case.parameters, String::new(), unsaid);
    known_conventions(&parameters);
    let fleets = parameters.inner("instances");
    let lead_s = fleets.number("green_provision_lead_seconds").unwrap_or(0.0);
    let period_s = parameters.needed("metric_period_seconds");
    let times = Times {
        ahead: ahead_s(lead_s, period_s),
        bake_end: parameters.needed("end_of_last_bake_window_seconds"),
        period: period_s,
    };
    let rollback_s = parameters.number("rollback_latency_seconds").unwrap_or(0.0);
    let billed_s = fleets.number("billing_horizon_seconds");
    let horizon_s = times.ahead + billed_s.unwrap_or(times.bake_end + rollback_s + 60.0);
    let rate = parameters.needed("traffic_requests_per_second");
    let mut toml = head(&case.id, replications(rate * times.bake_end), horizon_s);
    push_endpoint(&mut toml, &parameters, &fleets, &times, rollback_s);
    push_models(&mut toml, &parameters);
    for (index, alarm) in parameters.each("alarms").into_iter().enumerate() {
        alarms::push(&mut toml, index, &alarm, period_s);
        let latency = alarm.text("statistic").is_some_and(|text| text.ends_with("latency"));
        if latency && parameters.find("green_latency").is_none() {
            parameters.missing("green_latency");
        }
        alarm.close();
    }
    push_steps(&mut toml, &parameters, times.bake_end);
    fleets.close();
    parameters.close();
    toml
}

/// Parameters that say in words what every rollout case has in common.
fn known_conventions(parameters: &Parameters) {
    parameters.word("arrival_process", "", &[("poisson", "")]);
    parameters.word("history_before_t0", "", &[("non-breaching", ""), ("non breaching", "")]);
    // The schedule says the same more exactly.
    let schedules = ["all at once", "all-at-once", "canary", "linear", "step", "blue/green"];
    parameters.word("strategy", "", &schedules.map(|word| (word, "")));
}

fn push_endpoint(
    toml: &mut String,
    parameters: &Parameters,
    fleets: &Parameters,
    times: &Times,
    rollback_s: f64,
) {
    let interval_s = if times.period % 60.0 == 0.0 { 60.0 } else { times.period };
    writeln!(
        toml,
        r#"[traffic]
arrivals = {{ poisson = {{ rate_per_s = {:?} }} }}
[endpoint]
instances = {}
price_per_hour = 1.0
capacity = "unlimited"
timeout = "none"
provision = "{}"
switch = "0s"
rollback_switch = "{}"
termination_wait = "{}"
clean_up = "0s"
shift_by = "percent"
[endpoint.green]
instances = {}
[metrics]
interval = "{}"
delay = "{}"
count_at = "arrival"
[controller]
poll_interval = "0s""#,
        parameters.needed("traffic_requests_per_second"),
        fleets.number("blue_instances").unwrap_or(INSTANCES),
        duration(times.ahead),
        duration(rollback_s),
        duration(fleets.number("termination_wait_seconds").unwrap_or(0.0)),
        fleets.number("green_instances").unwrap_or(INSTANCES),
        duration(interval_s),
        duration(parameters.number("metric_delay_seconds").unwrap_or(0.0)),
    )
    .expect("writing to a string");
}

fn push_models(toml: &mut String, parameters: &Parameters) {
    let latency = |fleet: &str| {
        let key = format!("{fleet}_latency");
        if parameters.find(&key).is_none() {
            return r#"{ constant = "10ms" }"#.to_owned();
        }
        let given = parameters.inner(&key);
        let Some(name) = given.text("distribution") else {
            parameters.leave_out(&key);
            return String::new();
        };
        let law = law(&given, "distribution", name, fleet);
        given.close();
        law
    };
    let errors = |fleet: &str| parameters.needed(&format!("{fleet}_failure_probability"));
    writeln!(
        toml,
        r#"[blue]
latency = {}
errors_5xx = {:?}
[green]
latency = {}
[[regressions]]
name = "case"
errors = {{ errors_5xx = {:?} }}"#,
        latency("blue"),
        errors("blue"),
        latency("green"),
        errors("green"),
    )
    .expect("writing to a string");
}

fn push_steps(toml: &mut String, parameters: &Parameters, bake_end_s: f64) {
    toml.push_str("[[strategies]]\nname = \"case\"\nsteps = [\n");
    let steps = parameters.each("green_traffic_schedule");
    let starts: Vec<f64> = steps.iter().map(|step| step.needed("from_second")).collect();
    if starts.first() != Some(&0.0) {
        parameters.leave_out("green_traffic_schedule");
    }
    for (index, step) in steps.into_iter().enumerate() {
        let until = starts.get(index + 1).copied().unwrap_or(bake_end_s);
        let share = step.needed("green_percent");
        let bake = duration(until - starts[index]);
        writeln!(toml, "  {{ share = \"{share}%\", bake = \"{bake}\" }},")
            .expect("writing to a string");
        step.close();
    }
    toml.push_str("]\n");
}
