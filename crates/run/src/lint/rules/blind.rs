//! Lint 11: a regression that no alarm of a strategy can see.
//!
//! An alarm is blind to a regression in a stage if its datapoint settles within the threshold there and
//! the chance of firing by luck, over every evaluation of the stage together, is below one in a hundred
//! (Boole's inequality: evaluations times the probability that M of N datapoints breach), or exactly that of
//! the healthy release: then it fires by chance alone. A strategy is
//! blind if all its alarms are in all its stages, or if the regression begins when nobody watches any
//! more. What depends on load or time (leaks, slowdown, waiting) is not judged.
//!
//! The alarm that decides is the nearest: the one whose datapoint the regression takes furthest on its way
//! from the healthy level h to the threshold θ,
//!
//! ```text
//! (level with it − h) / (θ − h)                   0: it does not show there at all
//! ```

use crate::lint::facts::{Facts, Release, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::firing;
use crate::lint::law::Law;
use crate::lint::watch::{Watch, at_most, percent};
use crate::lint::why::{Unjudged, Why};
use crate::telemetry::split::Chance;
use crate::time::{SimDuration, SimTime};

pub(in crate::lint) const LINT: Lint = Lint {
    number: 11,
    name: "unseen-regression",
    why: "An alarm sees only what its metric carries: errors do not show in latencies, a wrong answer shows \
          in neither, and what stays within the threshold shows nowhere. Such a release is promoted.",
    check,
};

/// Luck that is not worth counting on.
const BY_LUCK: f64 = 0.01;

/// Less of the way than this is none.
const UNMOVED: f64 = 1e-9;

/// How a strategy stands to a regression.
enum Sight {
    /// It may be seen.
    Seen,
    /// The alarms are blind to it; where the nearest of them settles.
    Blind(Option<Near>),
    /// It comes when nobody watches; the times.
    TooLate(String),
}

/// A blind alarm.
struct Near {
    /// How far of the way to its threshold the regression takes it.
    moved: f64,
    /// The alarm and the numbers.
    text: String,
}

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut unjudged = Unjudged::default();
    let mut findings: Vec<Finding> =
        facts.bad_releases().filter_map(|(index, _)| judge(facts, index, &mut unjudged)).collect();
    findings.extend(unjudged.lines(&LINT));
    findings
}

fn judge(facts: &Facts<'_>, release: usize, unjudged: &mut Unjudged) -> Option<Finding> {
    let name = &facts.scenario.regressions[release].name;
    let place = facts.loaded.regression_place(name);
    let guarded: Vec<&Rollout<'_>> =
        facts.rollouts.iter().filter(|rollout| !rollout.plan.alarms.is_empty()).collect();
    let mut blind = Vec::new();
    for rollout in &guarded {
        let subject = || (place.clone(), format!("\"{name}\" under \"{}\"", rollout.name()));
        match unjudged.judged(sight(facts, rollout, release), subject) {
            None | Some(Sight::Seen) => {}
            Some(sight) => blind.push((rollout.name(), sight)),
        }
    }
    let (_, first) = blind.first()?;
    let everywhere = blind.len() == guarded.len();
    let severity = if everywhere { Severity::Error } else { Severity::Warning };
    let names: Vec<&str> = blind.iter().map(|(name, _)| *name).collect();
    let of = if everywhere {
        "any strategy".to_owned()
    } else {
        format!("\"{}\"", names.join("\", \""))
    };
    let mut finding = LINT.finding(severity, place);
    finding.regression = Some(name.clone());
    finding.strategy = (names.len() == 1).then(|| names[0].to_owned());
    finding.message = format!("no alarm of {of} can see \"{name}\"");
    finding.remedy = "add an alarm on a metric that it changes, or lower a threshold".into();
    match first {
        Sight::TooLate(times) => {
            finding.message = format!("\"{name}\" begins when no alarm of {of} acts any more");
            finding.arithmetic.clone_from(times);
            finding.remedy =
                "bake longer than its onset, or accept that it is found in production".into();
        }
        Sight::Blind(Some(near)) => finding.arithmetic.clone_from(&near.text),
        _ => finding.arithmetic = "none of them sees the new model".into(),
    }
    Some(finding)
}

fn sight(facts: &Facts<'_>, rollout: &Rollout<'_>, release: usize) -> Result<Sight, Why> {
    facts.judges_all(rollout)?;
    let spans: Vec<(&Span, SimDuration)> = rollout
        .spans
        .iter()
        .filter_map(|span| Some((span, facts.exposure(rollout, span, release)?)))
        .collect();
    if spans.is_empty() {
        return Ok(Sight::TooLate(times(facts, rollout, release)));
    }
    let (mut nearest, mut doubt): (Option<Near>, Option<Why>) = (None, None);
    for (span, time) in spans {
        let guards = facts.guards(rollout);
        for watch in guards.filter(|w| rollout.seen_by(w.fleet).any(|s| s.index == span.index)) {
            match blind(facts, (rollout, span), watch, release, time) {
                Ok(None) => return Ok(Sight::Seen),
                Ok(Some(near)) => {
                    if nearest.as_ref().is_none_or(|known| near.moved >= known.moved) {
                        nearest = Some(near);
                    }
                }
                // Another alarm, or another stage, may be sure to see it.
                Err(why) => doubt = doubt.or(Some(why)),
            }
        }
    }
    doubt.map_or(Ok(Sight::Blind(nearest)), Err)
}

