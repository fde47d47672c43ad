//! Arrival processes against their laws: gaps, counts, changes of time, closed-form dispersion.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "a test says what it found")]

use crate::statistical::{assert_ks, assert_mean_within};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rollout_sim::random::arrival::{ArrivalSpec, Arrivals, Surge, TimeUnit, TraceRows, TraceSpec};
use rollout_sim::random::stream::Streams;
use rollout_sim::time::{SimDuration, SimTime};
use statrs::distribution as oracle;
use statrs::distribution::ContinuousCDF;
use std::path::PathBuf;

/// This file makes about 30 statistical assertions; none draws from entropy.
const ALPHA: f64 = 1e-5;

fn at(seconds: f64) -> SimTime {
    SimTime::from_secs_f64(seconds)
}

fn secs(seconds: f64) -> SimDuration {
    SimDuration::from_secs_f64(seconds)
}

fn surge(from_s: f64, until_s: f64, factor: f64) -> Surge {
    Surge { from: at(from_s), until: at(until_s), factor }
}

/// All arrivals \[s\] in [`from_s`, `until_s`).
fn arrivals(
    spec: &ArrivalSpec,
    replication: u64,
    surges: &[Surge],
    from_s: f64,
    until_s: f64,
) -> Vec<f64> {
    let streams = Streams::new(2, replication);
    let mut process = Arrivals::new(spec, &streams, surges, at(from_s), at(until_s)).unwrap();
    let mut out = Vec::new();
    process.fill(&mut out, usize::MAX).unwrap();
    assert!(out.is_sorted(), "{spec:?}");
    assert!(out.iter().all(|t| (at(from_s)..at(until_s)).contains(t)), "{spec:?}");
    out.into_iter().map(SimTime::as_secs_f64).collect()
}

fn gaps(times: &[f64]) -> Vec<f64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn count(times: &[f64]) -> f64 {
    times.len() as f64
}

fn exponential(x: f64) -> f64 {
    -(-x).exp_m1()
}

#[test]
fn poisson_gaps_are_exponential_and_counts_are_poisson() {
    let spec = ArrivalSpec::Poisson { rate_per_s: 50.0 };
    let times = arrivals(&spec, 0, &[], -900.0, 3600.0);
    let scaled: Vec<f64> = gaps(&times).iter().map(|gap| gap * 50.0).collect();
    assert_ks(&scaled, exponential, ALPHA);
    assert_mean_within(&scaled, 1.0, ALPHA);
    let counts: Vec<f64> = (0..2000).map(|r| count(&arrivals(&spec, r, &[], -1.0, 1.0))).collect();
    assert_mean_within(&counts, 100.0, ALPHA);
    let dispersion: Vec<f64> = counts.iter().map(|n| (n - 100.0).powi(2) / 100.0).collect();
    assert_mean_within(&dispersion, 1.0, ALPHA);
}

/// ∫rate from `from_s` on, at steps of 10 ms, by the midpoint rule; jumps of the rates are at
/// steps.
struct Integral {
    from_s: f64,
    at_steps: Vec<f64>,
}

