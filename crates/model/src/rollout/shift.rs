//! How far a traffic switch goes, and what it does to the two fleets.
//!
//! - **Models** SageMaker's deployment guardrails, where the unit of traffic is an instance: a part
//!   p of green's N instances is k = max(1, round(p·N)) instances; k green ones are switched on, as
//!   many blue ones off (kept running), and green's share is active green / (active green + active
//!   blue).
//! - **Fleets of different size**: round(k·B/N) of the B blue instances are switched off, and at
//!   least one stays on until green takes everything.
//! - **Assumption**: whether AWS rounds or takes the ceiling is not documented; its notebooks show
//!   that 33 % of 3 (0.99) is 1 instance, so it is not the floor. The default rounds, halves up;
//!   [`Rounding`] has the others. The ceiling can break the cap of a canary: 50 % of 3 are 2
//!   instances, 67 %.
//! - **By percent** (weighted routing) the share is exact and all instances of both fleets take
//!   traffic.
//! - **Source**:
//!   <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html>.

use super::plan::Stage;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A part of the traffic or of the green fleet: `parts` of `of`, more than none and at most all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    parts: u64,
    of: u64,
}

/// The two fleets and what moves between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fleets {
    /// Blue instances, at least 1.
    pub blue: u32,
    /// Green instances, at least 1.
    pub green: u32,
    /// Whether traffic moves by whole instances rather than by the exact share.
    pub by_instances: bool,
    /// How a share becomes whole instances.
    pub rounding: Rounding,
}

/// How a percentage of a fleet becomes whole instances; at least one in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Rounding {
    /// To the nearest, halves up.
    #[default]
    Round,
    /// Up. It may break a limit: 50 % of 3 instances are 2, which is 67 %.
    Ceil,
    /// Down.
    Floor,
}

impl Portion {
    /// Everything.
    pub const ALL: Self = Self { parts: 1, of: 1 };

    /// `parts` of `of`; `None` if that is nothing, more than all, or `of` is above 10¹⁵.
    pub fn new(parts: u64, of: u64) -> Option<Self> {
        (1 <= parts && parts <= of && of <= 1_000_000_000_000_000).then_some(Self { parts, of })
    }

    /// So many percent.
    ///
    /// # Panics
    /// If it is not 1 to 100.
    pub const fn percent(percent: u64) -> Self {
        assert!(1 <= percent && percent <= 100);
        Self { parts: percent, of: 100 }
    }

    /// This portion `count` times over, at most everything.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { parts: self.parts.saturating_mul(count).min(self.of), of: self.of }
    }

    /// How many of it make everything, the last one perhaps cut short.
    pub fn steps_to_all(self) -> u64 {
        self.of.div_ceil(self.parts)
    }

    /// Whether this is everything.
    pub fn is_all(self) -> bool {
        self.parts == self.of
    }

    /// Whether this is more than `parts` of `of`.
    pub fn exceeds(self, parts: u64, of: u64) -> bool {
        u128::from(self.parts) * u128::from(of) > u128::from(parts) * u128::from(self.of)
    }

    /// Whether this is less than `parts` of `of`.
    pub fn is_below(self, parts: u64, of: u64) -> bool {
        u128::from(self.parts) * u128::from(of) < u128::from(parts) * u128::from(self.of)
    }

    /// Whether this is more than `other`.
    pub fn exceeds_portion(self, other: Self) -> bool {
        self.exceeds(other.parts, other.of)
    }

    /// 0 to 1, the nearest floating-point number.
    #[expect(clippy::cast_precision_loss, reason = "both are at most 10^15, below 2^53")]
    pub fn as_f64(self) -> f64 {
        self.parts as f64 / self.of as f64
    }

    /// Of `total` things, a whole number.
    fn of_total(self, total: u32, rounding: Rounding) -> u32 {
        let (parts, of) = (u128::from(self.parts), u128::from(self.of));
        let wanted = parts * u128::from(total);
        let rounded = match rounding {
            Rounding::Round => (2 * wanted + of) / (2 * of),
            Rounding::Ceil => wanted.div_ceil(of),
            Rounding::Floor => wanted / of,
        };
        u32::try_from(rounded).expect("invariant: a portion of a total is at most the total")
    }
}

