//! What waiting can add to response times: bounds for queues of light load.
//!
//! With arrivals at rate λ to c servers, service times S, load ρ = λE\[S\]/c and the residual life of a
//! service P(R > w) = E\[(S − w)⁺\]/E\[S\]:
//!
//! - **One server** (M/G/1): the wait is a geometric sum of residual lives (Pollaczek 1930, Khinchine 1932;
//!   Takács 1962),
//!
//!   ```text
//!   P(W > w) = Σₙ (1 − ρ)ρⁿ P(R₁ + … + Rₙ > w)  ≤  Σₙ (1 − ρ)ρⁿ min(1, n·P(R > w/n))
//!   ```
//!
//!   as of n numbers with a sum above w one is above w/n. This is proven, and close where ρ is small: the
//!   term n = 1 is exact. The mean is exact, too: ρ·E\[R\]/(1 − ρ).
//! - **Several servers** (M/G/c): the same law given that one waits, and that happens with twice the
//!   probability of Erlang's C. No closed form is known. Of a light load both are on the safe side: the
//!   probability of waiting depends on the mean of S alone, and the wait is the shortest of c residual
//!   lives (Burman and Smith, A light traffic theorem for multi-server queues, 1983), where this takes one;
//!   of exponential services both are bounds at any load; of others C is off by a few per cent in the
//!   tables of Seelen, Tijms and van Hoorn (1985). The mean is then 2c times that of Lee and Longton
//!   (1959).
//! - **Rates that vary** below λ, and services that are shorter at times: the wait is stochastically no
//!   longer than under the highest rate and the longest services for ever, since the workloads of a queue
//!   served first come, first served, rise with every request and every service (Kiefer and Wolfowitz 1955;
//!   Loynes 1962).
//! - **Responses**: W and S are independent, so waiting adds E\[P(W > x − S); S ≤ x\] to P(S > x).
//! - **Queues of L places**: the requests that wait are those that came during a wait (Haji and Newell
//!   1971), so P(L or more wait) = P(W > G), G the time that L requests take to come, a gamma variable; by
//!   Chernoff's bound it is below θL/λ with probability exp(−L(θ − 1 − ln θ)) at most.

use super::queueing::p_wait;

/// How much more often than by Erlang's C requests wait with several servers, at most.
const MARGIN: f64 = 2.0;

/// What is left of a geometric series is added as a whole once it is below this.
const REST: f64 = 1e-18;

/// So many terms at most.
const TERMS: i32 = 400;

/// A law of service times as points \[s\].
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Ascending: the value, the weight of all greater values, and what they add up to.
    points: Vec<Point>,
    mean_s: f64,
    second_s2: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    at_s: f64,
    weight: f64,
    above: f64,
    sum_above_s: f64,
}

/// A bound on the wait in a queue.
#[derive(Clone, Debug)]
pub struct WaitBound<'s> {
    service: &'s Service,
    /// P(W > 0).
    share: f64,
    load: f64,
}

impl Service {
    /// The law of these (weight, \[s\]), weights adding up to 1.
    pub fn new(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut sorted: Vec<(f64, f64)> = points.into_iter().collect();
        sorted.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
        let moment = |power| sorted.iter().map(|(weight, s)| weight * s.powi(power)).sum();
        let (mean_s, second_s2) = (moment(1), moment(2));
        let (mut above, mut sum_above_s) = (0.0, 0.0);
        let mut points: Vec<Point> = Vec::with_capacity(sorted.len());
        for &(weight, at_s) in sorted.iter().rev() {
            points.push(Point { at_s, weight, above, sum_above_s });
            above += weight;
            sum_above_s += weight * at_s;
        }
        points.reverse();
        Self { points, mean_s, second_s2 }
    }

    /// The same law times a factor, and something added \[s\].
    #[must_use]
    pub fn changed(&self, factor: f64, added_s: f64) -> Self {
        Self::new(self.points.iter().map(|point| (point.weight, factor * point.at_s + added_s)))
    }

    /// E\[S\] \[s\].
    pub fn mean_s(&self) -> f64 {
        self.mean_s
    }

    /// The standard deviation \[s\].
    pub fn deviation_s(&self) -> f64 {
        (self.second_s2 - self.mean_s * self.mean_s).max(0.0).sqrt()
    }

    /// P(S > x).
    pub fn over(&self, x_s: f64) -> f64 {
        self.beyond(x_s).0
    }

    /// The least point that a share of at least `q` does not exceed \[s\].
    pub fn quantile_s(&self, q: f64) -> f64 {
        let place = self.points.partition_point(|point| point.above > 1.0 - q);
        self.points.get(place).or(self.points.last()).map_or(0.0, |point| point.at_s)
    }

    /// P(R > w) of the residual life.
    fn residual_over(&self, w_s: f64) -> f64 {
        let (share, sum_s) = self.beyond(w_s);
        if self.mean_s > 0.0 { ((sum_s - w_s * share) / self.mean_s).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn residual_mean_s(&self) -> f64 {
        if self.mean_s > 0.0 { self.second_s2 / (2.0 * self.mean_s) } else { 0.0 }
    }

    /// P(S > x), and E\[S; S > x\].
    fn beyond(&self, x_s: f64) -> (f64, f64) {
        match self.points.partition_point(|point| point.at_s <= x_s).checked_sub(1) {
            Some(last) => (self.points[last].above, self.points[last].sum_above_s),
            None => (1.0, self.mean_s),
        }
    }
}

/// The probability of having to wait, at most; 1 where the queue is not stable.
pub fn waiting_share(rate_per_s: f64, service_mean_s: f64, servers: u32) -> f64 {
    let margin = if servers == 1 { 1.0 } else { MARGIN };
    (margin * p_wait(rate_per_s, service_mean_s, servers)).min(1.0)
}

impl<'s> WaitBound<'s> {
    /// Of a queue in which requests wait with probability `share` at most, and servers are busy for a part
    /// `load` below 1 of the time.
    pub fn new(service: &'s Service, share: f64, load: f64) -> Self {
        Self { service, share, load }
    }

    /// P(W > w).
    pub fn over(&self, w_s: f64) -> f64 {
        let (mut sum, mut left) = (0.0, 1.0);
        for n in 1..=TERMS {
            let count = f64::from(n);
            let exceeds = (count * self.service.residual_over(w_s / count)).min(1.0);
            sum += (1.0 - self.load) * left * exceeds;
            left *= self.load;
            if left < REST {
                break;
            }
        }
        self.share * (sum + left).min(1.0)
    }

    /// E\[W\] \[s\].
    pub fn mean_s(&self) -> f64 {
        self.share * self.service.residual_mean_s() / (1.0 - self.load)
    }

    /// P(S + W > x) − P(S > x) of requests with these service times; those that keep the queue busy may be
    /// longer.
    pub fn adds_over(&self, x_s: f64, service: &Service) -> f64 {
        let within = service.points.iter().take_while(|point| point.at_s <= x_s);
        within.map(|point| point.weight * self.over(x_s - point.at_s)).sum()
    }

    /// The probability of finding `places` requests or more that wait.
    pub fn fills(&self, places: u32, rate_per_s: f64) -> f64 {
        let places = f64::from(places);
        let bound = |theta: f64| {
            let sooner = (-places * (theta - 1.0 - theta.ln())).exp();
            self.share * sooner + self.over(theta * places / rate_per_s)
        };
        (1..20).map(|step| bound(f64::from(step) / 20.0)).fold(self.share, f64::min)
    }
}

#[cfg(test)]
mod tests;
