//! Figures against laws: exact cases, closed forms, coverage, recorded outcomes.

#[path = "../clumped/mod.rs"]
mod clumped;
#[path = "../situations/mod.rs"]
mod situations;
#[path = "../support/stats.rs"]
mod statistical;
#[path = "../support/mod.rs"]
mod support;
#[path = "../synthetic/mod.rs"]
mod synthetic;

mod aggregate;
mod anytime;
mod coverage;
mod determinism;
mod distributions;
mod oracle;
mod outcomes_golden;
mod rare_coverage;
mod rare_exact;
mod rare_splitting;
mod statistics;
