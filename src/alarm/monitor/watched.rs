//! What an alarm sees at one evaluation.

use crate::alarm::spec::{FleetDimension, Origin};
use crate::telemetry::sampled::Samples;
use crate::telemetry::series::{FleetSeries, Series, Totals};
use crate::time::{SimDuration, SimTime};

/// What an alarm sees at one evaluation.
pub(super) enum Watched<'a> {
    /// Published intervals of one fleet or two.
    Requests([Option<Visible<'a>>; 2]),
    /// Values published one by one.
    Sampled(&'a Samples),
}

/// When an evaluation takes place, and what it can see.
pub(super) struct Moment {
    /// When.
    pub(super) now: SimTime,
    /// The end of the newest window.
    pub(super) end: SimTime,
    /// How long a published interval takes to arrive.
    pub(super) delay: SimDuration,
}

/// A series, the place of the alarm's cut in it, and numbers of bins: the first after the newest
/// period, and the first that has not arrived.
pub(super) struct Visible<'a> {
    series: &'a Series,
    cut: Option<usize>,
    end: i64,
    arrived: i64,
}

impl<'a> Watched<'a> {
    /// What `origin` shows at this moment, its latencies divided at the cut, if there is one.
    pub(super) fn new(
        origin: Origin,
        fleets: &'a FleetSeries,
        moment: &Moment,
        cut_ns: Option<i64>,
    ) -> Self {
        let visible = |series: &'a Series| {
            Some(Visible {
                series,
                cut: cut_ns.map(|cut_ns| {
                    series.cut(cut_ns).expect("invariant: series are divided at their alarms' cuts")
                }),
                end: series.first_from(moment.end),
                arrived: series.ended_by(moment.now - moment.delay),
            })
        };
        match origin {
            Origin::Requests(_, FleetDimension::Green) => {
                Self::Requests([visible(&fleets.green), None])
            }
            Origin::Requests(_, FleetDimension::Blue) => {
                Self::Requests([visible(&fleets.blue), None])
            }
            Origin::Requests(_, FleetDimension::Shadow) => {
                Self::Requests([visible(&fleets.shadow), None])
            }
            Origin::Requests(_, FleetDimension::Both) => {
                Self::Requests([visible(&fleets.blue), visible(&fleets.green)])
            }
            Origin::Sampled(index) => Self::Sampled(
                fleets.sampled.get(index).expect("invariant: every sampled metric has its values"),
            ),
        }
    }

    /// Whether no bin starts before the last `newer` bins of the newest periods.
    pub(super) fn is_before_first_bin(&self, newer: i64) -> bool {
        match self {
            Self::Requests(series) => {
                series.iter().flatten().all(|visible| visible.end - newer <= 0)
            }
            Self::Sampled(_) => false,
        }
    }
}

/// The visible bins of the period of `count` bins that `newer` bins come after.
pub(super) fn totals(series: &[Option<Visible<'_>>], newer: i64, count: i64) -> Totals {
    let mut totals = Totals::default();
    for visible in series.iter().flatten() {
        let end = visible.end - newer;
        let numbers = end - count..end.min(visible.arrived);
        visible.series.add_to(&mut totals, numbers, visible.cut);
    }
    totals
}
