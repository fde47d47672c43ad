//! What is kept of a cell that was simulated, so that it need not be simulated again.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A cell's results. The tables are kept as text, so a cell that was read again gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What the results depend on ([`fingerprint`]).
    pub fingerprint: String,
    /// The scenario as it was understood, as TOML.
    pub scenario: String,
    /// Replications of each strategy and regression.
    pub replications: u64,
    /// Runs simulated.
    pub runs: usize,
    /// Requests simulated.
    pub requests: u64,
    /// `summary.csv`.
    pub summary: String,
    /// `comparison.csv`.
    pub comparison: String,
}

impl Record {
    /// What was kept under this fingerprint; `None` if it is something else, or no whole record.
    pub fn read(bytes: &[u8], fingerprint: &str) -> Option<Self> {
        let record: Self = serde_json::from_slice(bytes).ok()?;
        (record.fingerprint == fingerprint).then_some(record)
    }

    /// As a file.
    ///
    /// # Errors
    /// An error of serde's, which means a defect of this program.
    pub fn bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// A fingerprint (SHA-256, in hexadecimal) of all that a cell's results depend on: the version of this
/// program, the format of its files, the resolved scenario, and the bytes of the trace that it reads (none if
/// it reads none).
pub fn fingerprint(format: u32, resolved: &str, trace: &[u8]) -> String {
    let mut hash = Sha256::new();
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    for part in [version, &format.to_le_bytes(), resolved.as_bytes(), trace] {
        // The length tells where a part ends.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_differ_with_every_part() {
        let parts = [(1, "a", ""), (1, "b", ""), (1, "", "a"), (2, "a", "")];
        let all = parts.map(|(format, text, trace)| fingerprint(format, text, trace.as_bytes()));
        assert!(all.iter().all(|text| text.len() == 64));
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
        assert_eq!(all[0], fingerprint(1, "a", b""));
    }

    #[test]
    fn a_record_is_read_as_it_was_kept_and_nothing_else_is() {
        let record = Record {
            fingerprint: "f".into(),
            scenario: "name = \"s\"".into(),
            replications: 3,
            runs: 9,
            requests: 1 << 60,
            summary: "a,b\n\"x, y\",0.1\n".into(),
            comparison: String::new(),
        };
        let bytes = record.bytes().expect("JSON");
        assert_eq!(Record::read(&bytes, "f"), Some(record));
        assert_eq!(Record::read(&bytes, "g"), None);
        assert_eq!(Record::read(&bytes[..bytes.len() - 1], "f"), None, "cut short");
    }
}
