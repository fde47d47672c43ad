//! The command line but for `sim run`, which is in `cli_run.rs`: what is printed where, and exit codes.

use crate::support::root;
use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// `sim` in the folder `at`, with the environment's wishes for colour taken away.
fn sim_in(at: &Path, args: &[&str]) -> Command {
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(at).args(args);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        sim.env_remove(name);
    }
    sim
}

fn sim(args: &[&str]) -> Assert {
    sim_in(&root(), args).assert()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).expect("text")
}

#[test]
fn the_help_of_every_command_goes_to_stdout_and_has_an_example() {
    let tops = ["run", "check", "alarm", "init", "schema", "completions"];
    let top = stdout(&sim(&["--help"]).success().stderr(is_empty()));
    for command in tops {
        assert!(top.contains(&format!("\n  {command}")), "{command} is not listed:\n{top}");
        let help = stdout(&sim(&[command, "--help"]).success().stderr(is_empty()));
        assert!(help.contains("Example"), "{help}");
    }
    assert!(top.contains("Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted"));
    let run = stdout(&sim(&["run", "--help"]));
    for option in ["--runs", "--seed", "--threads", "--out", "--strategy", "--quiet"] {
        assert!(run.contains(option), "{option} is not described:\n{run}");
    }
}

#[test]
fn the_version_is_the_packages() {
    let version = format!("sim {}\n", env!("CARGO_PKG_VERSION"));
    sim(&["--version"]).success().stdout(version).stderr(is_empty());
}

#[test]
fn wrong_command_lines_are_bad_input() {
    let lines: [&[&str]; 8] = [
        &[],
        &["fly"],
        &["run"],
        &["run", "x.toml", "--threads", "0"],
        &["run", "x.toml", "--runs", "-1"],
        &["run", "x.toml", "--runs", "many"],
        &["check"],
        &["completions", "cobol"],
    ];
    for line in lines {
        sim(line).code(2).stdout(is_empty()).stderr(contains("Usage").or(contains("--help")));
    }
}

#[test]
fn check_tells_what_would_be_simulated() {
    let text = stdout(&sim(&["check", "scenarios/fraud-canary.toml"]).success().stderr(is_empty()));
    assert!(
        text.contains("fraud-canary.toml can be simulated, but a guardrail may not do"),
        "{text}"
    );
    assert!(text.contains("5 strategies × 4 regressions (healthy among them) × 1000 replications"));
    assert!(text.contains("canary 10 %: rolled back by 5xx-rate, p99-latency"), "{text}");
    assert!(text.contains("plain update: no alarm rolls it back"), "{text}");
    assert!(!text.contains('\u{1b}'), "no styles in a pipe");
}

#[test]
fn check_shows_every_problem_on_stderr() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(root().join("tests/data/example.toml")).expect("the example");
    let text = text
        .replace("horizon =", "horizn =")
        .replace("canary = { size = \"10%\"", "canary = { size = \"60%\"");
    fs::write(folder.path().join("bad.toml"), text).expect("a file");
    sim_in(folder.path(), &["check", "bad.toml"])
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(contains("unknown key `horizn`").and(contains("help: did you mean `horizon`?")))
        .stderr(contains("a canary is at most 50 %"))
        .stderr(contains("2 problems in bad.toml"));
    for file in ["absent.toml", "."] {
        sim_in(folder.path(), &["check", file]).assert().code(2).stdout(is_empty());
    }
}

#[test]
fn a_trace_that_is_absent_or_broken_is_bad_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = root().join("scenarios/trace-replay.toml");
    fs::copy(scenario, folder.path().join("s.toml")).expect("a file");
    sim_in(folder.path(), &["check", "s.toml"])
        .assert()
        .code(2)
        .stderr(contains("morning-requests-1min.csv"));
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("a folder");
    fs::write(data.join("morning-requests-1min.csv"), "minute_start,requests\nnoon,7\n")
        .expect("a file");
    sim_in(folder.path(), &["check", "s.toml"]).assert().code(2).stderr(contains("noon"));
    sim_in(folder.path(), &["run", "s.toml"]).assert().code(2).stderr(contains("noon"));
}

#[test]
fn colours_obey_no_color_and_are_never_in_a_pipe() {
    let styled = contains("\u{1b}[");
    let bad = ["check", "absent.toml"];
    sim(&bad).stderr(styled.clone().not());
    sim_in(&root(), &bad).env("CLICOLOR_FORCE", "1").assert().stderr(styled.clone());
    sim_in(&root(), &bad)
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1")
        .assert()
        .stderr(styled.not());
}

