//! The probability that a compound Poisson sum exceeds a bound, by inverting its characteristic
//! function.
//!
//! With a Poisson number of requests (mean λ) of independent latencies L, the average exceeds θ if and
//! only if S = Σ(L − θ) > 0, the sum exceeds b if and only if S = ΣL − b > 0. S has the characteristic
//! function φ(t) = e^{λ(ψ(t) − 1) − itb}, ψ being that of L − θ, and (Gil-Pelaez 1951, Biometrika 38,
//! 481–482)
//!
//! ```text
//! P(S > 0) + ½·P(S = 0) = ½ + 1/π · ∫₀^∞ Im φ(t)/t dt
//! ```
//!
//! The integral is a sum of midpoints h·(k + ½), whose error is the probability that |S| exceeds π/h
//! (aliasing): h is taken so that this is forty standard deviations away. Below [`FEWEST`] requests of
//! a smooth law φ does not fall far enough, and no answer is given.

use std::f64::consts::PI;

/// Expected requests below which no answer is given.
pub(super) const FEWEST: f64 = 18.0;
/// Latencies that differ by less than this part are one value.
const NO_SPREAD: f64 = 1e-9;
/// |φ| is negligible from e^−this on.
const NEGLIGIBLE: f64 = 34.0;
const MOST_TERMS: u32 = 20_000;
/// A value that more than this part of the requests share is no point of a smooth law.
const ATOM: f64 = 0.05;

/// P(Σ(L − each) > bound) where a Poisson number of requests of each (expected number, latency) of
/// `nodes` comes; `None` where it cannot be computed.
pub(super) fn above(nodes: &[(f64, f64)], each: f64, bound: f64) -> Option<f64> {
    let expected: f64 = nodes.iter().map(|(count, _)| count).sum();
    let moment = |power: i32| -> f64 {
        nodes.iter().map(|(count, ns)| count * (ns - each).powi(power)).sum()
    };
    let (mean, deviation) = (moment(1) - bound, moment(2).sqrt());
    let smooth = expected - in_atoms(nodes, expected);
    if smooth < FEWEST || !mean.is_finite() || deviation <= 0.0 {
        return None;
    }
    let negligible = NEGLIGIBLE.min(0.9 * smooth);
    let step = PI / (mean.abs() + 40.0 * deviation);
    let mut sum = 0.0;
    for k in 0..MOST_TERMS {
        let place = f64::from(k) + 0.5;
        let t = step * place;
        let (mut re, mut im) = (0.0, 0.0);
        for (count, ns) in nodes {
            let (sin, cos) = (t * (ns - each)).sin_cos();
            re += count * (cos - 1.0);
            im += count * sin;
        }
        sum += re.exp() * (im - t * bound).sin() / place;
        if re < -negligible {
            return Some((0.5 + sum / PI).clamp(0.0, 1.0));
        }
    }
    None
}

/// Expected requests whose latency is one of a few values that many share (constants, a time-out): they
/// do not smooth the sum.
fn in_atoms(nodes: &[(f64, f64)], expected: f64) -> f64 {
    let mut sorted = nodes.to_vec();
    sorted.sort_by(|one, other| one.1.total_cmp(&other.1));
    let same = |one: &(f64, f64), other: &(f64, f64)| other.1 - one.1 <= NO_SPREAD * other.1;
    sorted
        .chunk_by(same)
        .map(|values| values.iter().map(|(count, _)| count).sum::<f64>())
        .filter(|&count| count > ATOM * expected)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Discrete, Gamma, Normal, Poisson};

    /// Exponential latencies of mean 1 as weighted points at equidistant normal scores.
    fn exponential(expected: f64) -> Vec<(f64, f64)> {
        let normal = Normal::standard();
        let cell = |i: i32| {
            let z = 0.02 * f64::from(i);
            let weight = normal.cdf(z + 0.01) - normal.cdf(z - 0.01);
            (expected * weight, -normal.sf(z).ln())
        };
        (-400..=400).map(cell).collect()
    }

    /// The sum of n exponentials is a gamma variable.
    #[test]
    fn exponential_latencies_sum_to_gammas() {
        for (expected, each) in [(20.0, 1.3), (60.0, 1.1), (60.0, 0.9), (300.0, 1.15)] {
            let requests = Poisson::new(expected).expect("a mean");
            let exact: f64 = (1..1000_u32)
                .map(|n| {
                    let sum = Gamma::new(f64::from(n), 1.0).expect("a shape");
                    requests.pmf(n.into()) * sum.sf(each * f64::from(n))
                })
                .sum();
            let found = above(&exponential(expected), each, 0.0).expect("an answer");
            assert!((found - exact).abs() < 2e-4 * exact.max(0.05), "{found}, exactly {exact}");
        }
        let requests = Poisson::new(50.0).expect("a mean");
        let exact: f64 = (1..500_u32)
            .map(|n| {
                requests.pmf(n.into()) * Gamma::new(f64::from(n), 1.0).expect("a shape").sf(60.0)
            })
            .sum();
        let found = above(&exponential(50.0), 0.0, 60.0).expect("an answer");
        assert!((found - exact).abs() < 1e-4, "{found}, exactly {exact}");
    }

    #[test]
    fn no_answer_where_the_method_has_none() {
        assert_eq!(above(&exponential(FEWEST - 1.0), 1.0, 0.0), None, "too few requests");
        assert_eq!(above(&[(500.0, 7.0)], 6.0, 0.0), None, "a constant");
        assert_eq!(above(&[(300.0, 7.0), (300.0, 9.0)], 8.0, 0.0), None, "two values");
    }
}
