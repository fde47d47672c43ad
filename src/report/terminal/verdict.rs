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
            // A regression that fails no request (a slow one, say) is ranked by its wrong answers, and
            // without those by whom it reached.
            vec![FAILED, WRONG, SERVED]
        };
        let best = ranked.iter().find_map(|ranking| self.best(regression, ranking));
        best.into_iter().chain(self.undetected(regression)).collect()
    }

    /// Names the best strategy and how sure its difference to the next and to the worst is; `None`
    /// where there is nothing to rank.
    fn best(&self, regression: usize, ranking: &Ranking) -> Option<String> {
        let value = |strategy: usize| {
            self.row((strategy, regression), ranking.metric, ranking.statistic)?.estimate
        };
        let mut order: Vec<(usize, f64)> = (0..self.results.scenario.strategies.len())
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
            text = format!("Not decided: {text}; more replications may tell");
        }
        if worst != next {
            let (margin, sure) = self.margin(regression, (best, worst), ranking)?;
            let doubt = if sure { "" } else { ", which does not decide either" };
            text = format!("{text}; {margin}, the last{doubt}");
        }
        let n = self.comparison.find(regression, (best, worst), ranking.metric)?.0.n;
        Some(format!("{text} (paired over {n} replications, {} intervals).", self.level()))
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
