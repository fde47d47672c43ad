//! The parameters of a case, and a list of those that cannot be said.
//!
//! Every key has to be asked for: one that nobody asked for may change the answer, so it is named at the
//! end, and the case is left out.

use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What of a case cannot be said, in words.
#[derive(Default)]
pub struct Unsaid(RefCell<Vec<String>>);

impl Unsaid {
    pub fn add(&self, what: String) {
        let mut list = self.0.borrow_mut();
        if !list.contains(&what) {
            list.push(what);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub fn into_list(self) -> Vec<String> {
        self.0.into_inner()
    }
}

/// An object of parameters.
pub struct Parameters<'a> {
    values: Option<&'a Map<String, Value>>,
    path: String,
    asked: RefCell<BTreeSet<String>>,
    unsaid: &'a Unsaid,
}

impl<'a> Parameters<'a> {
    /// `path` goes before the names of its keys in what is said of them.
    pub fn of(value: &'a Value, path: String, unsaid: &'a Unsaid) -> Self {
        Self { values: value.as_object(), path, asked: RefCell::default(), unsaid }
    }

    /// Null is as good as absent.
    pub fn find(&self, key: &str) -> Option<&'a Value> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.values?.get(key).filter(|value| !value.is_null())
    }

    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.values.into_iter().flat_map(|values| values.keys().map(String::as_str))
    }

    pub fn number(&self, key: &str) -> Option<f64> {
        let value = self.find(key)?;
        let number = value.as_f64();
        if number.is_none() {
            self.leave_out(key);
        }
        number
    }

    /// A number without which nothing can be said; any number if it is missing.
    pub fn needed(&self, key: &str) -> f64 {
        if self.find(key).is_none() {
            self.missing(key);
        }
        self.number(key).unwrap_or(1.0)
    }

    pub fn text(&self, key: &str) -> Option<&'a str> {
        let value = self.find(key)?;
        let text = value.as_str();
        if text.is_none() {
            self.leave_out(key);
        }
        text
    }

    pub fn inner(&self, key: &str) -> Self {
        let value = self.find(key).unwrap_or(&Value::Null);
        if !value.is_object() && !value.is_null() {
            self.leave_out(key);
        }
        Self::of(value, format!("{}{key}.", self.path), self.unsaid)
    }

    /// The objects of a list, without which nothing can be said.
    pub fn each(&self, key: &str) -> Vec<Self> {
        let list = self.find(key).and_then(Value::as_array);
        if list.is_none() {
            self.leave_out(key);
        }
        let values = list.into_iter().flatten();
        let path = |index| format!("{}{key}[{index}].", self.path);
        values.enumerate().map(|(index, value)| Self::of(value, path(index), self.unsaid)).collect()
    }

    /// The one of `words` whose first part is in the text of `key`: what is said instead of it. Anything
    /// else is left out.
    pub fn word<'b>(&self, key: &str, absent: &'b str, words: &[(&str, &'b str)]) -> &'b str {
        let Some(text) = self.text(key) else { return absent };
        let text = text.to_lowercase();
        let found = words.iter().find(|(part, _)| text.contains(part));
        found.map_or_else(
            || {
                self.leave_out(key);
                absent
            },
            |&(_, said)| said,
        )
    }

    /// Names a parameter that cannot be said, with its value.
    pub fn leave_out(&self, key: &str) {
        let value = self.values.and_then(|values| values.get(key)).unwrap_or(&Value::Null);
        self.unsaid.add(format!("{}{key} = {value}", self.path));
    }

    pub fn missing(&self, key: &str) {
        self.cannot(&format!("{key} is missing"));
    }

    /// Names what cannot be said in words of its own.
    pub fn cannot(&self, what: &str) {
        self.unsaid.add(format!("{}{what}", self.path));
    }

    /// Names all keys that nobody asked for, but for words about others.
    pub fn close(self) {
        for key in self.keys() {
            let words = key.ends_with("_in_words") || key.starts_with("note") || key == "comment";
            if !words && !self.asked.borrow().contains(key) {
                self.leave_out(key);
            }
        }
    }
}
