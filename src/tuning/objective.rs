//! What a run is worth, by the question asked.
//!
//! - **Time to detect** \[s\]: from the first faulty exposure to ALARM, at most the horizon; a run that is
//!   not caught counts the whole horizon.
//! - **Failed requests** and **users touched**: as they were counted up to the horizon.
//! - **Loss** \[USD\] of a run: price of a failed request · failed requests + cost above not deploying +
//!   price of a false rollback, if it is one + price of a missed regression, if it is one. A rollback of a
//!   faulty release before it showed is a false one.
//!
//! Means are Σ wᵣ·x̄ᵣ over the releases r. For the loss, wᵣ is the prior of the release, good ones included;
//! for the others the prior among the faulty releases, so that they sum to 1.

use crate::scenario::tune::{Expansion, LossPrices, Objective, TuneSpec};
use crate::simulation::verdict::Verdict;
use crate::time::SimDuration;
use crate::tuning::judged::Played;
use std::cmp::Ordering;

/// The question, release by release.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub minimise: Objective,
    /// wᵣ of the objective; `None` if no faulty release has a prior above 0.
    pub weights: Option<Vec<f64>>,
    /// wᵣ among the faulty releases; all 0 if none has a prior above 0.
    pub among_faulty: Vec<f64>,
    pub priors: Vec<f64>,
    /// Which releases are good.
    pub healthy: Vec<bool>,
    prices: LossPrices,
    horizon_s: f64,
}

/// What one run comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figures {
    pub verdict: Verdict,
    /// Whether it was given up at an earlier look than the healthy release (`Less`), or later.
    pub order: Ordering,
    /// From the first faulty exposure to ALARM \[s\], of a caught run.
    pub time_to_detect_s: Option<f64>,
    /// The same, the horizon if it is later or never \[s\].
    pub restricted_time_to_detect_s: f64,
    pub failed_requests: f64,
    pub users_touched: f64,
    pub extra_cost_usd: f64,
    pub loss_usd: f64,
    /// Seconds from the request of the update.
    pub full_traffic_s: Option<f64>,
}

impl Question {
    pub(super) fn new(spec: &TuneSpec, expansion: &Expansion, horizon: SimDuration) -> Self {
        let healthy: Vec<bool> =
            expansion.scenario.regressions.iter().map(|release| release.healthy).collect();
        let prior = |release: usize| spec.priors.get(release).copied().unwrap_or(0.0);
        let priors: Vec<f64> = (0..healthy.len()).map(prior).collect();
        let faulty = |(release, &prior): (usize, &f64)| if healthy[release] { 0.0 } else { prior };
        let of_faulty: Vec<f64> = priors.iter().enumerate().map(faulty).collect();
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
            prices: spec.prices,
            horizon_s: horizon.as_secs_f64(),
        }
    }

    pub(super) fn figures(&self, played: &Played<'_>) -> Figures {
        let Played { ending, firing, verdict, .. } = *played;
        // An A/B test has no ALARM; what was in ALARM before the fault counts as noticed at once.
        let noticed = firing.map(|firing| firing.since).or(ending.given_up.map(|by| by.at));
        let time_to_detect_s = noticed
            .filter(|_| verdict == Verdict::Caught)
            .zip(ending.first_faulty_exposure)
            .map(|(noticed, exposed)| noticed.max(exposed).since(exposed).as_secs_f64());
        let horizon_s = self.horizon_s;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 requests")]
        let failed_requests = ending.failed_requests as f64;
        let price = match verdict {
            Verdict::FalseRollback | Verdict::ByChance => self.prices.false_rollback_usd,
            Verdict::Missed => self.prices.missed_usd,
            _ => 0.0,
        };
        Figures {
            verdict,
            order: played.order,
            time_to_detect_s,
            restricted_time_to_detect_s: time_to_detect_s
                .map_or(horizon_s, |time| time.min(horizon_s)),
            failed_requests,
            users_touched: ending.users_touched,
            extra_cost_usd: ending.extra_cost_usd,
            loss_usd: self.prices.failed_request_usd * failed_requests
                + ending.extra_cost_usd
                + price,
            full_traffic_s: ending.full_traffic.map(crate::time::SimTime::as_secs_f64),
        }
    }

    /// What the objective is the mean of.
    pub(super) fn objective(&self, figures: &Figures) -> f64 {
        match self.minimise {
            Objective::TimeToDetect => figures.restricted_time_to_detect_s,
            Objective::Harm | Objective::FailedRequests => figures.failed_requests,
            Objective::UsersTouched => figures.users_touched,
            Objective::ExpectedLoss => figures.loss_usd,
        }
    }
}
