//! What strategies do besides their stages: alarms at the start, time-outs, failing rollbacks.

use super::report::Report;
use crate::raw::experiment::RawController;
use crate::rollout::rules::{Rules, Watch, WatchedFrom};
use crate::strategy::RawStrategy;

/// The rules of a strategy: its own, or else the controller's.
pub(super) fn rules(
    path: &str,
    raw: &RawStrategy,
    controller: &RawController,
    report: &mut Report,
) -> Rules {
    if let Some(timeout) = raw.timeout {
        report.positive_time(format!("{path}.timeout"), timeout);
    }
    if raw.rollback_fails.is_some() && raw.rolling.is_none() {
        report.problem(
            format!("{path}.rollback_fails"),
            "only the rollback of a `rolling` strategy launches instances and can fail",
            "take it out; the blue fleet of the others is there until the last bake is over",
        );
    }
    Rules {
        pre_alarm: raw.pre_alarm.unwrap_or(controller.pre_alarm),
        watched_from: controller.alarms_watched_from,
        watch: controller.watch,
        timeout: raw.timeout,
        on_timeout: controller.on_timeout,
        rollback_fails: raw.rollback_fails.unwrap_or(controller.rollback_fails).0,
    }
}

/// Notes settings of the controller that contradict each other.
pub(super) fn controller(raw: &RawController, report: &mut Report) {
    if raw.watch == Watch::Bakes && raw.alarms_watched_from == WatchedFrom::Start {
        report.problem(
            "controller.alarms_watched_from",
            "alarms cannot count from the start if they count during bakes only",
            "take out one of `alarms_watched_from` and `watch`",
        );
    }
}

/// The account's quota, which the blue fleet has to fit in.
pub(super) fn quota(given: Option<u32>, blue: u32, report: &mut Report) {
    let Some(quota) = given else { return };
    if quota < blue && report.sound("endpoint.instances") {
        report.problem(
            "endpoint.instance_quota",
            format!("a quota of {quota} instances is below the {blue} of the current fleet"),
            format!("give at least {blue}"),
        );
    }
}
