//! The tree of a TOML file: from places to paths and back.
//!
//! A path is a text such as `strategies[1].canary.size`; the keys of a scenario are plain words,
//! and a key that is not is never part of a path that is looked up again.

use std::fmt::Write as _;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A step from a node to a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The entry of a table.
    Key(String),
    /// The element of an array.
    Index(usize),
}

/// A node that a place belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// From the root.
    pub(super) steps: Vec<Step>,
    /// Whether the place is the node's key rather than its value.
    pub(super) is_key: bool,
}

/// The innermost node that the bytes `place` belong to.
pub(super) fn node_at(tree: &DeTable<'_>, place: &Range<usize>) -> Option<Node> {
    let mut search = Search { place, steps: Vec::new(), best: None };
    search.table(tree);
    search.best.map(|(_, node)| node)
}

/// Where the value at `path` stands, or the nearest table around it that exists. A key that has dots
/// itself, as those of `vary`, is found as the path that it is.
pub(super) fn span_of(tree: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    let mut table = Some(tree);
    let mut span = None;
    let mut key = String::new();
    for part in path.split('.') {
        let (word, indices) = part.split_once('[').unwrap_or((part, ""));
        key = if key.is_empty() { word.to_owned() } else { format!("{key}.{word}") };
        let Some(mut value) = table.and_then(|table| table.get(key.as_str())) else { continue };
        key.clear();
        span = Some(value.span());
        for index in indices.split('[').filter(|index| !index.is_empty()) {
            let index = index.trim_end_matches(']').parse::<usize>().ok();
            let Some(element) = index.and_then(|i| value.get_ref().as_array()?.get(i)) else {
                return span;
            };
            value = element;
            span = Some(value.span());
        }
        table = value.get_ref().as_table();
    }
    span
}

/// A path as text.
pub(super) fn path_of(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        // Writing to a `String` cannot fail.
        let _ = match step {
            Step::Key(key) if path.is_empty() => write!(path, "{key}"),
            Step::Key(key) => write!(path, ".{key}"),
            Step::Index(index) => write!(path, "[{index}]"),
        };
    }
    path
}

/// Whether one of two paths leads to the other or through it.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| {
            rest.is_empty() || outer.is_empty() || rest.starts_with('.') || rest.starts_with('[')
        })
    };
    within(one, other) || within(other, one)
}

struct Search<'a> {
    place: &'a Range<usize>,
    steps: Vec<Step>,
    best: Option<(usize, Node)>,
}

impl Search<'_> {
    fn table(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            self.steps.push(Step::Key(key.get_ref().to_string()));
            self.consider(&key.span(), true);
            self.value(value);
            self.steps.pop();
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) {
        self.consider(&value.span(), false);
        match value.get_ref() {
            DeValue::Table(table) => self.table(table),
            DeValue::Array(array) => {
                for (index, element) in array.iter().enumerate() {
                    self.steps.push(Step::Index(index));
                    self.value(element);
                    self.steps.pop();
                }
            }
            _ => {}
        }
    }

    /// Takes the node if its span is around the place and the smallest so far; of equal ones (an
    /// array of tables and its first element begin alike) the inner.
    fn consider(&mut self, span: &Range<usize>, is_key: bool) {
        let around = span.start <= self.place.start && self.place.end <= span.end;
        let smaller = self.best.as_ref().is_none_or(|(length, _)| span.len() <= *length);
        if around && smaller {
            let node = Node { steps: self.steps.clone(), is_key };
            self.best = Some((span.len(), node));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "n = 1\n[[l]]\na = 2\n[[l]]\nb = { c = [3, 4] }\n";

    #[test]
    fn places_and_paths_are_inverse() {
        let tree = DeTable::parse(TEXT).expect("TOML");
        for (path, text) in [
            ("n", "1"),
            ("l[0].a", "2"),
            ("l[1].b.c[1]", "4"),
            ("l[1]", "[[l]]"),
            ("l[0]", "[[l]]"),
        ] {
            let span = span_of(tree.get_ref(), path).expect("a place");
            assert_eq!(&TEXT[span.clone()], text, "{path}");
            let node = node_at(tree.get_ref(), &span).expect("a node");
            assert_eq!(path_of(&node.steps), path);
            assert!(!node.is_key);
        }
    }

    #[test]
    fn an_absent_key_is_shown_at_the_table_around_it() {
        let tree = DeTable::parse(TEXT).expect("TOML");
        assert_eq!(span_of(tree.get_ref(), "l[1].b.x.y"), span_of(tree.get_ref(), "l[1].b"));
        assert_eq!(span_of(tree.get_ref(), "l[7].b"), span_of(tree.get_ref(), "l"));
        assert_eq!(span_of(tree.get_ref(), "absent"), None);
    }

    #[test]
    fn a_key_with_dots_is_found_as_the_path_that_it_is() {
        let text = "[v]\n\"a.b.c\" = [1, 23]\nd.\"e.f\" = 4\n";
        let tree = DeTable::parse(text).expect("TOML");
        for (path, value) in [("v.a.b.c[1]", "23"), ("v.d.e.f", "4")] {
            let span = span_of(tree.get_ref(), path).expect("a place");
            assert_eq!(&text[span], value, "{path}");
        }
        assert_eq!(span_of(tree.get_ref(), "v.a.b.x"), span_of(tree.get_ref(), "v"));
    }

    #[test]
    fn paths_overlap_if_one_leads_through_the_other() {
        assert!(overlap("a.b", "a"));
        assert!(overlap("a", "a[1].b"));
        assert!(overlap("a", "a"));
        assert!(!overlap("a.b", "a.bc"));
        assert!(!overlap("a[1]", "a[10]"));
    }
}
