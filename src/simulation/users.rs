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
//! counted likewise. Source: occupancy (Feller 1968, II.5).

/// Requests that a faulty green served, by green's share then.
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
}

impl Exposure {
    /// Adds what came at one share.
    pub fn add(&mut self, more: Level) {
        if more.share <= 0.0 || more.served + more.failed == 0 {
            return;
        }
        let place = self.levels.partition_point(|level| level.share > more.share);
        match self.levels.get_mut(place) {
            Some(level) if level.share.total_cmp(&more.share).is_eq() => {
                level.served += more.served;
                level.failed += more.failed;
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

    fn sticky(&self, users: u64, count: impl Fn(&Level) -> u64) -> f64 {
        let users = whole(users);
        let mut reached = 0.0;
        let mut ln_missed = 0.0;
        for (index, level) in self.levels.iter().enumerate() {
            // Fewer than one user below the share: the one there is.
            let below = (users * level.share).max(1.0);
            if count(level) > 0 {
                ln_missed += whole(count(level)) * (-1.0 / below).ln_1p();
            }
            let lower = self.levels.get(index + 1).map_or(0.0, |next| next.share);
            reached -= users * (level.share - lower) * ln_missed.exp_m1();
        }
        reached
    }
}

/// Expected number of different users behind `requests` requests of `users` users.
pub fn reached(users: u64, requests: u64) -> f64 {
    if requests == 0 {
        return 0.0;
    }
    let users = whole(users);
    // (1 − 1/U)ⁿ = exp(n·ln(1 − 1/U)); ln_1p and exp_m1 keep small counts exact.
    -users * (whole(requests) * (-1.0 / users).ln_1p()).exp_m1()
}

#[expect(clippy::cast_precision_loss, reason = "an expectation needs no more than 52 bits")]
fn whole(count: u64) -> f64 {
    count as f64
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
        Level { share, served, failed }
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

    #[test]
    fn at_full_share_both_routings_reach_the_same() {
        let mut exposure = Exposure::default();
        exposure.add(level(1.0, 300, 30));
        assert!((exposure.sticky_touched(400) - reached(400, 300)).abs() < 1e-9);
        assert!((exposure.sticky_failed(400) - reached(400, 30)).abs() < 1e-9);
    }
}
