//! How a command ends: its exit code, and what is said on standard error.

use crate::experiment::runner::RunError;
use crate::experiment::spill::SpillError;
use crate::random::arrival::TraceError;
use crate::report::RenderError;
use crate::scenario::ScenarioErrors;
use anstream::AutoStream;
use std::io::{self, Write};
use std::process::ExitCode;

/// Why a command did not end well.
#[derive(Debug)]
pub enum Failure {
    /// The input is at fault: exit code 2.
    BadInput(String),
    /// Something else is: exit code 1.
    Failed(String),
    /// Somebody pressed Ctrl-C: exit code 130.
    Interrupted(String),
    /// Everything has been said on standard output; this is the exit code.
    Said(u8),
    /// The reader of our output has gone away: nothing to say, exit code 0.
    NobodyReads,
}

impl Failure {
    /// Says what is wrong and gives the exit code.
    pub fn report(self) -> ExitCode {
        let (text, code) = match self {
            Self::BadInput(text) => (text, 2),
            Self::Failed(text) => (text, 1),
            Self::Interrupted(text) => (text, 130),
            Self::Said(code) => return ExitCode::from(code),
            Self::NobodyReads => return ExitCode::SUCCESS,
        };
        // Nothing can be done if even standard error is closed.
        let _ = writeln!(anstream::stderr(), "{}", text.trim_end());
        ExitCode::from(code)
    }
}

impl From<ScenarioErrors> for Failure {
    fn from(errors: ScenarioErrors) -> Self {
        Self::BadInput(errors.render(true))
    }
}

impl From<TraceError> for Failure {
    fn from(error: TraceError) -> Self {
        Self::BadInput(format!("error: {error}"))
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Trace(error) => error.into(),
            RunError::Spill(error) => error.into(),
        }
    }
}

impl From<SpillError> for Failure {
    fn from(error: SpillError) -> Self {
        Self::Failed(format!("error: {error}"))
    }
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        Self::Failed(format!("error: {error}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::NobodyReads
        } else {
            Self::Failed(format!("error: standard output: {error}"))
        }
    }
}

/// Prints to standard output; colours are dropped where they are not wanted.
///
/// # Errors
/// [`Failure`] if standard output cannot be written to.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = AutoStream::auto(io::stdout().lock());
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Says something on standard error that does not stop the command.
pub fn note(text: &str) {
    // Nothing can be done if even standard error is closed.
    let _ = writeln!(anstream::stderr(), "{text}");
}
