//! The mean of a sample that may have humps, and an interval of it.
//!
//! Runs that were rolled back and runs that were not have costs and instance-hours of their own: the
//! sample has two humps, and its mean depends on how many runs happened to fall on the rarer one. The
//! caller knows which run is of which hump. Besides, a hump in which more than half of the values are
//! exactly the same (the cost of an undisturbed rollout, no failures at all) is taken apart into these
//! and the others.
//!
//! **A hump of fewer than [`LEAST`] values** has no known spread, and many samples that are as good have
//! none of it at all: there is no interval ([`Lack::SmallHump`]). Unless it does not matter: if such
//! values could not move an end by a tenth of the half-width, even if their share were at its upper
//! limit, they are counted with the hump that is nearest.
//!
//! **[`mixture`]**: the mean is Σ pⱼ·μⱼ, or μ₀ + Σ pⱼ·(μⱼ − μ₀) against the largest hump. Each μⱼ has its
//! interval ([`Moments::interval`]) and each share pⱼ its limits; the distances of the limits from the
//! estimates add up in squares (the method of variance estimates recovery: Zou & Donner 2008, Stat. Med.
//! 27, 1693–1702), shares with the correlation −√(pᵢpⱼ/((1 − pᵢ)(1 − pⱼ))) of multinomial counts. Where a
//! share grows, an error of its mean grows with it: the variance of a product has the product of the
//! variances too (Goodman 1960, J. Am. Stat. Assoc. 55, 708–713). Upper limits of shares are Wilson's.
//! Lower ones are exact **given that there were [`LEAST`] or more**, as there were in every sample that
//! has an interval: without that condition, of rare humps the intervals that are shown would mostly be
//! too high.
//!
//! **[`pooled`]**: the interval of all values together, if no hump is too small. Mean differences of pairs
//! have this one: the pairs of which only one was cut short lie on both sides of the others, and then the
//! mixture covers too much.
//!
//! A hump of which **no** value was seen is not known of: the interval is of the mean of what was seen.

use super::proportion::{lower_given_at_least, wilson};
use super::skewed::Moments;
use super::{Interval, interval, real_len, tail};
use statrs::distribution::{ContinuousCDF, Normal};
use std::fmt;

/// A hump of fewer values has no interval.
pub const LEAST: usize = 5;

/// The part of the half-width that a hump of fewer may matter at most.
const NEGLIGIBLE: f64 = 0.1;

/// A mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean itself.
    pub mean: f64,
    /// Its interval, or why there is none.
    pub interval: Result<Interval, Lack>,
    /// How the interval was made.
    pub method: Method,
}

/// How the interval of a mean was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// [`Moments::interval`] of all values.
    StudentHall,
    /// Of the humps and their shares.
    Mixture,
}

/// Why there is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// There are fewer than [`LEAST`] values.
    FewValues,
    /// There are enough, but a hump that matters has fewer.
    SmallHump,
}

/// A level of confidence, and Student's factor at it by the number of values.
#[derive(Clone, Copy)]
pub struct Level<'a> {
    confidence: f64,
    factor: &'a dyn Fn(usize) -> Option<f64>,
}

impl fmt::Debug for Level<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Level").field("confidence", &self.confidence).finish_non_exhaustive()
    }
}

impl<'a> Level<'a> {
    /// With factors that are those of [`interval::t_factor`] at this level.
    pub fn new(confidence: f64, factor: &'a dyn Fn(usize) -> Option<f64>) -> Self {
        Self { confidence, factor }
    }

    /// There is none only of a single value, which has no spread either.
    fn factor(self, n: usize) -> f64 {
        (self.factor)(n).unwrap_or(0.0)
    }
}

/// The mean of values of which the hump is known, of all the same hump if `humps` is empty; `None` without
/// values.
///
/// # Panics
/// If the level is not between 0 and 1, or the humps of some values only are known.
pub fn mixture(values: &[f64], humps: &[bool], confidence: f64) -> Option<Estimate> {
    let factor = |n| interval::t_factor(n, confidence);
    let level = Level::new(confidence, &factor);
    let all = Moments::of(values.iter().copied())?;
    let parts = match parts(values, humps, all, level) {
        Ok(parts) => parts,
        Err(lack) => return Some(lacking(all, lack)),
    };
    let (interval, method) = match parts.as_slice() {
        [_] => (all.interval(level.factor(all.n)), Method::StudentHall),
        parts => (of_parts(parts, all, level), Method::Mixture),
    };
    Some(Estimate { mean: all.mean, interval: Ok(interval), method })
}

