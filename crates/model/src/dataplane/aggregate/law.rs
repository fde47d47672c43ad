//! The law of the response times of some requests of a piece, and what is known of it between cuts.
//!
//! A response time is base·f(t) + a(t), with the base time of the model's distribution and f and a linear
//! over the piece. Where they change, a request arrives evenly over the piece, and the law is the mean over
//! six Gauss-Legendre points in time: of a cold start of factor 4 that is right to 10⁻⁶. Where the share
//! beyond a cut rises steeply, as base times hardly differ, each part of the rise has six points of its own.

use crate::random::distribution::Distribution;
use crate::random::distribution::partial::{Partial, normal_cdf};
use crate::random::inverse::score;
use std::sync::Arc;

/// Nodes on 0 to 1 and weights of the six-point Gauss-Legendre rule.
const NODES: [(f64, f64); 6] = [
    (0.033_765_242_898_423_97, 0.085_662_246_189_585_17),
    (0.169_395_306_766_867_76, 0.180_380_786_524_069_3),
    (0.380_690_406_958_401_56, 0.233_956_967_286_345_5),
    (0.619_309_593_041_598_4, 0.233_956_967_286_345_5),
    (0.830_604_693_233_132_2, 0.180_380_786_524_069_3),
    (0.966_234_757_101_576, 0.085_662_246_189_585_17),
];

/// Scores of base times: when each of them is at a cut, another part of the rise begins.
const RISE: [f64; 7] = [-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0];

/// Where the score at a cut moves by no more than this during a piece, further points gain next to nothing:
/// six are right to 10⁻⁶ up to a factor of 4, and beyond it both err alike.
const FLAT: f64 = 2.0;

/// Fewer values than this are always drawn one by one.
const ALWAYS_FEW: f64 = 30.0;

/// Factor on a base time and what is added to it \[ns\].
pub(super) type Pace = [f64; 2];

/// A law, prepared for the cuts of its fleet.
#[derive(Clone, Debug)]
pub(super) struct Law {
    base: Arc<Partial>,
    /// At the beginning and the end of the piece.
    pace: [Pace; 2],
    nodes: Vec<Node>,
    /// Between the cuts, lowest first.
    pub(super) strata: Vec<Stratum>,
    /// Fewer values than this are drawn one by one.
    pub(super) few: f64,
    /// Whether it is that of failures, and of which component of a mixture.
    pub(super) origin: (bool, usize),
}

#[derive(Clone, Copy, Debug)]
struct Node {
    weight: f64,
    pace: Pace,
}

/// The values between two cuts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stratum {
    /// P(here | here or in a lower stratum).
    pub(super) falls: f64,
    /// Cumulants of a value that lies here \[ns, ns², ns³\].
    pub(super) cumulants: [f64; 3],
}

impl Law {
    pub(super) fn new(
        base: Arc<Partial>,
        origin: (bool, usize),
        pace: [Pace; 2],
        cuts_ns: &[i64],
    ) -> Self {
        let nodes = if changes(pace) {
            let steep = cuts_ns.iter().filter(|&&cut_ns| is_steep(&base, cut_ns, pace));
            let rises = steep.flat_map(|&cut_ns| {
                RISE.map(|score| reaches(cut_ns, base.at(score), edge(&base), pace))
            });
            nodes(pace, rises.flatten().collect())
        } else {
            vec![Node { weight: 1.0, pace: pace[0] }]
        };
        let mut law = Self { base, pace, nodes, strata: Vec::new(), few: ALWAYS_FEW, origin };
        law.prepare(cuts_ns);
        law
    }

    fn prepare(&mut self, cuts_ns: &[i64]) {
        let mut below = [0.0; 4];
        let mut up_to = 0.0;
        for place in 0..=cuts_ns.len() {
            let next = match cuts_ns.get(place) {
                Some(&end_ns) => self.moments(|node| self.score_at(node, end_ns)),
                None => self.moments(|_| f64::INFINITY),
            };
            let inside = [0, 1, 2, 3].map(|k| next[k] - below[k]);
            // The far end is not the difference of two numbers next to 1.
            let share = match (cuts_ns.get(place), place.checked_sub(1)) {
                (None, Some(last)) => self.above(cuts_ns[last]),
                _ => inside[0].max(0.0),
            };
            up_to += share;
            let falls = if up_to > 0.0 { (share / up_to).min(1.0) } else { 0.0 };
            self.strata.push(Stratum { falls, cumulants: self.cumulants(inside) });
            below = next;
        }
        let [_, variance, third] = self.cumulants(self.moments(|_| f64::INFINITY));
        if variance > 0.0 {
            let skewness = third / variance.powf(1.5);
            self.few = ALWAYS_FEW.max(16.0 * skewness * skewness);
        }
    }

    /// Moments of the values whose scores lie below those given.
    fn moments(&self, until: impl Fn(&Node) -> f64) -> [f64; 4] {
        let mut all = [0.0; 4];
        for node in &self.nodes {
            let z = until(node);
            let base = if z == f64::INFINITY { self.base.moments() } else { self.base.below(z) };
            let powers = moved(base, node.pace);
            all.iter_mut().zip(powers).for_each(|(sum, power)| *sum += node.weight * power);
        }
        all
    }

    fn cumulants(&self, [share, first, second, third]: [f64; 4]) -> [f64; 3] {
        if share <= 0.0 {
            return [0.0; 3];
        }
        let [mean, second, third] = [first, second, third].map(|moment| moment / share);
        if self.base.is_point() && self.nodes.len() == 1 {
            return [mean.floor(), 0.0, 0.0];
        }
        let variance = (second - mean * mean).max(0.0);
        [mean, variance, third - 3.0 * mean * second + 2.0 * mean * mean * mean]
    }

