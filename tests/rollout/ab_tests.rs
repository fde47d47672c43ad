//! A/B tests in whole runs: what they decide, how often they are wrong, and what they cost.

use crate::statistical::assert_mean_within;
use crate::support::{arm, results};
use rollout_sim::experiment::Results;
use rollout_sim::simulation::outcome::{End, Outcome, TestOutcome, Verdict};
use rollout_sim::stats::power::Design;
use rollout_sim::stats::real;
use rollout_sim::stats::two_sample::Sided;
use statrs::distribution::{Binomial, DiscreteCDF};

const HORIZON_S: f64 = 40.0 * 60.0;

/// 5 requests a second for a half-hour test, 20 % of which convert.
fn toml(runs: u64, kpi: &str, rest: &str) -> String {
    format!(
        r#"
name = "ab"
[experiment]
runs = {runs}
seed = 77
horizon = "40m"
warm_up = "0s"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 5.0 }} }}
users = 400
[endpoint]
instances = 1
capacity = "unlimited"
provision = "0s"
switch = "60s"
clean_up = "0s"
price_per_hour = 1.0
[controller]
poll_interval = "0s"
[blue]
latency = {{ constant = "20ms" }}
errors_5xx = 0.01
[kpi]
conversion = "20%"
{kpi}
{rest}
"#
    )
}

fn strategy(name: &str, keys: &str) -> String {
    format!("[[strategies]]\nname = \"{name}\"\nab_test = {{ lasts = \"30m\", {keys} }}\n")
}

const BETTER: &str = "[[regressions]]\nname = \"better\"\nhealthy = true\n\
                      kpi = { conversion_factor = 1.15 }\n";
const WORSE: &str = "[[regressions]]\nname = \"worse\"\nkpi = { conversion_factor = 0.85 }\n";

fn tests<'r>(results: &'r Results, strategy: &str, regression: &str) -> Vec<&'r TestOutcome> {
    let runs = arm(results, strategy, regression).into_iter();
    runs.map(|run| run.test.as_ref().expect("the test began")).collect()
}

fn count(tests: &[&TestOutcome], of: impl Fn(&TestOutcome) -> bool) -> u64 {
    u64::try_from(tests.iter().filter(|test| of(test)).count()).expect("a small count")
}

/// Asserts that a count of `n` is what a probability would give: exact binomial tails of α/2 each.
fn assert_binomial(count: u64, n: u64, p: f64, alpha: f64) {
    let binomial = Binomial::new(p, n).expect("a probability");
    let (low, high) = (binomial.inverse_cdf(alpha / 2.0), binomial.inverse_cdf(1.0 - alpha / 2.0));
    assert!((low..=high).contains(&count), "{count} of {n}, expected {low} to {high} at p = {p}");
}

/// α = 10⁻⁴ each. Of 600 runs a false-winner rate of 0.05 is told from 0.093, a power from one that is
/// 0.08 off, nine times in ten.
#[test]
fn a_fixed_test_errs_as_often_as_it_says_and_has_the_power_that_was_planned() {
    let runs = 600;
    let rest =
        format!("{BETTER}{WORSE}{}", strategy("fixed", "test = { fixed = { alpha = 0.05 } }"));
    let results = results(&toml(runs, "", &rest));
    let none = tests(&results, "fixed", "healthy");
    assert_binomial(count(&none, |test| test.false_winner), runs, 0.05, 1e-4);
    assert_binomial(count(&none, |test| test.winner == Some(1)), runs, 0.025, 1e-4);
    let design = Design { alpha: 0.05, sided: Sided::Two, ratio: 1.0 };
    // Failed requests do not convert; 4,500 requests come to each side.
    for (regression, factor, winner) in [("better", 1.15, 1), ("worse", 0.85, 0)] {
        let power = design.power_of_proportions(0.198, 0.198 * factor, 4_500.0);
        assert!((0.6..0.97).contains(&power), "{power}: a power near 1 would test nothing");
        let found = tests(&results, "fixed", regression);
        assert_binomial(count(&found, |test| test.winner == Some(winner)), runs, power, 1e-4);
        assert!(found.iter().all(|test| test.best == Some(winner)));
        let covered = |test: &TestOutcome| {
            test.interval
                .is_some_and(|(low, high)| low <= test.true_effect && test.true_effect <= high)
        };
        assert_binomial(count(&found, covered), runs, 0.95, 1e-4);
        let effects: Vec<f64> = found.iter().filter_map(|test| test.effect).collect();
        assert_mean_within(&effects, 0.198 * (factor - 1.0), 1e-4);
    }
}

