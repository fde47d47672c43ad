//! Totals are exact, places uniform, parts and factors binomial; α = 10⁻⁶ for each comparison of moments
//! unless it says otherwise.

use super::*;
use crate::random::arrival::{ArrivalSpec, Arrivals, TimeUnit, TraceRows, load};
use crate::time::{NANOS_PER_S, SimDuration};
use std::io::Write;

/// Requests a minute: of mean 30, and an index of dispersion of 1.05 on purpose.
const RECORDED: [u32; 10] = [24, 36, 30, 25, 38, 29, 31, 22, 33, 32];

/// A trace of these counts a minute, each row a minute after the one before.
fn trace(counts: &[impl ToString]) -> (tempfile::NamedTempFile, TraceSpec) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let rows = (0..).zip(counts).map(|(row, n)| format!("{},{}\n", 60 * row, n.to_string()));
    write!(file, "t,n\n{}", rows.collect::<String>()).unwrap();
    let interval = SimDuration::from_secs(60);
    let spec = TraceSpec {
        path: file.path().to_owned(),
        time_column: "t".to_owned(),
        time_unit: TimeUnit::Seconds,
        rows: TraceRows::Counts { column: "n".to_owned(), interval },
        scale: 1.0,
        random_offset: false,
        repeat: true,
    };
    (file, spec)
}

fn at(seconds: i64) -> SimTime {
    SimTime::from_nanos(NANOS_PER_S * seconds)
}

/// The arrivals of a replication from 0 to `until_s` \[s\].
fn arrivals(spec: &TraceSpec, replication: u64, surges: &[Surge], until_s: i64) -> Vec<f64> {
    let spec = ArrivalSpec::Trace(spec.clone());
    let streams = Streams::new(4, replication);
    let mut process = Arrivals::new(&spec, &streams, surges, at(0), at(until_s)).unwrap();
    let mut out = Vec::new();
    process.fill(&mut out, usize::MAX).unwrap();
    assert!(out.is_sorted() && out.last().is_none_or(|&last| last < at(until_s)));
    out.into_iter().map(SimTime::as_secs_f64).collect()
}

