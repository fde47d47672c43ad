//! Alarms over a recorded series, as they would have been evaluated.
//!
//! Each alarm is evaluated by the [`Monitor`] that a run uses, over the values of a [`Recording`] in
//! place of simulated ones, on the wall clock in UTC: every minute (10 s for short periods, an hour for
//! alarms over more than a day) at the chosen second of the minute. A value is seen from the instant
//! it is stamped with; what was before the first row was missing. Composite alarms are judged after
//! the metric alarms of the same instant.

mod feed;
pub mod recording;
mod transition;

use crate::alarm::clock::Clock;
use crate::alarm::composite::evaluation_order;
use crate::alarm::monitor::Monitor;
use crate::alarm::spec::{AlarmSpec, AlarmState};
use crate::scenario::AlarmFile;
use crate::telemetry::series::FleetSeries;
use crate::time::{SimDuration, SimTime};
use feed::Feed;
use recording::Recording;

pub use transition::{Kind, Transition};

/// How a recording is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The state of every alarm before its first evaluation, instead of the file's.
    pub initial_state: Option<AlarmState>,
    /// The earliest evaluation is not before this; `None`: the first one after the first value.
    pub from: Option<SimTime>,
    /// The latest evaluation is not after this; `None`: when no value is left in the evaluation
    /// range of any alarm.
    pub to: Option<SimTime>,
    /// When in a minute alarms are evaluated, after the full minute \[below a minute\].
    pub second: SimDuration,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// In order of time; at the same instant in order of the file, composite alarms last.
    pub transitions: Vec<Transition>,
    /// How often alarms were evaluated.
    pub evaluations: u64,
    /// Every alarm's name and its last state, in order of the file, composite alarms last.
    pub states: Vec<(String, AlarmState)>,
    /// Metrics that alarms watch and no row is of.
    pub without_values: Vec<String>,
    /// The span from the first to the last possible evaluation.
    pub span: (SimTime, SimTime),
}

/// A recording that alarms cannot be played over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It has one series, and the alarms want several.
    #[error(
        "the recording has no column `metric`, and the alarms watch several metrics: {}; add the \
         column, or choose an alarm",
        .0.join(", ")
    )]
    WhichMetric(Vec<String>),
    /// It has none of the metrics.
    #[error(
        "no row is of a metric that the alarms watch ({}); the recording has {}",
        .watched.join(", "),
        .recorded.join(", ")
    )]
    OtherMetrics {
        /// By the alarms.
        watched: Vec<String>,
        /// What the recording has.
        recorded: Vec<String>,
    },
    /// Nothing lies between the ends.
    #[error("the first evaluation would be after the last one; `from` has to be before `to`")]
    Backwards,
    /// Longer than a year.
    #[error(
        "the evaluations would go on for {days} days, and at most 366 are played; are all time stamps \
         right? If so, choose a part"
    )]
    TooLong {
        /// From the first to the last evaluation.
        days: i64,
    },
    /// Composite alarms that wait for one another.
    #[error("the composite alarms {} name one another in a circle", .0.join(", "))]
    Cycle(Vec<String>),
}

/// Plays `recording` to the alarms of `file`.
///
/// # Errors
/// [`ReplayError`] if the recording does not fit the alarms or the span is not sensible.
pub fn replay(
    file: &AlarmFile,
    recording: &Recording,
    settings: Settings,
) -> Result<Replayed, ReplayError> {
    let order = evaluation_order(&file.composites).map_err(ReplayError::Cycle)?;
    let feed = Feed::new(file, recording)?;
    let specs = feed.specs(file, settings);
    let clock = Clock { minute: A_MONDAY, evaluation_phase: settings.second };
    let monitors: Vec<Monitor<'_>> = specs
        .iter()
        .map(|spec| Monitor::new(spec, clock, SimDuration::ZERO, spec.period))
        .collect();
    let span = span(&monitors, recording, settings)?;
    let initial = settings.initial_state.unwrap_or_default();
    let mut player = Player {
        file,
        order,
        fleets: FleetSeries::only_sampled(feed.samples),
        composites: vec![initial; file.composites.len()],
        monitors,
        transitions: Vec::new(),
        evaluations: 0,
    };
    player.play(span);
    Ok(Replayed {
        evaluations: player.evaluations,
        states: player.states(),
        transitions: player.transitions,
        without_values: feed.without_values,
        span,
    })
}

