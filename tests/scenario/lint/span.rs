//! Times: alarms later than the bake (3), no final bake (5), time-outs (7), late metrics (12), bakes
//! shorter than detection (14).

use super::{
    Severity, assert_clean, assert_frequency, caught, findings, fired, outcomes, stated, the, with,
};
use rollout_sim::simulation::outcome::End;

#[test]
fn an_alarm_of_two_long_periods_misses_a_short_bake() {
    let trap = with(&[
        ("period = \"60s\"", "period = \"600s\""),
        ("evaluation_periods = 1", "evaluation_periods = 2"),
    ]);
    let finding = the(3, &trap);
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.place, "strategies[0].all_at_once.final_bake");
    assert!(
        finding.arithmetic.starts_with("(2 - 1) * 600 s + 60 s + 0 s = 660 s > 600 s"),
        "{}",
        finding.arithmetic
    );
    assert_eq!(caught(&trap), (0, 20), "a crash, and nobody notices");
    let repaired = trap.replace("final_bake = \"10m\"", "final_bake = \"12m\"");
    assert_clean(&repaired);
    assert_eq!(caught(&repaired), (20, 20));
}

/// With a bake between the lucky and the sure time it depends on where the full minute falls: uniform
/// over 60 s (and the phase of the evaluation as well), so a bake of 60 s more than (M − 1)·P is enough
/// with probability ½ (the sum of two uniform phases is below one minute). α = 2·10⁻⁴ for 40 runs.
#[test]
fn between_luck_and_certainty_it_depends_on_the_minute() {
    let trap = with(&[
        ("period = \"60s\"", "period = \"300s\""),
        ("evaluation_periods = 1", "evaluation_periods = 2"),
        ("final_bake = \"10m\"", "final_bake = \"355s\""),
        ("phase = \"aligned\"", "phase = \"random\""),
        ("runs = 20", "runs = 40"),
    ]);
    let finding = the(3, &trap);
    assert_eq!(finding.severity, Severity::Warning);
    let (caught, runs) = caught(&trap);
    assert!((8..=32).contains(&caught), "{caught} of {runs}");
}

#[test]
fn alarms_without_a_bake_do_nothing() {
    let trap = with(&[("final_bake = \"10m\"", "final_bake = \"0s\"")]);
    assert_eq!(the(5, &trap).severity, Severity::Error);
    assert_eq!(caught(&trap), (0, 20));
    let canary = with(&[(
        "all_at_once = { final_bake = \"10m\" }",
        "canary = { size = \"1 instance\", bake = \"5m\" }",
    )]);
    assert_eq!(the(5, &canary).severity, Severity::Warning);
    let at_full_load = canary.replace("crash = true", "crash = true\nonset = { at_share = 1.0 }");
    assert_eq!(caught(&canary), (20, 20), "the canary sees what it can see");
    assert_eq!(caught(&at_full_load), (0, 20), "and nothing sees the rest");
    let repaired = at_full_load.replace("bake = \"5m\"", "bake = \"5m\", final_bake = \"5m\"");
    assert_clean(&repaired);
    assert_eq!(caught(&repaired), (20, 20));
}

#[test]
fn a_time_out_below_the_waits_gives_up_every_release() {
    let timeout = |time: &str| {
        with(&[("all_at_once = {", &format!("timeout = \"{time}\"\nall_at_once = {{"))])
    };
    let trap = timeout("10m 30s");
    let finding = the(7, &trap);
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.arithmetic.contains("= 660 s > 630 s"), "{}", finding.arithmetic);
    assert!(outcomes(&trap, "healthy").iter().all(|outcome| outcome.end != End::Promoted));
    assert_eq!(the(7, &timeout("11m 30s")).severity, Severity::Warning);
    let repaired = timeout("20m");
    assert_clean(&repaired);
    assert!(outcomes(&repaired, "healthy").iter().all(|outcome| outcome.end == End::Promoted));
}

