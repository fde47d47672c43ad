//! The figures of a policy in words: every estimate with its interval.

use crate::report::number::{amount, dollars, duration, plain};
use crate::scenario::tune::Objective;
use crate::stats::{Interval, real};
use crate::tuning::results::{Detection, Mean, Performance, Share, TuneResults};

/// A share in percent, with two digits that count where it is small or close to all: rare events must not
/// all read as 0.
pub(in crate::report) fn rate(share: f64) -> String {
    let rest = share.min(1.0 - share);
    if rest <= 0.0 {
        return format!("{}%", plain(share * 100.0, 0));
    }
    let digits = (1..12_usize).find(|&digits| rest * 10.0_f64.powf(real_digits(digits)) >= 1.0);
    format!("{}%", plain(share * 100.0, digits.unwrap_or(12)))
}

/// With one decimal from 0.1 % on, with one more for each further zero.
fn real_digits(digits: usize) -> f64 {
    f64::from(u8::try_from(digits).unwrap_or(u8::MAX)) + 1.0
}

/// `0.4% [0.2%, 0.7%]`.
pub(in crate::report) fn share(share: &Share) -> String {
    match (value(share), share.interval) {
        (Some(value), Some(interval)) => format!("{} {}", rate(value), between(interval, rate)),
        (Some(value), None) => rate(value),
        (None, _) => "unknown (no runs)".to_owned(),
    }
}

/// `310 [295, 325]`.
pub(in crate::report) fn mean(mean: &Mean, show: fn(f64) -> String) -> String {
    match mean.interval {
        Some(interval) => format!("{} {}", show(mean.value), between(interval, show)),
        None => show(mean.value),
    }
}

fn between(interval: Interval, show: fn(f64) -> String) -> String {
    format!("[{}, {}]", show(interval.low), show(interval.high))
}

/// A share as a number; `None` without runs.
pub(in crate::report) fn value(share: &Share) -> Option<f64> {
    (share.of > 0).then(|| real(share.count) / real(share.of))
}

/// What is minimised, in words.
pub(in crate::report) fn objective(objective: Objective) -> &'static str {
    match objective {
        Objective::TimeToDetect => "time to detect (until somebody notices, if not caught)",
        Objective::Harm => "net harm of a faulty release",
        Objective::FailedRequests => "failed requests of a faulty release",
        Objective::UsersTouched => "users touched by a faulty release",
        Objective::ExpectedLoss => "expected loss of a release",
    }
}

/// How a value of the objective is shown.
pub(in crate::report) fn objective_shown(results: &TuneResults) -> fn(f64) -> String {
    match results.spec.minimise {
        Objective::TimeToDetect => duration,
        Objective::Harm => harm_shown(results),
        Objective::FailedRequests | Objective::UsersTouched => amount,
        Objective::ExpectedLoss => dollars,
    }
}

/// How harm is shown: in USD where it has a price.
pub(in crate::report) fn harm_shown(results: &TuneResults) -> fn(f64) -> String {
    if results.spec.prices.of_harm() { dollars } else { amount }
}

/// `22 [21, 23] requests harmed`.
pub(in crate::report) fn harm(results: &TuneResults, of: &Mean) -> String {
    let unit = if results.spec.prices.of_harm() { "of harm" } else { "requests harmed" };
    format!("{} {unit}", mean(of, harm_shown(results)))
}

/// The objective's unit in tables.
pub(in crate::report) fn objective_unit(results: &TuneResults) -> &'static str {
    match results.spec.minimise {
        Objective::TimeToDetect => "s",
        Objective::Harm if results.spec.prices.of_harm() => "usd",
        Objective::Harm | Objective::FailedRequests => "requests",
        Objective::UsersTouched => "users",
        Objective::ExpectedLoss => "usd",
    }
}

/// The objective's name in the scenario.
pub(in crate::report) fn objective_key(objective: Objective) -> &'static str {
    match objective {
        Objective::TimeToDetect => "time_to_detect",
        Objective::Harm => "harm",
        Objective::FailedRequests => "failed_requests",
        Objective::UsersTouched => "users_touched",
        Objective::ExpectedLoss => "expected_loss",
    }
}

/// The regression that is missed most, of those that limits and objective are about.
pub(in crate::report) fn most_missed<'p>(
    results: &TuneResults,
    performance: &'p Performance,
) -> Option<&'p Detection> {
    let counts = |one: &&Detection| results.counts(one.regression) && value(&one.missed).is_some();
    performance.regressions.iter().filter(counts).max_by(|a, b| {
        let missed = |one: &Detection| value(&one.missed).unwrap_or(0.0);
        // Of equals the first.
        missed(a).total_cmp(&missed(b)).then(b.regression.cmp(&a.regression))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_shares_keep_two_digits() {
        let shares = [0.0, 0.000_012_3, 0.000_4, 0.004_2, 0.034, 0.5, 0.999_6, 1.0];
        assert_eq!(
            shares.map(rate),
            ["0%", "0.0012%", "0.04%", "0.42%", "3.4%", "50%", "99.96%", "100%"]
        );
    }

    #[test]
    fn intervals_stand_beside_what_they_are_of() {
        let interval = Some(Interval { low: 0.002, high: 0.007 });
        assert_eq!(share(&Share { count: 2, of: 500, interval }), "0.4% [0.2%, 0.7%]");
        assert_eq!(share(&Share { count: 0, of: 0, interval: None }), "unknown (no runs)");
    }
}
