//! The least busy instance of a fleet, and of both, against a program of a few lines that shares nothing with
//! the simulator: it keeps all finishing times of each instance and looks through them.
//!
//! Each figure is compared by the differences of independent replications, α = 10⁻⁴; the test prints the
//! error that it would have caught.

use crate::statistical::assert_mean_within;
use crate::support::{arm, results, root, small};
use rollout_sim::scenario::Scenario;
use rollout_sim::simulation::outcome::Outcome;

const REPLICATIONS: u64 = 24;
const ALPHA: f64 = 1e-4;
const MINUTES: f64 = 4.0;

/// Ten instances of two places, one of them green.
struct Endpoint {
    rate_per_s: f64,
    /// Mean service \[s\], exponential.
    blue_s: f64,
    /// Of green; the same for each request if it `fails`.
    green_s: f64,
    fails: bool,
    over_fleets: bool,
}

/// Share of the requests that green takes, share of them that wait, mean response of green \[s\].
type Figures = [f64; 3];

/// Numbers from 0 to below 1 (splitmix64).
struct Luck(u64);

impl Luck {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -(1.0 - self.uniform()).ln()
    }
}

/// Every request by itself.
fn brute_force(endpoint: &Endpoint, seed: u64) -> Figures {
    let mut luck = Luck(seed);
    let mut finishes: Vec<Vec<f64>> = vec![Vec::new(); 10];
    let (mut now, mut requests, mut green, mut waited, mut responses) = (0.0, 0.0, 0.0, 0.0, 0.0);
    loop {
        now += luck.exponential() / endpoint.rate_per_s;
        if now >= 60.0 * MINUTES {
            return [green / requests, waited / green, responses / green];
        }
        requests += 1.0;
        for of_one in &mut finishes {
            of_one.retain(|&finish| finish > now);
        }
        let falls_on_green = luck.uniform() < 0.1;
        let candidates = match (endpoint.over_fleets, falls_on_green) {
            (true, _) => 0..10,
            (false, true) => 9..10,
            (false, false) => 0..9,
        };
        // Ties are broken evenly: a number of its own for each.
        let keyed = candidates.map(|instance| (finishes[instance].len(), luck.uniform(), instance));
        let least = keyed.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let instance = least.expect("ten instances").2;
        let of_one = &mut finishes[instance];
        of_one.sort_by(f64::total_cmp);
        // It starts when only one of those before it is left.
        let start = if of_one.len() < 2 { now } else { of_one[of_one.len() - 2].max(now) };
        let service = match (instance, endpoint.fails) {
            (9, true) => endpoint.green_s,
            (9, false) => endpoint.green_s * luck.exponential(),
            _ => endpoint.blue_s * luck.exponential(),
        };
        of_one.push(start + service);
        if instance == 9 {
            green += 1.0;
            waited += f64::from(u8::from(start > now));
            responses += start + service - now;
        }
    }
}

fn simulated(endpoint: &Endpoint) -> Vec<Figures> {
    let seconds = 60.0 * MINUTES;
    let scope = if endpoint.over_fleets { "endpoint" } else { "fleet" };
    let [blue_ms, green_ms] = [endpoint.blue_s, endpoint.green_s].map(|s| 1e3 * s);
    let (latency, failing) = if endpoint.fails {
        (
            "exponential",
            format!("failed_latency = {{ constant = \"{green_ms}ms\" }}\nerrors_5xx = 1.0"),
        )
    } else {
        ("exponential", String::new())
    };
    let own_ms = if endpoint.fails { blue_ms } else { green_ms };
    let toml = format!(
        r#"
name = "scope"
[experiment]
runs = {REPLICATIONS}
seed = 5
horizon = "{seconds}s"
warm_up = "0s"
measure_from = "0s"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = {} }} }}
[endpoint]
instances = 10
concurrency = 2
routing = "least-outstanding"
routing_scope = "{scope}"
provision = "0s"
switch = "0s"
price_per_hour = 1.0
timeout = "none"
[blue]
latency = {{ {latency} = {{ mean = "{blue_ms}ms" }} }}
[green]
latency = {{ {latency} = {{ mean = "{own_ms}ms" }} }}
{failing}
[[strategies]]
name = "s"
steps = [{{ share = "10%", bake = "{seconds}s" }}]
"#,
        endpoint.rate_per_s
    );
    let results = results(&toml);
    arm(&results, "s", "healthy").into_iter().map(figures).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn figures(outcome: &Outcome) -> Figures {
    let counts = &outcome.to_horizon;
    let times = &outcome.green_times;
    [
        counts.counts.green as f64 / counts.counts.requests as f64,
        times.waited_share.expect("requests"),
        times.response_mean_s.expect("requests"),
    ]
}

