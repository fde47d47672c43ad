//! Which run of an arm is shown as the typical one.

use crate::simulation::outcome::{Outcome, Verdict};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The replication in the middle of an arm's runs by attributable failures and wrong answers. Of several
/// that are equal there, one with the arm's most frequent verdict, so that what is shown is typical; of
/// those the lowest. `None` if there are no runs.
pub fn median_replication(runs: &[Outcome]) -> Option<u64> {
    let mut damages: Vec<u64> = runs.iter().map(harm).collect();
    damages.sort_unstable();
    let middle = *damages.get(damages.len().checked_sub(1)? / 2)?;
    let mut frequency: BTreeMap<Verdict, usize> = BTreeMap::new();
    for run in runs {
        *frequency.entry(run.verdict).or_default() += 1;
    }
    let tied = runs.iter().filter(|run| harm(run) == middle);
    let typical = tied.min_by_key(|run| (Reverse(frequency[&run.verdict]), run.replication));
    typical.map(|run| run.replication)
}

fn harm(run: &Outcome) -> u64 {
    run.to_horizon.attributable + run.to_horizon.wrong.map_or(0, |wrong| wrong.attributable)
}
