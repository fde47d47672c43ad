//! Where in its range each key lies in a replication.

use crate::random::stream::{Purpose, Streams, keyed, unit};
use rand::Rng as _;

/// The draws of one replication.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    key: u64,
}

impl Draws {
    pub(super) fn new(streams: &Streams) -> Self {
        Self { key: streams.stream(Purpose::Uncertain).next_u64() }
    }

    /// Where the key of this path lies: uniform in [0, 1), 0 the lowest.
    pub(super) fn place(self, path: &str) -> f64 {
        unit(&mut keyed(self.key, hash(path), 0))
    }
}

/// FNV-1a of 64 bits (Fowler, Noll and Vo, RFC 9923): the same on every machine and in every version.
fn hash(path: &str) -> u64 {
    path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
