//! `docs/scenario.md` describes every key of the schema and no other, and its examples are right.
//!
//! The tables between `<!-- keys of … -->` and `<!-- end -->` are made from the schema. After a
//! change of a key, `UPDATE_DOCS=1 cargo test --test scenario scenario_docs` writes them anew.

use rollout_sim::scenario::{Scenario, json_schema};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

const PATH: &str = "docs/scenario.md";
const START: &str = "<!-- keys of ";
const END: &str = "<!-- end -->";

/// Every type of the schema that has keys or forms, by name.
fn types() -> BTreeMap<String, Value> {
    let schema: Value = serde_json::from_str(&json_schema()).expect("JSON");
    let mut types: BTreeMap<String, Value> = schema["$defs"]
        .as_object()
        .expect("definitions")
        .iter()
        .filter(|(_, def)| def["properties"].is_object() || forms(def).is_some())
        .map(|(name, def)| (name.clone(), def.clone()))
        .collect();
    types.insert("scenario".to_owned(), schema);
    types
}

/// The forms of a choice between tables: (name, its schema, its description).
fn forms(def: &Value) -> Option<Vec<(String, &Value, String)>> {
    let forms = def["oneOf"].as_array()?;
    forms
        .iter()
        .map(|form| {
            let description = |schema: &Value| schema["description"].as_str().map(str::to_owned);
            let meaning = description(form).unwrap_or_default();
            if let Some(word) = form["const"].as_str() {
                return Some((format!("\"{word}\""), form, meaning));
            }
            let (name, schema) = form["properties"].as_object()?.iter().next()?;
            // The range of the value that the form has.
            let range = description(schema).map(|range| format!(" {range}")).unwrap_or_default();
            Some((name.clone(), schema, meaning + &range))
        })
        .collect()
}

/// What a value is, in words; links to the section of a type of its own.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or(reference).replace("%20", " ");
        return format!("[{name}](#{})", name.replace(' ', "-"));
    }
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let kinds = choices.iter().filter(|choice| choice["type"] != "null");
        return kinds.map(kind).collect::<Vec<_>>().join(", ");
    }
    if let Some(word) = schema["const"].as_str() {
        return format!("`\"{word}\"`");
    }
    let name = match &schema["type"] {
        Value::Array(names) => names.first().and_then(Value::as_str),
        name => name.as_str(),
    };
    match name {
        Some("string") => "text".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some(name) => name.to_owned(),
        None => "–".to_owned(),
    }
}

fn default(schema: &Value, required: bool) -> String {
    match &schema["default"] {
        _ if required => "required".to_owned(),
        Value::Null => "–".to_owned(),
        // A form with its values; a table of keys has its own section.
        Value::Object(form)
            if form.len() == 1 && kind(schema) == "[distribution](#distribution)" =>
        {
            let form: toml::Value =
                serde_json::from_value(schema["default"].clone()).expect("TOML");
            format!("`{form}`")
        }
        Value::Object(_) => "all its defaults".to_owned(),
        default => format!("`{default}`"),
    }
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The table of a type.
fn table(def: &Value) -> String {
    let mut text = String::new();
    if let Some(forms) = forms(def) {
        text.push_str("| form | value | meaning |\n| --- | --- | --- |\n");
        for (name, schema, description) in forms {
            let value = if schema["const"].is_null() { kind(schema) } else { "–".to_owned() };
            let _ = writeln!(text, "| `{name}` | {value} | {} |", in_one_line(&description));
        }
        return text;
    }
    text.push_str("| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
    let required: Vec<&str> =
        def["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, schema) in def["properties"].as_object().expect("keys") {
        let meaning = in_one_line(schema["description"].as_str().unwrap_or_default());
        let default = default(schema, required.contains(&key.as_str()));
        let _ = writeln!(text, "| `{key}` | {} | {default} | {meaning} |", kind(schema));
    }
    text
}

#[test]
fn every_key_is_described_and_every_described_key_exists() {
    let page = fs::read_to_string(PATH).expect("the page");
    let mut types = types();
    let mut made = String::new();
    let mut rest = page.as_str();
    while let Some(at) = rest.find(START) {
        let (before, after) = rest.split_at(at + START.len());
        let (name, after) = after.split_once(" -->\n").expect("a marker ends");
        let (_, after) = after.split_once(END).expect("a table ends");
        let def = types.remove(name).unwrap_or_else(|| panic!("{name} is described twice or gone"));
        let _ = write!(made, "{before}{name} -->\n{}{END}", table(&def));
        rest = after;
    }
    made.push_str(rest);
    let left: Vec<&String> = types.keys().collect();
    assert!(left.is_empty(), "not described: {left:?}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(PATH, &made).expect("the page can be written");
    }
    for (number, (is, should)) in page.lines().zip(made.lines()).enumerate() {
        assert_eq!(is, should, "{PATH}:{}: run with UPDATE_DOCS=1", number + 1);
    }
    assert_eq!(page.len(), made.len());
}

#[test]
fn every_link_leads_to_a_section() {
    let page = fs::read_to_string(PATH).expect("the page");
    let anchors: Vec<String> = page
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"))
        .collect();
    for (at, _) in page.match_indices("](#") {
        let target = page[at + 3..].split(')').next().expect("a link ends");
        assert!(anchors.iter().any(|anchor| anchor == target), "no section #{target}");
    }
}

#[test]
fn every_example_is_a_scenario_or_a_part_of_one() {
    let page = fs::read_to_string(PATH).expect("the page");
    let folder = tempfile::tempdir().expect("a folder");
    let rows: Vec<String> = (0..240).map(|minute| format!("{},60", minute * 60)).collect();
    let rows = rows.join("\n");
    fs::write(folder.path().join("traffic.csv"), format!("time,requests\n{rows}")).expect("a file");
    let whole = fs::read_to_string("scenarios/fraud-canary.toml").expect("the example");
    let mut examples = 0;
    for block in page.split("```toml\n").skip(1) {
        let block = block.split("```").next().expect("a block ends");
        let mut scenario: toml::Table = whole.parse().expect("TOML");
        let part: toml::Table = block.parse().unwrap_or_else(|error| panic!("{error}\n{block}"));
        merge(&mut scenario, part);
        let text = toml::to_string(&scenario).expect("TOML");
        if let Err(errors) = Scenario::parse(&text, "example", folder.path()) {
            panic!("{block}\n{errors}");
        }
        examples += 1;
    }
    assert!(examples >= 10, "only {examples} examples found");
}

/// The keys of `part` replace those of `whole`, table by table.
fn merge(whole: &mut toml::Table, part: toml::Table) {
    for (key, value) in part {
        match (whole.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => old.extend(new),
            (_, value) => drop(whole.insert(key, value)),
        }
    }
}

/// Editors find the schema of the ready-made scenarios at the top of the project.
#[test]
fn the_schema_at_the_top_is_the_present_one() {
    let written = fs::read_to_string("scenario.schema.json").expect("the schema");
    let present = rollout_sim::scenario::json_schema();
    let remedy = "write it anew with `sim schema > scenario.schema.json`";
    assert!(written.trim_end() == present.trim_end(), "{remedy}");
}
