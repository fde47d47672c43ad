use super::*;
use crate::stats::proportion::clopper_pearson;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const BOTH: [bool; 2] = [true; 2];

fn guesses() -> impl Iterator<Item = Guess> {
    let rates = [1e-6, 0.000_5, 0.02, 0.5, 0.9, 1.0];
    rates.into_iter().flat_map(|rate| {
        [0.05, 0.5, 0.95].into_iter().flat_map(move |share| {
            [BOTH, [true, false], [false, true]].map(|sides| Guess {
                rate,
                mixture: 0.3,
                sides,
                share,
            })
        })
    })
}

/// Whoever bets on which arm an answer came from gains nothing if the arms are alike: each factor is 1 on
/// average over the arms, of a yes and of a no. The stakes add up to 1.
#[test]
fn no_bet_gains_on_average_and_the_stakes_are_one() {
    for guess in guesses() {
        let Bets(bets) = Bets::new(&guess);
        assert!((bets.iter().map(|bet| bet.stake).sum::<f64>() - 1.0).abs() < 1e-12);
        for growth in bets.iter().flat_map(|bet| bet.growth) {
            let mean = (1.0 - guess.share) * growth[0].exp() + guess.share * growth[1].exp();
            assert!((mean - 1.0).abs() < 1e-12, "{guess:?}: {mean}");
        }
        assert!((Bets(bets).p_value([[0; 2]; 2]) - 1.0).abs() < 1e-12);
    }
}

/// The wealth over every sequence of arms and answers of five requests, each with its probability, is 1 on
/// average, whatever the rate that both arms have.
#[test]
fn the_wealth_is_one_on_average_over_all_sequences() {
    for guess in guesses() {
        let Bets(bets) = Bets::new(&guess);
        for rate in [0.01, 0.3] {
            let mut mean = 0.0;
            for code in 0..4_usize.pow(5) {
                let (mut counts, mut probability) = ([[0; 2]; 2], 1.0);
                let mut wealth: Vec<f64> = bets.iter().map(|bet| bet.stake).collect();
                for place in 0..5 {
                    let [yes, arm] = [code >> (2 * place) & 1, code >> (2 * place + 1) & 1];
                    counts[yes][arm] += 1;
                    probability *= if yes == 1 { rate } else { 1.0 - rate };
                    probability *= if arm == 1 { guess.share } else { 1.0 - guess.share };
                    for (wealth, bet) in wealth.iter_mut().zip(&bets) {
                        *wealth *= bet.growth[yes][arm].exp();
                    }
                }
                let wealth: f64 = wealth.iter().sum();
                mean += probability * wealth;
                let p = Bets(bets.clone()).p_value(counts);
                assert!((p - (1.0 / wealth).min(1.0)).abs() < 1e-9, "{p} is not 1/{wealth}");
            }
            assert!((mean - 1.0).abs() < 1e-9, "{guess:?} at {rate}: {mean}");
        }
    }
}

/// Half of the stake is on effects below the mixture, and the sides are as asked.
#[test]
fn the_stake_is_spread_around_the_mixture() {
    let stakes = (0..BETS).map(|index| stake(0.1, index));
    let below: f64 = stakes.filter(|(z, _)| *z < 0.1).map(|(_, stake)| stake).sum();
    assert!((below - 0.5).abs() < 0.04, "{below}");
    let guess = |sides| Guess { rate: 0.1, mixture: 0.3, sides, share: 0.5 };
    let more = [[9_000, 8_500], [1_000, 1_500]];
    let fewer = [[8_500, 9_000], [1_500, 1_000]];
    for (counts, finds) in [(more, [true, false]), (fewer, [false, true])] {
        let [larger, smaller] = [[false, true], [true, false]]
            .map(|sides| Bets::new(&guess(sides)).p_value(counts) < 0.01);
        assert_eq!([larger, smaller], finds);
        assert!(Bets::new(&guess(BOTH)).p_value(counts) < 0.02);
    }
}

/// Looked at after each failure until 3,000 requests, with the rate guessed wrongly and a true one that
/// changes tenfold on the way: of 2,000 tests at most 5 % may err. α of this assertion 10⁻⁴: a true
/// rate of 0.074 would be caught nine times in ten.
#[test]
fn a_wrong_guess_and_a_rate_that_changes_do_no_harm() {
    let runs = 2_000_u64;
    let guess = Guess { rate: 0.05, mixture: 1.0, sides: BOTH, share: 0.2 };
    let bets = Bets::new(&guess);
    let mut wrong = 0;
    for seed in 0..runs {
        let mut luck = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut counts = [[0_u64; 2]; 2];
        let errs = (0..3_000).any(|index| {
            let rate = if index < 1_500 { 0.002 } else { 0.02 };
            let [arm, yes] =
                [luck.random::<f64>() < guess.share, luck.random::<f64>() < rate].map(usize::from);
            counts[yes][arm] += 1;
            yes == 1 && bets.p_value(counts) <= 0.05
        });
        wrong += u64::from(errs);
    }
    let low = clopper_pearson(wrong, runs, 1.0 - 2e-4).expect("runs").low;
    assert!(low <= 0.05, "{wrong} of {runs} wrong, at least {low} in truth");
    assert!(wrong > 0, "a test that never errs was not tried");
}
