//! How blue fares when nobody deploys, in sentences.

use super::number::{amount, percent, plain};
use crate::endpoint::spec::Mode;
use crate::scenario::Scenario;
use crate::scenario::healthy::{Healthy, Shown, Strain};
use crate::time::SimTime;

/// The load of the endpoint, and what its healthy model shows; what cannot be served comes first.
pub fn sentences(healthy: &Healthy, scenario: &Scenario) -> Vec<String> {
    let said = [
        overload(healthy, scenario),
        Some(load(healthy, scenario)),
        Some(latency(healthy, scenario)),
    ];
    said.into_iter().flatten().collect()
}

fn overload(healthy: &Healthy, scenario: &Scenario) -> Option<String> {
    let span = |from: SimTime, until: SimTime| {
        let [from, until] = [from, until].map(|at| at.since(SimTime::ZERO));
        format!("from {from} to {until}")
    };
    match healthy.strain(scenario) {
        Strain::Fine | Strain::Tight => None,
        Strain::Peak(peak) => Some(format!(
            "More requests come {} than blue can process: they wait in the queue.",
            span(peak.from, peak.until)
        )),
        Strain::Overloaded(overload) => Some(format!(
            "Overloaded: {} blue alone, with nothing deployed, cannot serve this traffic. What follows is \
             about its queue and not about the rollouts: mend that first.",
            span(overload.from, overload.until)
        )),
    }
}

fn load(healthy: &Healthy, scenario: &Scenario) -> String {
    let busiest = healthy.busiest();
    let both = |[mean, peak]: [f64; 2], show: fn(f64) -> String| {
        let [mean, peak] = [mean, peak].map(show);
        if mean == peak { mean } else { format!("{mean}, in the {busiest} {peak}") }
    };
    let (times, unit) = unit(healthy.rates_per_s[0]);
    let rates = both(healthy.rates_per_s.map(|rate| rate * times), amount);
    let busy = both(healthy.in_service, amount);
    let room = match healthy.utilisation {
        Some(utilisation) => format!(
            "; it has {} for them: utilisation {}",
            places(scenario.endpoint.blue.concurrency),
            both(utilisation, percent)
        ),
        None => ". None waits (no `concurrency` is given, or `capacity` is unlimited): an instance with \
                 fewer workers than that would be overloaded"
            .to_owned(),
    };
    let incidents = if scenario.incidents.is_empty() { "" } else { " and no incident strikes" };
    format!(
        "Blue, when nobody deploys{incidents}: {rates} requests {unit}. An instance has {busy} in service at \
         a time{room}."
    )
}

/// A unit of time in which such a rate is a number that one can read, and its seconds.
fn unit(rate_per_s: f64) -> (f64, &'static str) {
    match rate_per_s {
        rate if rate >= 0.5 => (1.0, "a second"),
        rate if rate >= 0.5 / 60.0 => (60.0, "a minute"),
        _ => (3600.0, "an hour"),
    }
}

fn places(count: u32) -> String {
    format!("{count} place{}", if count == 1 { "" } else { "s" })
}

fn latency(healthy: &Healthy, scenario: &Scenario) -> String {
    let three = |seconds: [f64; 3]| {
        let [p50, p90, p99] = seconds.map(milliseconds);
        format!("p50 {p50}, p90 {p90}, p99 {p99}")
    };
    let Some(Shown { waited, latency_s, failed_per_minute, .. }) = healthy.shown else {
        if healthy.utilisation.is_none() {
            return format!("It shows a ModelLatency of {}.", three(healthy.given_s));
        }
        let why = if healthy.rates_per_s[0] > 0.0 {
            "there are too many requests"
        } else {
            "no request comes"
        };
        return format!(
            "Its latency as given is {}; {why} to say what waiting adds.",
            three(healthy.given_s)
        );
    };
    let waits = match (healthy.utilisation, &scenario.endpoint.mode) {
        (None, _) => String::new(),
        _ if waited < 0.0005 => "; hardly any request waits".to_owned(),
        (Some(_), Mode::RealTime) => {
            format!(
                "; {} of requests wait (in service alone: {})",
                percent(waited),
                three(healthy.given_s)
            )
        }
        (Some(_), Mode::Asynchronous(_)) => {
            format!("; {} of requests wait in the queue first", percent(waited))
        }
    };
    format!(
        "It shows a ModelLatency of {}{waits}, and {} failures a minute.",
        three(latency_s),
        amount(failed_per_minute)
    )
}

/// A latency in three digits: `83 ms`, `1.25 s`.
fn milliseconds(seconds: f64) -> String {
    let [ms, s] = [seconds * 1e3, seconds];
    match ms {
        ms if ms < 10.0 => format!("{} ms", plain(ms, 2)),
        ms if ms < 100.0 => format!("{} ms", plain(ms, 1)),
        ms if ms < 1000.0 => format!("{} ms", plain(ms, 0)),
        _ => format!("{} s", plain(s, 2)),
    }
}
