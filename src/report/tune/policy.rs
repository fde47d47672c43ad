//! A policy spelt out: its alarms as they would be set, and what to call it.

use crate::alarm::composite::CompositeSpec;
use crate::alarm::spec::{AlarmSpec, Comparison, FleetDimension, Origin, Subject};
use crate::alarm::unit::Unit;
use crate::endpoint::fleet::SERVICE_NS_MAX;
use crate::report::number::plain;
use crate::rollout::plan::Plan;
use crate::scenario::Scenario;
use crate::time::SimDuration;
use crate::tuning::results::{Policy, Setting, TuneResults};

/// A policy among the results it belongs to.
#[derive(Clone, Copy)]
pub(in crate::report) struct Spelt<'a> {
    results: &'a TuneResults,
    pub(in crate::report) policy: &'a Policy,
}

impl<'a> Spelt<'a> {
    pub(in crate::report) fn new(results: &'a TuneResults, policy: &'a Policy) -> Self {
        Self { results, policy }
    }

    pub(in crate::report) fn scenario(self) -> &'a Scenario {
        &self.results.expansion.scenario
    }

    pub(in crate::report) fn plan(self) -> &'a Plan {
        &self.scenario().strategies[self.policy.plan]
    }

    /// The strategy as the user calls it.
    pub(in crate::report) fn strategy(self) -> &'a str {
        let plans = &self.results.expansion.plans;
        let own = plans[self.policy.plan].strategy;
        let written = plans.iter().position(|plan| plan.strategy == own && plan.is_present());
        &self.scenario().strategies[written.unwrap_or(self.policy.plan)].name
    }

    /// What is changed of the strategy, such as `canary.size = 5%, canary.bake = 5m`.
    pub(in crate::report) fn plan_changes(self) -> String {
        changes(&self.results.expansion.plans[self.policy.plan].changes)
    }

    /// The strategy and what is changed of it.
    pub(in crate::report) fn rollout(self) -> String {
        match self.plan_changes() {
            changes if changes.is_empty() => self.strategy().to_owned(),
            changes => format!("{} ({changes})", self.strategy()),
        }
    }

    /// Whether nothing is changed but thresholds, and those are as written.
    pub(in crate::report) fn is_present(self) -> bool {
        let expansion = &self.results.expansion;
        expansion.plans[self.policy.plan].is_present()
            && self.policy.settings.iter().all(|setting| {
                let shape = &expansion.shapes[setting.shape];
                shape.is_present() && shape.spec.threshold == setting.threshold
            })
    }

    /// The alarms that may be set, as this policy sets them.
    pub(in crate::report) fn set_alarms(self) -> impl Iterator<Item = (&'a Setting, AlarmSpec)> {
        self.policy.settings.iter().map(move |setting| (setting, self.set(setting)))
    }

    fn set(self, setting: &Setting) -> AlarmSpec {
        let shape = &self.results.expansion.shapes[setting.shape];
        AlarmSpec { threshold: setting.threshold, ..shape.spec.clone() }
    }

    /// Of the best policy: the names of the alarms that no run sets off.
    pub(in crate::report) fn idle_alarms(self) -> Vec<&'a str> {
        let shape = |&alarm: &usize| self.policy.settings[alarm].shape;
        let name = |shape: usize| self.results.expansion.shapes[shape].spec.name.as_str();
        self.results.idle.iter().map(shape).map(name).collect()
    }

    /// What is changed of the alarms' shapes, alarm by alarm.
    pub(in crate::report) fn shape_changes(self) -> Vec<String> {
        let shapes = &self.results.expansion.shapes;
        self.policy.settings.iter().map(|setting| changes(&shapes[setting.shape].changes)).collect()
    }

    /// The metric alarms that must exist: those of the plan, and those that its composite alarms name.
    pub(in crate::report) fn metric_alarms(self) -> Vec<AlarmSpec> {
        let scenario = self.scenario();
        let wanted = self.wanted();
        let alarms = scenario.alarms.iter().enumerate().filter(|(index, _)| wanted.contains(index));
        let set = |alarm: usize| {
            let mut settings = self.policy.settings.iter();
            settings.find(|setting| self.results.expansion.shapes[setting.shape].alarm == alarm)
        };
        alarms
            .map(|(index, written)| set(index).map_or_else(|| written.clone(), |s| self.set(s)))
            .collect()
    }

    /// The numbers of all alarms that the plan depends on.
    pub(in crate::report) fn wanted(self) -> Vec<usize> {
        let scenario = self.scenario();
        let mut wanted = self.plan().alarms.clone();
        let mut next = 0;
        while let Some(&number) = wanted.get(next) {
            let composite = number.checked_sub(scenario.alarms.len());
            let composite = composite.and_then(|index| scenario.composite_alarms.get(index));
            for child in composite.map(CompositeSpec::names).unwrap_or_default() {
                let child = scenario.alarm_names().position(|name| name == child);
                wanted.extend(child.filter(|child| !wanted.contains(child)));
            }
            next += 1;
        }
        wanted.sort_unstable();
        wanted
    }

    /// Its alarms in a few words each: `'5xx-rate': 3 of 5 minutes above 0.8% on the green fleet`.
    pub(in crate::report) fn alarms_in_words(self) -> Vec<String> {
        self.set_alarms()
            .map(|(setting, spec)| {
                let shape = &self.results.expansion.shapes[setting.shape];
                let mut words = vec![in_words(&spec)];
                words.extend(shape.changes.iter().filter_map(remark));
                format!("'{}': {}", spec.name, words.join(", "))
            })
            .collect()
    }
}

