//! One run, wired together.

pub mod outcome;
pub mod record;
