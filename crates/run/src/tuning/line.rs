//! All thresholds of one alarm, the others held: the best of them, and a few to show.
//!
//! Equally good neighbours are one stretch. Of the best stretches the widest for its size is taken, so that
//! the threshold is far from where anything changes; of equally wide ones that of the higher thresholds. In
//! it, the gap around its middle gives the threshold.

use crate::telemetry::ratio::Ratio;
use crate::tuning::performance::{Judge, Keys};
use crate::tuning::range::{is_writable, plainest, relative_width, sensible, thresholds, window};
use crate::tuning::results::{Policy, Setting};
use crate::tuning::sums::{Score, Sums};
use crate::tuning::threshold_sweep::{Stretch, given_keys, sweep};

/// Where the line lies: a plan, its alarms, and which of them varies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'p> {
    pub plan: usize,
    /// The shape whose threshold varies.
    pub shape: usize,
    /// The settings of all alarms; the one at `vary` counts for nothing.
    pub settings: &'p [Setting],
    /// Which of the plan's alarms has the shape.
    pub vary: usize,
}

/// The best threshold of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pick {
    pub setting: Setting,
    pub score: Score,
    /// Of its stretch, for its size.
    pub width: f64,
}

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    points: Vec<Point>,
    /// How many thresholds were compared.
    pub compared: u64,
}

/// A threshold to choose.
#[derive(Clone, Copy, Debug)]
struct Point {
    score: Score,
    /// Exactly, if it was given.
    given: Option<Ratio>,
    /// The thresholds it stands for.
    gap: (f64, f64),
}

/// Is shown the sums of each threshold, and what policy it makes.
pub(super) type See<'s> = &'s mut dyn FnMut(&Sums, &dyn Fn() -> Policy);

impl Line {
    /// Sweeps. `held` are the other alarms of the place.
    pub(super) fn of(judge: &Judge<'_>, place: &Place<'_>, held: &Keys, see: See<'_>) -> Self {
        let shape = &judge.expansion.shapes[place.shape];
        let is_free = shape.thresholds.is_empty();
        let given: Vec<(f64, Ratio)> = if is_free {
            vec![(super::range::key(&shape.spec, shape.spec.threshold), shape.spec.threshold)]
        } else {
            let keys = given_keys(judge, place.shape);
            keys.into_iter().map(|(key, index)| (key, shape.thresholds[index])).collect()
        };
        let keys: Vec<f64> = given.iter().map(|&(key, _)| key).collect();
        let range = sensible(&shape.spec);
        let mut points = Vec::new();
        sweep(judge, place.plan, place.shape, held, (is_free, &keys), |stretch, sums| {
            let (exact, gap) = match stretch {
                Stretch::Given(index) => {
                    let threshold = given[index].1;
                    (Some(threshold), (threshold.as_f64(), threshold.as_f64()))
                }
                Stretch::Gap(low, high) => {
                    let gap = thresholds(&shape.spec, (low, high));
                    if gap.1 <= range.0 || !is_writable(window(gap, range)) {
                        return;
                    }
                    (None, gap)
                }
            };
            let score = sums.score(&judge.question, &judge.limits);
            let point = Point { score, given: exact, gap };
            points.push(point);
            see(sums, &|| {
                let mut settings = place.settings.to_vec();
                settings[place.vary] = setting(place.shape, &point, range);
                Policy { plan: place.plan, settings }
            });
        });
        let compared = u64::try_from(points.len()).unwrap_or(u64::MAX);
        points.sort_by(|a, b| a.gap.0.total_cmp(&b.gap.0).then(a.gap.1.total_cmp(&b.gap.1)));
        Self { points, compared }
    }

