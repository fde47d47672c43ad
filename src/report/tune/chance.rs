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

/// How likely a false rollback is, however rare; `is_uncertain` if the limit is on the average over a range
/// of what is uncertain, of which this is of one point.
pub(super) fn chance(rare: &RareEstimate, limit: f64, is_uncertain: bool) -> Paragraph {
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
    let probability = if matches!(rare.method, Method::Plain { rolled_back: 0, .. }) {
        format!("at most {}", share(high))
    } else {
        share(rare.probability)
    };
    let point = if is_uncertain { " for the file's own values" } else { "" };
    let lead =
        format!("{how}{point}, it rolls a good release back with probability {probability}.");
    let range = is_uncertain.then(|| {
        format!(
            "The limit of {} is on the average over the range of what is uncertain; that is known from the \
             runs alone.",
            percent(limit)
        )
    });
    let beyond = (low > limit && !is_uncertain).then(|| {
        format!(
            "So it does not keep the limit of {}: the runs were too few to see that.",
            percent(limit)
        )
    });
    Paragraph { lead, lines: std::iter::once(line).chain(range).chain(beyond).collect() }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(probability: f64, interval: [f64; 2], method: Method) -> String {
        said_of(false, probability, interval, method)
    }

    fn said_of(is_uncertain: bool, probability: f64, interval: [f64; 2], method: Method) -> String {
        let reason = None;
        let rare =
            RareEstimate { probability, interval, method, requests_simulated: 4_000, reason };
        let Paragraph { lead, lines } = chance(&rare, 0.01, is_uncertain);
        format!("{lead} {}", lines.join(" "))
    }

    /// Of one point of a range nothing follows for the average over it.
    #[test]
    fn one_point_of_a_range_is_not_judged_by_the_limit_on_its_average() {
        assert_eq!(
            said_of(true, 0.1747, [0.1747; 2], Method::Exact),
            "Computed for the file's own values, it rolls a good release back with probability 17.47%. \
             Exactly, from the counts' distribution: it owes nothing to the runs. The limit of 1% is on the \
             average over the range of what is uncertain; that is known from the runs alone."
        );
        assert!(said(0.1747, [0.1747; 2], Method::Exact).ends_with("too few to see that."));
    }

    #[test]
    fn it_is_said_how_it_was_had() {
        let split = Method::Splitting { levels: vec![], estimates: vec![0.0; 20], gain: 31.7 };
        assert_eq!(
            said(2e-4, [1e-4, 3e-4], split),
            "By splitting, it rolls a good release back with probability 2.00e-4. 20 repetitions, 4,000 \
             requests simulated; interval [1.00e-4, 3.00e-4]. Plain runs of as many requests would have \
             31.7 times the variance."
        );
        let plain = |rolled_back, because| Method::Plain { runs: 1_000, rolled_back, because };
        assert_eq!(
            said(0.04, [0.029, 0.054], plain(40, Unsplit::NoGain { gain: 0.8 })),
            "By plain runs, it rolls a good release back with probability 4.00%. 40 of 1,000 were rolled \
             back; exact interval [2.90%, 5.40%]. Splitting, tried first, gains too little: plain runs of \
             as many requests have 0.8 times its variance. So it does not keep the limit of 1%: the runs \
             were too few to see that."
        );
        for (because, why) in [
            (Unsplit::Recorded, "A recorded trace cannot be split."),
            (Unsplit::FewStarts { starts: 0.0 }, "Splitting, tried first, met no rollback at all."),
            (
                Unsplit::FewStarts { starts: 4.5 },
                "Splitting, tried first, rests on the luck of 4.5 starts: too few for an interval.",
            ),
        ] {
            let said = said(0.0, [0.0, 0.004], plain(0, because));
            assert!(
                said.contains("with probability at most 0.40%.") && said.ends_with(why),
                "{said}"
            );
        }
    }
}
