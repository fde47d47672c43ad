//! Alarms over a recorded series, as they would have been evaluated.
//!
//! Each alarm is evaluated by the [`Monitor`] that a run uses, over the values of a [`Recording`] in
//! place of simulated ones, on the wall clock in UTC: every minute (10 s for short periods, an hour for
//! alarms over more than a day) at the chosen second of the minute. When a row can be seen is said in
//! `publication`; what was before the first row was missing. The play begins at time 0 of the
//! alarms, so that the baseline of a band is what was recorded before. Composite alarms are judged
//! once all metric alarms of an instant have been evaluated, as in a run.

mod actions;
mod feed;
mod late;
mod publication;
pub mod recording;
mod transition;

use crate::alarm::clock::Clock;
use crate::alarm::composite::Board;
use crate::alarm::evaluate::Rule;
use crate::alarm::monitor::Monitor;
use crate::alarm::spec::{AlarmState, Evaluation};
use crate::random::arrival::timestamp::parse_instant;
use crate::scenario::AlarmFile;
use crate::telemetry::series::FleetSeries;
use crate::time::{SimDuration, SimTime};
use actions::Suppressed;
use feed::Feed;
use publication::Publication;
use recording::Recording;
use std::time::{Duration, UNIX_EPOCH};

pub use actions::Taken;
pub use late::TooLate;
pub use transition::{Kind, Transition};

/// How a recording is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The state of every metric alarm before its first evaluation, instead of the file's.
    pub initial_state: Option<AlarmState>,
    /// How long after the end of its period (of a value: its publishing interval) a row is published that
    /// does not say when; `None`: as the scenario says, else at once.
    pub delay: Option<SimDuration>,
    /// How long the period of a row of statistics is; `None`: as the time stamps suggest.
    pub row_period: Option<SimDuration>,
    /// The earliest evaluation is not before this; `None`: the end of the minute by which the first row can
    /// be seen.
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
    /// The actions of composite alarms with a suppressor, in order of time.
    pub taken: Vec<Taken>,
    /// How often alarms were evaluated.
    pub evaluations: u64,
    /// Every alarm's name and its last state, in order of the file, composite alarms last.
    pub states: Vec<(String, AlarmState)>,
    /// Metrics that alarms watch and no row is of.
    pub without_values: Vec<String>,
    /// The span from the first to the last possible evaluation.
    pub span: (SimTime, SimTime),
    /// How long the period of a row of statistics was taken to be, where nothing says it.
    pub guessed_period: Option<SimDuration>,
    /// Alarms for which every row is published too late.
    pub too_late: Vec<TooLate>,
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
    /// Its statistics do not make those that an alarm watches.
    #[error("the alarm \"{alarm}\" on {metric} cannot be evaluated: {why}")]
    CannotBeMade {
        /// Which alarm.
        alarm: String,
        /// Of which metric.
        metric: String,
        /// The reason and the remedy.
        why: String,
    },
    /// The unit is another.
    #[error(
        "{metric} is in microseconds, in CloudWatch as in the alarms, but the recording has it in {unit}; \
         convert the values, and say Microseconds"
    )]
    Unit {
        /// Of which metric.
        metric: String,
        /// The unit that the file says.
        unit: String,
    },
    /// Nothing lies between the ends.
    #[error(
        "nothing is left to evaluate: the play would begin at {from} and end at {to}; the recording goes \
         from {first} to {last}"
    )]
    Backwards {
        /// When the play would begin.
        from: String,
        /// When it would end.
        to: String,
        /// The first value.
        first: String,
        /// The last value.
        last: String,
    },
    /// Longer than a year.
    #[error(
        "the evaluations would go on for {days} days, and at most 366 are played; are all time stamps \
         right? If so, choose a part"
    )]
    TooLong {
        /// From the first to the last evaluation.
        days: i64,
    },
}

/// How far from 1970 an instant may be: 140 years, so that the time between two has room in nanoseconds.
const FARTHEST_NS: i64 = 140 * 365 * 86_400 * crate::time::NANOS_PER_S;

