//! Sizes of traffic switches, against the fleets and the vendors' limits.

use super::limits::Limits;
use super::report::Report;
use crate::raw::scalar::RawSize;
use crate::rollout::limits::{
    CANARY_SIZE, LINEAR_STEP_SIZE, MAXIMUM_BATCH_SIZE, ROLLBACK_MAXIMUM_BATCH_SIZE, SizeLimit,
};
use crate::rollout::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// More steps than this are no rollout but a slip.
const MOST_STEPS: u64 = 1000;

/// The part of the green fleet that `size` is.
pub(super) fn portion(
    path: &str,
    size: RawSize,
    fleets: Fleets,
    report: &mut Report,
) -> Option<Portion> {
    match size {
        RawSize::Share(share) => {
            let parts = u64::try_from(share.numerator()).ok()?;
            let of = u64::try_from(share.denominator()).ok()?;
            let portion = Portion::new(parts, of);
            if portion.is_none() {
                report.problem(path, "a percentage must be above 0 % up to 100 %", "correct it");
            }
            portion
        }
        RawSize::Instances(count) if count > fleets.green => {
            report.problem(
                path,
                format!("the green fleet has {} instances, fewer than {count}", fleets.green),
                format!("give at most {}", fleets.green),
            );
            None
        }
        RawSize::Instances(count) => Portion::new(count.into(), fleets.green.into()),
    }
}

pub(super) fn canary(
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

pub(super) fn linear(
    path: &str,
    step: RawSize,
    (fleets, limits): (Fleets, Limits),
    report: &mut Report,
) -> Option<Portion> {
    let portion = limited(path, step, (fleets, limits), &LINEAR_STEP_SIZE, report)?;
    let steps = fleets.quantised(portion).steps_to_all();
    if steps > MOST_STEPS {
        let message = format!("that are {steps} steps");
        report.problem(path, message, format!("give a step that makes at most {MOST_STEPS}"));
        return None;
    }
    Some(portion)
}

/// The batch of a rolling strategy.
pub(super) fn batch(
    path: &str,
    size: RawSize,
    ground: (Fleets, Limits),
    report: &mut Report,
) -> Option<Portion> {
    limited(path, size, ground, &MAXIMUM_BATCH_SIZE, report)
}

/// How many instances a rolling strategy launches again at once.
pub(super) fn rollback_batch(
    path: &str,
    size: RawSize,
    (fleets, limits): (Fleets, Limits),
    report: &mut Report,
) -> Option<u32> {
    let portion = limited(path, size, (fleets, limits), &ROLLBACK_MAXIMUM_BATCH_SIZE, report)?;
    Some(fleets.stage(portion, SimDuration::ZERO).green_active)
}

/// The part of the green fleet that `size` is, within a vendor's limit.
fn limited(
    path: &str,
    size: RawSize,
    (fleets, limits): (Fleets, Limits),
    limit: &SizeLimit,
    report: &mut Report,
) -> Option<Portion> {
    let portion = portion(path, size, fleets, report)?;
    limits.size(path, portion, (fleets, limit), report).then_some(portion)
}
