//! `events.jsonl`: the shape of `EventBridge`'s events, their order, and how a deployment's end is told.

use crate::support::{GREEN_5XX, results, small};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::render;
use rollout_sim::simulation::outcome::End;
use serde_json::Value;

const STRATEGIES: &str = r#"
[[strategies]]
name = "canary"
canary = { size = "1 instance", bake = "8m", final_bake = "5m" }
[[strategies]]
name = "plain"
all_at_once = {}
alarms = []
[[strategies]]
name = "mixed"
rolling = { batch = "25%", bake = "20s" }
rollback_fails = 1.0
[[strategies]]
name = "shadow"
shadow = { lasts = "5m", then = "stop" }
[[strategies]]
name = "lambda"
code_deploy = "Linear10PercentEvery1Minute"
provision = "0s"
switch = "0s"
"#;

fn toml() -> String {
    let bad = "[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.5 }\n";
    small("region = \"eu-west-1\"", &format!("{bad}{GREEN_5XX}{STRATEGIES}"))
        .replace("name = \"small\"", "name = \"Fraud model, v2\"")
        .replace("runs = 20", "runs = 2")
}

fn lines(results: &Results) -> Vec<Value> {
    let (summary, comparison) = (Summary::of(results), Comparison::of(results));
    let files = render(results, &summary, &comparison, Vec::new()).expect("files");
    let file = files.iter().find(|file| file.name == "events.jsonl").expect("events.jsonl");
    let text = std::str::from_utf8(&file.bytes).expect("UTF-8");
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).expect("one JSON value a line")).collect()
}

/// Of one run: its deployment events.
fn deployment<'e>(events: &'e [Value], strategy: &str, regression: &str) -> Vec<&'e Value> {
    let of_run = |event: &&Value| {
        event["simulation"]["strategy"] == strategy
            && event["simulation"]["regression"] == regression
            && event["source"] == "aws.sagemaker"
    };
    events.iter().filter(of_run).collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("a table").keys().map(String::as_str).collect()
}

const VARIANT: [&str; 6] = [
    "VariantName",
    "CurrentWeight",
    "DesiredWeight",
    "CurrentInstanceCount",
    "DesiredInstanceCount",
    "VariantStatus",
];

fn has_the_shape_of_a_deployment_event(detail: &Value) {
    let mut variants: Vec<&Value> =
        detail["ProductionVariants"].as_array().expect("a list").iter().collect();
    assert!(!variants.is_empty());
    let mut expected = vec![
        "EndpointName",
        "EndpointArn",
        "EndpointConfigName",
        "ProductionVariants",
        "EndpointStatus",
        "CreationTime",
        "LastModifiedTime",
        "Tags",
    ];
    match detail["EndpointStatus"].as_str().expect("a status") {
        "UPDATING" => {
            expected.push("PendingDeploymentSummary");
            let pending = &detail["PendingDeploymentSummary"];
            assert_eq!(keys(pending), ["EndpointConfigName", "StartTime", "ProductionVariants"]);
            assert_eq!(pending["EndpointConfigName"], "Fraud-model-v2-green");
            assert_eq!(pending["StartTime"], 1_767_571_200_000_i64);
            variants.extend(pending["ProductionVariants"].as_array().expect("a list"));
        }
        "IN_SERVICE" | "UPDATE_ROLLBACK_FAILED" => {}
        other => panic!("{other}"),
    }
    assert_eq!(keys(detail), expected);
    for variant in variants {
        assert_eq!(keys(variant), VARIANT);
        assert_eq!(variant["VariantName"], "AllTraffic");
        let statuses = variant["VariantStatus"].as_array().expect("a list");
        assert!(statuses.len() <= 5, "SageMaker's limit");
        for status in statuses {
            assert_eq!(keys(status), ["Status", "StatusMessage", "StartTime"]);
            let known = ["Creating", "Updating", "Deleting", "ActivatingTraffic", "Baking"];
            assert!(known.contains(&status["Status"].as_str().expect("text")), "{status}");
            assert!(status["StatusMessage"].as_str().expect("text").ends_with("instance(s)."));
        }
    }
}

#[test]
fn every_line_is_an_event_of_eventbridge_with_ours_beside() {
    let events = lines(&results(&toml()));
    let mut ids = std::collections::BTreeSet::new();
    let mut alarms = 0;
    for event in &events {
        let envelope = [
            "version",
            "id",
            "detail-type",
            "source",
            "account",
            "time",
            "region",
            "resources",
            "detail",
            "simulation",
        ];
        assert_eq!(keys(event), envelope);
        assert_eq!((&event["version"], &event["region"]), (&"0".into(), &"eu-west-1".into()));
        assert!(ids.insert(event["id"].as_str().expect("text").to_owned()), "{event}");
        let detail = &event["detail"];
        match event["detail-type"].as_str().expect("text") {
            "SageMaker Endpoint Deployment State Change" => {
                assert_eq!(event["source"], "aws.sagemaker");
                let arn = "arn:aws:sagemaker:eu-west-1:000000000000:endpoint/Fraud-model-v2";
                assert_eq!(event["resources"][0], arn);
                has_the_shape_of_a_deployment_event(detail);
            }
            "CloudWatch Alarm State Change" => {
                alarms += 1;
                assert_eq!(event["source"], "aws.cloudwatch");
                let arn = "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:5xx";
                assert_eq!(event["resources"][0], arn);
                assert_eq!(keys(detail), ["alarmName", "state", "previousState"]);
                assert_eq!(keys(&detail["state"]), ["value", "reason", "timestamp"]);
                assert_ne!(detail["state"]["value"], detail["previousState"]["value"]);
                let reason = detail["state"]["reason"].as_str().expect("text");
                assert!(!reason.starts_with("5xx is "), "the name is not part of it: {reason}");
            }
            other => panic!("{other}"),
        }
    }
    assert!(alarms > 4, "{alarms}");
}

