//! Strategies as plans, and the controller that executes them.

pub mod all_at_once;
pub mod canary;
pub mod controller;
pub mod linear;
pub mod plan;
pub mod rolling;
pub mod rules;
pub mod shadow;
pub mod shift;
pub mod steps;
