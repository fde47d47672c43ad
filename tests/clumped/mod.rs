//! How often an alarm goes off on clumps of errors, computed.

use statrs::distribution::{Beta, ContinuousCDF, Discrete, Poisson};

/// Errors of a fleet that come in clumps.
#[derive(Clone, Copy, Debug)]
pub struct Clumped {
    /// Mean number of requests of a minute.
    pub requests: f64,
    /// Mean probability of an error.
    pub p: f64,
    /// Correlation within a cell of a minute.
    pub rho: f64,
    /// The probability that a clump goes on for another minute.
    pub persistence: f64,
}

impl Clumped {
    /// The probability that two of three neighbours among `minutes` minutes have a rate above `theta`.
    ///
    /// A Markov chain over the minute's own error probability q and which of the last two minutes breached.
    /// Given q a minute of n requests breaches with P(X > k), which is a beta distribution's at q; n is
    /// Poisson.
    pub fn two_of_three(self, minutes: u32, theta: f64) -> f64 {
        let spread = (1.0 - self.rho) / self.rho;
        let beta = Beta::new(self.p * spread, (1.0 - self.p) * spread).expect("a mean");
        // Ends of the pieces of q, closer together where it is small.
        let end = |cut: u32| (f64::from(cut) / f64::from(CUTS)).powi(2);
        let masses = (0..CUTS).map(|cut| beta.cdf(end(cut + 1)) - beta.cdf(end(cut)));
        let masses: Vec<f64> = masses.collect();
        let breach = self.breaching(theta, |cut| 0.5 * (end(cut) + end(cut + 1)));
        // Neither of the last two breached, the last one did, the one before it did.
        let mut states = [masses.clone(), vec![0.0; masses.len()], vec![0.0; masses.len()]];
        for _ in 0..minutes {
            let [none, last, older] = &states;
            let mut next = [Vec::new(), Vec::new(), Vec::new()];
            for (index, breach) in breach.iter().enumerate() {
                next[0].push((none[index] + older[index]) * (1.0 - breach));
                next[1].push(none[index] * breach);
                next[2].push(last[index] * (1.0 - breach));
            }
            states = next.map(|state| {
                let fresh = (1.0 - self.persistence) * state.iter().sum::<f64>();
                let each = state.iter().zip(&masses);
                each.map(|(stays, mass)| self.persistence * stays + fresh * mass).collect()
            });
        }
        1.0 - states.iter().flatten().sum::<f64>()
    }

    /// The probability that a minute breaches, by the piece of q.
    fn breaching(self, theta: f64, middle: impl Fn(u32) -> f64) -> Vec<f64> {
        let requests = Poisson::new(self.requests).expect("a mean");
        let reach = 8.0 * self.requests.sqrt();
        let range = (self.requests - reach).max(1.0)..self.requests + reach;
        let mut breach = vec![0.0; CUTS as usize];
        let numbers = (1..10_000_u32).filter(|&n| range.contains(&f64::from(n)));
        for n in numbers {
            let most = (theta * f64::from(n)).floor();
            let tail = Beta::new(most + 1.0, f64::from(n) - most).expect("whole numbers");
            for (sum, cut) in breach.iter_mut().zip(0..CUTS) {
                *sum += requests.pmf(u64::from(n)) * tail.cdf(middle(cut));
            }
        }
        breach
    }
}

const CUTS: u32 = 1_000;
