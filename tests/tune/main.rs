//! The search for the best policy, and how it is told.

#[path = "../described/mod.rs"]
mod described;
#[path = "../figures/mod.rs"]
mod figures;
#[path = "../tuned/mod.rs"]
mod tuned;

mod tape;
mod tune;
mod tune_docs;
mod tune_exports;
mod tune_plots;
mod tune_terminal;
mod tune_trust;
