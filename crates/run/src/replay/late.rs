//! Rows that are published when no alarm looks back to them any more.

use super::Epoch;
use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::evaluate::Rule;
use crate::alarm::spec::{AlarmSpec, Origin};
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

/// Those alarms; `delay` is that of most metrics.
pub(super) fn too_late(
    specs: &[AlarmSpec],
    samples: &[Samples],
    (clock, delay): (Clock, SimDuration),
    epoch: Epoch,
) -> Vec<TooLate> {
    let blind = |spec: &AlarmSpec| {
        let timetable = Timetable::new(spec, clock, delay);
        let range = Rule::from(spec).evaluation_range();
        // Later evaluations look back less far.
        let is_unseen = |sample: &Sample| {
            // None comes before the play begins, at time 0.
            let from = sample.seen_from.max(SimTime::ZERO) - SimDuration::from_nanos(1);
            let first = timetable.next_evaluation(from);
            sample.at < timetable.window(first, range - 1).0
        };
        let watched = spec.subject.queries().iter().filter_map(|query| match query.origin {
            Origin::Sampled(place) => samples.get(place),
            Origin::Requests(..) => None,
        });
        let all: Vec<&Sample> = watched.flat_map(Samples::all).collect();
        let least = *all.iter().min_by_key(|sample| sample.seen_from.since(sample.at))?;
        all.into_iter().all(is_unseen).then(|| TooLate {
            alarm: spec.name.clone(),
            looks_back: spec.period.times(range.into()),
            stamp: epoch.date(least.at),
            published: epoch.date(least.seen_from),
        })
    };
    specs.iter().filter_map(blind).collect()
}
