//! Counts, sums and extremes of the response times of one fleet in one piece.
//!
//! Counts between the cuts that anybody asks about come first, by a chain of binomials: exact. The sum
//! comes next, given those counts: the cumulants of the values between two cuts add up, and the sum is a
//! normal score bent by its skewness (Cornish and Fisher 1938),
//!
//! ```text
//! S = κ1 + √κ2 · (z + γ(z² − 1)/6),    γ = κ3/κ2^1.5 ≤ 1/4
//! ```
//!
//! Where there are too few values for γ ≤ 1/4 they are drawn one by one. So a sum goes with the tail of its
//! interval as it should; what is left out is the fourth cumulant, of order 1/count.
//! Extremes are order statistics of uniforms: of n values between two cuts the highest is at the
//! quantile u^(1/n) (David and Nagaraja, Order Statistics, 2003, §2.1). Beyond the cuts they are
//! independent of the sum, which is exact only as the count grows.

use super::book::{Book, LawRef, Side};
use super::luck::Draws;
use crate::random::inverse::{binomial, score};
use crate::stats::real;
use crate::telemetry::bin::Probe;

/// So many requests by one law.
pub(super) type Class = (u64, LawRef);

/// What a fleet's requests of a piece came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    pub(super) count: u64,
    pub(super) sum_ns: i128,
    /// Smallest and largest; (max, min) of the type while unknown.
    pub(super) range_ns: [i64; 2],
    /// One for each cut of the side.
    pub(super) probes: Vec<Probe>,
    /// Values that were drawn one by one.
    pub(super) values_ns: Vec<i64>,
    /// Their laws in the order of the values, and how many come from each.
    pub(super) singly: Vec<Class>,
    /// Laws whose values were counted between cuts.
    pub(super) laws: Vec<LawRef>,
    /// Their counts, lowest stratum first, law after law.
    pub(super) strata: Vec<u64>,
}

impl Answers {
    /// Draws the answers of `classes`; single values too if they are asked for, by draws of their own, so
    /// that asking changes nothing else.
    pub(super) fn draw(
        (book, side): (&Book, Side),
        classes: &[Class],
        mut draws: Draws,
        mut extremes: Option<Draws>,
    ) -> Self {
        let cuts_ns = book.cuts_ns(side);
        let mut this = Self::none(cuts_ns.len());
        let z = score(draws.uniform());
        let mut cumulants = [0.0; 3];
        for &(count, reference) in classes.iter().filter(|(count, _)| *count > 0) {
            let law = book.law(reference);
            this.count += count;
            if real(count) < law.few && law.point().is_none() {
                this.singly.push((count, reference));
                for _ in 0..count {
                    let value_ns = law.value([draws.uniform(), draws.uniform()]);
                    this.add_value(value_ns, cuts_ns);
                }
                continue;
            }
            let first = this.strata.len();
            this.laws.push(reference);
            this.strata.resize(first + law.strata.len(), 0);
            let mut rest = count;
            for (place, stratum) in law.strata.iter().enumerate().rev() {
                let here =
                    if place == 0 { rest } else { binomial(rest, stratum.falls, draws.uniform()) };
                this.strata[first + place] = here;
                rest -= here;
                for (sum, cumulant) in cumulants.iter_mut().zip(stratum.cumulants) {
                    *sum += real(here) * cumulant;
                }
            }
            this.count_over(first);
            if let Some(draws) = &mut extremes {
                this.draw_extremes((book, side), reference, first, draws);
            }
        }
        let [mean, variance, third] = cumulants;
        let skewness = if variance > 0.0 { third / variance.powf(1.5) } else { 0.0 };
        let bent = z + skewness * (z * z - 1.0) / 6.0;
        this.sum_ns += whole(mean + variance.sqrt() * bent);
        this
    }

