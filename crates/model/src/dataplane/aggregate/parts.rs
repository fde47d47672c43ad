//! Response times over the whole run: which laws brought how many, and quantiles found by refining.
//!
//! Of each law is kept how many of its values lie between the cuts. How many lie up to any other point x is
//! found when somebody asks: of the n values between two known points a < x ≤ b a binomial number lies up to
//! x, with probability (F(x) − F(a))/(F(b) − F(a)). That is their exact joint law, whatever is asked
//! in whatever order (a bridge). Quantiles are then found in the buckets of
//! [`histogram`](crate::telemetry::histogram), as those of simulated requests are.

use super::answers::Answers;
use super::book::{Book, LawRef, Shares, Side};
use super::fates::ratio;
use super::law::Law;
use super::luck::{Luck, What};
use crate::random::inverse::binomial;
use crate::stats::real;
use crate::telemetry::histogram::{Histogram, bounds_of, bucket_of};

/// Beyond all values \[ns\].
const FAR_NS: i64 = 1 << 50;

/// Response times of one kind of requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parts {
    // The sum first: where parts differ it does.
    sum_ns: i128,
    count: u64,
    /// Laws, each with what mirroring adds to its values \[ns\].
    laws: Vec<(LawRef, i64)>,
    /// For each of them as many counts as there are strata, lowest first.
    strata: Vec<u64>,
    /// Values that were drawn one by one.
    values: Histogram,
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
                .is_steady()
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

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Ready for questions; `list` tells the parts of a run apart.
    pub(super) fn bridges<'b>(
        &'b self,
        (book, side): (&'b Book, Side),
        shares: &mut Shares,
        luck: Luck,
        list: u64,
    ) -> Bridges<'b> {
        let cuts_ns = book.cuts_ns(side);
        let width = cuts_ns.len() + 1;
        let laws = self.laws.iter().zip(self.strata.chunks(width)).zip(0..);
        let laws = laws.map(|((&(law, added_ns), counts), number)| {
            let mut known = vec![(-1, 0, 0.0)];
            let mut up_to = 0;
            for (&cut_ns, count) in cuts_ns.iter().zip(counts) {
                up_to += count;
                known.push((cut_ns, up_to, shares.within(book, law, cut_ns)));
            }
            let count = counts.iter().sum();
            known.push((FAR_NS, count, 1.0));
            let place = (list, number);
            Bridge { reference: law, law: book.law(law), added_ns, count, known, luck, place }
        });
        Bridges {
            book,
            laws: laws.collect(),
            cumulative: self.values.cumulative(),
            values: &self.values,
            count: self.count,
            sum_ns: self.sum_ns,
        }
    }
}

/// Response times of one kind, with what has been found out about them.
#[derive(Debug)]
pub(super) struct Bridges<'b> {
    book: &'b Book,
    laws: Vec<Bridge<'b>>,
    /// Values that were drawn one by one, and how many of them lie up to each bucket.
    values: &'b Histogram,
    cumulative: Vec<u64>,
    count: u64,
    sum_ns: i128,
}

/// The values of one law.
#[derive(Debug)]
struct Bridge<'b> {
    reference: LawRef,
    law: &'b Law,
    added_ns: i64,
    count: u64,
    /// Points \[ns\], how many values lie up to them, and the probability of that; ascending.
    known: Vec<(i64, u64, f64)>,
    luck: Luck,
    place: (u64, u64),
}

impl Bridge<'_> {
    /// How many values lie within a bucket's end.
    fn up_to(&mut self, bucket: usize, (book, shares): (&Book, &mut Shares)) -> u64 {
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
        let within = shares.within(book, self.reference, x);
        let own = within.clamp(share_before, share.max(share_before));
        let p = ratio(own - share_before, share - share_before);
        let mut draws =
            self.luck.of(self.place.0, self.place.1 << 32 | bucket as u64, What::Bridge);
        let found = count_before + binomial(count - count_before, p, draws.uniform());
        self.known.insert(after, (x, found, own));
        found
    }
}

/// The figures of several kinds taken together, at the quantiles `at`.
pub(super) fn figures(of: &mut [&mut Bridges<'_>], shares: &mut Shares, at: [f64; 3]) -> Figures {
    let count: u64 = of.iter().map(|bridges| bridges.count).sum();
    if count == 0 {
        return Figures::default();
    }
    let sum_ns: i128 = of.iter().map(|bridges| bridges.sum_ns).sum();
    let mut search = Search { of, shares, count };
    Figures {
        count,
        mean_ns: Some(float(sum_ns) / real(count)),
        quantiles_ns: Some(at.map(|q| search.quantile_ns(q))),
    }
}

/// Looks for quantiles.
struct Search<'a, 'm, 'b> {
    of: &'a mut [&'m mut Bridges<'b>],
    shares: &'a mut Shares,
    count: u64,
}

/// The bucket in which a rank lies.
struct Found {
    bucket: usize,
    /// By how much the values before it lack the rank, and by how much those up to its end exceed it.
    lacks: f64,
    exceeds: f64,
}