/// 660 s are needed, of which 60 s are for provisioning. A time-out as long as what is needed is enough, both
/// as it is and where provisioning takes twice as long.
#[test]
fn a_time_out_as_long_as_what_is_needed_gives_up_nothing() {
    let with_timeout = |time: &str, provision: &str| {
        with(&[
            ("all_at_once = {", &format!("timeout = \"{time}\"\nall_at_once = {{")),
            ("provision = \"1m\"", &format!("provision = \"{provision}\"")),
        ])
    };
    let promoted =
        |toml: &str| outcomes(toml, "healthy").iter().all(|run| run.end == End::Promoted);
    let just = with_timeout("660s", "1m");
    assert_eq!(the(7, &just).severity, Severity::Warning);
    assert!(promoted(&just));
    assert_eq!(the(7, &with_timeout("659s", "1m")).severity, Severity::Error);
    assert!(!promoted(&with_timeout("659s", "1m")));
    let for_twice = with_timeout("720s", "1m");
    assert_clean(&for_twice);
    assert!(promoted(&with_timeout("720s", "2m")));
    assert_eq!(the(7, &with_timeout("719s", "1m")).severity, Severity::Warning);
    assert!(!promoted(&with_timeout("719s", "2m")));
}

#[test]
fn metrics_that_arrive_too_late_are_never_seen() {
    let trap = with(&[("delay = \"0s\"", "delay = \"6m\"")]);
    let finding = the(12, &trap);
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.arithmetic.contains("the newest 6 periods are missing"), "{finding:?}");
    assert_eq!(caught(&trap), (0, 20));
    let repaired = trap.replace("period = \"60s\"", "period = \"420s\"");
    assert_clean(&repaired);
    assert_eq!(caught(&repaired), (20, 20));
    // The evaluation range of five more periods makes up for five minutes.
    let late = with(&[("delay = \"0s\"", "delay = \"5m\"")]);
    assert_eq!(the(12, &late).severity, Severity::Note);
    assert_eq!(caught(&late), (20, 20));
}

#[test]
fn missing_datapoints_that_count_as_breaching_fire_by_themselves() {
    let trap = with(&[
        ("delay = \"0s\"", "delay = \"6m\""),
        ("fleet = \"green\"", "fleet = \"both\""),
        ("\"notBreaching\"", "\"breaching\""),
    ]);
    assert_eq!(the(12, &trap).severity, Severity::Error);
    assert_eq!(fired(&trap, "healthy"), (20, 20));
}

/// Beside what a bake gives up of a faulty release stands what it gives up of the healthy one: chance.
#[test]
fn a_bake_gives_healthy_releases_up_as_often_as_it_says() {
    let trap = with(&[
        ("crash = true", "errors = { errors_5xx = 0.012 }"),
        ("errors_5xx = 0.001", "errors_5xx = 0.008"),
        ("threshold = 0.05", "threshold = 0.01"),
        ("rate_per_s = 10.0", "rate_per_s = 2.0"),
        ("runs = 20", "runs = 300"),
        ("evaluation_periods = 1", "evaluation_periods = 2"),
        ("final_bake = \"10m\"", "final_bake = \"4m\""),
    ]);
    let finding = the(14, &trap);
    let [faulty, healthy] =
        ["up in ", "healthy release in "].map(|of| stated(&finding.message, of));
    assert!(healthy > 0.1 && healthy < faulty && faulty < 0.5, "{}", finding.message);
    for (release, at_most) in [("healthy", healthy), ("bad", faulty)] {
        let (fired, runs) = fired(&trap, release);
        let frequency = f64::from(u32::try_from(fired).expect("few")) / 300.0;
        // 4.5 standard errors; four of the five datapoints that are counted are whole.
        let is_near = frequency < at_most + 0.13 && frequency > at_most / 2.0;
        assert!(is_near, "{release}: {fired} of {runs}, at most {at_most}");
    }
}

/// Three requests in two minutes, so that most minutes of a sparse fleet are empty now and then: the ten
/// minutes that 3 of 5 looks back over are judged, by chance and by the fault.
#[test]
fn sparse_alarms_of_three_of_five_minutes_are_judged() {
    let trap = with(&[
        ("crash = true", "errors = { errors_5xx = 0.22 }"),
        ("errors_5xx = 0.001", "errors_5xx = 0.1"),
        ("threshold = 0.05", "threshold = 0.2"),
        ("rate_per_s = 10.0", "rate_per_s = 0.025"),
        ("evaluation_periods = 1", "evaluation_periods = 5\ndatapoints_to_alarm = 3"),
        ("runs = 20", "runs = 400"),
    ]);
    let by_chance = stated(&the(13, &trap).message, "rolls back ");
    let (fired_healthy, runs) = fired(&trap, "healthy");
    let frequency = f64::from(u32::try_from(fired_healthy).expect("few")) / 400.0;
    // A lower bound: 4.5 standard errors below.
    assert!(
        by_chance > 0.01 && frequency > by_chance - 0.06,
        "{fired_healthy} of {runs}, {by_chance}"
    );
    let caught = stated(&the(14, &trap).message, "up in ");
    let (fired_bad, runs) = fired(&trap, "bad");
    let frequency = f64::from(u32::try_from(fired_bad).expect("few")) / 400.0;
    assert!(caught < 0.5 && frequency < caught + 0.12, "{fired_bad} of {runs}, {caught}");
}