/// An instant of a recording in any usual spelling; time 0 is 1970-01-01T00:00:00Z.
///
/// # Errors
/// What is wrong with the text, to be read after it.
pub fn parse_date(text: &str) -> Result<SimTime, &'static str> {
    let nanos = parse_instant(text)?;
    let is_near = (-FARTHEST_NS..=FARTHEST_NS).contains(&nanos);
    if is_near { Ok(SimTime::from_nanos(nanos)) } else { Err("is more than 140 years from 1970") }
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
    let publication = Publication::new(file, recording, settings);
    let from = settings.from.unwrap_or_else(|| publication.first_minute(recording));
    let epoch = Epoch(from.as_nanos());
    let feed = Feed::new(file, recording, publication, epoch)?;
    let specs = feed.specs(file, settings, epoch);
    let clock = Clock { minute: epoch.since(A_MONDAY), evaluation_phase: settings.second };
    let monitors: Vec<Monitor<'_>> = specs
        .iter()
        .map(|spec| Monitor::new(spec, clock, publication.delay, spec.period))
        .collect();
    let to = settings.to.map(|to| epoch.since(to));
    let mut to = end(&monitors, epoch.since(recording.last()), to);
    if settings.from.is_none() && settings.to.is_none() {
        // What comes too late for every alarm is waited for all the same.
        to = to.max(SimTime::ZERO);
    }
    sensible(to, epoch, recording)?;
    let too_late = late::too_late(&specs, &feed.samples, (clock, publication.delay), epoch);
    let names = file.alarms.iter().map(|alarm| alarm.name.as_str());
    let mut player = Player {
        epoch,
        fleets: FleetSeries::only_sampled(feed.samples),
        board: Board::new(&file.composites, names),
        file,
        monitors,
        suppressed: Suppressed::new(file, epoch),
        transitions: Vec::new(),
        evaluations: 0,
    };
    player.play(to);
    Ok(Replayed {
        evaluations: player.evaluations,
        states: player.states(),
        transitions: player.transitions,
        taken: player.suppressed.taken,
        without_values: feed.without_values,
        span: (epoch.date(SimTime::ZERO), epoch.date(to)),
        guessed_period: publication
            .periods
            .filter(|_| publication.is_guessed)
            .map(|periods| periods.length),
        too_late,
    })
}

/// 1970-01-05T00:00:00Z, where the grids of minutes, hours, days and weeks begin.
const A_MONDAY: SimTime = SimTime::from_nanos(4 * 86_400 * crate::time::NANOS_PER_S);

/// The instant before which nothing was ever published.
const LONG_AGO: SimTime = SimTime::from_nanos(i64::MIN);

/// The beginning of the play, which is time 0 to the alarms \[ns since 1970-01-01T00:00:00Z\].
#[derive(Clone, Copy, Debug)]
struct Epoch(i64);

impl Epoch {
    /// An instant that is counted from 1970 as one of the play.
    fn since(self, date: SimTime) -> SimTime {
        SimTime::from_nanos(date.as_nanos().saturating_sub(self.0))
    }

    /// The other way round.
    fn date(self, at: SimTime) -> SimTime {
        SimTime::from_nanos(at.as_nanos().saturating_add(self.0))
    }
}

