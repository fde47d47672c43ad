//! Lint 20: an instance type whose price is not known.
//!
//! What a run costs is then left out; nothing else hangs on it. The prices that are known, and their
//! sources, are in [`prices`](crate::scenario::prices).

use crate::lint::facts::Facts;
use crate::lint::finding::{Finding, Lint, Severity};

pub(in crate::lint) const LINT: Lint = Lint {
    number: 20,
    name: "price-unknown",
    why: "Prices change and differ by region, so only those with a source are listed. Without a price the \
          costs are left out of tables and files; all other figures stand.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let endpoint = &facts.scenario.endpoint;
    let fleets = [("endpoint", &endpoint.blue), ("endpoint.green", &endpoint.green)];
    let fleets = fleets.into_iter().zip(facts.loaded.instance_types());
    let mut findings: Vec<Finding> = Vec::new();
    for ((table, _), name) in fleets.filter(|((_, fleet), _)| fleet.price_per_hour.is_none()) {
        let mut finding = LINT.finding(Severity::Note, format!("{table}.instance_type"));
        finding.message =
            format!("no price is known for the instance type \"{name}\": costs are left out");
        finding.arithmetic = facts.scenario.region.instead_of(name);
        finding.remedy = "give its `price_per_hour` beside it".into();
        // The new fleet has the current one's type unless it has its own.
        if findings.iter().all(|known| known.message != finding.message) {
            findings.push(finding);
        }
    }
    findings
}
