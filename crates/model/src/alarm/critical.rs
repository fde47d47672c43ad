//! One alarm watching a run that is over, at every threshold at once.
//!
//! At an evaluation the alarm is in ALARM at exactly the thresholds on one side of a **critical value**:
//! with more breaching datapoints it is never less in ALARM, and a lower threshold (a higher one where
//! low datapoints breach) has no fewer. The critical value is a value of one of the periods that are
//! looked at, or the one before, or infinite. It is found by asking the same decision as
//! [`Monitor`](crate::alarm::monitor::Monitor)'s, [`evaluate`], at these values: the previous state
//! counts only as ALARM or not, which is a critical value too.
//!
//! **Keys.** Thresholds and levels are compared as floats, in which ALARM is `threshold < level`
//! whatever the comparison is: where low datapoints breach both have the other sign, and where equality
//! breaches a level is the next float above the value. The float of a fraction is the nearest one if its
//! numerator and denominator are below 2^53, as counts and latencies are; so a threshold is on
//! the right side of a value unless they differ by less than one part in 2^52, and are not equal.
//!
//! **Refused.** Two settings are not monotone in the threshold, and an alarm with a band has none:
//!
//! - `ignore` that [keeps the state without a good datapoint](IgnoreRule::WithoutGoodDatapoint), with
//!   M ≤ N − 2: of X X - a lower threshold can make the X 0 - that alarmed, and X X - does not;
//! - the [premature alarm](PrematureAlarm) read [literally](PrematureAlarm::Literal) (and M ≥ 3) or with
//!   [fewer than M](PrematureAlarm::FewerThanM) (and M ≥ 4), where an old breaching datapoint before a
//!   good one undoes the alarm: 0 0 X - - against X 0 X - -.

use crate::alarm::clock::Clock;
use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::judge::Judge;
pub use crate::alarm::observe::Undecided;
use crate::alarm::observe::{Datapoint, Observer, Reading, Shows};
use crate::alarm::spec::{
    AlarmSpec, AlarmState, Comparison, IgnoreRule, MissingDataRule, PrematureAlarm, Subject,
    TreatMissingData,
};
use crate::telemetry::ratio::Ratio;
use crate::telemetry::series::FleetSeries;
use crate::time::{SimDuration, SimTime};

/// Since when an alarm is in ALARM that was so before its first evaluation.
pub const ALWAYS: SimTime = SimTime::from_nanos(i64::MIN);

/// Why an alarm cannot be watched at every threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has a band.
    #[error("an alarm on a band has no threshold")]
    Band,
    /// There is no critical value.
    #[error("its missing-data settings let a threshold alarm where a stricter one does not")]
    NotMonotone,
}

/// An alarm whose threshold is open, in one run that is over.
#[derive(Clone, Debug)]
pub struct CriticalMonitor<'s> {
    spec: &'s AlarmSpec,
    observer: Observer<'s>,
    judge: Judge<'s>,
    rule: Rule,
    level: f64,
    // Where the thresholds that are in ALARM end, and since when those from the one before on are;
    // rising in both. The last one is the level.
    pieces: Vec<(f64, SimTime)>,
    // Of the last evaluation: the levels of its periods, oldest first; the different ones, rising; and
    // what the periods count at one of them.
    levels: Vec<Option<f64>>,
    candidates: Vec<f64>,
    slots: Vec<Slot>,
}

impl<'s> CriticalMonitor<'s> {
    /// An alarm in its initial state, its threshold unheeded; see
    /// [`Monitor::new`](crate::alarm::monitor::Monitor::new).
    ///
    /// # Errors
    /// [`Refusal`] if it has no threshold, or may alarm at one and not at a stricter one.
    ///
    /// # Panics
    /// If the period of an alarm on requests is no multiple of the interval.
    pub fn new(
        spec: &'s AlarmSpec,
        clock: Clock,
        delay: SimDuration,
        interval: SimDuration,
    ) -> Result<Self, Refusal> {
        if matches!(spec.subject, Subject::Band(_)) || spec.comparison.is_with_band() {
            return Err(Refusal::Band);
        }
        let rule = Rule::from(spec);
        if !is_monotone(&rule) {
            return Err(Refusal::NotMonotone);
        }
        let range = rule.evaluation_range();
        let observer = Observer::new(spec, range, clock, (delay, interval)).of_any_threshold();
        let is_alarm = spec.initial_state == AlarmState::Alarm;
        Ok(Self {
            spec,
            observer,
            judge: Judge::new(spec),
            rule,
            level: if is_alarm { f64::INFINITY } else { f64::NEG_INFINITY },
            pieces: if is_alarm { vec![(f64::INFINITY, ALWAYS)] } else { Vec::new() },
            levels: Vec::with_capacity(range as usize),
            candidates: Vec::with_capacity(range as usize + 1),
            slots: Vec::with_capacity(range as usize),
        })
    }

    /// The first evaluation after `after`, strictly, and after the alarm's creation.
    pub fn next_evaluation(&self, after: SimTime) -> SimTime {
        self.observer.timetable().next_evaluation(self.judge.exists_from(after))
    }

