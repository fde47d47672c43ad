//! What holds of every form, and of a form that is added by itself.

use super::RawStrategy;
use crate::locate;
use crate::{Loaded, Scenario};
use std::path::Path;
use toml::de::DeTable;

/// Each form, with at least one bake that is not its last.
const FORMS: [&str; 12] = [
    "all_at_once = { final_bake = \"5m\" }",
    "canary = { size = \"10%\", bake = \"5m\", final_bake = \"5m\" }",
    "linear = { step = \"3 instances\", bake = \"5m\", final_bake = \"5m\" }",
    "rolling = { batch = \"50%\", bake = \"5m\" }",
    "shadow = { starts_after = \"5m\", lasts = \"5m\", final_bake = \"5m\" }",
    "ab_test = { kpi = \"failure\", lasts = \"10m\", look_every = \"5m\", final_bake = \"5m\" }",
    "steps = [{ share = \"10%\", bake = \"5m\" }, { share = \"100%\", bake = \"5m\" }]",
    "ramp = { steps = [\"10%\", \"100%\"], bake = \"5m\" }",
    "code_deploy = \"Canary10Percent5Minutes\"",
    "time_based_canary = { percentage = 10, interval = \"5m\" }",
    "time_based_linear = { percentage = 10, interval = \"5m\" }",
    "ecs_rolling = { batch = \"50%\", bake = \"5m\" }",
];

fn loaded(form: &str) -> Loaded {
    let text = format!(
        "name = \"forms\"\nexperiment = {{ horizon = \"3h\", baseline = \"none\" }}\n\
         traffic = {{ arrivals = {{ poisson = {{ rate_per_s = 1.0 }} }} }}\n\
         endpoint = {{ instances = 10 }}\n\
         blue = {{ latency = {{ constant = \"20ms\" }} }}\n\
         [[strategies]]\nname = \"s\"\nswitch = \"0s\"\n{form}\n"
    );
    Scenario::parse(&text, "forms", Path::new("")).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn every_form_is_known_by_its_key() {
    let keys = FORMS.map(|form| form.split(" = ").next().unwrap_or_default());
    assert_eq!(keys, *RawStrategy::FORMS, "give an example of each form");
    for (key, form) in keys.into_iter().zip(FORMS) {
        assert_eq!(loaded(form).written_strategy(0).form(), key);
    }
}

/// A finding about a bake or a size points at a key that is there.
#[test]
fn every_bake_and_every_size_stands_where_its_form_says() {
    for form in FORMS {
        let loaded = loaded(form);
        let tree = DeTable::parse(&loaded.resolved).expect("TOML");
        let value = |place: &str| {
            let span = locate::span_of(tree.get_ref(), place);
            let span = span.unwrap_or_else(|| panic!("{place} is not there:\n{}", loaded.resolved));
            loaded.resolved[span].to_owned()
        };
        let written = loaded.written_strategy(0);
        let stages = &loaded.scenario.strategies[0].stages;
        for (index, stage) in stages.iter().enumerate() {
            let place = written.bake_place(index, index + 1 == stages.len());
            let is_bake = value(&place) == format!("\"{}\"", stage.bake);
            // CodeDeploy and ECS do not watch every stage.
            assert!(is_bake || stage.bake.is_zero() || place.ends_with("code_deploy"), "{place}");
        }
        if let Some((place, percent)) = written.first_size() {
            let said = percent.map_or("\"3 instances\"".to_owned(), |size| format!("\"{size}%\""));
            assert_eq!(value(&place), said, "{place}");
        }
    }
}
