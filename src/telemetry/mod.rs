//! What the endpoint publishes.

pub mod metric;
pub mod ratio;