/// Asserts that both agree; gives the means of the simulator.
fn assert_same(endpoint: &Endpoint) -> Figures {
    let simulated = simulated(endpoint);
    let other: Vec<Figures> =
        (1..=REPLICATIONS).map(|seed| brute_force(endpoint, seed << 32)).collect();
    let of = |figure: usize| {
        let differences: Vec<f64> = simulated
            .iter()
            .zip(&other)
            .map(|(ours, theirs)| ours[figure] - theirs[figure])
            .collect();
        // What does not vary differs by rounding alone.
        if differences.iter().any(|difference| difference.abs() > 1e-12) {
            assert_mean_within(&differences, 0.0, ALPHA);
        }
        #[expect(clippy::cast_precision_loss, reason = "a few replications")]
        let count = simulated.len() as f64;
        simulated.iter().map(|ours| ours[figure]).sum::<f64>() / count
    };
    [of(0), of(1), of(2)]
}

/// At a utilisation of 0.7 a canary of one instance that has its own stream of requests waits like a small
/// fleet, one that shares the choice like a large one.
#[test]
fn a_canary_pools_with_the_others_only_over_the_endpoint() {
    let endpoint = |over_fleets| Endpoint {
        rate_per_s: 250.0,
        blue_s: 0.056,
        green_s: 0.056,
        fails: false,
        over_fleets,
    };
    let [share, waits_alone, _] = assert_same(&endpoint(false));
    assert!((share - 0.1).abs() < 0.005, "{share}");
    // M/M/2 at ρ = 0.7: 2ρ²/(1 + ρ).
    let erlang_c = 2.0 * 0.49 / 1.7;
    assert!((waits_alone - erlang_c).abs() < 0.02, "{waits_alone} against {erlang_c}");
    let [share, waits_among_all, _] = assert_same(&endpoint(true));
    assert!((share - 0.1).abs() < 0.005, "{share}: alike, so each takes its part");
    assert!(waits_among_all < 0.2 * waits_alone, "{waits_among_all} of {waits_alone}");
}

#[test]
fn a_green_that_fails_at_once_draws_more_than_its_share() {
    let endpoint = |over_fleets| Endpoint {
        rate_per_s: 120.0,
        blue_s: 0.08,
        green_s: 0.003,
        fails: true,
        over_fleets,
    };
    let [share, _, _] = assert_same(&endpoint(false));
    assert!((share - 0.1).abs() < 0.005, "{share}");
    let [share, _, _] = assert_same(&endpoint(true));
    assert!(share > 0.2, "{share}");
}

#[test]
fn a_slow_green_draws_less_than_its_share() {
    let endpoint =
        Endpoint { rate_per_s: 120.0, blue_s: 0.08, green_s: 0.2, fails: false, over_fleets: true };
    let [share, _, _] = assert_same(&endpoint);
    assert!(share < 0.08, "{share}");
}

