//! A case: the parameters of a rollout, a queue or a test, and the exact figures it must come to.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// Figures that stand beside `expected` in a case.
const BESIDE: [&str; 2] = ["alarm_time_distribution", "p_no_alarm"];

/// One case. What is missing of it is empty here, and named when it is needed.
pub struct Case {
    pub id: String,
    pub kind: String,
    pub parameters: Value,
    pub expected: Vec<(String, Value)>,
    /// The chances of single datapoints, which no run shows but the exact calculation gives.
    pub datapoints: Vec<Value>,
}

/// All cases of a file, or why there are none.
pub fn load(path: &Path) -> Result<Vec<Case>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// All cases of a file's text.
pub fn parse(text: &str) -> Result<Vec<Case>, String> {
    let file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let cases = file["cases"].as_array().ok_or("there is no list `cases`")?;
    Ok(cases.iter().enumerate().map(|(index, case)| Case::new(index, case)).collect())
}

impl Case {
    fn new(index: usize, case: &Value) -> Self {
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let expected = case["expected"].as_object().into_iter().flatten();
        let mut expected: Vec<(String, Value)> =
            expected.map(|(name, figure)| (name.clone(), figure.clone())).collect();
        for name in BESIDE.into_iter().filter(|name| !case[*name].is_null()) {
            expected.push((name.to_owned(), serde_json::json!({ "value": case[name] })));
        }
        Self {
            id: text("id").unwrap_or_else(|| format!("case {}", index + 1)),
            kind: text("kind").unwrap_or_default(),
            parameters: case["parameters"].clone(),
            expected,
            datapoints: case["per_datapoint"].as_array().cloned().unwrap_or_default(),
        }
    }

    /// Whether `other` is this case again, with no figure that this one does not have; it may say more in
    /// words.
    pub fn covers(&self, other: &Self) -> bool {
        let has = |name: &String, figure: &Value| {
            self.expected.iter().any(|(own, mine)| own == name && mine["value"] == figure["value"])
        };
        let mut own = self.parameters.as_object().into_iter().flatten();
        self.id == other.id
            && own.all(|(key, value)| other.parameters[key.as_str()] == *value)
            && other.expected.iter().all(|(name, figure)| has(name, figure))
    }
}
