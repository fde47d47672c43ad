//! What a command line may say instead of the file.

use super::key::Setting;
use super::raw::RawScenario;
use super::raw::choice::RawBaseline;
use super::raw::scalar::RawShare;
use super::raw::tune::RawTune;
use super::spec::{Fidelity, Scenario};
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
    /// How it is simulated.
    pub fidelity: Option<Fidelity>,
    /// Only the strategies of these names; all if there is none.
    pub strategies: Vec<String>,
    /// Only the regressions of these names, and the healthy release; all if there is none.
    pub regressions: Vec<String>,
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
        if let Some(fidelity) = self.fidelity {
            raw.experiment.fidelity = match fidelity {
                Fidelity::Requests => Fidelity::Requests,
                Fidelity::Aggregate => Fidelity::Aggregate,
                Fidelity::Auto => Fidelity::Auto,
            };
        }
    }

    /// The same without leaving anything out.
    #[must_use]
    pub fn of_the_whole(&self) -> Self {
        Self { strategies: Vec::new(), regressions: Vec::new(), ..self.clone() }
    }

    /// Whether some strategies or regressions are left out.
    pub fn leave_out(&self) -> bool {
        !self.strategies.is_empty() || !self.regressions.is_empty()
    }

    /// Leaves only the chosen strategies and regressions, which were checked together with the others.
    ///
    /// # Errors
    /// What is wrong with a chosen name.
    pub(super) fn choose(
        &self,
        mut raws: [&mut RawScenario; 2],
        scenario: &mut Scenario,
    ) -> Result<(), Unknown> {
        if !self.strategies.is_empty() {
            let known = scenario.strategies.iter().map(|plan| plan.name.as_str());
            all_known(("strategies", "strategy"), &self.strategies, known)?;
            scenario.strategies.retain(|plan| self.strategies.contains(&plan.name));
            for raw in &mut raws {
                self.choose_strategies(raw, scenario);
            }
        }
        if !self.regressions.is_empty() {
            let known = scenario.regressions.iter().map(|release| release.name.as_str());
            all_known(("regressions", "regression"), &self.regressions, known)?;
            let mut is_first = true;
            // The first is the healthy release, which all others are held against.
            scenario.regressions.retain(|release| {
                std::mem::take(&mut is_first) || self.regressions.contains(&release.name)
            });
            // What is written keeps them all, each at its place in the file.
            raws[0].regressions.retain(|release| self.regressions.contains(&release.name));
        }
        Ok(())
    }

    fn choose_strategies(&self, raw: &mut RawScenario, scenario: &Scenario) {
        raw.strategies.retain(|strategy| self.strategies.contains(&strategy.name));
        if !scenario.strategies.iter().any(Plan::is_baseline) {
            // Whoever chooses has what was chosen and no more, also when the resolved file is run.
            raw.experiment.baseline = RawBaseline::None;
        }
        if let Some(tune) = &mut raw.tune {
            self.tune_what_is_left(tune, scenario);
        }
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

/// A chosen name that the scenario does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// The list that it is not in.
    pub(super) list: &'static str,
    pub(super) message: String,
    pub(super) remedy: String,
}

fn all_known<'a>(
    (list, what): (&'static str, &str),
    names: &[String],
    known: impl Iterator<Item = &'a str>,
) -> Result<(), Unknown> {
    let known: Vec<&str> = known.collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Unknown {
            list,
            message: format!("there is no {what} `{name}` in the scenario"),
            remedy: suggest::remedy(name, &known),
        }),
    }
}