impl Integral {
    fn new(rate: impl Fn(f64) -> f64, from_s: f64, until_s: f64) -> Self {
        let mut at_steps = vec![0.0];
        let mut total = 0.0;
        for step in 0.. {
            let t = from_s + (f64::from(step) + 0.5) / 100.0;
            if t > until_s {
                break;
            }
            total += rate(t) / 100.0;
            at_steps.push(total);
        }
        Self { from_s, at_steps }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a step")]
    fn at(&self, t: f64) -> f64 {
        let place = (t - self.from_s) * 100.0;
        let left = (place.floor() as usize).min(self.at_steps.len() - 2);
        let (low, high) = (self.at_steps[left], self.at_steps[left + 1]);
        low + (high - low) * (place - place.floor())
    }
}

/// [`assert_intensity`] of a rate times its surges.
fn assert_rate(spec: &ArrivalSpec, surges: &[Surge], rate: impl Fn(f64) -> f64) {
    let factor = |t: f64| -> f64 {
        let active = surges.iter().filter(|s| (s.from..s.until).contains(&at(t)));
        active.map(|s| s.factor).product()
    };
    assert_intensity(spec, surges, |t| rate(t) * factor(t));
}

/// The time-rescaling theorem: Λ of the arrivals is a Poisson process of rate 1. Counts per minute
/// are Poisson of the integrated rate.
fn assert_intensity(spec: &ArrivalSpec, surges: &[Surge], intensity: impl Fn(f64) -> f64) {
    let (from_s, until_s) = (-900.0, 7200.0);
    let integral = Integral::new(intensity, from_s, until_s);
    let times = arrivals(spec, 1, surges, from_s, until_s);
    let rescaled: Vec<f64> = [from_s].iter().chain(&times).map(|&t| integral.at(t)).collect();
    assert_ks(&gaps(&rescaled), exponential, ALPHA);

    let minutes = (0..135).map(|minute| from_s + 60.0 * f64::from(minute));
    let misses: Vec<f64> = minutes
        .map(|from| (from, integral.at(from + 60.0) - integral.at(from)))
        .filter(|&(_, mass)| mass > 20.0)
        .map(|(from, mass)| {
            let inside = times.iter().filter(|&&t| (from..from + 60.0).contains(&t));
            (count(&inside.copied().collect::<Vec<_>>()) - mass) / mass.sqrt()
        })
        .collect();
    let squares: Vec<f64> = misses.iter().map(|z| z * z).collect();
    assert_mean_within(&squares, 1.0, ALPHA);
    let total = integral.at(until_s);
    let miss = (count(&times) - total) / total.sqrt();
    println!("{} arrivals, {total:.1} expected: {miss:.2} standard deviations off", times.len());
    // α = 1e-5; an error of 5.7 standard deviations of the count is caught 9 times in 10.
    assert!(miss.abs() < 4.417);
}

fn surges() -> Vec<Surge> {
    vec![
        surge(-1000.0, -600.0, 2.0),
        surge(1200.0, 2400.0, 3.0),
        surge(1800.0, 3000.0, 0.5),
        surge(5000.0, 5600.0, 0.0),
    ]
}

#[test]
fn surges_multiply_a_poisson_rate() {
    assert_rate(&ArrivalSpec::Poisson { rate_per_s: 10.0 }, &surges(), |_| 10.0);
}

/// Most gaps span several surges, so what is left of a gap at each boundary matters.
#[test]
fn surges_may_be_shorter_than_gaps() {
    let short: Vec<Surge> = (-450..3600)
        .map(|second| 2.0 * f64::from(second))
        .map(|from| surge(from, from + 1.0, 0.1))
        .collect();
    let intensity = |t: f64| if t.rem_euclid(2.0) < 1.0 { 0.09 } else { 0.9 };
    assert_intensity(&ArrivalSpec::Poisson { rate_per_s: 0.9 }, &short, intensity);
}

#[test]
fn diurnal_rates_swing() {
    for swing in [0.6, 1.0] {
        let spec = ArrivalSpec::Diurnal {
            mean_per_s: 15.0,
            swing,
            period: secs(3000.0),
            peak_at: secs(700.0),
        };
        let rate =
            |t: f64| 15.0 * (1.0 + swing * ((t - 700.0) / 3000.0 * std::f64::consts::TAU).cos());
        assert_rate(&spec, &[], rate);
        assert_rate(&spec, &surges(), rate);
    }
}

#[test]
fn profiles_jump() {
    let pieces =
        vec![(secs(0.0), 12.0), (secs(900.0), 0.0), (secs(1500.0), 30.0), (secs(6000.0), 5.0)];
    let spec = ArrivalSpec::Profile { pieces };
    let rate = |t: f64| match t + 900.0 {
        s if s < 900.0 => 12.0,
        s if s < 1500.0 => 0.0,
        s if s < 6000.0 => 30.0,
        _ => 5.0,
    };
    assert_rate(&spec, &[], rate);
    assert_rate(&spec, &surges(), rate);
}

#[test]
fn ramps_are_linear() {
    for (from, to) in [(5.0, 25.0), (25.0, 0.0), (0.0, 20.0)] {
        let spec = ArrivalSpec::Ramp {
            from_per_s: from,
            to_per_s: to,
            starts: secs(600.0),
            lasts: secs(3600.0),
        };
        let rate = |t: f64| from + (to - from) * ((t - 600.0) / 3600.0).clamp(0.0, 1.0);
        assert_rate(&spec, &[], rate);
        assert_rate(&spec, &surges(), rate);
    }
}

/// The change of time and the constant path give the same arrivals from the same draws.
#[test]
fn one_poisson_process_however_it_is_written() {
    let plain = arrivals(&ArrivalSpec::Poisson { rate_per_s: 40.0 }, 3, &[], -60.0, 600.0);
    let others = [
        (ArrivalSpec::Poisson { rate_per_s: 20.0 }, vec![surge(-60.0, 700.0, 2.0)]),
        (ArrivalSpec::Profile { pieces: vec![(secs(0.0), 40.0), (secs(70.0), 40.0)] }, vec![]),
        (
            ArrivalSpec::Ramp {
                from_per_s: 40.0,
                to_per_s: 40.0,
                starts: secs(5.0),
                lasts: secs(50.0),
            },
            vec![],
        ),
        (
            ArrivalSpec::Diurnal {
                mean_per_s: 40.0,
                swing: 0.0,
                period: secs(60.0),
                peak_at: secs(0.0),
            },
            vec![],
        ),
        (
            ArrivalSpec::Mmpp { rates_per_s: [40.0, 40.0], mean_sojourns: [secs(3.0), secs(1.0)] },
            vec![],
        ),
    ];
    for (spec, surges) in others {
        let same = arrivals(&spec, 3, &surges, -60.0, 600.0);
        assert_eq!(same.len(), plain.len(), "{spec:?}");
        // Each gap of a sine is found to a hundredth of a nanosecond.
        let worst = plain.iter().zip(&same).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 3e-9, "{spec:?}: {worst:e} s");
    }
}

