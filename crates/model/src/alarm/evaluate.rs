//! The decision: from the last datapoints to a state.
//!
//! N datapoints decide, M of them must breach; the question is what missing ones count as.
//!
//! **CloudWatch's rule.** More than N periods are retrieved (the evaluation range). If at least N
//! of them have a datapoint, the newest N real datapoints decide and the missing-data setting is
//! not consulted. Otherwise all real ones decide together with as many fillers as N lacks:
//!
//! - `breaching`, `notBreaching`: the fillers count as such; ALARM if and only if M breach;
//! - `missing`, `ignore`: without any datapoint INSUFFICIENT_DATA or the previous state. With M
//!   breaching ones ALARM; else, with any good one in the range, OK. If only breaching ones are
//!   left, fewer than M, `ignore` keeps the state, and `missing` gives ALARM if the oldest of them
//!   is at least M periods old (counting its own); if not, the documentation says only that the
//!   alarm does not go into ALARM, and the state is a setting ([`Unresolved`]).
//!
//! Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>,
//! whose two tables this reproduces cell by cell. That good datapoints block the early ALARM is in
//! its revision of 2019-01 only, and is the reading under which no two of its cells contradict each
//! other.
//!
//! **The window rule** looks at exactly the last N periods: ALARM if and only if at least M breach.
//! A missing datapoint breaches under `breaching` only; if all N are missing, `missing` gives
//! INSUFFICIENT_DATA and `ignore` keeps the state.
//!
//! Other readings of the documentation are settings: [`PrematureAlarm`], [`IgnoreRule`], [`Unresolved`].

use crate::alarm::spec::{
    AlarmSpec, AlarmState, IgnoreRule, MissingDataRule, PrematureAlarm, TreatMissingData,
    Unresolved,
};

/// What a period says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// Its datapoint is on the wrong side of the threshold.
    Breaching,
    /// Its datapoint is within the threshold.
    Good,
    /// It has no datapoint.
    Missing,
}

/// What an alarm does with its datapoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// N: how many datapoints decide, at least 1.
    pub evaluation_periods: u32,
    /// M: how many of them must breach, 1 to N.
    pub datapoints_to_alarm: u32,
    /// What a missing datapoint counts as.
    pub treat_missing_data: TreatMissingData,
    /// Which datapoints are looked at.
    pub missing_data_rule: MissingDataRule,
    /// The state that AWS leaves open.
    pub unresolved: Unresolved,
    /// When too few breaching datapoints are an ALARM all the same.
    pub premature_alarm: PrematureAlarm,
    /// When `ignore` keeps the state.
    pub ignore_rule: IgnoreRule,
}

/// The datapoints that decide: at most N real ones, the newest, and as many missing as N lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deciding {
    /// How many breach.
    pub breaching: u32,
    /// How many do not.
    pub good: u32,
    /// How many are filled in, N less the others.
    pub missing: u32,
}

impl Rule {
    /// M of N as CloudWatch decides, in the likeliest reading, with the evaluation range of its
    /// documentation's tables: N + 2 periods.
    pub fn new(m: u32, n: u32, treat_missing_data: TreatMissingData) -> Self {
        Self {
            evaluation_periods: n,
            datapoints_to_alarm: m,
            treat_missing_data,
            missing_data_rule: MissingDataRule::CloudWatch { range_extra: 2 },
            unresolved: Unresolved::default(),
            premature_alarm: PrematureAlarm::default(),
            ignore_rule: IgnoreRule::default(),
        }
    }

    /// How many periods an evaluation retrieves.
    pub const fn evaluation_range(&self) -> u32 {
        match self.missing_data_rule {
            MissingDataRule::CloudWatch { range_extra } => self.evaluation_periods + range_extra,
            MissingDataRule::Window => self.evaluation_periods,
        }
    }

    /// The datapoints of `slots`, oldest first, that decide.
    pub fn deciding(&self, slots: &[Slot]) -> Deciding {
        let periods = self.evaluation_periods;
        let retrieved = self.evaluation_range() as usize;
        let mut deciding = Deciding::default();
        for slot in slots.iter().rev().take(retrieved) {
            match slot {
                Slot::Breaching => deciding.breaching += 1,
                Slot::Good => deciding.good += 1,
                Slot::Missing => continue,
            }
            if deciding.breaching + deciding.good == periods {
                break;
            }
        }
        deciding.missing = periods - deciding.breaching - deciding.good;
        deciding
    }
}

