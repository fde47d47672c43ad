//! Multilevel splitting with fixed effort: how to estimate what hardly ever happens.
//!
//! What it estimates: the probability γ that a Markov process hits before it is over. On the way to a hit
//! a coordinate rises; levels l₁ < l₂ < … divide the way.
//!
//! ```text
//! γ = P(l₁) · P(l₂ | l₁) · … · P(hit | l_k)        γ̂ = Π Rᵢ/n
//! ```
//!
//! At each level n trials go on from the states in which earlier trials first reached it, each with luck of
//! its own; Rᵢ is how many reach the next. Every entry is taken ⌊n/Rᵢ⌋ or ⌈n/Rᵢ⌉ times, which ones more
//! often being random. γ̂ is unbiased whatever the coordinate and the levels, as long as these do not
//! depend on the trials; so levels come from a pilot of its own. A trial that hits has reached all levels.
//!
//! Precision: independent repetitions, and an interval of their mean; and the roots. Each hit descends from
//! one first trial, so γ̂ is a mean over these of what their descendants make of it, wᵢ. Trials that go on
//! from one root share its past, so Σwᵢ²/(Σwᵢ)² says how uncertain γ̂ is, relative and squared: a γ̂ made of
//! a single root is hardly known, however small the spread.
//!
//! Sources: Glasserman, Heidelberger, Shahabuddin and Zajic, Multilevel splitting for estimating rare event
//! probabilities, Operations Research 47 (1999) 585–600; L'Ecuyer, Demers and Tuffin, Rare events, splitting,
//! and quasi-Monte Carlo, ACM TOMACS 17 (2007), art. 9; fixed effort: Garvels, The splitting method in rare
//! event simulation (2000); the roots: Chan and Lai, A general theory of particle filters, Annals of
//! Statistics 41 (2013) 2877–2904.

use crate::random::stream::{Purpose, Streams, mixed, unit};
use crate::stats::{real, real_len};

/// A trial of the process.
pub(super) trait Trial: Sized {
    /// What can go wrong.
    type Error;
    /// Goes on a little.
    fn go_on(&mut self) -> Result<(), Self::Error>;
    /// The coordinate.
    fn nearness(&self) -> f64;
    /// Whether the rare event has happened.
    fn has_hit(&self) -> bool;
    /// Whether it cannot happen any more.
    fn is_over(&self) -> bool;
    /// The same past with a future of its own; `None` if that cannot be had.
    fn fork(&self, streams: &Streams) -> Option<Self>;
    /// What this trial has cost since it began or was forked.
    fn cost(&self) -> u64;
}

/// The luck of one repetition: each trial has streams of its own.
#[derive(Clone, Debug)]
pub(super) struct Luck {
    master: u64,
    next: u64,
}

/// What one repetition has found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) estimate: f64,
    /// The sum over the first trials of the squares of what each has brought to the estimate.
    pub(super) squares: f64,
    pub(super) cost: u64,
}

/// What a pilot has found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piloted {
    pub(super) levels: Vec<f64>,
    pub(super) cost: u64,
    /// What a trial costs from its start to its end, on average.
    pub(super) cost_of_one: f64,
}

/// Keeps the streams of splitting apart from those of plain runs.
const LABEL: u64 = 0x7370_6c69_7474_696e;
/// Trials of a repetition at most, 2²⁸.
const TRIALS_BITS: u32 = 28;
/// The share of trials that should reach the next level.
const SHARE_TO_PASS: f64 = 0.2;
const LEVELS_MAX: usize = 80;
/// States that are nearer by less are not kept.
const APART: f64 = 0.25;

impl Luck {
    /// The luck of a repetition under a master seed.
    pub(super) fn new(seed: u64, repetition: u32) -> Self {
        let next = u64::from(repetition & 0xf_ffff) << TRIALS_BITS;
        Self { master: mixed(seed ^ LABEL), next }
    }

    /// The streams of one more trial.
    pub(super) fn draw(&mut self) -> Streams {
        self.next += 1;
        Streams::new(self.master, self.next - 1)
    }
}

/// One repetition over `levels` (ascending), the first trials being `starts`; `None` if a trial cannot be
/// forked.
pub(super) fn repetition<T: Trial>(
    starts: Vec<T>,
    levels: &[f64],
    luck: &mut Luck,
) -> Result<Option<Found>, T::Error> {
    let trials = starts.len();
    let (mut estimate, mut cost) = (1.0, 0);
    let mut now = starts;
    let mut roots: Vec<usize> = (0..trials).collect();
    for target in levels.iter().copied().map(Some).chain([None]) {
        let (mut entries, mut entered) = (Vec::new(), Vec::new());
        for (mut trial, root) in now.into_iter().zip(roots) {
            let passes = passes(&mut trial, target)?;
            cost += trial.cost();
            if passes {
                entries.push(trial);
                entered.push(root);
            }
        }
        estimate *= real_len(entries.len()) / real_len(trials);
        roots = entered;
        if entries.is_empty() || target.is_none() {
            break;
        }
        let chosen = chosen(entries.len(), trials, luck);
        let Some(next) = forks(&entries, &chosen, luck) else { return Ok(None) };
        now = next;
        roots = chosen.iter().map(|&entry| roots[entry]).collect();
    }
    let squares = estimate * estimate * concentration(&roots);
    Ok(Some(Found { estimate, squares, cost }))
}

