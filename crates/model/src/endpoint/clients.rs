//! What callers do when they get no good answer: they try again.
//!
//! What it models: each request is tried up to `attempts` times. An attempt that fails in one of the ways of
//! `retry_on` is followed by another one, a new request at its own later time, so a failing fleet draws
//! more load. A budget may forbid it.
//!
//! ```text
//! delay before the k-th retry   d = min(max, initial · factor^(k − 1))
//!   jitter "none"               d
//!   jitter "full"               U · d                     U: uniform on 0 to 1
//!   jitter "equal"              d/2 + U · d/2
//! budget                        tokens ≤ burst; each request adds `ratio`, each retry takes 1
//! ```
//!
//! With independent failures of probability p and k attempts a request makes (1 − pᵏ)/(1 − p) attempts on
//! average and fails for good with pᵏ.
//!
//! Sources: backoff and jitter, Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015
//! (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>); the budget, Finagle's
//! `RetryBudget` (<https://twitter.github.io/finagle/docs/com/twitter/finagle/service/RetryBudget$.html>)
//! without its expiry: here a full bucket of `burst` tokens takes the place of its minimum rate.
//!
//! Assumptions: all callers share one budget and one rule; the attempts of a request fail independently
//! given the state of the fleets (a request that no model could answer is not modelled). The endpoint does
//! not learn that a caller hung up, and serves the request all the same. Not modelled: circuit breakers,
//! hedging, retries by a proxy below the caller.

use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How callers try again.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientsSpec {
    /// Attempts at a request, the first included; at least 1.
    pub attempts: u32,
    /// Whether a 5xx (a rejection included) is followed by another attempt.
    pub retry_5xx: bool,
    /// Whether a time-out, the endpoint's or the caller's own, is.
    pub retry_timeout: bool,
    /// How long callers wait before they try again.
    pub backoff: Backoff,
    /// The caller hangs up after so long; `None` waits for the endpoint's answer.
    pub timeout: Option<SimDuration>,
    /// What limits retries; `None` does not.
    pub budget: Option<BudgetSpec>,
}

/// How long callers wait before they try again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Before the first retry.
    pub initial: SimDuration,
    /// Multiplies the delay each time, at least 1.
    pub factor: f64,
    /// The longest delay.
    pub max: SimDuration,
    /// What chance does to a delay.
    pub jitter: Jitter,
}

/// What chance does to a delay; the words are the AWS Architecture Blog's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Jitter {
    /// Nothing.
    #[default]
    None,
    /// Anything between nothing and the delay.
    Full,
    /// Anything between half the delay and the delay.
    Equal,
}

/// A token bucket for retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetSpec {
    /// Millionths of a token that a request adds.
    pub deposit: u64,
    /// Most whole tokens, and those at the start.
    pub burst: u32,
}

/// The tokens at hand.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    spec: BudgetSpec,
    /// In millionths, so that sums are exact.
    tokens: u64,
}

/// A token in millionths.
const TOKEN: u64 = 1_000_000;

impl Backoff {
    /// The delay before the `retry`th retry, from 1 on, for this uniform.
    pub fn delay(&self, retry: u32, uniform: f64) -> SimDuration {
        // A power too large to be a number is longer than the longest delay.
        let growth = self.factor.powf(f64::from(retry.saturating_sub(1)));
        let longest_s = self.max.as_secs_f64();
        let seconds = self.initial.as_secs_f64() * growth;
        let delay = if seconds < longest_s { self.initial.share(growth) } else { self.max };
        match self.jitter {
            Jitter::None => delay,
            Jitter::Full => delay.share(uniform),
            Jitter::Equal => delay.share(0.5 + 0.5 * uniform),
        }
    }
}

impl Bucket {
    /// A full one.
    pub fn new(spec: BudgetSpec) -> Self {
        Self { spec, tokens: u64::from(spec.burst) * TOKEN }
    }

    /// A request was made.
    pub fn deposit(&mut self) {
        self.tokens = (self.tokens + self.spec.deposit).min(u64::from(self.spec.burst) * TOKEN);
    }

    /// Takes a token for a retry; whether there was one.
    pub fn withdraw(&mut self) -> bool {
        let rest = self.tokens.checked_sub(TOKEN);
        self.tokens = rest.unwrap_or(self.tokens);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(jitter: Jitter) -> Backoff {
        let millis = |millis: i64| SimDuration::from_nanos(millis * 1_000_000);
        Backoff { initial: millis(100), factor: 2.0, max: millis(5000), jitter }
    }

    #[test]
    fn delays_double_up_to_the_longest() {
        let backoff = backoff(Jitter::None);
        let delays_ms: Vec<i64> =
            (1..=8).map(|k| backoff.delay(k, 0.7).as_nanos() / 1_000_000).collect();
        assert_eq!(delays_ms, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(backoff.delay(u32::MAX, 0.7), backoff.max, "no overflow");
    }

    #[test]
    fn jitter_takes_away_all_or_half_of_a_delay() {
        let at_ms = |jitter, uniform| backoff(jitter).delay(3, uniform).as_nanos() / 1_000_000;
        assert_eq!([0.0, 0.25, 0.5].map(|u| at_ms(Jitter::Full, u)), [0, 100, 200]);
        assert_eq!([0.0, 0.25, 0.5].map(|u| at_ms(Jitter::Equal, u)), [200, 250, 300]);
    }

    #[test]
    fn a_bucket_pays_a_retry_for_every_ten_requests() {
        let mut bucket = Bucket::new(BudgetSpec { deposit: TOKEN / 10, burst: 2 });
        assert_eq!([(); 3].map(|()| bucket.withdraw()), [true, true, false]);
        (0..9).for_each(|_| bucket.deposit());
        assert!(!bucket.withdraw(), "nine tenths of a token");
        bucket.deposit();
        assert!(bucket.withdraw());
        (0..1000).for_each(|_| bucket.deposit());
        assert_eq!([(); 3].map(|()| bucket.withdraw()), [true, true, false], "no more than burst");
    }
}
