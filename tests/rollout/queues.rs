//! Queues in steady state against their formulas, through scenario files.
//!
//! Each figure is a mean over independent replications, accepted within t(1 − α/2, R − 1) standard
//! errors of the replications' own spread, α = 10⁻⁴ each. The comments say the smallest error that this
//! would catch.

use crate::support::{arm, results};
use rollout_sim::simulation::outcome::{Outcome, Times};
use rollout_sim::stats::queueing::{MMc, erlang_b, pollaczek_khinchine};

const REPLICATIONS: u64 = 24;

/// A queue that is all of green from t = 0 on, measured after `settle_s`.
fn queue(
    rate_per_s: f64,
    latency: &str,
    endpoint: &str,
    settle_s: u32,
    measure_s: u32,
) -> Vec<Times> {
    let horizon = settle_s + measure_s;
    let toml = format!(
        r#"
name = "queue"
[experiment]
runs = {REPLICATIONS}
baseline = "none"
seed = 77
horizon = "{horizon}s"
warm_up = "0s"
measure_from = "{settle_s}s"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = {rate_per_s} }} }}
[endpoint]
provision = "0s"
switch = "0s"
price_per_hour = 1.0
timeout = "none"
{endpoint}
[blue]
latency = {latency}
[[strategies]]
name = "s"
steps = [{{ share = "100%", bake = "{horizon}s" }}]
"#
    );
    let results = results(&toml);
    arm(&results, "s", "healthy").iter().map(|outcome: &&Outcome| outcome.green_times).collect()
}

/// t quantile for α = 10⁻⁴, two-sided, 23 degrees of freedom.
const T_23: f64 = 4.693;

#[expect(clippy::cast_precision_loss, reason = "a few replications")]
fn assert_mean(times: &[Times], figure: impl Fn(&Times) -> f64, truth: f64, worst: f64) {
    let values: Vec<f64> = times.iter().map(figure).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let allowed = T_23 * (variance / n).sqrt();
    assert!((mean - truth).abs() <= allowed, "{mean} instead of {truth} ± {allowed} (α = 1e-4)");
    assert!(allowed <= worst * truth, "too blunt: ± {allowed} of {truth}");
}

#[test]
fn mm1_waits_rho_over_mu_minus_lambda() {
    // ρ = 0.7, service 100 ms. Catches an error of 3 %.
    let times = queue(
        7.0,
        r#"{ exponential = { mean = "100ms" } }"#,
        "instances = 1\nconcurrency = 1",
        500,
        30_000,
    );
    assert_mean(&times, |t| t.wait_mean_s.expect("requests"), 0.7 / 3.0, 0.03);
    assert_mean(&times, |t| t.waited_share.expect("requests"), 0.7, 0.01);
    // The response time is exponential with rate μ − λ = 3/s, so its 99 % quantile is ln(100)/3.
    let q99 = 100.0_f64.ln() / 3.0;
    assert_mean(&times, |t| t.response_quantiles_s.expect("requests")[2], q99, 0.05);
    // Little: Lq = λ·Wq.
    assert_mean(&times, |t| t.queue_length_mean.expect("requests"), 0.7 * 7.0 / 3.0, 0.03);
}

#[test]
fn md1_waits_half_as_long_as_mm1() {
    // Pollaczek–Khinchine with no variance: ρ/(2(μ − λ)). Catches an error of 2 %.
    let times =
        queue(7.0, r#"{ constant = "100ms" }"#, "instances = 1\nconcurrency = 1", 500, 30_000);
    assert_mean(&times, |t| t.wait_mean_s.expect("requests"), 0.7 / 6.0, 0.02);
}

#[test]
fn mg1_waits_by_pollaczek_khinchine() {
    // Lognormal service, mean 100 ms, cv 1.5, ρ = 0.6: Wq = λE[S²]/(2(1 − ρ)), E[S²] = m²(1 + cv²).
    // Catches an error of 6 %.
    let times = queue(
        6.0,
        r#"{ lognormal = { mean = "100ms", cv = 1.5 } }"#,
        "instances = 1\nconcurrency = 1",
        500,
        40_000,
    );
    let wait = pollaczek_khinchine(6.0, 0.1, 1.5 * 1.5).expect("a stable queue");
    assert_mean(&times, |t| t.wait_mean_s.expect("requests"), wait, 0.06);
}

#[test]
fn a_shared_queue_of_ten_waits_by_erlang_c() {
    // M/M/10 at ρ = 0.8: five instances of two. Catches an error of 3 % in P(wait), 6 % in the mean.
    let times = queue(
        80.0,
        r#"{ exponential = { mean = "100ms" } }"#,
        "instances = 5\nconcurrency = 2\nqueue = \"shared\"",
        100,
        3_000,
    );
    let exact = MMc::new(80.0, 0.1, 10).expect("a stable queue");
    assert_mean(&times, |t| t.waited_share.expect("requests"), exact.p_wait(), 0.03);
    assert_mean(&times, |t| t.wait_mean_s.expect("requests"), exact.wait_mean_s(), 0.06);
}

#[test]
fn queues_of_their_own_under_random_routing_are_mm2_each() {
    // Four instances of two places, 40/s: each is M/M/2 with 10/s, offered load 1, ρ = 0.5.
    let times = queue(
        40.0,
        r#"{ exponential = { mean = "100ms" } }"#,
        "instances = 4\nconcurrency = 2",
        100,
        6_000,
    );
    let each = MMc::new(10.0, 0.1, 2).expect("a stable queue");
    assert_mean(&times, |t| t.waited_share.expect("requests"), each.p_wait(), 0.02);
}

#[test]
fn without_waiting_places_rejections_follow_erlang_b() {
    // M/M/4/4 at offered load 3, insensitive to the service law: lognormal here.
    let horizon = 20_000;
    let toml = format!(
        r#"
name = "loss"
[experiment]
runs = {REPLICATIONS}
baseline = "none"
seed = 78
horizon = "{horizon}s"
warm_up = "0s"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 3.0 }} }}
[endpoint]
provision = "0s"
switch = "0s"
price_per_hour = 1.0
timeout = "none"
instances = 2
concurrency = 2
queue = "shared"
queue_limit = 0
[blue]
latency = {{ lognormal = {{ mean = "1s", cv = 1.0 }} }}
[[strategies]]
name = "s"
all_at_once = {{ final_bake = "1h" }}
"#
    );
    let results = results(&toml);
    let times: Vec<Times> = arm(&results, "s", "healthy")
        .iter()
        .map(|o| Times {
            waited_share: Some(ratio(o.to_horizon.counts.rejected, o.to_horizon.counts.requests)),
            ..Times::default()
        })
        .collect();
    assert_mean(&times, |t| t.waited_share.expect("set above"), erlang_b(4, 3.0), 0.02);
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
