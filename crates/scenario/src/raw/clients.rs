//! How callers try again.

use super::choice::RawRetryOn;
use super::default;
use super::scalar::RawShare;
use crate::endpoint::clients::Jitter;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How callers try again; without this table they do not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "clients")]
pub(crate) struct RawClients {
    /// Attempts at a request, the first included.
    #[serde(default = "default::three")]
    #[schemars(range(min = 1, max = 100))]
    pub(crate) attempts: u32,
    /// What is tried again: a `"5xx"` (of the model, or a rejection), a `"timeout"` (the endpoint's or
    /// the caller's own); both if absent.
    pub(crate) retry_on: Option<Vec<RawRetryOn>>,
    /// How long callers wait before they try again.
    #[serde(default)]
    pub(crate) backoff: RawBackoff,
    /// What chance does to that: nothing, anything down to zero (`"full"`), or down to half of it
    /// (`"equal"`).
    #[serde(default)]
    pub(crate) jitter: Jitter,
    /// The caller hangs up after so long, while the endpoint goes on; without it callers wait for the
    /// endpoint's answer.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) timeout: Option<SimDuration>,
    /// What limits the retries of all callers together; without it nothing does.
    pub(crate) budget: Option<RawBudget>,
}

/// How long callers wait before they try again: `initial · factor^(k − 1)` before the k-th retry, at
/// most `max`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "backoff")]
pub(crate) struct RawBackoff {
    /// Before the first retry; not longer than `max`.
    #[serde(default = "default::tenth_of_a_second")]
    pub(crate) initial: SimDuration,
    /// Multiplies the wait each time.
    #[serde(default = "default::twofold")]
    #[schemars(range(min = 1, max = 100))]
    pub(crate) factor: f64,
    /// The longest wait.
    #[serde(default = "default::five_seconds")]
    pub(crate) max: SimDuration,
}

/// A token bucket: each request adds `ratio` tokens, each retry takes one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "retry budget")]
pub(crate) struct RawBudget {
    /// Tokens that a request adds, to six decimals: the share of retries that lasts.
    #[serde(default = "default::tenth")]
    pub(crate) ratio: RawShare,
    /// Most tokens, and those at the start.
    #[serde(default = "default::ten")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) burst: u32,
}

impl Default for RawBackoff {
    fn default() -> Self {
        Self {
            initial: default::tenth_of_a_second(),
            factor: default::twofold(),
            max: default::five_seconds(),
        }
    }
}
