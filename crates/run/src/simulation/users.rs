//! How many users a faulty green reached.
//!
//! Each request comes from any of U users with equal probability, so what n requests reach has a closed
//! expectation and no user needs to be followed.
//!
//! ```text
//! requests routed one by one:  U·(1 − (1 − 1/U)ⁿ)                        n: requests on a faulty green
//! users that stay put:         Σₖ U·(vₖ − vₖ₊₁)·(1 − Πⱼ≤ₖ (1 − 1/(U·vⱼ))^nⱼ)
//! ```
//!
//! A user who stays put is on green while the share exceeds the user's place in the routing, uniform on
//! 0 to 1. So a request on green at share vⱼ comes from any of the U·vⱼ users below it, and users with
//! places between vₖ₊₁ and vₖ were on green at the shares v₁ > … > vₖ. Failures attributable to green are
//! counted likewise. All failures of users who stay put: at each share a user draws them from green's or
//! from blue's, by which of the two they are on. Source: occupancy (Feller 1968, II.5).

use crate::stats::real;

/// Requests that a faulty green served, and failures, by green's share then.
#[derive(Clone, Debug, Default)]
pub struct Exposure {
    levels: Vec<Level>,
}

/// What came at one share.
#[derive(Clone, Copy, Debug, Default)]
pub struct Level {
    /// Green's share.
    pub share: f64,
    /// Requests on a faulty green.
    pub served: u64,
    /// Failures attributable to green.
    pub failed: u64,
    /// Failures on green, whatever their cause.
    pub green_failed: u64,
    /// The same elsewhere.
    pub blue_failed: u64,
    /// Failures without the deployment.
    pub failed_without: u64,
}

impl Exposure {
    /// Adds what came at one share.
    pub fn add(&mut self, more: Level) {
        if more.is_empty() {
            return;
        }
        let place = self.levels.partition_point(|level| level.share > more.share);
        match self.levels.get_mut(place) {
            Some(level) if level.share.total_cmp(&more.share).is_eq() => {
                level.served += more.served;
                level.failed += more.failed;
                level.green_failed += more.green_failed;
                level.blue_failed += more.blue_failed;
                level.failed_without += more.failed_without;
            }
            _ => self.levels.insert(place, more),
        }
    }

    /// Expected users on a faulty green at least once if they stay put.
    pub fn sticky_touched(&self, users: u64) -> f64 {
        self.sticky(users, |level| level.served)
    }

    /// Expected users with an attributable failure on green if they stay put.
    pub fn sticky_failed(&self, users: u64) -> f64 {
        self.sticky(users, |level| level.failed)
    }

    /// Expected users with a failure here, less those with one without the deployment, if they stay put.
    pub fn sticky_failed_excess(&self, users: u64) -> f64 {
        let without: u64 = self.levels.iter().map(|level| level.failed_without).sum();
        let all = real(users);
        // ln of the probability that a user of so many has none of so many failures.
        let of = |failures: u64, pool: f64| {
            if failures == 0 { 0.0 } else { real(failures) * (-1.0 / pool.max(1.0)).ln_1p() }
        };
        // Of the users above a share who are on blue at it and at all lower ones.
        let mut on_blue = vec![0.0; self.levels.len() + 1];
        for (index, level) in self.levels.iter().enumerate().rev() {
            on_blue[index] = on_blue[index + 1] + of(level.blue_failed, all * (1.0 - level.share));
        }
        // Of those below it, who are on green at it and at all higher ones.
        let mut on_green = 0.0;
        let mut higher = 1.0;
        let mut failed = 0.0;
        for (level, on_blue) in self.levels.iter().zip(on_blue) {
            failed -= all * (higher - level.share) * (on_green + on_blue).exp_m1();
            on_green += of(level.green_failed, all * level.share);
            higher = level.share;
        }
        failed -= all * higher * f64::exp_m1(on_green);
        failed - reached(users, without)
    }

    fn sticky(&self, users: u64, count: impl Fn(&Level) -> u64) -> f64 {
        let users = real(users);
        let mut reached = 0.0;
        let mut ln_missed = 0.0;
        for (index, level) in self.levels.iter().enumerate() {
            // Fewer than one user below the share: the one there is.
            let below = (users * level.share).max(1.0);
            if count(level) > 0 {
                ln_missed += real(count(level)) * (-1.0 / below).ln_1p();
            }
            let lower = self.levels.get(index + 1).map_or(0.0, |next| next.share);
            reached -= users * (level.share - lower) * ln_missed.exp_m1();
        }
        reached
    }
}

impl Level {
    fn is_empty(&self) -> bool {
        let Self { served, failed, green_failed, blue_failed, failed_without, .. } = *self;
        served + failed + green_failed + blue_failed + failed_without == 0
    }
}

