//! Lint 10: a latency alarm that an ordinary cold start sets off.
//!
//! A new instance is slow at first (model loading, caches, connections): the factor falls linearly from c
//! to 1 over the cold start, so over a window from age a to b
//!
//! ```text
//! level = 1/(b − a) ∫ level(1 + (c − 1)·max(0, 1 − age/lasts)) d(age)
//! ```
//!
//! If the first M windows are all beyond the threshold, every healthy release is rolled back. Where the
//! scenario has no cold start the smaller of two measured ones is held against an alarm of one datapoint:
//! ModelLatency of 13,154 µs in the first minute against 5,000 µs later, 2.6 times
//! (<https://github.com/scott2borg/cs401r-2026-instructor>, Lab 5).

use crate::endpoint::model::ColdStart;
use crate::lint::facts::{Facts, Release, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::law::Level;
use crate::lint::watch::{Watch, percent, short};
use crate::lint::why::{Unjudged, Why};
use crate::time::SimDuration;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 10,
    name: "cold-start-breaches",
    why: "Fresh instances are slow for a minute or two. A latency alarm that acts on so few datapoints \
          takes the cold start for a regression and rolls a healthy release back.",
    check,
};

/// The smaller of two measured first minutes.
const MEASURED: f64 = 2.6;
/// Ages at which a window is looked at.
const AGES: u32 = 64;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let (mut findings, mut unjudged) = (Vec::new(), Unjudged::default());
    for watch in facts.regular().filter(|watch| watch.is_latency()) {
        // One strategy is enough to show it.
        let mut guarded = facts.rollouts.iter().filter(|r| r.is_guarded_by(watch));
        let subject = || (watch.place("datapoints_to_alarm"), format!("\"{}\"", watch.spec.name));
        findings.extend(
            guarded.find_map(|rollout| {
                unjudged.judged(judge(facts, rollout, watch), subject).flatten()
            }),
        );
    }
    findings.extend(unjudged.lines(&LINT));
    findings
}

fn judge(
    facts: &Facts<'_>,
    rollout: &Rollout<'_>,
    watch: &Watch<'_>,
) -> Result<Option<Finding>, Why> {
    let Some(span) = rollout.seen_by(watch.fleet).next() else { return Ok(None) };
    if !watch.spec.comparison.breaches_above() {
        return Ok(None);
    }
    let settled = facts.law(watch, span, facts.behaviour(Release::Healthy)).level(watch)?;
    if settled.breaches(watch.spec.comparison) {
        return Ok(None);
    }
    match facts.scenario.green.cold_start {
        Some(cold) => known(facts, rollout, watch, span, cold, settled),
        None => assumed(facts, rollout, watch, span, settled),
    }
}

fn known(
    facts: &Facts<'_>,
    rollout: &Rollout<'_>,
    watch: &Watch<'_>,
    span: &Span,
    cold: ColdStart,
    settled: Level,
) -> Result<Option<Finding>, Why> {
    let periods = watch.spec.datapoints_to_alarm;
    // The newest of the windows is the warmest, wherever the minutes fall.
    let warmest = while_cold(facts, watch, span, cold, i64::from(periods) - 1)?;
    if !warmest.breaches(watch.spec.comparison) {
        return Ok(None);
    }
    let mut finding = base(watch, rollout, Severity::Error);
    finding.message =
        format!("\"{}\" fires on the cold start of a healthy release", watch.spec.name);
    finding.arithmetic = format!(
        "the cold start multiplies latencies by {} falling to 1 over {}; datapoint {periods} is then {} \
         {} {}, settled {}",
        short(cold.factor),
        cold.lasts,
        shown(watch, warmest, warmest.value),
        watch.spec.comparison.symbol(),
        shown(watch, warmest, warmest.limit),
        shown(watch, settled, settled.value)
    );
    Ok(Some(finding))
}

fn assumed(
    facts: &Facts<'_>,
    rollout: &Rollout<'_>,
    watch: &Watch<'_>,
    span: &Span,
    settled: Level,
) -> Result<Option<Finding>, Why> {
    let minute = SimDuration::from_secs(60);
    if watch.spec.datapoints_to_alarm > 1 || watch.spec.period > minute {
        return Ok(None);
    }
    let slower = facts.behaviour(Release::Healthy).slower(MEASURED);
    let level = facts.law(watch, span, &slower).level(watch)?;
    if !level.breaches(watch.spec.comparison) {
        return Ok(None);
    }
    let mut finding = base(watch, rollout, Severity::Note);
    finding.message = format!(
        "\"{}\" would fire on a first minute {MEASURED} times as slow, as has been measured",
        watch.spec.name
    );
    finding.arithmetic = format!(
        "settled {}, {MEASURED} times as slow {} {} {}; green.cold_start is not given",
        shown(watch, settled, settled.value),
        shown(watch, level, level.value),
        watch.spec.comparison.symbol(),
        shown(watch, level, level.limit)
    );
    Ok(Some(finding))
}

fn base(watch: &Watch<'_>, rollout: &Rollout<'_>, severity: Severity) -> Finding {
    let mut finding = LINT.finding(severity, watch.place("datapoints_to_alarm"));
    finding.alarm = Some(watch.spec.name.clone());
    finding.strategy = Some(rollout.name().to_owned());
    finding.remedy =
        "ask for more datapoints to alarm than the cold start lasts, or warm the instances up"
            .into();
    finding
}

/// Where the window of this number after the first traffic settles while instances are cold.
fn while_cold(
    facts: &Facts<'_>,
    watch: &Watch<'_>,
    span: &Span,
    cold: ColdStart,
    window: i64,
) -> Result<Level, Why> {
    let period = watch.spec.period;
    let start_s = period.times(window).as_secs_f64();
    let lasts_s = cold.lasts.as_secs_f64();
    let mut mean = Level { value: 0.0, limit: 0.0 };
    for place in 0..AGES {
        let age_s = start_s + period.as_secs_f64() * (f64::from(place) + 0.5) / f64::from(AGES);
        let left = if lasts_s > 0.0 { (1.0 - age_s / lasts_s).max(0.0) } else { 0.0 };
        let slower = facts.behaviour(Release::Healthy).slower(1.0 + left * (cold.factor - 1.0));
        let now = facts.law(watch, span, &slower).level(watch)?;
        mean = Level { value: mean.value + now.value / f64::from(AGES), limit: now.limit };
    }
    Ok(mean)
}

/// A level for people: a share of slow requests where the alarm is on a percentile.
fn shown(watch: &Watch<'_>, level: Level, value: f64) -> String {
    if (level.limit - watch.threshold().as_f64()).abs() > 0.0 {
        format!("{} of requests beyond {}", percent(value), watch.shown(watch.threshold().as_f64()))
    } else {
        watch.shown(value)
    }
}
