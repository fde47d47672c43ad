//! Which cells are simulated: every one is checked before the first is run.

use crate::cli::args::SweepArgs;
use crate::cli::exit::Failure;
use crate::cli::load::load;
use crate::experiment::size::Size;
use crate::random::arrival::ArrivalSpec;
use crate::report::manifest::FORMAT;
use crate::scenario::{Loaded, Scenario, Setting};
use crate::sweep::cells::cells;
use crate::sweep::grid::Axis;
use crate::sweep::record::fingerprint;
use crate::sweep::undocumented::variations;

/// The cells whose problems are shown.
const SHOWN: usize = 5;

/// The cells of a sweep.
pub(super) struct Plan {
    /// The keys; none if settings are changed one at a time.
    pub(super) axes: Vec<Axis>,
    /// The cells, in order.
    pub(super) cells: Vec<Cell>,
    /// Undocumented settings and values that the scenario does not allow, and why.
    pub(super) refused: Vec<(String, String, String)>,
}

/// A cell that can be simulated.
pub(super) struct Cell {
    /// What is set.
    pub(super) settings: Vec<Setting>,
    /// The undocumented setting and its value; empty for the scenario as it is.
    pub(super) label: (String, String),
    pub(super) scenario: Scenario,
    pub(super) resolved: String,
    /// What its results depend on.
    pub(super) fingerprint: String,
}

/// The scenario as it is.
pub(super) fn base(args: &SweepArgs) -> Result<Loaded, Failure> {
    Ok(load(&args.common.file, &args.common.overrides(Vec::new()))?)
}

/// Every combination of the values of the keys.
pub(super) fn keys(args: &SweepArgs, base: &Loaded) -> Result<Plan, Failure> {
    let axes = axes(args, base)?;
    let combinations =
        cells(&axes).map_err(|error| Failure::BadInput(format!("error: {error}")))?;
    let mut plan = Plan { axes, cells: Vec::new(), refused: Vec::new() };
    let mut problems: Vec<String> = Vec::new();
    for settings in combinations {
        match cell(args, settings, (String::new(), String::new())) {
            Ok(cell) => plan.cells.push(cell),
            Err(Failure::BadInput(text)) => problems.push(text),
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() {
        return Ok(plan);
    }
    let (faulty, of) = (problems.len(), plan.cells.len() + problems.len());
    // What is wrong with the keys is the same in all cells.
    problems.dedup();
    let mut text = problems.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    if of > 1 {
        let shown =
            if problems.len() > SHOWN { format!("; {SHOWN} are shown") } else { String::new() };
        text = format!("{text}\n{faulty} of {of} cells cannot be simulated{shown}");
    }
    Err(Failure::BadInput(text))
}

/// The keys by their full paths, with their values.
fn axes(args: &SweepArgs, base: &Loaded) -> Result<Vec<Axis>, Failure> {
    let mut known: Vec<Axis> = Vec::new();
    let mut problems: Vec<String> = Vec::new();
    for text in &args.set {
        let axis = match Axis::parse(text) {
            Ok(axis) => axis,
            Err(error) => {
                problems.push(format!("error: {error}"));
                continue;
            }
        };
        match base.key(&axis.key) {
            Err((message, help)) => problems.push(format!("error: {message}\nhelp: {help}")),
            Ok(key) if known.iter().any(|other| other.key == key) => {
                problems
                    .push(format!("error: `{key}` is swept twice; give all its values at once"));
            }
            Ok(key) if is_overridden(args, &key) => {
                let option = key.trim_start_matches("experiment.");
                problems
                    .push(format!("error: `{key}` is swept and --{option} given; leave one out"));
            }
            Ok(key) => known.push(Axis { key, ..axis }),
        }
    }
    if problems.is_empty() { Ok(known) } else { Err(Failure::BadInput(problems.join("\n"))) }
}

fn is_overridden(args: &SweepArgs, key: &str) -> bool {
    key == "experiment.runs" && args.common.runs.is_some()
        || key == "experiment.seed" && args.common.seed.is_some()
}

/// The scenario as it is, then each undocumented setting with each of its values.
pub(super) fn undocumented(args: &SweepArgs, base: &Loaded) -> Result<Plan, Failure> {
    let first = cell(args, Vec::new(), (String::new(), String::new()))?;
    let mut plan = Plan { axes: Vec::new(), cells: vec![first], refused: Vec::new() };
    for variation in variations(&base.resolved) {
        let label = (variation.setting.clone(), variation.value.clone());
        let set = variation.settings.clone();
        match load(&args.common.file, &args.common.overrides(set)) {
            // The scenario has this value already.
            Ok(loaded) if loaded.resolved == base.resolved => {}
            Ok(_) => plan.cells.push(cell(args, variation.settings, label)?),
            Err(errors) => {
                let reason = errors.problems.first().map(|problem| problem.message.clone());
                plan.refused.push((label.0, label.1, reason.unwrap_or_default()));
            }
        }
    }
    Ok(plan)
}

fn cell(
    args: &SweepArgs,
    settings: Vec<Setting>,
    label: (String, String),
) -> Result<Cell, Failure> {
    let mut loaded = load(&args.common.file, &args.common.overrides(settings.clone()))?;
    // Cells are compared over the same replications, so none may have fewer than the others.
    loaded.scenario.experiment.precision = None;
    // A trace that cannot be read must be known now, not after hours.
    Size::of(&loaded.scenario)?;
    let trace = match &loaded.scenario.arrivals {
        ArrivalSpec::Trace(trace) => std::fs::read(&trace.path).map_err(|error| {
            Failure::BadInput(format!("error: cannot read {}: {error}", trace.path.display()))
        })?,
        _ => Vec::new(),
    };
    let fingerprint = fingerprint(FORMAT, &loaded.resolved, &trace);
    Ok(Cell { settings, label, scenario: loaded.scenario, resolved: loaded.resolved, fingerprint })
}
