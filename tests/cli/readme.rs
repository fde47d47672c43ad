//! The front page: every command, file and link on it is real.

use crate::support::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The folders of `tests/`.
fn groups() -> impl Iterator<Item = PathBuf> {
    let all = fs::read_dir(root().join("tests")).expect("a folder").flatten();
    all.map(|entry| entry.path()).filter(|path| path.is_dir())
}

/// What stands in the code block after the comment `<!-- name -->`.
fn marked(readme: &str, name: &str) -> String {
    let (_, rest) = readme.split_once(&format!("<!-- {name} -->")).expect("the marker");
    let (_, rest) = rest.split_once("```sh\n").expect("a block");
    rest.split_once("\n```").expect("its end").0.to_owned()
}

#[cfg(unix)]
#[test]
fn the_gate_runs_the_two_commands_of_the_front_page() {
    let gate = read(".ci/run");
    let (_, rest) = gate.split_once("readme_command() {").expect("the function that extracts");
    let body = rest.split_once("\n}").expect("its end").0;
    let expected = [
        ("main-job", "cargo run --release --locked -- run scenarios/fraud-canary.toml --runs 100"),
        ("tests", "cargo test --locked"),
    ];
    for (name, command) in expected {
        assert!(gate.contains(&format!("bash -euo pipefail -c \"$(readme_command {name})\"")));
        let script = format!("readme_command() {{{body}\n}}; readme_command {name}");
        let output = Command::new("bash").args(["-c", &script]).current_dir(root()).output();
        let extracted = String::from_utf8(output.expect("bash").stdout).expect("text");
        assert_eq!(extracted.trim(), command);
        assert_eq!(marked(&read("README.md"), name), command);
    }
}

/// The gate looks for results where the main job puts them, and the front page says so.
#[test]
fn the_main_job_writes_where_the_gate_and_the_front_page_look() {
    let scenario: toml::Table = read("scenarios/fraud-canary.toml").parse().expect("TOML");
    let folder = format!("output/{}/", scenario["name"].as_str().expect("a name"));
    assert!(read("README.md").contains(&format!("into `{folder}`")));
    assert!(read(".ci/run").contains(&format!("test -s \"{folder}$file\"")));
}

#[test]
fn every_link_and_every_named_file_exists() {
    for page in [
        "README.md",
        "docs/alarms.md",
        "docs/model.md",
        "docs/output.md",
        "docs/scenario.md",
        "docs/sweep.md",
        "docs/tuning.md",
        "docs/validation.md",
    ] {
        let text = read(page);
        let folder = root().join(page).parent().expect("a folder").to_owned();
        let links: BTreeSet<&str> = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|link| !link.starts_with("http") && !link.starts_with('#'))
            .collect();
        for link in &links {
            let file = link.split('#').next().expect("a file");
            assert!(folder.join(file).is_file(), "{page} links to {link}");
        }
        assert!(page != "README.md" || links.len() >= 4, "{links:?}");
    }
    let readme = read("README.md");
    for code in readme.split('`').skip(1).step_by(2) {
        let is_path =
            ["scenarios/", "src/", "crates/", "docs/"].iter().any(|start| code.starts_with(start));
        assert!(!is_path || root().join(code).exists(), "README.md names {code}");
    }
}

#[test]
fn the_table_of_examples_lists_exactly_the_scenarios() {
    let readme = read("README.md");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `"));
    let named: BTreeSet<String> = rows
        .filter_map(|row| row.split('`').next())
        .filter(|name| is_toml(name) && !name.starts_with("scenario.resolved"))
        .map(str::to_owned)
        .collect();
    let there: BTreeSet<String> = fs::read_dir(root().join("scenarios"))
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| is_toml(name))
        .collect();
    assert_eq!(named, there);
}

fn is_toml(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "toml")
}

/// Commands of the front page, of the blocks and of the text: `sim …` up to a comment.
fn commands(readme: &str) -> Vec<String> {
    let in_text = readme.split('`').skip(1).step_by(2).filter(|code| code.starts_with("sim "));
    let in_blocks = readme.lines().filter(|line| line.starts_with("sim "));
    let all = in_text.chain(in_blocks).filter_map(|line| line.split(" #").next());
    // `sim run` alone is how the command is spoken of.
    all.map(|line| line.trim().to_owned()).filter(|line| line != "sim run").collect()
}

