//! A shadow test: what it compares, when it runs, what it costs, and that it hurts nobody but by the
//! overhead of mirroring.

use crate::support::{GREEN_5XX, arm, results, small};
use rollout_sim::experiment::summary::Summary;
use rollout_sim::simulation::outcome::{Mirrored, Outcome};

const CONSTANT: &str = "capacity = \"unlimited\"";

fn toml(rest: &str, shadow: &str) -> String {
    let toml = small(CONSTANT, rest);
    let toml = toml.replace("runs = 20", "runs = 6");
    format!(
        "{toml}\n[[strategies]]\nname = \"shadow\"\n\
         shadow = {{ lasts = \"20m\", then = \"stop\", {shadow} }}\n"
    )
}

fn mirrored(run: &Outcome) -> Mirrored {
    run.mirrored.expect("something was mirrored")
}

const SLOW: &str = "[[regressions]]\nname = \"slow\"\nlatency = { shift = \"30ms\" }\n\
                    [[regressions]]\nname = \"fails\"\nerrors = { errors_5xx = 0.105 }\n";

/// Production and shadow are two machines: each request has its own luck on either. Of 24,000 requests of
/// standard deviation s the means differ by s·√(2/24,000) or so, shares of failures p by
/// √(2p(1 − p)/24,000), and p·(1 − p)·2 of them fail on exactly one of the two. 4.5 standard errors.
#[test]
fn an_equal_shadow_differs_by_luck_and_a_worse_one_by_what_it_is_worse() {
    let results = results(&toml(SLOW, "sample = \"100%\""));
    let blue = &results.scenario.blue;
    let sd_s = 1e-9 * {
        let steps = 100_000;
        let places = (0..steps).map(|index| (f64::from(index) + 0.5) / f64::from(steps));
        let values: Vec<f64> = places.map(|p| blue.latency.quantile_ns(p)).collect();
        let mean = values.iter().sum::<f64>() / f64::from(steps);
        (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / f64::from(steps)).sqrt()
    };
    let p = blue.errors_5xx + blue.errors_4xx;
    let error = |variance: f64| 4.5 * (variance / 20_000.0).sqrt();
    for run in arm(&results, "shadow", "healthy") {
        let both = mirrored(run);
        assert!(both.requests > 20_000);
        let difference = both.latency_difference_s.expect("latencies");
        assert!(difference != 0.0 && difference.abs() < error(2.0 * sd_s * sd_s), "{difference}");
        let failed = both.shadow_failed - both.production_failed;
        assert!(failed.abs() < error(2.0 * p * (1.0 - p)), "{failed}");
        let apart = 2.0 * p * (1.0 - p);
        assert!((both.discordant - apart).abs() < error(apart), "{both:?}");
        assert!(both.discordant > 0.0);
        assert_eq!(both.agreement, None, "quality is not modelled");
    }
    for run in arm(&results, "shadow", "slow") {
        let difference = mirrored(run).latency_difference_s.expect("latencies");
        assert!((difference - 0.030).abs() < error(2.0 * sd_s * sd_s), "{difference}");
        for quantile in mirrored(run).quantile_differences_s.expect("latencies") {
            // Histograms are exact to a part in a hundred or so of the value itself, and the standard
            // error of a difference of two 99th percentiles is 1.5 ms.
            assert!((quantile - 0.030).abs() < 0.008, "{quantile}");
        }
    }
    for run in arm(&results, "shadow", "fails") {
        let both = mirrored(run);
        // Independent: fails on exactly one of the two.
        let fails = 0.105 + blue.errors_4xx;
        let apart = p * (1.0 - fails) + fails * (1.0 - p);
        assert!((both.discordant - apart).abs() < error(apart), "{both:?}");
        assert!((both.shadow_failed - fails).abs() < error(fails), "{both:?}");
    }
}

