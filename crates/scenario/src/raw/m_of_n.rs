//! M of N datapoints, as an alarm's setting that may be tuned.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

const M_OF_N: &str = "M of N datapoints, such as \"3 of 5\"";
const PATTERN: &str = r"^\s*[1-9][0-9]*\s+of\s+[1-9][0-9]*\s*$";

/// M of N datapoints, such as `"3 of 5"`: 1 to N of at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawMOfN {
    /// How many must breach.
    pub(crate) m: u32,
    /// How many decide.
    pub(crate) n: u32,
}

impl fmt::Display for RawMOfN {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.m, self.n)
    }
}

impl FromStr for RawMOfN {
    /// The rule, a line break, and the remedy.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let counts = text.split_once(" of ").and_then(|(m, n)| {
            let count = |word: &str| word.trim().parse::<u32>().ok().filter(|count| *count > 0);
            Some((count(m)?, count(n)?))
        });
        let (m, n) = counts.ok_or_else(|| {
            format!("expected {M_OF_N}, found \"{text}\"\nM and N are whole numbers of at least 1")
        })?;
        if m > n {
            return Err(format!(
                "{m} datapoints to alarm are more than the {n} that are looked at\n\
                 give at most \"{n} of {n}\""
            ));
        }
        Ok(Self { m, n })
    }
}

impl<'de> Deserialize<'de> for RawMOfN {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(Error::custom)
    }
}

impl Serialize for RawMOfN {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl JsonSchema for RawMOfN {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("m of n")
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": M_OF_N, "type": "string", "pattern": PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for text in ["1 of 1", "3 of 5", "4294967295 of 4294967295"] {
            assert_eq!(text.parse().map(|read: RawMOfN| read.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(" 2  of  3 ".parse(), Ok(RawMOfN { m: 2, n: 3 }));
        for text in ["", "3", "of", "0 of 3", "-1 of 3", "3/5", "3of5", "2 of 1", "1.5 of 2"] {
            assert!(text.parse::<RawMOfN>().is_err(), "{text}");
        }
    }
}
