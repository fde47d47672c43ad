//! Endpoints for whose features SageMaker leaves out guardrails, rolling updates or shadow tests.

use crate::support::{GREEN_5XX, arm, results, small};
use rollout_sim::lint::{Finding, Severity, check};
use rollout_sim::scenario::{Loaded, Scenario};
use rollout_sim::simulation::outcome::End;
use std::fs;
use std::path::Path;

const BAD: &str = "[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.5 }\n";
const CANARY: &str = "[[strategies]]\nname = \"canary\"\n\
                      canary = { size = \"25%\", bake = \"8m\", final_bake = \"8m\" }\n";
const PLAIN: &str = "[[strategies]]\nname = \"plain\"\nall_at_once = {}\nalarms = []\n";
const STEPS: &str = "[[strategies]]\nname = \"steps\"\n\
                     steps = [{ share = \"25%\", bake = \"8m\" }, { share = \"100%\", bake = \"8m\" }]\n";

fn toml(endpoint: &str, strategies: &str) -> String {
    small(endpoint, &format!("{BAD}{GREEN_5XX}{strategies}"))
}

fn load(toml: &str) -> Result<Loaded, String> {
    Scenario::parse(toml, "t.toml", Path::new("")).map_err(|errors| errors.to_string())
}

fn excluded(toml: &str) -> Vec<Finding> {
    let found = check(&load(toml).expect("a good scenario")).expect("no trace is read");
    found.into_iter().filter(|finding| finding.number == 19).collect()
}

/// What is asked for does not matter: it is the plain update, to the last request. Explicit steps are no
/// guarded update.
#[test]
fn guarded_updates_fall_back_to_plain_ones() {
    let feature = "features = [\"marketplace-containers\"]";
    let of = |endpoint: &str| results(&toml(endpoint, &format!("{CANARY}{STEPS}{PLAIN}")));
    let (results, free) = (of(feature), of(""));
    for release in ["healthy", "bad"] {
        let [canary, plain] = ["canary", "plain"].map(|name| arm(&results, name, release));
        for (canary, plain) in canary.iter().zip(&plain) {
            assert_eq!((canary.end, canary.alarm), (End::Promoted, None));
            assert_eq!(canary.to_horizon, plain.to_horizon);
            assert_eq!((canary.cost, canary.bake_ended_at), (plain.cost, plain.bake_ended_at));
        }
        let caught = arm(&free, "canary", release).iter().filter(|run| run.alarm.is_some()).count();
        assert_eq!(caught, if release == "bad" { 20 } else { 0 }, "with guardrails");
        assert_eq!(arm(&results, "steps", release), arm(&free, "steps", release));
    }
    let text = toml(feature, &format!("{CANARY}{STEPS}{PLAIN}"));
    let found = excluded(&text);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((finding.severity, finding.strategy.as_deref()), (Severity::Error, Some("canary")));
    assert!(finding.message.contains("Marketplace containers"), "{}", finding.message);
    assert!(finding.arithmetic.starts_with("a `canary` update and 1 alarms"), "{finding:?}");
    assert!(excluded(&toml("", CANARY)).is_empty());
}

#[test]
fn each_feature_excludes_what_the_guide_says() {
    let all_at_once = "[[strategies]]\nname = \"s\"\nall_at_once = { final_bake = \"5m\" }\n";
    let rolling = "[[strategies]]\nname = \"s\"\nrolling = { batch = \"50%\", bake = \"5m\" }\n";
    let shadow = "[[strategies]]\nname = \"s\"\n\
                  shadow = { sample = \"50%\", lasts = \"5m\", then = \"stop\" }\n";
    // Falls back, and is refused, by form.
    let [no, back, refused] = ["as ever", "falls back", "refused"];
    for (feature, expected) in [
        ("marketplace-containers", [back, back, refused]),
        ("inf1", [back, back, refused]),
        ("serverless", [back, refused, refused]),
        ("multi-variant", [no, refused, no]),
        ("renamed-variant", [back, back, no]),
        ("multi-container", [no, no, refused]),
        ("multi-model", [no, no, refused]),
    ] {
        for (form, expected) in [all_at_once, rolling, shadow].into_iter().zip(expected) {
            let text = toml(&format!("features = [\"{feature}\"]"), form);
            let found = match load(&text) {
                Err(errors) => {
                    assert!(errors.contains("SageMaker refuses"), "{errors}");
                    refused
                }
                Ok(_) if excluded(&text).is_empty() => no,
                Ok(_) => back,
            };
            assert_eq!(found, expected, "{feature}: {form}");
            // A what-if has it all.
            let what_if = format!("limits = \"off\"\n{text}");
            assert!(excluded(&what_if).is_empty(), "{feature}: {form}");
        }
    }
}

#[test]
fn an_inf1_instance_says_so_itself() {
    for endpoint in [
        "instance_type = \"ml.inf1.xlarge\"",
        "green = { instance_type = \"ml.inf1.2xlarge\", price_per_hour = 1.0 }",
        "instance_type = \"ml.inf1.xlarge\"\nfeatures = [\"inf1\"]",
    ] {
        let text = toml(endpoint, CANARY);
        assert_eq!(excluded(&text).len(), 1, "{endpoint}");
        let loaded = load(&text).expect("a good scenario");
        assert_eq!(loaded.resolved.matches("\"inf1\"").count(), 1, "{}", loaded.resolved);
        assert_eq!(load(&loaded.resolved).expect("resolved").scenario, loaded.scenario);
    }
    for endpoint in ["instance_type = \"ml.inf2.xlarge\"", "instance_type = \"ml.m5.large\""] {
        assert!(excluded(&toml(endpoint, CANARY)).is_empty(), "{endpoint}");
    }
}

/// A plain update without alarms asks for nothing.
#[test]
fn what_asks_for_no_guardrail_misses_none() {
    let feature = "features = [\"inf1\"]";
    assert!(excluded(&toml(feature, PLAIN)).is_empty());
    let alarmed = PLAIN.replace("alarms = []\n", "");
    assert_eq!(excluded(&toml(feature, &alarmed)).len(), 1);
}

#[test]
fn no_deployment_events_are_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = |endpoint: &str| {
        let path = folder.path().join("s.toml");
        fs::write(&path, toml(endpoint, CANARY).replace("runs = 20", "runs = 2")).expect("a file");
        let mut sim = assert_cmd::Command::new(env!("CARGO_BIN_EXE_sim"));
        sim.current_dir(folder.path()).args(["run", "s.toml", "--out", "out"]).assert().success();
        let text = fs::read_to_string(folder.path().join("out/events.jsonl")).expect("events");
        text.matches("SageMaker Endpoint Deployment State Change").count()
    };
    assert_eq!(events("features = [\"inf1\"]"), 0);
    assert!(events("") > 0);
}
