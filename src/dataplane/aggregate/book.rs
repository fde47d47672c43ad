//! The laws of response times that a replication has met, each prepared once.

use super::law::{Law, Pace, score_over};
use crate::endpoint::model::ModelSpec;
use crate::random::distribution::Distribution;
use crate::random::distribution::partial::Partial;
use std::sync::Arc;

/// Whose response times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Blue = 0,
    Green = 1,
    Shadow = 2,
}

/// A law of a [`Book`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LawRef {
    is_lasting: bool,
    index: usize,
}

impl LawRef {
    /// Whether other runs of the replication have the same.
    pub(super) fn is_lasting(self) -> bool {
        self.is_lasting
    }
}

/// Components of a distribution: weight and law.
pub(super) type Family = Vec<(f64, Arc<Partial>)>;

/// The laws of a replication.
#[derive(Clone, Debug)]
pub struct Book {
    /// Of blue and green: of answers, and of failures.
    families: [[Family; 2]; 2],
    /// Whether failures take as long as answers.
    fails_alike: [bool; 2],
    /// Where the latencies of blue, green and the shadow are divided \[ns\], ascending.
    cuts_ns: [Vec<i64>; 3],
    keys: Vec<Key>,
    /// Laws that do not change in time: other runs have the same.
    lasting: Vec<Law>,
    /// Those of a piece of this run.
    passing: Vec<Law>,
}

/// Which of the laws that do not change: whose, by which component of which family, and its pace's bits.
type Key = (Side, [usize; 3], [u64; 2]);

impl Book {
    /// No laws yet of two models whose latencies are divided at the cuts of blue, green and the shadow.
    pub fn new(blue: &ModelSpec, green: &ModelSpec, cuts_ns: [Vec<i64>; 3]) -> Self {
        let family = |law: &Distribution| -> Family {
            law.partials().into_iter().map(|(weight, part)| (weight, Arc::new(part))).collect()
        };
        let fails_alike = [blue, green].map(|model| model.failed_latency.is_none());
        let families = [blue, green].map(|model| {
            let failed = model.failed_latency.as_ref().unwrap_or(&model.latency);
            [family(&model.latency), family(failed)]
        });
        Self {
            families,
            fails_alike,
            cuts_ns,
            keys: Vec::new(),
            lasting: Vec::new(),
            passing: Vec::new(),
        }
    }

    /// For the next run of the replication.
    #[must_use]
    pub fn for_next_run(mut self) -> Self {
        self.passing.clear();
        self
    }

    pub(super) fn cuts_ns(&self, side: Side) -> &[i64] {
        &self.cuts_ns[side as usize]
    }

    /// How many components a side's answers (or failures) have.
    pub(super) fn components(&self, side: Side, failed: bool) -> usize {
        self.families[model_of(side)][usize::from(failed)].len()
    }

    /// The weight of one of them.
    pub(super) fn weight(&self, side: Side, failed: bool, component: usize) -> f64 {
        self.families[model_of(side)][usize::from(failed)][component].0
    }

    /// The scores from which on blue's answers (or failures) are slow at this pace, with their weights: that
    /// of the same component if blue has as many, since one uniform chooses both; else those of all.
    pub(super) fn slow_scores(
        &self,
        slow_ns: i64,
        pace: Pace,
        failed: bool,
        (components, component): (usize, usize),
    ) -> Vec<(f64, f64)> {
        let family = &self.families[0][usize::from(failed)];
        let score = |base| score_over(base, slow_ns, pace);
        if family.len() == components {
            return vec![(1.0, score(&family[component].1))];
        }
        family.iter().map(|(weight, base)| (*weight, score(base))).collect()
    }

    pub(super) fn law(&self, law: LawRef) -> &Law {
        if law.is_lasting { &self.lasting[law.index] } else { &self.passing[law.index] }
    }

    /// The law of a component of a side's answers (or failures) over a piece with this pace at its ends.
    pub(super) fn find(
        &mut self,
        side: Side,
        (failed, component): (bool, usize),
        pace: [Pace; 2],
    ) -> LawRef {
        let model = model_of(side);
        let which = [model, usize::from(failed && !self.fails_alike[model]), component];
        let new = |this: &Self| {
            let base = &this.families[which[0]][which[1]][which[2]].1;
            Law::new(Arc::clone(base), (which[1] == 1, component), pace, this.cuts_ns(side))
        };
        let bits = pace.map(|ends| ends.map(f64::to_bits));
        if bits[0] != bits[1] {
            self.passing.push(new(self));
            return LawRef { is_lasting: false, index: self.passing.len() - 1 };
        }
        let key = (side, which, bits[0]);
        let known = self.keys.iter().position(|other| *other == key);
        let index = known.unwrap_or_else(|| {
            self.keys.push(key);
            self.lasting.push(new(self));
            self.lasting.len() - 1
        });
        LawRef { is_lasting: true, index }
    }
}

fn model_of(side: Side) -> usize {
    usize::from(side != Side::Blue)
}
