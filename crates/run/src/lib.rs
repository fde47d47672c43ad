//! What is done with a scenario: one replication of it, experiments of many, tuning, rare events, findings,
//! sweeps; and alarms over recorded series.
//!
//! ```
//! use rollout_run::lint::{Severity, check};
//! use rollout_scenario::Scenario;
//! use std::path::Path;
//!
//! let toml = r#"
//! name = "blind"
//! [experiment]
//! horizon = "20m"
//! [traffic]
//! arrivals = { poisson = { rate_per_s = 5.0 } }
//! [endpoint]
//! instances = 2
//! [blue]
//! latency = { constant = "20ms" }
//! [[regressions]]
//! name = "slow"
//! latency = { factor = 2.0 }
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
//! let loaded = Scenario::parse(toml, "blind.toml", Path::new(".")).expect("it can be simulated");
//! let findings = check(&loaded).expect("no trace is read");
//! // An alarm on errors does not see that answers are slow.
//! let unseen = findings.iter().find(|finding| finding.number == 11).expect("finding 11");
//! assert_eq!(unseen.severity, Severity::Error);
//! ```
//!
//! The same scenario and seed give the same results on any number of threads. Only what spills past the
//! memory that it may take is written, to temporary files.

use rollout_model::{
    alarm, dataplane, endpoint, engine, monitoring, random, rollout, stats, telemetry, time,
};
use rollout_scenario as scenario;

pub mod experiment;
pub mod lint;
pub mod rare;
pub mod replay;
pub mod simulation;
pub mod sweep;
pub mod tuning;
