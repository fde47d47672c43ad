//! Moments of a distribution over a part of its range: what sums of many service times are made of.
//!
//! With the service time X = Q(Φ(Z)) of a standard normal score Z, the partial moments are
//!
//! ```text
//! M_k(z) = E[X^k; Z < z]        of a lognormal   M_k(z) = e^(kμ + k²σ²/2) · Φ(z − kσ)
//! ```
//!
//! for k from 0 to 3 (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, vol. 1, 1994,
//! §14.3). Of all other laws they are integrated over Z on a grid of 1/16, five Gauss-Legendre points a
//! cell, as everywhere here up to |z| = 8; of smooth laws that is exact to ten digits, and to four
//! where a measured table has its corners.

use super::law::normal_density;
use super::score_table::REACH;
use super::{Distribution, Family, Shape, Shifted};
use crate::random::inverse::score;
use statrs::function::erf::erfc;
use std::f64::consts::FRAC_1_SQRT_2;
use std::sync::Arc;

const CELLS_PER_UNIT: f64 = 16.0;
const CELLS: usize = 256;

/// Positive nodes of the five-point Gauss-Legendre rule on −1 to 1, and their weights.
const NODES: [(f64, f64); 3] = [
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.906_179_845_938_664, 0.236_926_885_056_189_08),
];

/// A distribution that is no mixture, and its partial moments.
#[derive(Clone, Debug)]
pub struct Partial {
    part: Shifted,
    form: Form,
    all: [f64; 4],
}

#[derive(Clone, Debug)]
enum Form {
    Point,
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    /// The moments below each node of the grid.
    Numeric(Arc<[[f64; 4]]>),
}

/// P(Z < z).
#[inline]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
}

impl Distribution {
    /// Its components, each with its weight; itself if it is no mixture.
    pub fn partials(&self) -> Vec<(f64, Partial)> {
        match &self.0 {
            Shape::Single(part) => vec![(1.0, Partial::new(part))],
            Shape::Mixture(components) => {
                components.iter().map(|c| (c.weight(), Partial::new(c.part()))).collect()
            }
        }
    }
}

impl Partial {
    fn new(part: &Shifted) -> Self {
        let form = match &part.family {
            Family::Constant(_) => Form::Point,
            Family::Lognormal { mu, sigma } => Form::Lognormal { mu: *mu, sigma: *sigma },
            Family::Tabulated(_) | Family::Empirical(_) => Form::Numeric(integrated(part)),
        };
        let mut this = Self { part: part.clone(), form, all: [0.0; 4] };
        this.all = this.below(f64::INFINITY);
        this
    }

    /// The service time \[ns\] at a score.
    pub fn at(&self, z: f64) -> f64 {
        self.part.at(z).min(Distribution::LONGEST_NS)
    }

    /// Whether it is the same for all.
    pub fn is_point(&self) -> bool {
        matches!(self.form, Form::Point)
    }

    /// The score below which service times are below `ns` (of a single value: up to it); infinite where
    /// all or none are.
    pub fn score(&self, ns: f64) -> f64 {
        match &self.form {
            Form::Point if self.part.at(0.0) < ns => f64::INFINITY,
            Form::Point => f64::NEG_INFINITY,
            Form::Lognormal { .. } if ns <= self.part.shift_ns => f64::NEG_INFINITY,
            Form::Lognormal { mu, sigma } => ((ns - self.part.shift_ns).ln() - mu) / sigma,
            Form::Numeric(_) => match self.part.cdf(ns) {
                none if none <= 0.0 => f64::NEG_INFINITY,
                all if all >= 1.0 => f64::INFINITY,
                some => score(some),
            },
        }
    }

    /// E\[X^k; Z < z\] for k = 0 to 3 \[ns^k\].
    pub fn below(&self, z: f64) -> [f64; 4] {
        match &self.form {
            Form::Point => {
                let value = self.part.at(0.0);
                let share = normal_cdf(z);
                [1.0, value, value * value, value * value * value].map(|power| power * share)
            }
            Form::Lognormal { mu, sigma } => {
                let moment = |k: f64| {
                    (k * mu + 0.5 * k * k * sigma * sigma).exp() * normal_cdf(z - k * sigma)
                };
                shifted([moment(0.0), moment(1.0), moment(2.0), moment(3.0)], self.part.shift_ns)
            }
            Form::Numeric(grid) => {
                let place = (z.clamp(-REACH, REACH) + REACH) * CELLS_PER_UNIT;
                let cell = cell_of(place);
                let from = node(cell);
                let mut moments = grid[cell];
                let rest = over(&self.part, from, z.clamp(-REACH, REACH));
                moments.iter_mut().zip(rest).for_each(|(moment, more)| *moment += more);
                moments
            }
        }
    }

