//! The millions of requests between two control events.
//!
//! A block of requests, with every draw that any of them may need, is made once for a replication and
//! served by every arm (strategy and regression) in turn. So all arms see the same requests, the draws
//! are paid for once, and memory depends on neither the number of requests nor of runs.

pub mod aggregate;
mod batch;
pub mod block;
pub mod books;
mod draws;
pub mod kpi;
pub mod latencies;
pub mod ledger;
mod lot;
pub mod mirroring;
pub mod others;
pub mod path;
mod publish;
pub mod pull;
pub mod quality;
pub mod requests;
pub mod retries;
pub mod settle;
pub mod tally;
pub mod trial;
pub mod truth;
