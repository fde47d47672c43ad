//! `sim sweep`: simulate a scenario with other values of some keys.

mod plan;
mod store;

use crate::cli::args::SweepArgs;
use crate::cli::exit::{Failure, note, print};
use crate::cli::lint;
use crate::cli::run::{RESOLVED, pool, standard_output, where_files_are};
use crate::report::OutputFile;
use crate::report::sweep::{
    CellTable, Survey, Totals, ranges, render, render_undocumented, survival,
};
use crate::report::write::OutputFolder;
use crate::scenario::Loaded;
use crate::sweep::conclusions::conclusions;
use crate::sweep::study::{CellResult, Study};
use plan::{Cell, Plan};
use std::path::PathBuf;

/// Runs the command.
pub(super) fn sweep(args: &SweepArgs) -> Result<(), Failure> {
    let base = plan::base(args)?;
    let plan =
        if args.undocumented { plan::undocumented(args, &base)? } else { plan::keys(args, &base)? };
    if !args.common.quiet {
        lint::announce(&base, &args.common.file)?;
    }
    let ending = if args.undocumented { "undocumented" } else { "sweep" };
    let usual = || PathBuf::from("output").join(format!("{}-{ending}", base.scenario.name));
    let folder = OutputFolder::prepare(&args.common.out.clone().unwrap_or_else(usual))
        .map_err(|error| Failure::BadInput(format!("error: {error}")))?;
    let mut study = empty_study(&base, &plan);
    if !folder.is_ours() {
        // A sweep that is killed leaves a folder that the next one may go on in.
        let keys = study.axes.iter().map(|axis| axis.key.clone()).collect();
        let manifest = crate::report::sweep::claim(&study, keys, plan.cells.len())?;
        folder.keep(&manifest).map_err(store::failed)?;
    }
    store::simulate(&plan.cells, &folder, args, &pool(args.common.threads)?)?;
    let read = Read::all(&plan, &folder, args.undocumented)?;
    study.cells = read.cells;
    let extras =
        vec![OutputFile { name: RESOLVED.into(), bytes: base.resolved.clone().into_bytes() }];
    let files;
    let page;
    if args.undocumented {
        let found = conclusions(&study);
        let labels: Vec<(String, String)> =
            plan.cells.iter().map(|cell| cell.label.clone()).collect();
        files = render_undocumented(&study, &read.totals, read.table, (&labels, &found), extras)?;
        let survey =
            Survey { cells: labels, without_effect: read.without_effect, refused: plan.refused };
        page = survival(&study, &survey, &found, standard_output());
    } else {
        files = render(&study, &read.totals, read.table, extras)?;
        page = ranges(&study, standard_output());
    }
    folder.write(&files).map_err(store::failed)?;
    if !args.common.quiet {
        print(&format!(
            "{page}\n{}",
            where_files_are(&folder, files.iter().map(|file| file.name.as_str()))
        ))?;
        if study.axes.len() > 2 {
            note("no figures: they show one key or two, and more were swept; sweep.csv has all");
        }
    }
    Ok(())
}

/// What is known of a study before its cells are simulated.
fn empty_study(base: &Loaded, plan: &Plan) -> Study {
    let experiment = &base.scenario.experiment;
    let mut strategies: Vec<String> = Vec::new();
    let mut regressions: Vec<(String, bool)> = Vec::new();
    for cell in &plan.cells {
        for strategy in &cell.scenario.strategies {
            if !strategies.contains(&strategy.name) {
                strategies.push(strategy.name.clone());
            }
        }
        for release in &cell.scenario.regressions {
            if !regressions.iter().any(|(name, _)| *name == release.name) {
                regressions.push((release.name.clone(), release.healthy));
            }
        }
    }
    Study {
        name: base.scenario.name.clone(),
        axes: plan.axes.clone(),
        strategies,
        regressions,
        replications: experiment.runs,
        seed: experiment.seed,
        confidence: experiment.confidence,
        cells_without_slow: plan.cells.iter().filter(|cell| cell.scenario.is_slow_unsaid()).count(),
        cells: Vec::new(),
    }
}

/// What was kept of all cells.
struct Read {
    cells: Vec<CellResult>,
    totals: Vec<Totals>,
    table: CellTable,
    without_effect: Vec<String>,
}

impl Read {
    fn all(plan: &Plan, folder: &OutputFolder, undocumented: bool) -> Result<Self, Failure> {
        let table = if undocumented {
            CellTable::new("undocumented.csv", vec!["setting".into(), "value".into()])
        } else {
            let keys = plan.axes.iter().map(|axis| axis.key.clone()).collect();
            CellTable::new("sweep.csv", keys)
        };
        let mut read =
            Self { cells: Vec::new(), totals: Vec::new(), table, without_effect: Vec::new() };
        let mut with_effect: Vec<&str> = Vec::new();
        let mut base: Option<[String; 2]> = None;
        for cell in &plan.cells {
            let record = store::kept(folder, cell).ok_or_else(|| {
                let name = store::name(cell);
                Failure::Failed(format!(
                    "error: {name} in the output folder cannot be read any more"
                ))
            })?;
            read.totals.push((&record).into());
            let values = column_values(cell, undocumented);
            read.table.add(&values, &record.summary)?;
            let result =
                CellResult::read(cell.settings.clone(), &record.summary, &record.comparison)
                    .map_err(|error| Failure::Failed(format!("error: {error}")))?;
            read.cells.push(result);
            let tables = [record.summary, record.comparison];
            if base.get_or_insert_with(|| tables.clone()) != &tables {
                with_effect.push(&cell.label.0);
            }
        }
        let settings = plan.cells.iter().map(|cell| cell.label.0.as_str());
        for setting in settings.filter(|setting| !setting.is_empty()) {
            if !with_effect.contains(&setting)
                && !read.without_effect.iter().any(|known| known == setting)
            {
                read.without_effect.push(setting.to_owned());
            }
        }
        Ok(read)
    }
}

fn column_values(cell: &Cell, undocumented: bool) -> Vec<String> {
    if undocumented {
        vec![cell.label.0.clone(), cell.label.1.clone()]
    } else {
        cell.settings.iter().map(|setting| setting.value.clone()).collect()
    }
}
