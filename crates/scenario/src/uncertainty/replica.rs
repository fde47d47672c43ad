//! The scenario of one replication, read from the file's text with other values in it.

use super::draw::Draws;
use super::read::Range;
use crate::error::ScenarioErrors;
use crate::key::{Place, edited, resolved_in, without};
use crate::load::{Loaded, parse_as_is};
use crate::overrides::Overrides;
use crate::spec::Scenario;
use crate::strategy::RawStrategy;
use crate::validate::variant::{Fault, plans};
use std::borrow::Cow;
use std::path::PathBuf;

/// What a replication's scenario is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Replica {
    pub(super) ranges: Vec<Range>,
    /// The scenario without `[tune]`.
    text: String,
    resolved: String,
    base: PathBuf,
    overrides: Overrides,
    /// The variants that are the strategies of the expansion, as they would be written.
    strategies: Vec<RawStrategy>,
}

impl Replica {
    pub(super) fn new(loaded: &Loaded, strategies: &[RawStrategy]) -> Self {
        // What was observed was so of the traffic that the file says, whatever is drawn instead.
        let keys = ["latency", "latency_is"];
        let text = ["blue", "green"].into_iter().fold(loaded.source.text.clone(), |text, table| {
            resolved_in(&text, &loaded.resolved, table, &keys)
        });
        Self {
            ranges: loaded.uncertain.clone(),
            text: without(&text, "tune"),
            resolved: without(&loaded.resolved, "tune"),
            base: loaded.base.clone(),
            overrides: loaded.overrides.clone(),
            strategies: strategies.to_vec(),
        }
    }

    /// A replication of the expanded `scenario`, and where in its range each key lies.
    pub(super) fn drawn<'a>(
        &self,
        scenario: &'a Scenario,
        draws: Draws,
    ) -> (Cow<'a, Scenario>, Vec<f64>) {
        let places = self.places(draws);
        if let Ok(made) = self.at(scenario, &places) {
            return (Cow::Owned(made), places);
        }
        // Some rules forbid values between two that they allow: half of five instances is no half. The
        // check of the first draws has seen to it that these are few.
        let nearest: Vec<f64> = places.iter().map(|place| place.round()).collect();
        match self.at(scenario, &nearest) {
            Ok(made) => (Cow::Owned(made), nearest),
            // All ends were checked together, so it is a trace that is gone, which the run will say.
            Err(_) => (Cow::Borrowed(scenario), nearest),
        }
    }

    /// Where in its range each key lies.
    pub(super) fn places(&self, draws: Draws) -> Vec<f64> {
        let place = |range: &Range| range.ends.settled(draws.place(&range.place.to_string()));
        self.ranges.iter().map(place).collect()
    }

    /// The scenario with each key at this place of its range.
    pub(super) fn at(&self, scenario: &Scenario, places: &[f64]) -> Result<Scenario, Fault> {
        let value = |(range, place): (&Range, &f64)| (range.place.clone(), range.ends.at(*place));
        self.with(scenario, &self.ranges.iter().zip(places).map(value).collect::<Vec<_>>())
    }

    /// The expanded `scenario` with these values instead of the file's.
    ///
    /// # Errors
    /// The first rule that is broken, and the remedy.
    pub(super) fn with(
        &self,
        scenario: &Scenario,
        values: &[(Place, String)],
    ) -> Result<Scenario, Fault> {
        let text = edited(&self.text, &self.resolved, values)?;
        let loaded = parse_as_is(&text, "", &self.base, &self.overrides).map_err(first)?;
        let plans = plans(&loaded.filled_in, self.strategies.clone(), &loaded.scenario);
        let names = self.strategies.iter().map(|strategy| &strategy.name);
        let plans = plans.into_iter().zip(names).map(|(plan, name)| {
            plan.map_err(|(message, help)| (format!("of the strategy \"{name}\": {message}"), help))
        });
        let strategies = plans.collect::<Result<_, _>>()?;
        let made = Scenario { strategies, ..loaded.scenario };
        let alarms =
            |of: &Scenario| (of.alarms.clone(), of.composite_alarms.clone(), of.sampled.clone());
        if alarms(&made) != alarms(scenario) {
            let help = "take the key out: all replications are judged by the same alarms";
            return Err(("the alarms are other ones then".to_owned(), help.to_owned()));
        }
        Ok(made)
    }
}

fn first(errors: ScenarioErrors) -> Fault {
    let problem = errors.problems.into_iter().next();
    problem.map_or_else(Fault::default, |problem| {
        (problem.message, problem.help.unwrap_or_else(|| "narrow the range".to_owned()))
    })
}
