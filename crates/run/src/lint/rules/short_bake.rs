//! Lint 14: a bake that is shorter than what detection needs.
//!
//! For each stage and regression: the probability b that a datapoint breaches (exactly, see `law`), then
//! that M of N do within the datapoints that the bake can hold, as a Markov chain (see `firing`); with
//! several alarms, at most the sum. Where windows overlap (period above the step between evaluations) the
//! chain is replaced by Boole's inequality, an upper bound. Below one half the bake is more likely to end
//! than to notice.
//!
//! A regression is taken at full strength from its onset, so the probability is an upper bound too. Beside it
//! stands the same probability of the healthy release in the same time: what comes of that is chance.

use crate::lint::facts::{Facts, Release, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::firing::{self, Firing};
use crate::lint::watch::{Watch, percent, short};
use crate::lint::why::{Unjudged, Why};
use crate::telemetry::split::Chance;
use crate::time::SimDuration;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 14,
    name: "bake-shorter-than-detection",
    why: "How long detection takes depends on how often a datapoint breaches at that share of the traffic. \
          A bake shorter than that is passed by more bad releases than it stops.",
    check,
};

/// Detection less likely than this is worth a finding.
const LIKELY: f64 = 0.5;
/// A rollout that catches less than this cannot do what it is for.
const HARDLY: f64 = 0.1;
/// Datapoints after which nobody waits any more.
const PATIENCE: u32 = 5000;

/// What a stage makes of a regression.
struct Detection<'a> {
    span: &'a Span,
    watch: &'a Watch<'a>,
    chance: Chance,
    time: SimDuration,
    /// By any alarm, at most.
    probability: f64,
    /// The same of the healthy release, if it can be computed.
    healthy: Option<f64>,
}

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let (mut findings, mut unjudged) = (Vec::new(), Unjudged::default());
    for rollout in facts.rollouts.iter().filter(|rollout| !rollout.plan.alarms.is_empty()) {
        for (index, release) in facts.bad_releases() {
            let judged = judge(facts, rollout, index, &release.name);
            let subject = || {
                let subject = format!("\"{}\" under \"{}\"", release.name, rollout.name());
                (format!("strategies[{}]", rollout.index), subject)
            };
            findings.extend(unjudged.judged(judged, subject).flatten());
        }
    }
    findings.extend(unjudged.lines(&LINT));
    findings
}

fn judge(
    facts: &Facts<'_>,
    rollout: &Rollout<'_>,
    release: usize,
    name: &str,
) -> Result<Option<Finding>, Why> {
    facts.judges_all(rollout)?;
    let guards: Vec<&Watch<'_>> = facts.guards(rollout).collect();
    let mut stages = Vec::new();
    for span in rollout.spans.iter().filter(|span| !span.bake().is_zero()) {
        let Some(time) = facts.exposure(rollout, span, release) else { continue };
        // What cannot be judged in one stage makes the whole unknown.
        stages.extend(detection(facts, rollout, &guards, span, release, time)?);
    }
    let overall: f64 = stages.iter().map(|stage| stage.probability).sum();
    let weak: Vec<&Detection<'_>> =
        stages.iter().filter(|stage| stage.probability < LIKELY).collect();
    let Some(worst) = weak.iter().rfind(|stage| stage.span.is_last).or(weak.first()) else {
        return Ok(None);
    };
    let severity = if overall < HARDLY {
        Severity::Error
    } else if worst.span.is_last || overall < LIKELY {
        Severity::Warning
    } else {
        Severity::Note
    };
    let (index, is_last) = (worst.span.index, worst.span.is_last);
    let place = rollout.written.bake_place(index, is_last);
    let mut finding = LINT.finding(severity, place);
    finding.strategy = Some(rollout.name().to_owned());
    finding.alarm = Some(worst.watch.spec.name.clone());
    finding.regression = Some(name.to_owned());
    finding.message = format!(
        "the bake of stage {} of \"{}\" gives \"{name}\" up in {} of the runs at most{}",
        index + 1,
        rollout.name(),
        percent(worst.probability),
        worst.healthy.map_or_else(String::new, |healthy| {
            format!(", and the healthy release in {}", percent(healthy))
        })
    );
    finding.arithmetic = arithmetic(worst);
    finding.remedy =
        "bake longer, give that stage more traffic, or put the threshold nearer to the healthy level"
            .into();
    Ok(Some(finding))
}

