//! A shadow test: mirrored traffic first; nobody sees the new model's answers.
//!
//! Nothing of the live traffic moves while it is mirrored; both fleets run in full. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests.html>. That an alarm ends the test
//! is ours: SageMaker has no such action.

use super::form::{Around, Course, Form};
use super::limits::Limits;
use crate::raw::default;
use crate::raw::scalar::{RawShare, RawSize};
use crate::rollout::limits::SHADOW_SCHEDULE;
use crate::rollout::plan::Stage;
use crate::rollout::shift::{Fleets, Portion};
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mirrored traffic first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "shadow")]
pub(crate) struct RawShadow {
    /// Share of the live traffic that is mirrored, above 0.
    #[serde(default = "default::always")]
    sample: RawShare,
    /// Time from the fleet being up until mirroring starts.
    #[serde(default)]
    starts_after: SimDuration,
    /// How long it is mirrored, above zero; SageMaker allows 30 days from the start.
    #[serde(default = "week")]
    lasts: SimDuration,
    /// Instances of the shadow, at most those of the green fleet; as that if absent. The others come
    /// up for the promotion.
    #[schemars(range(min = 1, max = 10_000))]
    instances: Option<u32>,
    /// What mirroring adds to production's response of a mirrored request. AWS gives no number.
    #[serde(default)]
    overhead: SimDuration,
    /// What follows if no alarm fires.
    #[serde(default)]
    then: RawThen,
    /// How long the new model is watched with all traffic, `"0s"` if absent; not with `then =
    /// "stop"`.
    final_bake: Option<SimDuration>,
}

/// What follows a shadow test that raised no alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum RawThen {
    /// The new model takes all traffic.
    #[default]
    AllAtOnce,
    /// The current model stays.
    Stop,
}

const fn week() -> SimDuration {
    SimDuration::from_secs(604_800)
}

impl Form for RawShadow {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = around.fleets?;
        let instances = *self.instances.get_or_insert(fleets.green);
        report.count(format!("{path}.instances"), instances, [1, u64::from(fleets.green)]);
        around.limits.time(&format!("{path}.lasts"), self.lasts, &SHADOW_SCHEDULE, report);
        report.above_zero(format!("{path}.sample"), self.sample.0, 1.0);
        report.positive_time(format!("{path}.lasts"), self.lasts);
        let promote = match self.then {
            RawThen::AllAtOnce => Some(*self.final_bake.get_or_insert(SimDuration::ZERO)),
            RawThen::Stop if self.final_bake.is_some() => {
                report.problem(
                    format!("{path}.final_bake"),
                    "`final_bake` watches a promotion, but with `then = \"stop\"` there is none",
                    "take out one of them",
                );
                return None;
            }
            RawThen::Stop => None,
        };
        let mut features = around.endpoint.features.iter();
        if let Some(feature) = features.find(|feature| feature.refuses_shadow_tests()) {
            Limits::refused(path, "a shadow test", *feature, report);
        }
        let mirrored = Mirrored { instances, sample: self.sample.0, lasts: self.lasts };
        let stages = stages(fleets, self.starts_after, mirrored, promote);
        Some(Course { stages, overhead: self.overhead, ..Course::default() })
    }

    fn bake_place(&self, path: &str, stage: usize, _: bool) -> String {
        let bakes = ["starts_after", "lasts", "final_bake"];
        let skipped = usize::from(self.starts_after.is_zero());
        format!("{path}.{}", bakes[(stage + skipped).min(2)])
    }

    /// Nobody sees the answers, whatever is mirrored.
    fn first_size(&self, _: &str) -> Option<(String, RawSize)> {
        None
    }
}

/// What is mirrored.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mirrored {
    /// Instances of the shadow.
    instances: u32,
    /// Share of the traffic.
    sample: f64,
    /// For how long.
    lasts: SimDuration,
}

/// Nothing for `starts_after`, if that is any time; then what is `mirrored`; then, if `promote` says for
/// how long it is watched, everything at once.
fn stages(
    fleets: Fleets,
    starts_after: SimDuration,
    mirrored: Mirrored,
    promote: Option<SimDuration>,
) -> Vec<Stage> {
    let stage = |mirror, bake| Stage {
        green_active: mirrored.instances,
        blue_active: fleets.blue,
        share: 0.0,
        mirror,
        bake,
    };
    let waiting = (!starts_after.is_zero()).then(|| stage(0.0, starts_after));
    waiting
        .into_iter()
        .chain(std::iter::once(stage(mirrored.sample, mirrored.lasts)))
        .chain(promote.map(|final_bake| fleets.stage(Portion::ALL, final_bake)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    #[test]
    fn mirrors_and_then_promotes_or_stops() {
        let fleets = Fleets { blue: 4, green: 2, by_instances: true, rounding: Rounding::Round };
        let [lasts, bake] = [SimDuration::from_secs(1800), SimDuration::from_secs(600)];
        let mirrored =
            Stage { green_active: 1, blue_active: 4, share: 0.0, mirror: 0.5, bake: lasts };
        let all = Stage { green_active: 2, blue_active: 0, share: 1.0, mirror: 0.0, bake };
        let half = Mirrored { instances: 1, sample: 0.5, lasts };
        let waiting = Stage { mirror: 0.0, bake, ..mirrored };
        assert_eq!(stages(fleets, SimDuration::ZERO, half, None), [mirrored]);
        assert_eq!(stages(fleets, bake, half, Some(bake)), [waiting, mirrored, all]);
    }
}
