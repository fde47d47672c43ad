//! What becomes of requests, given what became of them without the deployment.
//!
//! Each request has one uniform u, here and there: it is a 5xx where u < p5, else a 4xx where u ≥ 1 − p4.
//! So the requests of one fate without the deployment have their u evenly spread over that fate's stretch
//! of \[0, 1\], and fall to the fates here as the stretches overlap.

use super::luck::Draws;
use crate::random::inverse::binomial;

/// Requests by fate: answered, 5xx, 4xx.
pub(super) type Fates = [u64; 3];

/// Probabilities of a 5xx and a 4xx; together at most 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Odds {
    p5: f64,
    p4: f64,
}

impl Odds {
    /// Of these probabilities, the 5xx first where they add up to more than 1.
    pub fn new(p5: f64, p4: f64) -> Self {
        let p5 = p5.clamp(0.0, 1.0);
        Self { p5, p4: p4.clamp(0.0, 1.0 - p5) }
    }

    /// The fates of `count` requests.
    pub(super) fn fates(self, count: u64, draws: &mut Draws) -> Fates {
        let server = binomial(count, self.p5, draws.uniform());
        let rest = ratio(self.p4, 1.0 - self.p5);
        let client = binomial(count - server, rest, draws.uniform());
        [count - server - client, server, client]
    }

    /// For each fate without the deployment (whose odds are `without`), the fates here.
    pub(super) fn given(self, fates: Fates, without: Self, draws: &mut Draws) -> [Fates; 3] {
        if self == without {
            let [good, server, client] = fates;
            return [[good, 0, 0], [0, server, 0], [0, 0, client]];
        }
        let stretches =
            [[without.p5, 1.0 - without.p4], [0.0, without.p5], [1.0 - without.p4, 1.0]];
        let mut here = [[0; 3]; 3];
        for ((here, count), stretch) in here.iter_mut().zip(fates).zip(stretches) {
            let uniforms = [draws.uniform(), draws.uniform()];
            *here = self.of_stretch(count, stretch, uniforms);
        }
        here
    }

    fn of_stretch(self, count: u64, [low, high]: [f64; 2], uniforms: [f64; 2]) -> Fates {
        let length = high - low;
        if count == 0 || length <= 0.0 {
            return [count, 0, 0];
        }
        let server = (self.p5.min(high) - low).max(0.0);
        let client = (high - (1.0 - self.p4).max(low)).max(0.0);
        let of_server = binomial(count, ratio(server, length), uniforms[0]);
        let of_client = binomial(count - of_server, ratio(client, length - server), uniforms[1]);
        [count - of_server - of_client, of_server, of_client]
    }
}

/// All fates here, whatever they would have been.
pub(super) fn totals(here: [Fates; 3]) -> Fates {
    [0, 1, 2].map(|fate| here.iter().map(|row| row[fate]).sum())
}

/// A part of a whole that may be nothing.
pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::luck::{Luck, What};
    use super::*;

    fn draws(cell: u64) -> Draws {
        Luck::new(3).of(cell, 0, What::Fates)
    }

    /// Request by request: the same uniform against both odds.
    fn brute_force(here: Odds, without: Odds) -> [[f64; 3]; 3] {
        let fate = |odds: Odds, u: f64| match u {
            u if u < odds.p5 => 1,
            u if u >= 1.0 - odds.p4 => 2,
            _ => 0,
        };
        let mut shares = [[0.0; 3]; 3];
        for i in 0..100_000 {
            let u = (f64::from(i) + 0.5) / 100_000.0;
            shares[fate(without, u)][fate(here, u)] += 1e-5;
        }
        shares
    }

    /// Means over 400 draws of a million requests each; the deviation of a mean share is below 2.5·10⁻⁵
    /// and 6 deviations are allowed, so a share off by 0.0002 shows.
    #[test]
    fn fates_have_the_joint_law_of_a_shared_uniform() {
        let odds = [(0.001, 0.002), (0.03, 0.002), (0.0, 0.0), (1.0, 0.0), (0.3, 0.7), (0.5, 0.1)];
        for here in odds {
            for without in odds {
                let (here, without) = (Odds::new(here.0, here.1), Odds::new(without.0, without.1));
                let expected = brute_force(here, without);
                let mut seen = [[0.0; 3]; 3];
                for cell in 0..400 {
                    let mut draws = draws(cell);
                    let before = without.fates(1_000_000, &mut draws);
                    let joint = here.given(before, without, &mut draws);
                    for (row, (counts, count)) in seen.iter_mut().zip(joint.iter().zip(before)) {
                        assert_eq!(counts.iter().sum::<u64>(), count);
                        for (share, &count) in row.iter_mut().zip(counts) {
                            *share += f64::from(u32::try_from(count).expect("a million")) / 4e8;
                        }
                    }
                }
                for (row, expected) in seen.iter().zip(expected) {
                    for (share, expected) in row.iter().zip(expected) {
                        assert!((share - expected).abs() < 2e-4, "{here:?} {without:?} {seen:?}");
                    }
                }
            }
        }
    }
}
