//! Strategies as plans, and the controller that executes them.

pub mod controller;
pub mod plan;
