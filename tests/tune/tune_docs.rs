//! `docs/output.md` names every column, key, figure and file of a tuning, and no other.

use crate::described::{Names, documented, page, same};
use crate::tuned::{ALARM, USUAL, as_written, results, scenario};
use rollout_sim::report::OutputFile;
use rollout_sim::report::tune::render;

fn files() -> Vec<OutputFile> {
    render(&results(USUAL), vec![]).expect("files")
}

fn bytes<'f>(files: &'f [OutputFile], name: &str) -> &'f [u8] {
    &files.iter().find(|file| file.name == name).expect("a file of this name").bytes
}

fn columns(files: &[OutputFile], name: &str) -> Names {
    let mut reader = csv::Reader::from_reader(bytes(files, name));
    reader.headers().expect("a header").iter().map(str::to_owned).collect()
}

fn keys(files: &[OutputFile], name: &str) -> Names {
    let json: serde_json::Value = serde_json::from_slice(bytes(files, name)).expect("JSON");
    json.as_object().expect("a table").keys().cloned().collect()
}

#[test]
fn every_column_is_described_and_no_other() {
    let (files, page) = (files(), page());
    for table in ["candidates.csv", "ranking.csv", "front.csv"] {
        same(&columns(&files, table), &documented(&page, "### candidates.csv"), table);
    }
    let table = "detections.csv";
    same(&columns(&files, table), &documented(&page, "### detections.csv"), table);
}

#[test]
fn every_key_is_described_and_no_other() {
    let (files, page) = (files(), page());
    for (name, heading) in [
        ("recommendation.json", "### recommendation.json"),
        ("manifest.json", "### Manifest of a tuning"),
    ] {
        same(&keys(&files, name), &documented(&page, heading), name);
    }
}

#[test]
fn every_figure_and_file_for_aws_is_described_and_no_other() {
    let page = page();
    let all = files();
    let figures =
        all.iter().filter_map(|file| file.name.strip_prefix("plots/")?.strip_suffix(".svg"));
    let figures = figures.map(str::to_owned).collect();
    same(&figures, &documented(&page, "### Plots of a tuning"), "figure");
    let code_deploy = "[[strategies]]\nname = \"s\"\ncode_deploy = \"LambdaCanary10Percent5Minutes\"\n\
                       alarms = [\"all\"]\n";
    let composite = "[[composite_alarms]]\nname = \"all\"\nrule = 'ALARM(\"5xx-rate\")'\n";
    let other = scenario(&format!("{ALARM}{composite}"), code_deploy);
    let other = render(&as_written(other), vec![]).expect("files");
    let mut exports = Names::new();
    for file in all.iter().chain(&other).filter_map(|file| file.name.strip_prefix("aws/")) {
        let stem = file.split('.').next().expect("a name");
        let kinds = ["composite_alarm_", "alarm_"];
        let kind = kinds.iter().find(|kind| stem.starts_with(*kind));
        exports.insert(kind.map_or_else(|| stem.to_owned(), |kind| format!("{kind}…")));
    }
    same(&exports, &documented(&page, "### Files for AWS"), "file for AWS");
}

#[test]
fn every_policy_of_a_table_has_a_row_for_each_half_and_regression() {
    let all = files();
    let rows = |name: &str| csv::Reader::from_reader(bytes(&all, name)).records().count();
    let policies = rows("candidates.csv") + rows("ranking.csv") + rows("front.csv");
    assert_eq!(rows("detections.csv"), 3 * policies);
    assert_eq!(rows("candidates.csv"), 2 * results(USUAL).candidates.len());
}
