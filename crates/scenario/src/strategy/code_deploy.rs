//! CodeDeploy's deployments, by name or custom; see [`code_deploy`](crate::rollout::code_deploy).

use super::form::{Around, Course, Form};
use crate::raw::scalar::RawSize;
use crate::rollout::code_deploy::{Platform, Shift, names, preset};
use crate::rollout::limits::{
    CODE_DEPLOY_INCREMENT, CODE_DEPLOY_INTERVAL, CODE_DEPLOY_SHIFTS, CODE_DEPLOY_TERMINATION_WAIT,
    code_deploy_alarms,
};
use crate::rollout::plan::Service;
use crate::rollout::shift::{Fleets, Portion};
use crate::suggest;
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of a predefined configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct RawPreset(String);

// No doc comment here: in the schema it would stand beside that of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct RawShift<const IS_CANARY: bool>(RawTimeBased);

pub(crate) type RawTimeBasedCanary = RawShift<true>;
pub(crate) type RawTimeBasedLinear = RawShift<false>;

/// CodeDeploy's custom `TimeBasedCanary` or `TimeBasedLinear`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "time-based")]
struct RawTimeBased {
    /// Percent of the traffic in one shift; CodeDeploy takes up to 99.
    #[schemars(range(min = 1, max = 100))]
    percentage: u32,
    /// From one shift to the next: at least a minute, and at most 2880 from the first to the last.
    interval: SimDuration,
}

impl Form for RawPreset {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = by_percent(around, report)?;
        let shift = self.shift(path, around, report)?;
        course(path, shift, (fleets, around), report)
    }

    fn bake_place(&self, path: &str, _: usize, _: bool) -> String {
        path.to_owned()
    }

    fn first_size(&self, _: &str) -> Option<(String, RawSize)> {
        None
    }

    fn service(&self) -> Service {
        Service::CodeDeploy
    }
}

impl<const IS_CANARY: bool> Form for RawShift<IS_CANARY> {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = by_percent(around, report)?;
        let place = format!("{path}.percentage");
        // What is none is beyond the range of the key, and noted there.
        let portion = Portion::new(self.0.percentage.into(), 100);
        let limit = (fleets, &CODE_DEPLOY_INCREMENT);
        let portion = portion.filter(|part| around.limits.size(&place, *part, limit, report))?;
        let interval = self.0.interval;
        let shift = if IS_CANARY {
            Shift::Canary { first: portion, interval }
        } else {
            Shift::Linear { step: portion, interval }
        };
        course(&format!("{path}.interval"), shift, (fleets, around), report)
    }

    fn bake_place(&self, path: &str, _: usize, _: bool) -> String {
        format!("{path}.interval")
    }

    fn first_size(&self, _: &str) -> Option<(String, RawSize)> {
        None
    }

    fn service(&self) -> Service {
        Service::CodeDeploy
    }
}

impl RawPreset {
    fn shift(&self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Shift> {
        let name = &self.0;
        let Some(preset) = preset(name) else {
            report.problem(
                path,
                format!("CodeDeploy has no predefined configuration \"{name}\" for Lambda or ECS"),
                suggest::remedy(name, &names()),
            );
            return None;
        };
        let wait = "endpoint.termination_wait";
        if preset.platform == Platform::Ecs && report.sound(wait) {
            let time = around.endpoint.termination_wait;
            around.limits.time(wait, time, &CODE_DEPLOY_TERMINATION_WAIT, report);
        }
        Some(preset.shift)
    }
}

/// The fleets, between which traffic moves by percent; notes more alarms than CodeDeploy reads.
fn by_percent(around: &Around<'_>, report: &mut Report) -> Option<Fleets> {
    let fleets = around.fleets?;
    let most = code_deploy_alarms(around.raw.controller.code_deploy_alarms);
    around.limits.alarms(around.path, around.alarms.len(), &most, report);
    Some(Fleets { by_instances: false, ..fleets })
}

/// The stages; notes intervals, given at `path`, that CodeDeploy does not have, or in which a switch has no
/// room.
fn course(
    path: &str,
    shift: Shift,
    (fleets, around): (Fleets, &Around<'_>),
    report: &mut Report,
) -> Option<Course> {
    let switch = around.times.switch;
    let Some(interval) = shift.interval() else { return Some(shift.stages(fleets, switch).into()) };
    around.limits.time(path, interval, &CODE_DEPLOY_INTERVAL, report);
    let whole = shift.first_to_last();
    let most = CODE_DEPLOY_SHIFTS.most;
    if around.limits.enforced && interval <= most && whole > most {
        report.problem(
            path,
            format!("CodeDeploy shifts within {most}, but from first to last these take {whole}"),
            "give a shorter interval or a larger percentage, or set `limits = \"off\"`",
        );
    }
    if switch > interval {
        report.problem(
            path,
            format!("a shift comes every {interval}, but a switch takes {switch}"),
            "give the strategy a `switch` of its own: a weight changes at once, `switch = \"0s\"`",
        );
        return None;
    }
    Some(shift.stages(fleets, switch).into())
}
