//! Policies that no other beats in both harm and time to full traffic.
//!
//! Only those within the limit on false rollbacks compete: an alarm that rolls everything back harms
//! nobody. Both figures are those of the replications that policies are chosen on, the time in whole
//! seconds, so that the luck of which good releases survive makes no front by itself.

use crate::tuning::performance::Judge;
use crate::tuning::results::Policy;
use crate::tuning::sums::Sums;

/// Those not beaten so far, by ascending time and so descending harm.
#[derive(Clone, Debug, Default)]
pub(super) struct Front {
    corners: Vec<Corner>,
}

#[derive(Clone, Debug)]
struct Corner {
    full_traffic_s: f64,
    harm: f64,
    policy: Policy,
}

impl Front {
    /// A policy with these sums enters if no earlier one is as good in both.
    pub(super) fn see(&mut self, judge: &Judge<'_>, sums: &Sums, policy: impl FnOnce() -> Policy) {
        if sums.false_rollback(&judge.question) > judge.spec.max_false_rollback {
            return;
        }
        let Some(full_traffic_s) = sums.full_traffic_s().map(f64::round) else { return };
        let harm = sums.harm(&judge.question);
        if !self.beats(full_traffic_s, harm) {
            self.enter(Corner { full_traffic_s, harm, policy: policy() });
        }
    }

    /// Those of another front, after these.
    pub(super) fn merge(&mut self, other: Self) {
        for corner in other.corners {
            if !self.beats(corner.full_traffic_s, corner.harm) {
                self.enter(corner);
            }
        }
    }

    /// The policies, fastest first.
    pub(super) fn policies(self) -> impl Iterator<Item = Policy> {
        self.corners.into_iter().map(|corner| corner.policy)
    }

    /// Whether one is as good in both: the last of those that are as fast harms fewest.
    fn beats(&self, full_traffic_s: f64, harm: f64) -> bool {
        let as_fast =
            self.corners.partition_point(|corner| corner.full_traffic_s <= full_traffic_s);
        let last = as_fast.checked_sub(1).map(|index| &self.corners[index]);
        last.is_some_and(|corner| corner.harm <= harm)
    }

    fn enter(&mut self, corner: Corner) {
        let begin =
            self.corners.partition_point(|other| other.full_traffic_s < corner.full_traffic_s);
        let beaten =
            self.corners[begin..].iter().take_while(|other| other.harm >= corner.harm).count();
        self.corners.splice(begin..begin + beaten, [corner]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_exactly_what_nothing_else_beats() {
        // A fixed walk over a small grid, against the definition.
        let values = (0..200_u32).map(|i| (f64::from(i * 37 % 19), f64::from(i * 53 % 23)));
        let all: Vec<(f64, f64)> = values.collect();
        let mut front = Front::default();
        for (index, &(full_traffic_s, harm)) in all.iter().enumerate() {
            let policy = Policy { plan: index, settings: Vec::new() };
            let corner = Corner { full_traffic_s, harm, policy };
            front.merge(Front { corners: vec![corner] });
        }
        let mut expected: Vec<(f64, f64)> = all
            .iter()
            .copied()
            .filter(|&(x, y)| !all.iter().any(|&(u, v)| u <= x && v <= y && (u < x || v < y)))
            .collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        expected.dedup();
        let found: Vec<(f64, f64)> =
            front.corners.iter().map(|c| (c.full_traffic_s, c.harm)).collect();
        assert_eq!(found, expected);
    }
}
