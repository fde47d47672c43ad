//! The text of a scenario, to show a place in it.

use super::error::first_line;
use super::locate;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::ops::Range;
use toml::de::DeTable;

/// The text of a scenario and what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// What the file is called in messages.
    pub origin: String,
    /// Its text.
    pub text: String,
}

/// A remark about one place of a scenario.
#[derive(Clone, Debug)]
pub struct Remark<'a> {
    /// How bad it is.
    pub level: RemarkLevel,
    /// What it is called, in brackets behind the level; empty for nothing.
    pub id: &'a str,
    /// What is remarked.
    pub title: &'a str,
    /// Where: `alarms[0].threshold`; the nearest table around it is shown if the key is absent.
    pub path: &'a str,
    /// What is said below it.
    pub notes: &'a [String],
    /// What to do about it.
    pub help: &'a str,
}

/// How bad a remark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemarkLevel {
    /// Something is wrong.
    Error,
    /// Something is probably wrong.
    Warning,
    /// Something is worth knowing.
    Note,
}

impl Source {
    /// The remark as a compiler would show it, with terminal colours if `styled`.
    pub fn show(&self, remark: &Remark<'_>, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let level = match remark.level {
            RemarkLevel::Error => Level::ERROR,
            RemarkLevel::Warning => Level::WARNING,
            RemarkLevel::Note => Level::NOTE,
        };
        let mut title = level.primary_title(remark.title);
        if !remark.id.is_empty() {
            title = title.id(remark.id);
        }
        let span = self.span_of(remark.path);
        let mut group: Group<'_> = title.elements(span.clone().map(|span| {
            Snippet::source(&self.text)
                .path(&self.origin)
                .annotation(AnnotationKind::Primary.span(span))
        }));
        if span.is_none() {
            group = group.element(Origin::path(&self.origin));
        }
        for note in remark.notes {
            group = group.element(Level::NOTE.message(note));
        }
        if !remark.help.is_empty() {
            group = group.element(Level::HELP.message(remark.help));
        }
        renderer.render(&[group])
    }

    /// The line of a path, counted from 1.
    pub fn line_of(&self, path: &str) -> Option<usize> {
        let start = self.span_of(path)?.start;
        Some(self.text.get(..start)?.matches('\n').count() + 1)
    }

    fn span_of(&self, path: &str) -> Option<Range<usize>> {
        let tree = DeTable::parse(&self.text).ok()?;
        let span = locate::span_of(tree.get_ref(), path)?;
        first_line(&self.text, span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_place_the_notes_and_the_remedy() {
        let source = Source { origin: "s.toml".into(), text: "a = 1\n[[b]]\nc = 20\n".into() };
        let remark = Remark {
            level: RemarkLevel::Warning,
            id: "7: too-much",
            title: "c is large",
            path: "b[0].c",
            notes: &["20 > 1".to_owned()],
            help: "write c = 1",
        };
        let text = source.show(&remark, false);
        for part in
            ["warning[7: too-much]: c is large", "s.toml:3:5", "^^", "note: 20 > 1", "help:"]
        {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert_eq!(source.line_of("b[0].c"), Some(3));
        assert_eq!(source.line_of("b[0].absent"), Some(2));
        assert_eq!(source.line_of("absent"), None);
        let nowhere = source.show(&Remark { path: "absent", ..remark }, false);
        assert!(nowhere.contains("s.toml") && !nowhere.contains('^'), "{nowhere}");
    }
}
