//! Scales and their ticks.

use crate::report::number::plain;

/// How numbers become places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    kind: Kind,
    low: f64,
    high: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Linear,
    /// ±ln(1 + |x|): like a logarithm beyond ±10, and with a place for 0.
    Log,
}

impl Scale {
    /// Linear, from `low` to a round number not below `high`.
    pub(super) fn linear(low: f64, high: f64) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        let step = step_of(high - low, 5.0);
        let rounded = low + ((high - low) / step - 1e-9).ceil() * step;
        Self { kind: Kind::Linear, low, high: rounded }
    }

    /// Linear between exactly these.
    pub(super) fn exact(low: f64, high: f64) -> Self {
        Self { kind: Kind::Linear, low, high: if high > low { high } else { low + 1.0 } }
    }

    /// Of counts that lie between `low` and `high`, in decades; from 0 on where `low` is below 10, and with
    /// as many decades below 0 as it takes where it is negative.
    pub(super) fn counts(low: f64, high: f64) -> Self {
        let low = match low {
            low if low < 0.0 => low.min(-10.0) * 1.15,
            low if low < 10.0 => 0.0,
            low => 10.0_f64.powf(low.log10().floor()),
        };
        Self { kind: Kind::Log, low, high: high.max(10.0).max(2.0 * low) * 1.15 }
    }

    /// From 0 at the low end to 1 at the high one; what lies beyond is at the end.
    pub(super) fn place(&self, value: f64) -> f64 {
        let of = |value: f64| match self.kind {
            Kind::Linear => value,
            Kind::Log => value.abs().ln_1p().copysign(value),
        };
        ((of(value) - of(self.low)) / (of(self.high) - of(self.low))).clamp(0.0, 1.0)
    }

    /// Whether a value lies between its ends.
    pub(super) fn covers(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round numbers to label, about `count` of them.
    pub(super) fn ticks(&self, count: f64) -> Vec<f64> {
        match self.kind {
            Kind::Linear => {
                let step = step_of(self.high - self.low, count);
                let first = (self.low / step - 1e-9).ceil();
                let mut ticks = Vec::new();
                let mut tick = first;
                while tick * step <= self.high + 1e-9 * step {
                    ticks.push(tick * step);
                    tick += 1.0;
                }
                ticks
            }
            Kind::Log => self.decades(),
        }
    }

    /// Powers of ten and 0, every other one where there are many, with 2 and 5 where there are few.
    fn decades(&self) -> Vec<f64> {
        let up_to = |most: f64| -> Vec<f64> {
            let powers = (1..=15).map(|power| 10.0_f64.powi(power));
            powers.filter(|&power| power >= self.low * 0.999 && power <= most).collect()
        };
        let (above, below) = (up_to(self.high), up_to(-self.low));
        if self.low > 0.0 && above.len() < 3 {
            let fine = above.iter().flat_map(|power| [1.0, 2.0, 5.0].map(|nice| nice * power));
            return fine.filter(|&tick| tick <= self.high).collect();
        }
        // A place for 0 uses up about a decade on either side.
        let step = if above.len() + below.len() > 6 { 2 } else { 1 };
        let mut ticks: Vec<f64> = below.into_iter().step_by(step).map(|power| -power).collect();
        ticks.reverse();
        ticks.extend((self.low <= 0.0).then_some(0.0));
        ticks.extend(above.into_iter().step_by(step));
        ticks
    }
}

/// A count as a tick label: 0, 10, 1k, 100k, 10M.
pub(super) fn count_label(value: f64) -> String {
    let (value, unit) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, "G"),
        size if size >= 1e6 => (value / 1e6, "M"),
        size if size >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    format!("{}{unit}", plain(value, 2))
}

/// 1, 2 or 5 times a power of ten, so that about `count` steps make up `range`.
fn step_of(range: f64, count: f64) -> f64 {
    let rough = range / count;
    let power = 10.0_f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 5.0].into_iter().find(|nice| nice * power >= rough * 0.999);
    nice.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(Scale::linear(0.0, 87.0).ticks(5.0), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(Scale::exact(-15.0, 31.0).ticks(5.0), [-10.0, 0.0, 10.0, 20.0, 30.0]);
        assert_eq!(Scale::counts(3.0, 5_000.0).ticks(5.0), [0.0, 10.0, 100.0, 1_000.0]);
    }

    #[test]
    fn counts_far_from_zero_do_not_leave_half_the_panel_empty() {
        let scale = Scale::counts(150.0, 430.0);
        assert_eq!(scale.ticks(5.0), [100.0, 200.0]); // 500 is above 430 and its slack
        assert!(scale.place(100.0).abs() < 1e-12);
        assert_eq!(Scale::counts(20.0, 9e4).ticks(5.0), [10.0, 100.0, 1e3, 1e4, 1e5]);
    }

    #[test]
    fn zero_has_a_place_on_the_scale_of_counts() {
        let scale = Scale::counts(0.0, 99.0 / 1.15);
        assert!(scale.place(0.0).abs() < 1e-12);
        assert!((scale.place(9.0) - 0.5).abs() < 1e-12, "ln 10 is half of ln 100");
        assert!((scale.place(1e9) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn counts_below_zero_mirror_those_above() {
        let scale = Scale::counts(-99.0 / 1.15, 99.0 / 1.15);
        let places = [-99.0, -9.0, 0.0, 9.0, 99.0].map(|value| scale.place(value));
        for (place, expected) in places.iter().zip([0.0, 0.25, 0.5, 0.75, 1.0]) {
            assert!((place - expected).abs() < 1e-12, "{places:?}");
        }
        assert_eq!(scale.ticks(5.0), [-10.0, 0.0, 10.0]);
        assert_eq!(Scale::counts(-0.5, 3e3).ticks(5.0), [-10.0, 0.0, 10.0, 100.0, 1e3]);
        assert_eq!(Scale::counts(-2e4, 3e4).ticks(5.0), [-1e3, -10.0, 0.0, 10.0, 1e3]);
        assert_eq!(Scale::counts(-2e3, -500.0).ticks(5.0), [-1e3, -100.0, -10.0, 0.0, 10.0]);
        assert_eq!([-1e5, -20.0].map(count_label), ["-100k", "-20"]);
    }

    #[test]
    fn nothing_to_show_still_has_a_scale() {
        assert!((Scale::linear(0.0, 0.0).place(1.0) - 1.0).abs() < 1e-12);
        assert_eq!(Scale::counts(0.0, 0.0).ticks(5.0), [0.0, 10.0]);
    }

    #[test]
    fn labels_are_short() {
        let labels = [0.0, 10.0, 1_500.0, 100_000.0, 2e6].map(count_label);
        assert_eq!(labels, ["0", "10", "1.5k", "100k", "2M"]);
    }
}