/// 1970-01-05T00:00:00Z, where the grids of minutes, hours, days and weeks begin.
const A_MONDAY: SimTime = SimTime::from_nanos(4 * 86_400 * crate::time::NANOS_PER_S);

/// The instant before which nothing was ever published.
const LONG_AGO: SimTime = SimTime::from_nanos(i64::MIN);

/// From the instant on which, and until which, alarms are evaluated.
fn span(
    monitors: &[Monitor<'_>],
    recording: &Recording,
    settings: Settings,
) -> Result<(SimTime, SimTime), ReplayError> {
    let just_after = SimTime::from_nanos(recording.first().as_nanos().saturating_add(1));
    let from = settings.from.unwrap_or(just_after);
    // The oldest period ends, the running minute and the wait for the chosen second are over.
    let longest = monitors.iter().map(|monitor| reach(monitor.spec())).max();
    let to = settings.to.unwrap_or(recording.last() + longest.unwrap_or_default());
    if to < from {
        return Err(ReplayError::Backwards);
    }
    if to.since(from) > SimDuration::LONGEST {
        let days = to.since(from).as_nanos() / SimDuration::from_secs(86_400).as_nanos();
        return Err(ReplayError::TooLong { days });
    }
    Ok((from, to))
}

/// How long a value can stay in an evaluation range, and some.
fn reach(spec: &AlarmSpec) -> SimDuration {
    let range = crate::alarm::evaluate::Rule::from(spec).evaluation_range();
    spec.period.times(i64::from(range) + 1) + SimDuration::from_secs(7200)
}

struct Player<'f, 's> {
    file: &'f AlarmFile,
    order: Vec<usize>,
    fleets: FleetSeries,
    monitors: Vec<Monitor<'s>>,
    composites: Vec<AlarmState>,
    transitions: Vec<Transition>,
    evaluations: u64,
}

impl Player<'_, '_> {
    fn play(&mut self, (from, to): (SimTime, SimTime)) {
        let before = SimTime::from_nanos(from.as_nanos().saturating_sub(1));
        let mut due: Vec<SimTime> =
            self.monitors.iter().map(|monitor| monitor.next_evaluation(before)).collect();
        let mut is_first = true;
        while let Some(now) = due.iter().copied().min().filter(|now| *now <= to) {
            let known = self.transitions.len();
            for (monitor, due) in self.monitors.iter_mut().zip(&mut due) {
                if *due != now {
                    continue;
                }
                *due = monitor.next_evaluation(now);
                self.evaluations += 1;
                let previous = monitor.state();
                if monitor.evaluate(now, &self.fleets, Some(LONG_AGO)).is_some() {
                    self.transitions.push(Transition::of_metric_alarm(monitor, previous, now));
                }
            }
            if is_first || self.transitions.len() > known {
                self.judge_composites(now);
            }
            is_first = false;
        }
    }

    fn judge_composites(&mut self, now: SimTime) {
        for &index in &self.order {
            let spec = &self.file.composites[index];
            let state = spec.rule.state(&|name| self.state_of(name));
            let previous = std::mem::replace(&mut self.composites[index], state);
            if previous != state {
                let children = spec.rule.alarms();
                let changed = self.transitions.iter().rev();
                let cause = changed.clone().find(|child| children.contains(&child.alarm.as_str()));
                let transition =
                    Transition::of_composite_alarm(&spec.name, [previous, state], now, cause);
                self.transitions.push(transition);
            }
        }
    }

    fn state_of(&self, name: &str) -> AlarmState {
        let monitor = self.monitors.iter().find(|monitor| monitor.spec().name == name);
        let composite = || {
            let index = self.file.composites.iter().position(|spec| spec.name == name);
            index.map(|index| self.composites[index])
        };
        monitor.map(Monitor::state).or_else(composite).unwrap_or_default()
    }

    fn states(&self) -> Vec<(String, AlarmState)> {
        let metric = self.monitors.iter().map(|monitor| monitor.spec().name.as_str());
        let composite = self.file.composites.iter().map(|spec| spec.name.as_str());
        metric.chain(composite).map(|name| (name.to_owned(), self.state_of(name))).collect()
    }
}

#[cfg(test)]
mod tests;
