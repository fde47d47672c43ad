//! Files that are no scenario at all, and paths in scenarios.

use rollout_sim::random::arrival::ArrivalSpec;
use rollout_sim::scenario::{Loaded, Scenario, ScenarioErrors};
use std::fs;
use std::path::Path;

fn load(bytes: &[u8]) -> Result<Loaded, ScenarioErrors> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("scenario.toml");
    fs::write(&file, bytes).expect("a file");
    Scenario::load(&file)
}

fn only_message(result: Result<Loaded, ScenarioErrors>) -> String {
    let errors = result.expect_err("a problem");
    assert_eq!(errors.problems.len(), 1, "{errors}");
    assert!(errors.problems[0].help.is_some());
    assert!(errors.render(false).contains("1 problem in "));
    errors.problems[0].message.clone()
}

#[test]
fn a_file_that_does_not_exist() {
    let message = only_message(Scenario::load(Path::new("no such file.toml")));
    assert_eq!(message, "no such file.toml does not exist");
}

#[test]
fn a_folder() {
    assert_eq!(only_message(Scenario::load(Path::new("src"))), "src is a folder");
}

#[test]
fn an_empty_file() {
    assert_eq!(only_message(load(b"")), "the scenario is empty");
    assert_eq!(only_message(load(b" \n\n")), "the scenario is empty");
}

#[test]
fn a_file_that_is_not_utf_8() {
    let message = only_message(load(b"name = \"caf\xe9\""));
    assert!(message.ends_with("is not UTF-8 text (byte 11)"), "{message}");
}

#[test]
fn a_file_of_a_mebibyte_is_read_and_a_larger_one_is_not() {
    let mut text = vec![b'#'; 1 << 20];
    let errors = load(&text).expect_err("nothing but a comment");
    assert!(errors.problems[0].message.contains("needs the key"), "{errors}");
    text.push(b'#');
    assert!(only_message(load(&text)).ends_with("is larger than 1 MiB"));
}

#[test]
fn a_byte_order_mark_is_no_problem() {
    let text = fs::read("tests/data/example.toml").expect("the example");
    let marked = [b"\xef\xbb\xbf".as_slice(), &text].concat();
    assert!(load(&marked).is_ok());
}

#[test]
fn windows_line_ends_are_no_problem() {
    let text = fs::read_to_string("tests/data/example.toml").expect("the example");
    assert!(load(text.replace('\n', "\r\n").as_bytes()).is_ok());
}

#[test]
fn a_trace_is_found_beside_its_scenario_and_wherever_the_resolved_one_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows: Vec<String> = (0..120).map(|minute| format!("{},60", minute * 60)).collect();
    let rows = rows.join("\n");
    fs::write(folder.path().join("trace.csv"), format!("time,requests\n{rows}")).expect("a file");
    let text = fs::read_to_string("tests/data/example.toml").expect("the example").replace(
        "{ poisson = { rate_per_s = 120.0 } }",
        "{ trace = { path = \"trace.csv\", time_column = \"time\", \
         rows = { counts = { column = \"requests\", interval = \"1m\" } } } }",
    );
    let file = folder.path().join("scenario.toml");
    fs::write(&file, text).expect("a file");
    let loaded = Scenario::load(&file).unwrap_or_else(|errors| panic!("{errors}"));
    let ArrivalSpec::Trace(trace) = &loaded.scenario.arrivals else { panic!("a trace") };
    assert!(trace.path.is_absolute());
    let again = Scenario::parse(&loaded.resolved, "resolved.toml", Path::new("elsewhere"));
    assert_eq!(again.unwrap_or_else(|errors| panic!("{errors}")), loaded);
}
