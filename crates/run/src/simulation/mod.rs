//! One run, wired together.
//!
//! [`replicate`](replication::replicate) feeds the requests of a replication to all its arms; an
//! [`Arm`](arm::Arm) is one strategy against one regression: the data plane serves the requests between
//! two events of the arm's calendar, and the events are what alarms and the rollout controller do.

mod ab_test;
mod accounts;
mod act;
mod aggregate;
mod alarms;
mod analysis;
pub mod arm;
mod baseline;
mod billing;
pub mod clocks;
mod control;
mod equip;
mod event;
pub mod fidelity;
mod finish;
mod instances;
mod late;
mod milestones;
mod notes;
mod open_loop;
pub mod outcome;
mod parking;
mod plane;
pub mod record;
mod recorder;
pub mod replication;
pub mod tape;
mod traffic;
mod trouble;
mod users;
pub mod verdict;
mod verdicts;
pub mod walk;
pub mod world;
