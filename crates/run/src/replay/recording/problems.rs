//! What is wrong with a recording, line by line.

use std::fmt;

/// All that is wrong with a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingErrors {
    /// At least one, at most a hundred, by line.
    pub problems: Vec<RowProblem>,
    /// How many more there are.
    pub more: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// From 1; `None` if it is about the file.
    pub line: Option<u64>,
    /// The rule and what breaks it.
    pub message: String,
}

/// Nobody reads more at once.
const MOST_PROBLEMS: usize = 100;

impl fmt::Display for RecordingErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            match problem.line {
                Some(line) => writeln!(f, "line {line}: {}", problem.message)?,
                None => writeln!(f, "{}", problem.message)?,
            }
        }
        let count = self.problems.len() as u64 + self.more;
        write!(f, "{count} problem{}", if count == 1 { "" } else { "s" })?;
        if self.more > 0 { write!(f, ", {MOST_PROBLEMS} shown") } else { Ok(()) }
    }
}

impl std::error::Error for RecordingErrors {}

/// Those found so far.
#[derive(Default)]
pub(super) struct Problems {
    problems: Vec<RowProblem>,
    more: u64,
}

impl Problems {
    pub(super) fn note(&mut self, line: Option<u64>, message: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(RowProblem { line, message });
        } else {
            self.more += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }
}

impl From<Problems> for RecordingErrors {
    fn from(Problems { problems, more }: Problems) -> Self {
        Self { problems, more }
    }
}