#[test]
fn the_winner_takes_everything_and_the_loser_nothing() {
    let rest = format!("{BETTER}{WORSE}{}", strategy("fixed", "final_bake = \"5m\""));
    let results = results(&toml(100, "", &rest));
    let by_chance = results.outcomes.iter().filter(|run| run.verdict == Verdict::ByChance).count();
    // 2.5 % of 100 are expected; more than 12 have a probability of 10⁻⁵.
    assert!(by_chance <= 12, "{by_chance}");
    for run in results.outcomes {
        let test = run.test.expect("the test began");
        assert!((test.started_at.as_secs_f64() - 60.0).abs() < 1e-9, "after the switch");
        let decided = test.decided_at.expect("no alarm prevents it");
        assert!((decided.since(test.started_at).as_secs_f64() - 1800.0).abs() < 1e-9);
        if test.winner == Some(1) {
            assert_eq!(run.end, End::Promoted);
            let full = run.full_traffic_at.expect("green takes everything");
            assert!((full.since(decided).as_secs_f64() - 60.0).abs() < 1e-9);
            let after = run.to_horizon.counts.green - run.to_bake_end.counts.green;
            assert_eq!(after, run.to_horizon.counts.requests - run.to_bake_end.counts.requests);
        } else {
            assert_eq!(run.end, End::Stopped, "undecided goes back to blue, too");
            assert_eq!(run.full_traffic_at, None);
            let expected = match (run.regression, test.winner) {
                // A fixed test has one look: where the healthy release loses too, the loss says nothing.
                (2, Some(0)) if run.healthy_given_up_at.is_some() => Verdict::ByChance,
                (2, Some(0)) => Verdict::Caught,
                (2, _) => Verdict::Missed,
                (_, Some(0)) => Verdict::FalseRollback,
                _ => Verdict::Passed,
            };
            assert_eq!(run.verdict, expected, "{run:?}");
        }
    }
}

#[test]
fn an_undecided_test_may_promote() {
    let keys = "if_undecided = \"green\", test = { fixed = { alpha = 0.000001 } }";
    let results = results(&toml(20, "", &strategy("bold", keys)));
    for run in &results.outcomes {
        assert_eq!(run.test.map(|test| test.winner), Some(None));
        assert_eq!((run.end, run.verdict), (End::Promoted, Verdict::Passed));
    }
}

#[test]
fn equal_models_lose_nothing_exactly() {
    let rest = strategy("fixed", "") + &strategy("by user", "routing = \"user\"");
    let kpi = "user_correlation = 0.1\nrevenue = { mean_value = 10.0, cv = 1.0 }";
    let results = results(&toml(30, kpi, &rest));
    for run in &results.outcomes {
        let kpi = run.to_horizon.kpi.expect("a KPI");
        assert!(kpi.conversions > 0);
        assert_eq!(kpi.conversions, kpi.conversions_without);
        assert_eq!(kpi.revenue.to_bits(), kpi.revenue_without.to_bits());
        let test = run.test.expect("the test began");
        assert_eq!(test.regret_realised_to_horizon.to_bits(), 0.0_f64.to_bits());
        assert_eq!(test.regret_expected_to_horizon.to_bits(), 0.0_f64.to_bits());
        assert_eq!(run.to_horizon.counts.attributable, 0);
    }
}

/// Regret by the models' means and by what would have come of the same requests have one expectation.
/// α = 10⁻⁴ each.
#[test]
fn realised_regret_is_expected_regret_on_average() {
    let rest = format!(
        "{BETTER}[[regressions]]\nname = \"fails\"\nerrors = {{ errors_5xx = 0.1 }}\n{}{}{}",
        strategy("conversion", ""),
        strategy("revenue", "kpi = \"revenue\""),
        strategy("failure", "kpi = \"failure\""),
    );
    let kpi = "revenue = { mean_value = 10.0, cv = 1.0 }";
    let results = results(&toml(200, kpi, &rest));
    for (strategy, regression) in [
        ("conversion", "better"),
        ("revenue", "better"),
        ("conversion", "fails"),
        ("failure", "fails"),
    ] {
        let found = tests(&results, strategy, regression);
        let differences: Vec<f64> = found
            .iter()
            .map(|test| test.regret_realised_to_decision - test.regret_expected_to_decision)
            .collect();
        assert_mean_within(&differences, 0.0, 1e-4);
        assert!(found.iter().all(|test| test.regret_expected_to_horizon > 0.0));
    }
    // 4,500 requests on blue, each 0.15 · 0.198 of a conversion short of green's.
    let lost: Vec<f64> = tests(&results, "conversion", "better")
        .iter()
        .map(|test| test.regret_expected_to_decision)
        .collect();
    assert_mean_within(&lost, 4_500.0 * 0.15 * 0.198, 1e-4);
    assert!(tests(&results, "failure", "healthy").iter().all(|test| test.best.is_none()));
}

