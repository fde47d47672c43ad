//! What a strategy asks for, as it is written: the checked plan knows only what comes of it.

use toml::{Table, Value};

/// Parts of a resolved scenario, as they are written.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    strategies: Vec<Table>,
    alarms: Vec<Table>,
    endpoint: Table,
    /// Names of the regressions of the file, in which some may not be asked for.
    regressions: Vec<String>,
}

/// The forms of a strategy, with the key that says how large their first step is.
const FORMS: [(&str, &str); 7] = [
    ("all_at_once", ""),
    ("canary", "size"),
    ("linear", "step"),
    ("rolling", "batch"),
    ("shadow", "sample"),
    ("steps", "share"),
    ("ramp", ""),
];

impl Asked {
    /// Of the resolved text of a checked scenario and the file's; what cannot be read is taken to be absent.
    pub(super) fn new(resolved: &str, file: &str) -> Self {
        let [resolved, file] = [resolved, file].map(|text| text.parse().unwrap_or_default());
        let name = |table: &Table| table.get("name").and_then(Value::as_str).map(str::to_owned);
        Self {
            strategies: list(&resolved, "strategies"),
            alarms: list(&resolved, "alarms"),
            endpoint: resolved
                .get("endpoint")
                .and_then(Value::as_table)
                .cloned()
                .unwrap_or_default(),
            regressions: list(&file, "regressions").iter().filter_map(name).collect(),
        }
    }

    /// Where a regression stands in the file.
    pub(super) fn regression_place(&self, name: &str) -> String {
        let place = self.regressions.iter().position(|known| known == name);
        place.map_or_else(|| "regressions".to_owned(), |index| format!("regressions[{index}]"))
    }

    /// The form of a strategy, if it is one of those with stages of their own.
    pub(super) fn form(&self, strategy: usize) -> Option<&'static str> {
        let table = self.strategies.get(strategy)?;
        FORMS.iter().map(|(form, _)| *form).find(|form| table.contains_key(*form))
    }

    /// Where the bake of a stage stands.
    pub(super) fn bake_place(&self, strategy: usize, stage: usize, is_last: bool) -> String {
        let path = format!("strategies[{strategy}]");
        match self.form(strategy) {
            Some("steps") => format!("{path}.steps[{stage}].bake"),
            Some("rolling") => format!("{path}.rolling.bake"),
            Some("shadow") if stage == 0 => format!("{path}.shadow.lasts"),
            Some(form) if is_last => format!("{path}.{form}.final_bake"),
            Some(form) => format!("{path}.{form}.bake"),
            None => path,
        }
    }

    /// Where the size of the first step stands, and its percentage if it is one.
    pub(super) fn size(&self, strategy: usize) -> Option<(String, Option<f64>)> {
        let form = self.form(strategy)?;
        let key = FORMS.iter().find(|(name, _)| *name == form)?.1;
        let value = self.strategies.get(strategy)?.get(form)?;
        let (path, value) = match value.as_array() {
            Some(steps) => (format!("strategies[{strategy}].{form}[0].{key}"), steps.first()?),
            None => (format!("strategies[{strategy}].{form}.{key}"), value),
        };
        let percent = match value.get(key)? {
            Value::String(text) => text.strip_suffix('%').and_then(|text| text.trim().parse().ok()),
            Value::Float(share) => Some(100.0 * share),
            _ => None,
        };
        Some((path, percent))
    }

    /// What a strategy asks of SageMaker's guardrails, if it asks anything.
    pub(super) fn guardrails(&self, strategy: usize) -> Option<String> {
        let table = self.strategies.get(strategy)?;
        let form = self.form(strategy)?;
        let of_all_at_once = table.get(form).and_then(|form| form.get("final_bake"));
        let bake = of_all_at_once.and_then(Value::as_str).filter(|bake| *bake != "0s");
        let alarms = table.get("alarms").and_then(Value::as_array).map_or(0, Vec::len);
        match form {
            "all_at_once" if bake.is_none() && alarms == 0 => None,
            "all_at_once" => {
                Some(format!("a final bake of {} and {alarms} alarms", bake.unwrap_or("0s")))
            }
            "canary" | "linear" | "rolling" => {
                Some(format!("a `{form}` update and {alarms} alarms"))
            }
            _ => None,
        }
    }

    /// The instance type of a fleet of `endpoint`, or of `endpoint.green`.
    pub(super) fn instance_type(&self, table: &str) -> String {
        let green = self.endpoint.get("green").and_then(Value::as_table);
        let fleet = if table == "endpoint" { Some(&self.endpoint) } else { green };
        let name = fleet.and_then(|fleet| fleet.get("instance_type")).and_then(Value::as_str);
        name.unwrap_or_default().to_owned()
    }

    /// The threshold of an alarm, if it is a bare number.
    pub(super) fn bare_threshold(&self, alarm: usize) -> Option<f64> {
        match self.alarms.get(alarm)?.get("threshold")? {
            Value::Float(number) => Some(*number),
            Value::Integer(number) => i32::try_from(*number).ok().map(f64::from),
            _ => None,
        }
    }
}

fn list(table: &Table, key: &str) -> Vec<Table> {
    let values = table.get(key).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(|value| value.as_table().cloned()).collect()
}
