//! What the endpoint publishes.

pub mod bin;
pub mod histogram;
pub mod metric;
pub mod ratio;
pub mod sample_statistic;
pub mod sampled;
pub mod series;
pub mod statistic;
