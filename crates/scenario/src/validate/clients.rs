//! How callers try again.

use super::report::Report;
use crate::endpoint::clients::{Backoff, BudgetSpec, ClientsSpec};
use crate::endpoint::spec::{EndpointSpec, Mode};
use crate::raw::choice::RawRetryOn;
use crate::raw::clients::{RawBackoff, RawBudget, RawClients};

pub(super) fn clients(
    raw: &mut Option<RawClients>,
    endpoint: &EndpointSpec,
    report: &mut Report,
) -> Option<ClientsSpec> {
    let raw = raw.as_mut()?;
    if endpoint.mode != Mode::RealTime {
        report.problem(
            "clients",
            "callers of an asynchronous endpoint do not wait for an answer, so none tries again",
            "take out `[clients]`, or `mode = \"asynchronous\"`",
        );
    }
    let retry_on =
        raw.retry_on.get_or_insert_with(|| vec![RawRetryOn::ServerError, RawRetryOn::Timeout]);
    Some(ClientsSpec {
        attempts: raw.attempts,
        retry_5xx: retry_on.contains(&RawRetryOn::ServerError),
        retry_timeout: retry_on.contains(&RawRetryOn::Timeout),
        backoff: Backoff { jitter: raw.jitter, ..backoff(&raw.backoff, report) },
        timeout: raw.timeout,
        budget: raw.budget.as_ref().map(budget),
    })
}

fn backoff(raw: &RawBackoff, report: &mut Report) -> Backoff {
    if raw.initial > raw.max {
        report.problem(
            "clients.backoff.initial",
            format!("`initial` ({}) is longer than `max` ({})", raw.initial, raw.max),
            "give a longer `max`, or a shorter `initial`",
        );
    }
    Backoff {
        initial: raw.initial,
        factor: raw.factor,
        max: raw.max,
        jitter: crate::endpoint::clients::Jitter::default(),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a million")]
fn budget(raw: &RawBudget) -> BudgetSpec {
    BudgetSpec { deposit: (raw.ratio.0 * 1e6).round() as u64, burst: raw.burst }
}
