//! When what is recorded can first be seen.
//!
//! A row that says when it was published is seen from then on. Statistics are else seen from the end of
//! their period on, a value from the instant it is stamped with. A delay moves both, as in a run: it counts
//! from the end of the period, or of the interval in which values are published.

use super::Settings;
use super::recording::{Recording, Row};
use crate::scenario::AlarmFile;
use crate::time::{SimDuration, SimTime};

/// CloudWatch keeps a minute's values together, unless a metric is of high resolution.
const MINUTE: SimDuration = SimDuration::from_secs(60);

/// When what is recorded can first be seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Publication {
    /// The periods that rows are statistics of; `None` of values.
    pub(super) periods: Option<Periods>,
    /// Whether their length is as the time stamps suggest, since nothing says it.
    pub(super) is_guessed: bool,
    pub(super) interval: SimDuration,
    /// How long after the end of its period, or interval, a row is published that does not say when.
    pub(super) delay: SimDuration,
    /// Whether it is that of every metric, whatever the scenario says of some.
    pub(super) is_of_all: bool,
}

/// Periods on end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Periods {
    /// How long each is.
    pub(super) length: SimDuration,
    /// Where one begins.
    pub(super) from: SimTime,
}

impl Publication {
    pub(super) fn new(file: &AlarmFile, recording: &Recording, settings: Settings) -> Self {
        let said = settings.row_period.or(recording.period());
        let alarms: Vec<SimDuration> = file.alarms.iter().map(|alarm| alarm.period).collect();
        let length = said.unwrap_or_else(|| recording.likely_period(&alarms));
        let from = recording.first().floor_to(MINUTE, super::A_MONDAY);
        let metrics = file.metrics.as_ref();
        let usual = metrics.map_or(SimDuration::ZERO, |metrics| metrics.delay);
        Self {
            periods: (!recording.are_values()).then_some(Periods { length, from }),
            is_guessed: said.is_none(),
            interval: metrics.map_or(MINUTE, |metrics| metrics.interval),
            delay: settings.delay.unwrap_or(usual),
            is_of_all: settings.delay.is_some(),
        }
    }

    /// When a row can first be seen.
    pub(super) fn seen_from(&self, row: &Row) -> SimTime {
        let end = |at: SimTime, length: SimDuration, from: SimTime| {
            at.floor_to(length, from) + length + self.delay
        };
        match (row.published, self.periods) {
            (Some(published), _) => published,
            (None, Some(periods)) => end(row.at, periods.length, periods.from),
            (None, None) if self.delay.is_zero() => row.at,
            (None, None) => end(row.at, self.interval, super::A_MONDAY),
        }
    }

    /// The end of the minute by which the first row can be seen.
    pub(super) fn first_minute(&self, recording: &Recording) -> SimTime {
        let seen = recording.rows().map(|row| self.seen_from(row)).min();
        let first_end = recording.first().floor_to(MINUTE, super::A_MONDAY) + MINUTE;
        let Some(seen) = seen.filter(|seen| *seen > first_end) else { return first_end };
        let before = seen.floor_to(MINUTE, super::A_MONDAY);
        if before == seen { seen } else { before + MINUTE }
    }
}
