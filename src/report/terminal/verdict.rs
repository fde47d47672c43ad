//! What decides between the strategies, in a sentence, and what the table alone would hide.

use super::Page;
use crate::report::number::{amount, percent, plain};

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

fn points(share: f64) -> String {
    format!("{} points", plain(share * 100.0, 1))
}

impl Page<'_> {
    /// The sentences below the table of a regression.
    pub(super) fn sentences(&self, regression: usize) -> Vec<String> {
        let healthy = self.results.scenario.regressions[regression].healthy;
        let ranked = if healthy {
            vec![FALSE]
        } else {
            // A regression that fails no request (a slow one, say) is ranked by whom it reached.
            vec![FAILED, SERVED]
        };
        let best = ranked.iter().find_map(|ranking| self.best(regression, ranking));
        best.into_iter().chain(self.undetected(regression)).collect()
    }

    /// Names the best and the worst strategy and how sure their difference is; `None` where there
    /// is nothing to rank.
    fn best(&self, regression: usize, ranking: &Ranking) -> Option<String> {
        let strategies = &self.results.scenario.strategies;
        let value = |strategy: usize| {
            self.row((strategy, regression), ranking.metric, ranking.statistic)?.estimate
        };
        let mut order: Vec<(usize, f64)> =
            (0..strategies.len()).filter_map(|index| Some((index, value(index)?))).collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let ((best, least), (worst, most)) = (*order.first()?, *order.last()?);
        if best == worst || most <= 0.0 && ranking.metric != FALSE.metric {
            return None;
        }
        if most <= least {
            return Some("No strategy has more false rollbacks than another.".to_owned())
                .filter(|_| ranking.metric == FALSE.metric);
        }
        let (paired, p_adjusted) =
            self.comparison.find(regression, (worst, best), ranking.metric)?;
        let (best, worst) = (&strategies[best].name, &strategies[worst].name);
        let experiment = &self.results.scenario.experiment;
        let sure = p_adjusted.is_some_and(|p| p <= 1.0 - experiment.confidence);
        let show = ranking.show;
        let range = paired.interval.map_or_else(String::new, |interval| {
            let level = percent(experiment.confidence);
            format!("{level} interval {} to {}, ", show(interval.low), show(interval.high))
        });
        let difference = format!(
            "{} fewer than '{worst}' ({range}paired over {} replications)",
            show(paired.difference),
            paired.n
        );
        Some(if sure {
            format!("'{best}' has {}: {difference}.", ranking.fewest)
        } else {
            format!(
                "Not decided: '{best}' has {} here, {difference}; run more replications.",
                ranking.fewest
            )
        })
    }

    /// The strategies that miss the regression now and then.
    fn undetected(&self, regression: usize) -> Option<String> {
        let scenario = &self.results.scenario;
        let missing: Vec<String> = (0..scenario.strategies.len())
            .filter_map(|strategy| {
                let row = self.row((strategy, regression), "time_to_detect_s", "share_never")?;
                let share = row.estimate.filter(|&share| share > 0.0)?;
                Some(format!("'{}' in {}", scenario.strategies[strategy].name, percent(share)))
            })
            .collect();
        (!missing.is_empty())
            .then(|| format!("Never detected: {} of the runs.", missing.join(", ")))
    }
}
