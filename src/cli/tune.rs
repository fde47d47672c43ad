//! `sim tune`: find the best alarms and the best way of rolling out.

use crate::cli::args::TuneArgs;
use crate::cli::exit::{Failure, note, print};
use crate::cli::progress::{Watched, was_interrupted};
use crate::cli::run::{RESOLVED, pool, standard_output};
use crate::report::write::OutputFolder;
use crate::report::{OutputFile, tune as report};
use crate::scenario::tune::{Expansion, TuneSpec};
use crate::scenario::{Expanded, Fidelity, Loaded, Scenario};
use crate::stats::rule_of_three::runs_without_event;
use crate::tuning::precision::RUNS_MAX;
use crate::tuning::results::TuneResults;
use crate::tuning::run::{MOST_BYTES, chance, expected_bytes, refused, tune};
use crate::tuning::standing::{Standing, runs_advised, runs_at_least};
use std::path::{Path, PathBuf};

/// The scenario as the recommended policy would have it.
const TUNED: &str = "scenario.tuned.toml";

/// Runs the command.
pub(super) fn run(args: &TuneArgs) -> Result<(), Failure> {
    let overrides = args.common.overrides(args.set.clone());
    let loaded = Scenario::load_with(&args.common.file, &overrides)?;
    let expanded = loaded.expand()?;
    if let Some((alarm, refusal)) = refused(&expanded.expansion) {
        return Err(Failure::BadInput(format!(
            "error: the alarm `{alarm}` cannot be tuned: {refusal}\n\
             help: name the alarms to tune under [[tune.alarms]], or give this one the default of \
             `premature_alarm` and `ignore_rule`"
        )));
    }
    let scenario = &loaded.scenario;
    if scenario.experiment.runs < 2 {
        return Err(Failure::BadInput(
            "error: one run cannot both choose a policy and report on it\n\
             help: give `--runs` 2 or more; some hundred are wanted"
                .to_owned(),
        ));
    }
    let precision = args.precision.or(loaded.tune.precision);
    if let Some(least) = precision.and_then(|width| beyond_reach(width, scenario)) {
        return Err(Failure::BadInput(format!(
            "error: that precision takes {least} replications or more; {RUNS_MAX} are allowed\n\
             help: ask for less; `--rare` says how likely rare false rollbacks are"
        )));
    }
    if !args.common.quiet {
        if scenario.experiment.fidelity != Fidelity::Requests {
            note(
                "note: tuning always simulates every request, whatever `experiment.fidelity` says",
            );
        }
        advise(&loaded.tune, scenario.experiment.runs);
    }
    let needed = expected_bytes(&expanded.expansion, loaded.scenario.experiment.runs);
    if needed > MOST_BYTES {
        return Err(Failure::BadInput(format!(
            "error: the judged runs would take about {:.0} GB of memory; {:.0} GB are allowed\n\
             help: lower `--runs`, vary less in [tune], or tune one strategy at a time with `--strategy`",
            needed / 1e9,
            MOST_BYTES / 1e9
        )));
    }
    let spec = TuneSpec { precision, ..loaded.tune.clone() };
    let name = format!("{}-tune", loaded.scenario.name);
    let folder = args.common.out.clone().unwrap_or_else(|| PathBuf::from("output").join(name));
    // A folder that cannot be written to must be known before the long run, not after it.
    let folder = OutputFolder::prepare(&folder)
        .map_err(|error| Failure::BadInput(format!("error: {error}")))?;
    let mut results = search(&spec, &expanded.expansion, args)?;
    if results.runs == 0 {
        let nothing = "interrupted before a replication was finished; nothing was written";
        return Err(Failure::Interrupted(nothing.into()));
    }
    results.warnings.extend(expanded.warnings.iter().cloned());
    let files = report::render(&results, extras(&loaded, &expanded, &results))?;
    folder.write(&files).map_err(|error| Failure::Failed(format!("error: {error}")))?;
    if !args.common.quiet {
        let page = report::terminal(&results, standard_output());
        let list = report::file_list(&folder.path().display().to_string(), &files);
        print(&format!("{page}\n{list}"))?;
    }
    if args.common.quiet {
        warn(&results);
    }
    if was_interrupted() {
        return Err(Failure::Interrupted(format!(
            "interrupted: what the {} replications that were finished tell is in {}, marked partial",
            results.runs,
            folder.path().display()
        )));
    }
    Ok(())
}

