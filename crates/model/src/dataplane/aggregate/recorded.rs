//! Latencies by size of the intervals of a recorded run: the same counts, looked at more closely.

use super::answers::Answers;
use super::book::{Book, Side};
use super::fates::ratio;
use super::law::Law;
use super::luck::Draws;
use super::parts::end_of;
use crate::random::inverse::binomial;
use crate::stats::real;
use crate::telemetry::detail::Buckets;
use crate::telemetry::histogram::{Histogram, bounds_of, bucket_of};

/// Adds what the answers were to the histogram of their interval, and gives them by size.
pub(super) fn spread(
    answers: &Answers,
    (book, side): (&Book, Side),
    histogram: &mut Histogram,
    draws: &mut Draws,
) -> Buckets {
    let mut buckets = Buckets::default();
    // The ends of what the buckets hold: extremes are drawn apart from them.
    let mut range_ns = [i64::MAX, i64::MIN];
    let mut widen = |low: i64, high: i64| range_ns = [range_ns[0].min(low), range_ns[1].max(high)];
    for &value_ns in &answers.values_ns {
        histogram.add_bucket(bucket_of(value_ns.cast_unsigned()), 1);
        buckets.record(value_ns);
        widen(value_ns, value_ns);
    }
    let cuts_ns = book.cuts_ns(side);
    let width = cuts_ns.len() + 1;
    for (&law, counts) in answers.laws.iter().zip(answers.strata.chunks(width)) {
        let law = book.law(law);
        for (place, &count) in counts.iter().enumerate() {
            let ends = [place.checked_sub(1).map(|cut| cuts_ns[cut]), cuts_ns.get(place).copied()];
            stratum(law, count, ends, draws, &mut |bucket, count| {
                histogram.add_bucket(bucket, count);
                let (start, width) = bounds_of(bucket);
                match law.point() {
                    Some(value_ns) => widen(value_ns, value_ns),
                    None => widen(start.cast_signed(), end_of(bucket)),
                }
                buckets.add(bucket, count, i128::from(count) * i128::from(start + width / 2));
            });
        }
    }
    if answers.count > 0 {
        histogram.add_sum(answers.sum_ns, range_ns);
    }
    buckets
}

/// Spreads the values between two cuts over buckets, from below.
fn stratum(
    law: &Law,
    mut rest: u64,
    [low, high]: [Option<i64>; 2],
    draws: &mut Draws,
    add: &mut impl FnMut(usize, u64),
) {
    let beyond = high.map_or(0.0, |cut_ns| law.above(cut_ns));
    let mut above = low.map_or(1.0, |cut_ns| law.above(cut_ns)) - beyond;
    let first = low.map_or(0, |cut_ns| cut_ns + 1).max(law.quantile(1e-12, [0, i64::MAX / 4]));
    let last = high.map_or(usize::MAX, |cut_ns| bucket_of(cut_ns.max(0).cast_unsigned()));
    let mut bucket = bucket_of(first.max(0).cast_unsigned()).min(last);
    while rest > 0 {
        let next = (law.above(end_of(bucket)) - beyond).max(0.0);
        let is_last = bucket >= last || next <= 1e-300 || real(rest) * next < 1e-12 * above;
        let here = if is_last {
            rest
        } else {
            binomial(rest, ratio(above - next, above), draws.uniform())
        };
        if here > 0 {
            add(bucket, here);
        }
        rest -= here;
        above = next;
        bucket += 1;
    }
}
