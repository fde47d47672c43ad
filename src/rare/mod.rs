//! Rare events: the probability of a false rollback of one in ten thousand, on a laptop.

mod chain;
mod counts;
mod course;
pub mod exact;
mod load;
mod phases;
mod refusal;

pub use refusal::NotExact;
