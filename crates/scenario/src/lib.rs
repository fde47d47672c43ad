//! A scenario: the path from a TOML file to everything a run depends on, checked.
//!
//! 1. `parse` reads the text into a raw scenario (`raw`, `strategy`): the types of the file, defaults
//!    filled in.
//! 2. `validate` checks it, resolves what follows from something else, and makes the
//!    [`Scenario`].
//! 3. Either step collects every problem it finds; [`ScenarioErrors`] shows each at its place.
//!
//! `docs/scenario.md` describes every key.
//!
//! ```
//! use rollout_scenario::Scenario;
//! use std::path::Path;
//!
//! let toml = "name = \"no traffic\"\n[endpoint]\ninstances = 0\n";
//! let errors = Scenario::parse(toml, "my.toml", Path::new(".")).expect_err("much is missing");
//! let of_instances = errors.problems.iter().find(|problem| problem.path == "endpoint.instances");
//! assert!(of_instances.is_some_and(|problem| problem.message.contains('0')));
//! // Every problem at its place, as `sim check` shows them.
//! assert!(errors.render(false).contains("my.toml:3"));
//! ```

use rollout_model::{alarm, endpoint, monitoring, random, rollout, stats, telemetry, time};

mod alarm_file;
mod error;
mod expansion;
mod explain;
pub mod fidelity;
pub mod healthy;
mod key;
mod latency;
mod load;
mod locate;
mod observed;
mod overrides;
mod parse;
pub mod prices;
mod range;
mod raw;
mod schema;
mod source;
pub mod spec;
mod stand_in;
mod strategy;
mod suggest;
pub mod tune;
mod uncertainty;
mod validate;
mod variation;
mod written;

pub use alarm_file::AlarmFile;
pub use error::{Problem, ScenarioErrors};
pub use expansion::Expanded;
pub use key::{Setting, split as split_setting};
pub use load::Loaded;
pub use overrides::Overrides;
pub use schema::json_schema;
pub use source::{Remark, RemarkLevel, Source};
pub use spec::{
    ControllerSpec, CountAt, EventsOf, ExperimentSpec, Fidelity, LateSpec, MetricsSpec, Phase,
    Scenario, UsersSpec, VariantSpec,
};
pub use written::WrittenStrategy;
