//! CodeDeploy's deployments: by name, or custom.

use super::report::Report;
use super::stages::Around;
use crate::raw::strategy::{RawStrategy, RawTimeBased};
use crate::rollout::code_deploy::{Platform, Shift, names, preset};
use crate::rollout::limits::{
    CODE_DEPLOY_INCREMENT, CODE_DEPLOY_INTERVAL, CODE_DEPLOY_SHIFTS, CODE_DEPLOY_TERMINATION_WAIT,
};
use crate::rollout::plan::Stage;
use crate::rollout::shift::{Fleets, Portion};
use crate::suggest;

/// The stages of the one form of CodeDeploy that a strategy has; `None` if there is a problem.
pub(super) fn stages(
    path: &str,
    raw: &RawStrategy,
    around: Around,
    report: &mut Report,
) -> Option<Vec<Stage>> {
    around.limits.alarms(path, around.alarms, &around.code_deploy_alarms, report);
    let (form, shift) = if let Some(name) = &raw.code_deploy {
        ("code_deploy", named(&format!("{path}.code_deploy"), name, around, report)?)
    } else if let Some(raw) = &raw.time_based_canary {
        let path = format!("{path}.time_based_canary");
        let interval = raw.interval;
        let first = percentage(&path, raw, around, report)?;
        ("time_based_canary.interval", Shift::Canary { first, interval })
    } else {
        let raw = raw.time_based_linear.as_ref()?;
        let path = format!("{path}.time_based_linear");
        let interval = raw.interval;
        let step = percentage(&path, raw, around, report)?;
        ("time_based_linear.interval", Shift::Linear { step, interval })
    };
    let path = format!("{path}.{form}");
    intervals(&path, shift, around, report)?;
    Some(shift.stages(around.fleets, around.times.switch))
}

fn named(path: &str, name: &str, around: Around, report: &mut Report) -> Option<Shift> {
    let Some(preset) = preset(name) else {
        report.problem(
            path,
            format!("CodeDeploy has no predefined configuration \"{name}\" for Lambda or ECS"),
            suggest::remedy(name, &names()),
        );
        return None;
    };
    if preset.platform == Platform::Ecs && report.sound("endpoint.termination_wait") {
        around.limits.time(
            "endpoint.termination_wait",
            around.termination_wait,
            &CODE_DEPLOY_TERMINATION_WAIT,
            report,
        );
    }
    Some(preset.shift)
}

fn percentage(
    path: &str,
    raw: &RawTimeBased,
    around: Around,
    report: &mut Report,
) -> Option<Portion> {
    let path = format!("{path}.percentage");
    let portion = Portion::new(raw.percentage.into(), 100);
    if portion.is_none() {
        report.count(&path, raw.percentage, [1, 99]);
    }
    let by_percent = Fleets { by_instances: false, ..around.fleets };
    portion.filter(|&portion| {
        around.limits.size(&path, portion, (by_percent, &CODE_DEPLOY_INCREMENT), report)
    })
}

/// Notes intervals that CodeDeploy does not have, or in which a switch has no room.
fn intervals(path: &str, shift: Shift, around: Around, report: &mut Report) -> Option<()> {
    let Some(interval) = shift.interval() else { return Some(()) };
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
    let switch = around.times.switch;
    if switch > interval {
        report.problem(
            path,
            format!("a shift comes every {interval}, but a switch takes {switch}"),
            "give the strategy a `switch` of its own: a weight changes at once, `switch = \"0s\"`",
        );
        return None;
    }
    Some(())
}
