//! How many requests each instance has in flight, and which has the fewest.
//!
//! Instances stand in blocks of 64, so that those of a block with 0, 1, 2, … requests in flight are a
//! word each: noting a request moves one bit. Over several blocks stands a tournament of who has the
//! fewest and how many share them. Choosing takes a time that grows with the logarithm of the number
//! of blocks, and what is chosen follows from the counts alone, not from how they came about.

use super::at_random;

const BLOCK: usize = u64::BITS as usize;

/// A byte of 1 in each place.
const ONES: u64 = 0x0101_0101_0101_0101;

/// Requests in flight at each instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Loads {
    counts: Vec<u32>,
    /// The first so many instances take traffic.
    active: usize,
    /// Those of them, 64 at a time.
    blocks: Vec<Block>,
    /// A binary tree over the blocks, the root at 1 and the two below i at 2i and 2i + 1; not kept for
    /// a single block.
    tree: Vec<Fewest>,
}

/// Up to 64 instances that take traffic.
#[derive(Clone, Debug)]
struct Block {
    /// Those with 0, 1, 2, … requests in flight, a bit each.
    levels: Vec<u64>,
    /// No lower level has an instance.
    fewest: usize,
}

/// The fewest requests in flight among some instances, and how many of them have so few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fewest {
    pub(super) count: usize,
    pub(super) ties: u32,
}

impl Loads {
    /// Nothing in flight at any of `instances`, none of which takes traffic.
    pub(super) fn new(instances: usize) -> Self {
        Self { counts: vec![0; instances], ..Self::default() }
    }

    pub(super) fn active(&self) -> usize {
        self.active
    }

    /// Lets the first `active` instances take traffic, and no others.
    pub(super) fn activate(&mut self, active: usize) {
        self.active = active.min(self.counts.len());
        self.blocks = self.counts[..self.active].chunks(BLOCK).map(Block::new).collect();
        self.tree.clear();
        if self.blocks.len() > 1 {
            let leaves = self.blocks.len().next_power_of_two();
            self.tree.resize(leaves, Fewest::NOBODY);
            self.tree.extend(self.blocks.iter().map(Block::fewest));
            self.tree.resize(2 * leaves, Fewest::NOBODY);
            for node in (1..leaves).rev() {
                self.tree[node] = self.tree[2 * node].or(self.tree[2 * node + 1]);
            }
        }
    }

    /// One more request at an instance.
    #[inline]
    pub(super) fn add(&mut self, instance: usize) {
        let count = self.counts[instance];
        self.recount(instance, count, count + 1);
    }

    /// One request fewer at an instance that has some.
    #[inline]
    pub(super) fn remove(&mut self, instance: usize) {
        let count = self.counts[instance];
        self.recount(instance, count, count - 1);
    }

    /// Of the instances with the fewest requests, in their order, the one that `place` falls on; the
    /// first instance if none takes traffic.
    #[inline]
    pub(super) fn least(&self, place: f64) -> usize {
        match self.blocks.as_slice() {
            [] => 0,
            [block] => {
                let least = block.levels[block.fewest];
                nth_one(least, |ties| at_random(place, ties))
            }
            _ => self.least_of_many(place),
        }
    }

    /// The fewest requests at any instance that takes traffic.
    #[inline]
    pub(super) fn fewest(&self) -> Fewest {
        match self.blocks.as_slice() {
            [] => Fewest::NOBODY,
            [block] => block.fewest(),
            _ => self.tree[1],
        }
    }

    fn least_of_many(&self, place: f64) -> usize {
        let mut rank = at_random(place, self.tree[1].ties);
        let mut node = 1;
        while node < self.tree.len() / 2 {
            let left = self.tree[2 * node];
            let ties = if left.count == self.tree[node].count { left.ties as usize } else { 0 };
            let is_right = rank >= ties;
            rank -= if is_right { ties } else { 0 };
            node = 2 * node + usize::from(is_right);
        }
        let number = node - self.tree.len() / 2;
        let block = &self.blocks[number];
        number * BLOCK + nth_one(block.levels[block.fewest], |_| rank)
    }

