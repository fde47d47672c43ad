//! `sim tune`: find the best alarms and the best way of rolling out.

use crate::cli::args::TuneArgs;
use crate::cli::exit::{Failure, print};
use crate::cli::progress::{Watched, was_interrupted};
use crate::cli::run::{RESOLVED, standard_output, where_files_are};
use crate::report::write::OutputFolder;
use crate::report::{OutputFile, tune as report};
use crate::scenario::tune::{Expansion, TuneSpec};
use crate::scenario::{Loaded, Overrides, Scenario};
use crate::tuning::results::TuneResults;
use crate::tuning::run::tune;
use std::path::PathBuf;

/// Runs the command.
pub(super) fn run(args: &TuneArgs) -> Result<(), Failure> {
    let overrides =
        Overrides { runs: args.runs, seed: args.seed, ..Overrides::default() };
    let loaded = Scenario::load_with(&args.file, &overrides)?;
    let expansion = loaded.expand()?;
    let Loaded { resolved, mut tune, scenario, .. } = loaded;
    if let Some(precision) = args.precision {
        tune.precision = Some(precision);
    }
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("output").join(format!("{}-tune", scenario.name)));
    // A folder that cannot be written to must be known before the long run, not after it.
    let folder = OutputFolder::prepare(&folder)
        .map_err(|error| Failure::BadInput(format!("error: {error}")))?;
    let results = search(&tune, &expansion, args)?;
    if results.runs == 0 {
        let nothing = "interrupted before a replication was finished; nothing was written";
        return Err(Failure::Interrupted(nothing.into()));
    }
    let extras = vec![OutputFile { name: RESOLVED.into(), bytes: resolved.into_bytes() }];
    let files = report::render(&results, extras)?;
    folder.write(&files).map_err(|error| Failure::Failed(format!("error: {error}")))?;
    if !args.quiet {
        let page = report::terminal(&results, standard_output());
        print(&format!("{page}\n{}", where_files_are(&folder, &files)))?;
    }
    if was_interrupted() {
        return Err(Failure::Interrupted(format!(
            "interrupted: the search went over the {} replications that were finished; what it found is in {}",
            results.runs,
            folder.path().display()
        )));
    }
    Ok(())
}

fn search(
    spec: &TuneSpec,
    expansion: &Expansion,
    args: &TuneArgs,
) -> Result<TuneResults, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure::Failed(format!("error: no threads: {error}")))?;
    let scenario = &expansion.scenario;
    let arms = scenario.strategies.len() * scenario.regressions.len();
    let progress = Watched::new(scenario.experiment.runs * arms as u64, args.quiet);
    let results = pool.install(|| tune(spec, expansion, &progress));
    progress.finish();
    Ok(results?)
}
