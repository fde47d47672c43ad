//! The composite alarms of a run, and the states they go through.

use super::{Rule, Suppression};
use crate::alarm::spec::AlarmState;

/// A composite alarm as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompositeSpec {
    /// Unique among all alarms.
    pub name: String,
    /// When it is in ALARM. It does not follow from itself.
    pub rule: Rule,
    /// What holds back its actions.
    pub suppression: Option<Suppression>,
}

impl CompositeSpec {
    /// The alarms that it names: in its rule, and the one that holds back its actions.
    pub fn names(&self) -> Vec<&str> {
        let mut names = self.rule.alarms();
        names.extend(self.suppression.as_ref().map(|suppression| suppression.by.as_str()));
        names
    }
}

/// The states of composite alarms. A new one is in INSUFFICIENT_DATA until it is judged first.
#[derive(Clone, Debug)]
pub struct Board<'s> {
    specs: &'s [CompositeSpec],
    // Names of the metric alarms, then of the composite ones.
    names: Vec<&'s str>,
    states: Vec<AlarmState>,
    // Indices of the specs, each after those that its rule names.
    order: Vec<usize>,
}

/// A composite alarm that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Which: its number after those of the metric alarms.
    pub number: usize,
    /// Its state before.
    pub previous: AlarmState,
    /// Its new state.
    pub state: AlarmState,
    /// The number of the alarm whose change brought it about.
    pub cause: usize,
}

impl<'s> Board<'s> {
    /// New composite alarms over metric alarms of these names.
    pub fn new(specs: &'s [CompositeSpec], metric_alarms: impl Iterator<Item = &'s str>) -> Self {
        let names = metric_alarms.chain(specs.iter().map(|spec| spec.name.as_str())).collect();
        let states = vec![AlarmState::default(); specs.len()];
        Self { specs, names, states, order: order(specs) }
    }

    /// Their states.
    pub fn states(&self) -> &[AlarmState] {
        &self.states
    }

    /// Judges them all once the metric alarms of an instant have been evaluated, of which those of
    /// `metric_changes` have changed; `metric_state` tells the state of any. What changed, causes before
    /// effects.
    ///
    /// # Panics
    /// If a rule names an alarm that does not exist.
    pub fn judge(
        &mut self,
        metric_changes: &[usize],
        metric_state: impl Fn(usize) -> AlarmState,
    ) -> Vec<Changed> {
        let metric_alarms = self.names.len() - self.specs.len();
        let mut changes: Vec<Changed> = Vec::new();
        for &index in &self.order {
            let rule = &self.specs[index].rule;
            let state_of = |name: &str| {
                let number = self.names.iter().position(|known| *known == name);
                let number = number.expect("invariant: rules name known alarms only");
                match number.checked_sub(metric_alarms) {
                    None => metric_state(number),
                    Some(composite) => self.states[composite],
                }
            };
            let state = rule.state(&state_of);
            if state != self.states[index] {
                let named = rule.alarms();
                let mut before = changes.iter().rev().map(|change| change.number);
                let by = before.find(|&number| named.contains(&self.names[number]));
                // A new alarm is judged whatever was evaluated.
                let is_named = |&number: &usize| named.contains(&self.names[number]);
                let cause = metric_changes.iter().copied().rev().find(is_named);
                let cause = cause.or_else(|| (0..self.names.len()).find(is_named));
                let previous = std::mem::replace(&mut self.states[index], state);
                let number = metric_alarms + index;
                let cause = by.or(cause).unwrap_or(number);
                changes.push(Changed { number, previous, state, cause });
            }
        }
        changes
    }
}

/// Indices of the alarms, each after those that its rule names; without those that follow from
/// themselves.
pub fn order(specs: &[CompositeSpec]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    loop {
        let is_settled = |name: &&str| {
            let own = specs.iter().position(|other| other.name == **name);
            own.is_none_or(|index| order.contains(&index))
        };
        let is_ready = |&index: &usize| {
            !order.contains(&index) && specs[index].rule.alarms().iter().all(is_settled)
        };
        let next: Vec<usize> = (0..specs.len()).filter(is_ready).collect();
        if next.is_empty() {
            return order;
        }
        order.extend(next);
    }
}
