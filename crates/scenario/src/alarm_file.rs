//! The alarms of a file: of a scenario, or of a file that holds only alarms.

use super::error::ScenarioErrors;
use super::raw::alarm_file::RawAlarmFile;
use super::spec::{MetricsSpec, Scenario};
use super::{load, parse, suggest, validate};
use crate::alarm::composite::CompositeSpec;
use crate::alarm::spec::AlarmSpec;
use crate::telemetry::sampled::SampledSpec;
use std::path::Path;
use toml::de::DeTable;

/// Alarms, and the metrics they may watch besides those of requests.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmFile {
    /// In the order of the file.
    pub alarms: Vec<AlarmSpec>,
    /// Alarms on the states of others.
    pub composites: Vec<CompositeSpec>,
    /// What [`Origin::Sampled`](crate::alarm::subject::Origin::Sampled) counts.
    pub sampled: Vec<SampledSpec>,
    /// When a scenario's metrics are published; `None` of a file that holds only alarms.
    pub metrics: Option<MetricsSpec>,
}

/// Tables of which every scenario has at least one.
const OF_SCENARIOS: [&str; 5] = ["experiment", "traffic", "endpoint", "blue", "strategies"];

impl AlarmFile {
    /// Reads the alarms of a scenario, or of a file that holds only `[[alarms]]`. There, `metric` may
    /// be any name, and `fleet` may be absent.
    ///
    /// # Errors
    /// All that is wrong with the file, as for a scenario; or that it has no alarms.
    pub fn load(path: &Path) -> Result<Self, ScenarioErrors> {
        let origin = path.display().to_string();
        let text = load::read(path, &origin)?;
        let (tree, _) = DeTable::parse_recoverable(&text);
        let is_scenario = OF_SCENARIOS.iter().any(|table| tree.get_ref().contains_key(*table));
        let file = if is_scenario {
            let scenario = Scenario::load(path)?.scenario;
            let Scenario { alarms, composite_alarms: composites, sampled, metrics, .. } = scenario;
            Self { alarms, composites, sampled, metrics: Some(metrics) }
        } else {
            let parsed = parse::parse::<RawAlarmFile>(&text);
            validate::alarm_file::validate(parsed)
                .map_err(|problems| ScenarioErrors::new(&origin, &text, problems))?
        };
        if file.alarms.is_empty() {
            let message = format!("{origin} has no alarms");
            return Err(ScenarioErrors::without_text(&origin, message, "add an [[alarms]] table"));
        }
        Ok(file)
    }

    /// Only the alarms of these names, and those that chosen composite alarms name or are suppressed by; all
    /// if there are no names.
    ///
    /// # Errors
    /// What is wrong and the remedy, if a name is no alarm's.
    pub fn only(&self, names: &[String]) -> Result<Self, String> {
        if names.is_empty() {
            return Ok(self.clone());
        }
        let metric = self.alarms.iter().map(|alarm| alarm.name.as_str());
        let composite = self.composites.iter().map(|alarm| alarm.name.as_str());
        let known: Vec<&str> = metric.chain(composite).collect();
        let mut chosen: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(name) = chosen.iter().find(|name| !known.contains(name)) {
            return Err(format!("there is no alarm \"{name}\"; {}", suggest::remedy(name, &known)));
        }
        let mut next = 0;
        while let Some(name) = chosen.get(next).copied() {
            let composite = self.composites.iter().find(|alarm| alarm.name == name);
            for child in composite.map(CompositeSpec::names).unwrap_or_default() {
                if !chosen.contains(&child) {
                    chosen.push(child);
                }
            }
            next += 1;
        }
        let mut file = self.clone();
        file.alarms.retain(|alarm| chosen.contains(&alarm.name.as_str()));
        file.composites.retain(|alarm| chosen.contains(&alarm.name.as_str()));
        Ok(file)
    }
}
