//! The laws of response times that a replication has met, each prepared once.

use super::fates::ratio;
use super::law::{Law, Pace};
use super::memory::Memory;
use crate::endpoint::model::ModelSpec;
use crate::random::distribution::Distribution;
use crate::random::distribution::partial::Partial;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whose response times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Blue = 0,
    Green = 1,
    Shadow = 2,
}

/// A law of a [`Book`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LawRef {
    is_steady: bool,
    index: usize,
}

impl LawRef {
    /// Whether it does not change in time, so that other pieces may have it too.
    pub(super) fn is_steady(self) -> bool {
        self.is_steady
    }
}

/// Shares of laws' values within points that somebody has asked about \[ns\].
#[derive(Clone, Debug, Default)]
pub(super) struct Shares(Vec<Vec<(i64, f64)>>);

impl Shares {
    /// P(value ≤ cut) of a law of `book`.
    pub(super) fn within(&mut self, book: &Book, law: LawRef, cut_ns: i64) -> f64 {
        if self.0.len() <= law.index {
            self.0.resize(law.index + 1, Vec::new());
        }
        let known = &mut self.0[law.index];
        match known.binary_search_by_key(&cut_ns, |&(point, _)| point) {
            Ok(place) => known[place].1,
            Err(place) => {
                let share = book.law(law).within(cut_ns);
                known.insert(place, (cut_ns, share));
                share
            }
        }
    }
}

/// The components of a distribution.
type Family = Vec<Component>;

/// One of them: its weight, its law, and the stretch of \[0, 1\] from which a uniform leads to it.
#[derive(Clone, Debug)]
struct Component {
    weight: f64,
    base: Arc<Partial>,
    stretch: [f64; 2],
}

/// The laws of a replication.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Of blue and green: of answers, and of failures.
    families: [[Family; 2]; 2],
    /// Whether failures take as long as answers.
    fails_alike: [bool; 2],
    /// Where the latencies of blue, green and the shadow are divided \[ns\], ascending.
    cuts_ns: [Vec<i64>; 3],
    laws: Vec<Law>,
    places: BTreeMap<Key, usize>,
    /// The law that was asked for last, of each side.
    last: [Option<(Key, usize)>; 3],
    pub(super) memory: Memory,
    /// Of each law the shares of values within the ends of some buckets, by bucket.
    pub(super) shares: Shares,
}

/// Which law: whose, by which component of which family, and the bits of its pace at both ends.
type Key = (Side, [usize; 3], [[u64; 2]; 2]);

/// So many laws are kept for the next run.
const KEPT_MOST: usize = 5000;

impl Book {
    /// No laws yet of two models whose latencies are divided at the cuts of blue, green and the shadow.
    pub fn new(blue: &ModelSpec, green: &ModelSpec, cuts_ns: [Vec<i64>; 3]) -> Self {
        let fails_alike = [blue, green].map(|model| model.failed_latency.is_none());
        let families = [blue, green].map(|model| {
            let failed = model.failed_latency.as_ref().unwrap_or(&model.latency);
            [family(&model.latency), family(failed)]
        });
        Self {
            families,
            fails_alike,
            cuts_ns,
            laws: Vec::new(),
            places: BTreeMap::new(),
            last: [None; 3],
            memory: Memory::default(),
            shares: Shares::default(),
        }
    }

    /// For the next run of the replication.
    #[must_use]
    pub fn for_next_run(mut self) -> Self {
        if self.laws.len() > KEPT_MOST {
            self.laws.clear();
            self.places.clear();
            self.last = [None; 3];
            self.memory.clear();
            self.shares = Shares::default();
        }
        self
    }

    pub(super) fn cuts_ns(&self, side: Side) -> &[i64] {
        &self.cuts_ns[side as usize]
    }

    /// Whether all of a side's requests have one law where no instance is cold and no tail slow.
    pub(super) fn is_simple(&self, side: Side) -> bool {
        self.fails_alike(side) && self.components(side, false) == 1
    }

    /// How many components a side's answers (or failures) have.
    pub(super) fn components(&self, side: Side, failed: bool) -> usize {
        self.families[model_of(side)][usize::from(failed)].len()
    }

    /// The weight of one of them.
    pub(super) fn weight(&self, side: Side, failed: bool, component: usize) -> f64 {
        self.families[model_of(side)][usize::from(failed)][component].weight
    }

    /// The components of blue's answers (or failures) that requests would meet which come from this component
    /// here, each with its share of them. One uniform chooses both, so the shares are those of the stretch
    /// here that blue's stretches cover.
    pub(super) fn on_blue(
        &self,
        side: Side,
        (failed, component): (bool, usize),
        failed_on_blue: bool,
    ) -> impl Iterator<Item = (f64, &Partial)> {
        let here = &self.families[model_of(side)][usize::from(failed)][component];
        let [low, high] = here.stretch;
        let there = self.families[0][usize::from(failed_on_blue)].iter();
        let shares = there.map(move |blue| {
            let covered = high.min(blue.stretch[1]) - low.max(blue.stretch[0]);
            (ratio(covered, high - low), &*blue.base)
        });
        shares.filter(|(share, _)| *share > 0.0)
    }

    /// Whether a side's failures have the law of its answers.
    pub(super) fn fails_alike(&self, side: Side) -> bool {
        self.fails_alike[model_of(side)]
    }

    pub(super) fn law(&self, law: LawRef) -> &Law {
        &self.laws[law.index]
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
        let bits = pace.map(|end| end.map(f64::to_bits));
        let is_steady = bits[0] == bits[1];
        let key = (side, which, bits);
        let last = &mut self.last[side as usize];
        if let Some((_, index)) = last.filter(|(own, _)| *own == key) {
            return LawRef { is_steady, index };
        }
        let (laws, families) = (&mut self.laws, &self.families);
        let cuts_ns = &self.cuts_ns[side as usize];
        let index = *self.places.entry(key).or_insert_with(|| {
            let base = &families[which[0]][which[1]][which[2]].base;
            laws.push(Law::new(Arc::clone(base), (which[1] == 1, component), pace, cuts_ns));
            laws.len() - 1
        });
        *last = Some((key, index));
        LawRef { is_steady, index }
    }
}

fn family(law: &Distribution) -> Family {
    let mut up_to = 0.0;
    let mut family: Family = Vec::new();
    for (weight, part) in law.partials() {
        let stretch = [up_to, up_to + weight];
        up_to += weight;
        family.push(Component { weight, base: Arc::new(part), stretch });
    }
    if let Some(last) = family.last_mut() {
        last.stretch[1] = 1.0;
    }
    family
}

fn model_of(side: Side) -> usize {
    usize::from(side != Side::Blue)
}
