//! Tests that may be looked at at any time: how often they err without a difference, and how soon they find
//! one. A look every minute for a day.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use rollout_sim::endpoint::kpi::Revenue;
use rollout_sim::random::inverse::binomial;
use rollout_sim::random::stream::unit;
use rollout_sim::stats::betting::{Bets, Guess};
use rollout_sim::stats::real;
use rollout_sim::stats::sequential::Mixture;
use rollout_sim::stats::two_sample::{Difference, Sided, Values};
use statrs::distribution::{Binomial, DiscreteCDF};

type Luck = Xoshiro256PlusPlus;

const ALPHA: f64 = 0.05;
const LOOKS: u32 = 1_440;
/// Requests of each arm before a look counts: the default.
const AT_LEAST: u64 = 1_000;
const MIXTURES: [f64; 3] = [0.05, 0.3, 1.0];

/// The look at which a test decides, as it is and with the variances of each arm by itself.
type Decided = [Option<u32>; 2];

/// Two arms: requests a look, the challenger's share, what converts, and the value of a conversion.
#[derive(Clone, Copy, Debug)]
struct Arms {
    requests: u64,
    share: f64,
    rates: [f64; 2],
    revenue: Option<Revenue>,
}

impl Arms {
    /// One test with each mixture, on the same requests.
    fn decided(&self, mixtures: &[f64], seed: u64) -> Vec<Decided> {
        let mut luck = Luck::seed_from_u64(seed);
        let bets: Vec<Bets> = mixtures.iter().map(|&mixture| self.bets(mixture)).collect();
        let mut decided = vec![[None; 2]; mixtures.len()];
        let (mut yes, mut values) = ([0; 2], [Values::default(); 2]);
        for look in 1..=LOOKS {
            let of_challenger = draw(&mut luck, self.requests, self.share);
            for (arm, more) in
                [self.requests - of_challenger, of_challenger].into_iter().enumerate()
            {
                let converted = draw(&mut luck, more, self.rates[arm]);
                yes[arm] += converted;
                values[arm].n += more;
                for _ in 0..converted {
                    let value = self
                        .revenue
                        .map_or(1.0, |revenue| revenue.at_score(StandardNormal.sample(&mut luck)));
                    values[arm].sum += value;
                    values[arm].squares += value * value;
                }
            }
            if values.iter().any(|arm| arm.n < AT_LEAST) {
                continue;
            }
            let counts = [[values[0].n - yes[0], values[1].n - yes[1]], yes];
            let found = Difference::of_means(&values[0], &values[1]).expect("values");
            for ((bets, mixture), decided) in bets.iter().zip(mixtures).zip(&mut decided) {
                let tau =
                    mixture * self.rates[0] * self.revenue.map_or(1.0, |revenue| revenue.mean);
                let mixture = Mixture { tau, sided: Sided::Two };
                let now = || match self.revenue {
                    None => bets.p_value(counts),
                    Some(_) => mixture.p_value(&found.cautious()),
                };
                if decided[0].is_none() && now() <= ALPHA {
                    decided[0] = Some(look);
                }
                if decided[1].is_none() && mixture.p_value(&found) <= ALPHA {
                    decided[1] = Some(look);
                }
            }
        }
        decided
    }

    fn bets(&self, mixture: f64) -> Bets {
        Bets::new(&Guess { rate: self.rates[0], mixture, sides: [true; 2], share: self.share })
    }

    /// Of `runs` tests with each mixture, when each decides; `u32::MAX` is never. Ordered.
    fn looks(&self, runs: u64, mixtures: &[f64]) -> Vec<[Vec<u32>; 2]> {
        let all: Vec<Vec<Decided>> =
            (0..runs).into_par_iter().map(|seed| self.decided(mixtures, seed)).collect();
        let of = |mixture: usize, test: usize| {
            let looks = all.iter().map(|run| run[mixture][test].unwrap_or(u32::MAX));
            let mut looks: Vec<u32> = looks.collect();
            looks.sort_unstable();
            looks
        };
        (0..mixtures.len()).map(|mixture| [of(mixture, 0), of(mixture, 1)]).collect()
    }
}

fn draw(luck: &mut Luck, trials: u64, p: f64) -> u64 {
    binomial(trials, p, unit(luck).max(f64::MIN_POSITIVE))
}

fn decided(looks: &[u32]) -> u64 {
    looks.partition_point(|&look| look < u32::MAX) as u64
}

fn same(rate: f64, share: f64, cv: Option<f64>) -> Arms {
    let revenue = cv.map(|cv| Revenue { mean: 10.0, cv });
    // Fewer requests where each conversion has a value to draw.
    let requests = if cv.is_some() { 100 } else { 300 };
    Arms { requests, share, rates: [rate; 2], revenue }
}

