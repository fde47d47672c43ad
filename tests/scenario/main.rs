//! Scenario files: what is read, refused, explained and found wanting before anything runs.

#[path = "../support/mod.rs"]
mod support;

mod ab_test_checks;
mod alarm_checks;
mod clients_checks;
mod exclusions;
mod expansion;
mod limits;
mod lint;
mod quality_checks;
mod rollout_checks;
mod scenario_checks;
mod scenario_docs;
mod scenario_errors;
mod scenario_example;
mod scenario_files;
mod scenario_fuzz;
mod scenario_keys;
mod scenario_uncertain;
mod scenarios;
mod trap_scenarios;
mod traps;
mod tune_checks;
