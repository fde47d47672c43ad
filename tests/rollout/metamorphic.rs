//! Truths that hold exactly, run by run, because every arm of a replication has the same luck.

use crate::support::{GREEN_5XX, STRATEGIES, arm, results, small};
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};

/// Whatever the endpoint, if green is as good as blue and takes no capacity away, nothing is attributable.
#[test]
fn a_green_as_good_as_blue_hurts_nobody() {
    let endpoint = "capacity = \"unlimited\"";
    let toml = small(endpoint, &format!("{GREEN_5XX}{STRATEGIES}"));
    let results = results(&toml);
    assert_eq!(results.outcomes.len(), 3 * 20);
    for outcome in &results.outcomes {
        let damage = outcome.to_horizon;
        assert!(
            damage.counts.failed > 0 && damage.counts.slow > 0,
            "there is something to compare"
        );
        assert_eq!(damage.counts.attributable, 0);
        assert_eq!(damage.counts.excess(), 0);
        assert_eq!(damage.counts.slow_attributable, 0);
        assert_eq!(damage.counts.faulty_green, 0);
    }
}

#[test]
fn clumped_errors_are_shared_by_both_fleets() {
    let rest = format!(
        "overdispersion = {{ correlation = 0.05, interval = \"60s\" }}\n{GREEN_5XX}{STRATEGIES}"
    );
    let results = results(&small("capacity = \"unlimited\"", &rest));
    assert!(results.outcomes.iter().all(|outcome| outcome.to_horizon.counts.attributable == 0));
}

#[test]
fn every_arm_of_a_replication_sees_the_same_requests() {
    let regression = "[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.3 }\n";
    let results = results(&small("", &format!("{regression}{GREEN_5XX}{STRATEGIES}")));
    for replication in 0..20 {
        let of = |outcome: &&Outcome| outcome.replication == replication;
        let counts: Vec<u64> =
            results.outcomes.iter().filter(of).map(|o| o.to_horizon.counts.requests).collect();
        assert_eq!(counts.len(), 6);
        assert!(counts.windows(2).all(|pair| pair[0] == pair[1]), "{counts:?}");
    }
}

#[test]
fn a_larger_fault_is_noticed_no_later() {
    let regressions = "[[regressions]]\nname = \"small\"\nerrors = { errors_5xx = 0.03 }\n\
                       [[regressions]]\nname = \"large\"\nerrors = { errors_5xx = 0.08 }\n";
    let results = results(&small("", &format!("{regressions}{GREEN_5XX}{STRATEGIES}")));
    let mut earlier = 0;
    for strategy in ["all", "canary", "linear"] {
        let pairs =
            arm(&results, strategy, "small").into_iter().zip(arm(&results, strategy, "large"));
        for (small, large) in pairs {
            let (small, large) = (small.alarm_at, large.alarm_at.expect("8 % is always noticed"));
            assert!(small.is_none_or(|small| large <= small));
            earlier += usize::from(small.is_none_or(|small| large < small));
        }
    }
    assert!(earlier > 0, "the two faults differ somewhere");
}

#[test]
fn without_alarms_nothing_is_rolled_back_and_without_share_nothing_is_exposed() {
    let rest = "
[[regressions]]
name = \"crash\"
crash = true
[[strategies]]
name = \"shadow\"
shadow = { sample = \"50%\", lasts = \"10m\", then = \"stop\" }
[[strategies]]
name = \"unwatched\"
all_at_once = { final_bake = \"10m\" }
";
    let results = results(&small("", rest));
    for outcome in arm(&results, "shadow", "crash") {
        assert_eq!(outcome.end, End::Stopped);
        assert_eq!(outcome.verdict, Verdict::Missed);
        assert_eq!(outcome.to_horizon.counts.green, 0);
        assert_eq!(outcome.to_horizon.counts.attributable, 0, "mirrored answers hurt nobody");
        assert_eq!(outcome.to_horizon.counts.excess(), 0);
        let mirrored = outcome.to_horizon.counts.mirrored;
        assert!((5000..7000).contains(&mirrored), "about half of 10 min of 20/s: {mirrored}");
        assert!(outcome.first_faulty_exposure_at.is_some(), "mirrored traffic exposes the fault");
    }
    for outcome in arm(&results, "unwatched", "crash") {
        assert_eq!((outcome.end, outcome.verdict), (End::Promoted, Verdict::Missed));
        assert_eq!(outcome.to_horizon.counts.green, outcome.to_horizon.counts.faulty_green);
        assert_eq!(
            outcome.to_horizon.counts.green, outcome.to_horizon.counts.green_failed,
            "every request fails"
        );
    }
}

#[test]
fn a_good_release_that_is_slower_is_not_called_faulty() {
    let rest = format!(
        "[[regressions]]\nname = \"v2\"\nhealthy = true\nlatency = {{ factor = 1.2 }}\n\
         {GREEN_5XX}{STRATEGIES}"
    );
    let results = results(&small("", &rest));
    for outcome in arm(&results, "canary", "v2") {
        assert_eq!(outcome.to_horizon.counts.faulty_green, 0);
        assert!(outcome.to_horizon.counts.slow_attributable > 0);
        assert!(matches!(outcome.verdict, Verdict::Passed | Verdict::FalseRollback));
    }
}

#[test]
fn damage_to_the_end_of_the_bake_is_part_of_the_damage_to_the_horizon() {
    let rest = format!(
        "[[regressions]]\nname = \"bad\"\nerrors = {{ errors_5xx = 0.05 }}\n{GREEN_5XX}{STRATEGIES}"
    );
    for outcome in results(&small("timeout = \"300ms\"\nqueue_limit = 2", &rest)).outcomes {
        let (part, whole) = (outcome.to_bake_end, outcome.to_horizon);
        assert!(part.counts.requests <= whole.counts.requests);
        assert!(part.counts.attributable <= whole.counts.attributable);
        assert!(whole.counts.attributable_green <= whole.counts.attributable);
        assert!(whole.counts.attributable <= whole.counts.failed);
        assert!(whole.counts.faulty_green <= whole.counts.green);
        assert!(
            whole.counts.timed_out + whole.counts.rejected + whole.counts.failed_4xx
                <= whole.counts.failed
        );
        let attributable = i64::try_from(whole.counts.attributable).expect("a count");
        assert!(whole.counts.excess() <= attributable);
    }
}
