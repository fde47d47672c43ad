//! The command `sim`: one file for each subcommand. It knows everything and decides nothing.

mod alarm;
mod args;
mod check;
mod exit;
mod init;
mod lint;
mod load;
mod progress;
mod run;
mod sweep;
mod tune;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use exit::{Failure, print};
use std::process::ExitCode;

/// Runs the command that the arguments ask for.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Clap says 2 for a wrong command line and 0 for --help and --version.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match dispatch(&cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Run(args) => run::run(args),
        Command::Sweep(args) => sweep::sweep(args),
        Command::Tune(args) => tune::run(args),
        Command::Check(args) => check::check(args),
        Command::Alarm(args) => alarm::alarm(args),
        Command::Init(args) => init::init(args),
        Command::Schema => print(&format!("{}\n", crate::scenario::json_schema().trim_end())),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "sim", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    }
}
