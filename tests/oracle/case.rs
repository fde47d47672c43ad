//! A case: the parameters of a rollout or a queue, and the exact figures it must come to.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// One case.
pub struct Case {
    pub id: String,
    pub kind: String,
    pub parameters: Value,
    pub expected: Vec<(String, Value)>,
}

/// All cases of a file.
pub fn load(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).expect("a readable file of cases");
    let file: Value = serde_json::from_str(&text).expect("a JSON file of cases");
    let cases = file["cases"].as_array().expect("a list of cases");
    cases.iter().map(Case::new).collect()
}

impl Case {
    fn new(case: &Value) -> Self {
        let expected = case["expected"].as_object().expect("expected figures");
        Self {
            id: case["id"].as_str().expect("an id").to_owned(),
            kind: case["kind"].as_str().expect("a kind").to_owned(),
            parameters: case["parameters"].clone(),
            expected: expected.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    pub fn is_rollout(&self) -> bool {
        self.kind == "rollout"
    }

    pub fn is_sequential(&self) -> bool {
        self.kind == "sequential"
    }

    pub fn is_queueing(&self) -> bool {
        self.kind == "queueing"
    }

    /// A number among the parameters, `path` with dots; 0 if it is absent.
    pub fn number(&self, path: &str) -> f64 {
        self.optional(path).unwrap_or(0.0)
    }

    pub fn optional(&self, path: &str) -> Option<f64> {
        let mut value = &self.parameters;
        for key in path.split('.') {
            value = &value[key];
        }
        value.as_f64()
    }
}
