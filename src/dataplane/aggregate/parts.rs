//! Response times over the whole run: which laws brought how many, and quantiles found by refining.
//!
//! Of each law is kept how many of its values lie between the cuts. How many lie up to any other point x is
//! found when somebody asks: of the n values between two known points a < x ≤ b a binomial number lies up to
//! x, with probability (F(x) − F(a))/(F(b) − F(a)). That is their exact joint law, whatever is asked
//! in whatever order (a bridge). Quantiles are then found in the buckets of
//! [`histogram`](crate::telemetry::histogram), as those of simulated requests are.

use super::answers::{Answers, real};
use super::book::{Book, LawRef};
use super::fates::ratio;
use super::law::Law;
use super::luck::{Luck, What};
use crate::random::inverse::binomial;
use crate::telemetry::histogram::{Histogram, bounds_of, bucket_of};

/// Beyond all values \[ns\].
const FAR_NS: i64 = 1 << 50;

/// Response times of one kind of requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    /// Laws, each with what mirroring adds to its values \[ns\].
    laws: Vec<(LawRef, i64)>,
    /// For each of them as many counts as there are strata, lowest first.
    strata: Vec<u64>,
    /// Values that were drawn one by one.
    values: Histogram,
    count: u64,
    sum_ns: i128,
}

/// What is said of response times.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// How many.
    pub count: u64,
    /// Their mean \[ns\]; present if and only if there is any, as the quantiles.
    pub mean_ns: Option<f64>,
    /// Quantiles at those asked for \[ns\].
    pub quantiles_ns: Option<[f64; 3]>,
}

impl Parts {
    /// Adds answers that each took `added_ns` longer.
    pub(super) fn add(&mut self, answers: &Answers, added_ns: i64) {
        self.count += answers.count;
        self.sum_ns += answers.sum_ns + i128::from(added_ns) * i128::from(answers.count);
        for value_ns in &answers.values_ns {
            self.values.record(value_ns + added_ns);
        }
        if answers.laws.is_empty() {
            return;
        }
        let width = answers.strata.len() / answers.laws.len();
        for (&law, counts) in answers.laws.iter().zip(answers.strata.chunks(width)) {
            let known = law
                .is_lasting()
                .then(|| self.laws.iter().position(|other| *other == (law, added_ns)))
                .flatten();
            if let Some(place) = known {
                let own = &mut self.strata[place * width..][..width];
                own.iter_mut().zip(counts).for_each(|(own, count)| *own += count);
            } else {
                self.laws.push((law, added_ns));
                self.strata.extend(counts);
            }
        }
    }

    /// Ready for questions; `list` tells the parts of a run apart.
    pub(super) fn bridges<'b>(
        &self,
        book: &'b Book,
        cuts_ns: &[i64],
        luck: Luck,
        list: u64,
    ) -> Bridges<'b> {
        let width = cuts_ns.len() + 1;
        let laws = self.laws.iter().zip(self.strata.chunks(width)).zip(0..);
        let laws = laws.map(|((&(law, added_ns), counts), number)| {
            let law = book.law(law);
            Bridge::new(law, added_ns, (cuts_ns, counts), (luck, list, number))
        });
        Bridges {
            laws: laws.collect(),
            values: self.values.clone(),
            count: self.count,
            sum_ns: self.sum_ns,
        }
    }
}

/// Response times of one kind, with what has been found out about them.
#[derive(Debug)]
pub(super) struct Bridges<'b> {
    laws: Vec<Bridge<'b>>,
    values: Histogram,
    count: u64,
    sum_ns: i128,
}

/// The values of one law.
#[derive(Debug)]
struct Bridge<'b> {
    law: &'b Law,
    added_ns: i64,
    count: u64,
    /// Points \[ns\], how many values lie up to them, and the probability of that; ascending.
    known: Vec<(i64, u64, f64)>,
    luck: Luck,
    place: (u64, u64),
}

impl<'b> Bridge<'b> {
    fn new(
        law: &'b Law,
        added_ns: i64,
        (cuts_ns, counts): (&[i64], &[u64]),
        (luck, list, number): (Luck, u64, u64),
    ) -> Self {
        let mut known = vec![(-1, 0, 0.0)];
        let mut up_to = 0;
        for (&cut_ns, count) in cuts_ns.iter().zip(counts) {
            up_to += count;
            known.push((cut_ns, up_to, law.within(cut_ns)));
        }
        let count = counts.iter().sum();
        known.push((FAR_NS, count, 1.0));
        Self { law, added_ns, count, known, luck, place: (list, number) }
    }