    #[inline]
    fn recount(&mut self, instance: usize, old: u32, new: u32) {
        self.counts[instance] = new;
        if instance >= self.active {
            return;
        }
        if let [block] = self.blocks.as_mut_slice() {
            block.recount(1 << instance, old as usize, new as usize);
            return;
        }
        let number = instance / BLOCK;
        self.blocks[number].recount(1 << (instance % BLOCK), old as usize, new as usize);
        self.replay(number);
    }

    /// Plays the matches of a block again, up to the first whose outcome is as it was.
    fn replay(&mut self, number: usize) {
        let mut node = self.tree.len() / 2 + number;
        let mut fewest = self.blocks[number].fewest();
        while self.tree[node] != fewest {
            self.tree[node] = fewest;
            if node == 1 {
                break;
            }
            node /= 2;
            fewest = self.tree[2 * node].or(self.tree[2 * node + 1]);
        }
    }
}

impl Block {
    fn new(counts: &[u32]) -> Self {
        let most = counts.iter().max().map_or(0, |&most| most as usize);
        let mut levels = vec![0; most + 1];
        for (instance, &count) in counts.iter().enumerate() {
            levels[count as usize] |= 1 << instance;
        }
        let fewest = levels.iter().position(|&level| level != 0).unwrap_or(0);
        Self { levels, fewest }
    }

    fn fewest(&self) -> Fewest {
        Fewest { count: self.fewest, ties: self.levels[self.fewest].count_ones() }
    }

    /// Moves an instance to a level next to its own.
    #[inline]
    fn recount(&mut self, bit: u64, old: usize, new: usize) {
        self.levels[old] &= !bit;
        if new == self.levels.len() {
            self.levels.push(0);
        }
        self.levels[new] |= bit;
        // If that leaves the lowest level empty, the instance stands on the next one.
        self.fewest = self.fewest.min(new);
        self.fewest += usize::from(self.levels[self.fewest] == 0);
    }
}

impl Fewest {
    const NOBODY: Self = Self { count: usize::MAX, ties: 0 };

    fn or(self, other: Self) -> Self {
        let count = self.count.min(other.count);
        let ties_of = |side: Self| if side.count == count { side.ties } else { 0 };
        Self { count, ties: ties_of(self) + ties_of(other) }
    }
}

/// The position of the n-th bit that is set, from the lowest on, where n, from 0 on, is chosen knowing
/// how many there are. Finds the byte by counting in all of them at once (Vigna, Broadword implementation
/// of rank/select queries, 2008), then looks the bit up: a loop's end could not be predicted.
#[inline]
fn nth_one(word: u64, choose: impl FnOnce(u32) -> usize) -> usize {
    if let Ok(few) = u16::try_from(word) {
        let [low, high] = few.to_le_bytes();
        let below = low.count_ones();
        let nth = choose(below + high.count_ones());
        // Chosen without a branch, which could not be predicted.
        let is_high = nth >= below as usize;
        let (byte, nth) = if is_high { (high, nth - below as usize) } else { (low, nth) };
        let bit = NTH_OF_BYTE[usize::from(byte)][nth & 7];
        return usize::from(bit) + if is_high { 8 } else { 0 };
    }
    let pairs = word - ((word >> 1) & (0x55 * ONES));
    let nibbles = (pairs & (0x33 * ONES)) + ((pairs >> 2) & (0x33 * ONES));
    let bytes = (nibbles + (nibbles >> 4)) & (0x0f * ONES);
    // Bits up to and with each byte: at most 64, so that the highest bit of a byte is free.
    let up_to = bytes.wrapping_mul(ONES);
    let nth = choose((up_to >> (BLOCK - 8)) as u32) as u64;
    let high = 0x80 * ONES;
    let full = ((((nth * ONES) | high) - up_to) & high) >> 7;
    let shift = 8 * (full.wrapping_mul(ONES) >> (BLOCK - 8)) as u32;
    let before = ((up_to << 8) >> shift) & 0xff;
    let byte = ((word >> shift) & 0xff) as usize;
    let [nth, ..] = (nth - before).to_le_bytes();
    shift as usize + usize::from(NTH_OF_BYTE[byte][usize::from(nth & 7)])
}

/// The position of the n-th bit that is set of each byte; 0 beyond the last.
static NTH_OF_BYTE: [[u8; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut nth) = (0_u8, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte][nth] = bit;
                nth += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests;
