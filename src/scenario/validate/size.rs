//! Sizes of traffic switches, against the fleets and SageMaker's limits.
//!
//! Limits: a canary is at most 50 %, a linear step 10 % to 50 %, a batch 5 % to 50 % of the green fleet; a
//! rollback batch at least 5 %. Sources:
//! <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html> and
//! <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RollingUpdatePolicy.html>.

use super::report::Report;
use crate::rollout::shift::{Fleets, Portion};
use crate::rollout::{canary, linear, rolling};
use crate::scenario::raw::scalar::RawSize;
use crate::time::SimDuration;

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
    fleets: Fleets,
    report: &mut Report,
) -> Option<Portion> {
    let portion = portion(path, size, fleets, report)?;
    let moved = fleets.quantised(portion);
    let (parts, of) = canary::LARGEST;
    if portion.exceeds(parts, of) || moved.exceeds(parts, of) {
        too_large(path, "canary", moved, fleets, report);
        return None;
    }
    let share = fleets.stage(portion, SimDuration::ZERO).share;
    if share > 0.5 {
        report.problem(
            path,
            format!(
                "with {} blue and {} green instances this canary gets {:.0} % of the traffic, \
                 more than half",
                fleets.blue,
                fleets.green,
                100.0 * share
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
    fleets: Fleets,
    report: &mut Report,
) -> Option<Portion> {
    let portion = portion(path, step, fleets, report)?;
    let moved = fleets.quantised(portion);
    let (parts, of) = linear::LARGEST;
    if portion.exceeds(parts, of) || moved.exceeds(parts, of) {
        too_large(path, "linear step", moved, fleets, report);
        return None;
    }
    let (parts, of) = linear::SMALLEST;
    if portion.is_below(parts, of) {
        report.problem(
            path,
            format!("a linear step is at least 10 %, but this one is {portion}"),
            "give a larger step, or write the steps out with `steps`",
        );
        return None;
    }
    Some(portion)
}

/// The batch of a rolling strategy: `MaximumBatchSize`.
pub(super) fn batch(
    path: &str,
    size: RawSize,
    fleets: Fleets,
    report: &mut Report,
) -> Option<Portion> {
    let portion = portion(path, size, fleets, report)?;
    let moved = fleets.quantised(portion);
    let (parts, of) = rolling::LARGEST;
    if portion.exceeds(parts, of) || moved.exceeds(parts, of) {
        report.problem(
            path,
            format!(
                "a batch (MaximumBatchSize) is at most 50 % of instances, but this one is {moved}"
            ),
            "give a smaller one, or use `all_at_once`",
        );
        return None;
    }
    not_too_small(path, "a batch (MaximumBatchSize)", portion, report).then_some(portion)
}

/// How many instances a rolling strategy launches again at once: `RollbackMaximumBatchSize`.
pub(super) fn rollback_batch(
    path: &str,
    size: RawSize,
    fleets: Fleets,
    report: &mut Report,
) -> Option<u32> {
    let portion = portion(path, size, fleets, report)?;
    not_too_small(path, "a rollback batch (RollbackMaximumBatchSize)", portion, report)
        .then(|| fleets.stage(portion, SimDuration::ZERO).green_active)
}

fn not_too_small(path: &str, what: &str, portion: Portion, report: &mut Report) -> bool {
    let (parts, of) = rolling::SMALLEST;
    let is_below = portion.is_below(parts, of);
    if is_below {
        report.problem(
            path,
            format!("{what} is at least 5 %, but this one is {portion}"),
            "give a larger one",
        );
    }
    !is_below
}

fn too_large(path: &str, what: &str, moved: Portion, fleets: Fleets, report: &mut Report) {
    let help = if fleets.green == 1 {
        "one instance cannot be split: use `all_at_once`, more instances, or shift_by = \"percent\""
    } else {
        "give a smaller one, or write the steps out with `steps`"
    };
    let counted = if fleets.by_instances { " of instances" } else { "" };
    report.problem(
        path,
        format!("a {what} is at most 50 %{counted}, but this one is {moved}"),
        help,
    );
}
