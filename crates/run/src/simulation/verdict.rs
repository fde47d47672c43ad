//! What the end of a run means, given what was released.
//!
//! Whether a fault brought a rollback about is not in the run itself: an alarm that goes off while a faulty
//! green serves may do so by chance. Common random numbers tell. The healthy release meets the same requests,
//! the same luck and the same incidents under the same strategy, so what the controller does with it is what
//! it would have done without the fault. A faulty release is *caught* if it is given up at an earlier look of
//! the controller than the healthy one, or if that one never is; else it is given up *by chance*. Before the
//! onset, and by an incident that both meet, nothing is caught: both are given up at the same look.

use crate::simulation::outcome::{End, GivenUp, GivenUpBy};
use crate::time::SimTime;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// A good release went through.
    Passed,
    /// A faulty release was given up because of its fault; or a green that an A/B test found to be worse
    /// than blue truly is.
    Caught,
    /// A faulty release went through, or the rollout ended without noticing.
    Missed,
    /// A faulty release was given up, and the healthy one would have been no later.
    ByChance,
    /// A good release was given up.
    FalseRollback,
    /// None of these: the horizon came first, green could not be launched, or a time-out ended the rollout
    /// before a regression showed.
    Undecided,
}

impl Verdict {
    /// Every verdict, in the order of the tables.
    pub const ALL: [Self; 6] = [
        Self::Caught,
        Self::Missed,
        Self::ByChance,
        Self::FalseRollback,
        Self::Passed,
        Self::Undecided,
    ];

    /// Its name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Missed => "missed",
            Self::ByChance => "by_chance",
            Self::FalseRollback => "false_rollback",
            Self::Passed => "passed",
            Self::Undecided => "undecided",
        }
    }
}

/// What a verdict follows from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// How the rollout ended.
    pub end: End,
    /// When and why the release was given up.
    pub given_up: Option<GivenUp>,
    /// When a faulty green first took traffic, live or mirrored.
    pub first_faulty_exposure_at: Option<SimTime>,
}

impl Verdict {
    /// Of a release that is `healthy` or not; the healthy one of the same strategy and replication was given
    /// up at `healthy_given_up_at`.
    pub fn of(facts: &Facts, healthy: bool, healthy_given_up_at: Option<SimTime>) -> Self {
        match facts.given_up {
            Some(given_up) if healthy => Self::of_good(given_up.by),
            Some(given_up) => match against_healthy(Some(given_up.at), healthy_given_up_at) {
                Ordering::Less => Self::Caught,
                Ordering::Equal | Ordering::Greater => Self::ByChance,
            },
            None => Self::unless_given_up(facts, healthy),
        }
    }

    fn of_good(by: GivenUpBy) -> Self {
        match by {
            GivenUpBy::Test { truly_worse: true, by_blue: true } => Self::Caught,
            // That another challenger is better is nothing against green.
            GivenUpBy::Test { by_blue: false, .. } => Self::Passed,
            GivenUpBy::Alarm | GivenUpBy::Test { .. } => Self::FalseRollback,
        }
    }

    /// A rollout whose launch failed says nothing of its release, nor does one that is not over. One that a
    /// time-out ended has let a regression pass unnoticed if it was exposed to it, and decides nothing
    /// otherwise: a good release did not go through, but no alarm was false.
    fn unless_given_up(facts: &Facts, healthy: bool) -> Self {
        let was_exposed = facts.first_faulty_exposure_at.is_some();
        match (facts.end, healthy) {
            (End::TimedOut | End::RollbackFailed, false) if was_exposed => Self::Missed,
            (
                End::UnfinishedAtHorizon | End::UpdateFailed | End::TimedOut | End::RollbackFailed,
                _,
            ) => Self::Undecided,
            (_, true) => Self::Passed,
            (_, false) => Self::Missed,
        }
    }
}

/// Whether a release is given up at an earlier look than the healthy one (`Less`), at the same or neither
/// ever, or later.
pub fn against_healthy(given_up_at: Option<SimTime>, healthy: Option<SimTime>) -> Ordering {
    let look = |at: Option<SimTime>| at.unwrap_or(SimTime::NEVER);
    look(given_up_at).cmp(&look(healthy))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: SimTime = SimTime::from_nanos(10);
    const TWENTY: SimTime = SimTime::from_nanos(20);

    fn given_up(at: SimTime, by: GivenUpBy) -> Facts {
        Facts {
            end: End::RolledBack,
            given_up: Some(GivenUp { at, by }),
            first_faulty_exposure_at: Some(TEN),
        }
    }

    #[test]
    fn a_fault_is_caught_where_the_healthy_release_lives_longer() {
        let at_ten = given_up(TEN, GivenUpBy::Alarm);
        assert_eq!(Verdict::of(&at_ten, false, None), Verdict::Caught);
        assert_eq!(Verdict::of(&at_ten, false, Some(TWENTY)), Verdict::Caught);
        assert_eq!(Verdict::of(&at_ten, false, Some(TEN)), Verdict::ByChance);
        let at_twenty = given_up(TWENTY, GivenUpBy::Alarm);
        assert_eq!(Verdict::of(&at_twenty, false, Some(TEN)), Verdict::ByChance);
        assert_eq!(Verdict::of(&at_ten, true, Some(TEN)), Verdict::FalseRollback);
    }

    #[test]
    fn a_test_is_right_or_wrong_about_a_good_release() {
        let lost = |by_blue, truly_worse| given_up(TEN, GivenUpBy::Test { by_blue, truly_worse });
        assert_eq!(Verdict::of(&lost(true, true), true, None), Verdict::Caught);
        assert_eq!(Verdict::of(&lost(true, false), true, None), Verdict::FalseRollback);
        assert_eq!(Verdict::of(&lost(false, true), true, None), Verdict::Passed);
        assert_eq!(Verdict::of(&lost(true, true), false, Some(TEN)), Verdict::ByChance);
        assert_eq!(Verdict::of(&lost(false, true), false, Some(TWENTY)), Verdict::Caught);
    }

    #[test]
    fn what_is_not_given_up_is_judged_by_its_end() {
        use Verdict::{Missed, Passed, Undecided};
        let ended = |end, first_faulty_exposure_at| {
            let facts = Facts { end, given_up: None, first_faulty_exposure_at };
            [true, false].map(|healthy| Verdict::of(&facts, healthy, Some(TEN)))
        };
        assert_eq!(ended(End::Promoted, Some(TEN)), [Passed, Missed]);
        assert_eq!(ended(End::Stopped, None), [Passed, Missed]);
        assert_eq!(ended(End::TimedOut, Some(TEN)), [Undecided, Missed]);
        assert_eq!(ended(End::TimedOut, None), [Undecided; 2]);
        assert_eq!(ended(End::UpdateFailed, None), [Undecided; 2]);
        assert_eq!(ended(End::UnfinishedAtHorizon, Some(TEN)), [Undecided; 2]);
    }
}