/// When the regression is there, and when somebody watches.
fn times(facts: &Facts<'_>, rollout: &Rollout<'_>, release: usize) -> String {
    let since_request = |at: SimTime| at.since(SimTime::ZERO).to_string();
    let at = |span: Option<&Span>, end: fn(&Span) -> SimTime| {
        since_request(span.map_or(SimTime::ZERO, end))
    };
    let from = at(rollout.spans.first(), |span| span.from);
    let until = at(rollout.spans.last(), |span| span.until);
    let Some(onset) = facts.onset(rollout, release) else {
        return format!("the share at which it begins is not reached by {until}");
    };
    let over = facts.scenario.regressions[release].duration.map_or_else(String::new, |lasts| {
        format!(" and is over at {}", since_request(onset + lasts))
    });
    format!("it begins at {}{over}, alarms act from {from} to {until}", since_request(onset))
}

/// How near the alarm comes if it is blind in this stage, and `None` if it is not, chance included.
fn blind(
    facts: &Facts<'_>,
    (rollout, span): (&Rollout<'_>, &Span),
    watch: &Watch<'_>,
    release: usize,
    time: SimDuration,
) -> Result<Option<Near>, Why> {
    let law = facts.law(watch, span, facts.behaviour(Release::Faulty(release)));
    let healthy = facts.law(watch, span, facts.behaviour(Release::Healthy));
    let moved = moved(watch, [&healthy, &law]);
    if facts.is_never_evaluated(rollout, watch) {
        let text = format!("\"{}\" is never evaluated (finding 8)", watch.spec.name);
        return Ok(Some(Near { moved, text }));
    }
    if law.level(watch).is_ok_and(|level| level.breaches(watch.spec.comparison)) {
        return Ok(None);
    }
    let chance = facts.chance(watch, &law)?;
    law.exact(watch)?;
    let luck = at_all(watch, chance, time);
    let of_healthy = facts.chance(watch, &healthy);
    // An alarm that goes off as often without the fault does not see it, however often that is.
    if luck >= BY_LUCK && of_healthy.as_ref().ok() != Some(&chance) {
        return Ok(None);
    }
    let of_healthy = of_healthy.map_or_else(
        |_| String::new(),
        |chance| format!(", for the healthy release {}", at_most(at_all(watch, chance, time))),
    );
    let text = format!(
        "{}; P(it fires in stage {} at all) is {}{of_healthy}",
        settles(watch, &law, chance, moved),
        span.index + 1,
        at_most(luck)
    );
    Ok(Some(Near { moved, text }))
}

/// Where the datapoint settles, and why that is within the threshold.
fn settles(watch: &Watch<'_>, law: &Law<'_>, chance: Chance, moved: f64) -> String {
    let name = &watch.spec.name;
    let symbol = watch.spec.comparison.symbol();
    let as_without = if moved.abs() < UNMOVED { " with it as without it" } else { "" };
    match law.level(watch) {
        Ok(level) if (level.limit - watch.threshold().as_f64()).abs() <= 0.0 => format!(
            "\"{name}\" settles at {}{as_without}, which is not {symbol} {}",
            watch.shown(level.value),
            watch.shown(level.limit)
        ),
        Ok(level) => format!(
            "{} of the requests of \"{name}\" are beyond {}{as_without}, which is not {symbol} {}",
            percent(level.value),
            watch.shown(watch.threshold().as_f64()),
            percent(level.limit)
        ),
        Err(_) => format!(
            "P(a datapoint of \"{name}\" breaches) = {}{as_without}",
            percent(chance.breach)
        ),
    }
}

/// How far of the way from the healthy level to the threshold the second law is; of a statistic that settles
/// nowhere, how much more often it breaches.
fn moved(watch: &Watch<'_>, [healthy, faulty]: [&Law<'_>; 2]) -> f64 {
    let moved = match (healthy.level(watch), faulty.level(watch)) {
        (Ok(from), Ok(to)) => (to.value - from.value) / (from.limit - from.value),
        _ => match (healthy.chance(watch), faulty.chance(watch)) {
            (Ok(from), Ok(to)) => to.breach - from.breach,
            _ => 0.0,
        },
    };
    if moved.is_finite() { moved } else { 0.0 }
}

/// P(the alarm fires within the time at all), at most.
fn at_all(watch: &Watch<'_>, chance: Chance, time: SimDuration) -> f64 {
    let evaluations = time.as_nanos() / watch.step().as_nanos() + 2;
    firing::at_most(watch.spec, chance, u32::try_from(evaluations).unwrap_or(u32::MAX))
}