/// So many false winners of `runs` are no more than α, in a family of so many cells at 10⁻³.
fn most(runs: u64, cells: u32) -> u64 {
    let level = 1.0 - 1e-3 / f64::from(cells);
    Binomial::new(ALPHA, runs).expect("a probability").inverse_cdf(level)
}

/// The corners of the grid. Of 400 runs, in 18 cells of a family at α = 10⁻³, a true error of 12 % would be
/// caught nine times in ten; with the variances of each arm by itself it is up to half.
#[test]
fn without_a_difference_no_cell_errs_more_often_than_it_may() {
    let (runs, mixtures) = (400, [0.05, 1.0]);
    let mut cells: Vec<Arms> = Vec::new();
    for share in [0.05, 0.5] {
        cells.extend([0.000_5, 0.01, 0.2].map(|rate| same(rate, share, None)));
    }
    cells.extend(
        [(0.05, 1.0), (0.05, 5.0), (0.5, 5.0)].map(|(share, cv)| same(0.02, share, Some(cv))),
    );
    let mut worst_before = 0;
    for arms in cells {
        for (looks, mixture) in arms.looks(runs, &mixtures).iter().zip(mixtures) {
            let [wrong, before] = looks.each_ref().map(|looks| decided(looks));
            assert!(wrong <= most(runs, 18), "{arms:?}, mixture {mixture}: {wrong} of {runs}");
            worst_before = worst_before.max(before);
        }
    }
    assert!(worst_before > runs / 4, "the cells are none in which it is hard: {worst_before}");
}

/// 5 times the failures on a tenth of the traffic: found in half of the runs after an hour and a half at the
/// latest, whatever effect was hoped for. By variances of each arm it took from 2.5 hours to never.
#[test]
fn rare_failures_are_found_soon() {
    let arms = Arms { requests: 300, share: 0.1, rates: [0.001, 0.005], revenue: None };
    for looks in arms.looks(100, &MIXTURES) {
        let [now, before] = looks.map(|looks| looks[50]);
        assert!(now < 95 && before > now, "{now} {before}");
    }
}

/// Prints the tables of docs/validation.md.
#[test]
#[ignore = "minutes: measures what docs/validation.md says"]
fn the_full_grid() {
    let rates = [0.000_5, 0.002, 0.01, 0.05, 0.2].map(|rate| (rate, None));
    let values =
        [(0.02, 1.0), (0.02, 3.0), (0.02, 5.0), (0.1, 3.0)].map(|(rate, cv)| (rate, Some(cv)));
    for share in [0.05, 0.1, 0.2, 0.5] {
        for (rate, cv) in rates.into_iter().chain(values) {
            let (arms, runs) = (same(rate, share, cv), if cv.is_some() { 1_000 } else { 2_000 });
            let all = arms.looks(runs, &MIXTURES);
            print(&arms, "", &all, |looks| {
                format!("{:.1} %", 100.0 * real(decided(looks)) / real(runs))
            });
            for looks in all {
                assert!(decided(&looks[0]) <= most(runs, 108), "{arms:?}");
            }
        }
    }
    let rates =
        [(0.001, 5.0), (0.001, 2.0), (0.01, 2.0), (0.01, 1.3), (0.01, 0.5), (0.2, 1.1), (0.2, 0.9)];
    let rates = rates.map(|(rate, factor)| (rate, factor, None));
    let values = [(0.02, 2.0, Some(3.0)), (0.1, 1.2, Some(1.0)), (0.1, 0.8, Some(1.0))];
    for (rate, factor, cv) in rates.into_iter().chain(values) {
        for share in [0.1, 0.5] {
            let revenue = cv.map(|cv| Revenue { mean: 10.0, cv });
            let arms = Arms { requests: 300, share, rates: [rate, rate * factor], revenue };
            let median = |looks: &[u32]| match looks[100] {
                u32::MAX => "never".to_owned(),
                look => look.to_string(),
            };
            print(&arms, &format!(" × {factor}"), &arms.looks(200, &MIXTURES), median);
        }
    }
}

#[expect(clippy::print_stderr, reason = "a table to be copied")]
fn print(arms: &Arms, effect: &str, all: &[[Vec<u32>; 2]], of: impl Fn(&[u32]) -> String) {
    let cells = all.iter().map(|[now, before]| format!("{} ({})", of(now), of(before)));
    let cells: Vec<String> = cells.collect();
    let cv = arms.revenue.map_or(String::new(), |revenue| format!(", cv {}", revenue.cv));
    let [rate, share] = [arms.rates[0], arms.share].map(|share| 100.0 * share);
    eprintln!("| {rate} %{cv}{effect} | {share} % | {} |", cells.join(" | "));
}
