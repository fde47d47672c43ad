//! What every form of a strategy says of itself.

use super::limits::Limits;
use crate::endpoint::spec::EndpointSpec;
use crate::raw::RawScenario;
use crate::raw::scalar::RawSize;
use crate::rollout::ab_test::AbTest;
use crate::rollout::plan::{Service, Stage, StepTimes};
use crate::rollout::rolling::Rolling;
use crate::rollout::shift::Fleets;
use crate::time::SimDuration;
use crate::validate::report::Report;
use std::fmt::Debug;

/// A form: a value of the file that becomes the stages of a plan. `path` is always the value's own.
pub(crate) trait Form: Debug {
    /// Checks it, fills in what follows from something else, and makes the stages; `None` only if a
    /// problem is noted.
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course>;

    /// Where the bake of a stage stands.
    fn bake_place(&self, path: &str, stage: usize, is_last: bool) -> String;

    /// Where the size of the first step stands, and the size; `None` if it never becomes whole instances.
    fn first_size(&self, path: &str) -> Option<(String, RawSize)>;

    /// Whose deployment it is.
    fn service(&self) -> Service {
        Service::SageMaker
    }

    /// The policy of SageMaker's `UpdateEndpoint` that it stands for, and which guards it.
    fn policy(&self) -> Option<&'static str> {
        None
    }
}

/// What a form depends on besides itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'s> {
    /// Of the strategy: `strategies[0]`.
    pub(crate) path: &'s str,
    /// The rest of the scenario.
    pub(crate) raw: &'s RawScenario,
    pub(crate) endpoint: &'s EndpointSpec,
    /// `None` if what they depend on is in doubt.
    pub(crate) fleets: Option<Fleets>,
    pub(crate) limits: Limits,
    pub(crate) times: StepTimes,
    /// The numbers of those that roll it back.
    pub(crate) alarms: &'s [usize],
}

/// What a form does.
#[derive(Debug, Default)]
pub(crate) struct Course {
    pub(crate) stages: Vec<Stage>,
    /// How it replaces instances, if it does.
    pub(crate) rolling: Option<Rolling>,
    /// What its first stage tests, if it does.
    pub(crate) test: Option<AbTest>,
    /// What mirroring adds to the response of a mirrored request.
    pub(crate) overhead: SimDuration,
}

/// The stages of a strategy that keeps the blue fleet to the end.
impl From<Vec<Stage>> for Course {
    fn from(stages: Vec<Stage>) -> Self {
        Self { stages, ..Self::default() }
    }
}

/// The place of a bake where the last one has a key of its own.
pub(super) fn bake_or_final(path: &str, is_last: bool) -> String {
    format!("{path}.{}", if is_last { "final_bake" } else { "bake" })
}
