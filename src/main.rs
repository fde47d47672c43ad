//! The command `sim`.

use std::process::ExitCode;

fn main() -> ExitCode {
    rollout_sim::cli::main()
}
