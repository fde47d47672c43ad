//! What a lint has found.

use serde::Serialize;

/// One thing about a scenario that deserves a second look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Which lint, by its number.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the scenario: `alarms[0].threshold`.
    pub place: String,
    /// The strategy it is about, if it is about one.
    pub strategy: Option<String>,
    /// The alarm it is about, if it is about one.
    pub alarm: Option<String>,
    /// The regression it is about, if it is about one.
    pub regression: Option<String>,
    /// What was found, in one sentence.
    pub message: String,
    /// Why that matters.
    pub why: &'static str,
    /// The numbers.
    pub arithmetic: String,
    /// What to do about it.
    pub remedy: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration cannot do what it is for.
    Error,
    /// It probably does not do what is meant.
    Warning,
    /// Good to know.
    Note,
    /// It cannot be told before it is run; `arithmetic` is why.
    Unjudged,
}

/// A lint: what it looks for, and how.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// From 1.
    pub number: u8,
    /// In kebab-case.
    pub name: &'static str,
    /// Why its findings matter.
    pub why: &'static str,
    /// Finds them.
    pub(super) check: fn(&super::facts::Facts<'_>) -> Vec<Finding>,
}

impl Severity {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
            Self::Unjudged => "not judged",
        }
    }
}

impl Lint {
    /// A finding at `place`, to be filled in.
    pub(super) fn finding(&self, severity: Severity, place: impl Into<String>) -> Finding {
        Finding {
            number: self.number,
            name: self.name,
            severity,
            place: place.into(),
            strategy: None,
            alarm: None,
            regression: None,
            message: String::new(),
            why: self.why,
            arithmetic: String::new(),
            remedy: String::new(),
        }
    }
}