    /// How many values lie within a bucket's end.
    fn up_to(&mut self, bucket: usize) -> u64 {
        let x = end_of(bucket) - self.added_ns;
        let after = self.known.partition_point(|&(point, ..)| point < x);
        let Some(&(point, count, share)) = self.known.get(after) else { return self.count };
        if point == x || after == 0 {
            return if after == 0 { 0 } else { count };
        }
        let (_, count_before, share_before) = self.known[after - 1];
        if count == count_before {
            // Nothing lies in between, wherever exactly x is.
            return count;
        }
        let own = self.law.within(x).clamp(share_before, share.max(share_before));
        let p = ratio(own - share_before, share - share_before);
        let mut draws =
            self.luck.of(self.place.0, self.place.1 << 32 | bucket as u64, What::Bridge);
        let found = count_before + binomial(count - count_before, p, draws.uniform());
        self.known.insert(after, (x, found, own));
        found
    }
}

/// The figures of several kinds taken together, at the quantiles `at`.
pub(super) fn figures(of: &mut [&mut Bridges<'_>], at: [f64; 3]) -> Figures {
    let count: u64 = of.iter().map(|bridges| bridges.count).sum();
    if count == 0 {
        return Figures::default();
    }
    let sum_ns: i128 = of.iter().map(|bridges| bridges.sum_ns).sum();
    let mut values = Histogram::new();
    for bridges in of.iter() {
        values.merge(&bridges.values);
    }
    let mut search = Search { of, values, count };
    Figures {
        count,
        mean_ns: Some(float(sum_ns) / real(count)),
        quantiles_ns: Some(at.map(|q| search.quantile_ns(q))),
    }
}

/// Looks for quantiles.
struct Search<'a, 'm, 'b> {
    of: &'a mut [&'m mut Bridges<'b>],
    values: Histogram,
    count: u64,
}

impl Search<'_, '_, '_> {
    /// As [`Histogram::quantile_ns`] has it.
    fn quantile_ns(&mut self, q: f64) -> f64 {
        let laws = || self.of.iter().flat_map(|bridges| &bridges.laws);
        let Some(main) = laws().max_by_key(|bridge| bridge.count).filter(|main| main.count > 0)
        else {
            return self.values.quantile_ns(q).unwrap_or(0.0);
        };
        let guess = main.law.quantile(q.clamp(1e-9, 1.0 - 1e-9), [0, FAR_NS]) + main.added_ns;
        let rank = q * real(self.count);
        let bucket = self.first_that_reaches(rank, bucket_of(guess.max(0).cast_unsigned()));
        let below = bucket.checked_sub(1).map_or(0, |before| self.up_to(before));
        let inside = self.up_to(bucket) - below;
        let (start, width) = bounds_of(bucket);
        let value = real(start) + real(width) * ratio(rank - real(below), real(inside));
        match self.point() {
            Some(point) => point,
            None => value,
        }
    }

    /// The one value that all have, if they do.
    fn point(&self) -> Option<f64> {
        let mut laws = self.of.iter().flat_map(|bridges| &bridges.laws);
        let first = laws.next().and_then(|bridge| Some(bridge.law.point()? + bridge.added_ns))?;
        let all = laws.all(|bridge| bridge.law.point() == Some(first - bridge.added_ns));
        (all && self.values.count() == 0).then(|| real(first.max(0).cast_unsigned()))
    }

    /// The first bucket up to whose end `rank` values lie, from a guess on.
    fn first_that_reaches(&mut self, rank: f64, guess: usize) -> usize {
        let last = bucket_of(FAR_NS.cast_unsigned());
        let (mut low, mut high) = (None, None);
        let (mut at, mut step) = (guess.min(last), 2);
        while low.is_none() || high.is_none() {
            if real(self.up_to(at)) >= rank {
                high = Some(at);
                if at == 0 {
                    return 0;
                }
                at = low.map_or(at.saturating_sub(step), |_| at);
            } else {
                low = Some(at);
                if at == last {
                    return last;
                }
                at = high.map_or((at + step).min(last), |_| at);
            }
            step *= 2;
        }
        let (mut low, mut high) = (low.unwrap_or(0), high.unwrap_or(last));
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if real(self.up_to(middle)) >= rank { high = middle } else { low = middle }
        }
        high
    }

    fn up_to(&mut self, bucket: usize) -> u64 {
        let of_laws: u64 = self
            .of
            .iter_mut()
            .flat_map(|bridges| &mut bridges.laws)
            .map(|bridge| bridge.up_to(bucket))
            .sum();
        of_laws + self.values.up_to(bucket)
    }
}

/// The last nanosecond of a bucket.
pub(super) fn end_of(bucket: usize) -> i64 {
    let (start, width) = bounds_of(bucket);
    (start + width - 1).cast_signed()
}

#[expect(clippy::cast_precision_loss, reason = "the exact sum, rounded once for display")]
fn float(sum_ns: i128) -> f64 {
    sum_ns as f64
}
