//! What a command line may say instead of the file.

use super::key::Setting;
use super::raw::RawScenario;
use super::raw::choice::RawBaseline;
use super::raw::scalar::RawShare;
use super::raw::tune::RawTune;
use super::spec::Scenario;
use super::suggest;
use super::variation::readers::reads_itself;
use crate::rollout::plan::Plan;

/// Values that replace the file's, before anything is checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// Replications of each strategy and regression.
    pub runs: Option<u64>,
    /// The widest interval of a verdict's share, above 0 and below 1.
    pub precision: Option<f64>,
    /// Master seed.
    pub seed: Option<u64>,
    /// Only the strategies of these names; all if there is none.
    pub strategies: Vec<String>,
    /// Values of any keys, written into the file's text before it is read. The file must be right
    /// without them, too.
    pub set: Vec<Setting>,
}

impl Overrides {
    /// Replaces what is replaced by value.
    pub(super) fn apply(&self, raw: &mut RawScenario) {
        if let Some(runs) = self.runs {
            raw.experiment.runs = runs;
        }
        if let Some(width) = self.precision {
            raw.experiment.precision = Some(RawShare(width));
        }
        if let Some(seed) = self.seed {
            raw.experiment.seed = seed;
        }
    }

    /// Leaves only the chosen strategies, which were checked together with the others.
    ///
    /// # Errors
    /// What is wrong with a chosen name, and the remedy.
    pub(super) fn choose(
        &self,
        raws: [&mut RawScenario; 2],
        scenario: &mut Scenario,
    ) -> Result<(), (String, String)> {
        if self.strategies.is_empty() {
            return Ok(());
        }
        let known: Vec<&str> = scenario.strategies.iter().map(|plan| plan.name.as_str()).collect();
        for name in &self.strategies {
            if !known.contains(&name.as_str()) {
                let remedy = suggest::remedy(name, &known);
                return Err((format!("there is no strategy `{name}` in the scenario"), remedy));
            }
        }
        scenario.strategies.retain(|plan| self.strategies.contains(&plan.name));
        for raw in raws {
            raw.strategies.retain(|strategy| self.strategies.contains(&strategy.name));
            if !scenario.strategies.iter().any(Plan::is_baseline) {
                // Whoever chooses has what was chosen and no more, also when the resolved file is run.
                raw.experiment.baseline = RawBaseline::None;
            }
            if let Some(tune) = &mut raw.tune {
                self.tune_what_is_left(tune, scenario);
            }
        }
        Ok(())
    }

    /// Takes out of the tuning what has nothing to do with the chosen strategies, so that what is left of
    /// the file is one.
    fn tune_what_is_left(&self, tune: &mut RawTune, scenario: &Scenario) {
        if let Some(tuned) = &mut tune.alarms {
            let is_read = |name: &str| {
                let number = scenario.alarms.iter().position(|alarm| alarm.name == name);
                number.is_some_and(|alarm| {
                    scenario.strategies.iter().any(|plan| reads_itself(plan, alarm))
                })
            };
            tuned.retain(|entry| is_read(&entry.alarm));
        }
        tune.alarms.take_if(|tuned| tuned.is_empty());
        if let Some(tuned) = &mut tune.strategies {
            tuned.retain(|entry| self.strategies.contains(&entry.strategy));
        }
        tune.strategies.take_if(|tuned| tuned.is_empty());
    }
}
