//! Closed forms of queueing theory: what the simulator is checked against.
//!
//! With arrival rate λ, service rate μ of a server, c servers, offered load a = λ/μ and utilisation
//! ρ = a/c:
//!
//! - Erlang B: the probability that all servers are busy where nobody waits, B(0) = 1,
//!   B(k) = a·B(k − 1)/(k + a·B(k − 1)).
//! - Erlang C: the probability of having to wait, C = B/(1 − ρ(1 − B)).
//! - M/M/c: the wait is 0 with probability 1 − C, else exponential of rate θ = cμ − λ; the response
//!   time adds an independent exponential service of rate μ.
//! - M/G/1: mean wait λ·E\[S²\]/(2(1 − ρ)) (Pollaczek 1930, Khinchine 1932).
//!
//! Source: Gross, Shortle, Thompson & Harris 2008, Fundamentals of Queueing Theory, §§2.3, 2.4,
//! 5.1.

/// Erlang's loss formula: the share of calls lost with `servers` and `offered` load \[Erlang\].
pub fn erlang_b(servers: u32, offered: f64) -> f64 {
    (1..=servers).fold(1.0, |blocked, k| {
        let flow = offered * blocked;
        flow / (f64::from(k) + flow)
    })
}

/// Mean wait \[s\] of an M/G/1 queue: `rate_per_s` arrivals, services of the given mean \[s\] and
/// squared coefficient of variation. `None` if it is not stable.
pub fn pollaczek_khinchine(rate_per_s: f64, service_mean_s: f64, service_scv: f64) -> Option<f64> {
    let utilisation = rate_per_s * service_mean_s;
    let second_moment = service_mean_s * service_mean_s * (1.0 + service_scv);
    (utilisation < 1.0).then(|| rate_per_s * second_moment / (2.0 * (1.0 - utilisation)))
}

/// Erlang C: the probability of having to wait; 0 where nothing comes or takes time, 1 where the queue is not
/// stable.
pub fn p_wait(rate_per_s: f64, service_mean_s: f64, servers: u32) -> f64 {
    if rate_per_s <= 0.0 || service_mean_s <= 0.0 {
        return 0.0;
    }
    MMc::new(rate_per_s, service_mean_s, servers).map_or(1.0, |queue| queue.p_wait())
}

/// A stable M/M/c queue: Poisson arrivals, exponential services, c servers, first come first
/// served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MMc {
    rate_per_s: f64,
    service_rate_per_s: f64,
    servers: u32,
}

impl MMc {
    /// The queue with `rate_per_s` arrivals and `servers` servers of mean service time
    /// `service_mean_s`. `None` if it is not stable or a rate is not positive.
    pub fn new(rate_per_s: f64, service_mean_s: f64, servers: u32) -> Option<Self> {
        let service_rate_per_s = service_mean_s.recip();
        let stable = rate_per_s < service_rate_per_s * f64::from(servers);
        let positive = rate_per_s > 0.0 && service_mean_s > 0.0;
        (stable && positive).then_some(Self { rate_per_s, service_rate_per_s, servers })
    }

    /// Erlang C: the probability that a request waits.
    pub fn p_wait(&self) -> f64 {
        let offered = self.rate_per_s / self.service_rate_per_s;
        let utilisation = offered / f64::from(self.servers);
        let blocked = erlang_b(self.servers, offered);
        blocked / (1.0 - utilisation * (1.0 - blocked))
    }

    /// Mean wait \[s\].
    pub fn wait_mean_s(&self) -> f64 {
        self.p_wait() / self.spare_rate_per_s()
    }

    /// The `q`-quantile of the wait \[s\]; 0 where at least a share of q does not wait.
    pub fn wait_quantile_s(&self, q: f64) -> f64 {
        ((self.p_wait() / (1.0 - q)).ln() / self.spare_rate_per_s()).max(0.0)
    }

    /// Mean response time \[s\].
    pub fn response_mean_s(&self) -> f64 {
        self.wait_mean_s() + self.service_rate_per_s.recip()
    }

    /// The probability of a response slower than `time_s`.
    pub fn p_response_over(&self, time_s: f64) -> f64 {
        let (service, spare) = (self.service_rate_per_s, self.spare_rate_per_s());
        let at_once = (-service * time_s).exp();
        // The sum of two exponentials; of equal rates it is an Erlang-2 variable.
        let after_wait = if (spare - service).abs() < 1e-9 * service {
            (1.0 + service * time_s) * at_once
        } else {
            (spare * at_once - service * (-spare * time_s).exp()) / (spare - service)
        };
        let p_wait = self.p_wait();
        (1.0 - p_wait) * at_once + p_wait * after_wait
    }

