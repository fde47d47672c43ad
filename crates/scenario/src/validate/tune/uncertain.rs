//! What is uncertain, as far as the table itself says it.

use super::super::report::Report;
use crate::explain;
use crate::random::arrival::ArrivalSpec;
use crate::raw::scalar::RawShare;
use crate::uncertainty::{TRAFFIC, two_ends};
use crate::variation::strategy::keys;
use serde::Deserialize as _;
use toml::{Table, Value};

/// Every combination of the ends is tried before anything is simulated.
const MOST_KEYS: usize = 8;

/// Notes what is wrong with the keys and values of the table. What they lead to is looked up once the
/// scenario is known to be one.
pub(super) fn check(table: &Table, arrivals: &ArrivalSpec, report: &mut Report) {
    let keys = keys(table);
    if keys.len() > MOST_KEYS {
        let message = format!("`uncertain` names {} keys, more than {MOST_KEYS}", keys.len());
        report.problem("tune.uncertain", message, "leave those that matter most");
        return;
    }
    for (place, (key, value)) in keys.iter().enumerate() {
        let path = format!("tune.uncertain.{key}");
        if keys[..place].iter().any(|(other, _)| other == key) {
            report.problem(path, format!("`{key}` is listed twice"), "list each key once");
        } else if key == TRAFFIC {
            traffic(&path, value, arrivals, report);
        } else if value.as_array().is_none_or(|ends| ends.len() != 2) {
            let (message, help) = two_ends(key);
            report.problem(path, message, help);
        }
    }
}

fn traffic(path: &str, value: &Value, arrivals: &ArrivalSpec, report: &mut Report) {
    match RawShare::deserialize(value.clone()) {
        Err(error) => {
            let (message, _) = explain::explain(error.message(), TRAFFIC);
            let help = "write how far the traffic may be off, such as \"25%\"";
            report.problem(path, message, help);
        }
        Ok(RawShare(share)) if share >= 1.0 => {
            let message = "`rate` must be below 100 %: some traffic has to be left";
            report.problem(path, message, "write how far the traffic may be off, such as \"25%\"");
        }
        Ok(RawShare(share)) if share > 0.0 && !arrivals.can_be_scaled() => {
            let message = "a trace of single requests can be neither more nor less than it is";
            let help = "give \"0%\", or a trace whose rows are counts or rates";
            report.problem(path, message, help);
        }
        Ok(_) => {}
    }
}