/// A change of an alarm that [`in_words`] does not tell.
fn remark((key, value): &(String, String)) -> Option<String> {
    let told = ["threshold", "evaluation_periods", "datapoints_to_alarm", "period", "fleet"];
    let last = key.rsplit('.').next().unwrap_or(key);
    (!told.contains(&last) && last != "m_of_n").then(|| format!("{key} = {value}"))
}

fn changes(changes: &[(String, String)]) -> String {
    let texts: Vec<String> =
        changes.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    texts.join(", ")
}

/// When an alarm goes off: `3 of 5 minutes above 0.8% on the green fleet`.
pub(in crate::report) fn in_words(spec: &AlarmSpec) -> String {
    format!("{} {}", datapoints(spec), condition(spec))
}

/// `3 of 5 minutes`, `2 of 2 datapoints of 5m`.
pub(in crate::report) fn datapoints(spec: &AlarmSpec) -> String {
    let (m, n) = (spec.datapoints_to_alarm, spec.evaluation_periods);
    if spec.period == SimDuration::from_secs(60) {
        format!("{m} of {n} {}", if n == 1 { "minute" } else { "minutes" })
    } else {
        format!("{m} of {n} datapoint{} of {}", if n == 1 { "" } else { "s" }, spec.period)
    }
}

/// `above 0.8% on the green fleet`.
fn condition(spec: &AlarmSpec) -> String {
    if let Subject::Band(band) = &spec.subject {
        return format!("{} a band of ±{} sd", spec.comparison.symbol(), band.width);
    }
    let side = match spec.comparison {
        Comparison::GreaterThanThreshold => "above",
        Comparison::GreaterThanOrEqualToThreshold => "at or above",
        Comparison::LessThanThreshold => "below",
        Comparison::LessThanOrEqualToThreshold => "at or below",
        band => band.symbol(),
    };
    let threshold = threshold(spec.subject.unit(), spec.threshold.as_f64());
    match fleet(spec) {
        Some(fleet) => format!("{side} {threshold} on {}", fleet_in_words(fleet)),
        None => format!("{side} {threshold}"),
    }
}

/// Whose requests it sees, if that is one answer.
pub(in crate::report) fn fleet(spec: &AlarmSpec) -> Option<FleetDimension> {
    let fleet = |origin| match origin {
        Origin::Requests(_, fleet) => Some(fleet),
        Origin::Sampled(_) => None,
    };
    let mut fleets = spec.subject.queries().iter().map(|query| fleet(query.origin));
    let first = fleets.next()??;
    fleets.all(|other| other == Some(first)).then_some(first)
}

fn fleet_in_words(fleet: FleetDimension) -> &'static str {
    match fleet {
        FleetDimension::Green => "the green fleet",
        FleetDimension::Blue => "the blue fleet",
        FleetDimension::Both => "both fleets together",
        FleetDimension::Shadow => "the shadow variant",
    }
}

/// A threshold in the unit that people use, with it.
pub(in crate::report) fn threshold(unit: Unit, value: f64) -> String {
    // Nothing takes longer: such an alarm is as good as none.
    if matches!(unit, Unit::Time) && value > SERVICE_NS_MAX {
        return "every latency there can be".to_owned();
    }
    let (shown, name) = displayed(unit, value);
    match name {
        "%" => format!("{}%", significant(shown)),
        "" => significant(shown),
        name => format!("{} {name}", significant(shown)),
    }
}

/// A threshold \[metric's unit\] in the unit that people use, and that unit.
pub(in crate::report) fn displayed(unit: Unit, value: f64) -> (f64, &'static str) {
    match unit {
        Unit::Time => (tidied(value / 1e6), "ms"),
        Unit::Share => (tidied(value * 100.0), "%"),
        Unit::Percent => (value, "%"),
        Unit::Number => (value, "requests"),
        Unit::Own => (value, ""),
    }
}

/// Without what the change of unit adds in the last places.
fn tidied(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

/// A number with at most five digits that count.
fn significant(value: f64) -> String {
    let magnitude = if value.abs() > 0.0 { value.abs().log10().floor() } else { 0.0 };
    let places = (0..16_u8).find(|&places| magnitude + f64::from(places) >= 4.0).unwrap_or(15);
    plain(value, places.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::ratio::Ratio;

    #[test]
    fn thresholds_are_in_the_unit_that_people_use() {
        assert_eq!(threshold(Unit::Share, 0.008), "0.8%");
        assert_eq!(threshold(Unit::Share, 0.008_234_567), "0.82346%");
        assert_eq!(threshold(Unit::Time, 162_300_000.0), "162.3 ms");
        assert_eq!(threshold(Unit::Time, 3e20), "every latency there can be");
        assert_eq!(threshold(Unit::Number, 120_000.0), "120000 requests");
        assert_eq!(threshold(Unit::Own, 0.0), "0");
        assert_eq!(displayed(Unit::Share, 0.000_7).0.to_string(), "0.07");
        assert!(displayed(Unit::Time, f64::INFINITY).0.is_infinite());
    }

    #[test]
    fn alarms_read_like_a_sentence() {
        let spec = AlarmSpec {
            threshold: Ratio::new(8, 1000),
            evaluation_periods: 5,
            datapoints_to_alarm: 3,
            ..AlarmSpec::example()
        };
        assert_eq!(in_words(&spec), "3 of 5 minutes above 0.8% on the green fleet");
        let slow = AlarmSpec { period: SimDuration::from_secs(300), ..spec };
        assert_eq!(in_words(&slow), "3 of 5 datapoints of 5m above 0.8% on the green fleet");
    }
}
