use super::*;

fn close(got: Option<f64>, expected: f64, within: f64) {
    assert!(got.is_some_and(|got| (got - expected).abs() < within), "{got:?}, expected {expected}");
}

fn pairs_of(table: Table) -> Vec<(bool, bool)> {
    [
        (table.both, (true, true)),
        (table.only_a, (true, false)),
        (table.only_b, (false, true)),
        (table.neither, (false, false)),
    ]
    .into_iter()
    .flat_map(|(count, pair)| (0..count).map(move |_| pair))
    .collect()
}

#[test]
fn figures_are_compared_pair_by_pair() {
    // Gosset's sleep data (1908), as in R: t.test(x, y, paired = TRUE).
    let one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let two = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    let pairs: Vec<(f64, f64)> = two.into_iter().zip(one).collect();
    let paired = figures(&pairs, &[], 0.95).expect("ten pairs");
    close(paired.p_value, 0.002_833, 1e-6);
    close(paired.interval.map(|interval| interval.low), 0.700_114, 1e-5);
    // The outlier of 4.6 hours pulls the upper end out, where Hall's interval is the wider one (SciPy's
    // root of his equation); R's t.test, which takes no notice of it, has 2.459886.
    close(paired.interval.map(|interval| interval.high), 5.108_252, 1e-5);
    // Variances 4.009 and 3.200556, of the differences 1.512889 (R's var).
    close(paired.pairing_gain, (4.009 + 3.200_556) / 1.512_889, 1e-5);
}

#[test]
fn no_difference_at_all_is_exactly_zero() {
    let paired = figures(&[(5.0, 5.0), (7.0, 7.0), (0.1, 0.1)], &[], 0.95).expect("three pairs");
    assert_eq!(paired.interval, Some(Interval { low: 0.0, high: 0.0 }));
    assert_eq!((paired.difference, paired.p_value, paired.pairing_gain), (0.0, Some(1.0), None));
    assert_eq!(figures(&[], &[], 0.95), None);
    assert_eq!(shares(&[], 0.95), None);
}

#[test]
fn shares_that_never_differ_still_have_a_width() {
    // Ten successes on both sides: the interval is Wilson's own distance, 1 − 0.7225.
    let paired = shares(&[(true, true); 10], 0.95).expect("ten pairs");
    close(paired.interval.map(|interval| interval.high), 0.277_533, 1e-6);
    close(paired.interval.map(|interval| interval.low), -0.277_533, 1e-6);
    assert_eq!((paired.difference, paired.p_value), (0.0, Some(1.0)));
}

#[test]
fn mcnemar_is_the_binomial_of_the_pairs_that_differ() {
    // Ten pairs that all differ one way: 2·2⁻¹⁰. One against five: 2·(1 + 6)/2⁶.
    let all = shares(&[(true, false); 10], 0.95).expect("ten pairs");
    close(all.p_value, 2.0 / 1024.0, 1e-12);
    let some = Table { both: 50, only_a: 1, only_b: 5, neither: 7 };
    close(shares(&pairs_of(some), 0.95).and_then(|paired| paired.p_value), 14.0 / 64.0, 1e-12);
}

/// Exact coverage over all tables of 30 pairs, for populations from independent to nearly always
/// alike. A t interval covers the last ones with a probability below 0.75.
#[test]
fn the_interval_of_shares_covers() {
    let n = 30;
    for probabilities in
        [[0.25; 4], [0.6, 0.2, 0.05, 0.15], [0.9, 0.05, 0.01, 0.04], [0.02, 0.04, 0.0, 0.94]]
    {
        let truth = probabilities[1] - probabilities[2];
        let mut covered = 0.0;
        for table in tables(n) {
            if table.interval(0.95).expect("there are pairs").contains(truth) {
                covered += probability(table, probabilities);
            }
        }
        assert!((0.935..=1.0).contains(&covered), "{probabilities:?} is covered with {covered}");
    }
}

fn tables(n: u64) -> impl Iterator<Item = Table> {
    (0..=n).flat_map(move |both| {
        (0..=n - both).flat_map(move |only_a| {
            (0..=n - both - only_a).map(move |only_b| {
                let neither = n - both - only_a - only_b;
                Table { both, only_a, only_b, neither }
            })
        })
    })
}

/// The multinomial probability, as a product of binomials.
fn probability(table: Table, probabilities: [f64; 4]) -> f64 {
    use statrs::distribution::Discrete;
    let counts = [table.both, table.only_a, table.only_b, table.neither];
    let (mut left, mut mass, mut product) = (counts.iter().sum::<u64>(), 1.0, 1.0);
    for (count, p) in counts.into_iter().zip(probabilities) {
        let share = if mass > 0.0 { (p / mass).clamp(0.0, 1.0) } else { 0.0 };
        product *= Binomial::new(share, left).expect("a probability").pmf(count);
        left -= count;
        mass -= p;
    }
    product
}
