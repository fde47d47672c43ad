//! Sizes of traffic switches, against the fleets and the vendors' limits.

use super::limits::Limits;
use crate::raw::scalar::RawSize;
use crate::rollout::limits::SizeLimit;
use crate::rollout::shift::{Fleets, Portion};
use crate::validate::report::Report;

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

/// The part of the green fleet that `size` is, within a vendor's limit.
pub(super) fn limited(
    path: &str,
    size: RawSize,
    (fleets, limits): (Fleets, Limits),
    limit: &SizeLimit,
    report: &mut Report,
) -> Option<Portion> {
    let portion = portion(path, size, fleets, report)?;
    limits.size(path, portion, (fleets, limit), report).then_some(portion)
}

/// The parts of steps, each of which must move something.
pub(super) fn ascending(
    sizes: &[(String, RawSize)],
    fleets: Fleets,
    report: &mut Report,
) -> Option<Vec<Portion>> {
    let mut portions = Vec::new();
    for (path, size) in sizes {
        portions.push(portion(path, *size, fleets, report)?);
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
