//! Which conclusions of an experiment survive a change of its settings.
//!
//! A conclusion is a difference between two strategies under one regression that is significant after
//! Holm's adjustment in the scenario as it is. In a cell it **holds** if it is significant there with the
//! same sign, is **unclear** if it is not significant there, and **reversed** if it is significant with
//! the other sign. Each cell adjusts its own p-values.

use super::study::{Pair, Study};

/// A significant difference between two strategies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// The regression's name.
    pub regression: String,
    /// The metric.
    pub metric: String,
    /// The strategy that does better.
    pub better: String,
    /// The one that it does better than.
    pub worse: String,
    /// Its standing in each cell, the first of which is the scenario as it is.
    pub standings: Vec<Standing>,
}

/// What becomes of a conclusion in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Significant, the same sign.
    Holds,
    /// Not significant.
    Unclear,
    /// Significant, the other sign.
    Reversed,
}

impl Standing {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Unclear => "unclear",
            Self::Reversed => "reversed",
        }
    }
}

impl Conclusion {
    /// Whether it holds in every cell.
    pub fn holds_throughout(&self) -> bool {
        self.standings.iter().all(|standing| *standing == Standing::Holds)
    }

    /// What the better strategy does better.
    pub fn advantage(&self) -> &'static str {
        advantage(&self.metric)
    }
}

/// What it means to do better in a metric, in words that go before "than".
pub fn advantage(metric: &str) -> &'static str {
    match metric {
        "harmed_excess_to_horizon" => "less net harm",
        "excess_to_horizon" => "fewer failed requests",
        "slow_excess_to_horizon" => "fewer slow requests",
        "faulty_green_requests_to_horizon" => "fewer requests served by the faulty model",
        "wrong_excess_to_horizon" => "fewer wrong answers",
        "users_failed_excess_to_horizon" => "fewer users with a failure",
        "time_to_detect_restricted_s" => "catches it sooner",
        "caught" => "catches it more often",
        "false_rollback" => "fewer false rollbacks",
        _ => "costs less",
    }
}

/// The conclusions of the first cell of a study, and what becomes of them in each cell.
pub fn conclusions(study: &Study) -> Vec<Conclusion> {
    let Some(base) = study.cells.first() else { return Vec::new() };
    let alpha = 1.0 - study.confidence;
    let significant = base.pairs.iter().filter(|pair| pair.sign(alpha) != 0);
    significant.map(|pair| of(study, pair, pair.sign(alpha))).collect()
}

fn of(study: &Study, pair: &Pair, base: i8) -> Conclusion {
    let names = (pair.strategy_a.as_str(), pair.strategy_b.as_str());
    let standings = (0..study.cells.len()).map(|cell| {
        match base * study.sign(cell, &pair.regression, names, &pair.metric) {
            1 => Standing::Holds,
            0 => Standing::Unclear,
            _ => Standing::Reversed,
        }
    });
    // Of catching more is better, of everything else less.
    let a_is_better = (base > 0) == (pair.metric == "caught");
    let (better, worse) = if a_is_better { names } else { (names.1, names.0) };
    Conclusion {
        regression: pair.regression.clone(),
        metric: pair.metric.clone(),
        better: better.to_owned(),
        worse: worse.to_owned(),
        standings: standings.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::study::CellResult;

    const HEADER: &str =
        "regression,strategy_a,strategy_b,metric,unit,mean_a,mean_b,difference,low,high,p_holm\n";

    fn study(cells: &[&str]) -> Study {
        let cells = cells.iter().map(|rows| {
            let summary = "strategy,regression,metric,statistic,estimate,low,high,note\n";
            CellResult::read(Vec::new(), summary, &format!("{HEADER}{rows}")).expect("tables")
        });
        Study {
            strategies: vec!["a".into(), "b".into()],
            regressions: vec![("bad".into(), false)],
            confidence: 0.95,
            cells: cells.collect(),
            ..Study::default()
        }
    }

    #[test]
    fn a_conclusion_holds_is_unclear_or_reversed() {
        let study = study(&[
            "bad,a,b,excess_to_horizon,requests,1,3,-2,-3,-1,0.001\n\
             bad,a,b,caught,ratio,0.5,0.9,-0.4,-0.5,-0.3,0.05\n\
             bad,a,b,extra_cost_usd,USD,1,2,-1,-3,1,0.2\n",
            "bad,b,a,excess_to_horizon,requests,3,1,2,1,3,0.001\n\
             bad,a,b,caught,ratio,0.9,0.5,0.4,0.3,0.5,0.01\n",
            "bad,a,b,excess_to_horizon,requests,1,2,-1,-3,1,0.06\n\
             bad,a,b,caught,ratio,1,1,0,0,0,\n",
        ]);
        let all = conclusions(&study);
        assert_eq!(all.len(), 2, "the cost is not significant: {all:?}");
        assert_eq!((all[0].better.as_str(), all[0].worse.as_str()), ("a", "b"));
        assert_eq!(all[0].standings, [Standing::Holds, Standing::Holds, Standing::Unclear]);
        assert_eq!(all[0].advantage(), "fewer failed requests");
        assert_eq!(
            (all[1].better.as_str(), all[1].worse.as_str()),
            ("b", "a"),
            "more often is better"
        );
        assert_eq!(all[1].standings, [Standing::Holds, Standing::Reversed, Standing::Unclear]);
        assert!(!all[0].holds_throughout() && !all[1].holds_throughout());
    }

    #[test]
    fn a_cell_without_the_pair_leaves_it_unclear() {
        let row = "bad,a,b,false_rollback,ratio,0.1,0.5,-0.4,-0.5,-0.3,0.01\n";
        let all = conclusions(&study(&[row, ""]));
        assert_eq!(all[0].standings, [Standing::Holds, Standing::Unclear]);
        assert!(conclusions(&study(&[row, row]))[0].holds_throughout());
    }
}
