//! What is exported for AWS: complete, within the vendor's limits, and the policy that was recommended.

use crate::tuned::{ALARM, Extent, USUAL, as_written, results, scenario};
use rollout_sim::alarm::spec::AlarmSpec;
use rollout_sim::report::OutputFile;
use rollout_sim::report::terminal::Terminal;
use rollout_sim::report::tune::{render, terminal};
use rollout_sim::scenario::AlarmFile;
use rollout_sim::telemetry::ratio::Ratio;
use rollout_sim::tuning::results::TuneResults;
use rollout_sim::tuning::standing::Standing;
use serde_json::{Value, json};
use std::fmt::Write as _;

fn files(results: &TuneResults) -> Vec<OutputFile> {
    render(results, vec![]).expect("files")
}

fn text(files: &[OutputFile], name: &str) -> String {
    let file = files.iter().find(|file| file.name == name);
    let file = file.unwrap_or_else(|| panic!("no {name} among {:?}", names(files)));
    String::from_utf8(file.bytes.clone()).expect("UTF-8")
}

fn json_of(files: &[OutputFile], name: &str) -> Value {
    serde_json::from_str(&text(files, name)).expect("JSON")
}

fn names(files: &[OutputFile]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

const CANARY: &str = r#"
[[strategies]]
name = "canary"
canary = { size = "10%", bake = "10m", final_bake = "5m" }
timeout = "40m"
"#;

fn exported(alarms: &str, strategy: &str) -> Vec<OutputFile> {
    files(&as_written(scenario(alarms, strategy)))
}

// --- alarms -----------------------------------------------------------------------------------

/// The input of put-metric-alarm as an alarm of our own files, key by key.
fn as_toml(input: &Value) -> String {
    let mut toml = String::from("[[alarms]]\n");
    for (key, value) in input.as_object().expect("a table") {
        let line = match key.as_str() {
            "AlarmName" => format!("name = {value}"),
            "AlarmDescription" | "Namespace" => continue,
            "MetricName" if input["Namespace"] == "RolloutSim/Monitors" => {
                format!("monitor = {value}")
            }
            "MetricName" => format!("metric = {value}"),
            "Statistic" | "ExtendedStatistic" => format!("statistic = {value}"),
            "Dimensions" => match fleet(value) {
                Some(fleet) => format!("fleet = \"{fleet}\""),
                None => continue,
            },
            "Period" => format!("period = \"{value}s\""),
            "EvaluationPeriods" => format!("evaluation_periods = {value}"),
            "DatapointsToAlarm" => format!("datapoints_to_alarm = {value}"),
            "Threshold" => format!("threshold = {value}"),
            "ComparisonOperator" => format!("comparison = {value}"),
            "TreatMissingData" => format!("treat_missing_data = {value}"),
            "EvaluateLowSampleCountPercentile" => {
                format!("evaluate_low_sample_count_percentile = {value}")
            }
            "Metrics" => metrics(value),
            other => panic!("{other} is no key of ours"),
        };
        writeln!(toml, "{line}").expect("a string");
    }
    toml
}

fn metrics(metrics: &Value) -> String {
    let mut lines = String::new();
    let mut operands = Vec::new();
    for metric in metrics.as_array().expect("an array") {
        if let Some(expression) = metric.get("Expression") {
            assert_eq!(metric["ReturnData"], true);
            writeln!(lines, "expression = {expression}").expect("a string");
            continue;
        }
        assert_eq!(metric["ReturnData"], false);
        let stat = &metric["MetricStat"];
        writeln!(lines, "period = \"{}s\"", stat["Period"]).expect("a string");
        let fleet = fleet(&stat["Metric"]["Dimensions"]).expect("a fleet");
        operands.push(format!(
            "{{ id = {}, metric = {}, statistic = {}, fleet = \"{fleet}\" }}",
            metric["Id"], stat["Metric"]["MetricName"], stat["Stat"]
        ));
    }
    // All operands have the same period.
    let period = lines.lines().find(|line| line.starts_with("period")).expect("one").to_owned();
    let rest = lines.lines().filter(|line| !line.starts_with("period")).collect::<String>();
    format!("{period}\n{rest}\nmetrics = [{}]", operands.join(", "))
}

/// The fleet that dimensions stand for; none of a metric of the endpoint alone.
fn fleet(dimensions: &Value) -> Option<&'static str> {
    let value = |name: &str| {
        let all = dimensions.as_array().expect("an array");
        Some(all.iter().find(|one| one["Name"] == name)?["Value"].as_str()?.to_owned())
    };
    value("EndpointName").expect("every metric is of the endpoint");
    let variant = value("VariantName")?;
    Some(match value("EndpointConfigName") {
        Some(config) if config.ends_with("-green") => "green",
        Some(config) if config.ends_with("-blue") => "blue",
        Some(config) => panic!("an unknown configuration {config}"),
        None if variant.ends_with("-shadow") => "shadow",
        None => "both",
    })
}