fn shell(line: &str, folder: &Path) -> Output {
    let sim = format!("sim() {{ '{}' \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_sim"));
    Command::new("sh").args(["-c", &sim]).current_dir(folder).output().expect("a shell")
}

/// Each works in order in an empty folder, the runs cut to two replications.
#[cfg(unix)]
#[test]
fn every_command_works_as_it_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let readme = read("README.md");
    let mut commands = commands(&readme);
    assert!(commands.len() >= 5, "{commands:?}");
    let order = ["sim init", "sim check", "sim schema", "sim run", "sim tune", "sim sweep"];
    commands.sort_by_key(|line| order.iter().position(|start| line.starts_with(start)));
    for line in commands {
        let simulates = ["sim run", "sim tune", "sim sweep"].iter();
        let line = if simulates.into_iter().any(|start| line.starts_with(start)) {
            let runs = ["--runs 100", "--runs 400"];
            let line = runs.iter().fold(line, |line, runs| line.replace(runs, ""));
            format!("{line} --runs 2 -q")
        } else {
            line
        };
        let output = shell(&line, folder.path());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{line}\n{said}");
    }
}

#[test]
fn the_exit_codes_of_the_front_page_are_those_of_the_help() {
    let output = Command::new(env!("CARGO_BIN_EXE_sim")).arg("--help").output().expect("sim");
    let help = String::from_utf8(output.stdout).expect("text");
    let codes = "0 done, 1 failed, 2 bad input, 130 interrupted";
    assert!(help.contains(codes) && read("README.md").contains(codes));
}

/// The examples in every command's help parse: none is refused as a wrong command line.
#[cfg(unix)]
#[test]
fn every_example_of_the_help_works() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("scenarios")).expect("a folder");
    let scenario = read("scenarios/fraud-canary.toml");
    let fraud = folder.path().join("scenarios/fraud-canary.toml");
    fs::write(&fraud, scenario).expect("a file");
    fs::copy(&fraud, folder.path().join("my.toml")).expect("a file");
    for file in ["alarms.toml", "incident.csv", "dump.csv"] {
        fs::write(folder.path().join(file), read(&format!("docs/examples/{file}")))
            .expect("a file");
    }
    let mut seen = 0;
    for command in ["", "run", "sweep", "check", "alarm", "init", "schema", "completions"] {
        let args = [command, "--help"].into_iter().filter(|arg| !arg.is_empty());
        let output = Command::new(env!("CARGO_BIN_EXE_sim")).args(args).output().expect("sim");
        let help = String::from_utf8(output.stdout).expect("text");
        for line in help.lines().filter_map(|line| line.strip_prefix("  sim ")) {
            // A description is set off by two spaces.
            let line = line.split("  ").next().expect("a command");
            let line = line.split(" > ").next().expect("what comes before the redirection");
            // A run or sweep is refused for an absent strategy after its command line has been understood.
            let runs = line.starts_with("run ") || line.starts_with("sweep ");
            let dry = if runs { " --strategy absent" } else { "" };
            let force = if line.starts_with("init ") { " --force" } else { "" };
            let output = shell(&format!("sim {line}{dry}{force}"), folder.path());
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let understood = output.status.success() || said.contains("no strategy `absent`");
            assert!(understood, "sim {line}\n{said}");
            seen += 1;
        }
    }
    assert!(seen >= 16, "{seen} examples");
}

#[test]
fn every_test_that_the_validation_names_in_full_exists() {
    let page = read("docs/validation.md");
    let mut seen = 0;
    for code in page.split('`').skip(1).step_by(2).filter(|code| !code.contains('…')) {
        let Some((file, name)) = code.split_once("::") else { continue };
        let text = std::iter::once(root().join(file))
            .chain(groups().flat_map(|group| {
                [
                    group.join(format!("{file}.rs")),
                    group.join(file).join("mod.rs"),
                    group.join(file),
                ]
            }))
            .find_map(|path| fs::read_to_string(path).ok());
        let Some(text) = text else { panic!("docs/validation.md names {file}") };
        assert!(text.contains(&format!("fn {name}(")), "docs/validation.md names {code}");
        seen += 1;
    }
    assert!(seen > 25, "{seen} names");
}
