use super::*;
use crate::stats::proportion::clopper_pearson;
use crate::stats::real;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

fn difference(effect: f64, variance: f64) -> Difference {
    Difference { effect, variance, null_variance: variance, freedom: None }
}

/// Λ by numerical integration of the likelihood ratio over the mixture, Simpson's rule.
fn integrated(d: f64, v: f64, mixture: Mixture) -> f64 {
    let tau = mixture.tau;
    let density = |x: f64| (-0.5 * (x / tau).powi(2)).exp() / (tau * std::f64::consts::TAU.sqrt());
    let ratio = |x: f64| ((x * d - 0.5 * x * x) / v).exp();
    let (from, weight) = match mixture.sided {
        Sided::Two => (-12.0 * tau, 1.0),
        Sided::One => (0.0, 2.0),
    };
    let steps = 20_000_u32;
    let step = (12.0 * tau - from) / f64::from(steps);
    let value = |index: u32| {
        let x = from + step * f64::from(index);
        weight * density(x) * ratio(x)
    };
    let inner: f64 =
        (1..steps).map(|index| value(index) * if index % 2 == 1 { 4.0 } else { 2.0 }).sum();
    (value(0) + inner + value(steps)) * step / 3.0
}

#[test]
fn the_mixture_ratio_is_the_averaged_likelihood_ratio() {
    for sided in [Sided::One, Sided::Two] {
        for (d, v, tau) in [(0.3, 0.01, 0.1), (-0.2, 0.02, 0.3), (0.02, 0.000_1, 0.005)] {
            let mixture = Mixture { tau, sided };
            let ratio = integrated(d, v, mixture);
            let p = mixture.p_value(&difference(d, v));
            assert!((p - (1.0 / ratio).min(1.0)).abs() < 1e-7, "{p} against 1/{ratio}");
        }
    }
}

#[test]
fn the_confidence_sequence_excludes_zero_just_when_the_p_value_says_so() {
    let mixture = Mixture { tau: 0.05, sided: Sided::Two };
    for step in 0..200_u32 {
        let found = difference(f64::from(step) / 1e3, 0.001);
        let excluded = !mixture.interval(&found, 0.05).contains(0.0);
        assert_eq!(excluded, mixture.p_value(&found) < 0.05, "at {}", found.effect);
    }
    let none = difference(0.0, 0.0);
    assert!((mixture.p_value(&none) - 1.0).abs() < 1e-12);
    assert!(mixture.interval(&none, 0.05).high.is_infinite());
}

/// Share of 2,000 tests without any difference (conversion 5 % in both arms) that find one at one of
/// 200 looks, and the same for a fixed test looked at as often.
///
/// α of this assertion 10⁻⁴: a true rate of the always-valid test above 0.074 would be caught nine
/// times in ten; peeking at the fixed test is wrong in over a quarter of the runs.
#[test]
fn peeking_does_no_harm_to_the_always_valid_test_alone() {
    let (alpha, runs, p) = (0.05, 2_000_u64, 0.05);
    let mixture = Mixture { tau: 0.005, sided: Sided::Two };
    let one_sided = Mixture { tau: 0.005, sided: Sided::One };
    let mut wrong = [0_u64; 3];
    for seed in 0..runs {
        let mut luck = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut counts = [(0, 0); 2];
        let mut found = [false; 3];
        for look in 0..200 {
            for (successes, trials) in &mut counts {
                // The first look is at 1,000 trials an arm, 50 conversions.
                let more = if look == 0 { 1_000 } else { 200 };
                *trials += more;
                *successes += (0..more).map(|_| u64::from(luck.random::<f64>() < p)).sum::<u64>();
            }
            let now = Difference::of_proportions(counts[0], counts[1]).expect("trials");
            found[0] |= mixture.p_value(&now) <= alpha;
            found[1] |= one_sided.p_value(&now) <= alpha;
            found[2] |= now.p_value(Sided::Two) <= alpha;
        }
        for (count, found) in wrong.iter_mut().zip(found) {
            *count += u64::from(found);
        }
    }
    for always_valid in &wrong[..2] {
        let low = clopper_pearson(*always_valid, runs, 1.0 - 2e-4).expect("runs").low;
        assert!(low <= alpha, "{always_valid} of {runs} wrong, at least {low} in truth");
    }
    assert!(real(wrong[2]) > 0.25 * real(runs), "{wrong:?}: peeking at a fixed test is harmful");
    assert!(wrong[0] > 0, "{wrong:?}");
}

