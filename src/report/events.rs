//! `events.jsonl`: what a rollout and its alarms would have sent to Amazon's event bus, an event a line.
//!
//! - **Deployments** in the shape of the `SageMaker Endpoint Deployment State Change` event, source
//!   `aws.sagemaker`; **alarms** in that of the `CloudWatch Alarm State Change`, source `aws.cloudwatch`.
//!   What is ours stands under one more key, `simulation`.
//! - **The end**: `IN_SERVICE` alone does not say whether a rollout went through. After a promotion the
//!   event has the new `EndpointConfigName`, after a rollback the old one, and after a rollback that
//!   failed the status is `UPDATE_ROLLBACK_FAILED`, with a mix of both fleets in service.
//! - **Assumptions**: an event is sent at once, and one for each change (SageMaker's come "near real
//!   time", and may be several a change). The enumeration of `VariantStatus` has no rollback: a rollback
//!   shows as an update whose green instances are deleted. A variant's weights stay 1: guarded updates
//!   move instances, not weights.
//! - **Nominal**: the account is 000000000000; names of endpoint and configurations are made of the
//!   scenario's. Times are those of `experiment.starts_at`, as in the reasons of alarms.
//! - **None at all** of deployments where SageMaker leaves guardrails out for a feature of the endpoint
//!   (<https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html>).
//! - **Not modelled**: the delay and the loss of events, the separate `SageMaker Endpoint State Change`,
//!   and the `configuration` of an alarm's event. Shadow tests and the deployments of CodeDeploy and ECS,
//!   which send events of their own, are written in the same shape.
//! - **Source**: <https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html>
//!   and <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html>.

mod deployment;

pub(super) use deployment::{VARIANT, endpoint_name};

use super::{OutputFile, RenderError};
use crate::experiment::median::ShownAs;
use crate::experiment::view::View;
use crate::simulation::record::{AlarmChange, Event, RunRecord};
use crate::time::SimTime;
use deployment::Deployment;
use serde_json::{Value, json};
use std::time::{Duration, UNIX_EPOCH};

/// The file's name.
const NAME: &str = "events.jsonl";
const ACCOUNT: &str = "000000000000";

/// The events of every recorded run, in the order of the runs and then of time.
pub(super) fn render(results: View<'_>) -> Result<OutputFile, RenderError> {
    let mut bytes = Vec::new();
    for record in results.records {
        for event in Story::new(results, record).events() {
            serde_json::to_writer(&mut bytes, &event)?;
            bytes.push(b'\n');
        }
    }
    Ok(OutputFile { name: NAME.to_owned(), bytes })
}

/// A run, told in events.
struct Story<'a> {
    results: View<'a>,
    record: &'a RunRecord,
    /// When each alarm changed last.
    changed: Vec<Option<SimTime>>,
    events: Vec<Value>,
}

impl<'a> Story<'a> {
    fn new(results: View<'a>, record: &'a RunRecord) -> Self {
        let changed = vec![None; results.scenario.alarm_names().count()];
        Self { results, record, changed, events: Vec::new() }
    }

    fn events(mut self) -> Vec<Value> {
        let scenario = &self.results.scenario;
        let sends_events = scenario.endpoint.falls_back_for().is_none();
        let mut deployment = Deployment::new(scenario, self.wall());
        let arn = deployment.arn().to_owned();
        for event in &self.record.events {
            if let Some(change) = event.alarm {
                self.alarm(event, change);
            } else if sends_events {
                for detail in deployment.take(event) {
                    let kind = "SageMaker Endpoint Deployment State Change";
                    self.push(event, ("aws.sagemaker", kind), &arn, &detail);
                }
            }
        }
        self.events
    }

