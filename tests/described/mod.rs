//! What `docs/output.md` names. In the section of a file the first cell of each table row holds names in
//! backticks; a table under `<!-- stems: before_ _after -->` describes families.

use std::collections::BTreeSet;
use std::fs;

pub(crate) type Names = BTreeSet<String>;

pub(crate) fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/output.md"))
        .expect("docs/output.md")
}

/// The names in the first cells of the tables under a heading, families written out.
pub(crate) fn documented(page: &str, heading: &str) -> Names {
    let start = format!("\n{heading}\n");
    let section = page.split(&start).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    let level = heading.split(' ').next().expect("a heading");
    let ends = |line: &str| {
        let marks = line.chars().take_while(|&mark| mark == '#').count();
        marks > 0 && marks <= level.len().max(3)
    };
    let mut names = Names::new();
    let mut stems: Vec<&str> = Vec::new();
    for line in section.lines().take_while(|line| !ends(line)) {
        if let Some(words) = line.strip_prefix("<!-- stems: ") {
            stems = words.trim_end_matches(" -->").split(' ').collect();
        } else if line.is_empty() && !names.is_empty() {
            stems.clear();
        } else if let Some(row) = line.strip_prefix("| ") {
            let cell = row.split(" | ").next().expect("a cell");
            for name in cell.split('`').skip(1).step_by(2) {
                names.extend(family(name, &stems));
            }
        }
    }
    names
}

/// `name` with each prefix (`stem_`) or suffix (`_stem`); itself if there are none.
fn family(name: &str, stems: &[&str]) -> Vec<String> {
    let joined = |stem: &&str| {
        if stem.ends_with('_') { format!("{stem}{name}") } else { format!("{name}{stem}") }
    };
    if stems.is_empty() { vec![name.to_owned()] } else { stems.iter().map(joined).collect() }
}

#[track_caller]
pub(crate) fn same(there: &Names, documented: &Names, what: &str) {
    assert!(!there.is_empty(), "{what}: nothing to check");
    let missing: Vec<_> = there.difference(documented).collect();
    let invented: Vec<_> = documented.difference(there).collect();
    assert!(missing.is_empty(), "{what}: not in docs/output.md: {missing:?}");
    assert!(invented.is_empty(), "{what}: only in docs/output.md: {invented:?}");
}
