//! Rare events: a probability of a false rollback of one in ten thousand, on a laptop.
//!
//! [`estimate`] computes it where the model allows it ([`exact`]); where it does not, the real simulation
//! is split on its way to a rollback (`splitting`, with the coordinate of `nearness`), at a small part of
//! the cost of plain runs. `docs/rare.md` has the formulae, the sources, and what each costs.

mod chain;
mod counts;
mod course;
mod estimate;
pub mod exact;
mod load;
mod nearness;
mod phases;
mod refusal;
mod splitting;

pub use estimate::{Effort, Method, RareEstimate, Unsplit, computed, estimate, simulated};
pub use refusal::NotExact;
