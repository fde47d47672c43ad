//! Lint 11: a regression that no alarm of a strategy can see.
//!
//! An alarm is blind to a regression in a stage if its datapoint settles within the threshold there and
//! the chance of firing by luck, over every evaluation of the stage together, is below one in a hundred
//! (Boole's inequality: evaluations times the probability that M of N datapoints breach). A strategy is
//! blind if all its alarms are in all its stages, or if the regression begins when nobody watches any
//! more. What depends on load or time (leaks, slowdown, waiting) is not judged.

use crate::lint::facts::{Facts, Release, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::firing;
use crate::lint::watch::{Watch, percent};
use crate::telemetry::split::Chance;
use crate::time::SimDuration;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 11,
    name: "unseen-regression",
    why: "An alarm sees only what its metric carries: errors do not show in latencies, a wrong answer shows \
          in neither, and what stays within the threshold shows nowhere. Such a release is promoted.",
    check,
};

/// Luck that is not worth counting on.
const BY_LUCK: f64 = 0.01;

/// How a strategy stands to a regression.
enum Sight {
    /// Cannot be told.
    Unknown,
    /// It may be seen.
    Seen,
    /// The alarms are blind to it; where the nearest of them settles.
    Blind(Option<String>),
    /// It begins when nobody watches any more.
    TooLate,
}

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.bad_releases().filter_map(|(index, _)| judge(facts, index)).collect()
}

fn judge(facts: &Facts<'_>, release: usize) -> Option<Finding> {
    let guarded: Vec<&Rollout<'_>> =
        facts.rollouts.iter().filter(|rollout| !rollout.plan.alarms.is_empty()).collect();
    let sights: Vec<Sight> = guarded.iter().map(|rollout| sight(facts, rollout, release)).collect();
    let is_blind = |sight: &Sight| matches!(sight, Sight::Blind(_) | Sight::TooLate);
    let blind: Vec<&str> = guarded
        .iter()
        .zip(&sights)
        .filter(|(_, sight)| is_blind(sight))
        .map(|(rollout, _)| rollout.name())
        .collect();
    let first = sights.iter().find(|sight| is_blind(sight))?;
    let everywhere = sights.iter().all(is_blind);
    let severity = if everywhere { Severity::Error } else { Severity::Warning };
    let name = &facts.scenario.regressions[release].name;
    let mut finding = LINT.finding(severity, facts.asked.regression_place(name));
    finding.regression = Some(name.clone());
    finding.strategy = (blind.len() == 1).then(|| blind[0].to_owned());
    let of = if everywhere {
        "any strategy".to_owned()
    } else {
        format!("\"{}\"", blind.join("\", \""))
    };
    (finding.message, finding.arithmetic) = match first {
        Sight::TooLate => (
            format!("\"{name}\" begins when no alarm of {of} acts any more"),
            "its onset is not before the end of the last bake".to_owned(),
        ),
        Sight::Blind(Some(nearest)) => {
            (format!("no alarm of {of} can see \"{name}\""), nearest.clone())
        }
        _ => (
            format!("no alarm of {of} can see \"{name}\""),
            "none of them sees the new model".to_owned(),
        ),
    };
    finding.remedy = match first {
        Sight::TooLate => {
            "bake longer than its onset, or accept that it is found in production".into()
        }
        _ => "add an alarm on a metric that it changes, or lower a threshold".into(),
    };
    Some(finding)
}

fn sight(facts: &Facts<'_>, rollout: &Rollout<'_>, release: usize) -> Sight {
    if !facts.judges_all(rollout) {
        return Sight::Unknown;
    }
    let spans: Vec<(&Span, SimDuration)> = rollout
        .spans
        .iter()
        .filter_map(|span| Some((span, facts.exposure(rollout, span, release)?)))
        .collect();
    if spans.is_empty() {
        return Sight::TooLate;
    }
    let mut nearest = None;
    for (span, time) in spans {
        let guards = facts.guards(rollout);
        for watch in guards.filter(|w| rollout.seen_by(w.fleet).any(|s| s.index == span.index)) {
            match is_blind(facts, watch, span, release, time) {
                None => return Sight::Unknown,
                Some(Err(())) => return Sight::Seen,
                Some(Ok(text)) => nearest = Some(text),
            }
        }
    }
    Sight::Blind(nearest)
}

/// `Ok` with the numbers if the alarm is blind in this stage, `Err` if not, `None` if it cannot be told.
fn is_blind(
    facts: &Facts<'_>,
    watch: &Watch<'_>,
    span: &Span,
    release: usize,
    time: SimDuration,
) -> Option<Result<String, ()>> {
    let law = facts.law(watch, span, facts.behaviour(Release::Faulty(release)));
    if law.level(watch).is_some_and(|level| level.breaches(watch.spec.comparison)) {
        return Some(Err(()));
    }
    let chance = facts.chance(watch, &law)?;
    if law.is_lower_bound(watch) {
        return None;
    }
    let luck = at_all(watch, chance, time);
    if luck >= BY_LUCK {
        return None;
    }
    let law_of_healthy = facts.law(watch, span, facts.behaviour(Release::Healthy));
    let healthy = facts.chance(watch, &law_of_healthy).map_or_else(String::new, |chance| {
        format!(", for the healthy release at most {}", percent(at_all(watch, chance, time)))
    });
    Some(Ok(match law.level(watch) {
        Some(level) if (level.limit - watch.threshold().as_f64()).abs() <= 0.0 => format!(
            "\"{}\" settles at {}, which is not {} {}; P(it fires in stage {} at all) is at most \
             {}{healthy}",
            watch.spec.name,
            watch.shown(level.value),
            watch.spec.comparison.symbol(),
            watch.shown(level.limit),
            span.index + 1,
            percent(luck)
        ),
        _ => format!(
            "P(a datapoint of \"{}\" breaches) = {} in stage {}",
            watch.spec.name,
            percent(chance.breach),
            span.index + 1
        ),
    }))
}

/// P(the alarm fires within the time at all), at most.
fn at_all(watch: &Watch<'_>, chance: Chance, time: SimDuration) -> f64 {
    let evaluations = time.as_nanos() / watch.step().as_nanos() + 2;
    firing::at_most(watch.spec, chance, u32::try_from(evaluations).unwrap_or(u32::MAX))
}
