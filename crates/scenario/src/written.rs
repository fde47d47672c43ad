//! What a scenario asks for, as it is written: the checked one knows only what comes of it.

use super::load::Loaded;
use super::raw::scalar::{RawSize, RawThreshold};
use super::strategy::RawStrategy;
use super::strategy::form::Form;

/// A strategy as it is written.
#[derive(Clone, Copy, Debug)]
pub struct WrittenStrategy<'s> {
    index: usize,
    raw: &'s RawStrategy,
    key: &'static str,
    form: &'s dyn Form,
}

impl Loaded {
    /// The strategy of this number among those of the checked scenario.
    ///
    /// # Panics
    /// If there is none.
    pub fn written_strategy(&self, index: usize) -> WrittenStrategy<'_> {
        let raw = &self.filled_in.strategies[index];
        let form = raw.given().pop();
        let (key, form) = form.expect("invariant: a checked strategy has one form");
        WrittenStrategy { index, raw, key, form }
    }

    /// Where a regression stands in the file, in which some may not have been chosen.
    pub fn regression_place(&self, name: &str) -> String {
        let place = self.written.regressions.iter().position(|known| known.name == name);
        place.map_or_else(|| "regressions".to_owned(), |index| format!("regressions[{index}]"))
    }

    /// The instance types of the two fleets; empty where only a price is given.
    pub fn instance_types(&self) -> [&str; 2] {
        let endpoint = &self.filled_in.endpoint;
        [&endpoint.instance_type, &endpoint.green.instance_type]
            .map(|name| name.as_deref().unwrap_or_default())
    }

    /// The threshold of the alarm of this number, if it is a bare number.
    pub fn bare_threshold(&self, alarm: usize) -> Option<f64> {
        match self.filled_in.alarms.get(alarm)?.threshold? {
            RawThreshold::Number(number) => Some(number),
            RawThreshold::Time(_) | RawThreshold::Share(_) => None,
        }
    }
}

impl WrittenStrategy<'_> {
    /// The key of its form.
    pub fn form(&self) -> &'static str {
        self.key
    }

    /// Where the bake of a stage stands.
    pub fn bake_place(&self, stage: usize, is_last: bool) -> String {
        self.form.bake_place(&self.path(), stage, is_last)
    }

    /// Where the size of the first step stands, and its percentage if it is one; `None` if it never becomes
    /// whole instances.
    pub fn first_size(&self) -> Option<(String, Option<f64>)> {
        let (place, size) = self.form.first_size(&self.path())?;
        let percent = match size {
            RawSize::Share(share) => Some(share.times(100).as_f64()),
            RawSize::Instances(_) => None,
        };
        Some((place, percent))
    }

    /// Whether it is an update that SageMaker's guardrails guard.
    pub fn is_guarded(&self) -> bool {
        self.form.policy().is_some()
    }

    /// What it asks of SageMaker's guardrails, if it asks anything.
    pub fn guardrails(&self) -> Option<String> {
        let alarms = self.raw.alarms.as_ref().map_or(0, Vec::len);
        let bake = self.raw.all_at_once.as_ref().map(|form| form.final_bake);
        match bake {
            _ if !self.is_guarded() => None,
            Some(bake) if bake.is_zero() && alarms == 0 => None,
            Some(bake) => Some(format!("a final bake of {bake} and {alarms} alarms")),
            None => Some(format!("a `{}` update and {alarms} alarms", self.key)),
        }
    }

    fn path(&self) -> String {
        format!("strategies[{}].{}", self.index, self.key)
    }
}
