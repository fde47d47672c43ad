//! Collects problems, each once: what follows from a value that is itself in doubt is not reported.

use crate::error::Problem;
use crate::range::Range;
use crate::time::SimDuration;
use crate::{locate, suggest};
use std::collections::BTreeSet;
use std::fmt::Display;
use toml::de::DeTable;

/// The problems found so far.
#[derive(Debug)]
pub(crate) struct Report {
    found: Vec<Problem>,
    /// Paths of values that are not the file's or that have a problem.
    doubtful: Vec<String>,
}

impl Report {
    /// No problems yet, but `doubtful` paths already.
    pub(super) fn new(doubtful: Vec<String>) -> Self {
        Self { found: Vec::new(), doubtful }
    }

    /// The problems, each with its place in the `tree` of the file.
    pub(super) fn into_problems(self, tree: &DeTable<'_>) -> Vec<Problem> {
        let mut problems = self.found;
        for problem in &mut problems {
            problem.span = locate::span_of(tree, &problem.path);
        }
        problems
    }

    /// The problems, without their places.
    pub(super) fn into_found(self) -> Vec<Problem> {
        self.found
    }

    /// Whether nothing is in doubt.
    pub(super) fn is_clean(&self) -> bool {
        self.doubtful.is_empty()
    }

    /// Whether nothing is in doubt but what is within `path`.
    pub(super) fn sound_but_for(&self, path: &str) -> bool {
        self.doubtful.iter().all(|doubtful| {
            doubtful.strip_prefix(path).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        })
    }

    /// Whether the value at `path` can be judged: nothing at, within or around it is in doubt.
    pub(crate) fn sound(&self, path: &str) -> bool {
        !self.doubtful.iter().any(|doubtful| locate::overlap(doubtful, path))
    }

    /// Notes a problem of the value at `path`, unless it cannot be judged.
    pub(crate) fn problem(
        &mut self,
        path: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let path = path.into();
        if self.sound(&path) {
            self.doubtful.push(path.clone());
            let (message, help) = (message.into(), Some(help.into()));
            self.found.push(Problem { path, message, help, span: None });
        }
    }

    /// Notes a value beyond the range of its key.
    pub(super) fn beyond(&mut self, path: String, value: &toml::Value, range: &Range<'_>) {
        let value = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Float(number) => number.to_string(),
            other => other.to_string(),
        };
        let message = format!("`{}` must be {}, but is {value}", key(&path), range.words());
        self.problem(path, message, range.remedy());
    }

    /// Notes a number that is not from `least` to `most`.
    pub(super) fn within(&mut self, path: impl Into<String>, value: f64, [least, most]: [f64; 2]) {
        if !(least..=most).contains(&value) {
            self.out_of_range(path, &value, &format!("from {least} to {most}"));
        }
    }

    /// Notes a number that is not above 0 and up to `most`.
    pub(crate) fn above_zero(&mut self, path: impl Into<String>, value: f64, most: f64) {
        if !(value > 0.0 && value <= most) {
            self.out_of_range(path, &value, &format!("above 0 and at most {most}"));
        }
    }

    /// Notes a count that is not from `least` to `most`.
    pub(crate) fn count(
        &mut self,
        path: impl Into<String>,
        value: impl Into<u64>,
        [least, most]: [u64; 2],
    ) {
        let value = value.into();
        if !(least..=most).contains(&value) {
            self.out_of_range(path, &value, &format!("from {least} to {most}"));
        }
    }

    /// Notes a time of zero.
    pub(crate) fn positive_time(&mut self, path: impl Into<String>, value: SimDuration) {
        if value.is_zero() {
            let path = path.into();
            let message = format!("`{}` must be longer than zero", key(&path));
            self.problem(path, message, "give a time above \"0s\"");
        }
    }

    /// Notes a list that has nothing in it.
    pub(super) fn not_empty(&mut self, path: &str, length: usize) {
        // An element that could not be read is missing here.
        if length == 0 && self.sound(&format!("{path}[*]")) {
            let message = format!("`{}` is an empty list", key(path));
            self.problem(path, message, "give at least one, or take out the key");
        }
    }

    /// Whether a list is short enough to go through; notes it if not.
    pub(super) fn list(&mut self, list: &str, length: usize) -> bool {
        if length > LONGEST_LIST {
            let message = format!("there are {length} {list}");
            self.problem(list, message, format!("give at most {LONGEST_LIST}"));
        }
        length <= LONGEST_LIST
    }

    /// Notes the unusable and the repeated among the names of a list.
    pub(super) fn names<'a>(&mut self, list: &str, names: impl Iterator<Item = &'a str>) {
        self.names_up_to(LONGEST_NAME, list, names);
    }

    /// Likewise, of names that may have so many characters.
    pub(super) fn names_up_to<'a>(
        &mut self,
        longest: usize,
        list: &str,
        names: impl Iterator<Item = &'a str>,
    ) {
        let mut seen = BTreeSet::new();
        for (index, name) in names.enumerate() {
            let path = format!("{list}[{index}].name");
            if !self.sound(&path) {
                continue;
            }
            self.name_up_to(longest, &path, name);
            if !seen.insert(name) {
                let message = format!("two of the {list} are called \"{name}\"");
                self.problem(path, message, "give each a name of its own");
            }
        }
    }

    /// Notes a name that would not read well in a table or file.
    pub(super) fn name(&mut self, path: &str, name: &str) {
        self.name_up_to(LONGEST_NAME, path, name);
    }

    fn name_up_to(&mut self, longest: usize, path: &str, name: &str) {
        let too_long = format!("is longer than {longest} characters");
        let fault = if name.is_empty() {
            "is empty"
        } else if name.chars().count() > longest {
            &too_long
        } else if name.chars().any(char::is_control) {
            "has control characters"
        } else if name.trim() != name {
            "begins or ends with a space"
        } else {
            return;
        };
        self.problem(path, format!("the name {name:?} {fault}"), "give a short plain name");
    }

    /// Notes a name that is not among the known ones and gives the remedy.
    pub(crate) fn unknown_name(
        &mut self,
        path: impl Into<String>,
        kind: &str,
        name: &str,
        known: &[&str],
    ) {
        let message = format!("there is no {kind} \"{name}\"");
        self.problem(path, message, suggest::remedy(name, known));
    }

    fn out_of_range(&mut self, path: impl Into<String>, value: &dyn Display, range: &str) {
        let path = path.into();
        let message = format!("`{}` must be {range}, but is {value}", key(&path));
        self.problem(path, message, "give a number in this range");
    }
}

const LONGEST_NAME: usize = 100;
const LONGEST_LIST: usize = 1000;

/// The last key of a path.
fn key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
