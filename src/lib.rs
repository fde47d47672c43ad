//! Compare ways of rolling out a new ML model before production does it for you.
//!
//! An endpoint has two fleets: **blue** runs the current model, **green** the new one. A *strategy* moves
//! traffic from blue to green in stages, watched by alarms that may roll it back; a *regression* is what
//! is wrong with the new model. A **run** is one strategy against one regression in one *replication*, and
//! a replication is a seed index: the same arrivals, service demands and luck for every strategy and
//! regression, so that comparisons are paired.
//!
//! ```text
//!  scenario.toml ─▶ scenario::Scenario ──┐
//!                                        ▼
//!         ┌──────── simulation: one replication, a pure function of (scenario, replication) ──────┐
//!         │  control plane: rollout::controller ─ actions ▶ fleets ;  alarms ◀─ telemetry         │
//!         │  data plane: random::arrival ▶ routing ▶ queue ▶ service ▶ telemetry::series          │
//!         └───────────────────────────────────────┬───────────────────────────────────────────────┘
//!                                                 ▼
//!       experiment::runner (in parallel) ─▶ Results ─▶ experiment::{summary, compare} ─▶ report
//! ```
//!
//! Only what can change a decision is an event: traffic switches, bake ends, faults, alarm evaluations.
//! The requests between two events are served in order of arrival, without a calendar: a first-come-
//! first-served queue knows a request's start as it arrives.
//!
//! ```
//! use rollout_sim::experiment::runner::{Unwatched, run};
//! use rollout_sim::scenario::Scenario;
//! use std::path::Path;
//!
//! let toml = r#"
//! name = "crash"
//! [experiment]
//! runs = 3
//! horizon = "20m"
//! [traffic]
//! arrivals = { poisson = { rate_per_s = 5.0 } }
//! [endpoint]
//! instances = 2
//! [blue]
//! latency = { constant = "20ms" }
//! [[regressions]]
//! name = "wrong artefact"
//! crash = true
//! [[alarms]]
//! name = "5xx"
//! metric = "Invocation5XXErrors"
//! statistic = "Average"
//! fleet = "green"
//! threshold = "5%"
//! comparison = "GreaterThanThreshold"
//! period = "60s"
//! evaluation_periods = 1
//! [[strategies]]
//! name = "canary"
//! canary = { size = "1 instance", bake = "5m", final_bake = "5m" }
//! "#;
//! let loaded = Scenario::parse(toml, "crash.toml", Path::new(".")).expect("a good scenario");
//! let results = run(&loaded.scenario, &Unwatched).expect("no trace is read");
//! let crashed = results.outcomes.iter().filter(|outcome| outcome.strategy == 0 && outcome.regression == 1);
//! assert!(crashed.into_iter().all(|outcome| outcome.rolled_back_at.is_some()));
//! ```
//!
//! The library prints nothing, never exits, reads no clock and no environment, and has no globals; only
//! [`report::write`] writes files, and only [`cli`] knows of the terminal.

pub mod cli;
pub mod report;

pub use rollout_model::{
    alarm, dataplane, endpoint, engine, monitoring, random, rollout, stats, telemetry, time,
};
pub use rollout_run::{experiment, lint, rare, replay, simulation, sweep, tuning};
pub use rollout_scenario as scenario;
