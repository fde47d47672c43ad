//! What of the net harm is the new model's own doing, and what comes of who waits.

use super::Page;
use crate::experiment::summary::SummaryRow;
use crate::report::number::amount;

/// A net count in two parts.
struct Split {
    displaced: &'static str,
    own: &'static str,
    /// What the two parts are.
    words: &'static str,
}

const SPLITS: [Split; 2] = [
    Split {
        displaced: "excess_displaced_to_horizon",
        own: "excess_own_to_horizon",
        words: "More failed (net) by full queues and time-outs, and by the new model's own errors",
    },
    Split {
        displaced: "slow_excess_displaced_to_horizon",
        own: "slow_excess_own_to_horizon",
        words: "More slow (net) by waiting, and by the new model's own service time",
    },
];

impl Page<'_> {
    /// A sentence for each net count that does not come of the new model alone, with the strategies of which
    /// that shows.
    pub(super) fn splits(&self, regression: usize) -> impl Iterator<Item = String> {
        SPLITS.iter().filter_map(move |split| {
            let each: Vec<String> = self
                .begun(regression)
                .filter_map(|strategy| {
                    let row = |metric| self.row((strategy, regression), metric, "mean");
                    let displaced = row(split.displaced).filter(|row| excludes_zero(row))?;
                    let parts = [displaced, row(split.own)?].map(with_interval);
                    Some(format!("{} {} and {}", self.named(strategy), parts[0], parts[1]))
                })
                .collect();
            (!each.is_empty()).then(|| format!("{}: {}.", split.words, each.join("; ")))
        })
    }
}

/// Whether it is beyond chance that a mean is not 0.
pub(super) fn excludes_zero(row: &SummaryRow) -> bool {
    row.low.is_some_and(|low| low > 0.0) || row.high.is_some_and(|high| high < 0.0)
}

fn with_interval(row: &SummaryRow) -> String {
    let shown = |value: Option<f64>| value.map_or_else(String::new, amount);
    format!("{} [{}, {}]", shown(row.estimate), shown(row.low), shown(row.high))
}
