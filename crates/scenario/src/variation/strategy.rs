//! Changes of a strategy: values for dotted keys within its table.

use super::as_written;
use crate::strategy::RawStrategy;
use crate::{explain, suggest};
use serde::Deserialize as _;
use toml::{Table, Value};

/// One change: a dotted key within the strategy's table, and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StrategyChange {
    pub(crate) key: String,
    pub(crate) value: Value,
}

impl StrategyChange {
    /// The key and the value as written.
    pub(crate) fn spoken(&self) -> (String, String) {
        (self.key.clone(), as_written(&self.value))
    }
}

/// The keys of a `vary` table with what is given for each, a list or not. `canary.size = […]` and
/// `"canary.size" = […]` are the same.
pub(crate) fn keys(vary: &Table) -> Vec<(String, &Value)> {
    fn collect<'a>(within: &str, table: &'a Table, keys: &mut Vec<(String, &'a Value)>) {
        for (key, value) in table {
            let key = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
            match value {
                Value::Table(inner) if !inner.is_empty() => collect(&key, inner, keys),
                _ => keys.push((key, value)),
            }
        }
    }
    let mut keys = Vec::new();
    collect("", vary, &mut keys);
    keys
}

/// Keys that every form has; a form's own are found in its table.
const OF_ALL_FORMS: [&str; 5] = ["provision", "switch", "timeout", "pre_alarm", "rollback_fails"];

/// A strategy's name is no setting, and its alarms decide what is tuned at all.
const FIXED: [&str; 2] = ["name", "alarms"];

/// Why `key` cannot vary in a strategy, and the remedy.
pub(crate) fn fault_of_key(strategy: &RawStrategy, key: &str) -> Option<(String, String)> {
    let name = &strategy.name;
    let first = key.split('.').next().unwrap_or(key);
    if FIXED.contains(&first) {
        let help = "write a strategy of its own for it".to_owned();
        return Some((format!("`{first}` of the strategy \"{name}\" cannot vary"), help));
    }
    let table = as_table(strategy);
    let of_form = table.keys().map(String::as_str).filter(|key| !FIXED.contains(key));
    let mut known: Vec<&str> = of_form.collect();
    known.extend(OF_ALL_FORMS.iter().filter(|key| !table.contains_key(**key)));
    if !known.contains(&first) {
        let message = format!("the strategy \"{name}\" has no `{first}`");
        return Some((message, suggest::remedy(first, &known)));
    }
    None
}

/// The strategy with these changes.
///
/// # Errors
/// The rule and the remedy, if a key or value is none of a strategy's.
pub(crate) fn changed(
    strategy: &RawStrategy,
    changes: &[&StrategyChange],
) -> Result<RawStrategy, (String, String)> {
    let mut table = as_table(strategy);
    for change in changes {
        set(&mut table, &change.key, change.value.clone())?;
    }
    RawStrategy::deserialize(Value::Table(table)).map_err(|error| {
        let path = changes.last().map_or("", |change| change.key.as_str());
        let (message, help) = explain::explain(error.message(), path);
        (message, help.unwrap_or_else(|| "docs/scenario.md describes every key".to_owned()))
    })
}

fn as_table(strategy: &RawStrategy) -> Table {
    Table::try_from(strategy).unwrap_or_default()
}

fn set(table: &mut Table, key: &str, value: Value) -> Result<(), (String, String)> {
    let mut table = table;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            table.insert(part.to_owned(), value);
            return Ok(());
        }
        let known: Vec<String> = table.keys().cloned().collect();
        table = match table.get_mut(part) {
            Some(Value::Table(inner)) => inner,
            Some(_) => {
                let help = format!("give `{part}` as a whole");
                return Err((format!("`{part}` is no table, so it has no keys"), help));
            }
            None => {
                let message = format!("the strategy has no `{part}` for `{key}`");
                return Err((message, suggest::remedy(part, &known)));
            }
        };
    }
    Ok(())
}
