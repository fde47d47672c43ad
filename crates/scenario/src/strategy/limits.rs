//! A strategy against what the real service accepts ([`crate::rollout::limits`]).
//!
//! Only the forms that stand for an API's own are held to its limits: `all_at_once`, `canary`,
//! `linear` and `rolling` to SageMaker's. Explicit `steps`, a `ramp` and a shadow test are no such update,
//! and CodeDeploy's forms have CodeDeploy's limits. Features of the endpoint refuse rolling updates and
//! shadow tests. `limits = "off"` lifts them all.

use super::form::bake_or_final;
use crate::endpoint::feature::Feature;
use crate::raw::choice::RawLimits;
use crate::rollout::limits::{
    ALARMS, CountLimit, EXECUTION_TIMEOUT, SizeLimit, TERMINATION_WAIT, TimeLimit, WAIT_INTERVAL,
};
use crate::rollout::plan::Plan;
use crate::rollout::shift::{Fleets, Portion};
use crate::time::SimDuration;
use crate::validate::report::Report;

/// The policy of an update that keeps the blue fleet to the end.
pub(super) const BLUE_GREEN: &str = "BlueGreenUpdatePolicy";

/// Completes the remedy of a strategy that the real service would refuse.
const WHAT_IF: &str = "set `limits = \"off\"` at the top of the file for a what-if";

/// Whether limits are enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) enforced: bool,
}

impl From<RawLimits> for Limits {
    fn from(raw: RawLimits) -> Self {
        Self { enforced: raw == RawLimits::SageMaker }
    }
}

impl Limits {
    /// Notes the time-out and the number of alarms that SageMaker would refuse of an update.
    pub(crate) fn update(self, path: &str, policy: &str, plan: &Plan, report: &mut Report) {
        self.alarms(path, plan.alarms.len(), &ALARMS, report);
        self.timeout(&format!("{path}.timeout"), policy, plan, report);
    }

    /// Notes the bakes of a blue/green update that SageMaker would refuse: of a step, and the last one.
    pub(super) fn bakes(self, path: &str, [step, last]: [SimDuration; 2], report: &mut Report) {
        self.time(&bake_or_final(path, false), step, &WAIT_INTERVAL, report);
        self.time(&bake_or_final(path, true), last, &TERMINATION_WAIT, report);
    }

    /// Notes a time-out that the API or the waits do not allow.
    fn timeout(self, path: &str, policy: &str, plan: &Plan, report: &mut Report) {
        let Some(timeout) = plan.rules.timeout else { return };
        self.time(path, timeout, &EXECUTION_TIMEOUT, report);
        let waits: SimDuration = plan.stages.iter().map(|stage| stage.bake).sum();
        if self.enforced && timeout <= waits {
            let field = EXECUTION_TIMEOUT.field;
            report.problem(
                path,
                format!(
                    "`{policy}.{field}` must exceed the sum of the waits, which is {waits}, but \
                     `timeout` is {timeout}"
                ),
                format!("add the time to provision and switch as well, or {WHAT_IF}"),
            );
        }
    }

    /// Notes what SageMaker refuses for a feature of the endpoint.
    pub(super) fn refused(path: &str, what: &str, feature: Feature, report: &mut Report) {
        let message = format!("SageMaker refuses {what} of an endpoint with {feature}");
        report.problem(path, message, format!("use another strategy, or {WHAT_IF}"));
    }

    /// Notes a time outside its limit.
    pub(super) fn time(
        self,
        path: &str,
        time: SimDuration,
        limit: &TimeLimit,
        report: &mut Report,
    ) {
        let (bound, remedy) = if time > limit.most {
            (format!("at most {}", limit.most), format!("give \"{}\" or less", limit.most))
        } else if time < limit.least {
            (format!("at least {}", limit.least), format!("give \"{}\" or more", limit.least))
        } else {
            return;
        };
        if self.enforced {
            let key = path.rsplit('.').next().unwrap_or(path);
            let message = format!("`{}` is {bound}, but `{key}` is {time}", limit.field);
            report.problem(path, message, format!("{remedy}, or {WHAT_IF}"));
        }
    }

    /// Notes more alarms than one update may have.
    pub(super) fn alarms(self, path: &str, count: usize, limit: &CountLimit, report: &mut Report) {
        if self.enforced && count > limit.most {
            let (most, field) = (limit.most, limit.field);
            report.problem(
                format!("{path}.alarms"),
                format!("`{field}` has at most {most}, but {count} alarms roll this one back"),
                format!("name at most {most} in `alarms`, combine them, or {WHAT_IF}"),
            );
        }
    }

    /// Notes a size outside its limit; whether it is within.
    pub(super) fn size(
        self,
        path: &str,
        asked: Portion,
        (fleets, limit): (Fleets, &SizeLimit),
        report: &mut Report,
    ) -> bool {
        let SizeLimit { field, what, least, most } = *limit;
        let moved = fleets.quantised(asked);
        let counted = if fleets.by_instances { " of instances" } else { "" };
        if !self.enforced {
            return true;
        }
        if asked.exceeds(most.0, most.1) || moved.exceeds(most.0, most.1) {
            // Of a size that only rounding brings within the limit the one asked for is the one to change.
            let shown = if moved.exceeds(most.0, most.1) { moved } else { asked };
            let most = percent(most);
            let message = format!(
                "a {what} is at most {most} %{counted}, but this one is {shown} (`{field}`)"
            );
            report.problem(path, message, too_large(fleets));
            return false;
        }
        if asked.is_below(least.0, least.1) {
            let least = percent(least);
            let message =
                format!("a {what} is at least {least} %, but this one is {asked} (`{field}`)");
            let help = "give a larger one, write the steps out with `steps`, or";
            report.problem(path, message, format!("{help} {WHAT_IF}"));
            return false;
        }
        true
    }
}

fn percent((parts, of): (u64, u64)) -> u64 {
    100 * parts / of
}

fn too_large(fleets: Fleets) -> String {
    if fleets.green == 1 {
        "one instance cannot be split: use `all_at_once`, more instances, or shift_by = \"percent\""
            .to_owned()
    } else {
        format!("give a smaller one, write the steps out with `steps`, or {WHAT_IF}")
    }
}
