//! Lint 2: a latency threshold that looks like milliseconds, where CloudWatch counts microseconds.
//!
//! ModelLatency is published in microseconds, so a threshold of 200 is 0.2 ms. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html>.

use crate::endpoint::steady::Steady;
use crate::lint::facts::Facts;
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::{Watch, short};

pub(in crate::lint) const LINT: Lint = Lint {
    number: 2,
    name: "latency-unit",
    why: "ModelLatency is in microseconds. A threshold meant as milliseconds is a thousand times too low: \
          every healthy datapoint breaches and every deployment is rolled back.",
    check,
};

const MILLISECOND_NS: f64 = 1e6;
/// A threshold further below the healthy median than this is hardly meant.
const FAR_BELOW: f64 = 10.0;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.watches.iter().filter_map(|watch| judge(facts, watch)).collect()
}

fn judge(facts: &Facts<'_>, watch: &Watch<'_>) -> Option<Finding> {
    let written = facts.loaded.bare_threshold(watch.index)?;
    if !watch.is_latency() || !watch.spec.comparison.breaches_above() || written <= 0.0 {
        return None;
    }
    let threshold_ns = watch.threshold().as_f64();
    let median_ns = median_ns(facts.current());
    let is_below_healthy = threshold_ns < median_ns;
    let is_small = threshold_ns < MILLISECOND_NS;
    if !is_small && threshold_ns * FAR_BELOW > median_ns {
        return None;
    }
    let severity = if is_below_healthy { Severity::Error } else { Severity::Note };
    let mut finding = LINT.finding(severity, watch.place("threshold"));
    finding.alarm = Some(watch.spec.name.clone());
    let name = &watch.spec.name;
    finding.message = format!(
        "the latency threshold of \"{name}\" is {} ms{}",
        short(threshold_ns / MILLISECOND_NS),
        if is_below_healthy { ", below the healthy median" } else { ": is that meant?" }
    );
    finding.arithmetic = format!(
        "{0} read as microseconds (as CloudWatch does) is {1} ms; read as milliseconds it would be \
         {0} ms = {2} µs; the healthy median is {3} ms",
        short(written),
        short(threshold_ns / MILLISECOND_NS),
        short(written * 1000.0),
        short(median_ns / MILLISECOND_NS)
    );
    finding.remedy = format!(
        "if {0} ms are meant, write threshold = \"{0}ms\" or {1}",
        short(written),
        short(written * 1000.0)
    );
    Some(finding)
}

/// The latency that half of the requests exceed, by bisection.
fn median_ns(model: &Steady<'_>) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while model.over(high) > 0.5 {
        (low, high) = (high, 2.0 * high);
    }
    while high - low > 1e-6 * high {
        let middle = f64::midpoint(low, high);
        if model.over(middle) > 0.5 { low = middle } else { high = middle }
    }
    high
}
