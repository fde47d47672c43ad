//! How far a policy may be believed to keep the limits, by the runs that no choice has seen.

use crate::stats::limit::{ALPHA, fewest_broken, most_kept, runs_for};
use crate::stats::rule_of_three::{runs_at_rate, runs_without_event};
use crate::tuning::limits::LIKELY;
use crate::tuning::performance::Judge;
use crate::tuning::results::{Evaluated, Share};

/// What the runs that do not choose say of the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All are kept: of each the one-sided upper bound of 95 % is within it, and none is significantly broken
    /// at an end of the range of what is uncertain.
    Confirmed,
    /// Too few runs to tell.
    Open {
        /// About so many replications in all would tell, at the rates seen; `None` if a rate is not below
        /// its limit.
        runs_needed: Option<u64>,
    },
    /// On average all are kept, but one is significantly broken at an end of the range of what is uncertain.
    BrokenAtAnEnd,
    /// The one-sided lower bound of a share is beyond its limit.
    Broken,
}

/// A share and its limit.
type Limited<'s> = (&'s Share, f64);

/// Of a policy.
pub(super) fn of(judge: &Judge<'_>, evaluated: &Evaluated) -> Standing {
    let reported = &evaluated.reported;
    let (good, faulty) = (judge.spec.max_false_rollback, judge.spec.max_missed);
    let missed = judge.counted(reported).map(|one| (&one.missed, faulty));
    let limited: Vec<Limited<'_>> =
        [(&reported.false_rollback, good)].into_iter().chain(missed).collect();
    let is_broken = |&(share, limit): &Limited<'_>| is_broken(share, limit);
    if limited.iter().any(is_broken) {
        return Standing::Broken;
    }
    let is_kept = |&(share, limit): &Limited<'_>| {
        most_kept(limit, share.of).is_some_and(|most| share.count <= most)
    };
    let ends = reported.fifths.iter();
    let mut ends = ends.flat_map(|end| [(&end.false_rollback, good), (&end.missed, faulty)]);
    if limited.iter().all(is_kept) {
        let is_broken = ends.any(|end| is_broken(&end));
        return if is_broken { Standing::BrokenAtAnEnd } else { Standing::Confirmed };
    }
    let open = limited.iter().filter(|limited| !is_kept(limited));
    let needed = open.map(|&limited| runs_needed(limited, reported.replications));
    Standing::Open {
        runs_needed: needed.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max()),
    }
}

/// Replications in all until a share is told from its limit, at the rate seen among so many that report.
fn runs_needed((share, limit): Limited<'_>, reported: u64) -> Option<u64> {
    let rate = share.estimate().unwrap_or(0.0);
    let that_count = runs_at_rate(rate, limit, 1.0 - 2.0 * ALPHA)?;
    // Half of the replications report, and not every one of them counts for the share.
    Some(match share.of {
        0 => 2 * that_count,
        of => that_count.saturating_mul(2 * reported).div_ceil(of),
    })
}

fn is_broken(share: &Share, limit: f64) -> bool {
    fewest_broken(limit, share.of).is_some_and(|fewest| share.count >= fewest)
}

/// The fewest replications with which limits can be confirmed at all, if no run of the half that does not
/// choose breaks one; `None` if no number can.
pub fn runs_at_least(limits: [f64; 2]) -> Option<u64> {
    let limits = limits.into_iter().filter(|&limit| limit < 1.0);
    let runs = limits.map(|limit| runs_without_event(limit, 1.0 - 2.0 * ALPHA));
    runs.collect::<Option<Vec<u64>>>().map(|all| 2 * all.into_iter().max().unwrap_or(1))
}

/// Of the runs that choose, a policy that may be chosen has events in so large a part of the limit at most:
/// with fewer runs it would have to be nearly free of them.
const PART: f64 = 0.25;

/// So many replications make it likely that what is chosen is confirmed, though some of its runs break a
/// limit; `None` if no number does.
pub fn runs_advised(limits: [f64; 2]) -> Option<u64> {
    runs_for_margin(limits.map(|limit| (PART * limit, limit)))
}

/// So many replications give a policy the margin to be chosen, if its shares stay what they are; each share
/// with its limit. `None` if no number does.
pub fn runs_for_margin(shares: [(f64, f64); 2]) -> Option<u64> {
    let limited = shares.into_iter().filter(|&(_, limit)| limit < 1.0);
    let runs = limited.map(|(share, limit)| runs_for(limit, share, LIKELY));
    runs.collect::<Option<Vec<u64>>>().map(|all| 2 * all.into_iter().max().unwrap_or(1))
}

#[cfg(test)]
#[path = "standing/tests.rs"]
mod tests;
