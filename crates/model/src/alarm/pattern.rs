//! What an alarm may still need of the datapoints that it has seen.
//!
//! A chain over all patterns of the evaluation range has 3^R states. Most of them no evaluation can tell
//! apart, now or later; a pattern here keeps only what one can. Let the *decisive* datapoints be those that
//! breach (those that do not, where missing data breach), of which M (N − M + 1) decide, and the others the
//! rest. Of the newest N datapoints, from the newest to the oldest:
//!
//! - once as many decisive ones are there as decide, nothing older matters: it leaves the range before them;
//! - a decisive one with too many others after it never takes part in a decision;
//! - of the others only the number between two decisive ones matters, and not when they came: they are
//!   moved next to the older decisive one, or dropped where there is none;
//! - except the newest of the others where missing data stay missing or keep the state: one good datapoint
//!   in the range makes the alarm OK.
//!
//! Three readings of the documentation look at more, and more is kept for them: see `Reading`. The decision
//! itself is [`evaluate`](crate::alarm::evaluate::evaluate)'s, of what is kept.

use crate::alarm::evaluate::{Rule, Slot};
use crate::alarm::spec::{IgnoreRule, PrematureAlarm, TreatMissingData};

/// Two bits a datapoint.
const SLOT_BITS: u32 = 2;
/// More datapoints in range have no pattern here.
const RETRIEVED_MAX: u32 = u128::BITS / SLOT_BITS;

/// The datapoints of an evaluation range that can still matter; the newest in the lowest bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(u128);

/// The patterns of one rule.
#[derive(Clone, Copy, Debug)]
pub struct Patterns {
    retrieved: u32,
    periods: u32,
    reading: Reading,
    decisive: Slot,
    /// How many decisive datapoints of the newest N decide.
    enough: u32,
    /// How many others among the newest N leave room for so many.
    spare: u32,
}

/// What else than the number of decisive datapoints the rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Nothing: missing data are breaching, or not.
    Filled,
    /// Whether any datapoint is good; and the oldest breaching one, if none is.
    AnyGood,
    /// [`IgnoreRule::WithoutGoodDatapoint`]: the same, even if M breach.
    AnyGoodAmongEnough,
    /// [`PrematureAlarm::Literal`] and [`FewerThanM`](PrematureAlarm::FewerThanM): whether a good one came
    /// after the oldest breaching one, and how many there are in all.
    GoodSince,
}

impl Pattern {
    /// The datapoint that is `age` periods older than the newest.
    fn slot(self, age: u32) -> Slot {
        match (self.0 >> (age * SLOT_BITS)) & 3 {
            0 => Slot::Missing,
            1 => Slot::Good,
            _ => Slot::Breaching,
        }
    }

    fn with(self, age: u32, slot: Slot) -> Self {
        Self(self.0 | (code(slot) << (age * SLOT_BITS)))
    }
}

impl Patterns {
    /// The patterns of a rule; `None` if it looks back too far.
    pub fn new(rule: &Rule) -> Option<Self> {
        let retrieved = rule.evaluation_range();
        let (periods, m) = (rule.evaluation_periods, rule.datapoints_to_alarm);
        let literal =
            matches!(rule.premature_alarm, PrematureAlarm::Literal | PrematureAlarm::FewerThanM);
        let reading = match rule.treat_missing_data {
            TreatMissingData::Breaching | TreatMissingData::NotBreaching => Reading::Filled,
            TreatMissingData::Missing if literal => Reading::GoodSince,
            TreatMissingData::Ignore if rule.ignore_rule == IgnoreRule::WithoutGoodDatapoint => {
                Reading::AnyGoodAmongEnough
            }
            TreatMissingData::Missing | TreatMissingData::Ignore => Reading::AnyGood,
        };
        let (decisive, enough) = match rule.treat_missing_data {
            TreatMissingData::Breaching => (Slot::Good, periods - m + 1),
            _ => (Slot::Breaching, m),
        };
        let spare = periods - enough;
        let patterns = Self { retrieved, periods, reading, decisive, enough, spare };
        (retrieved <= RETRIEVED_MAX).then_some(patterns)
    }

    /// Writes a pattern into `slots`, oldest first.
    pub fn write(&self, pattern: Pattern, slots: &mut Vec<Slot>) {
        slots.clear();
        slots.extend((0..self.retrieved).rev().map(|age| pattern.slot(age)));
    }

    /// A range of nothing but `slot`.
    pub fn all(&self, slot: Slot) -> Pattern {
        let full = (0..self.retrieved).fold(Pattern(0), |pattern, age| pattern.with(age, slot));
        self.needed(full)
    }

    /// One more datapoint.
    pub fn then(&self, pattern: Pattern, slot: Slot) -> Pattern {
        self.needed(Pattern((pattern.0 << SLOT_BITS) | code(slot)))
    }

    /// The pattern without what no evaluation can tell.
    fn needed(&self, pattern: Pattern) -> Pattern {
        let mut kept = Pattern(0);
        let (mut seen, mut decisive, mut others, mut to_be_moved) = (0, 0, 0, 0);
        // A decisive one that is older than one of the others.
        let mut has_older = false;
        for age in 0..self.retrieved {
            let slot = pattern.slot(age);
            if slot == Slot::Missing {
                continue;
            }
            let all_count = self.reading == Reading::AnyGoodAmongEnough && others == 0;
            let most = if all_count { self.periods } else { self.enough };
            seen += 1;
            if seen > self.periods || decisive >= most {
                break;
            }
            if slot == self.decisive {
                let stops_premature =
                    self.reading == Reading::GoodSince && others > 0 && !has_older;
                if others <= self.spare || stops_premature {
                    decisive += 1;
                    kept = kept.with(age, slot);
                    kept = (age - to_be_moved..age)
                        .fold(kept, |kept, age| kept.with(age, self.other()));
                    to_be_moved = 0;
                }
                has_older |= others > 0;
            } else {
                others += 1;
                let stays = match self.reading {
                    Reading::Filled => false,
                    Reading::AnyGood | Reading::AnyGoodAmongEnough => others == 1,
                    Reading::GoodSince => !has_older,
                };
                if stays {
                    kept = kept.with(age, slot);
                } else {
                    to_be_moved += 1;
                }
            }
        }
        kept
    }

    fn other(&self) -> Slot {
        if self.decisive == Slot::Good { Slot::Breaching } else { Slot::Good }
    }
}

fn code(slot: Slot) -> u128 {
    match slot {
        Slot::Missing => 0,
        Slot::Good => 1,
        Slot::Breaching => 2,
    }
}

#[cfg(test)]
mod tests;