impl From<&AlarmSpec> for Rule {
    fn from(spec: &AlarmSpec) -> Self {
        Self {
            evaluation_periods: spec.evaluation_periods,
            datapoints_to_alarm: spec.datapoints_to_alarm,
            treat_missing_data: spec.treat_missing_data,
            missing_data_rule: spec.missing_data_rule,
            unresolved: spec.unresolved,
            premature_alarm: spec.premature_alarm,
            ignore_rule: spec.ignore_rule,
        }
    }
}

/// The state after an evaluation of `slots`, the periods of the evaluation range, oldest first.
///
/// Of more slots the newest are looked at; of fewer the rest is missing.
pub fn evaluate(rule: &Rule, slots: &[Slot], previous: AlarmState) -> AlarmState {
    let deciding = rule.deciding(slots);
    let treat = rule.treat_missing_data;
    let filled = if treat == TreatMissingData::Breaching { deciding.missing } else { 0 };
    let enough = deciding.breaching + filled >= rule.datapoints_to_alarm;
    let decided = if enough { AlarmState::Alarm } else { AlarmState::Ok };
    let is_literal = matches!(treat, TreatMissingData::Missing | TreatMissingData::Ignore);
    if !is_literal || deciding.missing == 0 {
        return decided;
    }
    let retains_at_once = treat == TreatMissingData::Ignore
        && rule.ignore_rule == IgnoreRule::WithoutGoodDatapoint
        && deciding.good == 0;
    if enough && !retains_at_once {
        return decided;
    }
    let retained = match treat {
        TreatMissingData::Ignore => previous,
        _ => AlarmState::InsufficientData,
    };
    match rule.missing_data_rule {
        _ if deciding.breaching == 0 && deciding.good == 0 => retained,
        MissingDataRule::Window if deciding.good == 0 && retains_at_once => previous,
        MissingDataRule::Window => decided,
        MissingDataRule::CloudWatch { .. } => too_few(rule, slots, deciding, previous),
    }
}

/// CloudWatch's rule if fewer than N datapoints exist, and M breaching ones do not decide.
fn too_few(rule: &Rule, slots: &[Slot], deciding: Deciding, previous: AlarmState) -> AlarmState {
    if deciding.good == 0 && rule.treat_missing_data == TreatMissingData::Ignore {
        return previous;
    }
    if rule.treat_missing_data == TreatMissingData::Missing
        && is_premature_alarm(rule, slots, deciding)
    {
        return AlarmState::Alarm;
    }
    match rule.unresolved {
        _ if deciding.good > 0 => AlarmState::Ok,
        Unresolved::InsufficientData => AlarmState::InsufficientData,
        Unresolved::Retain => previous,
        Unresolved::Ok => AlarmState::Ok,
    }
}

/// Whether the breaching datapoints, fewer than M, are an ALARM because the oldest is old.
fn is_premature_alarm(rule: &Rule, slots: &[Slot], deciding: Deciding) -> bool {
    let retrieved = slots.len().min(rule.evaluation_range() as usize);
    let range = &slots[slots.len() - retrieved..];
    let (enough, periods) = (rule.datapoints_to_alarm as usize, rule.evaluation_periods as usize);
    let Some(first) = range.iter().position(|&slot| slot == Slot::Breaching) else { return false };
    let oldest = retrieved - first;
    let no_good = deciding.good == 0;
    // The newest good datapoint, if any, came before the oldest breaching one.
    let none_good_since = !range[first..].contains(&Slot::Good);
    match rule.premature_alarm {
        PrematureAlarm::NoGoodDatapoint => no_good && oldest >= enough,
        PrematureAlarm::Literal => none_good_since && oldest >= enough,
        PrematureAlarm::FewerThanM => {
            let exist = deciding.breaching + deciding.good;
            none_good_since && oldest >= enough && exist < rule.datapoints_to_alarm
        }
        PrematureAlarm::ExactAge => no_good && oldest == enough,
        PrematureAlarm::WithinPeriods => no_good && (enough..=periods).contains(&oldest),
        PrematureAlarm::Never => false,
    }
}
