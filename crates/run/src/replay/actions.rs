//! The actions of composite alarms that another alarm suppresses.

use super::Epoch;
use crate::alarm::composite::{Actions, HeldBack};
use crate::alarm::spec::AlarmState;
use crate::scenario::AlarmFile;
use crate::time::SimTime;

/// Actions that were taken, perhaps long after the change that called for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// When; time 0 is 1970-01-01T00:00:00Z.
    pub at: SimTime,
    /// The composite alarm.
    pub alarm: String,
    /// The state of which the actions are.
    pub state: AlarmState,
}

/// The actions of all composite alarms that have a suppressor.
pub(super) struct Suppressed<'f> {
    of: Vec<Entry<'f>>,
    /// In order of time.
    pub(super) taken: Vec<Taken>,
    epoch: Epoch,
}

/// Alarms by their numbers, composite ones after the others.
struct Entry<'f> {
    number: usize,
    suppressor: usize,
    name: &'f str,
    actions: Actions<'f>,
}

impl<'f> Suppressed<'f> {
    pub(super) fn new(file: &'f AlarmFile, epoch: Epoch) -> Self {
        let metric = file.alarms.iter().map(|alarm| alarm.name.as_str());
        let names: Vec<&str> =
            metric.chain(file.composites.iter().map(|alarm| alarm.name.as_str())).collect();
        let entry = |(index, spec): (usize, &'f crate::alarm::composite::CompositeSpec)| {
            let suppression = spec.suppression.as_ref()?;
            let suppressor = names.iter().position(|name| *name == suppression.by)?;
            let number = file.alarms.len() + index;
            Some(Entry { number, suppressor, name: &spec.name, actions: Actions::new(suppression) })
        };
        let of = file.composites.iter().enumerate().filter_map(entry).collect();
        Self { of, taken: Vec::new(), epoch }
    }

    /// Takes the actions whose waiting is over by this instant.
    pub(super) fn pass(&mut self, by: SimTime) {
        let mut ended = Vec::new();
        for entry in &mut self.of {
            if let Some(at) = entry.actions.ends_at().filter(|at| *at <= by)
                && let Some(state) = entry.actions.end_waiting()
            {
                let alarm = entry.name.to_owned();
                ended.push(Taken { at: self.epoch.date(at), alarm, state });
            }
        }
        ended.sort_by_key(|taken| taken.at);
        self.taken.extend(ended);
    }

    /// Notes which alarms have changed, and to what.
    pub(super) fn note(&mut self, now: SimTime, changes: &[(usize, AlarmState)]) {
        let to = |number: usize| changes.iter().find(|(changed, _)| *changed == number);
        for entry in &mut self.of {
            if let Some((_, state)) = to(entry.suppressor) {
                entry.actions.suppressor_changed(now, *state);
            }
            if let Some((_, state)) = to(entry.number) {
                entry.actions.composite_changed(now, *state);
            }
        }
    }

    /// What holds back the actions of the alarm of this number.
    pub(super) fn held_back(&self, number: usize) -> Option<HeldBack> {
        self.of.iter().find(|entry| entry.number == number)?.actions.held_back()
    }
}