fn read_back(input: &Value) -> AlarmSpec {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("alarms.toml");
    std::fs::write(&path, as_toml(input)).expect("a file");
    let file = AlarmFile::load(&path).unwrap_or_else(|errors| panic!("{errors}\n{input:#}"));
    file.alarms.into_iter().next().expect("one alarm")
}

fn alarm(name: &str, rest: &str) -> String {
    let usual = "period = \"60s\"\nevaluation_periods = 3\ncomparison = \"GreaterThanThreshold\"";
    format!("[[alarms]]\nname = \"{name}\"\n{rest}\n{usual}\n")
}

/// Alarms of every kind that is exported: name, and what is not as usual.
const KINDS: [(&str, &str); 6] = [
    (
        "rate",
        r#"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = "0.83%"
datapoints_to_alarm = 2"#,
    ),
    (
        "said",
        r#"
metric = "Invocation4XXErrors"
statistic = "Sum"
fleet = "both"
threshold = 12
datapoints_to_alarm = 3
treat_missing_data = "breaching""#,
    ),
    (
        r#"p99.9 \"latency\" ${x} %{y}"#,
        r#"
metric = "ModelLatency"
statistic = "p99.9"
fleet = "blue"
threshold = "160.25ms"
evaluate_low_sample_count_percentile = "ignore"
treat_missing_data = "ignore""#,
    ),
    (
        "trimmed",
        r#"
metric = "ModelLatency"
statistic = "TM(10%:90%)"
fleet = "green"
threshold = 40000"#,
    ),
    (
        "rank",
        r#"
metric = "ModelLatency"
statistic = "PR(:300000)"
fleet = "green"
threshold = 99.5
treat_missing_data = "notBreaching""#,
    ),
    (
        "math",
        r#"
expression = "IF(n > 100, 100 * e / n, 0)"
threshold = 0.8
metrics = [
    { id = "e", metric = "Invocation5XXErrors", statistic = "Sum", fleet = "green" },
    { id = "n", metric = "Invocations", statistic = "Sum", fleet = "blue" },
]"#,
    ),
];

#[test]
fn what_put_metric_alarm_gets_reads_back_as_the_same_alarm() {
    let alarms: String = KINDS.iter().map(|(name, rest)| alarm(name, rest)).collect();
    let scenario = scenario(&alarms, CANARY);
    let files = files(&as_written(scenario.clone()));
    let inputs: Vec<Value> = names(&files)
        .into_iter()
        .filter(|name| name.starts_with("aws/alarm_"))
        .map(|name| json_of(&files, name))
        .collect();
    assert_eq!(inputs.len(), scenario.alarms.len());
    for (input, spec) in inputs.iter().zip(&scenario.alarms) {
        assert_eq!(&read_back(input), spec);
    }
}

#[test]
fn a_monitors_results_are_in_a_namespace_of_ours() {
    let quality =
        "[quality]\naccuracy = 0.9\n[[monitors]]\nname = \"accuracy\"\nmodel_quality = {}\n";
    let watched = alarm("low", "monitor = \"accuracy\"\nstatistic = \"Minimum\"\nthreshold = 0.8");
    let files = exported(&format!("{quality}{watched}"), CANARY);
    let input = json_of(&files, "aws/alarm_1_low.json");
    assert_eq!(input["Namespace"], "RolloutSim/Monitors");
    assert_eq!(input["MetricName"], "accuracy");
    assert!(text(&files, "aws/README.md").contains("publish the monitor's results"));
}