    /// The `q`-quantile of the response time \[s\], by bisection to a relative error of 10⁻¹².
    pub fn response_quantile_s(&self, q: f64) -> f64 {
        let (mut low, mut high) = (0.0, self.response_mean_s());
        while self.p_response_over(high) > 1.0 - q {
            (low, high) = (high, 2.0 * high);
        }
        while high - low > 1e-12 * high {
            let middle = f64::midpoint(low, high);
            if self.p_response_over(middle) > 1.0 - q { low = middle } else { high = middle }
        }
        high
    }

    /// Mean number of waiting requests, by Little's law.
    pub fn queue_length_mean(&self) -> f64 {
        self.rate_per_s * self.wait_mean_s()
    }

    /// θ = cμ − λ: the rate at which a queue of busy servers drains.
    fn spare_rate_per_s(&self) -> f64 {
        f64::from(self.servers) * self.service_rate_per_s - self.rate_per_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64, within: f64) {
        assert!((got - expected).abs() < within, "{got}, expected {expected}");
    }

    #[test]
    fn all_wait_where_the_queue_is_not_stable_and_nobody_where_nothing_comes() {
        let queue = MMc::new(8.0, 1.0, 10).expect("stable");
        close(p_wait(8.0, 1.0, 10), queue.p_wait(), 1e-15);
        assert_eq!(
            [p_wait(10.0, 1.0, 10), p_wait(1.0, 1.0, 0)].map(f64::to_bits),
            [1.0_f64.to_bits(); 2]
        );
        assert_eq!([p_wait(0.0, 1.0, 1), p_wait(1.0, 0.0, 1)].map(f64::to_bits), [0; 2]);
    }

    /// Ten servers of mean service 1 s at ρ = 0.8, to twelve digits.
    #[test]
    fn ten_servers_at_four_fifths() {
        let queue = MMc::new(8.0, 1.0, 10).expect("stable");
        close(queue.p_wait(), 0.409_180_150_796, 1e-12);
        close(queue.wait_mean_s(), 0.204_590_075_398, 1e-12);
        close(queue.wait_quantile_s(0.9), 0.704_492_669_786, 1e-11);
        close(queue.wait_quantile_s(0.99), 1.855_785_216_28, 1e-10);
        close(queue.wait_quantile_s(0.5), 0.0, 1e-12);
        close(queue.response_mean_s(), 1.204_590_075_4, 1e-9);
        close(queue.response_quantile_s(0.99), 4.946_111_327_61, 1e-9);
        close(queue.queue_length_mean(), 1.636_720_603_19, 1e-10);
    }

    /// Erlang's own table (1917) and the recursion's definition Σ aᵏ/k!.
    #[test]
    fn erlang_b_is_the_ratio_of_the_truncated_poisson() {
        close(erlang_b(1, 1.0), 0.5, 1e-15);
        close(erlang_b(2, 1.0), 0.2, 1e-15);
        let terms: Vec<f64> = (0..=10)
            .scan(1.0, |term, k| {
                let now = *term;
                *term *= 6.5 / f64::from(k + 1);
                Some(now)
            })
            .collect();
        close(erlang_b(10, 6.5), terms[10] / terms.iter().sum::<f64>(), 1e-15);
    }

    #[test]
    fn one_server_is_the_textbook_queue() {
        // M/M/1: P(wait) = ρ, W = ρ/(μ − λ), response exponential of rate μ − λ.
        let queue = MMc::new(0.7, 1.0, 1).expect("stable");
        close(queue.p_wait(), 0.7, 1e-15);
        close(queue.wait_mean_s(), 0.7 / 0.3, 1e-12);
        close(queue.response_quantile_s(0.99), 100.0_f64.ln() / 0.3, 1e-9);
        close(pollaczek_khinchine(0.7, 1.0, 1.0).expect("stable"), 0.7 / 0.3, 1e-12);
        // M/D/1 waits half as long.
        close(pollaczek_khinchine(0.7, 1.0, 0.0).expect("stable"), 0.35 / 0.3, 1e-12);
    }

    #[test]
    fn equal_rates_meet_the_formula_beside_them() {
        // θ = μ at c = 2, λ = μ.
        let at = MMc::new(1.0, 1.0, 2).expect("stable").p_response_over(2.0);
        let near = MMc::new(1.0 + 1e-6, 1.0, 2).expect("stable").p_response_over(2.0);
        close(at, near, 1e-5);
    }

    #[test]
    fn overload_has_no_steady_state() {
        assert_eq!(MMc::new(10.0, 1.0, 10), None);
        assert_eq!(MMc::new(0.0, 1.0, 1), None);
        assert_eq!(pollaczek_khinchine(1.0, 1.0, 0.0), None);
    }
}
