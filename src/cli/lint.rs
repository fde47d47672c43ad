//! The findings of `sim check`, for people and for pipelines.

use crate::cli::exit::{Failure, print};
use crate::cli::load::load;
use crate::lint::{Finding, Severity, check};
use crate::scenario::{Loaded, Overrides, Remark, RemarkLevel, ScenarioErrors};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// Whether any finding is an error.
pub(super) fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// Whether any finding is a warning.
pub(super) fn has_warnings(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Warning)
}

/// Every finding at its place, and how many there are.
pub(super) fn page(loaded: &Loaded, findings: &[Finding]) -> String {
    let mut text = String::new();
    let (unjudged, judged): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.severity == Severity::Unjudged);
    for finding in judged {
        let remark = Remark {
            level: match finding.severity {
                Severity::Error => RemarkLevel::Error,
                Severity::Warning => RemarkLevel::Warning,
                Severity::Note | Severity::Unjudged => RemarkLevel::Note,
            },
            id: &format!("{}: {}", finding.number, finding.name),
            title: &finding.message,
            path: &finding.place,
            notes: &[finding.arithmetic.clone(), finding.why.to_owned()],
            help: &finding.remedy,
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{}\n", loaded.source.show(&remark, true));
    }
    let _ = writeln!(text, "\n{}", summary(findings));
    for line in unjudged {
        let Finding { number, name, message, arithmetic, .. } = line;
        let _ = writeln!(text, "not judged[{number}: {name}]: {message}: {arithmetic}");
    }
    text
}

/// Says on standard error, in one line, if a check finds something in `file`, with whatever keys were set.
pub(super) fn announce(loaded: &Loaded, file: &Path) -> Result<(), Failure> {
    let findings = check(loaded)?;
    if findings.iter().any(|finding| finding.severity < Severity::Note) {
        let (found, file) = (summary(&findings), file.display().to_string());
        let set = if loaded.source.origin == file { "" } else { ", with the same --set" };
        // Nothing can be done if even standard error is closed.
        let _ = writeln!(anstream::stderr(), "{found}; see `sim check {file}`{set}");
    }
    Ok(())
}

/// Prints the findings as JSON, or the problems of a malformed file.
pub(super) fn print_json(file: &Path, overrides: &Overrides) -> Result<(), Failure> {
    let loaded = match load(file, overrides) {
        Ok(loaded) => loaded,
        Err(errors) => return refuse(&problems(&errors)),
    };
    let findings = match check(&loaded) {
        Ok(findings) => findings,
        Err(error) => {
            let place = "traffic.arrivals.trace";
            let line = loaded.source.line_of(place);
            return refuse(&[problem(place, line, &error.to_string(), None)]);
        }
    };
    let shown: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut value = json!(finding);
            value["line"] = json!(loaded.source.line_of(&finding.place));
            value
        })
        .collect();
    print(&format!("{:#}\n", Value::Array(shown)))?;
    if has_errors(&findings) { Err(Failure::Said(1)) } else { Ok(()) }
}

fn refuse(problems: &[Value]) -> Result<(), Failure> {
    print(&format!("{:#}\n", Value::Array(problems.to_vec())))?;
    Err(Failure::Said(2))
}

fn problems(errors: &ScenarioErrors) -> Vec<Value> {
    let of = |found: &crate::scenario::Problem| {
        problem(&found.path, errors.line_of(found), &found.message, found.help.as_deref())
    };
    errors.problems.iter().map(of).collect()
}

/// A problem with the fields of a finding.
fn problem(place: &str, line: Option<usize>, message: &str, remedy: Option<&str>) -> Value {
    json!({
        "number": null, "name": "malformed", "severity": Severity::Error, "place": place,
        "strategy": null, "alarm": null, "regression": null, "message": message, "why": null,
        "arithmetic": null, "remedy": remedy, "line": line,
    })
}

fn summary(findings: &[Finding]) -> String {
    let mut parts = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let count = findings.iter().filter(|finding| finding.severity == severity).count();
        let plural = if count == 1 { "" } else { "s" };
        if count > 0 {
            parts.push(format!("{count} {}{plural}", severity.word()));
        }
    }
    if parts.is_empty() { "no findings".to_owned() } else { format!("found {}", parts.join(", ")) }
}