#[test]
fn the_recommended_setting_is_what_is_exported() {
    let results = results(USUAL);
    let best = results.best.as_ref().expect("a best policy");
    let setting = best.policy.settings[0];
    let shape = &results.expansion.shapes[setting.shape];
    let wanted = AlarmSpec {
        threshold: setting.threshold,
        // A changed M is written out.
        says_datapoints_to_alarm: true,
        ..shape.spec.clone()
    };
    assert_ne!(wanted.threshold, Ratio::new(1, 100), "another threshold than the one written");
    let files = files(&results);
    assert_eq!(read_back(&json_of(&files, "aws/alarm_1_5xx_rate.json")), wanted);
}

#[test]
fn latency_thresholds_are_in_microseconds() {
    let slow = alarm(
        "slow",
        "metric = \"ModelLatency\"\nstatistic = \"p99\"\nfleet = \"green\"\nthreshold = \"160ms\"",
    );
    let files = exported(&slow, CANARY);
    let input = json_of(&files, "aws/alarm_1_slow.json");
    assert_eq!(input["Threshold"], json!(160_000.0));
    assert_eq!(input["ExtendedStatistic"], "p99");
    assert_eq!(input.get("Statistic"), None);
}

#[test]
fn composite_alarms_bring_the_alarms_they_name() {
    let on_requests = |name: &str| {
        let sum = "metric = \"Invocations\"\nstatistic = \"Sum\"\nfleet = \"green\"\nthreshold = 1";
        alarm(name, sum)
    };
    let both = format!(
        "{ALARM}{}{}[[composite_alarms]]\nname = \"any\"\nrule = 'ALARM(\"5xx-rate\") OR ALARM(two)'\n\
         actions_suppressor = \"busy\"\nactions_suppressor_wait_period = \"1m\"\n\
         actions_suppressor_extension_period = \"90s\"\n",
        on_requests("two"),
        on_requests("busy"),
    );
    let strategy = format!("{CANARY}alarms = [\"any\"]\n");
    let files = exported(&both, &strategy);
    for name in ["aws/alarm_1_5xx_rate.json", "aws/alarm_2_two.json", "aws/alarm_3_busy.json"] {
        json_of(&files, name);
    }
    let composite = json_of(&files, "aws/composite_alarm_1_any.json");
    let expected = json!({
        "AlarmName": "any",
        "AlarmRule": "ALARM(\"5xx-rate\") OR ALARM(\"two\")",
        "ActionsSuppressor": "busy",
        "ActionsSuppressorWaitPeriod": 60,
        "ActionsSuppressorExtensionPeriod": 90,
    });
    assert_eq!(composite, expected);
    let config = json_of(&files, "aws/deployment_config.json");
    assert_eq!(config["AutoRollbackConfiguration"]["Alarms"], json!([{ "AlarmName": "any" }]));
}

// --- rollouts ---------------------------------------------------------------------------------

#[test]
fn guardrails_become_deployment_configs_of_instances_and_seconds() {
    let routing = |kind: &str| json!({ "Type": kind, "WaitIntervalInSeconds": 0 });
    let size = |value: u32| json!({ "Type": "INSTANCE_COUNT", "Value": value });
    for (form, expected) in [
        (
            "canary = { size = \"10%\", bake = \"10m\", final_bake = \"5m\" }\ntimeout = \"40m\"",
            json!({ "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {
                    "Type": "CANARY", "CanarySize": size(2), "WaitIntervalInSeconds": 600,
                },
                "TerminationWaitInSeconds": 300,
                "MaximumExecutionTimeoutInSeconds": 2400,
            }}),
        ),
        (
            "linear = { step = \"30%\", bake = \"90s\", final_bake = \"10m\" }",
            json!({ "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {
                    "Type": "LINEAR", "LinearStepSize": size(6), "WaitIntervalInSeconds": 90,
                },
                "TerminationWaitInSeconds": 600,
            }}),
        ),
        (
            "all_at_once = { final_bake = \"10m\" }",
            json!({ "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": routing("ALL_AT_ONCE"),
                "TerminationWaitInSeconds": 600,
            }}),
        ),
        (
            "rolling = { batch = \"25%\", bake = \"3m\", rollback_batch = \"50%\" }",
            json!({ "RollingUpdatePolicy": {
                "MaximumBatchSize": size(5),
                "WaitIntervalInSeconds": 180,
                "RollbackMaximumBatchSize": size(10),
            }}),
        ),
        (
            "rolling = { batch = \"25%\", bake = \"3m\" }",
            json!({ "RollingUpdatePolicy": {
                "MaximumBatchSize": size(5),
                "WaitIntervalInSeconds": 180,
            }}),
        ),
    ] {
        let files = exported(ALARM, &format!("[[strategies]]\nname = \"s\"\n{form}\n"));
        let mut config = json_of(&files, "aws/deployment_config.json");
        let config = config.as_object_mut().expect("a table");
        let rollback = config.remove("AutoRollbackConfiguration").expect("alarms");
        assert_eq!(rollback, json!({ "Alarms": [{ "AlarmName": "5xx-rate" }] }));
        assert_eq!(Value::Object(config.clone()), expected, "{form}");
        let readme = text(&files, "aws/README.md");
        assert!(readme.contains("update-endpoint") && !readme.contains("There is no"), "{readme}");
    }
}