/// 5xx of 4 % against a threshold of 5 %... of 60 requests: a datapoint breaches now and then.
#[test]
fn a_bake_that_holds_too_few_datapoints_is_passed_by_most() {
    let bake = |bake: &str| {
        with(&[
            ("crash = true", "errors = { errors_5xx = 0.07 }"),
            ("threshold = 0.05", "threshold = 0.06"),
            ("rate_per_s = 10.0", "rate_per_s = 2.0"),
            ("runs = 20", "runs = 300"),
            ("warm_up = \"5m\"", "warm_up = \"0s\""),
            ("evaluation_periods = 1", "evaluation_periods = 4"),
            ("final_bake = \"10m\"", &format!("final_bake = \"{bake}\"")),
        ])
    };
    let trap = bake("4m");
    let finding = the(14, &trap);
    let at_most = stated(&finding.arithmetic, "within 240 s: ");
    assert!(at_most < 0.5, "{}", finding.arithmetic);
    let (caught_runs, runs) = caught(&trap);
    let frequency = f64::from(u32::try_from(caught_runs).expect("few")) / 300.0;
    assert!(frequency < at_most + 0.13, "{caught_runs} of {runs}, at most {at_most}");
    // Four datapoints, all of which must breach: exactly b⁴.
    let breach = stated(&finding.arithmetic, "breaches) = ");
    // At most: a bake of four minutes can hold five datapoints, the first of them in part. The first four
    // breach, or the last four after one that does not. Both are printed to four digits.
    let of_five = breach.powi(4) * (2.0 - breach);
    assert!((at_most / of_five - 1.0).abs() < 4e-3, "{at_most}, of five datapoints {of_five}");
    assert_frequency((caught_runs, runs), breach.powi(4));
    let repaired = bake("25m");
    assert!(findings(&repaired).iter().all(|finding| finding.number != 14));
    let (caught_runs, _) = caught(&repaired);
    assert!(caught_runs > 150, "{caught_runs} of 300");
}

/// Two spare instances: blue/green does not begin, a batch of one fits, and going back all at once does not.
#[test]
fn a_quota_stops_launches_forward_and_back() {
    let trap =
        with(&[("capacity = \"unlimited\"", "capacity = \"unlimited\"\ninstance_quota = 5")]);
    let finding = the(15, &trap);
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.arithmetic, "4 instances + 4 to be launched = 8 > 5");
    assert!(outcomes(&trap, "bad").iter().all(|run| run.end == End::UpdateFailed));
    let rolling = |more: &str| {
        trap.replace(
            "all_at_once = { final_bake = \"10m\" }",
            &format!("rolling = {{ batch = \"1 instance\", bake = \"3m\"{more} }}"),
        )
        .replace("crash = true", "crash = true\nonset = { at_share = 0.75 }")
    };
    let at_once = rolling("");
    assert_eq!(the(15, &at_once).severity, Severity::Warning);
    assert!(outcomes(&at_once, "bad").iter().all(|run| run.end == End::RollbackFailed));
    let in_batches = rolling(", rollback_batch = \"1 instance\"");
    assert!(findings(&in_batches).iter().all(|finding| finding.number != 15));
    assert!(outcomes(&in_batches, "bad").iter().all(|run| run.end == End::RolledBack));
}

/// A preset whose switch fills its interval has no bakes, and alarms act all the same.
#[test]
fn alarms_act_between_stages_without_bakes() {
    let preset = "code_deploy = \"CodeDeployDefault.ECSLinear10PercentEvery1Minutes\"";
    let text = with(&[
        ("all_at_once = { final_bake = \"10m\" }", preset),
        ("switch = \"0s\"", "switch = \"60s\""),
    ]);
    let found: Vec<u8> = findings(&text).iter().map(|finding| finding.number).collect();
    assert!(!found.contains(&11), "{found:?}");
    assert_eq!(the(5, &text).severity, Severity::Note);
    assert_eq!(caught(&text), (20, 20));
}