#[test]
fn gamma_gaps_have_their_mean_and_cv() {
    for cv in [0.3, 1.0, 2.5] {
        let spec = ArrivalSpec::Gamma { rate_per_s: 20.0, cv };
        let scaled: Vec<f64> =
            gaps(&arrivals(&spec, 0, &[], 0.0, 5000.0)).iter().map(|gap| gap * 20.0).collect();
        assert_mean_within(&scaled, 1.0, ALPHA);
        let squares: Vec<f64> = scaled.iter().map(|gap| (gap - 1.0).powi(2)).collect();
        assert_mean_within(&squares, cv * cv, ALPHA);
        let shape = 1.0 / (cv * cv);
        let law = oracle::Gamma::new(shape, shape).unwrap();
        // Instants are whole nanoseconds, so the law holds for gaps that are well above one.
        let least = 1e-4;
        let long: Vec<f64> = scaled.into_iter().filter(|&gap| gap > least).collect();
        assert_ks(&long, |x| 1.0 - law.sf(x) / law.sf(least), ALPHA);
    }
}

/// From its first moment a process in equilibrium has its mean rate, and the wait for its first
/// arrival has the mean (1 + cv²)/2 gaps.
#[test]
fn gamma_gaps_begin_in_equilibrium() {
    let spec = ArrivalSpec::Gamma { rate_per_s: 1.0, cv: 2.0 };
    let runs: Vec<Vec<f64>> = (0..4000).map(|r| arrivals(&spec, r, &[], 0.0, 400.0)).collect();
    let first: Vec<f64> =
        runs.iter().map(|times| times.first().copied().unwrap_or(400.0)).collect();
    assert_mean_within(&first, 2.5, ALPHA);
    let early: Vec<f64> =
        runs.iter().map(|times| count(&times[..times.partition_point(|&t| t < 2.0)])).collect();
    assert_mean_within(&early, 2.0, ALPHA);
}