    /// The best threshold; `None` only if the shape's table gives none.
    pub(super) fn best(&self, judge: &Judge<'_>, shape: usize) -> Option<Pick> {
        let range = sensible(&judge.expansion.shapes[shape].spec);
        let best = self.points.iter().map(|point| point.score).min_by(Score::compare)?;
        let is_best = |point: &&Point| point.score.compare(&best).is_eq();
        // Stretches are made of gaps, and of thresholds that were given only where no gap is as good.
        let has_gap = self.points.iter().filter(is_best).any(|point| point.given.is_none());
        let of_kind: Vec<&Point> =
            self.points.iter().filter(|point| point.given.is_none() || !has_gap).collect();
        let stretches = of_kind.split(|point| !is_best(point)).filter(|points| !points.is_empty());
        let width = |points: &[&Point]| match hull(points.iter().copied()) {
            gap if has_gap => relative_width(window(gap, range)),
            gap => relative_width(gap),
        };
        // The last of equal ones: that of the higher thresholds.
        let widest = stretches.max_by(|a, b| width(a).total_cmp(&width(b)))?;
        let (low, high) = hull(widest.iter().copied());
        let (low, high) = if has_gap { window((low, high), range) } else { (low, high) };
        let middle = low + (high - low) / 2.0;
        let distance = |point: &Point| (point.gap.0 - middle).max(middle - point.gap.1).max(0.0);
        let nearest =
            widest.iter().rev().min_by(|a, b| distance(a).total_cmp(&distance(b))).copied()?;
        let pick = |setting| Pick { setting, score: best, width: width(widest) };
        let is_there = |point: &&Point| {
            point.given.is_some_and(|given| (low..=high).contains(&given.as_f64()))
        };
        // What is set now and does as well stays.
        if has_gap && let Some(present) = self.points.iter().filter(is_best).find(is_there) {
            let at = present.gap.0;
            let around = widest.iter().find(|point| point.gap.0 < at && at < point.gap.1);
            let point = Point { gap: around.map_or(present.gap, |point| point.gap), ..*present };
            return Some(pick(setting(shape, &point, range)));
        }
        Some(pick(setting(shape, nearest, range)))
    }

    /// Of the thresholds within the limits, or nearest to them, the one with the least harm.
    pub(super) fn least_harm(&self, judge: &Judge<'_>, shape: usize) -> Option<(Setting, Score)> {
        let range = sensible(&judge.expansion.shapes[shape].spec);
        let least = self.points.iter().min_by(|a, b| a.score.compare_harm(&b.score))?;
        Some((setting(shape, least, range), least.score))
    }

    /// The stretch of thresholds around one that are within the limits and for which `is_equal` holds, and
    /// the one to take of them: the present one, or the plainest near the middle, or of those with a margin
    /// within the limits the nearest to it. `None` if the threshold is no part of the line, or has no such
    /// margin itself.
    ///
    /// Of long lines `is_equal` is asked only now and then.
    pub(super) fn plateau(
        &self,
        judge: &Judge<'_>,
        around: &Setting,
        is_equal: impl Fn(Setting) -> bool,
    ) -> Option<Setting> {
        let shape = &judge.expansion.shapes[around.shape];
        let range = sensible(&shape.spec);
        let threshold = around.threshold.as_f64();
        let holds = |point: &Point| point.gap.0 <= threshold && threshold <= point.gap.1;
        let start = self.points.iter().position(holds)?;
        let is_good = |index: usize| {
            let point = &self.points[index];
            point.score.is_within
                && (!index.is_multiple_of(self.stride())
                    || is_equal(setting(around.shape, point, range)))
        };
        if !self.points[start].score.is_feasible() {
            return None;
        }
        let low = (0..start).rev().take_while(|&index| is_good(index)).last().unwrap_or(start);
        let high = (start + 1..self.points.len())
            .take_while(|&index| is_good(index))
            .last()
            .unwrap_or(start);
        let points = &self.points[low..=high];
        let ends = hull(points);
        let has_gap = points.iter().any(|point| point.given.is_none());
        let (from, to) = if has_gap { window(ends, range) } else { ends };
        let at = |share: f64| from + (to - from) * share;
        let feasible = |threshold: Ratio| {
            let at = threshold.as_f64();
            let mut holding = points.iter().filter(|point| point.gap.0 <= at && at <= point.gap.1);
            holding.all(|point| point.score.is_feasible())
        };
        let present = Some(shape.spec.threshold)
            .filter(|present| shape.is_present() && (from..=to).contains(&present.as_f64()));
        let middle = (at(MIDDLE.0), at(MIDDLE.1));
        let middle = (has_gap && is_writable(middle)).then(|| plainest(middle));
        let nearest = || {
            let distance =
                |point: &&Point| (point.gap.0 - at(0.5)).max(at(0.5) - point.gap.1).max(0.0);
            let with_margin = points.iter().filter(|point| point.score.is_feasible());
            let nearest = with_margin.min_by(|a, b| distance(a).total_cmp(&distance(b)));
            nearest.map(|point| setting(around.shape, point, range).threshold)
        };
        let wanted = [present, middle].into_iter().flatten().find(|&wanted| feasible(wanted));
        let threshold = wanted.or_else(nearest)?;
        Some(Setting { shape: around.shape, threshold, equivalent: (whole(ends.0), whole(ends.1)) })
    }