/// The smallest scenario with a scope, a strategy that mixes fleets and one that does not.
fn scoped(endpoint: &str, rest: &str) -> String {
    let rest = format!(
        "[[strategies]]\nname = \"mixed\"\n\
         canary = {{ size = \"25%\", bake = \"5m\", final_bake = \"5m\" }}\n\
         [[strategies]]\nname = \"at once\"\nall_at_once = {{ final_bake = \"5m\" }}\n{rest}"
    );
    small(endpoint, &rest)
}

#[test]
fn where_one_fleet_has_all_traffic_the_scope_changes_nothing() {
    let of = |scope: &str| {
        let endpoint = format!("routing = \"least-outstanding\"\nrouting_scope = \"{scope}\"");
        results(&scoped(&endpoint, ""))
    };
    let [fleet, over_all] = ["fleet", "endpoint"].map(of);
    assert_eq!(arm(&fleet, "at once", "healthy"), arm(&over_all, "at once", "healthy"));
    assert_ne!(arm(&fleet, "mixed", "healthy"), arm(&over_all, "mixed", "healthy"));
}

#[test]
fn without_queues_a_fast_fleet_still_takes_more() {
    let endpoint = "routing = \"least-outstanding\"\nrouting_scope = \"endpoint\"\n\
                    capacity = \"unlimited\"";
    let rest = "[green]\nlatency = { lognormal = { median = \"5ms\", p99 = \"12ms\" } }";
    let results = results(&scoped(endpoint, rest));
    let outcomes = arm(&results, "mixed", "healthy");
    let green: u64 = outcomes.iter().map(|outcome| outcome.to_bake_end.counts.green).sum();
    let own = "routing = \"least-outstanding\"\ncapacity = \"unlimited\"";
    let alone = crate::support::results(&scoped(own, rest));
    let outcomes = arm(&alone, "mixed", "healthy");
    let by_share: u64 = outcomes.iter().map(|outcome| outcome.to_bake_end.counts.green).sum();
    assert!(green > by_share, "{green} against {by_share}");
}

#[test]
fn callers_who_try_again_choose_among_all_instances_too() {
    let of = |scope: &str| {
        let endpoint = format!("routing = \"least-outstanding\"\nrouting_scope = \"{scope}\"");
        let rest = "[clients]\nattempts = 3\n[[regressions]]\nname = \"fails fast\"\n\
                    errors = { errors_5xx = 0.5 }\n[green]\nfailed_latency = { constant = \"1ms\" }";
        let results = results(&scoped(&endpoint, rest));
        let outcomes = arm(&results, "mixed", "fails fast");
        outcomes.iter().map(|outcome| outcome.to_bake_end.counts.green).sum::<u64>()
    };
    assert!(of("endpoint") > of("fleet"));
}

#[test]
fn a_scope_that_means_nothing_is_refused() {
    let least = "routing = \"least-outstanding\"\nrouting_scope = \"endpoint\"";
    for (endpoint, rest, message) in [
        ("routing_scope = \"endpoint\"".to_owned(), "", "`routing` is \"random\""),
        (format!("{least}\nshift_by = \"percent\""), "", "falls on a fleet by the percentage"),
        (format!("{least}\nqueue = \"shared\""), "", "wait at no instance"),
    ] {
        let toml = scoped(&endpoint, rest);
        let errors = Scenario::parse(&toml, "test.toml", &root()).expect_err(message);
        assert!(errors.render(false).contains(message), "{}", errors.render(false));
    }
    let sticky = scoped(least, "").replace("users = 500", "users = 500\nsticky_users = true");
    let errors = Scenario::parse(&sticky, "test.toml", &root()).expect_err("users stay put");
    assert!(errors.render(false).contains("cannot stay with a fleet"), "{}", errors.render(false));
    let drawn = scoped(least, "").replace("seed = 9", "seed = 9\nfidelity = \"aggregate\"");
    let errors = Scenario::parse(&drawn, "test.toml", &root()).expect_err("nothing is drawn");
    assert!(errors.render(false).contains("how busy both fleets are"), "{}", errors.render(false));
}