/// With switching rates σ₁, σ₂ (σ = σ₁ + σ₂) and stationary shares π the variance of the count over
/// t is m·t·(1 + 2π₁π₂(λ₁ − λ₂)²/(m·σ)·(1 − (1 − e^(−σt))/(σt))) (Fischer and Meier-Hellstern,
/// Performance Evaluation 18, 1993, §2).
#[test]
fn mmpp_has_its_mean_and_dispersion() {
    let spec =
        ArrivalSpec::Mmpp { rates_per_s: [5.0, 60.0], mean_sojourns: [secs(30.0), secs(10.0)] };
    let (shares, sigma) = ([0.75, 0.25], 1.0 / 30.0 + 1.0 / 10.0);
    let mean_rate = shares[0] * 5.0 + shares[1] * 60.0;
    for length in [5.0, 120.0] {
        let counts: Vec<f64> =
            (0..4000).map(|r| count(&arrivals(&spec, r, &[], -2.0, length - 2.0))).collect();
        let mean = mean_rate * length;
        let st = sigma * length;
        let burst = 2.0 * shares[0] * shares[1] * 55.0 * 55.0 / (mean_rate * sigma);
        let dispersion = 1.0 + burst * (1.0 + (-st).exp_m1() / st);
        assert_mean_within(&counts, mean, ALPHA);
        let scaled: Vec<f64> = counts.iter().map(|n| (n - mean).powi(2) / mean).collect();
        assert_mean_within(&scaled, dispersion, ALPHA);
    }
}

#[test]
fn traffic_that_has_ended_stays_ended() {
    let silent_at_last = ArrivalSpec::Profile { pieces: vec![(secs(0.0), 5.0), (secs(10.0), 0.0)] };
    let fades =
        ArrivalSpec::Ramp { from_per_s: 5.0, to_per_s: 0.0, starts: secs(0.0), lasts: secs(10.0) };
    for spec in [silent_at_last, fades, ArrivalSpec::Poisson { rate_per_s: 5.0 }] {
        let streams = Streams::new(2, 0);
        let mut process = Arrivals::new(&spec, &streams, &[], at(0.0), at(1000.0)).unwrap();
        while process.next().unwrap().is_some() {}
        let mut out = Vec::new();
        process.fill(&mut out, 10).unwrap();
        assert!(out.is_empty() && process.next().unwrap().is_none(), "{spec:?}");
    }
}

/// The real trace at `path` of the shared data, if it is here.
fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: {} is not here", path.display());
    None
}

#[test]
fn a_real_trace_of_counts_is_replayed_at_its_rate() {
    let Some(path) = shared("nab_elb_request_count_5min.csv") else { return };
    let trace = TraceSpec {
        path,
        time_column: "timestamp".to_owned(),
        time_unit: TimeUnit::Rfc3339,
        rows: TraceRows::Counts { column: "request_count".to_owned(), interval: secs(300.0) },
        scale: 1.0,
        random_offset: false,
        repeat: false,
    };
    let summary = trace.survey().unwrap();
    println!("{summary:?}");
    assert_eq!(summary.rows, 4032);
    let spec = ArrivalSpec::Trace(trace.clone());
    let whole = summary.span.as_secs_f64();
    for replication in 0..3 {
        let replayed = count(&arrivals(&spec, replication, &[], -900.0, whole));
        assert!((replayed - summary.total_requests).abs() < 0.5, "{replayed}: a count is a count");
    }
    // A uniformly drawn hour of it has the trace's mean rate.
    let offset = ArrivalSpec::Trace(TraceSpec { random_offset: true, repeat: true, ..trace });
    let hours: Vec<f64> =
        (0..400).map(|r| count(&arrivals(&offset, r, &[], 0.0, 3600.0))).collect();
    assert_mean_within(&hours, 3600.0 * summary.mean_rate_per_s, ALPHA);
}