/// Of 90 % and 80 % accuracy, models that err on the same requests agree in 90 %, independent ones in
/// 0.9·0.8 + 0.1·0.2 = 74 %; two of 90 % that err independently in 82 %.
#[test]
fn answers_agree_where_both_are_right_or_both_wrong() {
    for (key, [equal, expected]) in [("disagreement = 0.0\n", [1.0, 0.9]), ("", [0.82, 0.74])] {
        agreement_is(key, equal, expected);
    }
}

fn agreement_is(key: &str, equal: f64, expected: f64) {
    let quality = format!(
        "[quality]\naccuracy = 0.9\n{key}[[regressions]]\nname = \"worse\"\n\
         quality = {{ accuracy_loss = 0.1 }}\n"
    );
    let results = results(&toml(&quality, "sample = \"100%\""));
    for run in arm(&results, "shadow", "healthy") {
        let agreement = mirrored(run).agreement.expect("quality");
        assert!(
            (agreement - equal).abs() < 0.013 * (1.0 - equal).sqrt() * 3.0 + 1e-12,
            "{agreement}"
        );
    }
    for run in arm(&results, "shadow", "worse") {
        let both = mirrored(run);
        let [agreement, production, shadow] =
            [both.agreement, both.production_right, both.shadow_right]
                .map(|share| share.expect("quality"));
        // 24,000 answers: 5 standard errors are 1.3 points.
        for (found, expected) in [(agreement, expected), (production, 0.9), (shadow, 0.8)] {
            assert!((found - expected).abs() < 0.013, "{found} instead of {expected}");
        }
    }
}

/// With the whole traffic mirrored to a failing shadow, callers notice nothing; with an overhead, only that.
#[test]
fn a_shadow_hurts_nobody_but_by_its_overhead() {
    let crash = "[kpi]\nconversion = 0.1\n[[regressions]]\nname = \"crash\"\ncrash = true\n";
    let plain = results(&toml(crash, "sample = \"100%\""));
    let slower = results(&toml(crash, "sample = \"100%\", overhead = \"100ms\""));
    let half = results(&toml(crash, "sample = \"50%\", overhead = \"100ms\""));
    for regression in ["healthy", "crash"] {
        let of = |results| arm(results, "shadow", regression);
        let runs = of(&plain).into_iter().zip(of(&slower)).zip(of(&half));
        for ((plain, slower), half) in runs {
            for run in [plain, slower, half] {
                let damage = run.to_horizon;
                assert_eq!(
                    (damage.counts.attributable, damage.counts.excess(), damage.counts.green),
                    (0, 0, 0)
                );
                let kpi = damage.kpi.expect("a KPI");
                assert_eq!(kpi.conversions, kpi.conversions_without);
            }
            assert_eq!(plain.to_horizon.counts.slow_attributable, 0);
            assert!(
                slower.to_horizon.counts.slow_attributable
                    > half.to_horizon.counts.slow_attributable
            );
            assert!(half.to_horizon.counts.slow_attributable > 0);
            // The comparison is of the models alone.
            assert_eq!(plain.mirrored, slower.mirrored);
            let mean = |run: &Outcome| run.all_times.response_mean_s.expect("responses");
            let all = plain.all_times.served;
            let counted = plain.to_horizon.counts.mirrored;
            #[expect(clippy::cast_precision_loss, reason = "counts of a test")]
            let expected = 0.1 * counted as f64 / all as f64;
            assert!((mean(slower) - mean(plain) - expected).abs() < 1e-6);
        }
    }
}

#[test]
fn it_starts_late_and_small_if_it_is_told_to_and_costs_no_more_than_that() {
    let late = results(&toml("", "starts_after = \"7m\", instances = 1"));
    let soon = results(&toml("", "sample = \"100%\""));
    for (late, soon) in late.outcomes.iter().zip(&soon.outcomes) {
        let first = |run: &Outcome| run.first_traffic_at.expect("mirrored").as_secs_f64();
        assert!((first(soon) - 120.0).abs() < 1e-9, "when the fleet is up");
        assert!((first(late) - 120.0 - 420.0).abs() < 1e-9);
        // Up for 2 + 7 + 20 minutes and half a minute of clean-up, one instance of four.
        assert!(
            (late.green_instance_hours - 29.5 / 60.0).abs() < 1e-9,
            "{}",
            late.green_instance_hours
        );
        assert!((soon.green_instance_hours - 4.0 * 22.5 / 60.0).abs() < 1e-9);
    }
}

