//! Slow responses, here and without the deployment.
//!
//! A request keeps its score and the uniform that chooses the component of a mixture. So it is slow because
//! of the deployment if its score lies above that at which its law here is slow, and up to that at which
//! the law is slow by which blue would have served it; the other way round it would be slow there alone. Of n
//! slow responses of one law, or of the others, a binomial number is so, by the share of those scores:
//! whichever component blue's law has there, and whether the request fails there, are told by the shares
//! of the requests to whom that happens. Whether one is answered here follows from the fate that it has
//! there.

use super::Drawn;
use super::book::{LawRef, Side};
use super::fates::{Fates, ratio};
use super::law::{Pace, score_over};
use super::luck::Draws;
use crate::dataplane::tally::{Tally, net};
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
        tally.slow_own += if on_green { net(self.here, self.without) } else { 0 };
    }
}

/// Shares of requests that are answered here.
struct Answered {
    /// Of those answered without the deployment.
    of_answered: f64,
    /// Of those that fail without it.
    of_failed: f64,
}

impl Answered {
    /// By the fates here of those of each fate there.
    fn of(here: [Fates; 3]) -> Self {
        let share = |rows: &[Fates]| {
            let answered: u64 = rows.iter().map(|fates| fates[0]).sum();
            ratio(real(answered), real(rows.iter().flatten().sum()))
        };
        Self { of_answered: share(&here[..1]), of_failed: share(&here[1..]) }
    }
}

/// How the responses of a law fare without the deployment: shares of those that are slow here, or of the
/// others.
#[derive(Clone, Copy, Debug, Default)]
struct There {
    answered: f64,
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

    /// Of those not slow there, the share that is answered there.
    fn fine_answered(self) -> f64 {
        ratio((self.answered - self.slow_answered).max(0.0), 1.0 - self.slow()).min(1.0)
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
        let answered = Answered::of(here);
        let mut slow = Slow::default();
        for (count, over, law) in self.times.answers.over(cut, all_ns) {
            // Drawn whether needed or not, so that what comes later does not depend on it.
            let uniforms: [f64; 7] = std::array::from_fn(|_| draws.uniform());
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
            let answered_there = binomial(too, of_slow.answered(), uniforms[2]);
            let fine_there = binomial(over - too, of_slow.fine_answered(), uniforms[3]);
            slow.answers += match (are_alike, is_failure) {
                (true, _) => {
                    let among = answered_there + fine_there;
                    binomial(among, answered.of_answered, uniforms[4])
                        + binomial(over - among, answered.of_failed, uniforms[5])
                }
                (false, true) => 0,
                (false, false) => over,
            };
            slow.answers_without +=
                answered_there + binomial(alone, of_others.answered(), uniforms[6]);
        }
        slow
    }

    /// How responses of a law fare without the deployment: those that are slow here, and the others.
    fn there(&self, elsewhere: &Elsewhere, reference: LawRef) -> [There; 2] {
        let law = self.book.law(reference);
        let failed_there = elsewhere.failed[usize::from(law.origin.0)];
        let ways = [(1.0 - failed_there, false), (failed_there, true)];
        let mut there = [There { answered: 1.0 - failed_there, ..There::default() }; 2];
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