/// The mean of the same, with the interval of all values together, and their moments.
///
/// # Panics
/// If the level is not between 0 and 1, or the humps of some values only are known.
pub fn pooled(values: &[f64], humps: &[bool], level: Level<'_>) -> Option<(Estimate, Moments)> {
    let all = Moments::of(values.iter().copied())?;
    let estimate = match parts(values, humps, all, level) {
        Ok(_) => Estimate {
            mean: all.mean,
            interval: Ok(all.interval(level.factor(all.n))),
            method: Method::StudentHall,
        },
        Err(lack) => lacking(all, lack),
    };
    Some((estimate, all))
}

fn lacking(all: Moments, lack: Lack) -> Estimate {
    Estimate { mean: all.mean, interval: Err(lack), method: Method::StudentHall }
}

/// The humps of a sample, none of them too small, the largest first.
fn parts(
    values: &[f64],
    humps: &[bool],
    all: Moments,
    level: Level<'_>,
) -> Result<Vec<Moments>, Lack> {
    if all.n > 1 && all.spread <= 0.0 {
        return Ok(vec![all]);
    }
    assert!(humps.is_empty() || humps.len() == all.n, "the humps of some values only");
    if all.n < LEAST {
        return Err(Lack::FewValues);
    }
    let Some(mut places) = places(values, humps) else { return Ok(vec![all]) };
    let mut found = by_place(values, &places);
    let (known, small): (Vec<Part>, Vec<Part>) = found.iter().partition(|part| part.1.n >= LEAST);
    if !small.is_empty() {
        let is_known = |place: usize| known.iter().any(|&(at, _)| at == place);
        let rest = moments(values, &places, is_known).ok_or(Lack::SmallHump)?;
        if matters((values, &places), &small, rest, level) {
            return Err(Lack::SmallHump);
        }
        for place in &mut places {
            *place = nearest(&known, &small, *place);
        }
        found = by_place(values, &places);
    }
    let mut parts: Vec<Moments> = found.into_iter().map(|(_, part)| part).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.n));
    Ok(parts)
}

/// A place and the values there.
type Part = (usize, Moments);

fn by_place(values: &[f64], places: &[usize]) -> Vec<Part> {
    let part = |place: usize| Some((place, moments(values, places, |at| at == place)?));
    (0..PLACES).filter_map(part).collect()
}

/// Of the values in the places that are wanted.
fn moments(values: &[f64], places: &[usize], wanted: impl Fn(usize) -> bool) -> Option<Moments> {
    let wanted = &wanted;
    let there = values.iter().zip(places).filter(move |&(_, &place)| wanted(place));
    Moments::of(there.map(|(&value, _)| value))
}

/// Two humps, each with the values that are all the same and the others.
const PLACES: usize = 4;

/// Where each value belongs, below [`PLACES`]; `None` if all belong together.
fn places(values: &[f64], humps: &[bool]) -> Option<Vec<usize>> {
    let is_one = humps.iter().all(|&hump| hump == humps[0]);
    if is_one {
        let usual = majority(values.iter().copied())?;
        return Some(values.iter().map(|&value| usize::from(!alike(usual, value))).collect());
    }
    let of = |wanted: bool| {
        let there = values.iter().zip(humps).filter(move |&(_, &hump)| hump == wanted);
        there.map(|(&value, _)| value)
    };
    let usual = [majority(of(false)), majority(of(true))];
    let place = |(&value, &hump): (&f64, &bool)| {
        let hump = usize::from(hump);
        2 * hump + usize::from(usual[hump].is_some_and(|usual| !alike(usual, value)))
    };
    Some(values.iter().zip(humps).map(place).collect())
}

/// The value that more than half have, found by Boyer and Moore's vote (1991, in Automated Reasoning,
/// 105–117).
fn majority(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let vote = |(leader, lead): (f64, usize), value: f64| match lead {
        0 => (value, 1),
        _ if alike(leader, value) => (leader, lead + 1),
        _ => (leader, lead - 1),
    };
    let (leader, _) = values.clone().fold((0.0, 0), vote);
    let (all, same) = values.fold((0_usize, 0_usize), |(all, same), value| {
        (all + 1, same + usize::from(alike(leader, value)))
    });
    (2 * same > all).then_some(leader)
}