/// A shadow that starts cold is compared once it is warm: a release that fails more and is as fast as
/// production is not slower for being new. Three times as slow at first and warm after ten of twenty minutes,
/// it would read as half as slow again: by 27 ms. The means of 12,000 requests of standard deviation
/// 21 ms differ by less than 1.5 ms, but for once in 10⁷.
#[test]
fn latency_is_compared_at_equal_age() {
    let cold = "[green]\ncold_start = { factor = 3.0, lasts = \"10m\" }\n";
    let fails = "[[regressions]]\nname = \"fails\"\nerrors = { errors_5xx = 0.105 }\n";
    let plain = results(&toml(fails, "sample = \"100%\""));
    let cold = results(&toml(&format!("{cold}{fails}"), "sample = \"100%\""));
    for (plain, cold) in plain.outcomes.iter().zip(&cold.outcomes) {
        let [plain, cold] = [plain, cold].map(mirrored);
        assert_eq!(plain.requests, cold.requests);
        let difference = cold.latency_difference_s.expect("half of the requests come later");
        assert!(difference.abs() < 0.001_5, "{difference}");
        assert!((plain.shadow_failed - cold.shadow_failed).abs() < 1e-12, "all are counted");
    }
}

/// The shadow needs exactly two minutes, so by completion what is mirrored in a minute is published with the
/// second one after it; whether callers try again or not.
#[test]
fn copies_count_in_the_minute_of_their_answer_if_answers_do() {
    for clients in ["", "[clients]\nattempts = 3\n"] {
        let minutes = |count_at: &str| -> Vec<u64> {
            let slow = format!("[green]\nlatency = {{ constant = \"2m\" }}\n{clients}");
            let toml = toml(&slow, "sample = \"100%\"")
                .replace(CONSTANT, &format!("{CONSTANT}\ntimeout = \"none\""))
                .replace("[metrics]", &format!("[metrics]\ncount_at = \"{count_at}\""));
            let results = results(&toml);
            results.records[0].intervals.iter().map(|row| row.shadow.requests).collect()
        };
        let [arrived, answered] = ["arrival", "completion"].map(minutes);
        assert!(arrived.iter().sum::<u64>() > 20_000, "twenty minutes of 20 requests a second");
        assert_eq!(answered[2..], arrived[..arrived.len() - 2], "{clients}");
    }
}

/// A shadow that is as production, under an alarm that bad luck sets off: a test that stops early has seen
/// more failures than there are, so the mean over the tests is too high. Over all requests it is not: by
/// Wald's equation the failures seen are the true share of the requests seen, whenever each test stops.
#[test]
fn a_share_over_all_requests_is_not_moved_by_tests_that_stop_early() {
    let alarm = GREEN_5XX.replace("fleet = \"green\"", "fleet = \"shadow\"");
    let alarm = alarm.replace("threshold = 0.02", "threshold = 0.0075");
    let toml = toml(&alarm, "sample = \"100%\"").replace("runs = 6", "runs = 400");
    let results = results(&toml);
    let stopped = arm(&results, "shadow", "healthy");
    let stopped = stopped.iter().filter(|run| run.alarm.is_some()).count();
    assert!((100..350).contains(&stopped), "{stopped} of 400");
    let truth = results.scenario.blue.errors_5xx + results.scenario.blue.errors_4xx;
    let summary = Summary::of(&results);
    let of = |statistic| {
        let row = summary.find((0, 0), "shadow_failed_share", statistic).expect("a row");
        [row.low, row.estimate, row.high].map(|value| value.expect("a number"))
    };
    let [low, pooled, high] = of("pooled");
    assert!(low < truth && truth < high, "{low} {pooled} {high}");
    let [low, mean, _] = of("mean");
    assert!(low > truth && mean - truth > 5.0 * (pooled - truth).abs(), "{low} {mean} {pooled}");
}
