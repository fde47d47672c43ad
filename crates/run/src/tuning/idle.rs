//! Alarms that nothing sets off: what they are for, the scenario does not have.

use crate::tuning::performance::{Half, Judge};
use crate::tuning::results::Policy;

impl<'a> Judge<'a> {
    /// Both halves, for what is told and chooses nothing.
    pub(super) fn halves(&self) -> [&Half<'a>; 2] {
        [&self.chosen_on, &self.reported]
    }

    /// In how many runs of these halves an alarm of a policy would be acted on if it were alone, and of how
    /// many.
    pub(super) fn acted_on(
        &self,
        policy: &Policy,
        alarm: usize,
        halves: &[&Half<'_>],
    ) -> (usize, usize) {
        let (shape, _, key) = self.keys(policy)[alarm];
        let replications = halves.iter().flat_map(|half| &half.replications);
        let runs = replications.flat_map(|replication| self.runs(replication, policy.plan));
        let acts =
            runs.map(|run| run.curves[shape].as_ref().is_some_and(|of| of.at(key).is_some()));
        acts.fold((0, 0), |(count, of), acts| (count + usize::from(acts), of + 1))
    }

    /// The alarms of a policy that no run of these halves sets off, as indices of its settings.
    pub(super) fn idle(&self, policy: &Policy, halves: &[&Half<'_>]) -> Vec<usize> {
        let is_idle = |&alarm: &usize| self.acted_on(policy, alarm, halves).0 == 0;
        (0..policy.settings.len()).filter(is_idle).collect()
    }
}