fn spread(values: &[f64]) -> f64 {
    let n = rollout_sim::stats::interval::Mean::of(values).expect("values");
    n.variance.expect("more than one").sqrt()
}

/// Users differ (correlation 0.3) and each sends about 22 requests in the test. Routed by user, the
/// effect scatters as the delta method says, √(1 + 21.5·0.3) ≈ 2.7 times as widely as independent
/// requests would; routed by request, it scatters like those. A standard deviation of 600 runs is within
/// 12 % at α = 3·10⁻⁵; the tolerance of 15 % would miss a wrong variance below 40 %.
#[test]
fn users_are_the_unit_where_users_are_routed() {
    let rest = strategy("by user", "routing = \"user\"") + &strategy("by request", "");
    let results = results(&toml(600, "user_correlation = 0.3", &rest));
    let naive = (0.198 * 0.802 * 2.0 / 4_500.0_f64).sqrt();
    for (name, wider) in [("by user", 2.7), ("by request", 1.0)] {
        let found = tests(&results, name, "healthy");
        let effects: Vec<f64> = found.iter().filter_map(|test| test.effect).collect();
        let said: Vec<f64> = found
            .iter()
            .filter_map(|test| test.interval.map(|(low, high)| (high - low) / 2.0 / 1.959_964))
            .collect();
        let said = said.iter().sum::<f64>() / real(600);
        let seen = spread(&effects);
        assert!((seen / said - 1.0).abs() < 0.15, "{name}: {seen} seen, {said} said");
        assert!((seen / naive / wider - 1.0).abs() < 0.2, "{name}: {} times naive", seen / naive);
        assert_binomial(count(&found, |test| test.false_winner), 600, 0.05, 1e-4);
    }
    let by_user = tests(&results, "by user", "healthy");
    assert!(
        by_user.iter().all(|test| test.blue_units + test.green_units <= 400),
        "users, not requests"
    );
}

const VARIANTS: &str = "[[variants]]\nname = \"c\"\nweight = 2.0\nkpi = { conversion_factor = 1.5 }\n\
                        errors_5xx = 0.0\ninstances = 3\n\
                        [[variants]]\nname = \"d\"\nlatency = { constant = \"40ms\" }\n";

/// Weights 1 : 1 : 2 : 1. α = 10⁻⁴ a variant over all runs together: a share wrong by 0.004 is caught.
#[test]
fn other_challengers_have_their_shares_fleets_and_victory() {
    let rest = format!("{VARIANTS}{}", strategy("four", ""));
    let results = results(&toml(40, "", &rest));
    let mut requests = [0; 4];
    for run in &results.outcomes {
        for (count, variant) in requests.iter_mut().zip(&run.variants) {
            *count += variant.requests;
        }
        let test = run.test.expect("the test began");
        assert_eq!(
            (test.winner, test.best),
            (Some(2), Some(2)),
            "half as much again is not missed"
        );
        assert_eq!((run.end, run.verdict), (End::Promoted, Verdict::Passed));
        assert_eq!(run.to_horizon.counts.failed, run.to_bake_end.counts.failed, "c never fails");
        let late = run.to_horizon.counts.requests - run.to_bake_end.counts.requests;
        assert!(late > 1_000, "it took {late} requests by then");
        let response = |index: usize| run.variants[index].response_mean_s.expect("requests");
        assert!((response(3) - 0.04).abs() < 1e-9 && (response(0) - 0.02).abs() < 1e-9);
        let hours: Vec<Option<f64>> = run.variants.iter().map(|v| v.instance_hours).collect();
        let [c, d] = [hours[2].expect("a fleet"), hours[3].expect("a fleet")];
        assert!((c - 3.0 * HORIZON_S / 3600.0).abs() < 1e-9, "{c}: c stays");
        assert!((d - 1920.0 / 3600.0).abs() < 1e-9, "{d}: d is gone with the switch");
        // Green and d are gone with the switch, and so is blue, which is saved from then on.
        let extra = 1920.0 / 3600.0 + c + d - (HORIZON_S - 1920.0) / 3600.0;
        let found = run.extra_cost.expect("a known price");
        assert!((found - extra).abs() < 1e-9, "{found} instead of {extra}");
    }
    let all: u64 = requests.iter().sum();
    for (count, share) in requests.into_iter().zip([0.2, 0.2, 0.4, 0.2]) {
        assert_binomial(count, all, share, 1e-4);
    }
}

