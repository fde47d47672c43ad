//! What decides between the strategies, in a sentence, and what the table alone would hide.

use super::Page;
use super::split::excludes_zero;
use crate::report::number::{amount, percent, points};

/// What strategies are ranked by, least first.
struct Ranking {
    metric: &'static str,
    statistic: &'static str,
    show: fn(f64) -> String,
    /// Completes "has …".
    least: &'static str,
    /// Stands between a difference and "than".
    fewer: &'static str,
}

const HARM: Ranking = Ranking {
    metric: "harmed_excess_to_horizon",
    statistic: "mean",
    show: amount,
    least: "the least net harm",
    fewer: "fewer harmed requests a release",
};

const SERVED: Ranking = Ranking {
    metric: "faulty_green_requests_to_horizon",
    statistic: "mean",
    show: amount,
    least: "the fewest requests served by a faulty green",
    fewer: "fewer a release",
};

const FALSE: Ranking = Ranking {
    metric: "false_rollback",
    statistic: "share",
    show: points,
    least: "the fewest false rollbacks",
    fewer: "fewer",
};

/// Ends that the table does not show and that make its figures mean something else.
const ENDS: [(&str, &str); 4] = [
    ("update_failed", "Not begun, since green could not be launched"),
    ("unfinished_at_horizon", "Not over at the horizon"),
    ("timed_out", "Ended by the execution time-out"),
    ("rollback_failed", "Left with a mix of both fleets, since the rollback failed"),
];

/// The arm without a regression.
const HEALTHY: usize = 0;
/// A share of failures saved from which on a table needs a word more.
const WORTH_SAYING: f64 = 0.1;

