//! Lint 3: an alarm that cannot fire before the bake that it guards is over.
//!
//! M datapoints must hold requests of the new model. Windows end at full minutes (or whatever the step
//! between two evaluations is), so
//!
//! ```text
//! earliest with certainty  = (M − 1)·P + one step + delay of the metric
//! earliest with luck       > (M − 1)·P + what of the delay the newest window cannot hide
//! ```
//!
//! With luck: the switch falls just before a full minute. The newest window of M > 1 hides a delay of up
//! to P less an interval, because its older intervals have arrived. A poll of the controller adds nothing
//! here: it looks at the alarms at the end of each bake anyway.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>
//! (an evaluation every minute over sliding windows).

use crate::alarm::spec::TreatMissingData;
use crate::lint::facts::{Facts, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::Watch;
use crate::time::SimDuration;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 3,
    name: "alarm-later-than-bake",
    why: "M datapoints of the new model have to be complete before the alarm can fire. If the bake is \
          over by then, traffic has moved on, or nobody watches any more.",
    check,
};

/// When an alarm can fire after the first request of a stage.
#[derive(Clone, Copy, Debug)]
struct Earliest {
    /// Not before this, however the minutes fall.
    with_luck: SimDuration,
    /// By this, however the minutes fall, if everything breaches at once.
    surely: SimDuration,
    step: SimDuration,
}

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rollout in &facts.rollouts {
        let blind = every_alarm_misses_the_parts(facts, rollout);
        for watch in facts.guards(rollout) {
            findings.extend(judge(facts, rollout, watch, blind));
        }
    }
    findings
}

fn earliest(facts: &Facts<'_>, watch: &Watch<'_>) -> Earliest {
    let (period, step) = (watch.spec.period, watch.step());
    let metrics = &facts.scenario.metrics;
    let before = period.times(i64::from(watch.spec.datapoints_to_alarm) - 1);
    let hidden = if before.is_zero() { 0 } else { period.as_nanos() - metrics.interval.as_nanos() };
    let delay = facts.delay(watch);
    let late = SimDuration::from_nanos((delay.as_nanos() - hidden).max(0));
    Earliest { with_luck: before + late, surely: before + step + delay, step }
}

/// Missing datapoints that count as breaching need no requests.
fn needs_datapoints(watch: &Watch<'_>) -> bool {
    watch.spec.treat_missing_data != TreatMissingData::Breaching
}

/// Whether every alarm of a rollout comes too late for all its stages of partial traffic.
fn every_alarm_misses_the_parts(facts: &Facts<'_>, rollout: &Rollout<'_>) -> bool {
    let is_part = |span: &&Span| span.stage.share > 0.0 && span.stage.share < 1.0;
    let Some(last) = rollout.spans.iter().rfind(is_part) else { return false };
    let Some(first) = rollout.spans.iter().find(is_part) else { return false };
    let time = last.until.since(first.from);
    facts.judges_all(rollout).is_ok()
        && facts
            .guards(rollout)
            .all(|watch| needs_datapoints(watch) && earliest(facts, watch).with_luck >= time)
}

fn judge(
    facts: &Facts<'_>,
    rollout: &Rollout<'_>,
    watch: &Watch<'_>,
    blind: bool,
) -> Option<Finding> {
    if !needs_datapoints(watch) {
        return None;
    }
    let earliest = earliest(facts, watch);
    let seen: Vec<&Span> = rollout.seen_by(watch.fleet).collect();
    let short: Vec<&&Span> =
        seen.iter().filter(|s| !s.bake().is_zero() && s.bake() < earliest.surely).collect();
    let worst = short.iter().min_by_key(|span| span.bake())?;
    let watched = seen.last()?.until.since(seen.first()?.from);
    let never = earliest.with_luck >= watched;
    let is_error = never || blind && short.iter().any(|span| span.stage.share < 1.0);
    let severity = if is_error { Severity::Error } else { Severity::Warning };
    let place = rollout.written.bake_place(worst.index, worst.is_last);
    let mut finding = LINT.finding(severity, place);
    finding.strategy = Some(rollout.name().to_owned());
    finding.alarm = Some(watch.spec.name.clone());
    let stages: Vec<String> = short.iter().map(|span| (span.index + 1).to_string()).collect();
    let which = if rollout.spans.len() == 1 {
        "the bake".to_owned()
    } else if stages.len() == 1 {
        format!("the bake of stage {}", stages[0])
    } else {
        format!("the bakes of stages {}", stages.join(", "))
    };
    let (name, strategy) = (&watch.spec.name, rollout.name());
    finding.message = if never {
        format!("\"{name}\" cannot fire before \"{strategy}\" is over")
    } else if worst.bake() <= earliest.with_luck {
        format!("\"{name}\" cannot fire within {which} of \"{strategy}\"")
    } else {
        format!("\"{name}\" may fire too late for {which} of \"{strategy}\"")
    };
    finding.arithmetic = arithmetic(facts, watch, earliest, worst.bake());
    finding.remedy = format!(
        "bake for more than {}, or use a shorter period or fewer datapoints to alarm",
        earliest.surely
    );
    Some(finding)
}

fn arithmetic(
    facts: &Facts<'_>,
    watch: &Watch<'_>,
    earliest: Earliest,
    bake: SimDuration,
) -> String {
    let seconds = |time: SimDuration| crate::lint::watch::short(time.as_secs_f64());
    format!(
        "({} - 1) * {} s + {} s + {} s = {} s > {} s (datapoints to alarm, period, one step between \
         evaluations, delay of the metric; with luck just over {} s)",
        watch.spec.datapoints_to_alarm,
        seconds(watch.spec.period),
        seconds(earliest.step),
        seconds(facts.delay(watch)),
        seconds(earliest.surely),
        seconds(bake),
        seconds(earliest.with_luck),
    )
}
