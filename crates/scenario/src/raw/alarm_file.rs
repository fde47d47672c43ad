//! A file that holds only alarms.

use super::alarm::{RawAlarm, RawComposite};
use serde::{Deserialize, Serialize};

/// A file that holds only alarms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAlarmFile {
    /// The alarms.
    #[serde(default)]
    pub(crate) alarms: Vec<RawAlarm>,
    /// Alarms on the states of others.
    #[serde(default)]
    pub(crate) composite_alarms: Vec<RawComposite>,
}
