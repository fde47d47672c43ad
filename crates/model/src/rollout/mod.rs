//! Strategies as plans, and the controller that executes them.

pub mod ab_test;
pub mod all_at_once;
pub mod canary;
pub mod code_deploy;
pub mod controller;
pub mod course;
pub mod ecs;
pub mod limits;
pub mod linear;
pub mod plan;
pub mod ramp;
pub mod rolling;
pub mod rules;
pub mod shadow;
pub mod shift;
pub mod steps;
