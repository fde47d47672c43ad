//! The `detail` of SageMaker's deployment events.

use super::{ACCOUNT, Wall};
use crate::scenario::Scenario;
use crate::simulation::record::{Event, EventKind, FleetStanding, Progress, Side};
use crate::time::SimTime;
use serde_json::{Value, json};

/// SageMaker's names have at most 63 characters; ours get a suffix.
const LONGEST_NAME: usize = 56;
/// Both configurations of a guarded update name the same variant.
pub(in crate::report) const VARIANT: &str = "AllTraffic";

/// A deployment as far as its events have been told.
pub(super) struct Deployment {
    wall: Wall,
    name: String,
    arn: String,
    /// Instances of blue and of green as configured.
    wanted: [u32; 2],
    created: SimTime,
    requested: Option<SimTime>,
    /// Traffic is on its way back to blue.
    goes_back: bool,
    /// How it ends once nothing is left to terminate.
    end: Option<End>,
}

/// How a deployment ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The new configuration is in service.
    New,
    /// The old one is.
    Old,
    /// Both are: the rollback failed.
    Mix,
}

/// What one of the two fleets does, if it is this fleet that does something, and since when
/// \[ms since 1970\].
type Doing<'a> = (Option<&'a Progress>, i64);

impl Deployment {
    pub(super) fn new(scenario: &Scenario, wall: Wall) -> Self {
        let name = endpoint_name(&scenario.name);
        let arn = format!("arn:aws:sagemaker:{}:{ACCOUNT}:endpoint/{name}", scenario.region);
        Self {
            wall,
            name,
            arn,
            wanted: [scenario.endpoint.blue.instances, scenario.endpoint.green.instances],
            created: scenario.start(),
            requested: None,
            goes_back: false,
            end: None,
        }
    }

    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    /// The details to be sent at this event: none, one, or one for the change and one for the end.
    pub(super) fn take(&mut self, event: &Event) -> Vec<Value> {
        let mut sent = Vec::new();
        match event.kind {
            EventKind::UpdateRequested => {
                self.requested = Some(event.at);
                sent.push(self.updating(event));
            }
            EventKind::RollbackStarted => {
                self.goes_back = true;
                sent.push(self.updating(event));
            }
            EventKind::Promoted => self.end = Some(End::New),
            EventKind::RolledBack
            | EventKind::Stopped
            | EventKind::UpdateFailed
            | EventKind::TimedOut => self.end = Some(End::Old),
            EventKind::RollbackFailed => self.end = Some(End::Mix),
            _ if event.progress.is_some_and(takes_time) => sent.push(self.updating(event)),
            _ => {}
        }
        let may_end = event.progress.is_none();
        if let Some(end) = self.end.filter(|&end| may_end && !leaves_something(end, event)) {
            self.end = None;
            sent.push(self.ended(end, event));
        }
        sent
    }

    fn updating(&self, event: &Event) -> Value {
        let of_blue = match event.progress {
            Some(Progress::Creating { fleet, .. } | Progress::Deleting { fleet, .. }) => {
                fleet == Side::Blue
            }
            _ => self.goes_back,
        };
        let doing = event.progress.as_ref();
        let (blue, green) = if of_blue { (doing, None) } else { (None, doing) };
        let standing = &event.standing;
        let now_ms = self.wall.epoch_ms(event.at);
        let [blue_wanted, green_wanted] = self.wanted;
        let mut detail = self.detail("UPDATING", "blue", event);
        detail["ProductionVariants"] = json!([variant(standing.blue, blue_wanted, (blue, now_ms))]);
        detail["PendingDeploymentSummary"] = json!({
            "EndpointConfigName": self.config("green"),
            "StartTime": self.wall.epoch_ms(self.requested.unwrap_or(event.at)),
            "ProductionVariants": [variant(standing.green, green_wanted, (green, now_ms))],
        });
        detail
    }

    fn ended(&self, end: End, event: &Event) -> Value {
        let (status, config, fleet, wanted) = match end {
            End::New => ("IN_SERVICE", "green", event.standing.green, self.wanted[1]),
            End::Old => ("IN_SERVICE", "blue", event.standing.blue, self.wanted[0]),
            End::Mix => ("UPDATE_ROLLBACK_FAILED", "blue", event.standing.blue, self.wanted[0]),
        };
        let now_ms = self.wall.epoch_ms(event.at);
        let mut detail = self.detail(status, config, event);
        let mut variants = vec![variant(fleet, wanted, (None, now_ms))];
        if end != End::New && event.standing.green.alive > 0 {
            variants.push(variant(event.standing.green, self.wanted[1], (None, now_ms)));
        }
        detail["ProductionVariants"] = variants.into();
        detail
    }

    fn detail(&self, status: &str, config: &str, event: &Event) -> Value {
        json!({
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.config(config),
            "ProductionVariants": [],
            "EndpointStatus": status,
            "CreationTime": self.wall.epoch_ms(self.created),
            "LastModifiedTime": self.wall.epoch_ms(event.at),
            "Tags": {},
        })
    }

    fn config(&self, fleet: &str) -> String {
        format!("{}-{fleet}", self.name)
    }
}

fn variant(fleet: FleetStanding, wanted: u32, (doing, since_ms): Doing<'_>) -> Value {
    let statuses: Vec<Value> = doing
        .map(|progress| {
            json!({
                "Status": progress.status(),
                "StatusMessage": progress.to_string(),
                "StartTime": since_ms,
            })
        })
        .into_iter()
        .collect();
    json!({
        "VariantName": VARIANT,
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": fleet.alive,
        "DesiredInstanceCount": wanted,
        "VariantStatus": statuses,
    })
}

/// Whether instances that are no longer needed are still there.
fn leaves_something(end: End, event: &Event) -> bool {
    let standing = &event.standing;
    match end {
        End::New => standing.blue.alive > 0,
        // What timed out and stays has both fleets for good.
        End::Old => standing.green.alive > 0 && event.kind != EventKind::TimedOut,
        End::Mix => false,
    }
}

/// A bake of no length is none.
fn takes_time(progress: Progress) -> bool {
    !matches!(progress, Progress::Baking { lasts, .. } if lasts.is_zero())
}

/// A name that SageMaker would take, `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`, made of the scenario's.
pub(in crate::report) fn endpoint_name(scenario: &str) -> String {
    let words =
        scenario.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = words.collect::<Vec<_>>().join("-");
    name.truncate(LONGEST_NAME);
    let name = name.trim_end_matches('-');
    if name.is_empty() { "endpoint".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_names_are_of_letters_digits_and_hyphens() {
        for (scenario, name) in [
            ("fraud-model-v2", "fraud-model-v2"),
            ("Über 5 % (test)", "ber-5-test"),
            ("– –", "endpoint"),
        ] {
            assert_eq!(endpoint_name(scenario), name);
        }
        let long = endpoint_name(&"ab ".repeat(40));
        assert!(long.len() <= LONGEST_NAME && !long.ends_with('-'), "{long}");
    }
}
