//! A shadow test: what it compares, when it runs, what it costs, and that it hurts nobody but by the
//! overhead of mirroring.

mod support;

use rollout_sim::simulation::outcome::{Mirrored, Outcome};
use support::{arm, results, small};

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

#[test]
fn an_equal_shadow_differs_in_nothing_and_a_worse_one_by_what_it_is_worse() {
    let results = results(&toml(SLOW, "sample = \"100%\""));
    for run in arm(&results, "shadow", "healthy") {
        let both = mirrored(run);
        assert!(both.requests > 20_000);
        assert_eq!(both.latency_difference_s, Some(0.0));
        assert_eq!(both.quantile_differences_s, Some([0.0; 3]));
        assert!(both.discordant.abs() < 1e-15 && both.shadow_failed > 0.0);
        assert!((both.shadow_failed - both.production_failed).abs() < 1e-15);
        assert_eq!(both.agreement, None, "quality is not modelled");
    }
    for run in arm(&results, "shadow", "slow") {
        let difference = mirrored(run).latency_difference_s.expect("latencies");
        assert!((difference - 0.030).abs() < 1e-9, "{difference}");
        for quantile in mirrored(run).quantile_differences_s.expect("latencies") {
            // Histograms are exact to a part in a hundred or so of the value itself.
            assert!((quantile - 0.030).abs() < 0.004, "{quantile}");
        }
    }
    for run in arm(&results, "shadow", "fails") {
        let both = mirrored(run);
        // 10 points more of 24,000 requests: 5 standard errors are 1 point.
        assert!((both.discordant - 0.1).abs() < 0.01, "{both:?}");
        assert!((both.shadow_failed - both.production_failed - both.discordant).abs() < 1e-12);
    }
}

/// One uniform decides on the answers of both models: of 90 % and 80 % accuracy, they differ in 10 %.
#[test]
fn answers_agree_where_both_are_right_or_both_wrong() {
    let quality = "[quality]\naccuracy = 0.9\n[[regressions]]\nname = \"worse\"\n\
                   quality = { accuracy_loss = 0.1 }\n";
    let results = results(&toml(quality, "sample = \"100%\""));
    for run in arm(&results, "shadow", "healthy") {
        assert_eq!(mirrored(run).agreement, Some(1.0));
    }
    for run in arm(&results, "shadow", "worse") {
        let both = mirrored(run);
        let [agreement, production, shadow] =
            [both.agreement, both.production_right, both.shadow_right]
                .map(|share| share.expect("quality"));
        // 24,000 answers: 5 standard errors are 1.3 points.
        for (found, expected) in [(agreement, 0.9), (production, 0.9), (shadow, 0.8)] {
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
                assert_eq!((damage.attributable, damage.excess, damage.green), (0, 0, 0));
                let kpi = damage.kpi.expect("a KPI");
                assert_eq!(kpi.conversions, kpi.conversions_without);
            }
            assert_eq!(plain.to_horizon.slow_attributable, 0);
            assert!(slower.to_horizon.slow_attributable > half.to_horizon.slow_attributable);
            assert!(half.to_horizon.slow_attributable > 0);
            // The comparison is of the models alone.
            assert_eq!(plain.mirrored, slower.mirrored);
            let mean = |run: &Outcome| run.all_times.response_mean_s.expect("responses");
            let all = plain.all_times.served;
            let counted = plain.to_horizon.mirrored;
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
