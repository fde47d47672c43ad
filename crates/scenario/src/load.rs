//! From a file to a checked scenario.

use super::error::{Misfit, Problem, ScenarioErrors};
use super::overrides::Overrides;
use super::raw::RawScenario;
use super::raw::choice::RawLatencyIs;
use super::source::Source;
use super::spec::Scenario;
use super::tune::TuneSpec;
use super::uncertainty::{Range, ranges};
use super::validate::Checked;
use super::{key, locate, parse, validate};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// A checked scenario and its resolved form.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What a run is a pure function of.
    pub scenario: Scenario,
    /// The same scenario as TOML with every default filled in; it parses to the same scenario.
    pub resolved: String,
    /// What `sim tune` is to look for; the scenario's runs do not depend on it.
    pub tune: TuneSpec,
    /// The text that it was read from.
    pub source: Source,
    /// What `resolved` says.
    pub(super) filled_in: RawScenario,
    /// What the file says, the overrides included.
    pub(super) written: RawScenario,
    /// What is uncertain besides the traffic.
    pub(super) uncertain: Vec<Range>,
    /// What paths in the text are relative to.
    pub(super) base: PathBuf,
    /// What was said instead of the text; settings are in the text.
    pub(super) overrides: Overrides,
}

impl Loaded {
    /// Whether the file gives blue's latency as it is observed, waiting included.
    pub fn is_observed(&self) -> bool {
        self.written.blue.latency_is == RawLatencyIs::Observed
    }

    /// These problems, each shown at its place in the file.
    pub(super) fn errors(&self, misfits: Vec<Misfit>) -> ScenarioErrors {
        let Source { origin, text } = &self.source;
        let tree = DeTable::parse(text).ok();
        let problem = |(path, (message, help)): Misfit| {
            let tree = tree.as_ref();
            let span = tree.and_then(|tree| locate::span_of(tree.get_ref(), &path));
            Problem { path, message, help: Some(help), span }
        };
        ScenarioErrors::new(origin, text, misfits.into_iter().map(problem).collect())
    }
}

/// The same scenario, whatever text it was read from.
impl PartialEq for Loaded {
    fn eq(&self, other: &Self) -> bool {
        self.scenario == other.scenario
            && self.tune == other.tune
            && self.resolved == other.resolved
    }
}

/// The largest scenario file that is read \[bytes\].
const LARGEST_FILE: u64 = 1 << 20;

impl Scenario {
    /// Reads and checks a scenario file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// All that is wrong with the file: that it is absent, a folder, not UTF-8, empty or larger
    /// than 1 MiB; or every problem of its contents, each with its place, the rule and the remedy.
    pub fn load(path: &Path) -> Result<Loaded, ScenarioErrors> {
        Self::load_with(path, &Overrides::default())
    }

    /// The same, with some of the file's values replaced.
    ///
    /// # Errors
    /// As [`load`](Self::load); or a replacement that the scenario does not allow.
    pub fn load_with(path: &Path, overrides: &Overrides) -> Result<Loaded, ScenarioErrors> {
        let origin = path.display().to_string();
        let text = read(path, &origin)?;
        // Absolute, so that the resolved scenario means the same wherever it is written.
        let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let base = absolute.parent().unwrap_or(Path::new(""));
        parse_with(&text, &origin, base, overrides)
    }

    /// Checks a scenario's text; `origin` names it in messages, paths in it are relative to `base`.
    ///
    /// # Errors
    /// Every problem of the text, each with its place, the rule and the remedy.
    pub fn parse(text: &str, origin: &str, base: &Path) -> Result<Loaded, ScenarioErrors> {
        parse_with(text, origin, base, &Overrides::default())
    }
}

fn parse_with(
    text: &str,
    origin: &str,
    base: &Path,
    overrides: &Overrides,
) -> Result<Loaded, ScenarioErrors> {
    if overrides.set.is_empty() {
        return parse_as_is(text, origin, base, overrides);
    }
    // Keys are looked up in the whole scenario, also in strategies that are not chosen.
    let plain = Overrides { set: Vec::new(), ..overrides.of_the_whole() };
    let edited = key::apply(&parse_as_is(text, origin, base, &plain)?, &overrides.set)?;
    let settings: Vec<String> = overrides.set.iter().map(ToString::to_string).collect();
    let origin = format!("{origin} with {}", settings.join(", "));
    parse_as_is(&edited, &origin, base, overrides)
}

/// Reads a text with all overrides but the settings.
pub(super) fn parse_as_is(
    text: &str,
    origin: &str,
    base: &Path,
    overrides: &Overrides,
) -> Result<Loaded, ScenarioErrors> {
    if text.trim().is_empty() {
        return Err(ScenarioErrors::without_text(
            origin,
            "the scenario is empty".to_owned(),
            "docs/scenario.md describes every key and begins with an example",
        ));
    }
    let mut parsed = parse::parse(text);
    if let Some(raw) = &mut parsed.raw {
        overrides.apply(raw);
    }
    match validate::validate(parsed, base, overrides) {
        Ok(Checked { scenario, tune, resolved, filled_in, written }) => {
            let source = Source { origin: origin.to_owned(), text: text.to_owned() };
            let mut loaded = Loaded {
                scenario,
                resolved,
                tune,
                source,
                filled_in,
                written,
                uncertain: Vec::new(),
                base: base.to_owned(),
                overrides: overrides.clone(),
            };
            loaded.uncertain = ranges(&loaded).map_err(|misfits| loaded.errors(misfits))?;
            Ok(loaded)
        }
        Err(problems) => Err(ScenarioErrors::new(origin, text, problems)),
    }
}

pub(super) fn read(path: &Path, origin: &str) -> Result<String, ScenarioErrors> {
    let fail = |message: String, help: &str| ScenarioErrors::without_text(origin, message, help);
    if path.is_dir() {
        return Err(fail(format!("{origin} is a folder"), "give the scenario file in it"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)).map_err(
        |error| match error.kind() {
            io::ErrorKind::NotFound => fail(format!("{origin} does not exist"), "check its name"),
            _ => fail(format!("cannot read {origin}: {error}"), "check its permissions"),
        },
    )?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(fail(
            format!("{origin} is larger than 1 MiB"),
            "a scenario takes a few kilobytes; is this one? Traces have files of their own",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        fail(format!("{origin} is not UTF-8 text (byte {at})"), "save it as UTF-8")
    })
}