/// A test's variants have weights of their own, whatever is outstanding: what least-outstanding routing looks
/// at beyond a fleet is nothing to it.
#[test]
fn a_test_has_its_weights_where_requests_look_for_the_least_busy_instance_of_all() {
    let of_scope = |scope: &str| {
        let endpoint = format!(
            "[endpoint]\nconcurrency = 1\nrouting = \"least-outstanding\"\nrouting_scope = \"{scope}\""
        );
        let slow = "[green]\nlatency = { constant = \"150ms\" }\n";
        let rest = format!("{slow}{}", strategy("test", "share = \"50%\""));
        let toml = toml(20, "", &rest)
            .replace("[endpoint]", &endpoint)
            .replace("capacity = \"unlimited\"\n", "");
        results(&toml)
    };
    let [of_fleet, of_endpoint] = ["fleet", "endpoint"].map(of_scope);
    assert_eq!(arm(&of_fleet, "test", "healthy"), arm(&of_endpoint, "test", "healthy"));
    let (mut green, mut all) = (0, 0);
    for run in &of_endpoint.outcomes {
        green += run.variants[1].requests;
        all += run.variants.iter().map(|variant| variant.requests).sum::<u64>();
    }
    // 180,000 requests: a share that is off by 0.006 is caught. α = 10⁻⁴.
    assert_binomial(green, all, 0.5, 1e-4);
}

#[test]
fn other_challengers_change_nothing_for_tests_without_them() {
    let fixed = strategy("fixed", "variants = []");
    let alone = results(&toml(10, "", &format!("{BETTER}{fixed}")));
    let beside = format!("{VARIANTS}{BETTER}{fixed}{}", strategy("four", ""));
    let beside = results(&toml(10, "", &beside));
    for regression in ["healthy", "better"] {
        assert_eq!(arm(&alone, "fixed", regression), arm(&beside, "fixed", regression));
    }
}

/// Failures are rare and green has a tenth of the traffic: by the variances of each arm, an arm without a
/// failure is certain of it, and a third of the tests name a winner. Of 300 runs an error above 0.115 would
/// be caught nine times in ten; α = 10⁻⁴ each.
#[test]
fn an_always_valid_test_of_rare_failures_keeps_its_level() {
    let keys = "share = \"10%\", look_every = \"1m\", kpi = \"KPI\", \
                test = { always_valid = { mixture = 1.0, at_least = 100 } }";
    let [failure, revenue] =
        ["failure", "revenue"].map(|kpi| strategy(kpi, &keys.replace("KPI", kpi)));
    let toml = toml(300, "revenue = { mean_value = 10.0, cv = 3.0 }", &(failure + &revenue))
        .replace("errors_5xx = 0.01", "errors_5xx = 0.002")
        .replace("conversion = \"20%\"", "conversion = \"1%\"");
    let results = results(&toml);
    let most = Binomial::new(0.05, 300).expect("a probability").inverse_cdf(1.0 - 1e-4);
    for name in ["failure", "revenue"] {
        let found = tests(&results, name, "healthy");
        let wrong = count(&found, |test| test.false_winner);
        assert!(wrong <= most, "{name}: {wrong} of 300");
        assert!(found.iter().all(|test| test.looks > 1));
    }
}