#[test]
fn a_real_trace_of_requests_is_replayed_to_the_nanosecond() {
    let Some(path) = shared("azure_llm_conv_2023_requests.csv") else { return };
    let trace = TraceSpec {
        path: path.clone(),
        time_column: "arrival_s".to_owned(),
        time_unit: TimeUnit::Seconds,
        rows: TraceRows::Requests,
        scale: 1.0,
        random_offset: false,
        repeat: false,
    };
    let summary = trace.survey().unwrap();
    println!("{summary:?}");
    assert_eq!(summary.rows, 19_366);
    // facts.json: 3501.72194 s from the first request to the last, 0.180827 s on average.
    assert!((summary.span.as_secs_f64() - 3_501.721_94 - 0.180_827).abs() < 1e-5);
    assert!((summary.mean_rate_per_s - 5.530_14).abs() < 1e-4);
    let times = arrivals(&ArrivalSpec::Trace(trace), 0, &[], -900.0, 3600.0);
    let text = std::fs::read_to_string(path).unwrap();
    let written = text.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap());
    let written: Vec<f64> = written.collect();
    assert_eq!(times.len(), written.len());
    assert!(times.iter().zip(&written).all(|(a, b): (&f64, &f64)| (a + 900.0 - b).abs() < 1e-9));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        rng_seed: RngSeed::Fixed(2),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever the process: the same arrivals every time, one by one or in batches, ascending and
    /// within their bounds; another replication has others.
    #[test]
    fn arrivals_are_a_function_of_their_streams(
        rate in 0.5..200.0_f64,
        swing in 0.0..=1.0_f64,
        cv in 0.2..3.0_f64,
        from_s in 0.0..60.0_f64,
        length_s in 0.001..60.0_f64,
        factor in 0.0..4.0_f64,
        batch in 1_usize..50,
    ) {
        let [period, later] = [secs(length_s), secs(from_s)];
        let specs = [
            ArrivalSpec::Poisson { rate_per_s: rate },
            ArrivalSpec::Diurnal { mean_per_s: rate, swing, period, peak_at: later },
            ArrivalSpec::Profile { pieces: vec![(secs(0.0), rate), (period, 2.0 * rate)] },
            ArrivalSpec::Ramp { from_per_s: rate, to_per_s: 0.0, starts: later, lasts: period },
            ArrivalSpec::Gamma { rate_per_s: rate, cv },
            ArrivalSpec::Mmpp { rates_per_s: [rate, 0.0], mean_sojourns: [period, secs(1.0)] },
        ];
        let surges = [surge(from_s - 30.0, from_s + length_s, factor), surge(10.0, 40.0, 1.5)];
        for (spec, surges) in specs.iter().flat_map(|spec| [(spec, &surges[..]), (spec, &[])]) {
            let all = arrivals(spec, 5, surges, -20.0, 100.0);
            let streams = Streams::new(2, 5);
            let mut process = Arrivals::new(spec, &streams, surges, at(-20.0), at(100.0)).unwrap();
            let mut again = Vec::new();
            loop {
                let before = again.len();
                again.extend(process.next().unwrap());
                process.fill(&mut again, batch).unwrap();
                if again.len() < before + 1 + batch {
                    break;
                }
            }
            let again: Vec<f64> = again.into_iter().map(SimTime::as_secs_f64).collect();
            prop_assert_eq!(&all, &again);
            if all.len() > 3 {
                prop_assert_ne!(all, arrivals(spec, 6, surges, -20.0, 100.0));
            }
        }
    }
}
