//! What the endpoint publishes.

pub mod backlog;
pub mod bin;
pub mod detail;
pub mod extended;
pub mod histogram;
pub mod metric;
pub mod name;
pub mod orders;
pub mod position;
pub mod ratio;
pub mod sample_statistic;
pub mod sampled;
pub mod series;
pub mod split;
pub mod statistic;
