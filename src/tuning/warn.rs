//! What a reader must know besides the figures, in words.

use crate::scenario::tune::Objective;
use crate::stats::rule_of_three::{runs_at_rate, runs_without_event};
use crate::tuning::performance::Judge;
use crate::tuning::reach::{Missed, Reach};
use crate::tuning::results::{Evaluated, Share};

/// What the tuning came to.
pub(super) struct Situation<'s> {
    pub judge: &'s Judge<'s>,
    pub best: Option<&'s Evaluated>,
    pub nearest: Option<&'s Evaluated>,
    pub reach: &'s Reach,
    pub confidence: f64,
}

/// All warnings, the gravest first.
pub(super) fn warnings(situation: &Situation<'_>) -> Vec<String> {
    let mut said = Vec::new();
    if situation.nearest.is_some() {
        said.push(situation.nothing_keeps_the_limits());
    }
    if let Some(best) = situation.best {
        said.extend(situation.broken_when_reported(best));
        said.extend(situation.too_few_runs(best));
        said.extend(situation.at_the_end(best));
    }
    if let Some(policy) = situation.best.or(situation.nearest) {
        said.extend(situation.never_gets_through(policy));
        said.extend(situation.never_noticed(policy));
        said.extend(situation.unfinished(policy));
        if policy.policy.settings.len() > 1 {
            let text = "several alarms were set together by a local search, one alarm at a time: \
                        a better combination may exist";
            said.push(text.to_owned());
        }
        if policy.reported.replications == 0 {
            let text = "there is only one run, and none is left to report on: ask for at least two";
            said.push(text.to_owned());
        }
    }
    let question = &situation.judge.question;
    if question.weights.is_none() {
        let text = "no faulty release has a prior above 0, so there is nothing to minimise: \
                    policies differ by the limits alone";
        said.push(text.to_owned());
    }
    if question.minimise == Objective::ExpectedLoss && question.priors.iter().sum::<f64>() <= 0.0 {
        said.push("all priors are 0, so every policy is expected to lose nothing".to_owned());
    }
    said
}

