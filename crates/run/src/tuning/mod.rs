//! Which alarm, which bake, which canary: policies judged on runs that are simulated once.
//!
//! 1. A run without rollback is a tape (`simulation::tape`): until the first ALARM that counts, a run does
//!    not depend on its alarms at all. It is simulated once for each strategy, regression and replication,
//!    together with what a rollback from each look of the controller would come to.
//! 2. A [`curve`] says, for one alarm shape on one tape, at which look the alarm is acted on, for every
//!    threshold at once. The tape is dropped; [`judged`] runs remain, some kilobytes each.
//! 3. The search (`search`) plays policies on them: a binary search for each run and alarm.
//! 4. Policies are chosen on one half of the replications and reported on the other ([`results`]).

pub mod curve;
mod descent;
mod front;
mod idle;
mod intervals;
pub mod judge;
pub mod judged;
pub mod limits;
mod line;
mod objective;
pub mod performance;
mod plateau;
pub mod precision;
mod range;
mod reach;
mod remedy;
pub mod results;
pub mod run;
pub mod search;
mod select;
pub mod standing;
mod sums;
mod threshold_sweep;
#[cfg(test)]
mod toy;
mod warn;
