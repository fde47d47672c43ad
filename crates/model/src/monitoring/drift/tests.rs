use super::*;

/// Counts of `samples` scores at the midpoints of equal probabilities, moved by `shift_sd`: a sample
/// without sampling noise.
fn ideal(shift_sd: f64, samples: u32) -> Vec<u64> {
    let (bins, normal) = (Bins::default(), Normal::standard());
    let mut counts = vec![0; BINS];
    for index in 0..samples {
        let p = (f64::from(index) + 0.5) / f64::from(samples);
        counts[bins.of(normal.inverse_cdf(p) + shift_sd)] += 1;
    }
    counts
}

#[test]
fn the_distance_of_a_shift_is_the_closed_form() {
    let baseline = ideal(0.0, 200_000);
    for shift_sd in [-1.0, 0.1, 0.25, 0.5, 1.0, 2.0] {
        let found = distance(&ideal(shift_sd, 200_000), &baseline, Distance::Simple);
        let found = found.expect("samples").as_f64();
        let closed = 2.0 * Normal::standard().cdf(shift_sd.abs() / 2.0) - 1.0;
        // Never farther, and short of it by what 99 edges miss.
        assert!(found <= closed + 1e-5 && found >= closed - 1e-3, "{shift_sd}: {found}, {closed}");
    }
}

#[test]
fn edges_split_the_baseline_into_equal_parts() {
    assert!(ideal(0.0, 10_000).iter().all(|&count| count == 100));
    let bins = Bins::default();
    assert_eq!([-9.0, -1e-9, 0.0, 9.0].map(|value| bins.of(value)), [0, 49, 50, 99]);
}

/// Against the definition, value by value at every edge.
#[test]
fn the_distance_by_brute_force() {
    let mut window = vec![0; BINS];
    let mut baseline = vec![0; BINS];
    for (index, place) in [3, 50, 50, 51, 99, 7].into_iter().enumerate() {
        window[place] += 1 + index as u64;
        baseline[(place * 7) % BINS] += 2;
    }
    let share = |counts: &[u64], bins: usize| {
        let [part, all] = [&counts[..bins], counts].map(|part| part.iter().sum::<u64>());
        Ratio::new(part.into(), all.into()).as_f64()
    };
    let expected = (0..=BINS)
        .map(|bins| (share(&window, bins) - share(&baseline, bins)).abs())
        .fold(0.0, f64::max);
    let found = distance(&window, &baseline, Distance::Simple).expect("samples").as_f64();
    assert!((found - expected).abs() < 1e-12);
}

#[test]
fn the_robust_distance_takes_off_what_chance_makes() {
    let (window, baseline) = (ideal(0.5, 900), ideal(0.0, 100));
    let [simple, robust] =
        [Distance::Simple, Distance::Robust].map(|which| distance(&window, &baseline, which));
    let taken_off = simple.expect("samples").as_f64() - robust.expect("samples").as_f64();
    // 1.8·√(1000/90 000) = 0.18973666.
    assert!((taken_off - 0.189_736_659_610).abs() < 1e-9, "{taken_off}");
    let equal = distance(&ideal(0.0, 50), &baseline, Distance::Robust);
    assert_eq!(equal, Some(Ratio::whole(0)));
    assert_eq!(distance(&vec![0; BINS], &baseline, Distance::Robust), None);
}