/// Σsᵢ² of the shares that each root has in the hits, whose roots these are, ascending or not.
fn concentration(roots: &[usize]) -> f64 {
    let mut sorted = roots.to_vec();
    sorted.sort_unstable();
    let hits = real_len(roots.len()).max(1.0);
    sorted.chunk_by(usize::eq).map(|same| (real_len(same.len()) / hits).powi(2)).sum()
}

/// Levels such that about a fifth of the trials passes from one to the next, found by trials of their own
/// from `starts`. `None` if a trial cannot be forked.
pub(super) fn pilot<T: Trial>(
    starts: Vec<T>,
    luck: &mut Luck,
) -> Result<Option<Piloted>, T::Error> {
    let trials = starts.len();
    let (mut levels, mut cost, mut cost_of_one) = (Vec::new(), 0, None);
    let mut now = starts;
    while levels.len() < LEVELS_MAX {
        // Each trial goes to its end, and leaves its state wherever it was nearer than ever.
        let mut ways = Vec::with_capacity(trials);
        for trial in now {
            let Some(way) = Way::of(trial)? else { return Ok(None) };
            cost += way.cost;
            ways.push(way);
        }
        cost_of_one.get_or_insert(real(cost) / real_len(trials));
        ways.sort_by(|one, other| other.nearest.total_cmp(&one.nearest));
        let enough = share_of(trials);
        if ways[enough - 1].nearest.is_infinite() {
            break;
        }
        let last = levels.last().copied().unwrap_or(f64::NEG_INFINITY);
        let reachable = ways[..enough].iter().rev().map(|way| way.nearest);
        let Some(level) = reachable.into_iter().find(|&nearest| nearest > last) else { break };
        if level.is_infinite() {
            break;
        }
        levels.push(level);
        let entries: Vec<T> = ways.into_iter().filter_map(|way| way.at(level)).collect();
        let chosen = chosen(entries.len(), trials, luck);
        let Some(next) = forks(&entries, &chosen, luck) else { return Ok(None) };
        now = next;
    }
    Ok(Some(Piloted { levels, cost, cost_of_one: cost_of_one.unwrap_or(0.0) }))
}

/// A trial that went to its end.
struct Way<T> {
    /// How near it came, as far as states were kept; infinite if it hit.
    nearest: f64,
    /// The states in which it was nearer than ever before, with how near.
    records: Vec<(f64, T)>,
    cost: u64,
}

impl<T: Trial> Way<T> {
    fn of(mut trial: T) -> Result<Option<Self>, T::Error> {
        let streams = Streams::new(0, 0);
        let mut way = Self { nearest: f64::NEG_INFINITY, records: Vec::new(), cost: 0 };
        loop {
            let nearness = if trial.has_hit() { f64::INFINITY } else { trial.nearness() };
            if nearness >= way.nearest + APART || way.records.is_empty() {
                way.nearest = nearness;
                // A copy: its luck is drawn anew before it goes on.
                let Some(copy) = trial.fork(&streams) else { return Ok(None) };
                way.records.push((nearness, copy));
            }
            if trial.has_hit() || trial.is_over() {
                way.cost = trial.cost();
                return Ok(Some(way));
            }
            trial.go_on()?;
        }
    }

    /// The kept state in which it first reached a level.
    fn at(self, level: f64) -> Option<T> {
        self.records.into_iter().find(|&(nearness, _)| nearness >= level).map(|(_, state)| state)
    }
}

/// Lets a trial go on; says whether it reaches the level, or hits.
fn passes<T: Trial>(trial: &mut T, target: Option<f64>) -> Result<bool, T::Error> {
    loop {
        if trial.has_hit() || target.is_some_and(|level| trial.nearness() >= level) {
            return Ok(true);
        }
        if trial.is_over() {
            return Ok(false);
        }
        trial.go_on()?;
    }
}

/// Which of so many entries are to be forked, each equally often but for a random few.
fn chosen(entries: usize, trials: usize, luck: &mut Luck) -> Vec<usize> {
    let mut stream = luck.draw().stream(Purpose::Placement);
    let mut order: Vec<usize> = (0..entries).collect();
    // Fisher and Yates (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm P).
    for last in (1..order.len()).rev() {
        order.swap(last, index_below(unit(&mut stream), last + 1));
    }
    order.into_iter().cycle().take(trials).collect()
}

fn forks<T: Trial>(entries: &[T], chosen: &[usize], luck: &mut Luck) -> Option<Vec<T>> {
    chosen.iter().map(|&entry| entries[entry].fork(&luck.draw())).collect()
}

fn share_of(trials: usize) -> usize {
    index_below(SHARE_TO_PASS, trials).max(1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share below 1 of a number of trials"
)]
fn index_below(share: f64, count: usize) -> usize {
    (share * real_len(count)) as usize
}

#[cfg(test)]
mod tests;
