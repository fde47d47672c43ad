//! Against queues that have a closed form: a bound is never below it, and of a light load not far above.

use super::*;
use crate::stats::queueing::MMc;
use crate::stats::queueing::pollaczek_khinchine;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Exponential of mean 1, in points that are at the upper ends of their cells.
fn exponential() -> Service {
    let cells = 8000_u32;
    let end = |cell: u32| -(1.0 - f64::from(cell) / f64::from(cells)).ln();
    let top = f64::from(cells).ln() + 1.0;
    let points = (1..=cells).map(|cell| (1.0 / f64::from(cells), end(cell).min(top)));
    Service::new(points)
}

fn bound(service: &Service, load: f64) -> WaitBound<'_> {
    WaitBound::new(service, waiting_share(load, 1.0, 1), load)
}

/// One part in a thousand is for points instead of a law.
fn enclosed(got: f64, exact: f64, factor: f64) {
    assert!(got >= exact * (1.0 - 1e-3) && got <= exact * factor, "{got} for {exact}");
}

#[test]
fn one_server_of_exponential_services() {
    let service = exponential();
    for (load, factor) in [(0.002, 1.06), (0.01, 1.2), (0.05, 1.9)] {
        let queue = bound(&service, load);
        for w in [0.0, 0.5, 1.0, 2.0, 3.0] {
            enclosed(queue.over(w), load * (-(1.0 - load) * w).exp(), factor);
        }
        for x in [0.3_f64, 1.0, 3.0] {
            let exact = (-(1.0 - load) * x).exp() - (-x).exp();
            enclosed(queue.adds_over(x, &service), exact, factor);
        }
        let mean = pollaczek_khinchine(load, 1.0, 1.0).expect("stable");
        enclosed(queue.mean_s(), mean * 0.995, 1.01);
        // A queue of L waiting requests holds L + 1.
        for places in [1, 10, 40] {
            let exact = load.powi(i32::try_from(places).unwrap() + 1);
            assert!(queue.fills(places, load) >= exact);
        }
        assert!(queue.fills(10, load) < 2e-4 && queue.fills(40, load) < 1e-9, "{load}");
    }
}

/// Erlang 1909: P(W ≤ t) = (1 − ρ)·Σ (−ρ(t − k))ᵏ/k!·e^(ρ(t − k)) over k up to t, of services of 1.
#[test]
fn one_server_of_constant_services() {
    let service = Service::new([(1.0, 1.0)]);
    for load in [0.01, 0.05] {
        let queue = bound(&service, load);
        for t in [0.0_f64, 0.3, 0.9, 1.5, 2.2] {
            let mut factorial = 1.0;
            let mut sum = 0.0;
            for k in 0..=5 {
                let left = t - f64::from(k);
                if left >= 0.0 {
                    sum += (-load * left).powi(k) / factorial * (load * left).exp();
                }
                factorial *= f64::from(k + 1);
            }
            let exact = 1.0 - (1.0 - load) * sum;
            enclosed(queue.over(t), exact, if t <= 0.9 { 1.8 } else { 10.0 });
        }
        enclosed(queue.mean_s(), load / (2.0 * (1.0 - load)), 1.0 + 1e-9);
    }
}

/// 99.9 % take 10 ms, 0.1 % take 9 s, 0.5 requests a second: (9 s)² · 0.1 % · 0.5 /2 is 20 ms of wait, and
/// nearly nobody waits.
#[test]
fn few_long_services_make_long_waits_of_few() {
    let service = Service::new([(0.999, 0.01), (0.001, 9.0)]);
    let load = 0.5 * service.mean_s();
    let queue = WaitBound::new(&service, waiting_share(0.5, service.mean_s(), 1), load);
    enclosed(queue.over(0.0), load, 1.0 + 1e-9);
    let scv = service.deviation_s().powi(2) / service.mean_s().powi(2);
    let exact = pollaczek_khinchine(0.5, service.mean_s(), scv).expect("stable");
    enclosed(queue.mean_s(), exact * (1.0 - 1e-9), 1.0 + 1e-6);
    assert!((exact - 0.0204).abs() < 2e-4);
    // More than waits for a second than is served for a second.
    assert!(queue.adds_over(1.0, &service) > 3.0 * service.over(1.0));
}