#[test]
fn other_strategies_have_no_deployment_config_and_the_reason_is_said() {
    for (form, reason) in [
        ("shadow = { sample = \"50%\", lasts = \"30m\", then = \"stop\" }", "shadow test"),
        ("ab_test = { lasts = \"30m\", test = { always_valid = {} } }", "A/B test"),
        ("ecs_rolling = { batch = \"25%\" }", "ECS's own rolling deployment"),
        ("ramp = { steps = [\"5%\", \"50%\", \"100%\"], bake = \"5m\" }", "steps are not equal"),
    ] {
        let kpi = if form.starts_with("ab") { "[kpi]\nconversion = \"5%\"\n" } else { "" };
        let files =
            exported(&format!("{kpi}{ALARM}"), &format!("[[strategies]]\nname = \"s\"\n{form}\n"));
        assert!(!names(&files).contains(&"aws/deployment_config.json"), "{form}");
        let readme = text(&files, "aws/README.md");
        assert!(readme.contains(reason), "{form}: {readme}");
        assert!(!text(&files, "aws/cloudformation.yaml").contains("AWS::SageMaker::Endpoint"));
        json_of(&files, "aws/alarm_1_5xx_rate.json");
    }
}

#[test]
fn beyond_the_vendors_limits_there_is_no_config_but_a_reason() {
    let form = "canary = { size = \"60%\", bake = \"10m\", final_bake = \"5m\" }";
    let off = format!("[[strategies]]\nname = \"s\"\n{form}\n");
    let mut free = scenario(ALARM, &off.replace("60%", "50%"));
    free.strategies[0].stages[0].green_active = 12;
    let files = files(&as_written(free));
    let readme = text(&files, "aws/README.md");
    assert!(readme.contains("CanarySize is 1 % to 50 %, and this canary is 12 of 20"), "{readme}");
}

#[test]
fn code_deploy_has_configurations_of_its_own() {
    let files = exported(
        ALARM,
        "[[strategies]]\nname = \"s\"\ncode_deploy = \"CodeDeployDefault.LambdaCanary10Percent5Minutes\"\n",
    );
    let config = json_of(&files, "aws/codedeploy_deployment_config.json");
    assert_eq!(
        config["trafficRoutingConfig"],
        json!({
            "type": "TimeBasedCanary",
            "timeBasedCanary": { "canaryPercentage": 10, "canaryInterval": 5 },
        })
    );
    let group = json_of(&files, "aws/codedeploy_deployment_group.json");
    assert_eq!(group["alarmConfiguration"]["alarms"], json!([{ "name": "5xx-rate" }]));
    let readme = text(&files, "aws/README.md");
    for same in ["LambdaCanary10Percent5Minutes", "ECSCanary10Percent5Minutes"] {
        assert!(readme.contains(&format!("CodeDeployDefault.{same}")), "{readme}");
    }
    assert!(!readme.contains("CodeDeployDefault.LambdaCanary10Percent10Minutes"), "{readme}");
}

// --- templates --------------------------------------------------------------------------------

#[test]
fn templates_name_every_parameter_they_use_and_no_other() {
    let shadow = alarm(
        "blue too",
        "metric = \"Invocation5XXErrors\"\nstatistic = \"Average\"\nfleet = \"blue\"\nthreshold = 0.1",
    );
    let files = exported(&format!("{ALARM}{shadow}"), CANARY);
    let yaml = text(&files, "aws/cloudformation.yaml");
    let parameters = yaml.split("\nResources:\n").next().expect("a head");
    for name in ["EndpointName", "VariantName", "NewEndpointConfigName", "OldEndpointConfigName"] {
        assert!(parameters.contains(&format!("\n  {name}:\n")), "{parameters}");
        assert!(yaml.contains(&format!("Ref: \"{name}\"")), "{name} is not used");
    }
    assert!(!yaml.contains("ShadowVariantName"));
    let terraform = json_of(&files, "aws/terraform.tf.json");
    let variables: Vec<&String> =
        terraform["variable"].as_object().expect("a table").keys().collect();
    assert_eq!(
        variables,
        ["endpoint_name", "variant_name", "new_endpoint_config_name", "old_endpoint_config_name"]
    );
}