    /// E\[X^k\] for k = 0 to 3 \[ns^k\].
    pub fn moments(&self) -> [f64; 4] {
        self.all
    }
}

/// The moments of X + s from those of X.
fn shifted([m0, m1, m2, m3]: [f64; 4], s: f64) -> [f64; 4] {
    [m0, m1 + s * m0, m2 + s * (2.0 * m1 + s * m0), m3 + s * (3.0 * m2 + s * (3.0 * m1 + s * m0))]
}

fn integrated(part: &Shifted) -> Arc<[[f64; 4]]> {
    let mut moments = [normal_cdf(-REACH), 0.0, 0.0, 0.0];
    let mut grid = Vec::with_capacity(CELLS + 1);
    for cell in 0..=CELLS {
        grid.push(moments);
        let more = over(part, node(cell), node(cell + 1));
        moments.iter_mut().zip(more).for_each(|(moment, more)| *moment += more);
    }
    grid.into()
}

/// The moments between two scores.
fn over(part: &Shifted, from: f64, to: f64) -> [f64; 4] {
    let (centre, half) = (f64::midpoint(from, to), (to - from) / 2.0);
    let mut moments = [0.0; 4];
    for (node, weight) in NODES {
        let sides: &[f64] = if node > 0.0 { &[-1.0, 1.0] } else { &[1.0] };
        for side in sides {
            let z = centre + side * node * half;
            let value = part.at(z).min(Distribution::LONGEST_NS);
            let mut term = weight * half * normal_density(z);
            for moment in &mut moments {
                *moment += term;
                term *= value;
            }
        }
    }
    moments
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred cells")]
fn node(cell: usize) -> f64 {
    cell as f64 / CELLS_PER_UNIT - REACH
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the place is within 0 and CELLS"
)]
fn cell_of(place: f64) -> usize {
    (place as usize).min(CELLS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimDuration;

    fn ms(count: i64) -> SimDuration {
        SimDuration::from_nanos(count * 1_000_000)
    }

    /// Simpson's rule over the quantile function.
    fn by_simpson(law: &Distribution, until: f64, power: i32) -> f64 {
        let panels = 40_000;
        let step = (until + 9.0) / f64::from(panels);
        let value = |score: f64| law.at(score, 0.0).powi(power) * normal_density(score);
        (0..panels)
            .map(|panel| {
                let from = f64::from(panel).mul_add(step, -9.0);
                step / 6.0 * (value(from) + 4.0 * value(from + step / 2.0) + value(from + step))
            })
            .sum()
    }

    #[test]
    fn partial_moments_are_integrals() {
        let table = [(0.0, ms(5)), (0.5, ms(20)), (0.99, ms(80)), (1.0, ms(400))];
        let laws = [
            Distribution::exponential(ms(30)).expect("a law"),
            Distribution::empirical(&table).expect("a law"),
            Distribution::lognormal_from_mean_cv(ms(20), 0.5).expect("a law"),
        ];
        for law in &laws {
            let (_, partial) = law.partials().remove(0);
            for z in [-2.3, 0.0, 1.01, 2.5] {
                let found = partial.below(z);
                for (k, found) in (0..4).zip(found) {
                    let exact = by_simpson(law, z, k);
                    assert!((found / exact - 1.0).abs() < 1e-4, "{law:?} {z} {k}: {found} {exact}");
                }
                let ns = partial.at(z);
                assert!((partial.score(ns) - z).abs() < 1e-6, "{law:?} {z}");
            }
            let [all, mean, ..] = partial.moments();
            let off = [all - 1.0, mean / law.mean_ns() - 1.0];
            assert!(off[0].abs() < 1e-9 && off[1].abs() < 1e-4, "{law:?}: {off:?}");
        }
    }

    #[test]
    fn a_point_has_all_or_nothing_below() {
        let (_, point) = Distribution::constant(ms(20)).partials().remove(0);
        assert!(point.is_point());
        assert!(point.score(20e6) < 0.0 && point.score(20e6 + 1.0) > 0.0);
        assert!((point.moments()[1] - 20e6).abs() < 1e-3);
    }
}
