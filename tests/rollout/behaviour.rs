//! Every kind of regression and incident does what it says, measured on whole runs.
//!
//! Statistical checks use fixed seeds and 4.5 standard errors (two-sided α = 7·10⁻⁶ each).

use crate::support::{arm, results};
use rollout_sim::simulation::outcome::Outcome;
use rollout_sim::simulation::record::FleetInterval;

const ALL_NOW: &str = "[[strategies]]\nname = \"s\"\nall_at_once = { final_bake = \"30m\" }\n";

/// Everything goes to green at t = 0; no queueing; constant 100 ms; 50 requests a second for 40 min.
fn toml(blue: &str, regression: &str) -> String {
    format!(
        r#"
name = "behaviour"
[experiment]
runs = 8
seed = 31
horizon = "40m"
warm_up = "0s"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 50.0 }} }}
[endpoint]
instances = 4
concurrency = 2
capacity = "unlimited"
provision = "0s"
switch = "0s"
price_per_hour = 1.0
[metrics]
slow_over = "150ms"
[blue]
latency = {{ constant = "100ms" }}
{blue}
{regression}
{ALL_NOW}"#
    )
}

fn bad(regression: &str) -> String {
    format!("[[regressions]]\nname = \"bad\"\n{regression}\n")
}

/// Pooled over the replications: (requests, failed, slow, mean response).
#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn pooled(toml: &str, regression: &str) -> (f64, f64, f64, f64) {
    let results = results(toml);
    let runs: Vec<Outcome> = arm(&results, "s", regression).into_iter().cloned().collect();
    let sum = |count: fn(&Outcome) -> u64| runs.iter().map(count).sum::<u64>() as f64;
    let means = runs.iter().map(|o| o.green_times.response_mean_s.expect("requests"));
    (
        sum(|o| o.to_horizon.counts.requests),
        sum(|o| o.to_horizon.counts.failed),
        sum(|o| o.to_horizon.counts.slow),
        means.sum::<f64>() / runs.len() as f64,
    )
}

fn assert_share(found: f64, n: f64, truth: f64) {
    let allowed = 4.5 * (truth * (1.0 - truth) / n).sqrt();
    assert!((found / n - truth).abs() <= allowed, "{} instead of {truth} ± {allowed}", found / n);
}

#[test]
fn error_rates_are_the_ones_written() {
    let (n, failed, ..) = pooled(
        &toml("errors_4xx = 0.01\nerrors_5xx = 0.02", &bad("errors = { errors_5xx = 0.05 }")),
        "bad",
    );
    assert_share(failed, n, 0.06);
}

#[test]
fn a_ramp_and_a_duration_give_the_area_under_the_course() {
    // From 5 min on, rising over 10 min, over after 20: (10/2 + 10) of 40 min at 20 %.
    let regression = "errors = { errors_5xx = 0.2 }\nonset = { at = \"5m\" }\n\
                      ramp = \"10m\"\nduration = \"20m\"";
    let (n, failed, ..) = pooled(&toml("", &bad(regression)), "bad");
    assert_share(failed, n, 0.2 * 15.0 / 40.0);
}

#[test]
fn an_intermittent_fault_is_on_for_its_part_of_the_time() {
    let regression = "crash = true\nintermittency = { on = \"1m\", off = \"3m\" }";
    let (n, failed, ..) = pooled(&toml("", &bad(regression)), "bad");
    assert_share(failed, n, 0.25);
}

#[test]
fn factors_and_shifts_change_every_response() {
    let (n, _, slow, mean) =
        pooled(&toml("", &bad("latency = { factor = 1.4, shift = \"20ms\" }")), "bad");
    assert!((mean - 0.16).abs() < 1e-9, "{mean}");
    assert!((slow - n).abs() < 0.5);
}

#[test]
fn a_tail_slows_its_share() {
    let (n, _, slow, mean) =
        pooled(&toml("", &bad("tail = { share = 0.05, factor = 11.0 }")), "bad");
    assert_share(slow, n, 0.05);
    // Mean 0.1·(1 + 10·share): its standard error is that of the share times 1.
    assert!((mean - 0.15).abs() < 4.5 * (0.05 * 0.95 / n).sqrt(), "{mean}");
}

#[test]
fn a_leak_grows_until_the_restart() {
    // +100 % an hour, restarting every 10 min for 2 min: over a cycle the factor averages 1 + (1/6)/2 while
    // up, and a sixth of the time the requests fail.
    let leak = "memory_leak = { latency_per_hour = 1.0, errors_5xx_per_hour = 0.0, \
                restart = { after = \"10m\", takes = \"2m\" } }";
    let toml = toml("", &bad(leak)).replace("40m", "36m");
    let (n, failed, _, mean) = pooled(&toml, "bad");
    assert_share(failed, n, 1.0 / 6.0);
    let expected = 0.1 * (1.0 + (1.0 / 6.0) / 2.0);
    // The factor is uniform on 1 to 7/6 over time: sd 0.1/6/√12 a request.
    let allowed = 4.5 * 0.1 / 6.0 / 12.0_f64.sqrt() / (n * 5.0 / 6.0).sqrt();
    assert!((mean - expected).abs() < allowed, "{mean} instead of {expected} ± {allowed}");
}

