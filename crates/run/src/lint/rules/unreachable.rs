//! Lint 1: a threshold that a datapoint of a 0/1 metric can never cross, or only when everything fails.
//!
//! The error metrics are 1 or 0 for each request, so every Average, Minimum and Maximum lies from 0 to 1
//! whatever happens. Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html>;
//! the guide's own example alarms have this trap (`Average` of `Invocation4XXErrors` > 1).

use crate::lint::facts::Facts;
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::{Watch, short};
use crate::telemetry::metric::{Comparison, Metric, Statistic};
use crate::telemetry::ratio::Ratio;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 1,
    name: "threshold-out-of-reach",
    why: "The metric is 1 for a request that fails and 0 for one that does not, so its Average is a \
          fraction from 0 to 1, never a percentage. An alarm beyond that stays OK whatever happens.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let zero_or_one = facts.watches.iter().filter(|watch| watch.is_zero_or_one());
    zero_or_one.filter_map(judge).collect()
}

fn judge(watch: &Watch<'_>) -> Option<Finding> {
    let bounded =
        matches!(watch.statistic, Statistic::Average | Statistic::Minimum | Statistic::Maximum);
    if !bounded {
        return None;
    }
    let (zero, one) = (Ratio::whole(0), Ratio::whole(1));
    let threshold = watch.threshold();
    let written = short(threshold.as_f64());
    let symbol = watch.spec.comparison.symbol();
    let never = match watch.spec.comparison {
        Comparison::GreaterThanThreshold => threshold >= one,
        Comparison::GreaterThanOrEqualToThreshold => threshold > one,
        Comparison::LessThanThreshold => threshold <= zero,
        // The others are of bands, which are not judged.
        _ => false,
    };
    let only_all = threshold == one
        && watch.spec.comparison == Comparison::GreaterThanOrEqualToThreshold
        && watch.statistic != Statistic::Maximum
        && watch.metric != Metric::Invocations;
    let severity = if never { Severity::Error } else { Severity::Warning };
    if !never && !only_all {
        return None;
    }
    let mut finding = LINT.finding(severity, watch.place("threshold"));
    finding.alarm = Some(watch.spec.name.clone());
    finding.message = if never {
        format!("the alarm \"{}\" can never fire: {}", watch.spec.name, watch.condition())
    } else {
        format!(
            "the alarm \"{}\" fires only while every single request fails: {}",
            watch.spec.name,
            watch.condition()
        )
    };
    finding.arithmetic = format!(
        "{} of values 0 and 1 is from 0 to 1, and {} {symbol} {written} is {}",
        watch.statistic,
        if watch.spec.comparison.breaches_above() { "1" } else { "0" },
        if never { "false" } else { "true at 1 alone, which needs 100 % errors" },
    );
    let meant = if threshold >= one { short(threshold.as_f64() / 100.0) } else { "0.5".into() };
    finding.remedy = if watch.spec.comparison.breaches_above() {
        format!("for {written} % write threshold = {meant} (or \"{written}%\")")
    } else {
        "an error alarm compares with GreaterThanThreshold".to_owned()
    };
    Some(finding)
}