/// Of instances, "2 of 3"; else a percentage.
impl fmt::Display for Portion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of < 100 {
            write!(f, "{} of {}", self.parts, self.of)
        } else {
            write!(f, "{} %", 100.0 * self.as_f64())
        }
    }
}

impl Fleets {
    /// The portion that is really moved when `portion` is asked for.
    pub fn quantised(self, portion: Portion) -> Portion {
        if !self.by_instances {
            return portion;
        }
        let instances = portion.of_total(self.green, self.rounding).max(1);
        Portion { parts: u64::from(instances), of: u64::from(self.green) }
    }

    /// The stage in which green has `portion`, baked for `bake`.
    pub fn stage(self, portion: Portion, bake: SimDuration) -> Stage {
        let portion = self.quantised(portion);
        if portion.is_all() {
            return Stage {
                green_active: self.green,
                blue_active: 0,
                share: 1.0,
                mirror: 0.0,
                bake,
            };
        }
        if !self.by_instances {
            return Stage {
                green_active: self.green,
                blue_active: self.blue,
                share: portion.as_f64(),
                mirror: 0.0,
                bake,
            };
        }
        // Quantised, so that this is exact; of a blue fleet of another size it is the nearest.
        let green_active = portion.of_total(self.green, Rounding::Round);
        let off = portion.of_total(self.blue, Rounding::Round);
        let blue_active = self.blue.saturating_sub(off).max(1);
        let share = f64::from(green_active) / (f64::from(green_active) + f64::from(blue_active));
        Stage { green_active, blue_active, share, mirror: 0.0, bake }
    }