#[test]
fn terraform_takes_names_as_they_are_and_not_as_templates() {
    let odd = alarm(
        "${x} %{y}",
        "metric = \"Invocations\"\nstatistic = \"Sum\"\nfleet = \"green\"\nthreshold = 1",
    );
    let files = exported(&odd, CANARY);
    let terraform = json_of(&files, "aws/terraform.tf.json");
    let alarms = &terraform["resource"]["aws_cloudwatch_metric_alarm"];
    assert_eq!(alarms["alarm_1_x_y"]["alarm_name"], "$${x} %%{y}");
    let config = &terraform["resource"]["aws_sagemaker_endpoint"]["endpoint"]["deployment_config"];
    assert_eq!(config["auto_rollback_configuration"]["alarms"][0]["alarm_name"], "$${x} %%{y}");
    let policy = &config["blue_green_update_policy"];
    assert_eq!(policy["traffic_routing_configuration"]["canary_size"]["type"], "INSTANCE_COUNT");
    assert_eq!(policy["maximum_execution_timeout_in_seconds"], 2400);
}

#[test]
fn what_is_not_confirmed_is_no_file_for_aws() {
    let in_json = |results: &TuneResults| json_of(&files(results), "recommendation.json");
    let confirmed = results(USUAL);
    assert!(names(&files(&confirmed)).iter().any(|name| name.starts_with("aws/")));
    assert_eq!(in_json(&confirmed)["standing"], json!({ "is": "confirmed" }));
    assert_eq!(in_json(&confirmed)["recommended"], in_json(&confirmed)["best_so_far"]);
    for (standing, said) in [
        (
            Standing::Open { runs_needed: Some(2_400) },
            json!({ "is": "open", "runs_needed": 2_400 }),
        ),
        (Standing::Open { runs_needed: None }, json!({ "is": "open", "runs_needed": null })),
        (Standing::BrokenAtAnEnd, json!({ "is": "broken_at_an_end" })),
        (Standing::Broken, json!({ "is": "broken" })),
    ] {
        let results = TuneResults { standing: Some(standing), ..confirmed.clone() };
        let found = files(&results);
        assert!(names(&found).iter().all(|name| !name.starts_with("aws/")), "{standing:?}");
        let json = in_json(&results);
        assert_eq!((&json["standing"], &json["recommended"]), (&said, &Value::Null));
        assert_eq!(json["best_so_far"], in_json(&confirmed)["best_so_far"]);
    }
    let none = Extent { max_false_rollback: 0.000_1, plans: 1, shapes: 1, thresholds: 3 };
    let results = results(none);
    assert!(names(&files(&results)).iter().all(|name| !name.starts_with("aws/")));
    let json = in_json(&results);
    assert_eq!([&json["recommended"], &json["best_so_far"]], [&Value::Null; 2]);
    assert_eq!((&json["feasible"], json["nearest"].is_object()), (&json!(false), true));
}

#[test]
fn an_alarm_that_nothing_sets_off_is_said_wherever_the_policy_is() {
    let results = TuneResults { idle: vec![0], ..results(USUAL) };
    let found = files(&results);
    let name = &results.expansion.shapes[0].spec.name;
    assert_eq!(json_of(&found, "recommendation.json")["idle_alarms"], json!([name]));
    let readme = found.iter().find(|file| file.name == "aws/README.md").expect("it is confirmed");
    let readme = String::from_utf8_lossy(&readme.bytes);
    assert!(
        readme.contains(&format!("- `{name}`: no run, good or faulty, set it off.")),
        "{readme}"
    );
    let page = terminal(&results, Terminal { width: None, styled: false });
    let said = format!("No run, good or faulty, sets '{name}' off");
    let (before, _) = page.split_once(&said).expect("on the terminal");
    assert!(!before.contains("False rollback:"), "before all figures");
}