/// Of exponential services what is said of c servers is a bound at any load.
#[test]
fn several_servers_of_exponential_services() {
    let service = exponential();
    for (servers, load) in [(2, 0.05), (2, 0.6), (8, 0.3), (64, 0.5)] {
        let rate = load * f64::from(servers);
        let exact = MMc::new(rate, 1.0, servers).expect("stable");
        let share = waiting_share(rate, 1.0, servers);
        assert!((share / exact.p_wait() - 2.0).abs() < 1e-9 || share >= 1.0);
        let queue = WaitBound::new(&service, share, load);
        for w in [0.0, 0.1, 0.5, 1.0, 3.0] {
            let drain = f64::from(servers) - rate;
            assert!(queue.over(w) >= exact.p_wait() * (-drain * w).exp(), "{servers} {load} {w}");
        }
        let lee_longton = exact.wait_mean_s();
        let times = 2.0 * f64::from(servers) * share / (2.0 * exact.p_wait());
        assert!((queue.mean_s() / lee_longton / times - 1.0).abs() < 0.01);
    }
}

#[test]
fn laws_of_points() {
    let law = Service::new([(0.5, 3.0), (0.25, 1.0), (0.25, 2.0)]);
    let is = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-12, "{got}, {expected}");
    for (x, above) in [(0.0, 1.0), (1.0, 0.75), (2.5, 0.5), (3.0, 0.0)] {
        is(law.over(x), above);
    }
    for (q, at) in [(0.2, 1.0), (0.25, 1.0), (0.5, 2.0), (0.51, 3.0), (1.0, 3.0)] {
        is(law.quantile_s(q), at);
    }
    assert!((law.mean_s() - 2.25).abs() < 1e-12);
    let residual = |w: f64| (0.5 * (3.0 - w) + 0.25 * (2.0 - w).max(0.0)) / 2.25;
    assert!((law.residual_over(1.5) - residual(1.5)).abs() < 1e-12);
    let changed = law.changed(2.0, 1.0);
    assert!(
        (changed.mean_s() - 5.5).abs() < 1e-12 && changed.over(6.9).to_bits() == 0.5_f64.to_bits()
    );
    is(waiting_share(1.0, 1.0, 1), 1.0);
    is(waiting_share(0.0, 1.0, 3), 0.0);
}

/// Requests that come to a queue with several servers, one by one (Kiefer and Wolfowitz's recursion): no
/// share of waits above a time is beyond the bound by 4.5 standard deviations, and about half of the bound
/// waits, whatever the services are.
#[test]
fn several_servers_of_any_services() {
    let laws = [
        Service::new([(0.999, 0.01), (0.001, 9.0)]),
        Service::new([(0.995, 0.01), (0.005, 1.0)]),
        Service::new([(1.0, 0.012)]),
        exponential(),
    ];
    let mut random = Xoshiro256PlusPlus::seed_from_u64(8);
    for law in &laws {
        for (servers, load) in [(2, 0.05), (4, 0.2), (8, 0.3)] {
            let rate = load * f64::from(servers) / law.mean_s();
            let share = waiting_share(rate, law.mean_s(), servers);
            let bound = WaitBound::new(law, share, load);
            let cuts = [0.0, 0.5, 2.0, 20.0].map(|part| part * law.mean_s());
            let mut seen = [0.0; 4];
            let mut left_s = vec![0.0_f64; usize::try_from(servers).unwrap()];
            let arrivals = 400_000;
            for _ in 0..arrivals {
                let gap_s = -(1.0 - random.random::<f64>()).ln() / rate;
                for left in &mut left_s {
                    *left = (*left - gap_s).max(0.0);
                }
                let least = left_s.iter_mut().min_by(|a, b| a.total_cmp(b)).unwrap();
                for (count, cut) in seen.iter_mut().zip(cuts) {
                    *count += f64::from(u8::from(*least > cut));
                }
                *least += law.quantile_s(random.random::<f64>());
            }
            let n = f64::from(arrivals);
            for (count, cut) in seen.into_iter().zip(cuts) {
                let most = n * bound.over(cut);
                assert!(
                    count <= most + 4.5 * most.sqrt(),
                    "{servers} {load} {cut}: {count} {most}"
                );
            }
            let part = seen[0] / n / share;
            assert!(part > 0.3 && part < 0.8, "{servers} {load}: {part} of the bound waits");
        }
    }
}
