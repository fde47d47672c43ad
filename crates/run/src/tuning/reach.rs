//! What can be had at all: how seldom good releases can be rolled back, and how often each regression can be
//! caught within the limit on that.

use crate::scenario::tune::TuneSpec;
use crate::tuning::objective::Question;
use crate::tuning::results::Policy;
use crate::tuning::sums::{Sums, share};

/// Of the runs of a regression that are caught or missed, so many must be caught by some policy for the
/// regression to count, or fewer if the limit on missed ones allows for it, but not fewer than the rest: what
/// is caught in one run of twenty only is not caught.
pub const CATCHABLE: f64 = 0.95;

/// The best seen of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    /// What rolls back the fewest good releases, whatever it misses, and their share.
    quietest: Option<(f64, Policy)>,
    /// By release: the largest share that is caught within the limit on false rollbacks, and by what.
    pub caught: Vec<Option<Caught>>,
}

/// How often a regression is caught.
#[derive(Clone, Debug)]
pub(super) struct Caught {
    pub share: f64,
    /// Share of false rollbacks: of several that catch as much, the one with fewer.
    false_rollback: f64,
    pub policy: Policy,
}

impl Reach {
    /// A policy with these sums exists.
    pub(super) fn see(
        &mut self,
        (question, spec): (&Question, &TuneSpec),
        sums: &Sums,
        policy: impl Fn() -> Policy,
    ) {
        let false_rollback = sums.false_rollback(question);
        if self.quietest.as_ref().is_none_or(|&(least, _)| false_rollback < least) {
            self.quietest = Some((false_rollback, policy()));
        }
        if false_rollback > spec.max_false_rollback {
            return;
        }
        self.caught.resize_with(question.healthy.len(), || None);
        for (release, best) in self.caught.iter_mut().enumerate() {
            let (missed, of) = sums.counts(release).of_faulty();
            if question.healthy[release] || of == 0 {
                continue;
            }
            let share = 1.0 - share((missed, of));
            let is_better = best.as_ref().is_none_or(|best| {
                share > best.share || share >= best.share && false_rollback < best.false_rollback
            });
            if is_better {
                *best = Some(Caught { share, false_rollback, policy: policy() });
            }
        }
    }

    /// What another has seen, too; of equals the first.
    pub(super) fn merge(&mut self, other: Self) {
        let quietest = self.quietest.take().into_iter().chain(other.quietest);
        self.quietest = quietest.reduce(|least, one| if one.0 < least.0 { one } else { least });
        self.caught.resize_with(self.caught.len().max(other.caught.len()), || None);
        for (best, seen) in self.caught.iter_mut().zip(other.caught) {
            let Some(seen) = seen else { continue };
            let is_better = best.as_ref().is_none_or(|best| {
                let key = |one: &Caught| (one.share, -one.false_rollback);
                key(&seen) > key(best)
            });
            if is_better {
                *best = Some(seen);
            }
        }
    }

    /// Where nothing can be caught, what comes nearest: what catches most of a regression within the limit on
    /// false rollbacks, or else rolls back the fewest good releases.
    pub(super) fn nearest(&self) -> Option<&Policy> {
        let caught = self.caught.iter().flatten();
        let most = caught.reduce(|most, one| if one.share > most.share { one } else { most });
        most.map(|one| &one.policy).or(self.quietest.as_ref().map(|(_, policy)| policy))
    }

    /// Which releases are faulty and can be caught.
    pub(super) fn catchable(&self, question: &Question, spec: &TuneSpec) -> Vec<bool> {
        let needed = (1.0 - spec.max_missed).clamp(1.0 - CATCHABLE, CATCHABLE);
        let is_caught = |release: usize| {
            let best = self.caught.get(release).and_then(Option::as_ref);
            best.is_some_and(|best| best.share >= needed)
        };
        let releases = question.healthy.iter().enumerate();
        releases.map(|(release, &healthy)| !healthy && is_caught(release)).collect()
    }
}

#[cfg(test)]
#[path = "reach/tests.rs"]
mod tests;
