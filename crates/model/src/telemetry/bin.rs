//! What one fleet publishes about one interval.
//!
//! A bin holds every figure that a statistic of the interval needs, all of them exact integers, so
//! that any longer period is a merge of bins and nothing is lost by merging. Percentiles need more
//! than counts: a [`Probe`] divides the latencies at one cut, which is all that is asked of a
//! percentile (is it above the threshold?); see [`statistic`](crate::telemetry::statistic).
//!
//! A bin takes 64 bytes and each probe 24, whatever the number of requests.

/// How a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// 2xx.
    Ok,
    /// 4xx.
    ClientError,
    /// 5xx, rejections and time-outs included.
    ServerError,
}

/// Counts and latencies of the requests of one interval, or of several merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    requests: u64,
    errors_4xx: u64,
    errors_5xx: u64,
    latencies: u64,
    // 128 bits: 2^64 latencies of up to 2^63 ns.
    latency_sum_ns: i128,
    // The neutral elements of min and max while there is no latency.
    latency_min_ns: i64,
    latency_max_ns: i64,
}

/// How latencies lie about a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    over: u64,
    highest_within_ns: i64,
    lowest_over_ns: i64,
}

impl Bin {
    /// No requests.
    pub const EMPTY: Self = Self {
        requests: 0,
        errors_4xx: 0,
        errors_5xx: 0,
        latencies: 0,
        latency_sum_ns: 0,
        latency_min_ns: i64::MAX,
        latency_max_ns: i64::MIN,
    };

    /// So many requests, of which so many were answered 4xx and 5xx; all have a latency, with this sum,
    /// smallest and largest \[ns\].
    pub const fn of(
        requests: u64,
        [errors_4xx, errors_5xx]: [u64; 2],
        latency_sum_ns: i128,
        [latency_min_ns, latency_max_ns]: [i64; 2],
    ) -> Self {
        let latencies = requests;
        Self {
            requests,
            errors_4xx,
            errors_5xx,
            latencies,
            latency_sum_ns,
            latency_min_ns,
            latency_max_ns,
        }
    }

    /// Counts one request; one that never reached the model has no latency \[ns, not negative\].
    #[inline]
    pub fn record(&mut self, status: Status, latency_ns: Option<i64>) {
        self.requests += 1;
        self.errors_4xx += u64::from(status == Status::ClientError);
        self.errors_5xx += u64::from(status == Status::ServerError);
        if let Some(latency_ns) = latency_ns {
            debug_assert!(latency_ns >= 0, "a latency is never negative: {latency_ns} ns");
            self.latencies += 1;
            self.latency_sum_ns += i128::from(latency_ns);
            self.latency_min_ns = self.latency_min_ns.min(latency_ns);
            self.latency_max_ns = self.latency_max_ns.max(latency_ns);
        }
    }

    /// Adds the requests of `other`.
    #[inline]
    pub fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors_4xx += other.errors_4xx;
        self.errors_5xx += other.errors_5xx;
        self.latencies += other.latencies;
        self.latency_sum_ns += other.latency_sum_ns;
        self.latency_min_ns = self.latency_min_ns.min(other.latency_min_ns);
        self.latency_max_ns = self.latency_max_ns.max(other.latency_max_ns);
    }

    /// Requests, failed ones included.
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// Requests answered 4xx.
    pub const fn errors_4xx(&self) -> u64 {
        self.errors_4xx
    }

    /// Requests answered 5xx.
    pub const fn errors_5xx(&self) -> u64 {
        self.errors_5xx
    }

    /// Requests that failed in any way.
    pub const fn errors(&self) -> u64 {
        self.errors_4xx + self.errors_5xx
    }

    /// Requests that have a latency.
    pub const fn latencies(&self) -> u64 {
        self.latencies
    }

    /// Sum of the latencies \[ns\].
    pub const fn latency_sum_ns(&self) -> i128 {
        self.latency_sum_ns
    }

    /// Smallest latency \[ns\]; present if and only if there is any.
    pub fn latency_min_ns(&self) -> Option<i64> {
        (self.latencies > 0).then_some(self.latency_min_ns)
    }

    /// Largest latency \[ns\]; present if and only if there is any.
    pub fn latency_max_ns(&self) -> Option<i64> {
        (self.latencies > 0).then_some(self.latency_max_ns)
    }
}

impl Default for Bin {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Probe {
    /// No latencies.
    pub const EMPTY: Self = Self { over: 0, highest_within_ns: i64::MIN, lowest_over_ns: i64::MAX };

    /// So many latencies above the cut, and the ones next to it on both sides \[ns\].
    pub const fn of(over: u64, highest_within_ns: i64, lowest_over_ns: i64) -> Self {
        Self { over, highest_within_ns, lowest_over_ns }
    }

    /// Counts one latency against the cut.
    #[inline]
    pub fn record(&mut self, latency_ns: i64, cut_ns: i64) {
        // Without branches: which side a latency falls on is hard to predict.
        let is_over = latency_ns > cut_ns;
        let (within_ns, over_ns) =
            if is_over { (i64::MIN, latency_ns) } else { (latency_ns, i64::MAX) };
        self.over += u64::from(is_over);
        self.highest_within_ns = self.highest_within_ns.max(within_ns);
        self.lowest_over_ns = self.lowest_over_ns.min(over_ns);
    }

    /// Adds what `other` has seen against the same cut.
    #[inline]
    pub fn merge(&mut self, other: &Self) {
        self.over += other.over;
        self.highest_within_ns = self.highest_within_ns.max(other.highest_within_ns);
        self.lowest_over_ns = self.lowest_over_ns.min(other.lowest_over_ns);
    }

    /// How many latencies exceed the cut strictly.
    pub const fn over(&self) -> u64 {
        self.over
    }

    /// The largest latency that does not exceed the cut \[ns\]; `i64::MIN` if there is none.
    pub const fn highest_within_ns(&self) -> i64 {
        self.highest_within_ns
    }

    /// The smallest latency that exceeds the cut \[ns\]; `i64::MAX` if there is none.
    pub const fn lowest_over_ns(&self) -> i64 {
        self.lowest_over_ns
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self::EMPTY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_is_one_cache_line() {
        assert_eq!((size_of::<Bin>(), size_of::<Probe>()), (64, 24));
    }

    #[test]
    fn sums_of_the_longest_latencies_do_not_overflow() {
        let mut bin = Bin::EMPTY;
        for _ in 0..3 {
            bin.record(Status::Ok, Some(i64::MAX));
        }
        assert_eq!(bin.latency_sum_ns(), 3 * i128::from(i64::MAX));
        let half = bin;
        bin.merge(&half);
        assert_eq!(bin.latency_sum_ns(), 6 * i128::from(i64::MAX));
    }

    #[test]
    fn a_rejected_request_counts_and_has_no_latency() {
        let mut bin = Bin::EMPTY;
        bin.record(Status::ServerError, None);
        assert_eq!((bin.requests(), bin.errors_5xx(), bin.errors()), (1, 1, 1));
        assert_eq!((bin.latencies(), bin.latency_min_ns(), bin.latency_max_ns()), (0, None, None));
    }

    #[test]
    fn a_probe_is_strict_at_its_cut() {
        let mut probe = Probe::EMPTY;
        for latency_ns in [9, 10, 11, 12] {
            probe.record(latency_ns, 10);
        }
        assert_eq!((probe.over(), probe.highest_within_ns(), probe.lowest_over_ns()), (2, 10, 11));
    }
}
