//! Who catches a fault, and whether anybody can tell it from a good release.

use super::Page;
use crate::experiment::telling::{FewestRuns, Power, Telling};
use crate::report::number::{amount, percent};
use crate::stats::real;

impl Page<'_> {
    /// How often each strategy that watches catches the fault, where that differs beyond its paired interval.
    pub(super) fn caught(&self, regression: usize) -> Option<String> {
        let share = |strategy| self.row((strategy, regression), "caught", "share");
        let mut order: Vec<(usize, f64)> = self
            .begun(regression)
            .filter(|&strategy| self.is_guarded(strategy))
            .filter_map(|strategy| Some((strategy, share(strategy)?.estimate?)))
            .collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (most, least) = (order.first()?.0, order.last()?.0);
        let is_told = |strategy| self.is_told((strategy, regression));
        let (paired, _) = self.comparison.find(regression, (most, least), "caught")?;
        let differs = paired.interval.is_some_and(|interval| interval.low > 0.0);
        if !differs || !order.iter().any(|&(strategy, _)| is_told(strategy)) {
            return None;
        }
        let each: Vec<String> = order
            .iter()
            .filter_map(|&(strategy, estimate)| {
                let row = share(strategy)?;
                let (low, high) = (percent(row.low?), percent(row.high?));
                let is_chance = estimate > 0.0 && !is_told(strategy);
                let chance = if is_chance { " (no more than chance would)" } else { "" };
                let (name, share) = (self.named(strategy), percent(estimate));
                Some(format!("{name} in {share} [{low}, {high}]{chance}"))
            })
            .collect();
        Some(format!("Caught: {} of the runs.", each.join(", ")))
    }

    /// Whether an arm is given up earlier than the healthy one more often than chance would.
    pub(super) fn is_told(&self, arm: (usize, usize)) -> bool {
        self.summary.telling(arm).is_some_and(|telling| telling.is_told(self.confidence()))
    }

    /// The strategies whose alarms do no more than chance would, with the counts.
    pub(super) fn not_told(&self, regression: usize) -> Option<String> {
        let confidence = self.confidence();
        let not_told: Vec<(usize, Telling)> = self
            .begun(regression)
            .filter(|&strategy| self.is_guarded(strategy))
            .filter_map(|strategy| {
                let telling = self.summary.telling((strategy, regression))?;
                (telling.runs > 0 && !telling.is_told(confidence)).then_some((strategy, telling))
            })
            .collect();
        let (_, any) = *not_told.first()?;
        let has_test = |&(strategy, _): &(usize, Telling)| {
            self.results.scenario.strategies[strategy].test.is_some()
        };
        let guard = if not_told.iter().any(has_test) { "alarm or test" } else { "alarm" };
        let each: Vec<String> = not_told
            .iter()
            .map(|&(strategy, Telling { earlier, later, .. })| {
                format!("{} ({earlier} earlier, {later} later)", self.named(strategy))
            })
            .collect();
        let (each, runs) = (each.join(", "), amount(real(any.runs)));
        let counts = format!(
            "in so many of the {runs} runs it is given up earlier, or later, than the healthy release of the \
             same replication (sign test, level {})",
            percent(1.0 - confidence)
        );
        let fewest = FewestRuns::at(confidence);
        Some(match any.power(confidence) {
            Power::Enough => {
                format!("No {guard} of {each} can tell it from a good release: {counts}.")
            }
            Power::Little => format!(
                "It does not show that an {guard} of {each} can tell it from a good release: {counts}. So \
                 few runs may only not show it yet; {} would show a fault that moves a tenth of them.",
                amount(real(fewest.enough))
            ),
            Power::None => format!(
                "{runs} runs cannot show whether an {guard} of {each} can tell it from a good release: \
                 {counts}; it takes {} or more.",
                amount(real(fewest.any))
            ),
        })
    }

    /// Whether something may give the release up.
    pub(super) fn is_guarded(&self, strategy: usize) -> bool {
        let plan = &self.results.scenario.strategies[strategy];
        !plan.alarms.is_empty() || plan.test.is_some()
    }

    pub(super) fn confidence(&self) -> f64 {
        self.results.scenario.experiment.confidence
    }
}
