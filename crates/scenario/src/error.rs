//! What is wrong with a scenario file, shown where it stands.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// Everything that is wrong with one scenario file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioErrors {
    /// What the file is called in messages.
    pub origin: String,
    /// At least one, at most a hundred.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
    /// The text that the spans point into.
    source: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the scenario: `strategies[1].canary.size`; empty for the file as a whole.
    pub path: String,
    /// The rule and what breaks it.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Bytes of the text to point at; `None` if no place is better than another.
    pub span: Option<Range<usize>>,
}

/// A path of a file, the rule that is broken there, and the remedy.
pub(super) type Misfit = (String, (String, String));

/// Nobody reads more at once, and each is shown with its source.
pub(super) const MOST_PROBLEMS: usize = 100;

impl ScenarioErrors {
    pub(super) fn new(origin: &str, source: &str, mut problems: Vec<Problem>) -> Self {
        for problem in &mut problems {
            problem.span = problem.span.take().and_then(|span| first_line(source, span));
        }
        problems.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
        let more = problems.len().saturating_sub(MOST_PROBLEMS);
        problems.truncate(MOST_PROBLEMS);
        Self { origin: origin.to_owned(), problems, more, source: source.to_owned() }
    }

    /// One problem with a file that has no text to show.
    pub(super) fn without_text(origin: &str, message: String, help: &str) -> Self {
        let help = Some(help.to_owned());
        let problem = Problem { path: String::new(), message, help, span: None };
        Self::new(origin, "", vec![problem])
    }

    /// The problems as a compiler would show them, with terminal colours if `styled`.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for problem in &self.problems {
            text.push_str(&renderer.render(&[self.group(problem)]));
            text.push_str("\n\n");
        }
        let count = self.problems.len() + self.more;
        let noun = if count == 1 { "problem" } else { "problems" };
        let shown = if self.more > 0 { format!(", {MOST_PROBLEMS} shown") } else { String::new() };
        let total = format!("{count} {noun} in {}{shown}", self.origin);
        text.push_str(&renderer.render(&[Group::with_title(Level::ERROR.primary_title(total))]));
        text.push('\n');
        text
    }

    /// The line of a problem, counted from 1.
    pub fn line_of(&self, problem: &Problem) -> Option<usize> {
        let start = problem.span.as_ref()?.start;
        Some(self.source.get(..start)?.matches('\n').count() + 1)
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let mut group = Level::ERROR.primary_title(&problem.message).elements(
            problem.span.clone().map(|span| {
                Snippet::source(&self.source)
                    .path(&self.origin)
                    .annotation(AnnotationKind::Primary.span(span))
            }),
        );
        if problem.span.is_none() {
            group = group.element(Origin::path(&self.origin));
        }
        match &problem.help {
            Some(help) => group.element(Level::HELP.message(help)),
            None => group,
        }
    }
}

impl fmt::Display for ScenarioErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for ScenarioErrors {}

/// The part of a span on its first line; `None` if it doesn't lie in the text.
pub(super) fn first_line(source: &str, span: Range<usize>) -> Option<Range<usize>> {
    let text = source.get(span.clone())?;
    let length = text.find(['\r', '\n']).unwrap_or(text.len());
    Some(span.start..span.start + length)
}
