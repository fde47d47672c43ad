//! A scenario unfolded for tuning.
//!
//! Variants are made of what the file says, and checked as if they were written by hand.

mod plans;
mod policy;
mod shapes;

use super::error::{Misfit, ScenarioErrors};
use super::load::Loaded;
use super::raw::alarm::RawAlarm;
use super::strategy::RawStrategy;
use super::tune::{Expansion, Objective, Uncertainty};
use super::uncertainty::uncertainty;
use super::validate::variant::Fault;
use super::variation::readers::reads_itself;
use plans::Way;

/// A scenario unfolded for tuning, and what was left out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expanded {
    /// The variants.
    pub expansion: Expansion,
    /// One line for each variant that the file asks for and that is left out, and why.
    pub warnings: Vec<String>,
    /// How they would be written, by plan of the expansion.
    strategies: Vec<RawStrategy>,
    /// How they would be written, by shape.
    alarms: Vec<RawAlarm>,
}

impl Loaded {
    /// The ways of rolling out and of setting alarms that the `[tune]` table asks for; without one, every
    /// strategy as it is, and the alarms that it names itself in some M of N. Strategies that read no alarm
    /// that may be set are left out, and so are variants that a rule forbids, unless none remains.
    ///
    /// # Errors
    /// Why there is nothing to tune, or too much, with the remedy; or every end of what is uncertain at which
    /// the scenario is none, or is another one to tune.
    pub fn expand(&self) -> Result<Expanded, ScenarioErrors> {
        let mut expanded = unfolded(self).map_err(|misfit| self.errors(vec![misfit]))?;
        let Expanded { expansion, warnings, strategies, .. } = &mut expanded;
        expansion.uncertainty = uncertainty(self, strategies, &expansion.scenario, warnings)
            .map_err(|misfits| self.errors(misfits))?;
        Ok(expanded)
    }
}

fn unfolded(loaded: &Loaded) -> Result<Expanded, Misfit> {
    something_to_detect(loaded)?;
    let mut warnings = Vec::new();
    let mut shapes = shapes::shapes(loaded, &mut warnings)?;
    let ways = plans::ways(loaded, &shapes, &mut warnings)?;
    shapes.retain(|(shape, _)| ways.iter().any(|way| reads_itself(&way.plan, shape.alarm)));
    let mut scenario = loaded.scenario.clone();
    scenario.strategies = ways.iter().map(|way| way.plan.clone()).collect();
    let (shapes, alarms) = shapes.into_iter().unzip();
    let (plans, strategies) =
        ways.into_iter().map(|Way { variant, raw, .. }| (variant, raw)).unzip();
    let uncertainty = Uncertainty::none();
    let expansion = Expansion { scenario, plans, shapes, uncertainty };
    Ok(Expanded { expansion, warnings, strategies, alarms })
}

/// Means over the faulty releases need one that comes.
fn something_to_detect(loaded: &Loaded) -> Result<(), Misfit> {
    if loaded.tune.minimise == Objective::ExpectedLoss {
        return Ok(());
    }
    let releases = loaded.scenario.regressions.iter().zip(&loaded.tune.priors);
    let faulty: Vec<f64> =
        releases.filter(|(release, _)| !release.healthy).map(|(_, prior)| *prior).collect();
    let (message, remedy) = if faulty.is_empty() {
        (
            "no release of the scenario is faulty, so there is nothing to detect",
            "add [[regressions]]",
        )
    } else if faulty.iter().all(|prior| *prior <= 0.0) {
        (
            "the priors of all faulty releases are 0, so there is nothing to detect",
            "raise a `prior`",
        )
    } else {
        return Ok(());
    };
    let help =
        format!("{remedy}, or give `minimise = \"expected_loss\"` and prices in [tune.loss]");
    Err(("regressions".to_owned(), (message.to_owned(), help)))
}

/// `canary 10 % [canary.size = 5%, canary.bake = 5m]`.
fn variant_name(name: &str, changes: &[(String, String)]) -> String {
    if changes.is_empty() {
        return name.to_owned();
    }
    let changes: Vec<String> =
        changes.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{name} [{}]", changes.join(", "))
}

fn left_out(name: &str, (message, _): &Fault) -> String {
    format!("{name} is left out: {message}")
}

fn few_enough(path: &str, count: usize, most: usize, what: &str) -> Result<(), Misfit> {
    if count <= most {
        return Ok(());
    }
    let message = format!("there are {count} {what}, more than {most}");
    let help = format!("name those that matter in [[tune.{path}]], or list fewer values");
    Err((path.to_owned(), (message, help)))
}