    /// The score up to which values do not exceed a cut \[ns\]: values are whole, rounded down.
    fn score_at(&self, node: &Node, cut_ns: i64) -> f64 {
        score_over(&self.base, cut_ns, node.pace)
    }

    /// P(value ≤ cut).
    pub(super) fn within(&self, cut_ns: i64) -> f64 {
        let part = |node: &Node| node.weight * normal_cdf(self.score_at(node, cut_ns));
        self.nodes.iter().map(part).sum()
    }

    /// P(value > cut).
    pub(super) fn above(&self, cut_ns: i64) -> f64 {
        let part = |node: &Node| node.weight * normal_cdf(-self.score_at(node, cut_ns));
        self.nodes.iter().map(part).sum()
    }

    /// P(score > `z`) of values above a cut, and of the others.
    pub(super) fn slow_elsewhere(&self, cut_ns: i64, z: f64) -> [f64; 2] {
        let mut shares = [0.0; 2];
        for node in &self.nodes {
            let own = self.score_at(node, cut_ns);
            shares[0] += node.weight * normal_cdf(-own.max(z));
            if z < own {
                shares[1] += node.weight * (normal_cdf(own) - normal_cdf(z));
            }
        }
        let [above, within] = [self.above(cut_ns), self.within(cut_ns)];
        [super::fates::ratio(shares[0], above), super::fates::ratio(shares[1], within)]
    }

    /// A value at two uniforms \[ns\].
    pub(super) fn value(&self, [time, uniform]: [f64; 2]) -> i64 {
        let [factor, added] = between(self.pace, time);
        whole(self.base.at(score(uniform)) * factor + added)
    }

    /// The least value with P(value ≤ it) ≥ `p`, within bounds \[ns\].
    pub(super) fn quantile(&self, p: f64, [mut low, mut high]: [i64; 2]) -> i64 {
        if let [Node { pace: [factor, added], .. }] = self.nodes[..] {
            return whole(self.base.at(score(p)) * factor + added).clamp(low, high);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if self.within(middle) < p { low = middle + 1 } else { high = middle }
        }
        high
    }

    /// What [`quantile`](Self::quantile) gives, if all arrived in the middle of the piece.
    pub(super) fn about(&self, p: f64) -> i64 {
        self.value([0.5, p.clamp(1e-9, 1.0 - 1e-9)])
    }

    /// The one value that all have, if they do.
    pub(super) fn point(&self) -> Option<i64> {
        (self.base.is_point() && self.nodes.len() == 1).then(|| self.value([0.0, 0.5]))
    }
}

/// The score up to which a base time at a pace does not exceed a cut \[ns\].
pub(super) fn score_over(base: &Partial, cut_ns: i64, [factor, added]: Pace) -> f64 {
    base.score((real(cut_ns) + edge(base) - added) / factor)
}

/// What a value exceeds a cut by at least, taken so that half a nanosecond decides where a measured table
/// has many equal values.
fn edge(base: &Partial) -> f64 {
    if base.is_point() { 1.0 } else { 0.5 }
}

/// Whether the score at a cut moves by so much during a piece that six points are too few.
fn is_steep(base: &Partial, cut_ns: i64, pace: [Pace; 2]) -> bool {
    let [first, last] = pace.map(|pace| score_over(base, cut_ns, pace));
    (last - first).abs() > FLAT
}

/// When during a piece, from 0 to 1, a base time comes to a cut \[ns\], if it does.
fn reaches(cut_ns: i64, base_ns: f64, edge: f64, pace: [Pace; 2]) -> Option<f64> {
    let [first, last] = pace.map(|[factor, added]| base_ns * factor + added);
    let time = (real(cut_ns) + edge - first) / (last - first);
    (time > 0.0 && time < 1.0).then_some(time)
}

/// Six points in each of the parts into which `times` divide a piece.
fn nodes(pace: [Pace; 2], mut times: Vec<f64>) -> Vec<Node> {
    times.extend([0.0, 1.0]);
    times.sort_unstable_by(f64::total_cmp);
    let parts = times.windows(2).filter(|part| part[1] > part[0]);
    let points = parts.flat_map(|part| {
        let length = part[1] - part[0];
        NODES.map(|(time, weight)| Node {
            weight: weight * length,
            pace: between(pace, part[0] + time * length),
        })
    });
    points.collect()
}

fn changes([start, end]: [Pace; 2]) -> bool {
    (start[0] - end[0]).abs() > 1e-12 || (start[1] - end[1]).abs() > 1e-3
}

fn between([start, end]: [Pace; 2], time: f64) -> Pace {
    [0, 1].map(|of| start[of] + time * (end[of] - start[of]))
}

/// The moments of base·factor + added.
fn moved([m0, m1, m2, m3]: [f64; 4], [f, a]: Pace) -> [f64; 4] {
    [
        m0,
        f * m1 + a * m0,
        f * (f * m2 + 2.0 * a * m1) + a * a * m0,
        f * (f * (f * m3 + 3.0 * a * m2) + 3.0 * a * a * m1) + a * a * a * m0,
    ]
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to 10^15 before the cast")]
fn whole(ns: f64) -> i64 {
    ns.clamp(0.0, Distribution::LONGEST_NS) as i64
}

#[expect(clippy::cast_precision_loss, reason = "times of a scenario are below 2^53 ns · 2^3")]
fn real(ns: i64) -> f64 {
    ns as f64
}
