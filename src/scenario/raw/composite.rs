//! An alarm on the states of other alarms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A composite alarm: in ALARM while its rule holds, else OK.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "composite_alarm")]
pub(in crate::scenario) struct RawCompositeAlarm {
    /// Unique among all alarms.
    pub(in crate::scenario) name: String,
    /// When it is in ALARM, as CloudWatch's `AlarmRule`: `ALARM("a")`, `OK("a")`,
    /// `INSUFFICIENT_DATA("a")`, `TRUE`, `FALSE`, joined by `AND`, `OR`, `NOT` and brackets;
    /// `AT_LEAST(2, ALARM, ("a", "b", "c"))` or `AT_LEAST(50%, NOT OK, (…))`. NOT binds tightest, then
    /// AND.
    pub(in crate::scenario) rule: String,
}
