//! What an asynchronous endpoint publishes, and what it cannot have.

use super::report::Report;
use crate::endpoint::spec::{EndpointSpec, Mode};
use crate::raw::RawScenario;
use crate::raw::choice::RawMode;
use crate::raw::experiment::RawDelays;
use crate::telemetry::backlog::BACKLOG_METRICS;
use crate::telemetry::metric::Metric;
use crate::telemetry::sampled::{SampledSource, SampledSpec};

/// Adds the metrics of the queue, if there is one, to what is published value by value.
pub(super) fn publish(endpoint: &EndpointSpec, sampled: &mut Vec<SampledSpec>) {
    if endpoint.mode != Mode::RealTime {
        let source = SampledSource::Endpoint;
        sampled.extend(BACKLOG_METRICS.map(|name| SampledSpec { name: name.to_owned(), source }));
    }
}

/// Notes what does not go with an asynchronous endpoint, or without one.
pub(super) fn check(raw: &RawScenario, report: &mut Report) {
    if !report.sound("endpoint.mode") {
        return;
    }
    if raw.endpoint.mode != RawMode::Asynchronous {
        let [_, of_queue] = raw.metrics.delay_of.as_ref().map(RawDelays::given).unwrap_or_default();
        for (name, _) in of_queue {
            report.problem(
                format!("metrics.delay_of.{name}"),
                format!("a real-time endpoint does not publish {name}"),
                "take it out, or give `mode = \"asynchronous\"` in [endpoint]",
            );
        }
        return;
    }
    if raw.traffic.sticky_users {
        report.problem(
            "traffic.sticky_users",
            "users cannot stay with a fleet if the instances of both take requests from one queue",
            "take out `sticky_users`, or `mode = \"asynchronous\"`",
        );
    }
    for (index, strategy) in raw.strategies.iter().enumerate() {
        if strategy.shadow.is_some() {
            report.problem(
                format!("strategies[{index}].shadow"),
                "an asynchronous endpoint cannot mirror its requests",
                "SageMaker's shadow tests are for real-time endpoints; use another strategy",
            );
        }
    }
    for (index, alarm) in raw.alarms.iter().enumerate() {
        if alarm.metric.as_deref() == Some(Metric::Invocations.name()) {
            report.problem(
                format!("alarms[{index}].metric"),
                "an asynchronous endpoint does not publish `Invocations`",
                "count with `SampleCount` of `Invocation5XXErrors`, or watch the backlog",
            );
        }
    }
}
