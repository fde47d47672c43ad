//! A canary: a small part first, then all.
//!
//! Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html>.

use super::form::{Around, Course, Form, bake_or_final};
use super::limits::{BLUE_GREEN, Limits};
use super::size::limited;
use crate::raw::scalar::RawSize;
use crate::rollout::limits::CANARY_SIZE;
use crate::rollout::plan::Stage;
use crate::rollout::shift::{Fleets, Portion};
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A small part first, then all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "canary")]
pub(crate) struct RawCanary {
    /// The first part, `"10%"` or `"1 instance"`: at most half of the green fleet.
    size: RawSize,
    /// How long the first part is watched.
    bake: SimDuration,
    /// How long the new model is watched with all traffic.
    #[serde(default)]
    final_bake: SimDuration,
}

impl Form for RawCanary {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = around.fleets?;
        let size = size(&format!("{path}.size"), self.size, (fleets, around.limits), report)?;
        around.limits.bakes(path, [self.bake, self.final_bake], report);
        Some(stages(fleets, size, self.bake, self.final_bake).into())
    }

    fn bake_place(&self, path: &str, _: usize, is_last: bool) -> String {
        bake_or_final(path, is_last)
    }

    fn first_size(&self, path: &str) -> Option<(String, RawSize)> {
        Some((format!("{path}.size"), self.size))
    }

    fn policy(&self) -> Option<&'static str> {
        Some(BLUE_GREEN)
    }
}

/// The part of the green fleet that is the canary.
fn size(
    path: &str,
    size: RawSize,
    (fleets, limits): (Fleets, Limits),
    report: &mut Report,
) -> Option<Portion> {
    let portion = limited(path, size, (fleets, limits), &CANARY_SIZE, report)?;
    if fleets.quantised(portion).is_all() {
        report.problem(
            path,
            "this canary is the whole green fleet, so nothing is left to switch after it",
            "use `all_at_once`, a smaller canary, or more instances",
        );
        return None;
    }
    let share = fleets.stage(portion, SimDuration::ZERO).share;
    if limits.enforced && share > 0.5 {
        report.problem(
            path,
            format!(
                "with {} blue and {} green instances this canary gets {:.0} % of the traffic, \
                 more than half (`{}`)",
                fleets.blue,
                fleets.green,
                100.0 * share,
                CANARY_SIZE.field
            ),
            "give a smaller size, fleets of equal size, or shift_by = \"percent\"",
        );
        return None;
    }
    Some(portion)
}

/// `canary`, watched for `bake`, then everything, watched for `final_bake`.
fn stages(
    fleets: Fleets,
    canary: Portion,
    bake: SimDuration,
    final_bake: SimDuration,
) -> Vec<Stage> {
    vec![fleets.stage(canary, bake), fleets.stage(Portion::ALL, final_bake)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    fn two_stages(instances: u32, parts: u64, of: u64) -> Vec<(u32, u32, f64)> {
        let fleets = Fleets {
            blue: instances,
            green: instances,
            by_instances: true,
            rounding: Rounding::Round,
        };
        let canary = Portion::new(parts, of).expect("a part");
        stages(fleets, canary, SimDuration::from_secs(300), SimDuration::from_secs(120))
            .iter()
            .map(|stage| (stage.green_active, stage.blue_active, stage.share))
            .collect()
    }

    #[test]
    fn ten_percent_of_ten_instances() {
        assert_eq!(two_stages(10, 10, 100), [(1, 9, 0.1), (10, 0, 1.0)]);
    }

    #[test]
    fn a_third_of_three_instances() {
        assert_eq!(two_stages(3, 33, 100), [(1, 2, 1.0 / 3.0), (3, 0, 1.0)]);
    }

    #[test]
    fn each_stage_has_its_own_bake() {
        let fleets = Fleets { blue: 2, green: 2, by_instances: true, rounding: Rounding::Round };
        let [first, last] = [SimDuration::from_secs(300), SimDuration::from_secs(120)];
        let half = Portion::new(1, 2).expect("a part");
        let bakes: Vec<_> =
            stages(fleets, half, first, last).iter().map(|stage| stage.bake).collect();
        assert_eq!(bakes, [first, last]);
    }
}