    /// Steps of `step`, each baked for `bake`, the last, which takes the remainder, for `final_bake`. With
    /// a step of s instances of N these are ⌈N/s⌉ stages.
    pub fn steps(self, step: Portion, bake: SimDuration, final_bake: SimDuration) -> Vec<Stage> {
        let step = self.quantised(step);
        let count = step.steps_to_all();
        (1..=count)
            .map(|k| self.stage(step.times(k), if k == count { final_bake } else { bake }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn active(fleets: Fleets, parts: u64, of: u64) -> (u32, u32) {
        let stage = fleets.stage(Portion::new(parts, of).expect("a part"), SimDuration::ZERO);
        (stage.green_active, stage.blue_active)
    }

    fn fleets(blue: u32, green: u32) -> Fleets {
        Fleets { blue, green, by_instances: true, rounding: Rounding::Round }
    }

    #[test]
    fn the_diagrams_of_aws() {
        // 4 + 4 instances, a canary of one: 75/25. 3 + 3, 33 %: one instance.
        assert_eq!(active(fleets(4, 4), 1, 4), (1, 3));
        assert_eq!(active(fleets(3, 3), 33, 100), (1, 2));
        let stage = fleets(4, 4).stage(Portion { parts: 1, of: 4 }, SimDuration::ZERO);
        assert!((stage.share - 0.25).abs() < 1e-15);
    }

    #[test]
    fn instances_are_rounded_halves_up_and_never_none() {
        for (parts, of, green, expected) in [
            (25, 100, 10, 3),
            (24, 100, 10, 2),
            // 14.5 exactly, which floating-point numbers take for less.
            (145, 1000, 100, 15),
            (1, 1000, 10, 1),
            (999, 1000, 10, 10),
        ] {
            assert_eq!(active(fleets(green, green), parts, of).0, expected, "{parts}/{of}·{green}");
        }
    }

    #[test]
    fn the_notebooks_33_percent_of_3_is_one_instance_but_not_rounded_down_first() {
        let asked = |percent, instances, rounding| {
            let fleets = Fleets { rounding, ..fleets(instances, instances) };
            active(fleets, percent, 100).0
        };
        let [round, ceil, floor] = [Rounding::Round, Rounding::Ceil, Rounding::Floor];
        // 0.99 instances: the floor alone would be none, and none is raised to one.
        assert_eq!([round, ceil, floor].map(|rule| asked(33, 3, rule)), [1, 1, 1]);
        // 34 % of 3 are 1.02, 50 % are 1.5: two thirds, above the cap, unless rounded down.
        assert_eq!([round, ceil, floor].map(|rule| asked(34, 3, rule)), [1, 2, 1]);
        assert_eq!([round, ceil, floor].map(|rule| asked(50, 3, rule)), [2, 2, 1]);
        // 66 % of 3 are 1.98: here the floor differs from what rounding gives.
        assert_eq!([round, ceil, floor].map(|rule| asked(66, 3, rule)), [2, 2, 1]);
        // Whole numbers are what they are.
        assert_eq!([round, ceil, floor].map(|rule| asked(30, 10, rule)), [3, 3, 3]);
    }

    #[test]
    fn fleets_of_different_size_shift_in_proportion() {
        assert_eq!(active(fleets(4, 8), 1, 8), (1, 3));
        assert_eq!(active(fleets(8, 4), 1, 4), (1, 6));
        assert_eq!(active(fleets(1, 10), 9, 10), (9, 1));
        assert_eq!(active(fleets(1, 10), 1, 1), (10, 0));
    }

    #[test]
    fn by_percent_the_share_is_exact_and_every_instance_serves() {
        let fleets = Fleets { by_instances: false, ..fleets(3, 2) };
        let stage = fleets.stage(Portion { parts: 125, of: 1000 }, SimDuration::ZERO);
        assert_eq!((stage.green_active, stage.blue_active), (2, 3));
        assert!((stage.share - 0.125).abs() < 1e-15);
        assert_eq!(active(fleets, 7, 7), (2, 0));
    }

    #[test]
    fn portions_are_parts_of_a_whole() {
        assert_eq!(Portion::new(0, 5), None);
        assert_eq!(Portion::new(6, 5), None);
        assert_eq!(Portion::new(0, 0), None);
        let third = Portion { parts: 33, of: 100 };
        assert_eq!(third.steps_to_all(), 4);
        assert!(third.times(4).is_all());
        assert!(third.times(u64::MAX).is_all());
        assert!(third.exceeds(329, 1000) && !third.exceeds(33, 100));
        assert!(third.is_below(331, 1000) && !third.is_below(33, 100));
    }

    fn greens(fleets: Fleets, parts: u64, of: u64) -> Vec<u32> {
        let step = Portion::new(parts, of).expect("a part");
        fleets
            .steps(step, SimDuration::from_secs(300), SimDuration::from_secs(600))
            .iter()
            .map(|stage| stage.green_active)
            .collect()
    }

    #[test]
    fn the_last_step_takes_the_remainder() {
        let ten = fleets(10, 10);
        // 25 % of 10 is 3 instances: 3, 3, 3, 1.
        assert_eq!(greens(ten, 25, 100), [3, 6, 9, 10]);
        assert_eq!(greens(ten, 10, 100), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(greens(ten, 1, 2), [5, 10]);
        assert_eq!(greens(fleets(3, 3), 33, 100), [1, 2, 3]);
    }

    #[test]
    fn each_batch_replaces_as_many_and_is_watched_for_as_long() {
        let bake = SimDuration::from_secs(180);
        let stages = fleets(10, 10).steps(Portion { parts: 4, of: 10 }, bake, bake);
        let batches: Vec<_> =
            stages.iter().map(|s| (s.green_active, s.blue_active, s.bake)).collect();
        assert_eq!(batches, [(4, 6, bake), (8, 2, bake), (10, 0, bake)]);
    }

    #[test]
    fn by_percent_the_shares_are_exact_multiples() {
        let fleets = Fleets { by_instances: false, ..fleets(3, 3) };
        let step = Portion::new(3, 10).expect("a part");
        let [bake, last] = [SimDuration::from_secs(300), SimDuration::from_secs(600)];
        let stages = fleets.steps(step, bake, last);
        let shares: Vec<f64> = stages.iter().map(|stage| stage.share).collect();
        assert_eq!(shares, [0.3, 0.6, 0.9, 1.0]);
        let bakes: Vec<_> = stages.iter().map(|stage| stage.bake).collect();
        assert_eq!(bakes, [bake, bake, bake, last]);
    }
}