#[test]
fn every_template_is_written_checked_and_never_overwritten_unasked() {
    let list = stdout(&sim(&["init", "--list"]).success().stderr(is_empty()));
    let names: Vec<&str> = list.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["canary", "linear", "shadow", "candidates", "notebook"]);
    for name in names {
        let folder = tempfile::tempdir().expect("a folder");
        let sim = |args: &[&str]| sim_in(folder.path(), args).assert();
        let file = format!("{name}.toml");
        sim(&["init", name]).success().stderr(is_empty()).stdout(contains("sim check"));
        // The notebook is kept with the alarm that cannot see its own bad model, and the check says so.
        sim(&["check", &file]).code(i32::from(name == "notebook"));
        let first = fs::read_to_string(folder.path().join(&file)).expect("a scenario");
        assert!(first.starts_with("#:schema ./scenario.schema.json\n"), "{name}");
        let schema = fs::read(folder.path().join("scenario.schema.json")).expect("the schema");
        serde_json::from_slice::<Value>(&schema).expect("JSON");
        fs::write(folder.path().join(&file), "mine").expect("a file");
        sim(&["init", name]).code(2).stderr(contains("--force")).stdout(is_empty());
        let kept = fs::read_to_string(folder.path().join(&file)).expect("a file");
        assert_eq!(kept, "mine");
        sim(&["init", name, "--force"]).success();
        let again = fs::read_to_string(folder.path().join(&file)).expect("a file");
        assert_eq!(again, first);
    }
}

#[test]
fn init_writes_where_it_is_told_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let sim = |args: &[&str]| sim_in(folder.path(), args).assert();
    sim(&["init", "-o", "my.toml"]).success();
    sim(&["check", "my.toml"]).success();
    sim(&["init", "canry"]).code(2).stderr(contains("no template `canry`").and(contains("canary")));
    sim(&["init", "-o", "no/such/folder/my.toml"]).code(2).stderr(contains("cannot write"));
}

#[test]
fn completions_name_the_commands_in_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&sim(&["completions", shell]).success().stderr(is_empty()));
        for word in ["run", "check", "alarm", "init", "schema", "completions", "strategy"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn a_full_disk_behind_stdout_is_a_failure() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sim"))
        .arg("schema")
        .stdout(full)
        .output()
        .expect("sim");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("standard output: No space left"), "{said}");
}

#[test]
fn the_schema_is_json_and_knows_every_key_of_the_ready_made_scenarios() {
    let schema = stdout(&sim(&["schema"]).success().stderr(is_empty()));
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    assert!(schema["$schema"].as_str().is_some_and(|draft| draft.contains("2020-12")));
    let mut seen = 0;
    for entry in fs::read_dir(root().join("scenarios")).expect("the scenarios") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a scenario");
        let table: toml::Table = text.parse().expect("TOML");
        follows(&toml::Value::Table(table), &schema, &schema)
            .unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
        seen += 1;
    }
    assert!(seen >= 7);
    let mut wrong: toml::Table = "experiment = { horizn = \"1h\" }".parse().expect("TOML");
    wrong.insert("name".into(), "x".into());
    let refused = follows(&toml::Value::Table(wrong), &schema, &schema);
    assert_eq!(refused, Err("experiment: unknown key horizn".into()), "the check can fail");
}

/// Whether every key of `value` is one that the schema has at this place.
fn follows(value: &toml::Value, schema: &Value, whole: &Value) -> Result<(), String> {
    let schemas = resolved(schema, whole);
    match value {
        toml::Value::Table(table) => table.iter().try_for_each(|(key, value)| {
            let inner: Vec<&Value> = schemas
                .iter()
                .filter_map(|schema| schema.get("properties").and_then(|keys| keys.get(key)))
                .collect();
            let takes_any =
                |schema: &&Value| schema.get("additionalProperties") == Some(&Value::Bool(true));
            if schemas.iter().any(takes_any) {
                return Ok(());
            }
            if inner.is_empty() {
                return Err(format!("unknown key {key}"));
            }
            let tries: Vec<_> = inner.iter().map(|inner| follows(value, inner, whole)).collect();
            let passed = tries.iter().any(Result::is_ok);
            let first = tries.into_iter().next().expect("one at least");
            if passed { Ok(()) } else { first.map_err(|problem| format!("{key}: {problem}")) }
        }),
        toml::Value::Array(list) => {
            let items: Vec<&Value> =
                schemas.iter().filter_map(|schema| schema.get("items")).collect();
            list.iter().try_for_each(|value| {
                let known = items.iter().any(|items| follows(value, items, whole).is_ok());
                if known { Ok(()) } else { Err(format!("unknown element {value}")) }
            })
        }
        _ => Ok(()),
    }
}

/// The schemas that may describe a value: references followed, alternatives listed.
fn resolved<'s>(schema: &'s Value, whole: &'s Value) -> Vec<&'s Value> {
    let mut found = vec![schema];
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = reference.trim_start_matches('#').replace("%20", " ");
        found.extend(resolved(whole.pointer(&pointer).expect("a definition"), whole));
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        let choices = schema.get(choice).and_then(Value::as_array);
        found.extend(choices.into_iter().flatten().flat_map(|schema| resolved(schema, whole)));
    }
    found
}
