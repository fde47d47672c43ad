//! Rows that are published when no alarm looks back to them any more.

use super::{Epoch, remains_after};
use crate::alarm::evaluate::Rule;
use crate::alarm::monitor::Monitor;
use crate::alarm::spec::Origin;
use crate::telemetry::sampled::{Sample, Samples};
use crate::time::{SimDuration, SimTime};

/// An alarm that sees no row, because it looks back less far than each is late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLate {
    /// Which alarm.
    pub alarm: String,
    /// How far it looks back.
    pub looks_back: SimDuration,
    /// What the row is stamped with that is least late; time 0 is 1970-01-01T00:00:00Z.
    pub stamp: SimTime,
    /// When that is published.
    pub published: SimTime,
}

/// Those alarms.
pub(super) fn too_late(
    monitors: &[Monitor<'_>],
    samples: &[Samples],
    second: SimDuration,
    epoch: Epoch,
) -> Vec<TooLate> {
    let blind = |monitor: &Monitor<'_>| {
        let spec = monitor.spec();
        let watched = spec.subject.queries().iter().filter_map(|query| match query.origin {
            Origin::Sampled(place) => samples.get(place),
            Origin::Requests(..) => None,
        });
        let late = |sample: &&Sample| sample.seen_from.since(sample.at);
        let least = watched.flat_map(Samples::all).min_by_key(late)?;
        let is_unseen = late(&least) > remains_after(monitor, least.at) + second;
        is_unseen.then(|| TooLate {
            alarm: spec.name.clone(),
            looks_back: spec.period.times(Rule::from(spec).evaluation_range().into()),
            stamp: epoch.date(least.at),
            published: epoch.date(least.seen_from),
        })
    };
    monitors.iter().filter_map(blind).collect()
}
