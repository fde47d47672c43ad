//! Values written into the text of a scenario. All else in it stays as it is, comments included.
//!
//! The file's text is edited, and not the resolved scenario, so that what follows from a value follows
//! from the new one: `rollback_switch` from `switch`, green from blue.

use super::find::{Part, Place};
use crate::locate::Step;
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// The text with these values in these places of the scenario that it resolves to.
///
/// # Errors
/// The first place that the file has no room for, and the remedy.
pub(crate) fn edited(
    text: &str,
    resolved: &str,
    edits: &[(Place, String)],
) -> Result<String, (String, String)> {
    // The text was made from a checked scenario, so it is TOML.
    let root: toml::Table = resolved.parse().unwrap_or_default();
    let mut document: DocumentMut =
        text.parse().map_err(|error| (format!("not TOML: {error}"), String::new()))?;
    for (place, value) in edits {
        let new = New { value: value_of(value), form: form_around(&root, &place.0) };
        if !set_in(document.as_table_mut(), &place.0, new) {
            let message = format!("the file has no place for `{place}`");
            let help = "what the program adds by itself, such as the baseline, can be set only if it \
                        is written in the file";
            return Err((message, help.to_owned()));
        }
    }
    Ok(document.to_string())
}

/// The text of a scenario without one of its tables; all else stays as it is.
pub(crate) fn without(text: &str, table: &str) -> String {
    let document = text.parse::<DocumentMut>();
    document.map_or_else(
        |_| text.to_owned(),
        |mut document| {
            document.remove(table);
            document.to_string()
        },
    )
}

/// The text of a scenario in which the entries of the table `table` that are named by `keys` and that it
/// holds are those of `resolved`; all else stays as it is.
pub(crate) fn resolved_in(text: &str, resolved: &str, table: &str, keys: &[&str]) -> String {
    let documents = (text.parse::<DocumentMut>(), resolved.parse::<toml::Table>());
    let (Ok(mut document), Ok(resolved)) = documents else { return text.to_owned() };
    let written = document.get_mut(table).and_then(Item::as_table_like_mut);
    let values = resolved.get(table).and_then(toml::Value::as_table);
    if let (Some(written), Some(values)) = (written, values) {
        for &key in keys.iter().filter(|key| written.contains_key(key)).collect::<Vec<_>>() {
            if let Some(value) = values.get(key) {
                written.insert(key, Item::Value(value_of(&value.to_string())));
            }
        }
    }
    document.to_string()
}

/// A value, and the table that it stands in if that must be written with it.
struct New {
    value: Value,
    form: InlineTable,
}

/// The table around a place if it is the form of a choice, such as `lognormal`, whose other keys are needed
/// wherever it is written; else an empty one, so that what follows from something else still does.
fn form_around(root: &toml::Table, parts: &[Part]) -> InlineTable {
    let mut around: Vec<&toml::Table> = vec![root];
    let mut list: Option<&Vec<toml::Value>> = None;
    for part in parts.iter().take(parts.len().saturating_sub(1)) {
        let value = match &part.step {
            Step::Key(key) => around.last().and_then(|table| table.get(key)),
            Step::Index(index) => list.and_then(|list| list.get(*index)),
        };
        let Some(value) = value else { return InlineTable::new() };
        list = value.as_array();
        around.extend(value.as_table());
    }
    match around[..] {
        [.., choice, form] if choice.len() == 1 => {
            let text = toml::Value::Table(form.clone()).to_string();
            text.parse::<Value>()
                .ok()
                .and_then(|value| value.as_inline_table().cloned())
                .unwrap_or_default()
        }
        _ => InlineTable::new(),
    }
}

/// A value as TOML; a text if it is none.
fn value_of(text: &str) -> Value {
    match text.parse::<Value>() {
        // Instants are texts in a scenario.
        Ok(value) if !value.is_datetime() => value,
        _ => Value::from(text),
    }
}

fn set_in(table: &mut dyn TableLike, parts: &[Part], new: New) -> bool {
    let Some((Part { step: Step::Key(key), .. }, rest)) = parts.split_first() else { return false };
    match table.get_mut(key) {
        Some(item) if !item.is_none() => set(item, rest, new),
        _ => {
            let Some(value) = nested(rest, new) else { return false };
            table.insert(key, Item::Value(value));
            true
        }
    }
}

fn set(item: &mut Item, parts: &[Part], new: New) -> bool {
    if parts.is_empty() {
        let mut value = new.value;
        if let Some(old) = item.as_value() {
            // What follows on the line, such as a comment.
            value.decor_mut().clone_from(old.decor());
        }
        *item = Item::Value(value);
        return true;
    }
    match item {
        Item::ArrayOfTables(list) => {
            let Some((part, rest)) = parts.split_first() else { return false };
            let names = list.iter().map(|table: &Table| name_in(table));
            let Some(table) = index_of(part, names).and_then(|index| list.get_mut(index)) else {
                return false;
            };
            if rest.is_empty() { false } else { set_in(table, rest, new) }
        }
        Item::Value(Value::Array(list)) => {
            let Some((part, rest)) = parts.split_first() else { return false };
            let names = list.iter().map(|element| name_in(element.as_inline_table()?));
            let Some(index) = index_of(part, names) else { return false };
            match list.get_mut(index) {
                Some(Value::InlineTable(table)) if !rest.is_empty() => set_in(table, rest, new),
                _ => false,
            }
        }
        _ => item.as_table_like_mut().is_some_and(|table| set_in(table, parts, new)),
    }
}

