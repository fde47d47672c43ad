//! What a run is worth, by the question asked.
//!
//! - **Harm**: requests that failed, answers slower than the scenario's `slow_over` and wrong answers, each
//!   request once, less those without the deployment. Where any of them has a price, USD instead: a failed
//!   request, a slow answer that did not fail, a wrong answer, each at its price.
//! - **Failed requests**: likewise, failures alone. **Users touched**: as they were counted up to the
//!   horizon.
//! - A regression that is **missed** goes on until somebody notices: its harm up to the end of the rollout
//!   is as counted, and from then on that of a second, from there to the horizon, times the mean time until
//!   it is noticed. So the horizon decides nothing.
//! - **Time to detect** \[s\]: from the first faulty exposure to ALARM; a run that is not caught counts
//!   to the end of the rollout and the mean time until somebody notices from there.
//! - **Loss** \[USD\] of a run: its harm in USD + cost above not deploying + price of a rollback without
//!   cause, if it is one + price of a missed regression, if it is one.
//!
//! Means are Σ wᵣ·x̄ᵣ over the releases r. For the loss, wᵣ is the prior of the release, good ones included;
//! for the others the prior among the faulty releases that count, so that they sum to 1.

use crate::scenario::tune::{Expansion, LossPrices, Objective, TuneSpec};
use crate::simulation::verdict::Verdict;
use crate::time::SimTime;
use crate::tuning::judged::{Harm, Played};
use std::cmp::Ordering;

/// The question, release by release.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub minimise: Objective,
    /// wᵣ of the objective; `None` if no faulty release that counts has a prior above 0.
    pub weights: Option<Vec<f64>>,
    /// wᵣ among the faulty releases that count; all 0 if none has a prior above 0.
    pub among_faulty: Vec<f64>,
    /// That a release comes; 0 of faulty ones that do not count.
    pub priors: Vec<f64>,
    /// Which releases are good.
    pub healthy: Vec<bool>,
    /// Which faulty releases limits and objective are about: not those that nothing can catch.
    pub counts: Vec<bool>,
    prices: LossPrices,
    noticed_after_s: f64,
}

/// What one run comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figures {
    pub verdict: Verdict,
    /// Whether it was given up at an earlier look than the healthy release (`Less`), or later.
    pub order: Ordering,
    /// From the first faulty exposure to ALARM \[s\], of a caught run.
    pub time_to_detect_s: Option<f64>,
    /// The same; of a run that is not caught, until somebody notices \[s\].
    pub noticed_s: f64,
    pub failed_requests: f64,
    /// In requests, or in USD where there are prices.
    pub harm: f64,
    pub users_touched: Option<f64>,
    /// `None` if a price is not known; so is the loss.
    pub extra_cost_usd: Option<f64>,
    pub loss_usd: Option<f64>,
    /// Seconds from the request of the update.
    pub full_traffic_s: Option<f64>,
}

impl Question {
    /// With the faulty releases for which `counts` holds.
    pub(super) fn new(spec: &TuneSpec, expansion: &Expansion, counts: Vec<bool>) -> Self {
        let healthy: Vec<bool> =
            expansion.scenario.regressions.iter().map(|release| release.healthy).collect();
        let prior = |release: usize| spec.priors.get(release).copied().unwrap_or(0.0);
        let of_all = |counts: &dyn Fn(usize) -> bool| -> Vec<f64> {
            let weight = |release| if counts(release) { prior(release) } else { 0.0 };
            (0..healthy.len()).map(weight).collect()
        };
        let priors = of_all(&|release| healthy[release] || counts[release]);
        let of_faulty = of_all(&|release| counts[release]);
        let sum: f64 = of_faulty.iter().sum();
        let share = |prior: f64| if sum > 0.0 { prior / sum } else { 0.0 };
        let among_faulty: Vec<f64> = of_faulty.into_iter().map(share).collect();
        let weights = match spec.minimise {
            Objective::ExpectedLoss => Some(priors.clone()),
            _ => (sum > 0.0).then(|| among_faulty.clone()),
        };
        Self {
            minimise: spec.minimise,
            weights,
            among_faulty,
            priors,
            healthy,
            counts,
            prices: spec.prices,
            noticed_after_s: spec.noticed_after_s,
        }
    }

    pub(super) fn figures(&self, played: &Played<'_>) -> Figures {
        let Played { ending, firing, verdict, unnoticed, .. } = *played;
        // An A/B test has no ALARM; what was in ALARM before the fault counts as noticed at once.
        let noticed = firing.map(|firing| firing.since).or(ending.given_up.map(|by| by.at));
        let exposed = ending.first_faulty_exposure;
        let since_exposure = |at: SimTime| {
            exposed.map_or(0.0, |exposed| at.max(exposed).since(exposed).as_secs_f64())
        };
        let time_to_detect_s =
            noticed.filter(|_| verdict == Verdict::Caught && exposed.is_some()).map(since_exposure);
        let harm = match verdict {
            Verdict::Missed => unnoticed.to_end.plus(&unnoticed.per_s, self.noticed_after_s),
            _ => ending.harm,
        };
        let price = match verdict {
            Verdict::FalseRollback | Verdict::ByChance => self.prices.false_rollback_usd,
            Verdict::Missed => self.prices.missed_usd,
            _ => 0.0,
        };
        let harm_usd = self.usd(&harm);
        Figures {
            verdict,
            order: played.order,
            time_to_detect_s,
            noticed_s: time_to_detect_s
                .unwrap_or_else(|| since_exposure(unnoticed.ended) + self.noticed_after_s),
            failed_requests: harm.failed,
            harm: if self.prices.of_harm() { harm_usd } else { harm.any },
            users_touched: ending.users_touched,
            extra_cost_usd: ending.extra_cost_usd,
            loss_usd: ending.extra_cost_usd.map(|extra| harm_usd + extra + price),
            full_traffic_s: ending.full_traffic.map(SimTime::as_secs_f64),
        }
    }

    fn usd(&self, harm: &Harm) -> f64 {
        self.prices.failed_request_usd * harm.failed
            + self.prices.slow_answer_usd * harm.slow
            + self.prices.wrong_answer_usd * harm.wrong
    }

    /// What the objective is the mean of.
    pub(super) fn objective(&self, figures: &Figures) -> f64 {
        match self.minimise {
            Objective::Harm => figures.harm,
            Objective::TimeToDetect => figures.noticed_s,
            Objective::FailedRequests => figures.failed_requests,
            Objective::UsersTouched => figures.users_touched.unwrap_or(0.0),
            // A scenario without the prices is refused.
            Objective::ExpectedLoss => figures.loss_usd.unwrap_or(0.0),
        }
    }
}

#[cfg(test)]
#[path = "objective/tests.rs"]
mod tests;