/// Says how many runs the limits need, where fewer are made.
fn advise(spec: &TuneSpec, runs: u64) {
    let limits = [spec.max_false_rollback, spec.max_missed];
    let Some(least) = runs_at_least(limits) else {
        note(
            "note: no number of runs confirms a limit of 0, so nothing can be recommended; give a small one, \
             such as 0.1%",
        );
        return;
    };
    let Some(advised) = runs_advised(limits).filter(|&advised| runs < advised) else { return };
    let can = if runs < least {
        format!("with {runs} runs nothing can be confirmed")
    } else {
        format!("{runs} are few")
    };
    note(&format!(
        "note: to confirm the limits takes {least} runs, of which the half that does not choose must not \
         break one; {can}. `--runs {advised}` makes an answer likely"
    ));
}

/// The result in a line, where nothing else is printed.
fn warn(results: &TuneResults) {
    match results.standing {
        Some(Standing::Confirmed) => {}
        Some(Standing::Open { .. }) => note(
            "warning: too few runs to recommend anything; the best so far is in recommendation.json",
        ),
        Some(Standing::BrokenAtAnEnd) => note(
            "warning: the best policy breaks a limit at an end of the range of what is uncertain",
        ),
        Some(Standing::Broken) => {
            note("warning: the best policy breaks a limit on the runs that choose nothing");
        }
        None => {
            note("warning: no policy keeps the limits; what is nearest is in recommendation.json");
        }
    }
}

fn search(spec: &TuneSpec, expansion: &Expansion, args: &TuneArgs) -> Result<TuneResults, Failure> {
    let pool = pool(args.common.threads)?;
    let scenario = &expansion.scenario;
    let arms = scenario.strategies.len() * scenario.regressions.len();
    let progress = Watched::new(scenario.experiment.runs * arms as u64, args.common.quiet);
    let results = pool.install(|| tune(spec, expansion, &progress));
    progress.finish();
    let results = results?;
    let chance = pool.install(|| chance(&results, args.rare && !was_interrupted()))?;
    Ok(TuneResults { chance, ..results })
}

/// The least number of replications that an interval so narrow takes, if that is more than are allowed. An
/// interval is narrowest where nothing was rolled back, and half the replications report.
fn beyond_reach(width: f64, scenario: &Scenario) -> Option<u64> {
    let half = runs_without_event(width, scenario.experiment.confidence).unwrap_or(u64::MAX);
    let least = half.saturating_mul(2);
    (least > RUNS_MAX).then_some(least)
}

/// The scenario as it was understood, and as the recommended policy would have it.
fn extras(loaded: &Loaded, expanded: &Expanded, results: &TuneResults) -> Vec<OutputFile> {
    let resolved =
        OutputFile { name: RESOLVED.into(), bytes: loaded.resolved.clone().into_bytes() };
    let tuned = results
        .best
        .as_ref()
        .and_then(|best| loaded.policy(expanded, best.policy.plan, &best.policy.thresholds()));
    // Alarms on a shadow cannot stand where nothing is mirrored.
    let loads = |text: &String| Scenario::parse(text, TUNED, Path::new("")).is_ok();
    let mark = unconfirmed(results);
    let tuned = tuned
        .filter(loads)
        .map(|text| OutputFile { name: TUNED.into(), bytes: format!("{mark}{text}").into_bytes() });
    [resolved].into_iter().chain(tuned).collect()
}

/// What stands above a scenario whose policy is no recommendation.
fn unconfirmed(results: &TuneResults) -> &'static str {
    match results.standing {
        Some(Standing::Confirmed) | None => "",
        Some(Standing::Open { .. }) => {
            "# Not a recommendation: so few runs do not tell whether this policy keeps the limits.\n"
        }
        Some(Standing::BrokenAtAnEnd) => {
            "# Not a recommendation: this policy breaks a limit at an end of what is uncertain.\n"
        }
        Some(Standing::Broken) => {
            "# Not a recommendation: this policy breaks a limit on fresh runs.\n"
        }
    }
}
