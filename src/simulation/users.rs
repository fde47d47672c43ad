//! How many users a faulty green reached.
//!
//! Each request comes from any of U users with equal probability, so what n requests reach has a closed
//! expectation and no user needs to be followed.
//!
//! ```text
//! requests routed one by one:  U·(1 − (1 − 1/U)ⁿ)                            n: requests on a faulty green
//! users that stay put:         Σ U·(vⱼ − vⱼ₊₁)·(1 − (1 − 1/U)^Nⱼ)
//! ```
//!
//! A user who stays put is on green while the share exceeds the user's place v in the routing, uniform on
//! 0 to 1; so of the users with places between the shares vⱼ₊₁ < vⱼ each sends any of the Nⱼ requests of
//! all users that came while the share was vⱼ or more. Source: occupancy (Feller 1968, II.5).

/// Requests that came while green was faulty and took traffic, by green's share then.
#[derive(Clone, Debug, Default)]
pub struct Exposure {
    levels: Vec<(f64, u64)>,
}

impl Exposure {
    /// Adds `requests` of all users that came while a faulty green took `share` of them.
    pub fn add(&mut self, share: f64, requests: u64) {
        if requests == 0 || share <= 0.0 {
            return;
        }
        let place = self.levels.partition_point(|&(level, _)| level > share);
        match self.levels.get_mut(place) {
            Some((level, count)) if level.total_cmp(&share).is_eq() => *count += requests,
            _ => self.levels.insert(place, (share, requests)),
        }
    }

    /// Expected users on a faulty green at least once if they stay put.
    pub fn sticky_users(&self, users: u64) -> f64 {
        let mut touched = 0.0;
        let mut requests = 0;
        for (index, &(share, count)) in self.levels.iter().enumerate() {
            requests += count;
            let lower = self.levels.get(index + 1).map_or(0.0, |&(level, _)| level);
            touched += (share - lower) * reached(users, requests);
        }
        touched
    }
}

/// Expected number of different users behind `requests` requests of `users` users.
pub fn reached(users: u64, requests: u64) -> f64 {
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
    }

    #[test]
    fn two_users_by_enumeration() {
        // Of the 8 equally likely sequences of 3 requests 2 come from one user only.
        assert!((reached(2, 3) - (2.0 * 1.0 + 6.0 * 2.0) / 8.0).abs() < 1e-12);
    }

    #[test]
    fn users_that_stay_put_are_reached_by_level() {
        let mut exposure = Exposure::default();
        exposure.add(0.1, 500);
        exposure.add(1.0, 200);
        exposure.add(0.1, 100);
        // Places below 0.1 saw all 800 requests, the others the 200 at full share.
        let expected = 0.9 * reached(400, 200) + 0.1 * reached(400, 800);
        assert!((exposure.sticky_users(400) - expected).abs() < 1e-9);
    }

    #[test]
    fn at_full_share_both_routings_reach_the_same() {
        let mut exposure = Exposure::default();
        exposure.add(1.0, 300);
        assert!((exposure.sticky_users(400) - reached(400, 300)).abs() < 1e-9);
    }
}
