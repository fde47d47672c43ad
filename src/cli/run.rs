//! `sim run`: simulate a scenario and write its results.

use crate::cli::args::RunArgs;
use crate::cli::exit::{Failure, print};
use crate::cli::lint;
use crate::cli::load::load_decided;
use crate::cli::progress::{Watched, was_interrupted};
use crate::experiment::compare::Comparison;
use crate::experiment::kept::{OUTCOME_BYTES_MOST, Room};
use crate::experiment::runner;
use crate::experiment::summary::Summary;
use crate::experiment::view::View;
use crate::report::terminal::{self, Terminal};
use crate::report::write::OutputFolder;
use crate::report::{self, OutputFile};
use crate::scenario::{Loaded, Overrides};
use std::fmt::Write;
use std::io::{IsTerminal, Write as _};
use std::path::PathBuf;

/// What the scenario is called in the output folder, as it was understood: defaults filled in.
pub(super) const RESOLVED: &str = "scenario.resolved.toml";

/// Runs the command.
pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    let overrides =
        Overrides { precision: args.precision, ..args.common.overrides(args.set.clone()) };
    let (loaded, decided) = load_decided(&args.common.file, &overrides)?;
    if !args.common.quiet {
        lint::announce(&loaded, &args.common.file)?;
    }
    let Loaded { scenario, resolved, .. } = loaded;
    let folder =
        args.common.out.clone().unwrap_or_else(|| PathBuf::from("output").join(&scenario.name));
    // A folder that cannot be written to must be known before the long run, not after it.
    let folder = OutputFolder::prepare(&folder)
        .map_err(|error| Failure::BadInput(format!("error: {error}")))?;
    let room = Room { bytes_most: OUTCOME_BYTES_MOST, folder: folder.path().to_owned() };
    let pool = pool(args.common.threads)?;
    let progress = Watched::new(runner::runs_at_first(&scenario), args.common.quiet);
    let results = pool.install(|| runner::run_within(&scenario, &progress, &room));
    progress.finish();
    let (mut results, interrupted) = (results?, was_interrupted());
    if let Some(decided) = decided {
        results.fidelity = decided;
    }
    let view = View::from(&results);
    if view.replications_done() == 0 {
        let nothing = "interrupted before a replication was finished; nothing was written";
        return Err(Failure::Interrupted(nothing.into()));
    }
    pool.install(|| report(view, &folder, resolved, args.common.quiet))?;
    if interrupted {
        let done = view.runs_in_all();
        return Err(Failure::Interrupted(format!(
            "interrupted: the {done} runs that were finished are in {}, marked partial",
            folder.path().display()
        )));
    }
    Ok(())
}

/// Writes everything, and says what there is to say.
fn report(
    view: View<'_>,
    folder: &OutputFolder,
    resolved: String,
    quiet: bool,
) -> Result<(), Failure> {
    let summary = Summary::read(view)?;
    let comparison = Comparison::read(view)?;
    let extras = vec![OutputFile { name: RESOLVED.into(), bytes: resolved.into_bytes() }];
    let files = report::render_streamed(view, &summary, &comparison, extras)?;
    folder
        .write_streamed(&files.streamed, &files.files)
        .map_err(|error| Failure::Failed(format!("error: {error}")))?;
    if quiet && view.fidelity.is_doubtful() {
        // Nothing can be done if even standard error is closed.
        let _ = writeln!(anstream::stderr(), "warning: {}", view.fidelity.reason);
    }
    if !quiet {
        let page = terminal::render(view, &summary, &comparison, standard_output());
        print(&format!("{page}\n{}", where_files_are(folder, files.names())))?;
    }
    Ok(())
}

/// So many threads; as many as there are cores if nobody says.
pub(super) fn pool(threads: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from));
    pool.build().map_err(|error| Failure::Failed(format!("error: no threads: {error}")))
}

pub(super) fn standard_output() -> Terminal {
    let is_terminal = std::io::stdout().is_terminal();
    let width = comfy_table::Table::new().width().filter(|_| is_terminal);
    // The stream itself drops styles where NO_COLOR or a pipe wants none.
    Terminal { width, styled: true }
}

pub(super) fn where_files_are<'n>(
    folder: &OutputFolder,
    names: impl Iterator<Item = &'n str>,
) -> String {
    let (plots, tables): (Vec<&str>, Vec<&str>) = names.partition(|name| name.contains('/'));
    let count = plots.len() + tables.len();
    let mut text = format!("Wrote {count} files to {}/\n", folder.path().display());
    for (what, files) in [("tables", tables), ("plots", plots)] {
        if files.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {what}: {}", files.join("  "));
    }
    text
}
