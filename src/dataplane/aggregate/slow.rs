//! Slow responses, and those of them that would not be slow without the deployment.
//!
//! A request keeps its score and the uniform that chooses the component of a mixture. So it is slow because
//! of the deployment if its score lies above that at which its law here is slow, and up to that at which
//! the law is slow by which blue would have served it. Of n slow responses of one law a binomial
//! number is so, by the share of those scores: whichever component blue's law has there, and whether the
//! request fails there, are told by the shares of the requests to whom that happens.

use super::Drawn;
use super::book::{LawRef, Side};
use super::fates::{Fates, ratio};
use super::law::{Pace, score_over};
use super::luck::Draws;
use crate::random::inverse::binomial;
use crate::stats::real;
use crate::time::SimDuration;

/// Whose requests, and how they would have fared on blue.
struct Elsewhere {
    side: Side,
    /// Longer than this is slow for the caller, and at the instance here \[ns\].
    slow_ns: i64,
    cut_ns: i64,
    /// Of blue without the deployment.
    pace: Pace,
    /// The share that fails there of those who are answered and of those who fail here.
    failed: [f64; 2],
}

impl Drawn<'_> {
    /// How many of the answers at hand are slow, `overhead` included, and how many of these would not be
    /// without the deployment; `here` says how these requests fare there and here.
    pub(super) fn slow(
        &self,
        side: Side,
        overhead: SimDuration,
        here: [Fates; 3],
        draws: &mut Draws,
    ) -> [u64; 2] {
        let Some(slow_over) = self.rules.slow_over else { return [0; 2] };
        let slow_ns = slow_over.as_nanos();
        let cut_ns = slow_ns - overhead.as_nanos();
        let failed = failed_elsewhere(here, self.book.fails_alike(side));
        let pace = self.traffic.cells[self.cell].pace;
        let elsewhere = Elsewhere { side, slow_ns, cut_ns, pace, failed };
        let all_ns = self.book.cuts_ns(side);
        let cut = all_ns.iter().position(|&own| own == cut_ns);
        let cut = cut.expect("invariant: latencies are divided where responses begin to be slow");
        let mut counts = [0; 2];
        for (over, law) in self.times.answers.over(cut, all_ns) {
            let uniform = draws.uniform();
            if over > 0 {
                counts[0] += over;
                counts[1] += binomial(over, self.fine(&elsewhere, law), uniform);
            }
        }
        counts
    }

    /// Of the slow responses of a law, the share that would not be slow without the deployment.
    fn fine(&self, elsewhere: &Elsewhere, reference: LawRef) -> f64 {
        let law = self.book.law(reference);
        let failed_there = elsewhere.failed[usize::from(law.origin.0)];
        let ways = [(1.0 - failed_there, false), (failed_there, true)];
        let mut fine = 0.0;
        for (share, failed) in ways.into_iter().filter(|(share, _)| *share > 0.0) {
            for (part, base) in self.book.on_blue(elsewhere.side, law.origin, failed) {
                let until = score_over(base, elsewhere.slow_ns, elsewhere.pace);
                fine += share * part * law.fine_elsewhere(elsewhere.cut_ns, until);
            }
        }
        fine.min(1.0)
    }
}

/// Of the requests who are answered here and of those who fail here, the share that fails without the
/// deployment. Where both kinds have the same law here they are one.
fn failed_elsewhere(here: [Fates; 3], are_alike: bool) -> [f64; 2] {
    let failed = |[good, server, client]: Fates| [good, server + client];
    let [without, fine] =
        [failed([0, 1, 2].map(|fate| here[1][fate] + here[2][fate])), failed(here[0])];
    let share = |failed: u64, fine: u64| ratio(real(failed), real(failed + fine));
    if are_alike {
        [share(without.iter().sum(), fine.iter().sum()); 2]
    } else {
        [share(without[0], fine[0]), share(without[1], fine[1])]
    }
}
