//! What decides between the strategies, in a sentence, and what the table alone would hide.

use super::Page;
use crate::report::number::{amount, percent, points};

/// What strategies are ranked by, least first.
struct Ranking {
    metric: &'static str,
    statistic: &'static str,
    show: fn(f64) -> String,
    /// Completes "… has".
    fewest: &'static str,
}

const FAILED: Ranking = Ranking {
    metric: "attributable_to_horizon",
    statistic: "mean",
    show: amount,
    fewest: "the fewest failed requests a release",
};

const WRONG: Ranking = Ranking {
    metric: "wrong_attributable_to_horizon",
    statistic: "mean",
    show: amount,
    fewest: "the fewest wrong answers a release",
};

const SERVED: Ranking = Ranking {
    metric: "faulty_green_requests_to_horizon",
    statistic: "mean",
    show: amount,
    fewest: "the fewest requests served by a faulty green",
};

const FALSE: Ranking = Ranking {
    metric: "false_rollback",
    statistic: "share",
    show: points,
    fewest: "the fewest false rollbacks",
};

/// Ends that the table does not show and that make its figures mean something else.
const ENDS: [(&str, &str); 3] = [
    ("update_failed", "Not begun, since green could not be launched"),
    ("timed_out", "Ended by the execution time-out"),
    ("rollback_failed", "Left with a mix of both fleets, since the rollback failed"),
];

/// The arm without a regression.
const HEALTHY: usize = 0;
/// A share of false rollbacks, or of failures saved, from which on a table needs a word more.
const WORTH_SAYING: f64 = 0.1;

