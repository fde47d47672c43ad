//! Lint 4: an alarm over both fleets that the old fleet's good answers keep below its threshold.
//!
//! With a share f on the new fleet, a datapoint of both settles at
//!
//! ```text
//! f·new + (1 − f)·old            (Average of a rate or a latency; shares beyond a percentile likewise)
//! ```
//!
//! and a window that began before the switch mixes in the time before it: the oldest of M windows must be
//! filled to w = (θ − old)/(f·(new − old)) of its length, so the alarm needs (M − 1)·P + w·P.
//!
//! Which fleet an alarm sees is decided by its dimensions: `EndpointName` and `VariantName` alone see both.
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html>.

use crate::alarm::spec::FleetDimension;
use crate::lint::facts::{Facts, Release, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::law::{Law, Level};
use crate::lint::watch::{Watch, percent, short};
use crate::lint::why::{Unjudged, Why};
use crate::time::SimDuration;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 4,
    name: "blended-alarm-diluted",
    why: "An alarm on EndpointName and VariantName sees both fleets blended. The old fleet's good answers \
          dilute what the new one does by its share of the traffic, so a small canary stays invisible.",
    check,
};

/// A regression that a stage hides.
struct Hidden<'a> {
    span: &'a Span,
    regression: &'a str,
    old: Level,
    new: Level,
    blend: Level,
    /// How long the alarm needs, if it fires at all.
    needs: Option<SimDuration>,
}

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let (mut findings, mut unjudged) = (Vec::new(), Unjudged::default());
    for rollout in &facts.rollouts {
        let blended = facts.guards(rollout).filter(|watch| watch.fleet == FleetDimension::Both);
        for watch in blended {
            for (index, release) in facts.bad_releases() {
                let parts = rollout.spans.iter();
                let parts = parts.filter(|span| span.stage.share > 0.0 && span.stage.share < 1.0);
                let hidden: Vec<Hidden<'_>> = parts
                    .filter(|span| facts.exposure(rollout, span, index).is_some())
                    .filter_map(|span| {
                        let hidden = hidden(facts, watch, span, index, &release.name);
                        let subject = || {
                            let subject =
                                format!("\"{}\" of \"{}\"", release.name, watch.spec.name);
                            (watch.place("fleet"), subject)
                        };
                        unjudged.judged(hidden, subject)?
                    })
                    .collect();
                findings.extend(report(facts, rollout, watch, &hidden));
            }
        }
    }
    findings.extend(unjudged.lines(&LINT));
    findings
}

/// What the stage hides, if it hides it.
fn hidden<'a>(
    facts: &Facts<'_>,
    watch: &Watch<'_>,
    span: &'a Span,
    release: usize,
    regression: &'a str,
) -> Result<Option<Hidden<'a>>, Why> {
    let faulty = facts.behaviour(Release::Faulty(release));
    let blended = facts.law(watch, span, faulty);
    blended.exact(watch)?;
    let alone = |steady| Law {
        parts: vec![(blended.requests(), steady)],
        waits: false,
        fails_by_waiting: false,
    };
    let comparison = watch.spec.comparison;
    let new = alone(faulty).level(watch)?;
    let old = alone(facts.current()).level(watch)?;
    let blend = blended.level(watch)?;
    if !new.breaches(comparison) || old.breaches(comparison) {
        return Ok(None);
    }
    let needs = blend.breaches(comparison).then(|| needs(watch, old, blend));
    let is_hidden = needs.is_none_or(|needs| needs > span.bake());
    Ok(is_hidden.then_some(Hidden { span, regression, old, new, blend, needs }))
}

/// The time from the switch until M windows have crossed the threshold.
fn needs(watch: &Watch<'_>, old: Level, blend: Level) -> SimDuration {
    let filled = (old.limit - old.value) / (blend.value - old.value);
    let periods = i64::from(watch.spec.datapoints_to_alarm) - 1;
    watch.spec.period.times(periods) + watch.spec.period.share(filled.clamp(0.0, 1.0))
}

fn report(
    facts: &Facts<'_>,
    rollout: &Rollout<'_>,
    watch: &Watch<'_>,
    hidden: &[Hidden<'_>],
) -> Option<Finding> {
    let worst = hidden.first()?;
    let judges_all = facts.judges_all(rollout).is_ok();
    let alone = judges_all && facts.guards(rollout).count() == 1;
    let parts = rollout.spans.iter();
    let parts = parts.filter(|span| span.stage.share > 0.0 && span.stage.share < 1.0).count();
    let undetectable = hidden.iter().filter(|hidden| hidden.needs.is_none()).count() == parts;
    let others_see = facts
        .guards(rollout)
        .any(|other| other.index != watch.index && sees(facts, rollout, other, worst.regression));
    let is_error = undetectable && (alone || judges_all && !others_see);
    let severity = if is_error { Severity::Error } else { Severity::Warning };
    let mut finding = LINT.finding(severity, watch.place("fleet"));
    finding.strategy = Some(rollout.name().to_owned());
    finding.alarm = Some(watch.spec.name.clone());
    finding.regression = Some(worst.regression.to_owned());
    let stages: Vec<String> = hidden.iter().map(|h| (h.span.index + 1).to_string()).collect();
    let plural = if stages.len() == 1 { "stage" } else { "stages" };
    finding.message = format!(
        "\"{}\" does not see \"{}\" in {plural} {} of \"{}\": both fleets are blended",
        watch.spec.name,
        worst.regression,
        stages.join(", "),
        rollout.name()
    );
    finding.arithmetic = arithmetic(watch, worst);
    finding.remedy =
        "watch the new fleet alone: fleet = \"green\" (dimension EndpointConfigName)".into();
    Some(finding)
}

/// Whether another alarm of the rollout sees the regression in a stage of partial traffic.
fn sees(facts: &Facts<'_>, rollout: &Rollout<'_>, watch: &Watch<'_>, regression: &str) -> bool {
    let named = facts.bad_releases().find(|(_, release)| release.name == regression);
    let Some((index, _)) = named else { return false };
    let faulty = facts.behaviour(Release::Faulty(index));
    let seen = rollout.seen_by(watch.fleet).filter(|span| span.stage.share < 1.0);
    seen.map(|span| facts.law(watch, span, faulty)).any(|law| {
        law.is_lower_bound(watch)
            || law.level(watch).map_or(true, |level| level.breaches(watch.spec.comparison))
    })
}

fn arithmetic(watch: &Watch<'_>, worst: &Hidden<'_>) -> String {
    let Hidden { span, old, new, blend, needs, .. } = worst;
    let share = span.stage.share;
    let is_share = (old.limit - watch.threshold().as_f64()).abs() > 0.0;
    let shown = |value: f64| if is_share { percent(value) } else { watch.shown(value) };
    let settles = format!(
        "{} * {} + {} * {} = {}",
        short(share),
        shown(new.value),
        short(1.0 - share),
        shown(old.value),
        shown(blend.value)
    );
    match needs {
        None => format!(
            "{settles}, which is not {} {}",
            watch.spec.comparison.symbol(),
            shown(old.limit)
        ),
        Some(needs) => format!(
            "{settles}; windows that began before the switch cross {} only after {} s > {} s",
            shown(old.limit),
            short(needs.as_secs_f64()),
            short(span.bake().as_secs_f64())
        ),
    }
}
