//! Lint 6: a first step that the number of instances does not allow.
//!
//! SageMaker shifts whole instances: a percentage p of N instances is k = max(1, round(p·N)) of them, so
//! the share that is really taken may be far from the one that is written, and one instance cannot be
//! split at all. A canary of more than half is refused by the API. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html>.

use crate::endpoint::spec::ShiftBy;
use crate::lint::facts::{Facts, Rollout};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::short;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 6,
    name: "share-of-instances",
    why: "Traffic moves by whole instances. A small percentage of a small fleet becomes one instance, whose \
          share of the traffic, and of the damage, is larger than the one that is written.",
    check,
};

/// A share this much larger than asked for changes what the rollout risks.
const MUCH_LARGER: f64 = 1.5;
/// Rounding below this is not worth a word.
const CLOSE: f64 = 0.1;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.rollouts.iter().filter_map(|rollout| judge(facts, rollout)).collect()
}

fn judge(facts: &Facts<'_>, rollout: &Rollout<'_>) -> Option<Finding> {
    let first = rollout.spans.first()?.stage;
    let (place, asked_percent) = rollout.written.first_size()?;
    let endpoint = &facts.scenario.endpoint;
    let (blue, green) = (endpoint.blue.instances, endpoint.green.instances);
    if endpoint.shift_by != ShiftBy::Instances {
        return None;
    }
    let taken_percent = 100.0 * first.share;
    let impossible = rollout.written.is_guarded() && first.share > 0.5;
    let off = asked_percent.map(|asked| taken_percent / asked);
    let severity = match off {
        _ if impossible => Severity::Error,
        Some(off) if off >= MUCH_LARGER => Severity::Warning,
        Some(off) if (off - 1.0).abs() > CLOSE => Severity::Note,
        _ => return None,
    };
    let written = asked_percent
        .map_or_else(|| format!("{} instances", first.green_active), |p| format!("{} %", short(p)));
    let mut finding = LINT.finding(severity, place);
    finding.strategy = Some(rollout.name().to_owned());
    finding.message = format!(
        "the first step of \"{}\" takes {} % of the traffic, not {written}",
        rollout.name(),
        short(taken_percent)
    );
    if impossible {
        finding.message = format!(
            "the first step of \"{}\" takes {} % of the traffic, and a {} is at most 50 %",
            rollout.name(),
            short(taken_percent),
            rollout.written.form()
        );
    }
    let asked = asked_percent.map_or(String::new(), |percent| {
        format!(
            "{} % of {green} is {}, ",
            short(percent),
            short(percent / 100.0 * f64::from(green))
        )
    });
    finding.arithmetic = format!(
        "{asked}which is {} of {green} instances beside {} of {blue}: {} / ({} + {}) = {} %",
        first.green_active,
        first.blue_active,
        first.green_active,
        first.green_active,
        first.blue_active,
        short(taken_percent)
    );
    finding.remedy = if green == 1 {
        "one instance cannot be split: use all_at_once, or more instances".to_owned()
    } else {
        format!(
            "write what happens (\"{} instances\"), use more and smaller instances, or \
             shift_by = \"percent\" if your traffic is split by weight",
            first.green_active
        )
    };
    Some(finding)
}