/// Expected number of different users behind `requests` requests of `users` users.
pub fn reached(users: u64, requests: u64) -> f64 {
    if requests == 0 {
        return 0.0;
    }
    let users = real(users);
    // (1 − 1/U)ⁿ = exp(n·ln(1 − 1/U)); ln_1p and exp_m1 keep small counts exact.
    -users * (real(requests) * (-1.0 / users).ln_1p()).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_reaches_one_user_and_many_reach_all() {
        assert!((reached(1000, 1) - 1.0).abs() < 1e-12);
        assert!((reached(1000, 100_000) - 1000.0).abs() < 1e-9);
        assert!(reached(1000, 0).abs() < 1e-12);
        assert!((reached(1, 5) - 1.0).abs() < 1e-12);
        assert!(reached(1, 0).abs() < 1e-12, "a lone user whom nothing reached");
    }

    #[test]
    fn two_users_by_enumeration() {
        // Of the 8 equally likely sequences of 3 requests 2 come from one user only.
        assert!((reached(2, 3) - (2.0 * 1.0 + 6.0 * 2.0) / 8.0).abs() < 1e-12);
    }

    fn level(share: f64, served: u64, failed: u64) -> Level {
        Level { share, served, failed, ..Level::default() }
    }

    #[test]
    fn users_that_stay_put_are_reached_by_level() {
        let mut exposure = Exposure::default();
        exposure.add(level(0.1, 50, 5));
        exposure.add(level(1.0, 200, 20));
        exposure.add(level(0.1, 10, 1));
        // Of 400 users 40 were there at both shares, the others at full share only.
        let both = 1.0 - (1.0 - 1.0 / 400.0_f64).powi(200) * (1.0 - 1.0 / 40.0_f64).powi(60);
        let expected = 360.0 * (1.0 - (1.0 - 1.0 / 400.0_f64).powi(200)) + 40.0 * both;
        assert!((exposure.sticky_touched(400) - expected).abs() < 1e-9);
    }

    #[test]
    fn no_more_users_fail_than_are_on_green() {
        let mut exposure = Exposure::default();
        exposure.add(level(0.25, 10_000, 10_000));
        assert!((exposure.sticky_failed(100) - 25.0).abs() < 1e-6);
        assert!((exposure.sticky_touched(100) - 25.0).abs() < 1e-6);
        assert!(exposure.sticky_failed(1) <= 1.0, "a lone user");
    }

    /// Every assignment of few failures to few users on either side of a share.
    #[test]
    fn failures_on_both_sides_by_enumeration() {
        // Four users; two below the share of one half. 2 failures on green, 1 on blue there; then 1 on blue
        // at share 0.
        let mut exposure = Exposure::default();
        let on = |share, green_failed, blue_failed| Level {
            share,
            green_failed,
            blue_failed,
            failed_without: 1,
            ..Level::default()
        };
        exposure.add(on(0.5, 2, 1));
        exposure.add(on(0.0, 0, 1));
        let mut users_hit = 0;
        let mut cases = 0;
        for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            for c in [2, 3] {
                for d in 0..4 {
                    users_hit += std::collections::BTreeSet::from([a, b, c, d]).len();
                    cases += 1;
                }
            }
        }
        let here = f64::from(u32::try_from(users_hit).expect("small")) / f64::from(cases);
        let without = reached(4, 2);
        let excess = exposure.sticky_failed_excess(4);
        assert!((excess - (here - without)).abs() < 1e-12, "{excess} against {}", here - without);
    }

    #[test]
    fn a_lone_user_fails_or_does_not() {
        let level = |share, failures| Level {
            share,
            green_failed: failures,
            blue_failed: failures,
            failed_without: failures,
            ..Level::default()
        };
        let mut exposure = Exposure::default();
        for share in [0.6, 0.1, 0.0] {
            exposure.add(level(share, 3));
        }
        assert!(exposure.sticky_failed_excess(1).abs() < 1e-12, "fails either way");
    }

    #[test]
    fn without_a_change_nobody_fails_in_excess() {
        let mut exposure = Exposure::default();
        exposure.add(Level { share: 0.0, blue_failed: 7, failed_without: 7, ..Level::default() });
        assert!(exposure.sticky_failed_excess(50).abs() < 1e-12);
    }

    #[test]
    fn at_full_share_both_routings_reach_the_same() {
        let mut exposure = Exposure::default();
        exposure.add(level(1.0, 300, 30));
        assert!((exposure.sticky_touched(400) - reached(400, 300)).abs() < 1e-9);
        assert!((exposure.sticky_failed(400) - reached(400, 30)).abs() < 1e-9);
    }
}