impl Page<'_> {
    /// The sentences below the table of a regression.
    pub(super) fn sentences(&self, regression: usize) -> Vec<String> {
        let healthy = self.results.scenario.regressions[regression].healthy;
        let ranked = if healthy {
            vec![FALSE]
        } else {
            // A regression that fails no request (a slow one, say) is ranked by its wrong answers, and
            // without those by whom it reached.
            vec![FAILED, WRONG, SERVED]
        };
        let best = ranked.iter().find_map(|ranking| self.best(regression, ranking));
        let ends = ENDS.iter().filter_map(|&(metric, what)| self.ended(regression, metric, what));
        let saved = self.saved(regression);
        best.into_iter().chain(self.undetected(regression)).chain(ends).chain(saved).collect()
    }

    /// Names the best strategy and how sure its difference to the next and to the worst is; `None`
    /// where there is nothing to rank.
    fn best(&self, regression: usize, ranking: &Ranking) -> Option<String> {
        let value = |strategy: usize| {
            self.row((strategy, regression), ranking.metric, ranking.statistic)?.estimate
        };
        // What never began hurts nobody, and is no better for it.
        let mut order: Vec<(usize, f64)> = (0..self.results.scenario.strategies.len())
            .filter(|&strategy| self.not_begun((strategy, regression)) <= 0.0)
            .filter_map(|index| Some((index, value(index)?)))
            .collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (&(best, least), &(worst, most)) = (order.first()?, order.last()?);
        if most <= least {
            let equal = "No strategy has more false rollbacks than another.".to_owned();
            return Some(equal).filter(|_| ranking.metric == FALSE.metric);
        }
        let equals = order.iter().take_while(|(_, value)| *value <= least).count();
        let next = order[equals].0;
        let names: Vec<String> =
            order[..equals].iter().map(|&(index, _)| self.named(index)).collect();
        let has = if equals > 1 { "have" } else { "has" };
        let (margin, sure) = self.margin(regression, (best, next), ranking)?;
        let mut text = format!("{} {has} {}: {margin}, the next", names.join(", "), ranking.fewest);
        if !sure {
            text = format!(
                "Not decided (after Holm's correction, which the intervals lack): {text}; more \
                 replications may tell"
            );
        }
        if worst != next {
            let (margin, sure) = self.margin(regression, (best, worst), ranking)?;
            let doubt = if sure { "" } else { ", which does not decide either" };
            text = format!("{text}; {margin}, the last{doubt}");
        }
        let n = self.comparison.find(regression, (best, worst), ranking.metric)?.0.n;
        let price = self.price(&order[..equals]);
        Some(format!("{text} (paired over {n} replications, {} intervals).{price}", self.level()))
    }

    /// How much less the better strategy has than the other, and whether that is beyond chance.
    fn margin(
        &self,
        regression: usize,
        (better, other): (usize, usize),
        ranking: &Ranking,
    ) -> Option<(String, bool)> {
        let (paired, p) = self.comparison.find(regression, (other, better), ranking.metric)?;
        let sure = p.is_some_and(|p| p <= 1.0 - self.results.scenario.experiment.confidence);
        let show = ranking.show;
        let range = paired.interval.map_or_else(String::new, |interval| {
            format!(" [{}, {}]", show(interval.low), show(interval.high))
        });
        let text = format!("{}{range} fewer than {}", show(paired.difference), self.named(other));
        Some((text, sure))
    }

    fn named(&self, strategy: usize) -> String {
        format!("'{}'", self.results.scenario.strategies[strategy].name)
    }

    fn level(&self) -> String {
        percent(self.results.scenario.experiment.confidence)
    }

    /// What the best strategies do to a good release, if that is bad enough to be said: rolling everything
    /// back is the surest way to hurt nobody.
    fn price(&self, best: &[(usize, f64)]) -> String {
        let false_rollbacks = best.iter().filter_map(|&(strategy, _)| {
            let row = self.row((strategy, HEALTHY), "false_rollback", "share")?;
            let share = row.estimate.filter(|&share| share >= WORTH_SAYING)?;
            Some(format!("{} rolls back {} of the good ones", self.named(strategy), percent(share)))
        });
        let said: Vec<String> = false_rollbacks.collect();
        if said.is_empty() { String::new() } else { format!(" But {}.", said.join(", ")) }
    }

    /// The strategies with fewer failures than without the deployment, beyond chance: the release is a cure.
    fn saved(&self, regression: usize) -> Option<String> {
        let saved = (0..self.results.scenario.strategies.len()).filter_map(|strategy| {
            let row = self.row((strategy, regression), "excess_to_horizon", "mean")?;
            let less = row.estimate.filter(|_| row.high.is_some_and(|high| high < 0.0))?;
            let failed = self.row((strategy, regression), "failed_to_horizon", "mean")?.estimate?;
            let is_much = -less >= WORTH_SAYING * (failed - less);
            if !is_much {
                return None;
            }
            Some(format!("{} by {}", self.named(strategy), amount(-less)))
        });
        let saved: Vec<String> = saved.collect();
        let list = (!saved.is_empty()).then(|| saved.join(", "))?;
        Some(format!("Fewer failed requests a release than without the deployment: {list}."))
    }

    /// Share of the runs that did not begin.
    fn not_begun(&self, arm: (usize, usize)) -> f64 {
        self.row(arm, "update_failed", "share").and_then(|row| row.estimate).unwrap_or(0.0)
    }

    /// The strategies that miss the regression now and then. An update that never begins misses nothing.
    fn undetected(&self, regression: usize) -> Option<String> {
        self.shares(regression, ("time_to_detect_s", "share_never"))
            .map(|missing| format!("Never detected: {missing} of the runs."))
    }

    /// The strategies that ended so now and then.
    fn ended(&self, regression: usize, metric: &str, what: &str) -> Option<String> {
        let shares = self.shares(regression, (metric, "share"))?;
        Some(format!("{what}: {shares} of the runs."))
    }

    /// The strategies whose share is above zero, with it.
    fn shares(&self, regression: usize, (metric, statistic): (&str, &str)) -> Option<String> {
        let shares: Vec<String> = (0..self.results.scenario.strategies.len())
            .filter(|&strategy| {
                metric == "update_failed" || self.not_begun((strategy, regression)) < 1.0
            })
            .filter_map(|strategy| {
                let row = self.row((strategy, regression), metric, statistic)?;
                let share = row.estimate.filter(|&share| share > 0.0)?;
                Some(format!("{} in {}", self.named(strategy), percent(share)))
            })
            .collect();
        (!shares.is_empty()).then(|| shares.join(", "))
    }
}
