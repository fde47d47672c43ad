//! Strategies as plans, and the controller that executes them.

pub mod plan;