impl Page<'_> {
    /// The sentences below the table of a regression.
    pub(super) fn sentences(&self, regression: usize) -> Vec<String> {
        let healthy = self.results.scenario.regressions[regression].healthy;
        let mut said: Vec<String> = Vec::new();
        if healthy {
            said.extend(self.best(regression, &FALSE));
        } else {
            said.extend(self.caught(regression));
            said.extend(self.least_harmful(regression));
            said.extend(self.not_told(regression));
            said.extend(self.missed(regression));
        }
        said.extend(ENDS.iter().filter_map(|&(metric, what)| self.ended(regression, metric, what)));
        said.extend(self.splits(regression));
        said.extend(self.saved(regression));
        said
    }

    /// Ranks by net harm or, where none shows, by whom the faulty release reached.
    fn least_harmful(&self, regression: usize) -> Option<String> {
        let is_harmful = |strategy| {
            let row = self.row((strategy, regression), HARM.metric, HARM.statistic);
            row.is_some_and(|row| {
                // Of few runs nobody can say how sure it is.
                let is_unsure = row.low.is_none() && row.high.is_none();
                let is_any = row.estimate.is_some_and(|harm| harm.abs() > 0.0);
                excludes_zero(row) || is_unsure && is_any
            })
        };
        if self.ranked(regression).any(is_harmful) {
            let is_failed = !self.is_more_than_failed(regression);
            let fewer = if is_failed { "fewer failed requests a release" } else { HARM.fewer };
            return self.best_and_unranked(regression, &Ranking { fewer, ..HARM });
        }
        let unseen = match self.results.scenario.metrics.slow_over {
            Some(_) => "",
            None => " (slow requests are not counted: `slow_over` is not set)",
        };
        let none = format!("No strategy does net harm that shows{unseen}.");
        // Where no alarm sees the fault, who serves least of it is who gives good releases up most often.
        let is_seen = self.ranked(regression).any(|strategy| self.is_told((strategy, regression)));
        match self.best_and_unranked(regression, &SERVED).filter(|_| is_seen) {
            Some(best) => Some(format!("{none} {best}")),
            None => Some(none),
        }
    }

    /// What [`best`](Self::best) says, and who is not ranked.
    fn best_and_unranked(&self, regression: usize, ranking: &Ranking) -> Option<String> {
        let best = self.best(regression, ranking)?;
        let unranked: Vec<String> = self
            .begun(regression)
            .filter(|&strategy| self.releases_nothing(strategy))
            .map(|strategy| self.named(strategy))
            .collect();
        if unranked.is_empty() {
            return Some(best);
        }
        let names = unranked.join(", ");
        Some(format!("{best} Not ranked, as no healthy release got through either: {names}."))
    }

    /// Names the best strategy and how sure its difference to the next and to the worst is; `None`
    /// where there is nothing to rank.
    fn best(&self, regression: usize, ranking: &Ranking) -> Option<String> {
        let value = |strategy: usize| {
            self.row((strategy, regression), ranking.metric, ranking.statistic)?.estimate
        };
        let mut order: Vec<(usize, f64)> = self
            .ranked(regression)
            .filter_map(|strategy| Some((strategy, value(strategy)?)))
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
            order[..equals].iter().map(|&(index, _)| self.with_price(index, regression)).collect();
        let has = if equals > 1 { "have" } else { "has" };
        let (margin, sure) = self.margin(regression, (best, next), ranking)?;
        let mut text = format!("{} {has} {}: {margin}, the next", names.join(", "), ranking.least);
        if !sure {
            let why = self.undecided(regression, (best, next), ranking);
            text = format!("Not decided ({why}): {text}; more replications may tell");
        }
        if worst != next {
            let (margin, sure) = self.margin(regression, (best, worst), ranking)?;
            let doubt = if sure { "" } else { ", which does not decide either" };
            text = format!("{text}; {margin}, the last{doubt}");
        }
        let n = self.comparison.find(regression, (best, worst), ranking.metric)?.0.n;
        Some(format!("{text} (paired over {n} replications, {} intervals).", self.level()))
    }

    /// Why two strategies cannot be told apart.
    fn undecided(
        &self,
        regression: usize,
        (best, next): (usize, usize),
        of: &Ranking,
    ) -> &'static str {
        let found = self.comparison.find(regression, (next, best), of.metric);
        match found {
            Some((paired, _)) if paired.interval.is_none() => {
                "no interval can be given, and comparison.csv says why"
            }
            _ => "after Holm's correction, which the intervals lack",
        }
    }

    /// A strategy with what it does to releases that are no worse for it: giving everything up is the surest
    /// way to hurt nobody.
    fn with_price(&self, strategy: usize, regression: usize) -> String {
        let name = self.named(strategy);
        if !self.is_guarded(strategy) {
            return format!("{name} (no alarm)");
        }
        if self.results.scenario.regressions[regression].healthy {
            return name;
        }
        let share = |regression: usize, metric: &str| {
            let row = self.row((strategy, regression), metric, "share");
            row.and_then(|row| row.estimate).map_or_else(|| "–".to_owned(), percent)
        };
        format!(
            "{name} (gives it up by chance in {}, rolls the healthy release back in {})",
            share(regression, "by_chance"),
            share(HEALTHY, "false_rollback")
        )
    }

    /// How much less the better strategy has than the other, and whether that is beyond chance.
    fn margin(
        &self,
        regression: usize,
        (better, other): (usize, usize),
        ranking: &Ranking,
    ) -> Option<(String, bool)> {
        let (paired, p) = self.comparison.find(regression, (other, better), ranking.metric)?;
        let sure = p.is_some_and(|p| p <= 1.0 - self.confidence());
        let show = ranking.show;
        let range = paired.interval.map_or_else(String::new, |interval| {
            format!(" [{}, {}]", show(interval.low), show(interval.high))
        });
        let difference = show(paired.difference);
        let text = format!("{difference}{range} {} than {}", ranking.fewer, self.named(other));
        Some((text, sure))
    }

    pub(super) fn named(&self, strategy: usize) -> String {
        format!("'{}'", self.results.scenario.strategies[strategy].name)
    }

    fn level(&self) -> String {
        percent(self.confidence())
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

    /// The strategies that always begin: what never began hurts nobody, and is no better for it.
    pub(super) fn begun(&self, regression: usize) -> impl Iterator<Item = usize> {
        let strategies = 0..self.results.scenario.strategies.len();
        strategies.filter(move |&strategy| self.not_begun((strategy, regression)) <= 0.0)
    }

    /// Those of them that ever release anything: to release nothing is the surest way to hurt nobody, and no
    /// better for it. Of a healthy release all are ranked.
    fn ranked(&self, regression: usize) -> impl Iterator<Item = usize> {
        let healthy = self.results.scenario.regressions[regression].healthy;
        self.begun(regression).filter(move |&strategy| healthy || !self.releases_nothing(strategy))
    }

    /// Whether every healthy release was rolled back or stopped. (An A/B test promotes better ones.)
    fn releases_nothing(&self, strategy: usize) -> bool {
        let share = |metric| {
            let row = self.row((strategy, HEALTHY), metric, "share");
            row.and_then(|row| row.estimate).unwrap_or(0.0)
        };
        let given_up = share("rolled_back") + share("stopped");
        self.results.scenario.strategies[strategy].test.is_none() && given_up > 1.0 - 1e-9
    }

    /// The strategies that miss the regression now and then.
    fn missed(&self, regression: usize) -> Option<String> {
        self.shares(regression, ("missed", "share"))
            .map(|missing| format!("Missed: {missing} of the runs."))
    }

    /// The strategies that ended so now and then.
    fn ended(&self, regression: usize, metric: &str, what: &str) -> Option<String> {
        let shares = self.shares(regression, (metric, "share"))?;
        Some(format!("{what}: {shares} of the runs."))
    }

    /// The strategies whose share is above zero, with it.
    fn shares(&self, regression: usize, (metric, statistic): (&str, &str)) -> Option<String> {
        let shares: Vec<String> = (0..self.results.scenario.strategies.len())
            .filter_map(|strategy| {
                let row = self.row((strategy, regression), metric, statistic)?;
                let share = row.estimate.filter(|&share| share > 0.0)?;
                let is_alone = metric == "missed" && !self.is_guarded(strategy);
                let alarm = if is_alone { " (no alarm)" } else { "" };
                Some(format!("{}{alarm} in {}", self.named(strategy), percent(share)))
            })
            .collect();
        (!shares.is_empty()).then(|| shares.join(", "))
    }
}
