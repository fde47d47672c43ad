//! The alarms of a file: of a scenario, or of a file that holds only alarms.

use super::error::ScenarioErrors;
use super::raw::alarm_file::RawAlarmFile;
use super::spec::Scenario;
use super::{load, parse, validate};
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
            let Scenario { alarms, sampled, .. } = Scenario::load(path)?.scenario;
            Self { alarms, composites: Vec::new(), sampled }
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
}