/// Until when alarms are evaluated: `to`, or when no value is left, the last being at `last`.
fn end(monitors: &[Monitor<'_>], last: SimTime, to: Option<SimTime>) -> SimTime {
    let gone = |monitor: &Monitor<'_>| last + remains_after(monitor, last);
    to.or_else(|| monitors.iter().map(gone).max()).unwrap_or(last)
}

/// Notes a play that would end before it begins, or go on for too long.
fn sensible(to: SimTime, epoch: Epoch, recording: &Recording) -> Result<(), ReplayError> {
    if to < SimTime::ZERO {
        return Err(ReplayError::Backwards {
            from: written(epoch.date(SimTime::ZERO)),
            to: written(epoch.date(to)),
            first: written(recording.first()),
            last: written(recording.last()),
        });
    }
    if to.since(SimTime::ZERO) > SimDuration::LONGEST {
        let days = to.as_nanos() / SimDuration::from_secs(86_400).as_nanos();
        return Err(ReplayError::TooLong { days });
    }
    Ok(())
}

/// An instant since 1970, to the second.
fn written(at: SimTime) -> String {
    let seconds = u64::try_from(at.as_nanos() / crate::time::NANOS_PER_S).unwrap_or(0);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

/// How long a value of the instant `at` can be in the evaluation range.
fn remains_after(monitor: &Monitor<'_>, at: SimTime) -> SimDuration {
    let spec = monitor.spec();
    let next = monitor.next_evaluation(at);
    let step = monitor.next_evaluation(next).since(next);
    // The running step is left out, and in windows that do not slide the running period too.
    let mut periods = Rule::from(spec).evaluation_range();
    if spec.evaluation != Evaluation::Sliding {
        periods += 1;
    }
    spec.period.times(periods.into()) + step + step
}

struct Player<'f, 's> {
    file: &'f AlarmFile,
    epoch: Epoch,
    fleets: FleetSeries,
    monitors: Vec<Monitor<'s>>,
    board: Board<'f>,
    suppressed: Suppressed<'f>,
    transitions: Vec<Transition>,
    evaluations: u64,
}

impl Player<'_, '_> {
    fn play(&mut self, to: SimTime) {
        let before = SimTime::from_nanos(-1);
        let mut due: Vec<SimTime> =
            self.monitors.iter().map(|monitor| monitor.next_evaluation(before)).collect();
        while let Some(now) = due.iter().copied().min().filter(|now| *now <= to) {
            let mut changed = Vec::new();
            for (number, due) in due.iter_mut().enumerate() {
                if *due == now {
                    if self.evaluate(number, now) {
                        changed.push(number);
                    }
                    *due = self.monitors[number].next_evaluation(now);
                }
            }
            self.suppressed.pass(now - SimDuration::from_nanos(1));
            self.judge(&changed, now);
            self.suppressed.pass(now);
        }
        self.suppressed.pass(to);
    }

    /// Whether the alarm has changed.
    fn evaluate(&mut self, number: usize, now: SimTime) -> bool {
        let monitor = &mut self.monitors[number];
        let from = monitor.state();
        self.evaluations += 1;
        let changed = monitor.evaluate(now, &self.fleets, Some(LONG_AGO)).is_some();
        if changed {
            self.transitions.push(Transition::of_metric_alarm(monitor, from, now, self.epoch));
        }
        changed
    }

    fn judge(&mut self, changed: &[usize], now: SimTime) {
        let composite = self.board.judge(changed, |number| self.monitors[number].state());
        let metric = changed.iter().map(|&number| (number, self.monitors[number].state()));
        let all = composite.iter().map(|change| (change.number, change.state));
        self.suppressed.note(now, &metric.chain(all).collect::<Vec<_>>());
        for change in composite {
            let index = change.number - self.monitors.len();
            let cause = self.name_and_state(change.cause);
            let mut transition = Transition::of_composite_alarm(
                &self.file.composites[index].name,
                [change.previous, change.state],
                self.epoch.date(now),
                cause,
            );
            transition.held_back = self.suppressed.held_back(change.number);
            self.transitions.push(transition);
        }
    }

    /// Of an alarm by its number, composite alarms after the others.
    fn name_and_state(&self, number: usize) -> (&str, AlarmState) {
        match number.checked_sub(self.monitors.len()) {
            None => (&self.monitors[number].spec().name, self.monitors[number].state()),
            Some(composite) => {
                (&self.file.composites[composite].name, self.board.states()[composite])
            }
        }
    }

    fn states(&self) -> Vec<(String, AlarmState)> {
        let all = 0..self.monitors.len() + self.file.composites.len();
        let named = all.map(|number| self.name_and_state(number));
        named.map(|(name, state)| (name.to_owned(), state)).collect()
    }
}

#[cfg(test)]
mod tests;
