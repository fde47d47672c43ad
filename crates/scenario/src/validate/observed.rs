//! Latencies that were observed, waiting included, become the service times behind them.

use super::report::Report;
use crate::endpoint::model::ModelSpec;
use crate::endpoint::spec::{Capacity, FleetSpec};
use crate::healthy::serve::Alone;
use crate::observed::{NoService, Quantiles, service_times};
use crate::raw::RawScenario;
use crate::raw::choice::RawLatencyIs;
use crate::raw::distribution::{RawDistribution, RawQuantile};
use crate::raw::scalar::RawShare;
use crate::spec::Scenario;

/// Replaces what is observed by service times, and says whether there was anything to replace. `written` is
/// what the file says, `raw` the same filled in.
pub(super) fn settle(
    raw: &mut RawScenario,
    written: &RawScenario,
    scenario: &Scenario,
    report: &mut Report,
) -> bool {
    let blue_is = std::mem::take(&mut raw.blue.latency_is);
    let green_is = std::mem::take(&mut raw.green.latency_is).unwrap_or(blue_is);
    raw.green.latency_is = Some(RawLatencyIs::Service);
    let is_own = written.green.latency.is_some();
    if !is_own && green_is != blue_is {
        report.problem(
            "green.latency_is",
            "`latency_is` says what `green.latency` is, but there is none",
            "give green a `latency`, or take `latency_is` out: green is as blue",
        );
    }
    // Where nothing waits, and where a queue is left out of `ModelLatency`, what is seen is the service time.
    if scenario.endpoint.capacity == Capacity::Unlimited {
        return false;
    }
    let mut settled = false;
    let endpoint = &scenario.endpoint;
    if blue_is == RawLatencyIs::Observed {
        let table = found("blue", (&scenario.blue, &endpoint.blue), scenario, report);
        if let Some(latency) = table {
            raw.blue.latency = latency;
            settled = true;
        }
    }
    if !is_own {
        raw.green.latency = Some(raw.blue.latency.clone());
    } else if green_is == RawLatencyIs::Observed {
        let table = found("green", (&scenario.green, &endpoint.green), scenario, report);
        settled |= table.is_some();
        raw.green.latency = table.or(raw.green.latency.take());
    }
    settled
}

/// The service times behind what is observed of a model that takes all traffic.
fn found(
    name: &str,
    (model, fleet): (&ModelSpec, &FleetSpec),
    scenario: &Scenario,
    report: &mut Report,
) -> Option<RawDistribution> {
    let path = format!("{name}.latency_is");
    if scenario.clients.is_some() {
        report.problem(
            path,
            "what is observed cannot be taken apart where callers try again: their attempts wait as well",
            "give service times, or take out [clients]",
        );
        return None;
    }
    let alone = Alone::new(scenario, fleet, model);
    let service = alone.replications().map_err(NoService::Trace).and_then(|replications| {
        replications.map(|replications| service_times(&alone, replications)).transpose()
    });
    match service {
        Ok(Some(table)) => return Some(empirical(&table)),
        Ok(None) => report.problem(
            path,
            "there are too many requests to find service times for what is observed: more than 4 million \
             from the warm-up to the horizon",
            "shorten the horizon or the warm-up, or give service times",
        ),
        Err(NoService::Trace(error)) => {
            report.problem("traffic.arrivals.trace", error.to_string(), "correct the trace");
        }
        Err(NoService::TooFar(nearest)) => {
            let three = |seconds: [f64; 3]| {
                let [p50, p90, p99] = seconds.map(|seconds| seconds * 1e3);
                format!("p50 {p50:.1} ms, p90 {p90:.1} ms and p99 {p99:.1} ms")
            };
            let shows = nearest.map_or_else(String::new, |[shown, wanted]| {
                format!(": {} are looked for, and the nearest show {}", three(wanted), three(shown))
            });
            report.problem(
                path,
                format!(
                    "no service times of {} instances with a concurrency of {} show these latencies under \
                     this traffic{shows}",
                    fleet.instances, fleet.concurrency
                ),
                "check the traffic, `instances`, `concurrency` and `timeout`: waiting alone would make them \
                 vary more, or last longer",
            );
        }
    }
    None
}

fn empirical(table: &Quantiles) -> RawDistribution {
    let quantile = |&(p, time): &(f64, _)| RawQuantile { p: RawShare(p), latency: time };
    RawDistribution::Empirical(table.iter().map(quantile).collect())
}
