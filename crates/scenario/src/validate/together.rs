//! What is not modelled together: parts that judge each request as it is answered, and callers or queues
//! that make its outcome late.

use super::report::Report;
use crate::endpoint::spec::RoutingScope;
use crate::raw::RawScenario;
use crate::raw::choice::RawMode;

/// Notes parts of the scenario that are not modelled together.
pub(super) fn check(raw: &RawScenario, report: &mut Report) {
    if raw.endpoint.routing_scope == Some(RoutingScope::Endpoint) && raw.traffic.sticky_users {
        report.problem(
            "traffic.sticky_users",
            "users cannot stay with a fleet if each request goes to the least busy instance of both",
            "take out `sticky_users`, or write `routing_scope = \"fleet\"`",
        );
    }
    let late = if raw.clients.is_some() {
        ("callers who try again", "[clients]")
    } else if raw.endpoint.mode == RawMode::Asynchronous {
        ("an asynchronous endpoint", "mode = \"asynchronous\"")
    } else {
        return;
    };
    let judging = [
        ("quality", raw.quality.is_some()),
        ("kpi", raw.kpi.is_some()),
        ("monitors", !raw.monitors.is_empty()),
    ];
    for (path, _) in judging.iter().filter(|(_, given)| *given) {
        refuse(path, late, report);
    }
    for (index, strategy) in raw.strategies.iter().enumerate() {
        if strategy.ab_test.is_some() {
            refuse(&format!("strategies[{index}].ab_test"), late, report);
        }
    }
}

fn refuse(path: &str, (late, key): (&str, &str), report: &mut Report) {
    let what = path.rsplit('.').next().unwrap_or(path);
    report.problem(
        path,
        format!("`{what}` and {late} are not modelled together"),
        format!("take out one of them: `{what}` or `{key}`"),
    );
}
