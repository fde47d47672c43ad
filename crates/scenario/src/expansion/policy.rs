//! A policy as a scenario file.

use super::Expanded;
use crate::load::Loaded;
use crate::raw::choice::RawBaseline;
use crate::telemetry::ratio::Ratio;
use crate::validate::variant::written_threshold;

impl Loaded {
    /// The scenario of one policy of `expanded` as TOML: the strategy `plan` only, under the name that it
    /// has in the file, its alarms as in these shapes at these thresholds, in the metric's unit.
    ///
    /// `None` if `expanded` has no such plan or shape, or if a threshold is no decimal of at most 12 digits
    /// after the point (of a microsecond for a latency), which is all that a file can say.
    pub fn policy(
        &self,
        expanded: &Expanded,
        plan: usize,
        settings: &[(usize, Ratio)],
    ) -> Option<String> {
        let mut raw = self.filled_in.clone();
        let mut strategy = expanded.strategies.get(plan)?.clone();
        let variant = expanded.expansion.plans.get(plan)?;
        strategy.name.clone_from(&self.written.strategies.get(variant.strategy)?.name);
        raw.strategies = vec![strategy];
        raw.experiment.baseline = RawBaseline::None;
        raw.tune = None;
        for (shape, threshold) in settings {
            let mut alarm = expanded.alarms.get(*shape)?.clone();
            let shape = expanded.expansion.shapes.get(*shape)?;
            alarm.threshold = Some(written_threshold(*threshold, &shape.spec)?);
            *raw.alarms.get_mut(shape.alarm)? = alarm;
        }
        toml::to_string(&raw).ok()
    }
}