impl Search<'_, '_, '_> {
    /// As [`Histogram::quantile_ns`] has it.
    fn quantile_ns(&mut self, q: f64) -> f64 {
        let laws = || self.of.iter().flat_map(|bridges| &bridges.laws);
        let Some(main) = laws().max_by_key(|bridge| bridge.count).filter(|main| main.count > 0)
        else {
            let mut values = Histogram::new();
            self.of.iter().for_each(|bridges| values.merge(bridges.values));
            return values.quantile_ns(q).unwrap_or(0.0);
        };
        let guess_ns = main.law.about(q) + main.added_ns;
        let (law, added_ns) = (main.reference, main.added_ns);
        let rank = q * real(self.count);
        let guess =
            bucket_of(guess_ns.max(0).cast_unsigned()).min(bucket_of(FAR_NS.cast_unsigned()));
        // Where the count would be if all values had that law.
        let mut within = |bucket| {
            let book = self.of[0].book;
            self.shares.within(book, law, end_of(bucket) - added_ns)
        };
        let inside = within(guess) - guess.checked_sub(1).map_or(0.0, within);
        let off = (real(self.up_to(guess)) - rank) / (real(self.count) * inside).max(1.0);
        let found = self.first_that_reaches(rank, moved(guess, -off));
        let (start, width) = bounds_of(found.bucket);
        let value = real(start) + real(width) * ratio(found.lacks, found.lacks + found.exceeds);
        self.point().unwrap_or(value)
    }

    /// The one value that all have, if they do.
    fn point(&self) -> Option<f64> {
        let mut laws = self.of.iter().flat_map(|bridges| &bridges.laws);
        let first = laws.next().and_then(|bridge| Some(bridge.law.point()? + bridge.added_ns))?;
        let all = laws.all(|bridge| bridge.law.point() == Some(first - bridge.added_ns));
        let singly: u64 = self.of.iter().map(|bridges| bridges.values.count()).sum();
        (all && singly == 0).then(|| real(first.max(0).cast_unsigned()))
    }

    /// The first bucket up to whose end `rank` values lie, from a guess on: outwards in steps that double,
    /// then inwards where the count would be if it rose evenly, or half-way if that did not help.
    fn first_that_reaches(&mut self, rank: f64, guess: usize) -> Found {
        let last = bucket_of(FAR_NS.cast_unsigned());
        // Buckets that do not reach the rank, and that do, and how far they are off.
        let (mut low, mut high) = (None, None);
        let (mut at, mut step) = (guess.min(last), 1);
        let ends = loop {
            let off = real(self.up_to(at)) - rank;
            if off >= 0.0 {
                high = Some((at, off));
            } else {
                low = Some((at, -off));
            }
            match (low, high) {
                (Some(low), Some(high)) => break [low, high],
                (_, Some((0, exceeds))) => return Found { bucket: 0, lacks: rank, exceeds },
                (_, Some((place, _))) => at = place.saturating_sub(step),
                (Some((place, lacks)), _) if place == last => {
                    return Found { bucket: last, lacks, exceeds: 0.0 };
                }
                (Some((place, _)), _) => at = (place + step).min(last),
                (None, None) => {}
            }
            step *= 2;
        };
        let [(mut low, mut lacks), (mut high, mut exceeds)] = ends;
        let mut halves = false;
        while high - low > 1 {
            let width = high - low;
            let inside = if halves { width / 2 } else { evenly(width, lacks / (lacks + exceeds)) };
            let middle = low + inside.clamp(1, width - 1);
            let off = real(self.up_to(middle)) - rank;
            if off >= 0.0 {
                (high, exceeds) = (middle, off);
            } else {
                (low, lacks) = (middle, -off);
            }
            halves = high - low > width / 2;
        }
        Found { bucket: high, lacks, exceeds }
    }

    fn up_to(&mut self, bucket: usize) -> u64 {
        let shares = &mut *self.shares;
        self.of.iter_mut().map(|bridges| bridges.up_to(bucket, shares)).sum()
    }
}

impl Bridges<'_> {
    fn up_to(&mut self, bucket: usize, shares: &mut Shares) -> u64 {
        let book = self.book;
        let of_law = |bridge: &mut Bridge<'_>| bridge.up_to(bucket, (book, shares));
        let of_laws: u64 = self.laws.iter_mut().map(of_law).sum();
        let singly = self.cumulative.get(bucket).or(self.cumulative.last());
        of_laws + singly.copied().unwrap_or(0)
    }
}

/// The last nanosecond of a bucket.
pub(super) fn end_of(bucket: usize) -> i64 {
    let (start, width) = bounds_of(bucket);
    (start + width - 1).cast_signed()
}

/// The bucket so many further on.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
fn moved(bucket: usize, by: f64) -> usize {
    bucket.saturating_add_signed(by.round() as isize)
}

/// This share of a number of buckets.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a few thousand buckets and a share of 0 to 1"
)]
fn evenly(width: usize, share: f64) -> usize {
    (width as f64 * share).round() as usize
}

#[expect(clippy::cast_precision_loss, reason = "the exact sum, rounded once for display")]
fn float(sum_ns: i128) -> f64 {
    sum_ns as f64
}