/// Which element of the file is meant: the one of that name, or if it has none, of that index.
fn index_of(part: &Part, mut names: impl Iterator<Item = Option<String>>) -> Option<usize> {
    let Step::Index(index) = part.step else { return None };
    if part.name.is_some() { names.position(|name| name == part.name) } else { Some(index) }
}

fn name_in(table: &dyn TableLike) -> Option<String> {
    let called = |key| Some(table.get(key)?.as_str()?.to_owned());
    called("name").or_else(|| called("id"))
}

/// The value within as many new tables as there are keys.
fn nested(parts: &[Part], New { value, form }: New) -> Option<Value> {
    let Some((last, outer)) = parts.split_last() else { return Some(value) };
    let within = |mut table: InlineTable, part: &Part, value: Value| {
        let Step::Key(key) = &part.step else { return None };
        table.insert(key, value);
        Some(Value::InlineTable(table))
    };
    let value = within(form, last, value)?;
    outer.iter().rev().try_fold(value, |value, part| within(InlineTable::new(), part, value))
}

#[cfg(test)]
mod tests {
    use super::super::find::place;
    use super::*;

    const TEXT: &str = "# ours\nname = \"s\"\n[endpoint]   # queues\nswitch = \"60s\"  # measured\n\
                        [[alarms]]\nname = \"a\"\n[[alarms]]\nname = \"b\"\nthreshold = 1.0\n\
                        [[strategies]]\nname = \"c\"\ncanary = { size = \"10%\", bake = \"5m\" }\n";

    fn edit(key: &str, value: &str) -> String {
        let place = place(TEXT, key).expect("a place");
        edited(TEXT, TEXT, &[(place, value.to_owned())]).expect("room")
    }

    #[test]
    fn only_the_value_changes() {
        for (key, value, old, new) in [
            ("endpoint.switch", "2m", "switch = \"60s\"", "switch = \"2m\""),
            ("alarms.b.threshold", "5", "threshold = 1.0", "threshold = 5"),
            ("size", "3 instances", "size = \"10%\"", "size = \"3 instances\""),
            ("name", "\"5\"", "name = \"s\"", "name = \"5\""),
        ] {
            assert_eq!(edit(key, value), TEXT.replace(old, new), "{key}");
        }
    }

    #[test]
    fn absent_keys_and_tables_are_added() {
        for (key, path) in [
            ("endpoint.queue_limit", ["endpoint", "queue_limit"].as_slice()),
            ("controller.poll_interval", &["controller", "poll_interval"]),
            ("endpoint.green.instances", &["endpoint", "green", "instances"]),
        ] {
            let root: toml::Value = edit(key, "7").parse::<toml::Table>().expect("TOML").into();
            let found = path.iter().try_fold(&root, |table, key| table.get(key));
            assert_eq!(found.and_then(toml::Value::as_integer), Some(7), "{key}");
        }
    }

    #[test]
    fn a_form_that_the_file_does_not_write_is_written_whole() {
        let resolved = format!("{TEXT}[green.latency.lognormal]\nmedian = \"1s\"\np99 = \"2s\"\n");
        let place = place(&resolved, "green.median").expect("a place");
        let text = edited(TEXT, &resolved, &[(place, "3s".to_owned())]).expect("room");
        let root: toml::Table = text.parse().expect("TOML");
        let form = root["green"]["latency"]["lognormal"].as_table().expect("a form");
        assert_eq!((form["median"].as_str(), form["p99"].as_str()), (Some("3s"), Some("2s")));
        assert_eq!(form.len(), 2);
    }

    #[test]
    fn what_is_no_toml_is_a_text() {
        assert!(value_of("1e3").is_float() && value_of("-4").is_integer());
        assert!(value_of("true").is_bool() && value_of("[\"5%\", 2]").is_array());
        for text in ["30s", "10%", "2026-03-17T14:00:00Z", "a, b", "x\n[y]"] {
            assert_eq!(value_of(text).as_str(), Some(text));
        }
    }

    #[test]
    fn what_the_file_does_not_hold_cannot_be_set() {
        let resolved = format!("{TEXT}[[strategies]]\nname = \"no guardrail\"\ntimeout = \"1h\"\n");
        let place = place(&resolved, "strategies.no guardrail.timeout").expect("a place");
        let refused = edited(TEXT, &resolved, &[(place, "2h".to_owned())]).expect_err("no room");
        assert!(refused.0.contains("strategies.\"no guardrail\".timeout"), "{refused:?}");
    }
}
