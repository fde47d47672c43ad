//! How likely a false rollback is, in words.

use super::words::{Paragraph, whole};
use crate::rare::{Method, RareEstimate, Unsplit};
use crate::report::number::{amount, percent};

/// How it was had, in a word.
pub(super) fn method(rare: &RareEstimate) -> &'static str {
    match rare.method {
        Method::Exact => "exact",
        Method::Splitting { .. } => "splitting",
        Method::Plain { .. } => "plain runs",
    }
}

/// How likely a false rollback is, however rare.
pub(super) fn chance(rare: &RareEstimate, limit: f64) -> Paragraph {
    let [low, high] = rare.interval;
    let share = |share: f64| {
        if (0.001..=0.999).contains(&share) || share <= 0.0 {
            format!("{:.2}%", share * 100.0)
        } else {
            format!("{share:.2e}")
        }
    };
    let (how, line) = match &rare.method {
        Method::Exact => (
            "Computed",
            "Exactly, from the counts' distribution: it owes nothing to the runs.".to_owned(),
        ),
        Method::Splitting { estimates, gain, .. } => (
            "By splitting",
            format!(
                "{} repetitions, {} requests simulated; interval [{}, {}]. Plain runs of as many requests \
                 would have {} times the variance.{}",
                estimates.len(),
                whole(rare.requests_simulated),
                share(low),
                share(high),
                amount(*gain),
                why(rare)
            ),
        ),
        Method::Plain { runs, rolled_back, because } => (
            "By plain runs",
            format!(
                "{} of {} were rolled back; exact interval [{}, {}]. {}{}",
                whole(*rolled_back),
                whole(*runs),
                share(low),
                share(high),
                unsplit(*because),
                why(rare)
            ),
        ),
    };
    let lead = format!(
        "{how}, it rolls a good release back with probability {}.",
        share(rare.probability)
    );
    let beyond = (low > limit).then(|| {
        format!(
            "So it does not keep the limit of {}: the runs were too few to see that.",
            percent(limit)
        )
    });
    Paragraph { lead, lines: std::iter::once(line).chain(beyond).collect() }
}

/// Why runs were not split.
fn unsplit(because: Unsplit) -> String {
    match because {
        Unsplit::Recorded => "A recorded trace cannot be split.".to_owned(),
        Unsplit::NoGain { gain } => format!(
            "Splitting, tried first, gains too little: plain runs of as many requests have {} times its \
             variance.",
            amount(gain)
        ),
        Unsplit::FewStarts { starts } if starts <= 0.0 => {
            "Splitting, tried first, met no rollback at all.".to_owned()
        }
        Unsplit::FewStarts { starts } => format!(
            "Splitting, tried first, rests on the luck of {} starts: too few for an interval.",
            amount(starts)
        ),
    }
}

fn why(rare: &RareEstimate) -> String {
    rare.reason.as_ref().map_or_else(String::new, |reason| format!(" Not computed: {reason}."))
}