#[test]
fn an_always_valid_test_stops_when_it_knows_and_an_alarm_stops_it_sooner() {
    let alarm = "[[alarms]]\nname = \"5xx\"\nmetric = \"Invocation5XXErrors\"\nstatistic = \"Average\"\n\
                 fleet = \"green\"\nthreshold = 0.2\ncomparison = \"GreaterThanThreshold\"\n\
                 period = \"60s\"\nevaluation_periods = 2\n";
    let much = "[[regressions]]\nname = \"much better\"\nhealthy = true\n\
                kpi = { conversion_factor = 2.0 }\n[[regressions]]\nname = \"fails\"\n\
                errors = { errors_5xx = 0.5 }\n";
    let keys = "look_every = \"1m\", \
                test = { always_valid = { mixture = \"20%\", at_least = 500 } }";
    let results = results(&toml(60, "", &format!("{alarm}{much}{}", strategy("anytime", keys))));
    for test in tests(&results, "anytime", "much better") {
        assert_eq!(test.winner, Some(1));
        let minutes = test.decided_at.expect("decided").since(test.started_at).as_secs_f64() / 60.0;
        // 500 requests on each side come in 200 s.
        assert!((3.0..15.0).contains(&minutes) && minutes.fract().abs() < 1e-9, "{minutes}");
        assert!(test.p_value.is_some_and(|p| p <= 0.05));
    }
    for run in arm(&results, "anytime", "fails") {
        assert_eq!((run.end, run.verdict), (End::RolledBack, Verdict::Caught));
        assert_eq!(run.test.map(|test| (test.decided_at, test.winner)), Some((None, None)));
    }
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let rest = format!(
        "{VARIANTS}{WORSE}{}{}",
        strategy("four", "kpi = \"revenue\", test = { always_valid = {} }, look_every = \"5m\""),
        strategy("by user", "routing = \"user\", variants = []")
    );
    let toml = toml(8, "user_correlation = 0.1\nrevenue = { mean_value = 9.0 }", &rest);
    let on = |threads: usize| -> Vec<Outcome> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| results(&toml)).outcomes
    };
    assert_eq!(on(1), on(3));
}

/// The interval of a fixed test is d ± z·√(p(1 − p)/n + q(1 − q)/m), with z = Φ⁻¹(0.975) of a two-sided
/// test at α = 5 %. A one-sided one has α in the one tail that it looks at, so z = Φ⁻¹(0.95), and the level
/// is 1 − 2α.
#[test]
fn the_interval_of_a_test_has_its_alpha_in_each_tail_that_it_looks_at() {
    for (sided, z) in [("two", 1.959_963_985), ("one", 1.644_853_627)] {
        let keys = format!("test = {{ fixed = {{ alpha = 0.05, sided = \"{sided}\" }} }}");
        let results = results(&toml(3, "", &strategy("fixed", &keys)));
        for run in &results.outcomes {
            let [(p, n), (q, m)] = [0, 1].map(|index| {
                let found = &run.variants[index];
                (real(found.conversions) / real(found.requests), real(found.requests))
            });
            let half = z * (p * (1.0 - p) / n + q * (1.0 - q) / m).sqrt();
            let expected = [q - p - half, q - p + half];
            let test = run.test.expect("the test began");
            for (low, high) in [test.interval, run.variants[1].interval].map(|it| it.expect("data"))
            {
                assert!((low - expected[0]).abs() < 1e-9, "{sided}: {low}, {expected:?}");
                assert!((high - expected[1]).abs() < 1e-9, "{sided}: {high}, {expected:?}");
            }
        }
    }
}

/// Over a ramp from green's first request to the horizon the effect is half of what it ends at on average:
/// a quarter of the conversions are lost where half of them are at the end, so a request that is answered
/// loses one with probability 0.2·0.25. α = 10⁻⁵; of 460,000 answers an error of 0.002 is caught nine times
/// in ten.
#[test]
fn an_effect_on_the_kpi_comes_with_the_ramp() {
    let rest = "[[regressions]]\nname = \"worse\"\nramp = \"39m\"\nkpi = { conversion_factor = 0.5 }\n\
                [[strategies]]\nname = \"plain\"\nall_at_once = {}\n";
    let results = results(&toml(40, "", rest));
    let (mut answered, mut lost) = (0, 0);
    for run in arm(&results, "plain", "worse") {
        let (damage, kpi) = (run.to_horizon, run.to_horizon.kpi.expect("a KPI"));
        answered += damage.counts.green - damage.counts.green_failed;
        lost += kpi.conversions_without - kpi.conversions;
    }
    assert_binomial(lost, answered, 0.2 * 0.25, 1e-5);
}
