//! The same experiment with other values of some keys: what they change, and what they do not.
//!
//! 1. [`grid`] reads the values of each key; [`cells`] combines them.
//! 2. Every cell is checked as a file of its own, then simulated with the same seed and the same
//!    replications, so cells are compared on common random numbers.
//! 3. [`record`] is what is kept of a cell, under a fingerprint of all that it depends on.
//! 4. [`study`] puts the cells side by side; [`ranking`] says where they order strategies differently.
//! 5. [`undocumented`] knows the settings that no vendor documents, [`conclusions`] what they overturn.
//!
//! Nothing here simulates, prints or touches files; `cli::sweep` does.

pub mod cells;
pub mod conclusions;
pub mod grid;
pub mod ranking;
pub mod record;
pub mod study;
pub mod undocumented;
