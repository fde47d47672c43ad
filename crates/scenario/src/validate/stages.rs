//! The forms of strategies, each as stages.

use super::limits::Limits;
use super::report::Report;
use super::{code_deploy, rules, size};
use crate::raw::choice::RawThen;
use crate::raw::default;
use crate::raw::scalar::RawSize;
use crate::raw::strategy::{RawEcsRolling, RawRamp, RawShadow, RawStep, RawStrategy};
use crate::rollout::limits::{CountLimit, SHADOW_SCHEDULE};
use crate::rollout::plan::{Stage, StepTimes};
use crate::rollout::rolling::Rolling;
use crate::rollout::shift::{Fleets, Portion};
use crate::rollout::{all_at_once, canary, ecs, linear, ramp, shadow, steps};
use crate::time::SimDuration;

/// What a form depends on besides itself.
#[derive(Clone, Copy)]
pub(super) struct Around {
    pub(super) fleets: Fleets,
    pub(super) limits: Limits,
    pub(super) times: StepTimes,
    pub(super) termination_wait: SimDuration,
    /// How many roll it back.
    pub(super) alarms: usize,
    /// How many may, of CodeDeploy's.
    pub(super) code_deploy_alarms: CountLimit,
    /// How far those look back that look back furthest.
    pub(super) watch_time: Option<SimDuration>,
}

/// The stages of a strategy of exactly one form, and how it replaces instances if it does.
pub(super) fn stages(
    path: &str,
    raw: &mut RawStrategy,
    around: Around,
    report: &mut Report,
) -> Option<(Vec<Stage>, Option<Rolling>)> {
    let known = ["instances", "green.instances", "shift_by", "percent_to_instances"];
    if !known.iter().all(|key| report.sound(&format!("endpoint.{key}"))) {
        return None;
    }
    if let Some(raw) = &raw.rolling {
        let ground = (around.fleets, around.limits);
        let (stages, rolling) = rules::rolling(&format!("{path}.rolling"), raw, ground, report)?;
        return Some((stages, Some(rolling)));
    }
    if let Some(raw) = &mut raw.ecs_rolling {
        return ecs_stages(&format!("{path}.ecs_rolling"), raw, around, report);
    }
    blue_green_stages(path, raw, around, report).map(|stages| (stages, None))
}

/// The stages of a strategy that keeps the blue fleet to the end.
fn blue_green_stages(
    path: &str,
    raw: &mut RawStrategy,
    around: Around,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    let Around { fleets, limits, .. } = around;
    if let Some(raw) = &raw.all_at_once {
        return Some(all_at_once::stages(fleets, raw.final_bake));
    }
    if let Some(raw) = &raw.canary {
        let size =
            size::canary(&format!("{path}.canary.size"), raw.size, (fleets, limits), report)?;
        return Some(canary::stages(fleets, size, raw.bake, raw.final_bake));
    }
    if let Some(raw) = &raw.linear {
        let step =
            size::linear(&format!("{path}.linear.step"), raw.step, (fleets, limits), report)?;
        return Some(linear::stages(fleets, step, raw.bake, raw.final_bake));
    }
    if let Some(raw) = &mut raw.shadow {
        return shadow_stages(&format!("{path}.shadow"), raw, (fleets, limits), report);
    }
    if let Some(raw) = &mut raw.ramp {
        return ramp_stages(&format!("{path}.ramp"), raw, fleets, report);
    }
    if let Some(raw) = raw.steps.as_deref() {
        return step_stages(&format!("{path}.steps"), raw, fleets, report);
    }
    code_deploy::stages(path, raw, around, report)
}

fn ecs_stages(
    path: &str,
    raw: &mut RawEcsRolling,
    around: Around,
    report: &mut Report,
) -> Option<(Vec<Stage>, Option<Rolling>)> {
    rules::replaces_one_by_one(path, around.fleets, report)?;
    let fleets = Fleets { by_instances: true, ..around.fleets };
    let batch = size::portion(&format!("{path}.batch"), raw.batch, fleets, report)?;
    let computed = ecs::bake(around.watch_time);
    let bake = *raw.bake.get_or_insert(computed);
    let (stages, rolling) = ecs::stages(fleets, batch, bake);
    Some((stages, Some(rolling)))
}

fn shadow_stages(
    path: &str,
    raw: &mut RawShadow,
    (fleets, limits): (Fleets, Limits),
    report: &mut Report,
) -> Option<Vec<Stage>> {
    let instances = *raw.instances.get_or_insert(fleets.green);
    report.count(format!("{path}.instances"), instances, [1, u64::from(fleets.green)]);
    limits.time(&format!("{path}.lasts"), raw.lasts, &SHADOW_SCHEDULE, report);
    report.above_zero(format!("{path}.sample"), raw.sample.0, 1.0);
    report.positive_time(format!("{path}.lasts"), raw.lasts);
    let promote = match raw.then {
        RawThen::AllAtOnce => Some(*raw.final_bake.get_or_insert(default::no_time())),
        RawThen::Stop if raw.final_bake.is_some() => {
            report.problem(
                format!("{path}.final_bake"),
                "`final_bake` watches a promotion, but with `then = \"stop\"` there is none",
                "take out one of them",
            );
            return None;
        }
        RawThen::Stop => None,
    };
    let mirrored = shadow::Mirrored { instances, sample: raw.sample.0, lasts: raw.lasts };
    Some(shadow::stages(fleets, raw.starts_after, mirrored, promote))
}

fn step_stages(
    path: &str,
    raw: &[RawStep],
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    let places = (0..raw.len()).map(|index| format!("{path}[{index}].share"));
    let sizes: Vec<(String, RawSize)> = places.zip(raw.iter().map(|step| step.share)).collect();
    if sizes.is_empty() {
        report.problem(path, "there is no step", "end with { share = \"100%\", bake = \"10m\" }");
        return None;
    }
    let portions = ascending(&sizes, fleets, report)?;
    let steps: Vec<(Portion, SimDuration)> =
        portions.into_iter().zip(raw.iter().map(|step| step.bake)).collect();
    Some(steps::stages(fleets, &steps))
}

fn ramp_stages(
    path: &str,
    raw: &mut RawRamp,
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    let places = (0..raw.steps.len()).map(|index| format!("{path}.steps[{index}]"));
    let sizes: Vec<(String, RawSize)> = places.zip(raw.steps.iter().copied()).collect();
    if sizes.is_empty() {
        let help = "give, for example, [\"5%\", \"20%\", \"50%\", \"100%\"]";
        report.problem(format!("{path}.steps"), "there is no step", help);
        return None;
    }
    let final_bake = *raw.final_bake.get_or_insert(raw.bake);
    let portions = ascending(&sizes, fleets, report)?;
    Some(ramp::stages(fleets, &portions, raw.bake, final_bake))
}

/// The parts of steps, each of which must move something.
fn ascending(
    sizes: &[(String, RawSize)],
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Portion>> {
    let mut portions = Vec::new();
    for (path, size) in sizes {
        portions.push(size::portion(path, *size, fleets, report)?);
    }
    for (index, pair) in portions.windows(2).enumerate() {
        let [before, after] = [pair[0], pair[1]].map(|portion| fleets.quantised(portion));
        if !after.exceeds_portion(before) {
            report.problem(
                &sizes[index + 1].0,
                format!("this step gives the new model {after}, and the one before it {before}"),
                "make the shares ascend; by whole instances, close ones may be the same number",
            );
            return None;
        }
    }
    Some(portions)
}