#[test]
fn a_cold_start_slows_the_first_minutes() {
    let green = "[green]\ncold_start = { factor = 5.0, lasts = \"10m\" }\n";
    let (n, _, _, mean) = pooled(&toml("", green), "healthy");
    // A triangle of height 4 over a quarter of the time.
    let expected = 0.1 * (1.0 + 4.0 / 2.0 / 4.0);
    let variance: f64 = 0.01 * (16.0 / 3.0 / 4.0 - 0.25);
    let allowed = 4.5 * (variance / n).sqrt();
    assert!((mean - expected).abs() < allowed, "{mean} instead of {expected} ± {allowed}");
}

#[test]
fn incidents_hit_without_being_attributable() {
    let incident = "[[incidents]]\nname = \"outage\"\nrate_per_day = 0.0\nat = [\"10m\"]\nlasts = \"8m\"\n\
                    effect = { errors_5xx = 0.3, latency = { shift = \"100ms\" } }\n";
    let toml = toml("errors_5xx = 0.1", incident);
    let (n, failed, slow, _) = pooled(&toml, "healthy");
    // 1 − 0.9·0.7 for a fifth of the time, else 0.1.
    assert_share(failed, n, 0.37 * 0.2 + 0.1 * 0.8);
    assert_share(slow, n, 0.2);
    let results = results(&toml);
    assert!(results.outcomes.iter().all(|outcome| outcome.to_horizon.counts.attributable == 0));
}

/// Two incidents at once: each fails and slows by itself, in every way that one can.
#[test]
fn incidents_under_way_together_compose() {
    let incident = |name: &str, effect: &str| {
        format!(
            "[[incidents]]\nname = \"{name}\"\nrate_per_day = 0.0\nat = [\"10m\"]\nlasts = \"8m\"\n\
             effect = {{ {effect} }}\n"
        )
    };
    let a = incident("a", "errors_4xx = 0.2, latency = { factor = 2.0 }");
    let b = incident(
        "b",
        "errors_4xx = 0.1, errors_5xx = 0.3, latency = { factor = 1.5, shift = \"10ms\" }",
    );
    let toml = toml("errors_4xx = 0.05\nerrors_5xx = 0.1", &format!("{a}{b}"));
    let (n, failed, _, mean) = pooled(&toml, "healthy");
    let (p4, p5) = (1.0 - 0.95 * 0.8 * 0.9, 1.0 - 0.9 * 0.7);
    assert_share(failed, n, 0.2 * (p4 + p5) + 0.8 * 0.15);
    // A fifth of the requests takes 100 ms times 3 plus 10 ms.
    let expected = 0.8 * 0.1 + 0.2 * 0.31;
    let allowed = 4.5 * 0.21 * (0.16 / n).sqrt();
    assert!((mean - expected).abs() < allowed, "{mean} instead of {expected} ± {allowed}");
    let results = results(&toml);
    let all = arm(&results, "s", "healthy");
    let of_4xx: u64 = all.iter().map(|outcome| outcome.to_horizon.counts.failed_4xx).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts of a test")]
    assert_share(of_4xx as f64, n, 0.2 * p4 + 0.8 * 0.05);
}