/// The best alarm of a stage and what all together give up, or why that cannot be told; `None` if no alarm
/// sees the regression there (which other lints speak of).
fn detection<'a>(
    facts: &'a Facts<'_>,
    rollout: &Rollout<'_>,
    guards: &[&'a Watch<'a>],
    span: &'a Span,
    release: usize,
    time: SimDuration,
) -> Result<Option<Detection<'a>>, Why> {
    let (mut sum, mut healthy) = (0.0, Some(0.0));
    let mut best: Option<(f64, &'a Watch<'a>, Chance)> = None;
    let mut is_seen = false;
    for &watch in guards {
        if !rollout.seen_by(watch.fleet).any(|seen| seen.index == span.index) {
            continue;
        }
        if facts.is_never_evaluated(rollout, watch) {
            continue;
        }
        let law = facts.law(watch, span, facts.behaviour(Release::Faulty(release)));
        let breaches = law.level(watch).is_ok_and(|level| level.breaches(watch.spec.comparison));
        law.exact(watch)?;
        let chance = facts.chance(watch, &law)?;
        let probability = within(watch, chance, time).ok_or_else(|| watch.chainless())?;
        is_seen |= breaches && can_fire(facts, watch, time);
        sum += probability;
        healthy = healthy
            .zip(of_healthy(facts, watch, span, time))
            .map(|(sum, of_this)| f64::min(sum + of_this, 1.0));
        if best.is_none_or(|(known, ..)| probability > known) {
            best = Some((probability, watch, chance));
        }
    }
    Ok(best.filter(|_| is_seen).map(|(_, watch, chance)| Detection {
        span,
        watch,
        chance,
        time,
        probability: sum.min(1.0),
        healthy,
    }))
}

/// P(the alarm fires within the time for the healthy release), at most; `None` if that cannot be told.
fn of_healthy(facts: &Facts<'_>, watch: &Watch<'_>, span: &Span, time: SimDuration) -> Option<f64> {
    let law = facts.law(watch, span, facts.behaviour(Release::Healthy));
    if law.is_lower_bound(watch) {
        return None;
    }
    within(watch, facts.chance(watch, &law).ok()?, time)
}

/// How many datapoints the time can hold, the first of them in part.
fn datapoints(watch: &Watch<'_>, time: SimDuration) -> u32 {
    let count = time.as_nanos() / watch.spec.period.as_nanos() + 1;
    u32::try_from(count).unwrap_or(u32::MAX).min(PATIENCE)
}

/// Whether M datapoints fit at all; if not, that is a finding of its own.
fn can_fire(facts: &Facts<'_>, watch: &Watch<'_>, time: SimDuration) -> bool {
    let late = time.as_nanos() - facts.delay(watch).as_nanos();
    late > 0 && datapoints(watch, SimDuration::from_nanos(late)) >= watch.spec.datapoints_to_alarm
}

/// P(the alarm fires within the time), at most.
fn within(watch: &Watch<'_>, chance: Chance, time: SimDuration) -> Option<f64> {
    let step = watch.step();
    if firing::is_exact(watch.spec, step.as_secs_f64()) {
        return Some(Firing::new(watch.spec, chance)?.within(datapoints(watch, time)));
    }
    let evaluations = time.as_nanos() / step.as_nanos() + 1;
    let evaluations = u32::try_from(evaluations).unwrap_or(u32::MAX);
    Some(firing::at_most(watch.spec, chance, evaluations))
}

fn arithmetic(worst: &Detection<'_>) -> String {
    let watch = worst.watch;
    let spec = watch.spec;
    let median = Firing::new(spec, worst.chance).and_then(|mut chain| chain.median(PATIENCE));
    let needs = match median {
        Some(count) => {
            let time = spec.period.times(i64::from(count) - 1) + watch.step();
            format!("half of the runs need {count} datapoints or more, {time}")
        }
        None => format!("half of the runs need more than {PATIENCE} datapoints"),
    };
    format!(
        "P(a datapoint of \"{}\" breaches) = {} at {} % of the traffic; {} of {} within {} s: {}; {needs}",
        spec.name,
        percent(worst.chance.breach),
        short(100.0 * (worst.span.stage.share + worst.span.stage.mirror)),
        spec.datapoints_to_alarm,
        spec.evaluation_periods,
        short(worst.time.as_secs_f64()),
        percent(worst.probability)
    )
}