fn within(times: &[f64], from_s: f64, until_s: f64) -> usize {
    times.iter().filter(|&&t| t >= from_s && t < until_s).count()
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Holds mean and variance of counts to 4.9 standard errors: the variance's is √(2/n) of it, and a little
/// more for the excess of small binomials.
fn assert_moments(counts: &[f64], mean: f64, variance: f64) {
    let n = float(counts.len());
    let seen = counts.iter().sum::<f64>() / n;
    let spread = counts.iter().map(|c| (c - seen).powi(2)).sum::<f64>() / (n - 1.0);
    assert!((seen - mean).abs() <= 4.9 * (variance / n).sqrt() + 1e-9, "mean {seen} for {mean}");
    let error = 4.9 * (2.1 / n).sqrt();
    assert!((spread - variance).abs() <= error * variance + 1e-9, "{spread} for {variance}");
}

/// The recording's index of dispersion is the replay's: 400 passes, each with places of its own.
#[test]
fn each_interval_has_exactly_its_count_in_every_pass() {
    let (_file, spec) = trace(&RECORDED);
    let times = arrivals(&spec, 0, &[], 400 * 600);
    let minutes: Vec<usize> =
        (0..4000_u32).map(|minute| within_sorted(&times, 60.0 * f64::from(minute), 60.0)).collect();
    for (minute, seen) in minutes.iter().enumerate() {
        assert_eq!(*seen, RECORDED[minute % 10] as usize, "minute {minute}");
    }
    let mean = minutes.iter().copied().map(float).sum::<f64>() / 4000.0;
    let squares: f64 = minutes.iter().map(|&seen| (float(seen) - mean).powi(2)).sum();
    let recorded: f64 = RECORDED.iter().map(|&n| (f64::from(n) - 30.0).powi(2)).sum::<f64>() / 10.0;
    assert!((squares / 4000.0 / mean - recorded / 30.0).abs() < 1e-9);
    let places = |pass: u32| -> Vec<f64> {
        let base = 600.0 * f64::from(pass);
        times.iter().filter(|t| (base..base + 60.0).contains(*t)).map(|t| t - base).collect()
    };
    assert_ne!(places(0), places(1));
}

fn within_sorted(times: &[f64], from_s: f64, length_s: f64) -> usize {
    let before = |s: f64| times.partition_point(|&t| t < s);
    before(from_s + length_s) - before(from_s)
}

/// Kolmogorov and Smirnov at α = 10⁻⁵ (2.47/√n: a law off by 0.0071 in 120,000 shows), the first of n places
/// at 1/(n + 1) of the interval in the mean, and neighbouring minutes without correlation.
#[test]
fn places_are_uniform_and_independent() {
    let (_file, spec) = trace(&RECORDED);
    let times = arrivals(&spec, 1, &[], 400 * 600);
    let mut parts: Vec<f64> = times.iter().map(|t| t % 60.0 / 60.0).collect();
    parts.sort_unstable_by(f64::total_cmp);
    let n = float(parts.len());
    let distance = parts.iter().zip(1..).map(|(&x, rank): (&f64, u32)| {
        let rank = f64::from(rank);
        (rank / n - x).max(x - (rank - 1.0) / n)
    });
    assert!(distance.fold(0.0, f64::max) < 2.47 / n.sqrt());
    let firsts: Vec<f64> = (0..400_u32)
        .map(|pass| {
            let base = 600.0 * f64::from(pass);
            (times.iter().find(|&&t| t >= base).unwrap() - base) / 60.0
        })
        .collect();
    let k = f64::from(RECORDED[0]);
    let mean = firsts.iter().sum::<f64>() / 400.0;
    let sd = (k / ((k + 1.0) * (k + 1.0) * (k + 2.0))).sqrt();
    assert!((mean - 1.0 / (k + 1.0)).abs() < 4.9 * sd / 20.0, "{mean}");
    // Halves of minutes: n at ½, so of a minute's first half the variance is n/4, and halves of one minute
    // have correlation −1.
    let halves: Vec<f64> =
        (0..400_u32).map(|p| float(within_sorted(&times, 600.0 * f64::from(p), 30.0))).collect();
    assert_moments(&halves, k / 2.0, k / 4.0);
}

/// Of the row that the start of the traffic cuts, and of the one that its end cuts, the part that lies
/// inside.
#[test]
fn parts_of_intervals_are_binomial() {
    let (_file, spec) = trace(&[200]);
    let ends: Vec<f64> =
        (0..2000).map(|r| float(arrivals(&spec, r, &[], 75).len() - 200)).collect();
    assert_moments(&ends, 50.0, 37.5);
    let offset = TraceSpec { random_offset: true, ..spec };
    for replication in 0..50 {
        let streams = Streams::new(4, replication);
        let drawn = offset.draw_offset(&streams).unwrap();
        let cut_s = 60.0 - SimDuration::from_nanos(drawn).as_secs_f64();
        let times = arrivals(&offset, replication, &[], 200);
        assert_eq!(within(&times, cut_s, cut_s + 60.0), 200, "the first whole row");
        assert_eq!(within(&times, cut_s + 60.0, cut_s + 120.0), 200, "and the next");
        let mean = 200.0 * cut_s / 60.0;
        let sd = (mean * (1.0 - cut_s / 60.0)).sqrt();
        assert!((float(within(&times, 0.0, cut_s)) - mean).abs() < 5.0 * sd + 1.0);
    }
}

#[test]
fn factors_thin_and_copy() {
    let (_file, spec) = trace(&[200]);
    let totals = |scale: f64, surges: &[Surge]| -> Vec<f64> {
        let spec = TraceSpec { scale, ..spec.clone() };
        (0..2000).map(|r| float(arrivals(&spec, r, surges, 60).len())).collect()
    };
    assert_moments(&totals(0.4, &[]), 80.0, 200.0 * 0.4 * 0.6);
    assert_moments(&totals(3.0, &[]), 600.0, 0.0);
    assert_moments(&totals(2.5, &[]), 500.0, 50.0);
    // Three times as many over a half: n + 2·Bin(n, ½).
    let surge = |from, until, factor| Surge { from: at(from), until: at(until), factor };
    assert_moments(&totals(1.0, &[surge(15, 45, 3.0)]), 400.0, 200.0);
    // Undone by the scale where it holds, and nothing where the traffic is out.
    assert_moments(&totals(0.5, &[surge(0, 60, 2.0)]), 200.0, 0.0);
    assert_moments(&totals(1.0, &[surge(-10, 60, 0.0)]), 0.0, 0.0);
    // Copies have places of their own.
    let times = arrivals(&TraceSpec { scale: 2.0, ..spec.clone() }, 0, &[], 60);
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn a_value_that_is_not_whole_keeps_its_mean() {
    let (_file, spec) = trace(&["12.25"]);
    let counts: Vec<f64> = (0..4000).map(|r| float(arrivals(&spec, r, &[], 60).len())).collect();
    assert!(counts.iter().all(|count| [12.0, 13.0].contains(count)));
    assert_moments(&counts, 12.25, 0.25 * 0.75);
}

/// What is simulated and what is drawn at once have the same numbers in every stretch, under surges, silence
/// between rows, an offset, and an end inside a row.
#[test]
fn both_planes_have_the_same_counts() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "t,n\n0,40\n60,90\n180,7\n").unwrap();
    let (_unused, spec) = trace(&[1]);
    let spec = TraceSpec { path: file.path().to_owned(), scale: 1.3, random_offset: true, ..spec };
    let surges = [Surge { from: at(20), until: at(110), factor: 1.7 }];
    for replication in 0..20 {
        let times = arrivals(&spec, replication, &surges, 500);
        let streams = Streams::new(4, replication);
        let arrivals = ArrivalSpec::Trace(spec.clone());
        let pieces = load(&arrivals, &streams, &surges, (at(0), at(500))).unwrap().unwrap();
        assert_eq!((pieces[0].from, pieces.last().unwrap().until), (at(0), at(500)));
        let mut all = 0;
        for piece in &pieces {
            let [from, until] = [piece.from, piece.until].map(SimTime::as_secs_f64);
            let count = usize::try_from(piece.count.unwrap()).unwrap();
            assert_eq!(within(&times, from, until), count, "{piece:?}");
            let expected = piece.requests(piece.from, piece.until);
            assert!((expected - float(count)).abs() < 1e-6);
            all += count;
        }
        assert_eq!(all, times.len());
    }
}