    /// The widest stretch of thresholds within the limits for which `is_equal` holds, for its size, as a
    /// setting in its middle; `None` if there is none.
    pub(super) fn widest_equal(
        &self,
        judge: &Judge<'_>,
        shape: usize,
        is_equal: impl Fn(Setting) -> bool,
    ) -> Option<Setting> {
        let range = sensible(&judge.expansion.shapes[shape].spec);
        let within = self.points.iter().filter(|point| point.score.is_within).count();
        let stride = within.div_ceil(ASKED_OF_OTHERS).max(1);
        let mut asked = (0, false);
        let is_good: Vec<bool> = self
            .points
            .iter()
            .map(|point| {
                if !point.score.is_within {
                    return false;
                }
                if asked.0 % stride == 0 {
                    asked.1 = is_equal(setting(shape, point, range));
                }
                asked.0 += 1;
                asked.1
            })
            .collect();
        let numbers: Vec<usize> = (0..self.points.len()).collect();
        let stretches = numbers.split(|&number| !is_good[number]);
        let stretches = stretches
            .filter_map(|numbers| Some(hull(&self.points[*numbers.first()?..=*numbers.last()?])));
        let (low, high) = stretches.max_by(|&a, &b| {
            relative_width(window(a, range)).total_cmp(&relative_width(window(b, range)))
        })?;
        let threshold = plainest(window((low, high), range));
        Some(Setting { shape, threshold, equivalent: (whole(low), whole(high)) })
    }

    /// Every so many points `is_equal` is asked.
    fn stride(&self) -> usize {
        (self.points.len() / ASKED_MOST).max(1)
    }

    /// All its thresholds in order, or about `most` evenly among them; the ends and the present one are
    /// always there.
    pub(super) fn thinned(&self, judge: &Judge<'_>, shape: usize, most: usize) -> Vec<Setting> {
        let range = sensible(&judge.expansion.shapes[shape].spec);
        let all = self.points.len();
        let is_kept = |index: usize| {
            // The places where index·(most − 1)/(all − 1) passes a whole number.
            let step = |index: usize| index * (most - 1) / (all - 1).max(1);
            all <= most || index == 0 || step(index) > step(index - 1)
        };
        // The present threshold stands among gaps; a long table of given ones is thinned too.
        let has_gaps = self.points.iter().any(|point| point.given.is_none());
        let points = self.points.iter().enumerate();
        let kept =
            points.filter(|&(index, point)| is_kept(index) || has_gaps && point.given.is_some());
        kept.map(|(_, point)| setting(shape, point, range)).collect()
    }

    /// What a threshold stands for here: the gap around it, and whether there is one.
    pub(super) fn around(&self, threshold: f64) -> Option<(f64, f64)> {
        let gaps = self.points.iter().filter(|point| point.given.is_none());
        gaps.map(|point| point.gap).find(|gap| gap.0 < threshold && threshold < gap.1)
    }
}

/// The part of a stretch of thresholds that its middle may be taken from.
const MIDDLE: (f64, f64) = (0.4, 0.6);
/// Of a line, so many thresholds at most are compared with the best one.
const ASKED_MOST: usize = 400;
/// The same of shapes that are not chosen.
const ASKED_OF_OTHERS: usize = 100;

/// From the lowest to the highest of neighbouring points. The last of them need not reach furthest: a
/// threshold that was given lies inside a gap.
fn hull<'p>(points: impl IntoIterator<Item = &'p Point>) -> (f64, f64) {
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    points.into_iter().fold(none, |ends, point| (ends.0.min(point.gap.0), ends.1.max(point.gap.1)))
}

/// The next number above 0 is 0 to people.
fn whole(end: f64) -> f64 {
    if end.abs() < f64::MIN_POSITIVE { 0.0 } else { end }
}

fn setting(shape: usize, point: &Point, range: (f64, f64)) -> Setting {
    let threshold = point.given.unwrap_or_else(|| plainest(window(point.gap, range)));
    Setting { shape, threshold, equivalent: (whole(point.gap.0), whole(point.gap.1)) }
}
