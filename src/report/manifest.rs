//! `manifest.json`: what an output folder holds and what it came from. No wall-clock times, so
//! equal experiments give equal bytes.

use super::{OutputFile, RenderError};
use crate::experiment::compare::Comparison;
use crate::experiment::precision::Reached;
use crate::experiment::view::View;
use crate::scenario::Scenario;
use crate::tuning::results::TuneResults;
use serde::{Deserialize, Serialize};

/// The file's name.
pub const NAME: &str = "manifest.json";

/// Says that a manifest is ours.
pub const TOOL: &str = "rollout-sim";

/// What the columns and metrics of the files mean; it grows when a name goes or comes to mean something else.
pub const FORMAT: u32 = 2;

/// What an output folder holds and what it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`TOOL`].
    pub tool: String,
    /// Version of the program.
    pub version: String,
    /// [`FORMAT`] of that version.
    pub format: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// The master seed.
    pub seed: u64,
    /// Replications asked for.
    pub runs_asked: u64,
    /// Replications that every strategy and regression has.
    pub runs_done: u64,
    /// Whether the experiment was interrupted.
    pub partial: bool,
    /// Where a precision is asked for: what was reached of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// Level of all intervals.
    pub confidence: f64,
    /// How many p-values were adjusted together.
    pub comparisons: usize,
    /// How many strategies.
    pub strategies: usize,
    /// How many regressions, the healthy arm included.
    pub regressions: usize,
    /// Runs simulated in all.
    pub simulated_runs: usize,
    /// Requests simulated in all.
    pub simulated_requests: u64,
    /// How it was simulated; absent if every request was, as is usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fidelity: Option<FidelityNote>,
    /// The other files of the folder.
    pub files: Vec<String>,
    /// Of a sweep: its cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweptCells>,
}

/// How an experiment was simulated that did not ask for every request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FidelityNote {
    /// `aggregate` or `requests`.
    pub plane: String,
    /// Why, in words.
    pub reason: String,
    /// The largest share of requests that wait in any queue, 0 to 1, at most; absent if nothing hung on it.
    pub waiting_share: Option<f64>,
}

impl FidelityNote {
    /// Of a decision, unless nobody asked for one.
    fn of(results: View<'_>) -> Option<Self> {
        let decision = results.fidelity;
        (!decision.reason.is_empty()).then(|| Self {
            plane: if decision.is_aggregate { "aggregate" } else { "requests" }.to_owned(),
            reason: decision.reason.clone(),
            waiting_share: decision.waiting.as_ref().map(|waiting| waiting.share),
        })
    }
}

/// What was reached of a precision asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// The widest interval of a verdict's share that was asked for, above 0 and below 1.
    pub asked: f64,
    /// The widest that there is.
    pub reached: f64,
    /// Whose it is: the name of the strategy,
    pub strategy: String,
    /// of the regression,
    pub regression: String,
    /// and of the share in `summary.csv`.
    pub metric: String,
    /// The most replications that were allowed.
    pub runs_most: u64,
}

/// The cells of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweptCells {
    /// The keys that were set.
    pub keys: Vec<String>,
    /// How many cells there are.
    pub cells: usize,
}

/// What shows whose a folder is; every manifest of ours has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Owner {
    pub(super) tool: String,
    pub(super) files: Vec<String>,
}

/// What the output folder of a tuning holds and what it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuneManifest {
    /// Always [`TOOL`].
    pub tool: String,
    /// Version of the program.
    pub version: String,
    /// [`FORMAT`] of that version.
    pub format: u32,
    /// Always `tune`.
    pub command: String,
    /// Name of the scenario.
    pub scenario: String,
    /// The master seed.
    pub seed: u64,
    /// Replications asked for.
    pub runs_asked: u64,
    /// Replications judged.
    pub runs_done: u64,
    /// Whether the tuning was interrupted.
    pub partial: bool,
    /// Level of all intervals.
    pub confidence: f64,
    /// How many ways of rolling out.
    pub plans: usize,
    /// How many ways of setting an alarm, thresholds apart.
    pub shapes: usize,
    /// How many regressions, the healthy arm included.
    pub regressions: usize,
    /// How many policies were compared.
    pub policies_compared: u64,
    /// Whether a policy keeps the limits.
    pub feasible: bool,
    /// The other files of the folder.
    pub files: Vec<String>,
}

/// The manifest of a tuning, whose other files are `files`.
pub(super) fn of_tuning(
    results: &TuneResults,
    files: &[OutputFile],
) -> Result<OutputFile, RenderError> {
    let scenario = &results.expansion.scenario;
    file(&TuneManifest {
        tool: TOOL.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: FORMAT,
        command: "tune".to_owned(),
        scenario: scenario.name.clone(),
        seed: scenario.experiment.seed,
        runs_asked: results.runs_asked,
        runs_done: results.runs,
        partial: results.runs < results.runs_asked,
        confidence: scenario.experiment.confidence,
        plans: results.expansion.plans.len(),
        shapes: results.expansion.shapes.len(),
        regressions: scenario.regressions.len(),
        policies_compared: results.policies_compared,
        feasible: results.best.is_some(),
        files: files.iter().map(|file| file.name.clone()).collect(),
    })
}

fn file(manifest: &impl Serialize) -> Result<OutputFile, RenderError> {
    let mut bytes = serde_json::to_vec_pretty(manifest)?;
    bytes.push(b'\n');
    Ok(OutputFile { name: NAME.to_owned(), bytes })
}

/// The manifest of `results`, whose other files are `files`.
pub(super) fn render(
    results: View<'_>,
    comparison: &Comparison,
    files: Vec<String>,
) -> Result<OutputFile, RenderError> {
    let scenario = results.scenario;
    let runs_done = results.replications_done();
    let manifest = Manifest {
        tool: TOOL.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: FORMAT,
        scenario: scenario.name.clone(),
        seed: scenario.experiment.seed,
        runs_asked: results.runs_asked,
        runs_done,
        partial: runs_done < results.runs_asked,
        precision: results.precision.map(|reached| precision(scenario, reached)),
        confidence: scenario.experiment.confidence,
        comparisons: comparison.family(),
        strategies: scenario.strategies.len(),
        regressions: scenario.regressions.len(),
        simulated_runs: results.runs_in_all(),
        simulated_requests: results.requests_simulated,
        fidelity: FidelityNote::of(results),
        files,
        sweep: None,
    };
    manifest.file()
}

fn precision(scenario: &Scenario, reached: &Reached) -> Precision {
    Precision {
        asked: reached.asked,
        reached: reached.widest,
        strategy: scenario.strategies[reached.strategy].name.clone(),
        regression: scenario.regressions[reached.regression].name.clone(),
        metric: reached.metric.to_owned(),
        runs_most: scenario.experiment.runs,
    }
}

impl Manifest {
    /// As a file.
    ///
    /// # Errors
    /// [`RenderError`] if it cannot be written as JSON, which means a defect of this program.
    pub fn file(&self) -> Result<OutputFile, RenderError> {
        file(self)
    }
}