/// The distribution of Wald's sum followed exactly: after n trials with s successes the sum depends on
/// s alone, so what is still open is a list of probabilities by s.
fn followed(test: Sprt, p: f64) -> (f64, f64, [u64; 2]) {
    let (up, down) = ((test.p1 / test.p0).ln(), ((1.0 - test.p1) / (1.0 - test.p0)).ln());
    let upper = ((1.0 - test.beta) / test.alpha).ln();
    let lower = (test.beta / (1.0 - test.alpha)).ln();
    let mut open = vec![1.0];
    let (mut h1, mut mean, mut quantiles, mut closed) = (0.0, 0.0, [0; 2], 0.0);
    for n in 1..20_000_u32 {
        let mut next = vec![0.0; open.len() + 1];
        for (s, &weight) in open.iter().enumerate() {
            next[s] += weight * (1.0 - p);
            next[s + 1] += weight * p;
        }
        for (s, weight) in next.iter_mut().enumerate() {
            let s = f64::from(u32::try_from(s).expect("a small count"));
            let sum = s * up + (f64::from(n) - s) * down;
            if sum >= upper || sum <= lower {
                h1 += if sum >= upper { *weight } else { 0.0 };
                mean += f64::from(n) * *weight;
                closed += *weight;
                *weight = 0.0;
            }
        }
        for (quantile, q) in quantiles.iter_mut().zip([0.5, 0.9]) {
            if *quantile == 0 && closed >= q {
                *quantile = u64::from(n);
            }
        }
        while next.len() > 1 && next.last().is_some_and(|&weight| weight <= 0.0) {
            next.pop();
        }
        open = next;
        if closed > 1.0 - 1e-12 {
            break;
        }
    }
    (h1, mean, quantiles)
}

/// Exact figures of the test of 1 % against 3 %, α = 0.05, β = 0.1, in a published table and followed
/// here, against `step` over 20,000 sequences each. α of each assertion 10⁻⁵ (4.4 standard errors): a
/// probability wrong by 0.008 or a mean wrong by 6 trials would be caught nine times in ten.
#[test]
fn walds_test_of_one_against_three_per_cent() {
    let test = Sprt { p0: 0.01, p1: 0.03, alpha: 0.05, beta: 0.1 };
    for (p, accepted, mean, quantiles, spread) in [
        (0.01, 0.034_610_803_228_9, 224.823_819_29, [166, 440], 147.2),
        (0.03, 0.899_508_175_913, 207.768_560_82, [166, 416], 160.2),
    ] {
        let exact = followed(test, p);
        assert!((exact.0 - accepted).abs() < 1e-9, "{exact:?}");
        assert!((exact.1 - mean).abs() < 1e-6, "{exact:?}");
        assert_eq!(exact.2, quantiles);
        let runs = 20_000_u64;
        let (mut found, mut trials) = (0.0, 0.0);
        for seed in 0..runs {
            let mut luck = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut walk = Walk::default();
            while !test.step(&mut walk, luck.random::<f64>() < p) {}
            found += f64::from(u8::from(walk.accepted_h1 == Some(true)));
            trials += real(walk.trials);
        }
        let n = real(runs);
        let error = 4.4 * (accepted * (1.0 - accepted) / n).sqrt();
        assert!((found / n - accepted).abs() < error, "{} against {accepted}", found / n);
        assert!((trials / n - mean).abs() < 4.4 * spread / n.sqrt(), "{} trials", trials / n);
    }
}
