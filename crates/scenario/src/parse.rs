//! From text to a raw scenario, with all that is wrong on the way.
//!
//! serde stops at the first error. So each error is noted, the entry at fault is taken out of the
//! tree (or a missing one stood in for), and the tree is read again, until it passes. Paths that
//! were mended are `doubtful`: no check may judge them.

use super::error::{MOST_PROBLEMS, Problem};
use super::locate::{self, Node, Step};
use super::stand_in::NOWHERE;
use super::{explain, stand_in, suggest};
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue, Deserializer};

/// The outcome of reading a text.
pub(super) struct Parsed<'text, Raw> {
    /// `None` if the text could not be mended into one.
    pub(super) raw: Option<Raw>,
    /// The tree that `raw` was read from.
    pub(super) tree: DeTable<'text>,
    /// What was wrong, in the order found.
    pub(super) problems: Vec<Problem>,
    /// Paths whose values are not the file's; `alarms[*]` if an element was taken out of `alarms`.
    pub(super) doubtful: Vec<String>,
}

/// Reads the text of a file of the type `Raw`.
pub(super) fn parse<Raw: DeserializeOwned>(text: &str) -> Parsed<'_, Raw> {
    let (tree, errors) = DeTable::parse_recoverable(text);
    let mut parsed =
        Parsed { raw: None, tree: tree.into_inner(), problems: Vec::new(), doubtful: Vec::new() };
    if errors.is_empty() {
        parsed.read();
    } else {
        parsed.problems = explain::syntax(text, &errors);
    }
    parsed
}

/// The place of the whole file, which no node is around.
const ROOT: Range<usize> = usize::MAX - 1..usize::MAX - 1;

impl<Raw: DeserializeOwned> Parsed<'_, Raw> {
    fn read(&mut self) {
        // A mended entry may need mending again, but each time something is taken out or put in
        // once.
        for _ in 0..10 * MOST_PROBLEMS {
            // The rest is left for the next attempt: each problem takes another reading of the
            // file.
            if self.problems.len() >= MOST_PROBLEMS {
                break;
            }
            let tree = Spanned::new(ROOT, self.tree.clone());
            match Raw::deserialize(Deserializer::from(tree)) {
                Ok(raw) => {
                    self.raw = Some(raw);
                    break;
                }
                Err(error) => {
                    if !self.mend(&error) {
                        break;
                    }
                }
            }
        }
    }

    /// Notes an error and mends its cause; false if that is not possible.
    fn mend(&mut self, error: &toml::de::Error) -> bool {
        let node = error.span().and_then(|span| locate::node_at(&self.tree, &span));
        if let Some(name) = explain::missing_key(error.message()) {
            let steps = node.map(|node| node.steps).unwrap_or_default();
            let path = locate::path_of(&steps);
            let mended = self.put_in(name, steps);
            if !mended {
                self.note(error, path);
            }
            return mended;
        }
        let Some(Node { mut steps, is_key }) = node else {
            self.note(error, String::new());
            return false;
        };
        if explain::is_no_choice(error.message())
            && let Some(value) = value_at(&mut self.tree, &steps)
        {
            *value = DeValue::String(explain::NO_CHOICE.into());
            return true;
        }
        self.note(error, locate::path_of(&steps));
        // An unknown form of a choice leaves an empty choice behind, so the choice goes as a whole.
        if is_key && !explain::is_unknown_key(error.message()) {
            steps.pop();
        }
        self.doubt(&steps);
        take_out(&mut self.tree, &steps)
    }

    fn note(&mut self, error: &toml::de::Error, path: String) {
        let (message, help) = explain::explain(error.message(), &path);
        self.problems.push(Problem { path, message, help, span: error.span() });
    }

    /// Marks the node that is taken out.
    fn doubt(&mut self, steps: &[Step]) {
        let path = locate::path_of(steps);
        if let Some((Step::Index(_), list)) = steps.split_last() {
            // The following elements move up; what was marked in this one means nothing any more.
            self.doubtful.retain(|marked| !locate::overlap(&path, marked));
            self.doubtful.push(format!("{}[*]", locate::path_of(list)));
        } else {
            self.doubtful.push(path);
        }
    }

    /// Stands in for the missing key `name` of the table at `steps`.
    fn put_in(&mut self, name: &str, mut steps: Vec<Step>) -> bool {
        let span = locate::span_of(&self.tree, &locate::path_of(&steps));
        let Some(table) = table_at(&mut self.tree, &steps) else { return false };
        let Some(value) = stand_in::value(name) else { return false };
        table.insert(Spanned::new(NOWHERE, DeString::Owned(name.to_owned())), value);
        let table_path = locate::path_of(&steps);
        steps.push(Step::Key(name.to_owned()));
        let path = locate::path_of(&steps);
        if !self.doubtful.contains(&path) && !self.is_misspelt(name, &table_path) {
            let (message, help) = explain::missing(name, &table_path);
            self.problems.push(Problem { path: path.clone(), message, help: Some(help), span });
        }
        self.doubtful.push(path);
        true
    }

    /// Whether an unknown key of the table at `table_path` was probably meant to be `name`.
    fn is_misspelt(&self, name: &str, table_path: &str) -> bool {
        self.doubtful.iter().any(|path| {
            let (table, key) = path.rsplit_once('.').unwrap_or(("", path));
            table == table_path && suggest::nearest(key, &[name]).is_some()
        })
    }
}

/// The table at `steps`.
fn table_at<'tree, 'text>(
    root: &'tree mut DeTable<'text>,
    steps: &[Step],
) -> Option<&'tree mut DeTable<'text>> {
    if steps.is_empty() {
        return Some(root);
    }
    match value_at(root, steps)? {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The value at `steps`, of which there is at least one.
fn value_at<'tree, 'text>(
    root: &'tree mut DeTable<'text>,
    steps: &[Step],
) -> Option<&'tree mut DeValue<'text>> {
    let (Step::Key(key), rest) = steps.split_first()? else { return None };
    let mut value = root.get_mut(key.as_str())?.get_mut();
    for step in rest {
        value = match (step, value) {
            (Step::Key(key), DeValue::Table(table)) => table.get_mut(key.as_str())?.get_mut(),
            (Step::Index(index), DeValue::Array(array)) => array.get_mut(*index)?.get_mut(),
            _ => return None,
        };
    }
    Some(value)
}

/// Removes the node at `steps`; false if there is none.
fn take_out(root: &mut DeTable<'_>, steps: &[Step]) -> bool {
    let Some((last, parent)) = steps.split_last() else { return false };
    let index = match last {
        Step::Key(key) => {
            let table = table_at(root, parent);
            return table.is_some_and(|table| table.remove(key.as_str()).is_some());
        }
        Step::Index(index) => index,
    };
    let Some(DeValue::Array(array)) = value_at(root, parent) else { return false };
    let kept = std::mem::replace(array, DeArray::new());
    let before = kept.len();
    *array = kept.into_iter().enumerate().filter(|(i, _)| i != index).map(|(_, v)| v).collect();
    array.len() < before
}
