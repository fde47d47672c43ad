//! Queues in steady state: as a scenario file, and the figures that the runs came to.

use super::case::Case;
use super::law::law;
use super::parameters::{Parameters, Unsaid};
use super::scenario::{duration, head};
use super::verdict::{Flaw, Verdict, number, within};
use rollout_sim::simulation::outcome::{Outcome, Times};
use serde_json::Value;
use std::fmt::Write;

/// Replications, each of 100,000 customers as a rule.
const RUNS: u64 = 12;

/// Customers that are not measured and that are, if a case does not say.
const CUSTOMERS: [f64; 2] = [20_000.0, 100_000.0];

/// All traffic (or the given share) goes to green at t = 0 and stays; the queues are measured once they
/// have settled.
pub fn scenario(case: &Case, unsaid: &Unsaid) -> String {
    let parameters = Parameters::of(&case.parameters, String::new(), unsaid);
    let rate = parameters.needed("arrivals_per_second");
    parameters.word("arrival_process", "", &[("poisson", "")]);
    let [settling, measured] = customers(&parameters);
    let (settled_s, horizon_s) = (settling / rate, (settling + measured) / rate);
    let servers = |fleet: &str| {
        let own = parameters.number(&format!("{fleet}_servers"));
        own.unwrap_or_else(|| parameters.needed("servers"))
    };
    let (queue, routing) = discipline(&parameters);
    let mut toml = head(&case.id, RUNS, horizon_s);
    writeln!(
        toml,
        r#"measure_from = "{}"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = {rate:?} }} }}
[endpoint]
concurrency = 1
instances = {}
price_per_hour = 1.0
queue = "{queue}"
routing = "{routing}"
timeout = "none"
provision = "0s"
switch = "0s"
clean_up = "0s"
shift_by = "percent"
[endpoint.green]
instances = {}
[blue]
latency = {}
[green]
latency = {}
[[regressions]]
name = "none"
healthy = true
[[strategies]]
name = "case"
steps = [{{ share = "{}%", bake = "{}" }}]"#,
        duration(settled_s),
        servers("blue"),
        servers("green"),
        service(&parameters, "blue"),
        service(&parameters, "green"),
        parameters.number("green_percent").unwrap_or(100.0),
        duration(horizon_s),
    )
    .expect("writing to a string");
    parameters.close();
    toml
}

fn service(parameters: &Parameters, fleet: &str) -> String {
    let own = format!("{fleet}_service");
    let key = if parameters.find(&own).is_some() { own.as_str() } else { "service" };
    match parameters.find(key) {
        None => law(parameters, key, "exponential", fleet),
        Some(Value::String(name)) => law(parameters, key, name, fleet),
        Some(_) => {
            let given = parameters.inner(key);
            let name = given.text("distribution").unwrap_or_default();
            let law = law(&given, "distribution", name, fleet);
            given.close();
            law
        }
    }
}

/// Where requests wait, and which instance takes one.
fn discipline(parameters: &Parameters) -> (&'static str, &'static str) {
    let own =
        ["per server", "per instance", "own queue", "separate"].map(|text| (text, "instance"));
    let shared = ["shared", "per fleet"].map(|text| (text, "shared"));
    let queues = [&own[..], &shared].concat();
    // The words about the measurement name the queues too, unless a parameter does.
    let measurement = parameters.text("measurement").unwrap_or_default().to_lowercase();
    let told = queues.iter().find(|(text, _)| measurement.contains(text));
    let mut queue = told.map_or("shared", |&(_, queue)| queue);
    for key in ["queue", "queues", "queue_discipline", "discipline"] {
        queue = parameters.word(key, queue, &queues);
    }
    let routes =
        [("random", "random"), ("least", "least-outstanding"), ("shortest", "least-outstanding")];
    let told = parameters.word("routing", "random", &routes);
    // Only at queues of their own does it matter which instance a request is sent to.
    (queue, if queue == "shared" { "random" } else { told })
}

/// How many customers are not measured and how many are: the numbers before "customers" in the words
/// about the measurement.
fn customers(parameters: &Parameters) -> [f64; 2] {
    let Some(text) = parameters.text("measurement") else { return CUSTOMERS };
    let words: Vec<&str> = text.split_whitespace().collect();
    let counts: Vec<f64> = words
        .windows(2)
        .filter(|pair| pair[1].starts_with("customers"))
        .filter_map(|pair| pair[0].replace(',', "").parse().ok())
        .collect();
    match counts[..] {
        [settling, measured] if settling > 0.0 && measured > 0.0 => [settling, measured],
        _ => {
            if !counts.is_empty() {
                parameters.leave_out("measurement");
            }
            CUSTOMERS
        }
    }
}

/// Compares a figure with the mean over the runs.
#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
pub fn check(name: &str, expected: &Value, case: &Case, runs: &[&Outcome]) -> Verdict {
    let (pick, fleet) = figure(name).ok_or_else(|| Flaw::LeftOut("no such figure".into()))?;
    let split = !case.parameters["green_percent"].is_null();
    let times = |o: &Outcome| match fleet {
        Fleet::Blue => o.blue_times,
        Fleet::All if split => o.all_times,
        // Without a share for green, green is all there is.
        Fleet::Green | Fleet::All => o.green_times,
    };
    let value = number(expected, "value")?;
    let sd = number(expected, "sd_of_one_run")?;
    let found: Option<Vec<f64>> = runs.iter().map(|run| pick(&times(run))).collect();
    let found = found.ok_or_else(|| Flaw::LeftOut("no request of that fleet".into()))?;
    let n = found.len() as f64;
    within(found.iter().sum::<f64>() / n, value, sd / n.sqrt())
}

enum Fleet {
    Blue,
    Green,
    All,
}

type Pick = fn(&Times) -> Option<f64>;

/// What a figure's name asks for, and of which fleet.
fn figure(name: &str) -> Option<(Pick, Fleet)> {
    let parts: Vec<&str> = name.split('_').collect();
    let fleet = match () {
        () if parts.contains(&"blue") => Fleet::Blue,
        () if parts.contains(&"green") => Fleet::Green,
        () => Fleet::All,
    };
    let bare: Vec<&str> =
        parts.into_iter().filter(|part| !["blue", "green", "all"].contains(part)).collect();
    let pick: Pick = match bare.join("_").as_str() {
        "p_wait" => |t| t.waited_share,
        "mean_wait_seconds" => |t| t.wait_mean_s,
        "wait_q50_seconds" => |t| t.wait_quantiles_s.map(|q| q[0]),
        "wait_q90_seconds" => |t| t.wait_quantiles_s.map(|q| q[1]),
        "wait_q99_seconds" => |t| t.wait_quantiles_s.map(|q| q[2]),
        "mean_sojourn_seconds" => |t| t.response_mean_s,
        "sojourn_q50_seconds" => |t| t.response_quantiles_s.map(|q| q[0]),
        "sojourn_q90_seconds" => |t| t.response_quantiles_s.map(|q| q[1]),
        "sojourn_q99_seconds" => |t| t.response_quantiles_s.map(|q| q[2]),
        "mean_queue_length" => |t| t.queue_length_mean,
        _ => return None,
    };
    Some((pick, fleet))
}
