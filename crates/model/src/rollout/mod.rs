//! Strategies as plans, and the controller that executes them.

pub mod ab_test;
pub mod code_deploy;
pub mod controller;
pub mod course;
pub mod limits;
pub mod plan;
pub mod rolling;
pub mod rules;
pub mod shift;
