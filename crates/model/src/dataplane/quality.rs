//! Judges the answers of a run, and shows them to the monitors.
//!
//! Off the innermost loop's path: a scenario without `[quality]` has no judge.

use crate::alarm::subject::FleetDimension;
use crate::dataplane::truth::Truths;
use crate::endpoint::quality::Skill;
use crate::monitoring::watch::{Served, Watch};
use crate::time::SimTime;

/// Holds the models' answers against the truth.
#[derive(Clone, Debug)]
pub struct Judge<'s> {
    /// How good blue's answers are now.
    pub blue: Skill,
    /// How good green's are now.
    pub green: Skill,
    /// The monitors, in the order of the scenario; none if nobody looks.
    pub watches: Vec<Watch<'s>>,
}

impl Judge<'_> {
    /// Whether the answers of blue and of green to the `index`th request of a block, which arrives at
    /// `at`, are right.
    pub fn are_right(&self, truths: &Truths, index: usize, at: SimTime) -> [bool; 2] {
        [false, true].map(|by_green| self.is_right(by_green, truths, index, at))
    }

    /// Takes a well answered request of a caller; gives whether the answer is wrong.
    #[cold]
    pub fn is_live_wrong(
        &mut self,
        truths: &Truths,
        index: usize,
        at: SimTime,
        on_green: bool,
    ) -> bool {
        let by = if on_green { FleetDimension::Green } else { FleetDimension::Blue };
        !self.judge(truths, index, at, by)
    }

    /// Takes a well answered mirrored copy.
    #[cold]
    pub fn see_mirrored(&mut self, truths: &Truths, index: usize, at: SimTime) {
        self.judge(truths, index, at, FleetDimension::Shadow);
    }

    fn judge(&mut self, truths: &Truths, index: usize, at: SimTime, by: FleetDimension) -> bool {
        let by_green = by != FleetDimension::Blue;
        let skill = if by_green { &self.green } else { &self.blue };
        let is_right = self.is_right(by_green, truths, index, at);
        if !self.watches.is_empty() {
            let (group, is_positive) = truths.group[index];
            let labelled_at = truths.labelled_at.get(index).copied().unwrap_or(SimTime::NEVER);
            let feature = truths.feature.get(index).map_or(0.0, |score| score + skill.shift_sd(at));
            let served = Served { at, by, group, is_positive, is_right, labelled_at, feature };
            self.watches.iter_mut().for_each(|watch| watch.count(&served));
        }
        is_right
    }

    fn is_right(&self, by_green: bool, truths: &Truths, index: usize, at: SimTime) -> bool {
        let (group, _) = truths.group[index];
        if by_green {
            truths.green_quality[index] < self.green.accuracy(group, at)
        } else {
            truths.quality[index] < self.blue.accuracy(group, at)
        }
    }
}