fn alike(a: f64, b: f64) -> bool {
    (a - b).abs() <= 0.0
}

/// Whether values of small humps could move an end of the interval. Each counts by its own distance: two of
/// them that lie on both sides have no mean distance.
fn matters(
    (values, places): (&[f64], &[usize]),
    small: &[Part],
    rest: Moments,
    level: Level<'_>,
) -> bool {
    let moved_by = |(value, place): (&f64, &usize)| {
        let (_, part) = small.iter().find(|&(at, _)| at == place)?;
        let part_of_hump = more(part.n, values.len(), level) / real_len(part.n);
        Some((value - rest.mean).abs() * part_of_hump)
    };
    let moved: f64 = values.iter().zip(places).filter_map(moved_by).sum();
    moved > NEGLIGIBLE * rest.interval(level.factor(rest.n)).width() / 2.0
}

/// Where the values of a place are counted: those of a small hump with the hump whose mean is nearest.
fn nearest(known: &[Part], small: &[Part], place: usize) -> usize {
    let Some((_, part)) = small.iter().find(|&&(at, _)| at == place) else { return place };
    let distance = |hump: &Part| (hump.1.mean - part.mean).abs();
    let nearest = known.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    nearest.map_or(place, |&(at, _)| at)
}

fn share(count: usize, n: usize) -> f64 {
    real_len(count) / real_len(n)
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// How far the upper limit of a hump's share is above it.
fn more(count: usize, n: usize, level: Level<'_>) -> f64 {
    let limits = wilson(whole(count), whole(n), level.confidence);
    limits.map_or(1.0, |limits| limits.high) - share(count, n)
}

/// How far the lower limit of the share of a hump that is not small is below it.
fn fewer(count: usize, n: usize, level: Level<'_>) -> f64 {
    let least = whole(LEAST);
    share(count, n) - lower_given_at_least(whole(count), whole(n), least, level.confidence)
}

/// The interval of the mean over humps, the largest first.
fn of_parts(parts: &[Moments], all: Moments, level: Level<'_>) -> Interval {
    let (base, others) = (parts[0].mean, &parts[1..]);
    let reach = |is_above: bool| {
        let own =
            |part: &Moments| (share(part.n, all.n) * part_reach(*part, is_above, level)).powi(2);
        let moves: Vec<Move> =
            others.iter().map(|part| Move::of(*part, base, all.n, is_above, level)).collect();
        let own: f64 = parts.iter().map(own).sum();
        (own + Move::sum(&moves)).max(0.0).sqrt()
    };
    Interval { low: all.mean - reach(false), high: all.mean + reach(true) }
}

/// How far an end of a part's own interval is from its mean.
fn part_reach(part: Moments, is_above: bool, level: Level<'_>) -> f64 {
    let own = part.interval(level.factor(part.n));
    if is_above { own.high - part.mean } else { part.mean - own.low }
}

/// What the share of a hump does to one end of the interval.
struct Move {
    share: f64,
    /// How far it moves the end, below 0 where the hump is below the largest one.
    by: f64,
    /// The square of how far the end moves since the mean of a hump that has grown is not known either.
    of_product: f64,
}

impl Move {
    fn of(part: Moments, base: f64, n: usize, is_above: bool, level: Level<'_>) -> Self {
        let distance = part.mean - base;
        let (share, more) = (share(part.n, n), more(part.n, n, level));
        if (distance > 0.0) == is_above {
            let z = Normal::standard().inverse_cdf(1.0 - tail(level.confidence));
            let of_product = (more * part_reach(part, is_above, level) / z).powi(2);
            Self { share, by: distance * more, of_product }
        } else {
            Self { share, by: distance * fewer(part.n, n, level), of_product: 0.0 }
        }
    }

    /// The square of how far all of them together move the end.
    fn sum(moves: &[Self]) -> f64 {
        let mut sum = 0.0;
        for (index, one) in moves.iter().enumerate() {
            sum += one.by * one.by + one.of_product;
            for other in &moves[..index] {
                let odds = |share: f64| share / (1.0 - share);
                let correlation = -(odds(one.share) * odds(other.share)).sqrt();
                sum += 2.0 * correlation * one.by * other.by;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests;
