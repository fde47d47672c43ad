//! The command, as people use it: arguments, files, signals, sweeps, and what README and the tree promise.

#[path = "../support/mod.rs"]
mod support;

mod cli;
mod cli_alarm;
mod cli_alarm_dumps;
mod cli_alarm_output;
mod cli_interrupt;
mod cli_run;
mod readme;
mod sweep;
mod sweep_interrupt;
mod tidy;
