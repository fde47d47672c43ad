//! Slow responses, here and without the deployment.
//!
//! A request keeps its score and the uniform that chooses the component of a mixture. So it is slow because
//! of the deployment if its score lies above that at which its law here is slow, and up to that at which
//! the law is slow by which blue would have served it; the other way round it would be slow there alone. Of n
//! slow responses of one law, or of the others, a binomial number is so, by the share of those scores:
//! whichever component blue's law has there, and whether the request fails there, are told by the shares
//! of the requests to whom that happens. Each count is right in expectation; of those slow there, whether a
//! request is answered there is drawn apart from whether it is here.

use super::Drawn;
use super::book::{LawRef, Side};
use super::fates::{Fates, ratio, totals};
use super::law::{Pace, score_over};
use super::luck::Draws;
use crate::dataplane::tally::Tally;
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

/// Slow responses of some requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Slow {
    /// Slow here.
    here: u64,
    /// Of these, not without the deployment.
    attributable: u64,
    /// Slow without the deployment.
    without: u64,
    /// Slow here, and no failure.
    answers: u64,
    /// The same without the deployment.
    answers_without: u64,
}

impl Slow {
    /// Counts them, by green or not.
    pub(super) fn add_to(&self, tally: &mut Tally, on_green: bool) {
        tally.slow += self.here;
        tally.slow_attributable += self.attributable;
        tally.slow_without += self.without;
        tally.slow_answers += self.answers;
        tally.slow_answers_without += self.answers_without;
        // Who fails is harmed already.
        tally.harmed += self.answers;
        tally.harmed_without += self.answers_without;
        tally.slow_own += if on_green { difference(self.here, self.without) } else { 0 };
    }
}

/// Two counts of requests, one less the other.
#[expect(clippy::cast_possible_wrap, reason = "counts of requests are far below 2^63")]
pub(super) fn difference(here: u64, without: u64) -> i64 {
    here as i64 - without as i64
}

/// How the responses of a law fare without the deployment: shares of those that are slow here, or of the
/// others.
#[derive(Clone, Copy, Debug, Default)]
struct There {
    slow_answered: f64,
    slow_failed: f64,
}

impl There {
    fn slow(self) -> f64 {
        (self.slow_answered + self.slow_failed).min(1.0)
    }

    /// Of those slow there, the share that is answered there.
    fn answered(self) -> f64 {
        ratio(self.slow_answered, self.slow_answered + self.slow_failed).min(1.0)
    }
}

impl Drawn<'_> {
    /// How many of the answers at hand are slow, `overhead` included, and how many are so without the
    /// deployment; `here` says how these requests fare there and here.
    pub(super) fn slow(
        &self,
        side: Side,
        overhead: SimDuration,
        here: [Fates; 3],
        draws: &mut Draws,
    ) -> Slow {
        let Some(slow_over) = self.rules.slow_over else { return Slow::default() };
        let slow_ns = slow_over.as_nanos();
        let cut_ns = slow_ns - overhead.as_nanos();
        let are_alike = self.book.fails_alike(side);
        let failed = failed_elsewhere(here, are_alike);
        let pace = self.traffic.cells[self.cell].pace;
        let elsewhere = Elsewhere { side, slow_ns, cut_ns, pace, failed };
        let all_ns = self.book.cuts_ns(side);
        let cut = all_ns.iter().position(|&own| own == cut_ns);
        let cut = cut.expect("invariant: latencies are divided where responses begin to be slow");
        let [good, server, client] = totals(here);
        let answered = ratio(real(good), real(good + server + client));
        let mut slow = Slow::default();
        for (count, over, law) in self.times.answers.over(cut, all_ns) {
            // Drawn whether needed or not, so that what comes later does not depend on it.
            let uniforms: [f64; 5] = std::array::from_fn(|_| draws.uniform());
            if count == 0 {
                continue;
            }
            let [of_slow, of_others] = self.there(&elsewhere, law);
            let too = binomial(over, of_slow.slow(), uniforms[0]);
            let alone = binomial(count - over, of_others.slow(), uniforms[1]);
            let is_failure = self.book.law(law).origin.0;
            slow.here += over;
            slow.attributable += over - too;
            slow.without += too + alone;
            slow.answers += match (are_alike, is_failure) {
                (true, _) => binomial(over, answered, uniforms[2]),
                (false, true) => 0,
                (false, false) => over,
            };
            slow.answers_without += binomial(too, of_slow.answered(), uniforms[3])
                + binomial(alone, of_others.answered(), uniforms[4]);
        }
        slow
    }

    /// How responses of a law fare without the deployment: those that are slow here, and the others.
    fn there(&self, elsewhere: &Elsewhere, reference: LawRef) -> [There; 2] {
        let law = self.book.law(reference);
        let failed_there = elsewhere.failed[usize::from(law.origin.0)];
        let ways = [(1.0 - failed_there, false), (failed_there, true)];
        let mut there = [There::default(); 2];
        for (share, failed) in ways.into_iter().filter(|(share, _)| *share > 0.0) {
            for (part, base) in self.book.on_blue(elsewhere.side, law.origin, failed) {
                let from = score_over(base, elsewhere.slow_ns, elsewhere.pace);
                for (there, slow) in
                    there.iter_mut().zip(law.slow_elsewhere(elsewhere.cut_ns, from))
                {
                    let place =
                        if failed { &mut there.slow_failed } else { &mut there.slow_answered };
                    *place += share * part * slow;
                }
            }
        }
        there
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
