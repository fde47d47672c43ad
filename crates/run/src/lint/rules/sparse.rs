//! Lint 8: too few requests of the new model in a period.
//!
//! With λ expected requests a datapoint is missing with probability e^−λ, one failure of n is 1/n of the
//! Average, and a percentile of fewer than 10/(1 − p) values (10/p below the median) hangs on a handful of
//! them: CloudWatch's own limit for low samples. The probability that a healthy datapoint breaches is
//! computed exactly (see `law`).
//!
//! Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html>.

use crate::lint::facts::{Facts, Release, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::samples::Samples;
use crate::lint::watch::{Watch, at_most, percent, short};
use crate::lint::why::{Unjudged, Why};
use crate::telemetry::metric::{Metric, Statistic};

pub(in crate::lint) const LINT: Lint = Lint {
    number: 8,
    name: "too-few-requests",
    why: "A datapoint of a handful of requests says little: one failure is a huge rate, a percentile is the \
          largest value, and a period without requests has no datapoint at all.",
    check,
};

/// Fewer expected requests than this are few for any statistic.
const FEW: f64 = 20.0;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let (mut findings, mut unjudged) = (Vec::new(), Unjudged::default());
    for watch in &facts.watches {
        let subject = || {
            (watch.place("period"), format!("whether \"{}\" is ever evaluated", watch.spec.name))
        };
        let never = unjudged.judged(never_evaluated(facts, watch), subject).flatten();
        let few = || watch.is_fleet_only().then(|| judge(facts, watch))?;
        findings.extend(never.or_else(few));
    }
    findings.extend(unjudged.lines(&LINT));
    findings
}

/// An alarm that ignores percentiles of few values, and never has as many as it asks for.
fn never_evaluated(facts: &Facts<'_>, watch: &Watch<'_>) -> Result<Option<Finding>, Why> {
    let guarded = facts.rollouts.iter().filter(|rollout| rollout.is_guarded_by(watch));
    let mut best: Option<(&Rollout<'_>, Samples)> = None;
    for rollout in guarded {
        let Some(samples) = facts.samples(rollout, watch)? else { return Ok(None) };
        if samples.may_be_enough() {
            return Ok(None);
        }
        // Without any requests it is another finding.
        if samples.expected <= 0.0 {
            continue;
        }
        if best.as_ref().is_none_or(|(_, known)| samples.expected > known.expected) {
            best = Some((rollout, samples));
        }
    }
    let Some((rollout, samples)) = best else { return Ok(None) };
    let mut finding = LINT.finding(Severity::Error, watch.place("period"));
    finding.alarm = Some(watch.spec.name.clone());
    finding.strategy = Some(rollout.name().to_owned());
    finding.message = format!(
        "\"{}\" is never evaluated: it ignores percentiles of fewer than {} values, and never has as many",
        watch.spec.name,
        short(samples.needed)
    );
    finding.arithmetic = format!(
        "{} /s * {} * {} s = {} requests at the most, {} are needed; P(as many come) = {}",
        short(samples.rate_per_s),
        short(samples.share),
        short(samples.span_s),
        short(samples.expected),
        short(samples.needed),
        at_most(samples.p_enough())
    );
    finding.remedy = format!(
        "a period {} times as long, a lower percentile, or evaluate_low_sample_count_percentile = \
         \"evaluate\"",
        short((samples.needed / samples.expected).ceil())
    );
    Ok(Some(finding))
}

fn judge(facts: &Facts<'_>, watch: &Watch<'_>) -> Option<Finding> {
    let guarded = facts.rollouts.iter().filter(|r| r.is_guarded_by(watch));
    let stages = guarded.flat_map(|rollout| {
        rollout.seen_by(watch.fleet).map(move |span| (rollout, span, requests(watch, span)))
    });
    let (rollout, span, requests) = stages.min_by(|one, other| one.2.total_cmp(&other.2))?;
    let limit = needed(watch)?;
    if requests >= limit {
        return None;
    }
    Some(finding(facts, watch, rollout, span, limit))
}

fn requests(watch: &Watch<'_>, span: &Span) -> f64 {
    let share = span.stage.share.max(0.0);
    let share = if watch.fleet == crate::alarm::spec::FleetDimension::Shadow {
        span.stage.mirror
    } else {
        share
    };
    span.rate_per_s * share * watch.spec.period.as_secs_f64()
}

/// How many requests a datapoint should have; `None` where few are not a matter.
fn needed(watch: &Watch<'_>) -> Option<f64> {
    match watch.statistic {
        Statistic::Percentile(p) => {
            let p = p.as_f64();
            let scarce = if p >= 0.5 { 1.0 - p } else { p };
            (scarce > 0.0).then(|| 10.0 / scarce)
        }
        // A number of requests may well be small.
        Statistic::SampleCount => None,
        Statistic::Sum if watch.metric == Metric::Invocations => None,
        _ => Some(FEW),
    }
}

fn finding(
    facts: &Facts<'_>,
    watch: &Watch<'_>,
    rollout: &Rollout<'_>,
    span: &Span,
    limit: f64,
) -> Finding {
    let law = facts.law(watch, span, facts.behaviour(Release::Healthy));
    let requests = law.requests();
    let mut finding = LINT.finding(Severity::Warning, watch.place("period"));
    finding.alarm = Some(watch.spec.name.clone());
    finding.strategy = Some(rollout.name().to_owned());
    finding.message = format!(
        "a datapoint of \"{}\" holds {} requests of the new model in stage {} of \"{}\", fewer than {}",
        watch.spec.name,
        short(requests),
        span.index + 1,
        rollout.name(),
        short(limit)
    );
    let share = requests / (span.rate_per_s * watch.spec.period.as_secs_f64());
    let chances = match facts.chance(watch, &law) {
        Ok(chance) => format!(
            "P(a healthy datapoint breaches) = {}{}, P(no datapoint) = e^-{} = {}",
            percent(chance.breach),
            if law.is_lower_bound(watch) { " at least (waiting not counted)" } else { "" },
            short(requests),
            percent(chance.missing)
        ),
        Err(why) => format!("the probability of a breach cannot be computed: {why}"),
    };
    finding.arithmetic = format!(
        "{} /s * {} * {} s = {} requests; {chances}",
        short(span.rate_per_s),
        short(share),
        short(watch.spec.period.as_secs_f64()),
        short(requests)
    );
    let factor = (limit / requests).ceil();
    finding.remedy = format!(
        "a period {} times as long, a larger first step, or more datapoints to alarm",
        short(factor)
    );
    finding
}