#[test]
fn events_of_a_run_are_in_order_of_time() {
    let events = lines(&results(&toml()));
    let run = |event: &Value| {
        let ours = &event["simulation"];
        (ours["strategy"].to_string(), ours["regression"].to_string())
    };
    let time = |event: &Value| event["simulation"]["time_s"].as_f64().expect("a time");
    for pair in events.windows(2).filter(|pair| run(&pair[0]) == run(&pair[1])) {
        assert!(time(&pair[0]) <= time(&pair[1]));
        let text = |event: &Value| event["time"].as_str().expect("text").to_owned();
        assert!(text(&pair[0]) <= text(&pair[1]), "the written times are in order as well");
    }
}

/// `(status, configuration, instances of each variant)` of the last event of a run.
fn end(events: &[Value], strategy: &str, regression: &str) -> (String, String, Vec<u64>) {
    let last = deployment(events, strategy, regression).pop().expect("events");
    let detail = &last["detail"];
    let variants = detail["ProductionVariants"].as_array().expect("a list").iter();
    (
        detail["EndpointStatus"].as_str().expect("text").to_owned(),
        detail["EndpointConfigName"].as_str().expect("text").to_owned(),
        variants.map(|v| v["CurrentInstanceCount"].as_u64().expect("a count")).collect(),
    )
}

#[test]
fn in_service_with_the_old_configuration_is_a_rollback() {
    let results = results(&toml());
    let events = lines(&results);
    let told = |strategy, regression| {
        let (status, config, instances) = end(&events, strategy, regression);
        (status, config.rsplit('-').next().expect("a suffix").to_owned(), instances)
    };
    let [new, old] =
        ["green", "blue"].map(|config| ("IN_SERVICE".to_owned(), config.to_owned(), vec![4]));
    assert_eq!(told("canary", "healthy"), new);
    assert_eq!(told("canary", "bad"), old);
    // Without a guardrail the bad release is in service.
    assert_eq!(told("plain", "bad"), new);
    assert_eq!(told("lambda", "bad"), old);
    // A shadow test promotes nothing.
    assert_eq!(told("shadow", "healthy"), old);
    let (status, config, instances) = told("mixed", "bad");
    assert_eq!((status.as_str(), config.as_str()), ("UPDATE_ROLLBACK_FAILED", "blue"));
    // The first batch has replaced one instance for good; the second had not come up.
    assert_eq!(instances, [3, 1]);
    assert!(results.outcomes.iter().any(|run| run.end == End::RollbackFailed));
}

#[test]
fn the_messages_of_a_canary_are_those_of_the_documentation() {
    let events = lines(&results(&toml()));
    let messages: Vec<String> = deployment(&events, "canary", "healthy")
        .iter()
        .flat_map(|event| {
            let detail = &event["detail"];
            let lists = [
                &detail["ProductionVariants"],
                &detail["PendingDeploymentSummary"]["ProductionVariants"],
            ];
            lists
                .into_iter()
                .filter_map(|list| list[0]["VariantStatus"][0]["StatusMessage"].as_str())
                .map(|message| format!("{} {message}", event["simulation"]["time_s"]))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        messages,
        [
            "0.0 Launching 4 instance(s).",
            "120.0 Activating traffic on canary capacity of 1 instance(s).",
            "150.0 Baking for 480 seconds (WaitIntervalInSeconds) with traffic enabled on canary \
             capacity of 1 instance(s).",
            "630.0 Activating traffic on full capacity of 4 instance(s).",
            "660.0 Baking for 300 seconds (TerminationWaitInSeconds) with traffic enabled on full \
             capacity of 4 instance(s).",
            "960.0 Terminating 4 instance(s).",
        ]
    );
}

#[test]
fn an_update_that_the_horizon_cuts_short_has_no_end() {
    let text =
        toml().replace("clean_up = \"30s\"", "clean_up = \"30s\"\ntermination_wait = \"30m\"");
    let events = lines(&results(&text));
    let (status, config, _) = end(&events, "canary", "healthy");
    assert_eq!((status.as_str(), config.as_str()), ("UPDATING", "Fraud-model-v2-blue"));
}