    /// Evaluates the alarm at `now`, later than before and of the same run, of which all is published.
    /// `first_traffic` is when green took its first request, live or mirrored.
    ///
    /// # Errors
    /// [`Undecided`] if a percentile of latencies is not known; keep a larger
    /// [share](crate::telemetry::detail::Detail::keeps_top) of them. The alarm is to be dropped then.
    ///
    /// # Panics
    /// If a fleet's series lacks the alarm's [`detail`](crate::alarm::spec::detail()), or the values of a
    /// sampled metric are not there.
    pub fn evaluate(
        &mut self,
        now: SimTime,
        fleets: &FleetSeries,
        first_traffic: Option<SimTime>,
    ) -> Result<(), Undecided> {
        let sight = self.observer.sight(now, fleets);
        self.observer.observe(&sight, first_traffic)?;
        let comparison = self.spec.comparison;
        self.levels.clear();
        for period in self.observer.periods() {
            self.levels.push(match period.shows {
                Shows::Missing => None,
                // Below every threshold.
                Shows::Good => Some(f64::NEG_INFINITY),
                Shows::Datapoint(datapoint) => Some(level_of(comparison, datapoint)?),
            });
        }
        let is_last_resort = self.alarms_at(f64::INFINITY);
        if self.judge.may_change(now, &self.rule, &self.slots, self.observer.periods()) {
            let level = if is_last_resort { f64::INFINITY } else { self.highest_alarming() };
            self.move_to(level, now);
        }
        Ok(())
    }

    /// The alarm is in ALARM at exactly the thresholds whose [key](Self::key_of) is below this.
    pub const fn level(&self) -> f64 {
        self.level
    }

    /// Since when the alarm is in ALARM at the threshold of this key; `None` if it is not. [`ALWAYS`] if
    /// that is its initial state.
    pub fn since(&self, key: f64) -> Option<SimTime> {
        let place = self.pieces.partition_point(|piece| piece.0 <= key);
        self.pieces.get(place).map(|piece| piece.1)
    }

    /// The thresholds that are in ALARM by the instant since when they are: the key that they are below,
    /// and the instant; the highest, which are in ALARM for the shortest time, first.
    pub fn in_alarm(&self) -> impl Iterator<Item = (f64, SimTime)> {
        self.pieces.iter().rev().copied()
    }

    /// What stands for a threshold here: it is in ALARM if this is below the level.
    pub fn key_of(&self, threshold: Ratio) -> f64 {
        signed(self.spec.comparison, threshold.as_f64())
    }

    /// Whether the alarm is in ALARM at the thresholds just below `level`, so that exactly the periods
    /// of this level or a higher one breach.
    fn alarms_at(&mut self, level: f64) -> bool {
        self.slots.clear();
        self.slots.extend(self.levels.iter().map(|of_period| match of_period {
            None => Slot::Missing,
            Some(own) if *own >= level => Slot::Breaching,
            Some(_) => Slot::Good,
        }));
        let previous = if self.level >= level { AlarmState::Alarm } else { AlarmState::Ok };
        evaluate(&self.rule, &self.slots, previous) == AlarmState::Alarm
    }

    /// The highest level at which the alarm is in ALARM, if not above all.
    fn highest_alarming(&mut self) -> f64 {
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        candidates.extend(self.levels.iter().flatten().chain([&self.level]));
        candidates.retain(|level| level.is_finite());
        candidates.sort_unstable_by(f64::total_cmp);
        let alarming = candidates.partition_point(|&level| self.alarms_at(level));
        let highest = alarming.checked_sub(1).map(|place| candidates[place]);
        self.candidates = candidates;
        highest.unwrap_or(f64::NEG_INFINITY)
    }

    fn move_to(&mut self, level: f64, now: SimTime) {
        if level > self.level {
            self.pieces.push((level, now));
        } else {
            let kept = self.pieces.partition_point(|piece| piece.0 < level);
            // The piece that the level cuts stays in ALARM up to it.
            if let Some(cut) = self.pieces.get_mut(kept)
                && level > f64::NEG_INFINITY
            {
                cut.0 = level;
                self.pieces.truncate(kept + 1);
            } else {
                self.pieces.truncate(kept);
            }
        }
        self.level = level;
    }
}

/// High for what breaches.
fn signed(comparison: Comparison, value: f64) -> f64 {
    if comparison.breaches_above() { value } else { -value }
}

/// A datapoint breaches at exactly the thresholds whose key is below this.
fn level_of(comparison: Comparison, datapoint: Datapoint) -> Result<f64, Undecided> {
    let (Reading::Value(_), Some(value)) = (datapoint.reading, datapoint.about) else {
        return Err(Undecided);
    };
    let value = signed(comparison, value);
    let breaches_if_equal = comparison.holds(std::cmp::Ordering::Equal);
    // Both zeros are one number.
    Ok(if breaches_if_equal { value.next_up() } else { value + 0.0 })
}

/// Whether a datapoint more that breaches, and did not, never takes an alarm out of ALARM.
fn is_monotone(rule: &Rule) -> bool {
    let (m, n) = (rule.datapoints_to_alarm, rule.evaluation_periods);
    match (rule.treat_missing_data, rule.missing_data_rule) {
        (TreatMissingData::Ignore, _) => {
            rule.ignore_rule != IgnoreRule::WithoutGoodDatapoint || m + 2 > n
        }
        (TreatMissingData::Missing, MissingDataRule::CloudWatch { .. }) => {
            // Two older datapoints, and the newer one M periods old, must fit into the range.
            let fits = m + 2 <= rule.evaluation_range() && n >= 4;
            match rule.premature_alarm {
                PrematureAlarm::Literal => !(fits && m >= 3),
                PrematureAlarm::FewerThanM => !(fits && m >= 4),
                _ => true,
            }
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
