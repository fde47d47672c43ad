//! Judges the answers of a run.
//!
//! Off the innermost loop's path: a scenario without `[quality]` has no judge.

use crate::dataplane::truth::Truths;
use crate::endpoint::quality::Skill;
use crate::time::SimTime;

/// Holds the models' answers against the truth.
#[derive(Clone, Debug)]
pub struct Judge {
    /// How good blue's answers are now.
    pub blue: Skill,
    /// How good green's are now.
    pub green: Skill,
}

impl Judge {
    /// Whether the answers of blue and of green to the `index`th request of a block, which arrives at `at`,
    /// are right: one draw for both, so they differ only where one model is right and the other wrong.
    pub fn are_right(&self, truths: &Truths, index: usize, at: SimTime) -> [bool; 2] {
        [&self.blue, &self.green].map(|skill| is_right(skill, truths, index, at))
    }

    /// Judges the answer that a caller got; gives whether it is wrong.
    #[cold]
    pub fn is_live_wrong(
        &mut self,
        truths: &Truths,
        index: usize,
        at: SimTime,
        on_green: bool,
    ) -> bool {
        let skill = if on_green { &self.green } else { &self.blue };
        !is_right(skill, truths, index, at)
    }
}

fn is_right(skill: &Skill, truths: &Truths, index: usize, at: SimTime) -> bool {
    let (group, _) = truths.group[index];
    truths.quality[index] < skill.accuracy(group, at)
}
