//! A test of two probabilities that may be looked at at any time, exact for every sample size.
//!
//! Each request falls to the challenger with probability ρ, whatever comes of it. If both arms have one
//! probability, the arm tells nothing about the answer, and a bettor who guesses the arm from the answer
//! gains nothing on average. Who bets that the probabilities are b for blue and c for the challenger lets
//! the stake grow by
//!
//! ```text
//! c/p̄ and (1 − c)/(1 − p̄) by a yes and a no of the challenger      p̄ = (1 − ρ)b + ρc
//! b/p̄ and (1 − b)/(1 − p̄) by a yes and a no of blue
//! ```
//!
//! which is 1 on average: the likelihood ratio of the arms given the answers. So the wealth is a martingale
//! that begins at 1, and P(wealth ever ≥ 1/α) ≤ α (Ville 1939) however often one looks, at every rate and
//! share and also if the rate changes with time. 1/wealth, the least so far, is an always-valid p-value.
//! Nothing is estimated, so an arm without an event does no harm. A wrong guess of the rate costs power and
//! no validity.
//!
//! **The stake is spread** over effects c = b·e^z and c = b·e^−z: half of it on z below `mixture`, half on
//! larger ones (half-Cauchy weights on a geometric grid), so that an effect far from the one that was hoped
//! for is found, too. A sum of martingales is one, so the grid is no approximation.
//!
//! Sources: Robbins 1970, Ann. Math. Stat. 41, 1397–1409; Lindon & Malek 2022, Anytime-Valid Inference for
//! Multinomial Count Data, `NeurIPS`, <https://arxiv.org/abs/2011.03567>; Turner, Ly & Grünwald 2024,
//! Generic E-Variables for Exact Sequential k-Sample Tests that Allow for Optional Stopping, J. Stat.
//! Plan. Inference 230, <https://arxiv.org/abs/2106.02693>.

use super::real;

/// What the bets are tuned for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// Blue's probability, 0 to 1.
    pub rate: f64,
    /// The median of z, above 0.
    pub mixture: f64,
    /// Whether it is bet that the challenger's probability is the smaller one, and that it is the larger.
    pub sides: [bool; 2],
    /// The challenger's share of the requests of both, above 0 and below 1.
    pub share: f64,
}

/// Stakes on several effects of one challenger.
#[derive(Clone, Debug)]
pub struct Bets(Vec<Bet>);

#[derive(Clone, Copy, Debug)]
struct Bet {
    stake: f64,
    /// Logarithms of the growth by a no and by a yes, each of blue and of the challenger.
    growth: [[f64; 2]; 2],
}

/// Bets on either side: z from about 1/50 to 50 times the mixture, each 1.25 times the one before.
const BETS: i32 = 36;
/// Ratio of two neighbours. A bet that is off by half of that grows 1.4 % more slowly than the best.
const STEP: f64 = 1.25;
/// No bet is on a factor above e^6 or a probability above this.
const MOST_Z: f64 = 6.0;
const MOST: f64 = 0.98;

impl Bets {
    /// By what is guessed.
    pub fn new(guess: &Guess) -> Self {
        let sides = [-1.0, 1.0].into_iter().zip(guess.sides).filter(|(_, is_on)| *is_on);
        let share = if guess.sides == [true; 2] { 0.5 } else { 1.0 };
        let bets = sides.flat_map(|(sign, _)| {
            (0..BETS).map(move |index| {
                let (z, stake) = stake(guess.mixture, index);
                let rates = [guess.rate, guess.rate * (sign * z).exp()];
                Bet { stake: share * stake, growth: growth(rates, guess.share) }
            })
        });
        Self(bets.collect())
    }

    /// 1/wealth, at most 1, after so many requests with a no and with a yes, each of blue and of the
    /// challenger.
    pub fn p_value(&self, counts: [[u64; 2]; 2]) -> f64 {
        let counts = counts.map(|arms| arms.map(real));
        let wealth = self.0.iter().map(|bet| {
            let parts = counts.as_flattened().iter().zip(bet.growth.as_flattened());
            bet.stake * parts.map(|(count, growth)| count * growth).sum::<f64>().exp()
        });
        (1.0 / wealth.sum::<f64>()).min(1.0)
    }
}

/// The z of a bet, and the weight that the half-Cauchy law gives it.
fn stake(mixture: f64, index: i32) -> (f64, f64) {
    let place = STEP.powf(f64::from(index) - f64::from(BETS - 1) / 2.0);
    let below = |edge: f64| edge.atan() / std::f64::consts::FRAC_PI_2;
    let low = if index == 0 { 0.0 } else { below(place / STEP.sqrt()) };
    let high = if index == BETS - 1 { 1.0 } else { below(place * STEP.sqrt()) };
    ((mixture * place).min(MOST_Z), high - low)
}

fn growth(rates: [f64; 2], share: f64) -> [[f64; 2]; 2] {
    let [blue, challenger] = rates.map(|rate| rate.clamp(f64::MIN_POSITIVE, MOST));
    let mean = blue + share * (challenger - blue);
    let against = |part: f64, whole: f64| (part / whole).ln();
    [
        [blue, challenger].map(|rate| against(1.0 - rate, 1.0 - mean)),
        [blue, challenger].map(|rate| against(rate, mean)),
    ]
}

#[cfg(test)]
mod tests;