    /// How many there are, and how many exceed the cut of this index, law by law; `cuts_ns` are all cuts.
    pub(super) fn over<'a>(
        &'a self,
        cut: usize,
        cuts_ns: &'a [i64],
    ) -> impl Iterator<Item = (u64, u64, LawRef)> + 'a {
        let strata = self.strata.chunks(cuts_ns.len() + 1);
        let at_once = strata.zip(&self.laws);
        let at_once = at_once
            .map(move |(counts, &law)| (counts.iter().sum(), counts[cut + 1..].iter().sum(), law));
        let mut values_ns = self.values_ns.iter();
        let singly = self.singly.iter().map(move |&(count, law)| {
            let own = (0..count).filter_map(|_| values_ns.next());
            (count, own.filter(|&&value_ns| value_ns > cuts_ns[cut]).map(|_| 1).sum(), law)
        });
        at_once.chain(singly)
    }

    fn none(cuts: usize) -> Self {
        let mut probes = Vec::with_capacity(cuts);
        probes.resize(cuts, Probe::EMPTY);
        Self { range_ns: [i64::MAX, i64::MIN], probes, ..Self::default() }
    }

    fn add_value(&mut self, value_ns: i64, cuts_ns: &[i64]) {
        self.sum_ns += i128::from(value_ns);
        self.values_ns.push(value_ns);
        self.range_ns = [self.range_ns[0].min(value_ns), self.range_ns[1].max(value_ns)];
        for (probe, &cut_ns) in self.probes.iter_mut().zip(cuts_ns) {
            probe.record(value_ns, cut_ns);
        }
    }

    fn count_over(&mut self, first: usize) {
        let mut over = 0;
        for (cut, probe) in self.probes.iter_mut().enumerate().rev() {
            over += self.strata[first + cut + 1];
            probe.merge(&Probe::of(over, i64::MIN, i64::MAX));
        }
    }

    /// The values next to each cut, and the lowest and highest of all.
    fn draw_extremes(
        &mut self,
        (book, side): (&Book, Side),
        reference: LawRef,
        first: usize,
        draws: &mut Draws,
    ) {
        let (law, cuts_ns) = (book.law(reference), book.cuts_ns(side));
        let mut highest_within = i64::MIN;
        let mut by_stratum = Vec::with_capacity(cuts_ns.len() + 1);
        for place in 0..=cuts_ns.len() {
            let count = self.strata[first + place];
            let uniforms = [draws.uniform(), draws.uniform()];
            if count == 0 {
                by_stratum.push(None);
                continue;
            }
            let low_ns = place.checked_sub(1).map_or(0, |cut| cuts_ns[cut] + 1);
            let high_ns = cuts_ns.get(place).copied().unwrap_or(i64::MAX / 4);
            let below = place.checked_sub(1).map_or(0.0, |cut| law.within(cuts_ns[cut]));
            let up_to = cuts_ns.get(place).map_or(1.0, |&cut_ns| law.within(cut_ns));
            // The two ends of n uniforms, the lower given the upper.
            let high = uniforms[0].powf(1.0 / real(count));
            let low = if count == 1 {
                high
            } else {
                high * (1.0 - uniforms[1].powf(1.0 / real(count - 1)))
            };
            let at = |share: f64| {
                let p = (below + share * (up_to - below)).clamp(f64::MIN_POSITIVE, 1.0 - 1e-16);
                law.quantile(p, [low_ns, high_ns])
            };
            by_stratum.push(Some([at(low), at(high)]));
        }
        for (place, ends) in by_stratum.iter().enumerate() {
            if let Some([low, high]) = *ends {
                self.range_ns = [self.range_ns[0].min(low), self.range_ns[1].max(high)];
                highest_within = highest_within.max(high);
            }
            if let Some(probe) = self.probes.get_mut(place) {
                let lowest_over =
                    by_stratum[place + 1..].iter().flatten().map(|ends| ends[0]).min();
                probe.merge(&Probe::of(0, highest_within, lowest_over.unwrap_or(i64::MAX)));
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
fn whole(ns: f64) -> i128 {
    ns.max(0.0) as i128
}