    fn alarm(&mut self, event: &Event, AlarmChange { index, from, to }: AlarmChange) {
        let name = self.results.scenario.alarm_name(index);
        let ours = format!("{name} is {to}: ");
        let reason = event.reason.strip_prefix(&ours).unwrap_or(&event.reason);
        let mut previous = json!({ "value": from.to_string() });
        if let Some(since) = self.changed[index].replace(event.at) {
            previous["timestamp"] = self.wall().timestamp(since).into();
        }
        let detail = json!({
            "alarmName": name,
            "state": {
                "value": to.to_string(),
                "reason": reason,
                "timestamp": self.wall().timestamp(event.at),
            },
            "previousState": previous,
        });
        let arn = format!("arn:aws:cloudwatch:{}:{ACCOUNT}:alarm:{name}", self.region());
        self.push(event, ("aws.cloudwatch", "CloudWatch Alarm State Change"), &arn, &detail);
    }

    /// One event in the envelope of the bus.
    fn push(&mut self, event: &Event, (source, kind): (&str, &str), arn: &str, detail: &Value) {
        let (scenario, record) = (&self.results.scenario, self.record);
        let RunRecord { strategy, regression, replication, .. } = *record;
        let number = self.events.len();
        let value = json!({
            "version": "0",
            "id": format!("{strategy:08x}-{regression:04x}-{:04x}-{:04x}-{number:012x}",
                replication >> 16 & 0xffff, replication & 0xffff),
            "detail-type": kind,
            "source": source,
            "account": ACCOUNT,
            "time": self.wall().iso(event.at),
            "region": self.region(),
            "resources": [arn],
            "detail": detail,
            "simulation": {
                "strategy": scenario.strategies[strategy].name,
                "regression": scenario.regressions[regression].name,
                "replication": replication,
                "shown_as": self.results.shown_as(record).map(ShownAs::name),
                "time_s": event.at.as_secs_f64(),
                "kind": super::csv::event_kind(event.kind),
                "reason": event.reason,
                "green_share": event.standing.share,
                "mirrored_share": event.standing.mirror,
            },
        });
        self.events.push(value);
    }

    fn wall(&self) -> Wall {
        Wall { epoch_ns: self.record.epoch_ns }
    }

    fn region(&self) -> String {
        self.results.scenario.region.to_string()
    }
}

/// The clock on the wall.
#[derive(Clone, Copy, Debug)]
struct Wall {
    /// t = 0 \[ns since 1970-01-01T00:00:00Z\].
    epoch_ns: i64,
}

impl Wall {
    /// Milliseconds since 1970.
    fn epoch_ms(self, at: SimTime) -> i64 {
        self.epoch_ns.saturating_add(at.as_nanos()).div_euclid(1_000_000)
    }

    /// As the bus writes the time of an event, to the second.
    fn iso(self, at: SimTime) -> String {
        humantime::format_rfc3339_seconds(UNIX_EPOCH + self.since_1970(at)).to_string()
    }

    /// As CloudWatch writes the time of a state, `2000-01-01T00:00:00.000+0000`.
    fn timestamp(self, at: SimTime) -> String {
        let written =
            humantime::format_rfc3339_millis(UNIX_EPOCH + self.since_1970(at)).to_string();
        written.replace('Z', "+0000")
    }

    /// Zero for a time before 1970, at which no simulation starts.
    fn since_1970(self, at: SimTime) -> Duration {
        Duration::from_millis(u64::try_from(self.epoch_ms(at)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_the_start() {
        let wall = Wall { epoch_ns: 946_684_800_000_000_000 };
        assert_eq!(wall.iso(SimTime::ZERO), "2000-01-01T00:00:00Z");
        let [later, before] = [3661.25, -0.5].map(SimTime::from_secs_f64);
        assert_eq!(wall.timestamp(later), "2000-01-01T01:01:01.250+0000");
        assert_eq!(wall.timestamp(before), "1999-12-31T23:59:59.500+0000");
        assert_eq!(wall.epoch_ms(SimTime::from_secs_f64(1.5)), 946_684_801_500);
    }
}
