//! Changes of an alarm, its threshold apart.

use super::as_written;
use crate::alarm::spec::{FleetDimension, TreatMissingData};
use crate::raw::alarm::RawAlarm;
use crate::raw::m_of_n::RawMOfN;
use crate::raw::scalar::RawStatistic;
use crate::raw::tune::RawTunedAlarm;
use crate::time::SimDuration;

/// One change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AlarmChange {
    MOfN(RawMOfN),
    Period(SimDuration),
    Statistic(RawStatistic),
    TreatMissingData(TreatMissingData),
    Fleet(FleetDimension),
}

/// The lists of an alarm that are given, by their keys; empty ones included.
pub(crate) fn lists(raw: &RawTunedAlarm) -> Vec<(&'static str, Vec<AlarmChange>)> {
    fn list<T: Copy>(
        key: &'static str,
        values: Option<&Vec<T>>,
        change: fn(T) -> AlarmChange,
    ) -> Option<(&'static str, Vec<AlarmChange>)> {
        Some((key, values?.iter().copied().map(change).collect()))
    }
    let lists = [
        list("m_of_n", raw.m_of_n.as_ref(), AlarmChange::MOfN),
        list("period", raw.period.as_ref(), AlarmChange::Period),
        list("statistic", raw.statistic.as_ref(), AlarmChange::Statistic),
        list("treat_missing_data", raw.treat_missing_data.as_ref(), AlarmChange::TreatMissingData),
        list("fleet", raw.fleet.as_ref(), AlarmChange::Fleet),
    ];
    lists.into_iter().flatten().collect()
}

/// M of N that are tried of an alarm of which the file does not say what may vary.
pub(crate) const USUAL_M_OF_N: [AlarmChange; 3] = [
    AlarmChange::MOfN(RawMOfN { m: 1, n: 1 }),
    AlarmChange::MOfN(RawMOfN { m: 2, n: 3 }),
    AlarmChange::MOfN(RawMOfN { m: 3, n: 5 }),
];

impl AlarmChange {
    /// Whether the alarm is so already.
    pub(crate) fn is_present(&self, alarm: &RawAlarm) -> bool {
        match self {
            Self::MOfN(RawMOfN { m, n }) => {
                alarm.evaluation_periods == *n && alarm.datapoints_to_alarm.unwrap_or(*n) == *m
            }
            Self::Period(period) => alarm.period == *period,
            Self::Statistic(statistic) => alarm.statistic == Some(*statistic),
            Self::TreatMissingData(treat) => alarm.treat_missing_data == *treat,
            Self::Fleet(fleet) => alarm.fleet == Some(*fleet),
        }
    }

    /// Writes it into the alarm.
    pub(crate) fn apply(&self, alarm: &mut RawAlarm) {
        match self {
            Self::MOfN(RawMOfN { m, n }) => {
                alarm.evaluation_periods = *n;
                alarm.datapoints_to_alarm = Some(*m);
            }
            Self::Period(period) => alarm.period = *period,
            Self::Statistic(statistic) => alarm.statistic = Some(*statistic),
            Self::TreatMissingData(treat) => alarm.treat_missing_data = *treat,
            Self::Fleet(fleet) => alarm.fleet = Some(*fleet),
        }
    }

    /// The key and the value as written.
    pub(crate) fn spoken(&self) -> (String, String) {
        let (key, value) = match self {
            Self::MOfN(m_of_n) => ("m_of_n", as_written(m_of_n)),
            Self::Period(period) => ("period", as_written(period)),
            Self::Statistic(statistic) => ("statistic", as_written(statistic)),
            Self::TreatMissingData(treat) => ("treat_missing_data", as_written(treat)),
            Self::Fleet(fleet) => ("fleet", as_written(fleet)),
        };
        (key.to_owned(), value)
    }
}

/// The alarm with these changes.
pub(crate) fn changed(alarm: &RawAlarm, changes: &[&AlarmChange]) -> RawAlarm {
    let mut alarm = alarm.clone();
    for change in changes {
        change.apply(&mut alarm);
    }
    alarm
}
