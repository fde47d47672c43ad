//! Alarms played on a tape do what they do in the closed loop, run by run.

use rollout_sim::alarm::spec::AlarmSpec;
use rollout_sim::scenario::Scenario;
use rollout_sim::simulation::outcome::Outcome;
use rollout_sim::simulation::replication::{ArmId, replicate};
use rollout_sim::simulation::tape::{Consequence, Keeping, Tape, record};
use std::path::Path;

/// A shipped scenario.
fn shipped(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    Scenario::load(&path).expect("a shipped scenario").scenario
}

/// The arms whose strategy has alarms.
fn arms(scenario: &Scenario) -> Vec<ArmId> {
    let watched = (0..scenario.strategies.len())
        .filter(|&strategy| !scenario.strategies[strategy].alarms.is_empty());
    watched
        .flat_map(|strategy| {
            (0..scenario.regressions.len()).map(move |regression| ArmId { strategy, regression })
        })
        .collect()
}

/// What an outcome says of the alarm acted on, and of what came of it.
fn assert_same(scenario: &Scenario, tape: &Tape, closed: &Outcome, alarms: &[AlarmSpec]) {
    let plan = &scenario.strategies[closed.strategy];
    let release = &scenario.regressions[closed.regression];
    let acted = tape.play(scenario, alarms, &plan.alarms);
    let what =
        || format!("{} against {}, replication {}", plan.name, release.name, closed.replication);
    assert_eq!(acted.map(|acted| acted.alarm), closed.alarm, "alarm of {}", what());
    assert_eq!(acted.map(|acted| acted.since), closed.alarm_at, "ALARM of {}", what());
    let then = acted.map_or(&tape.never, |acted| &tape.looks[acted.look].then);
    let verdict = then.verdict(acted.map(|acted| acted.since), release.healthy);
    assert_eq!(verdict, closed.verdict, "verdict of {}", what());
    let expected = Consequence {
        verdict_without_alarm: then.verdict_without_alarm,
        ..Consequence::of(closed)
    };
    assert_eq!(*then, expected, "consequence of {}", what());
}

fn assert_tape_is_the_closed_loop(scenario: &Scenario, replications: u64) {
    let arms = arms(scenario);
    let keeping = Keeping { alarms: &[], all_latencies: false };
    for replication in 0..replications {
        let tapes = record(scenario, replication, &arms, keeping, &|| true);
        let tapes = tapes.expect("readable traces").expect("nobody interrupts");
        let closed = replicate(scenario, replication, &arms, false, &|| true);
        let closed = closed.expect("readable traces").expect("nobody interrupts");
        for (tape, outcome) in tapes.iter().zip(&closed.outcomes) {
            assert_same(scenario, tape, outcome, &scenario.alarms);
        }
    }
}

#[test]
fn every_shipped_scenario() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder of scenarios")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    for name in names {
        let start = std::time::Instant::now();
        assert_tape_is_the_closed_loop(&shipped(&name), 1);
        eprintln!("{name} {:?}", start.elapsed());
    }
}