impl Situation<'_> {
    fn name(&self, regression: usize) -> &str {
        &self.judge.expansion.scenario.regressions[regression].name
    }

    fn nothing_keeps_the_limits(&self) -> String {
        let spec = self.judge.spec;
        let (rolled_back, missed) = (percent(spec.max_false_rollback), percent(spec.max_missed));
        let least = |missed: Missed| {
            let of = missed.regression.map_or("a regression", |index| self.name(index));
            format!("misses {} of `{of}`", percent(missed.share))
        };
        let reach = self.reach;
        let by_missed = match (reach.missed_within, reach.false_rollback) {
            (Some(within), _) if within.share > spec.max_missed => Some(format!(
                "of those that roll back at most {rolled_back} of the good releases, the one that \
                 misses least still {} (at most {missed} are allowed)",
                least(within)
            )),
            (None, Some(share)) => Some(format!(
                "none rolls back at most {rolled_back} of the good releases, the least is {}",
                percent(share)
            )),
            _ => None,
        };
        let by_rolled_back = match (reach.false_rollback_within, reach.missed) {
            (Some(share), _) if share > spec.max_false_rollback => Some(format!(
                "of those that miss at most {missed} of each regression, the one with the fewest \
                 false rollbacks still rolls back {} of the good releases",
                percent(share)
            )),
            (None, Some(share)) => Some(format!(
                "none misses at most {missed} of each regression, the best {}",
                least(share)
            )),
            _ => None,
        };
        let said: Vec<String> = by_missed.into_iter().chain(by_rolled_back).collect();
        format!("no policy keeps the limits: {}", said.join("; "))
    }

    fn broken_when_reported(&self, best: &Evaluated) -> Vec<String> {
        let spec = self.judge.spec;
        let broken = |what: &str, limit: f64, (chosen_on, reported): (&Share, &Share)| {
            let (before, after) = (chosen_on.estimate()?, reported.estimate()?);
            (after > limit).then(|| {
                format!(
                    "the best policy keeps the limit of {} on {what} on the runs it was chosen on \
                     ({}), but not on the others ({}): believe the others",
                    percent(limit),
                    percent(before),
                    percent(after)
                )
            })
        };
        let (chosen_on, reported) = (&best.chosen_on, &best.reported);
        let shares = (&chosen_on.false_rollback, &reported.false_rollback);
        let mut said = Vec::new();
        said.extend(broken("false rollbacks", spec.max_false_rollback, shares));
        for (before, after) in chosen_on.regressions.iter().zip(&reported.regressions) {
            let what = format!("missed `{}`", self.name(before.regression));
            said.extend(broken(&what, spec.max_missed, (&before.missed, &after.missed)));
        }
        said
    }

    fn too_few_runs(&self, best: &Evaluated) -> Vec<String> {
        let spec = self.judge.spec;
        let reported = &best.reported;
        let rolled_back =
            self.unsupported("false rollbacks", spec.max_false_rollback, &reported.false_rollback);
        let missed = reported.regressions.iter().filter_map(|detection| {
            let what = format!("missed `{}`", self.name(detection.regression));
            self.unsupported(&what, spec.max_missed, &detection.missed)
        });
        rolled_back.into_iter().chain(missed).collect()
    }

    /// Half of the runs report, so all are twice as many.
    fn unsupported(&self, what: &str, limit: f64, share: &Share) -> Option<String> {
        let Share { count, of, interval } = *share;
        let high = interval?.high;
        if high <= limit {
            return None;
        }
        let in_all = |runs: u64| runs.saturating_mul(2);
        let remedy = match runs_at_rate(share.estimate()?, limit, self.confidence) {
            Some(runs) if count == 0 => {
                format!("{} runs in all would, if still none is", in_all(runs))
            }
            Some(runs) => format!("at the rate seen, {} runs in all would", in_all(runs)),
            None => match runs_without_event(limit, self.confidence) {
                Some(runs) => format!(
                    "at the rate seen, no number would; for a policy that has none, {} runs in all would",
                    in_all(runs)
                ),
                None => "no number of runs shows that something never happens".to_owned(),
            },
        };
        Some(format!(
            "too few runs to support the limit of {} on {what}: {count} of {of} were, so it may be up \
             to {} (interval of {}); {remedy}",
            percent(limit),
            percent(high),
            percent(self.confidence)
        ))
    }

    fn at_the_end(&self, best: &Evaluated) -> Vec<String> {
        let mut said = Vec::new();
        for setting in &best.policy.settings {
            let shape = &self.judge.expansion.shapes[setting.shape];
            let name = &shape.spec.name;
            let (low, high) = setting.equivalent;
            let is_first = shape.thresholds.first() == Some(&setting.threshold);
            let is_last = shape.thresholds.last() == Some(&setting.threshold);
            let is_open = low.is_infinite() || high.is_infinite();
            if shape.thresholds.len() > 1 && (is_first || is_last) {
                let end = if is_first { "lowest" } else { "highest" };
                said.push(format!(
                    "the best threshold of `{name}` is the {end} of those given: a better one may \
                     lie beyond"
                ));
            } else if is_open {
                let never = high.is_infinite() == shape.spec.comparison.breaches_above();
                let what = if never { "never acted on" } else { "acted on whenever it can be" };
                said.push(format!(
                    "the best threshold of `{name}` is at the end of its range: on these runs the \
                     alarm is then {what}"
                ));
            }
        }
        said
    }

    /// No good release gets all traffic, though the strategy means it to.
    fn never_gets_through(&self, policy: &Evaluated) -> Option<String> {
        let plan = &self.judge.expansion.scenario.strategies[policy.policy.plan];
        let all = &policy.chosen_on.full_traffic;
        (plan.promotes() && all.of > 0 && all.count == 0).then(|| {
            "under the policy above no good release ever gets all traffic: what it does to faulty \
             ones is of no use; `sim run` says how its rollouts end"
                .to_owned()
        })
    }

    /// Regressions that the policy misses in every run.
    fn never_noticed(&self, policy: &Evaluated) -> Option<String> {
        let all = policy.reported.regressions.iter();
        let never = all.filter(|one| one.missed.of > 0 && one.missed.count == one.missed.of);
        let names: Vec<String> =
            never.map(|one| format!("`{}`", self.name(one.regression))).collect();
        (!names.is_empty()).then(|| {
            format!(
                "the policy above never notices {}; `max_missed` in [tune] limits how many may be missed",
                names.join(", ")
            )
        })
    }

    fn unfinished(&self, policy: &Evaluated) -> Option<String> {
        let (unfinished, all) = self.judge.unfinished(&policy.policy);
        (unfinished > 0).then(|| {
            format!(
                "the horizon cut {unfinished} of {all} runs short: with a longer one they could still \
                 be caught, missed or rolled back"
            )
        })
    }
}

/// A share as a percentage of three digits.
fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value <= 0.0 {
        return "0%".to_owned();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 17")]
    let digits = (2.0 - value.log10().floor()).clamp(0.0, 17.0) as usize;
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0') } else { &text };
    format!("{}%", text.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_have_three_digits() {
        for (share, text) in [
            (0.0, "0%"),
            (1.0, "100%"),
            (0.05, "5%"),
            (0.123_456, "12.3%"),
            (0.000_012_345, "0.00123%"),
            (0.999_99, "100%"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
