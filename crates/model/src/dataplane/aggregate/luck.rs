//! The uniforms of the aggregate plane.
//!
//! Each is a function of the replication, the cell of the traffic, the piece of the cell, and what it is
//! for; never of the strategy or the regression, nor of what was drawn before. That pairs the runs of a
//! replication.

use crate::random::stream::mixed;

/// The uniforms of a replication.
#[derive(Clone, Copy, Debug)]
pub struct Luck(u64);

/// Uniforms for one place and one kind of draw, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    key: u64,
    next: u64,
}

/// What uniforms are for. The numbers are part of the results: never change or reuse one.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(super) enum What {
    /// How many requests come, and which fail without the deployment.
    Traffic = 1,
    /// How a cell's requests fall into pieces.
    Pieces = 2,
    /// Which requests green takes.
    Share = 3,
    /// What becomes of them there.
    Fates = 4,
    /// Which requests are mirrored.
    Mirror = 5,
    /// What becomes of the copies.
    CopyFates = 6,
    /// Response times of blue's requests.
    Blue = 7,
    /// Of green's.
    Green = 8,
    /// Of mirrored requests in production.
    Mirrored = 9,
    /// Which values lie between two known counts.
    Bridge = 10,
    /// Values by size of an interval of a recorded run.
    Recorded = 11,
    /// The highest, the lowest, and those next to a cut.
    Extremes = 12,
    /// Which slow responses would not be slow without the deployment.
    Slow = 13,
    /// Response times of mirrored requests on the shadow.
    Copies = 14,
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Luck {
    /// The uniforms that belong to a key.
    pub fn new(key: u64) -> Self {
        Self(key)
    }

    /// Those of a piece of a cell for one use.
    pub(super) fn of(self, cell: u64, piece: u64, what: What) -> Draws {
        let place = mixed(cell.wrapping_mul(GOLDEN) ^ self.0);
        let place = mixed(place ^ piece.wrapping_mul(0xd1b5_4a32_d192_ed03));
        Draws { key: mixed(place ^ (what as u64).wrapping_mul(0xabc9_8388_fb8f_ac03)), next: 0 }
    }
}

impl Draws {
    /// The next uniform, in (0, 1).
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "52 bits and a half are exact")]
    pub(super) fn uniform(&mut self) -> f64 {
        self.next += 1;
        let bits = mixed(self.key.wrapping_add(self.next.wrapping_mul(GOLDEN)));
        ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means, correlations of neighbours in every direction, and a chi-square of 64 classes, all within
    /// five standard deviations (together α < 10⁻⁵; a mean off by 0.005 would show).
    #[test]
    fn uniforms_are_uniform_and_unrelated() {
        let luck = Luck::new(12);
        let value = |cell, piece, index: u64| {
            let mut draws = luck.of(cell, piece, What::Fates);
            (0..index).for_each(|_| {
                draws.uniform();
            });
            draws.uniform()
        };
        let mut sums = [0.0; 4];
        let mut classes = [0_u32; 64];
        let count = 100_000;
        for cell in 0..count {
            let own = value(cell, 0, 0);
            assert!(own > 0.0 && own < 1.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 63")]
            let class = (own * 64.0) as usize;
            classes[class] += 1;
            let others = [
                0.5 + 1.0 / 24.0_f64.sqrt(),
                value(cell + 1, 0, 0),
                value(cell, 1, 0),
                value(cell, 0, 1),
            ];
            for (sum, other) in sums.iter_mut().zip(others) {
                *sum += (own - 0.5) * (other - 0.5);
            }
        }
        // Of a mean the deviation is 1/√12 a draw, of a product 1/12.
        let spread = f64::from(100_000).sqrt();
        for (index, sum) in sums.into_iter().enumerate() {
            let deviation =
                if index == 0 { 1.0 / 24.0_f64.sqrt() / 12.0_f64.sqrt() } else { 1.0 / 12.0 };
            assert!(sum.abs() < 5.0 * deviation * spread, "{index}: {sum}");
        }
        let expected = 100_000.0 / 64.0;
        let chi: f64 =
            classes.iter().map(|&seen| (f64::from(seen) - expected).powi(2) / expected).sum();
        assert!((chi - 63.0).abs() < 5.0 * 126.0_f64.sqrt(), "{chi}");
    }
}