#[test]
fn a_surge_multiplies_the_traffic() {
    let surge = "[[incidents]]\nname = \"surge\"\nrate_per_day = 0.0\nat = [\"10m\"]\nlasts = \"20m\"\n\
                 effect = { traffic_factor = 3.0 }\n";
    let (n, ..) = pooled(&toml("", surge), "healthy");
    let expected = 8.0 * 50.0 * 2400.0 * 2.0;
    assert!((n - expected).abs() < 4.5 * expected.sqrt(), "{n} instead of {expected}");
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn clumped_errors_have_the_variance_of_the_beta_binomial() {
    // One interval a run, since the clock strikes at t = 0: counts among n requests with p = 0.1, ρ = 0.02.
    let blue = "errors_5xx = 0.1\noverdispersion = { correlation = 0.02, interval = \"40m\" }";
    let toml = toml(blue, "").replace("runs = 8", "runs = 400\nphase = \"aligned\"");
    let toml = toml.replace("50.0", "1.0");
    let results = results(&toml);
    let runs = arm(&results, "s", "healthy");
    let rates: Vec<f64> = runs
        .iter()
        .map(|o| o.to_horizon.counts.failed as f64 / o.to_horizon.counts.requests as f64)
        .collect();
    let count = rates.len() as f64;
    let mean = rates.iter().sum::<f64>() / count;
    let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let n = 2400.0;
    let expected = 0.1 * 0.9 * (1.0 + (n - 1.0) * 0.02) / n;
    assert!((mean - 0.1).abs() < 4.5 * (expected / count).sqrt(), "{mean}");
    // The sd of a sample variance is about √(2/N) of it: catches an error of a third.
    let ratio = variance / expected;
    assert!((ratio - 1.0).abs() < 4.5 * (2.0 / count).sqrt(), "{ratio}");
}

#[test]
fn users_touched_match_users_counted_one_by_one() {
    // All of 2,000 expected requests on a faulty green: the closed form against a count by hand.
    let toml = toml("", &bad("crash = true")).replace("[endpoint]", "users = 3000\n[endpoint]");
    let results = results(&toml.replace("50.0", "1.0"));
    for outcome in arm(&results, "s", "bad") {
        let n = outcome.to_horizon.counts.faulty_green;
        let mut missing = 1.0_f64;
        for _ in 0..n {
            missing *= 1.0 - 1.0 / 3000.0;
        }
        let touched = outcome.to_horizon.users_touched.expect("users are known");
        assert!((touched - 3000.0 * (1.0 - missing)).abs() < 1e-6);
    }
}

/// A model that answers everything with a 4xx, after two seconds, behind a time-out of one: callers and
/// alarms see 5xx of the time-out and no 4xx, whether the request was being served or waited in a queue;
/// and so do those that an asynchronous endpoint gives up.
#[test]
fn a_time_out_is_a_5xx_whatever_the_model_would_have_said() {
    let blue = "errors_4xx = 1.0";
    let late = toml(blue, "").replace("100ms", "2s").replace("50.0", "10.0");
    let unlimited = late.replace("concurrency = 2", "timeout = \"1s\"");
    let queued = late.replace("capacity = \"unlimited\"", "timeout = \"1s\"");
    let polled = late
        .replace("capacity = \"unlimited\"", "mode = \"asynchronous\"\nprocessing_timeout = \"1s\"")
        .replace("concurrency = 2", "concurrency = 10");
    for toml in [unlimited, queued, polled] {
        let results = results(&toml.replace("runs = 8", "runs = 1"));
        let damage = results.outcomes[0].to_horizon;
        let failed = damage.counts.requests - damage.counts.rejected;
        assert!(failed > 20_000, "{failed} came");
        assert_eq!(
            (damage.counts.failed, damage.counts.timed_out, damage.counts.failed_4xx),
            (failed, failed, 0)
        );
        for row in &results.records[0].intervals {
            let FleetInterval { requests, failed_4xx, failed_5xx, .. } = row.green;
            assert_eq!((failed_5xx, failed_4xx), (requests, 0), "at {:?}", row.start);
        }
    }
}

/// A green that is only slower fails nobody whom blue would have served, so no user failed because of it,
/// though faulty answers and failures reached nearly all of them. Of one that fails more, those with a
/// failure that blue would not have given are U·(1 − (1 − 1/U)ⁿ), n being such failures.
#[test]
fn users_whom_blue_would_have_failed_as_well_did_not_fail_because_of_green() {
    let faults = "[[regressions]]\nname = \"slower\"\nlatency = { shift = \"50ms\" }\n\
                  [[regressions]]\nname = \"fails\"\nerrors = { errors_5xx = 0.25 }\n";
    for (users, more) in [
        ("users = 3000", "fidelity = \"requests\""),
        ("users = 3000", "fidelity = \"aggregate\""),
        ("users = 3000\nsticky_users = true", ""),
        ("users = 3000", "[clients]\nattempts = 2"),
        ("users = 3000\nsticky_users = true", "[clients]\nattempts = 2"),
    ] {
        let (experiment, clients) = if more.starts_with('[') { ("", more) } else { (more, "") };
        let toml = toml("errors_5xx = 0.2", &format!("{faults}{clients}\n"))
            .replace("50.0", "10.0")
            .replace("[endpoint]", &format!("{users}\n[endpoint]"))
            .replace("runs = 8", &format!("runs = 2\n{experiment}"));
        let results = results(&toml);
        for run in arm(&results, "s", "slower") {
            let damage = run.to_horizon;
            assert!(
                damage.counts.green_failed > 200 && damage.users_touched > Some(2900.0),
                "{more}"
            );
            assert_eq!((damage.counts.attributable, damage.users_failed), (0, Some(0.0)), "{more}");
            assert_eq!(damage.users_failed_excess, Some(0.0), "{more}");
        }
        for run in arm(&results, "s", "fails") {
            let (damage, failed) = (run.to_horizon, run.to_horizon.users_failed.expect("users"));
            let n = i32::try_from(damage.counts.attributable).expect("a small count");
            assert!(n > 100, "{n}");
            let expected = 3000.0 * (1.0 - (1.0_f64 - 1.0 / 3000.0).powi(n));
            assert!((failed - expected).abs() < 1e-6, "{more}: {failed} instead of {expected}");
        }
    }
}
