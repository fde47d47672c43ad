//! A file that holds only alarms.

use super::alarm::RawAlarm;
use serde::Deserialize;

/// A file that holds only alarms.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct RawAlarmFile {
    /// The alarms.
    #[serde(default)]
    pub(in crate::scenario) alarms: Vec<RawAlarm>,
}
