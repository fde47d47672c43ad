//! Lint 13: a healthy release that is over the threshold already, or often enough by chance.
//!
//! The probability that a healthy datapoint breaches is computed exactly (see `law`), and from it that the
//! alarm fires during an undisturbed rollout: M of N as a Markov chain over the datapoints of each stage
//! (see `firing`), the stages taken one by one, so that the figure is a lower bound. Incidents and cold
//! starts come on top.

use crate::alarm::spec::FleetDimension;
use crate::lint::facts::{Facts, Release, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::firing::Firing;
use crate::lint::law::Level;
use crate::lint::watch::{Watch, percent};
use crate::lint::why::{Unjudged, Why};
use crate::telemetry::split::Chance;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 13,
    name: "healthy-over-threshold",
    why: "An alarm that fires on a healthy release rolls good work back, blocks the next fix, and teaches \
          people to ignore it.",
    check,
};

/// False rollbacks from here on are more than chance should have.
const OFTEN: f64 = 0.05;
/// From here on they are worth a word.
const SOMETIMES: f64 = 0.01;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let (mut findings, mut unjudged) = (Vec::new(), Unjudged::default());
    for watch in facts.regular() {
        let guarded = facts.rollouts.iter().filter(|r| r.is_guarded_by(watch));
        let subject = || (watch.place("threshold"), format!("\"{}\"", watch.spec.name));
        let judged = guarded
            .filter_map(|rollout| unjudged.judged(judge(facts, rollout, watch), subject).flatten());
        // The strategy that suffers most stands for all.
        findings.extend(judged.max_by(|one, other| one.0.total_cmp(&other.0)).map(|found| found.1));
    }
    findings.extend(unjudged.lines(&LINT));
    findings
}

/// How often it rolls back the healthy release, and what is to be said of that, if anything.
fn judge(
    facts: &Facts<'_>,
    rollout: &Rollout<'_>,
    watch: &Watch<'_>,
) -> Result<Option<(f64, Finding)>, Why> {
    let spans = watched(rollout, watch);
    let over = spans.iter().find_map(|span| {
        let level = facts.law(watch, span, facts.behaviour(Release::Healthy)).level(watch).ok()?;
        level.breaches(watch.spec.comparison).then_some((*span, level))
    });
    if let Some((span, level)) = over {
        return Ok(Some((f64::INFINITY, always(facts, rollout, watch, span, level))));
    }
    if facts.is_never_evaluated(rollout, watch) {
        return Ok(None);
    }
    let mut kept = 1.0;
    let mut worst: Option<(&Span, Chance)> = None;
    for span in spans {
        let law = facts.law(watch, span, facts.behaviour(Release::Healthy));
        let chance = facts.chance(watch, &law)?;
        let periods = span.bake().as_nanos() / watch.spec.period.as_nanos();
        let periods = u32::try_from(periods).unwrap_or(u32::MAX).min(100_000);
        let mut firing = Firing::new(watch.spec, chance).ok_or_else(|| watch.chainless())?;
        kept *= 1.0 - firing.within(periods);
        if worst.is_none_or(|(_, known)| chance.breach > known.breach) {
            worst = Some((span, chance));
        }
    }
    let fires = 1.0 - kept;
    let Some((span, chance)) = worst.filter(|_| fires >= SOMETIMES) else { return Ok(None) };
    let severity = if fires >= OFTEN { Severity::Warning } else { Severity::Note };
    let mut finding = base(watch, rollout, severity);
    finding.message = format!(
        "\"{}\" rolls back {} of the healthy releases of \"{}\" by chance, or more",
        watch.spec.name,
        percent(fires),
        rollout.name()
    );
    let incidents =
        if facts.scenario.incidents.is_empty() { "" } else { "; incidents come on top of that" };
    finding.arithmetic = format!(
        "P(a healthy datapoint breaches) = {} in stage {}; {} of {} in {} of bake and in the other stages: \
         {}{incidents}",
        percent(chance.breach),
        span.index + 1,
        watch.spec.datapoints_to_alarm,
        watch.spec.evaluation_periods,
        span.bake(),
        percent(fires)
    );
    finding.remedy =
        "raise the threshold, lengthen the period, or ask for more datapoints to alarm".into();
    Ok(Some((fires, finding)))
}

fn always(
    facts: &Facts<'_>,
    rollout: &Rollout<'_>,
    watch: &Watch<'_>,
    span: &Span,
    level: Level,
) -> Finding {
    let mut finding = base(watch, rollout, Severity::Error);
    let law = facts.law(watch, span, facts.behaviour(Release::Healthy));
    finding.message =
        format!("a healthy release is over the threshold of \"{}\" already", watch.spec.name);
    let is_share = (level.limit - watch.threshold().as_f64()).abs() > 0.0;
    let shown = |value: f64| if is_share { percent(value) } else { watch.shown(value) };
    let chance = facts.chance(watch, &law).map_or_else(
        |_| String::new(),
        |chance| format!("; P(a healthy datapoint breaches) = {}", percent(chance.breach)),
    );
    finding.arithmetic = format!(
        "{}{} {} {}{chance}",
        if is_share { "share of requests beyond the threshold: " } else { "expected " },
        shown(level.value),
        watch.spec.comparison.symbol(),
        shown(level.limit)
    );
    finding.remedy = "put the threshold above what the healthy model does".into();
    finding
}

fn base(watch: &Watch<'_>, rollout: &Rollout<'_>, severity: Severity) -> Finding {
    let mut finding = LINT.finding(severity, watch.place("threshold"));
    finding.alarm = Some(watch.spec.name.clone());
    finding.strategy = Some(rollout.name().to_owned());
    finding
}

/// The stages in which the alarm's series has requests.
fn watched<'r>(rollout: &'r Rollout<'_>, watch: &Watch<'_>) -> Vec<&'r Span> {
    match watch.fleet {
        FleetDimension::Blue => {
            rollout.spans.iter().filter(|span| span.stage.share < 1.0).collect()
        }
        fleet => rollout.seen_by(fleet).collect(),
    }
}
