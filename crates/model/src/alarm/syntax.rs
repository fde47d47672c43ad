//! What the two small languages of alarms share: a place in a text, and what is wrong there.
//!
//! Metric math ([`math`](crate::alarm::math)) and the rules of composite alarms
//! ([`composite`](crate::alarm::composite)) are each a line of text in a scenario. Their parsers
//! read it by hand, because what a writer needs most is a good sentence about the one thing that is
//! wrong.

use std::fmt;
use std::ops::Range;

/// What is wrong with an expression or a rule, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The rule and what breaks it, without the place.
    pub message: String,
    /// Bytes of the text to point at; empty at its end.
    pub span: Range<usize>,
    /// The character it begins at, from 1.
    pub character: usize,
    /// If a name is unknown, the name and those that could have been meant.
    pub unknown: Option<Unknown>,
}

/// A name that means nothing where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// As written.
    pub word: String,
    /// What may stand there.
    pub known: Vec<String>,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.character)
    }
}

impl std::error::Error for SyntaxError {}

/// A reader of a text, always at a character.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte that comes next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// The next character after blanks.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.skip_blanks();
        self.rest().chars().next()
    }

    /// Reads `token` if it comes next after blanks.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Reads the keyword `word` if it comes next after blanks and no letter, digit or underscore
    /// follows it.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let found = self.peek_word() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    /// The letters, digits and underscores that come next.
    pub(super) fn peek_word(&self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    }

    /// Reads as long as `wanted` holds.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Reads the next character, whatever it is.
    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next();
        self.at += next.map_or(0, char::len_utf8);
        next
    }

    /// Reads `token`, which has to come next, after `what`.
    pub(super) fn expect(&mut self, token: &str, what: &str) -> Result<(), SyntaxError> {
        if self.eat(token) { Ok(()) } else { Err(self.missing(&format!("`{token}` {what}"))) }
    }

    /// An error that `wanted` does not come next.
    pub(super) fn missing(&mut self, wanted: &str) -> SyntaxError {
        let found = match self.peek() {
            None => "the end".to_owned(),
            Some(_) if !self.peek_word().is_empty() => format!("`{}`", self.peek_word()),
            Some(next) => format!("`{next}`"),
        };
        let length = if self.peek_word().is_empty() {
            self.rest().chars().next().map_or(0, char::len_utf8)
        } else {
            self.peek_word().len()
        };
        self.error(self.at..self.at + length, format!("expected {wanted}, found {found}"))
    }

    /// An error about a part of the text.
    pub(super) fn error(&self, span: Range<usize>, message: String) -> SyntaxError {
        let character = self.text[..span.start].chars().count() + 1;
        SyntaxError { message, span, character, unknown: None }
    }

    /// An error that the name at `span` is unknown.
    pub(super) fn unknown(
        &self,
        span: Range<usize>,
        message: String,
        known: Vec<String>,
    ) -> SyntaxError {
        let word = self.text[span.clone()].to_owned();
        SyntaxError { unknown: Some(Unknown { word, known }), ..self.error(span, message) }
    }
}
