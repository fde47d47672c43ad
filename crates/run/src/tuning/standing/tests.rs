//! Standing at exact counts.

use super::*;
use crate::scenario::tune::{Objective, TuneSpec};
use crate::tuning::results::{Detection, Evaluated, Fifth, Performance, Policy};
use crate::tuning::toy::{self, CONFIDENCE};

fn share(count: u64, of: u64) -> Share {
    Share { count, of, interval: None }
}

fn spec(max_false_rollback: f64, max_missed: f64) -> TuneSpec {
    toy::spec((max_false_rollback, max_missed), Objective::Harm, &[0.9, 0.1])
}

fn performance(false_rollback: Share, missed: Share, fifths: Vec<Fifth>) -> Performance {
    let detection = Detection {
        regression: 1,
        caught: share(missed.of - missed.count, false_rollback.of),
        missed,
        by_chance: share(0, false_rollback.of),
        earlier: 0,
        later: 0,
        time_to_detect_s: None,
        noticed_s: None,
        harm: None,
        failed_requests: None,
        users_touched: None,
        extra_cost_usd: None,
    };
    Performance {
        replications: false_rollback.of,
        false_rollback,
        fifths,
        full_traffic: share(0, 0),
        full_traffic_s: None,
        healthy_extra_cost_usd: None,
        regressions: vec![detection],
        objective: None,
        harm: None,
        expected_loss_usd: None,
    }
}

/// Of such figures on the runs that report; those that choose say nothing.
fn standing(spec: &TuneSpec, reported: Performance) -> Standing {
    let expansion = toy::expansion(1, 1);
    let judge = Judge::new(spec, &expansion, &[], CONFIDENCE);
    let chosen_on = performance(share(0, 0), share(0, 0), Vec::new());
    let policy = Policy { plan: 0, settings: Vec::new() };
    of(&judge, &Evaluated { policy, chosen_on, reported, feasible: true, has_margin: true })
}

/// Only the limit on false rollbacks, of 5 %.
fn of_good(count: u64, of: u64) -> Standing {
    standing(&spec(0.05, 1.0), performance(share(count, of), share(0, of), Vec::new()))
}

#[test]
fn a_limit_is_confirmed_from_wilks_numbers_on() {
    // Wilks 1941, Annals of Mathematical Statistics 12, 91-96: 95 % confidence that at most 5 % lie beyond.
    for (count, of) in [(0, 59), (1, 93), (2, 124), (3, 153), (4, 181)] {
        assert_eq!(of_good(count, of), Standing::Confirmed, "{count} of {of}");
        let open = of_good(count, of - 1);
        assert!(matches!(open, Standing::Open { .. }), "{open:?} of {count} of {}", of - 1);
    }
    assert_eq!(of_good(0, 58), Standing::Open { runs_needed: Some(118) });
}

#[test]
fn it_is_broken_where_so_many_would_be_chance_in_one_of_twenty() {
    // The binomial law of 20 runs and 5 %: 0.9245 up to 2, 0.9841 up to 3.
    assert_eq!(of_good(4, 20), Standing::Broken);
    assert_eq!(of_good(3, 20), Standing::Open { runs_needed: None });
    // At the limit itself no number of runs tells.
    assert_eq!(of_good(5, 100), Standing::Open { runs_needed: None });
}

#[test]
fn the_runs_needed_confirm_it_at_the_rate_seen() {
    let Standing::Open { runs_needed: Some(needed) } = of_good(1, 50) else { panic!("open") };
    // Half of them report: 2 % of those are as many as may be.
    let [half, events] = [needed / 2, needed / 100];
    assert_eq!(of_good(events, half), Standing::Confirmed, "{needed}");
    assert!(
        matches!(of_good(events, half * 9 / 10), Standing::Open { .. }),
        "{needed} are too many"
    );
}

#[test]
fn missed_ones_count_among_those_that_are_caught_or_missed() {
    // 0.8^14 is below 5 %, 0.8^13 above.
    let of_faulty =
        |missed: Share| standing(&spec(1.0, 0.2), performance(share(0, 500), missed, Vec::new()));
    assert_eq!(of_faulty(share(0, 14)), Standing::Confirmed);
    // 500 replications made 13 that tell, so 14 take 500·14/13, and as many choose.
    assert_eq!(of_faulty(share(0, 13)), Standing::Open { runs_needed: Some(1_077) });
    // The binomial law of 10 runs and 20 %: 0.9672 up to 4, 0.8791 up to 3.
    assert_eq!(of_faulty(share(5, 10)), Standing::Broken);
    assert_eq!(of_faulty(share(4, 10)), Standing::Open { runs_needed: None });
    // Nothing is missed or caught: 14 are needed, and nobody knows of how many.
    assert_eq!(of_faulty(share(0, 0)), Standing::Open { runs_needed: Some(28) });
}

#[test]
fn all_limits_must_be_kept_and_the_ends_not_broken() {
    let spec = spec(0.05, 0.2);
    let with = |good: Share, missed: Share, fifth: (Share, Share)| {
        let (false_rollback, missed_there) = fifth;
        let fifths = vec![
            Fifth { false_rollback: share(0, 20), missed: share(0, 20) },
            Fifth { false_rollback, missed: missed_there },
        ];
        standing(&spec, performance(good, missed, fifths))
    };
    let (kept, fine) = ((share(2, 124), share(0, 14)), (share(3, 20), share(4, 10)));
    assert_eq!(with(kept.0, kept.1, fine), Standing::Confirmed);
    assert_eq!(with(kept.0, kept.1, (share(4, 20), fine.1)), Standing::BrokenAtAnEnd);
    assert_eq!(with(kept.0, kept.1, (fine.0, share(5, 10))), Standing::BrokenAtAnEnd);
    assert_eq!(with(share(3, 20), kept.1, fine), Standing::Open { runs_needed: None });
    assert_eq!(with(share(4, 20), kept.1, fine), Standing::Broken);
    assert_eq!(with(kept.0, share(5, 10), fine), Standing::Broken);
    // 59 for the one, 14 of those of which 58 made 10 for the other.
    let open = with(share(0, 58), share(0, 10), (share(4, 20), fine.1));
    assert_eq!(open, Standing::Open { runs_needed: Some(163) });
}

#[test]
fn runs_that_can_confirm_and_runs_that_are_likely_to() {
    assert_eq!(runs_at_least([0.05, 1.0]), Some(118));
    assert_eq!(runs_at_least([0.01, 0.05]), Some(598));
    assert_eq!(runs_at_least([1.0, 1.0]), Some(2));
    assert_eq!(runs_at_least([0.0, 0.05]), None);
    assert_eq!(runs_advised([0.0, 0.05]), None);
    let advised = runs_advised([0.05, 1.0]).expect("some number");
    // With 5 events among 386, which is a quarter of the limit, the beta-binomial law, summed term by term,
    // has another 386 confirm it in 95 % of the cases; with fewer runs never. The search goes by tenths.
    assert!((2 * 386..=2 * 386 * 11 / 10).contains(&advised), "{advised}");
    assert!(runs_advised([0.01, 0.05]).expect("some number") > advised);
}
