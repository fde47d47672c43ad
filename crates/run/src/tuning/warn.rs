//! What a reader must know besides the figures, in words.

use crate::scenario::tune::Objective;
use crate::tuning::performance::Judge;
use crate::tuning::results::Evaluated;

/// What the tuning came to.
pub(super) struct Situation<'s> {
    pub judge: &'s Judge<'s>,
    pub best: Option<&'s Evaluated>,
    pub nearest: Option<&'s Evaluated>,
}

/// All warnings, the gravest first.
pub(super) fn warnings(situation: &Situation<'_>) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(best) = situation.best {
        said.extend(situation.at_the_end(best));
    }
    if let Some(policy) = situation.best.or(situation.nearest) {
        said.extend(situation.never_gets_through(policy));
        said.extend(situation.never_caught(policy));
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
    said.extend(situation.slow_is_free());
    let question = &situation.judge.question;
    if question.minimise == Objective::ExpectedLoss && question.priors.iter().sum::<f64>() <= 0.0 {
        said.push("all priors are 0, so every policy is expected to lose nothing".to_owned());
    }
    said
}

impl Situation<'_> {
    fn name(&self, regression: usize) -> &str {
        &self.judge.expansion.scenario.regressions[regression].name
    }

    fn at_the_end(&self, best: &Evaluated) -> Vec<String> {
        let mut said = Vec::new();
        for (alarm, setting) in best.policy.settings.iter().enumerate() {
            let shape = &self.judge.expansion.shapes[setting.shape];
            let name = &shape.spec.name;
            let (acted_on, of) = self.judge.acted_on(&best.policy, alarm, &self.judge.halves());
            let is_first = shape.thresholds.first() == Some(&setting.threshold);
            let is_last = shape.thresholds.last() == Some(&setting.threshold);
            if shape.thresholds.len() > 1 && (is_first || is_last) {
                let end = if is_first { "lowest" } else { "highest" };
                said.push(format!(
                    "the best threshold of `{name}` is the {end} of those given: a better one may \
                     lie beyond"
                ));
            } else if acted_on == of && of > 0 {
                said.push(format!(
                    "every run sets `{name}` off at its best threshold, good ones and faulty ones"
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

    /// Regressions that could be caught, and that the policy misses in every run.
    fn never_caught(&self, policy: &Evaluated) -> Option<String> {
        let all = self.judge.counted(&policy.reported);
        let never = all.filter(|one| one.missed.of > 0 && one.missed.count == one.missed.of);
        let names: Vec<String> =
            never.map(|one| format!("`{}`", self.name(one.regression))).collect();
        (!names.is_empty()).then(|| {
            format!(
                "the policy above never catches {}; `max_missed` in [tune] limits how many may be missed",
                names.join(", ")
            )
        })
    }

    /// Slow answers harm nobody unless something says which are slow.
    fn slow_is_free(&self) -> Option<String> {
        let (judge, scenario) = (self.judge, &self.judge.expansion.scenario);
        let counts_harm = matches!(
            judge.question.minimise,
            Objective::Harm | Objective::FailedRequests | Objective::ExpectedLoss
        );
        if !counts_harm || scenario.metrics.slow_over.is_some() {
            return None;
        }
        let counted = scenario.regressions.iter().zip(&judge.question.counts);
        let slow = counted.filter(|(release, counts)| **counts && release.effects.slows());
        let names: Vec<String> = slow.map(|(release, _)| format!("`{}`", release.name)).collect();
        (!names.is_empty()).then(|| {
            format!(
                "that {} is slow counts as no harm: `slow_over` in [metrics] says from when on an answer is \
                 slow",
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
