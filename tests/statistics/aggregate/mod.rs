//! The aggregate plane against the request plane, run by run, and against closed forms.
//!
//! Where no request waits both have the same law. Every column of an outcome and every figure of a
//! published interval is compared: how often it is there, its mean, its spread and its law, over
//! hundreds to thousands of runs on either plane with independent seeds. Together they
//! may differ by chance in one of 10⁴ such test runs; the seeds are fixed, so they do not flicker.

mod attributable;
mod bound;
mod compare;
mod laws;
mod oracle;
mod pairing;
mod planes;
