//! What cannot be said is left out by name, and stops nothing.

use super::case::parse;
use super::run_cases;
use super::verdict::Tally;
use serde_json::{Value, json};

/// A queue that has one request in a hundred seconds: nobody waits, so that any run tells.
fn idle(id: &str, extra: &Value) -> Value {
    let mut parameters = json!({
        "arrivals_per_second": 0.01,
        "servers": 10,
        "mean_service_seconds": 1.0,
        "measurement": "discard 10 customers, then measure 100 customers",
    });
    for (key, value) in extra.as_object().into_iter().flatten() {
        parameters[key] = value.clone();
    }
    let expected = json!({ "p_wait": { "value": 0.0, "sd_of_one_run": 0.001 } });
    json!({ "id": id, "kind": "queueing", "parameters": parameters, "expected": expected })
}

fn run(cases: &[Value]) -> Tally {
    let cases = parse(&json!({ "cases": cases }).to_string()).expect("cases");
    run_cases(&cases)
}

/// A rollout of a fault that is seen at once: all requests fail, and the first minute shows it.
fn outage() -> Value {
    json!({
        "id": "outage",
        "kind": "rollout",
        "parameters": {
            "traffic_requests_per_second": 1.0,
            "metric_period_seconds": 60,
            "blue_failure_probability": 0.0,
            "green_failure_probability": 1.0,
            "green_traffic_schedule": [{ "from_second": 0.0, "green_percent": 100.0 }],
            "end_of_last_bake_window_seconds": 90.0,
            "alarms": [{
                "watches": "green fleet only",
                "statistic": "error_rate",
                "comparison": "GreaterThanThreshold",
                "threshold": 0.5,
                "datapoints_to_alarm_M": 1,
                "evaluation_datapoints_N": 1,
                "treat_missing_data": "notBreaching",
            }],
        },
        "expected": {
            "p_detect": { "value": 1.0, "sd_per_run": 0.0, "basis": "all runs" },
            "mean_detection_seconds": { "value": 60.0, "sd_per_run": 0.0 },
        },
    })
}

#[test]
fn an_unknown_kind_stops_nothing() {
    let chart = json!({ "id": "chart", "kind": "chart", "expected": { "run_length": {} } });
    let bare = json!({});
    let tally = run(&[chart, bare, outage()]);
    assert_eq!(tally.left_out, [r#"chart: kind = "chart""#, r#"case 2: kind = """#]);
    assert_eq!((tally.compared, tally.wrong.len()), (2, 0));
}

#[test]
fn every_parameter_that_cannot_be_said_is_named() {
    let cases = [
        idle("law", &json!({ "service": "bimodal" })),
        idle("cv", &json!({ "service": "gamma" })),
        idle("contrary", &json!({ "service": "exponential", "service_cv": 2.0 })),
        idle("key", &json!({ "waiting_places": 3 })),
        idle("route", &json!({ "queue": "one per server", "routing": "round robin" })),
        idle("arrivals", &json!({ "arrival_process": "batches", "servers": "many" })),
        idle("fine", &json!({ "service": "exponential", "note": "nobody waits" })),
    ];
    let tally = run(&cases);
    let expected = [
        r#"law: service = "bimodal""#,
        "cv: service = gamma: the numbers that it takes",
        "contrary: service = exponential with a Cv of 2",
        "key: waiting_places = 3",
        r#"route: routing = "round robin""#,
        r#"arrivals: arrival_process = "batches""#,
    ];
    let told = |what: &str| tally.left_out.iter().any(|left_out| left_out == what);
    assert!(expected.iter().all(|what| told(what)), "{:#?}", tally.left_out);
    assert!(told(r#"arrivals: servers = "many""#), "{:#?}", tally.left_out);
    assert_eq!((tally.compared, tally.wrong.len()), (1, 0));
}

#[test]
fn an_unknown_latency_or_alarm_is_named() {
    let mut latency = outage();
    latency["parameters"]["green_latency"] = json!({ "distribution": "cauchy", "scale_ms": 1 });
    let mut statistic = outage();
    statistic["parameters"]["alarms"][0]["statistic"] = json!("error_entropy");
    let mut refused = outage();
    refused["parameters"]["alarms"][0]["datapoints_to_alarm_M"] = json!(2);
    let mut absent = outage();
    absent["parameters"]["alarms"][0]["statistic"] = json!("mean_latency");
    let tally = run(&[latency, statistic, refused, absent, outage()]);
    let [latency, statistic, refused, absent] = tally.left_out.as_slice() else {
        panic!("{:#?}", tally.left_out);
    };
    assert_eq!(latency, r#"outage: green_latency.distribution = "cauchy""#);
    assert_eq!(statistic, r#"outage: alarms[0].statistic = "error_entropy""#);
    assert_eq!(absent, "outage: green_latency is missing");
    assert!(refused.starts_with("outage: the scenario is refused"), "{refused}");
    assert_eq!((tally.compared, tally.wrong.len()), (2, 0));
}

#[test]
fn an_unknown_figure_leaves_the_others() {
    let mut case = outage();
    let expected = &mut case["expected"];
    expected["regret"] = json!({ "value": 1.0 });
    expected["detection_seconds_q90"] = json!({ "value": 1.0, "unit": "minutes" });
    expected["requests_served_by_green"] = json!({ "value": 60.0 });
    expected["p_no_alarm"] = json!({ "value": 0.5 });
    let tally = run(&[case]);
    assert_eq!(
        tally.left_out,
        [
            "outage regret: no such figure",
            r#"outage detection_seconds_q90: unit = "minutes""#,
            "outage requests_served_by_green: sd_per_run is null",
        ]
    );
    assert_eq!(tally.compared, 3);
    assert_eq!(tally.wrong.len(), 1, "what is wrong is still found: {:?}", tally.wrong);
}

#[test]
fn a_file_without_cases_is_no_collection() {
    assert!(parse("{}").is_err_and(|why| why == "there is no list `cases`"));
    assert!(parse("no JSON").is_err());
}
