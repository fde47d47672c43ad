//! The thresholds of several alarms together: one at a time, until nothing improves.
//!
//! Each step is exact (all thresholds of one alarm, the others held), but together they are a **local
//! search**: two alarms may have to move at once for anything to improve, and then it stops short. It starts
//! from the alarms as they are, and from each alarm alone with the others never firing; the best end counts.
//! With one alarm it is exact.

use crate::tuning::line::{Line, Pick, Place};
use crate::tuning::performance::{Judge, Keys};
use crate::tuning::range;
use crate::tuning::results::{Policy, Setting};
use crate::tuning::select::{Found, better};
use crate::tuning::sums::Score;
use std::cmp::Ordering;

/// Rounds over all alarms; each of them strictly improves, so this many are never met in practice.
const ROUNDS_MAX: usize = 100;

/// A plan and the shapes that each of its alarms may have.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    pub plan: usize,
    /// By alarm; none empty.
    pub shapes: Vec<Vec<usize>>,
}

/// One search under way.
struct Descent<'j, 'a> {
    judge: &'j Judge<'a>,
    choices: &'j Choices,
    keys: Keys,
    picks: Vec<Option<Pick>>,
    score: Option<Score>,
    compared: u64,
}

/// The ends of all searches, and how many thresholds they compared.
pub(super) fn search(judge: &Judge<'_>, choices: &Choices) -> (Vec<Found>, u64) {
    let mut ends = Vec::new();
    let mut compared = 0;
    for first in 0..=choices.shapes.len() {
        // Last of all, from the alarms as they are.
        let alone = (first < choices.shapes.len()).then_some(first);
        let mut descent = Descent::begin(judge, choices, alone);
        ends.extend(descent.run(alone.unwrap_or(0)));
        compared += descent.compared;
    }
    (ends, compared)
}

impl<'j, 'a> Descent<'j, 'a> {
    fn begin(judge: &'j Judge<'a>, choices: &'j Choices, alone: Option<usize>) -> Self {
        let start = |shapes: &Vec<usize>| {
            let is_present = |&&shape: &&usize| judge.expansion.shapes[shape].is_present();
            let index = shapes.iter().find(is_present).copied().unwrap_or(shapes[0]);
            let shape = &judge.expansion.shapes[index];
            let present = range::key(&shape.spec, shape.spec.threshold);
            // Never, or as now; where the table gives thresholds, the nearest to that.
            let wish = if alone.is_none() { present } else { f64::MAX };
            let given = shape.thresholds.iter().map(|&given| range::key(&shape.spec, given));
            let nearest = given.min_by(|a, b| (a - wish).abs().total_cmp(&(b - wish).abs()));
            let key = nearest.unwrap_or(wish);
            (index, u32::try_from(shape.alarm).unwrap_or(u32::MAX), key)
        };
        let keys: Keys = choices.shapes.iter().map(start).collect();
        let picks = vec![None; keys.len()];
        Self { judge, choices, keys, picks, score: None, compared: 0 }
    }

    fn run(&mut self, first: usize) -> Option<Found> {
        let alarms = self.keys.len();
        let order = || (0..alarms).map(move |alarm| (first + alarm) % alarms);
        for _ in 0..ROUNDS_MAX {
            let mut improved = false;
            for alarm in order() {
                improved |= self.step(alarm, Ordering::is_lt)?;
            }
            if !improved {
                break;
            }
        }
        // Once more for alarms that never had to move, and for the middles of equally good stretches.
        for alarm in order() {
            self.step(alarm, Ordering::is_le)?;
        }
        self.finish()
    }

    /// The best threshold and shape of one alarm, if it is `good` enough against what there is.
    fn step(&mut self, alarm: usize, good: fn(Ordering) -> bool) -> Option<bool> {
        let mut best: Option<Pick> = None;
        for &shape in &self.choices.shapes[alarm] {
            let line = self.line(alarm, shape);
            self.compared += line.compared;
            if let Some(pick) = line.best(self.judge, shape) {
                best = Some(best.map_or(pick, |best| better(self.judge, best, pick)));
            }
        }
        let best = best?;
        let order = self.score.map_or(Ordering::Less, |score| best.score.compare(&score));
        if good(order) {
            let shape = &self.judge.expansion.shapes[best.setting.shape];
            self.keys[alarm].0 = best.setting.shape;
            self.keys[alarm].2 = range::key(&shape.spec, best.setting.threshold);
            self.picks[alarm] = Some(best);
            self.score = Some(best.score);
        }
        Some(order.is_lt())
    }

    fn line(&self, alarm: usize, shape: usize) -> Line {
        let place = Place { plan: self.choices.plan, shape, settings: &[], vary: alarm };
        Line::of(self.judge, &place, &without(&self.keys, alarm), &mut |_, _| {})
    }

    /// The gaps around the thresholds as all others ended.
    fn finish(&self) -> Option<Found> {
        let picks: Vec<Pick> = self.picks.iter().copied().collect::<Option<_>>()?;
        let settle = |(alarm, pick): (usize, &Pick)| {
            let setting = pick.setting;
            let threshold = setting.threshold.as_f64();
            let was_given = setting.equivalent.0 >= setting.equivalent.1;
            let gap = self.line(alarm, setting.shape).around(threshold).filter(|_| !was_given);
            Setting { equivalent: gap.unwrap_or(setting.equivalent), ..setting }
        };
        let settings =
            picks.iter().enumerate().map(|(alarm, pick)| settle((alarm, pick))).collect();
        let width = picks.iter().map(|pick| pick.width).reduce(f64::min)?;
        let policy = Policy { plan: self.choices.plan, settings };
        Some(Found { policy, score: self.score?, width })
    }
}

/// All alarms but one.
pub(super) fn without(keys: &Keys, alarm: usize) -> Keys {
    keys.iter().enumerate().filter(|&(other, _)| other != alarm).map(|(_, &key)| key).collect()
}
