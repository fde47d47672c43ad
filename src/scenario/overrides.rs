//! What a command line may say instead of the file.

use super::key::Setting;
use super::raw::RawScenario;
use super::raw::choice::RawBaseline;
use super::spec::Scenario;
use super::suggest;
use crate::rollout::plan::Plan;

/// Values that replace the file's, before anything is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Replications of each strategy and regression.
    pub runs: Option<u64>,
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
        raw: &mut RawScenario,
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
        raw.strategies.retain(|strategy| self.strategies.contains(&strategy.name));
        if !scenario.strategies.iter().any(Plan::is_baseline) {
            // Whoever chooses has what was chosen and no more, also when the resolved file is run.
            raw.experiment.baseline = RawBaseline::None;
        }
        Ok(())
    }
}
