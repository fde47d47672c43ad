//! `sim check`: say what would be simulated, without simulating it.

use crate::cli::args::{CheckArgs, Format};
use crate::cli::exit::{Failure, print};
use crate::cli::lint;
use crate::cli::load::load;
use crate::cli::run::standard_output;
use crate::experiment::size::Size;
use crate::report::healthy::sentences;
use crate::rollout::plan::Plan;
use crate::scenario::healthy::Healthy;
use crate::scenario::{Overrides, Scenario};
use crate::time::SimDuration;
use comfy_table::{Cell, CellAlignment, Table};
use std::fmt::Write;

/// Runs the command.
pub(super) fn check(args: &CheckArgs) -> Result<(), Failure> {
    let regressions = args.regressions.clone();
    let overrides = Overrides { regressions, set: args.set.clone(), ..Overrides::default() };
    if args.format == Format::Json {
        return lint::print_json(&args.file, &overrides);
    }
    let loaded = load(&args.file, &overrides)?;
    let today = Healthy::of(&loaded.scenario)?;
    let findings = crate::lint::check_with(&loaded, today.clone())?;
    let scenario = &loaded.scenario;
    let size = Size::of(scenario)?;
    let verdict = if lint::has_errors(&findings) {
        "can be simulated, but some of its guardrails cannot work"
    } else if lint::has_warnings(&findings) {
        "can be simulated, but a guardrail may not do what it is meant to: see the warnings below"
    } else {
        "can be simulated"
    };
    let mut text = format!("{} {verdict}.\n\n", args.file.display());
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}: {}", scenario.name, scenario.description);
    text.push_str(&amounts(scenario, &size));
    for sentence in sentences(&today, scenario) {
        for line in standard_output().wrapped(&sentence) {
            let _ = writeln!(text, "{line}");
        }
    }
    for plan in &scenario.strategies {
        let _ = write!(text, "\n{}\n{}", headline(scenario, plan), stages(scenario, plan));
    }
    let recoveries = crate::lint::recoveries(scenario);
    if !recoveries.is_empty() {
        let _ = writeln!(text, "\n{}", recoveries.join("\n"));
    }
    text.push_str(&lint::page(&loaded, &findings));
    print(&text)?;
    if lint::has_errors(&findings) { Err(Failure::Said(1)) } else { Ok(()) }
}

fn amounts(scenario: &Scenario, size: &Size) -> String {
    let experiment = &scenario.experiment;
    format!(
        "{} strategies × {} regressions (healthy among them) × {}{} replications = {} runs\n\
         {} of healthy history, then {} to the horizon; about {} requests a run, {} in all\n\
         (each replication has one more run, without a deployment, to compare with)\n\
         about {} of memory for each thread and {} for the results{}\n",
        scenario.strategies.len(),
        scenario.regressions.len(),
        experiment.precision.map_or("", |_| "at most "),
        experiment.runs,
        size.runs,
        experiment.warm_up,
        experiment.horizon,
        count(size.requests_per_run),
        count(size.requests),
        bytes(size.bytes_per_thread),
        bytes(size.bytes_of_results),
        if size.is_spilled { " (most are in a temporary file in the output folder)" } else { "" },
    )
}

fn headline(scenario: &Scenario, plan: &Plan) -> String {
    let alarms: Vec<&str> = plan.alarms.iter().map(|&index| scenario.alarm_name(index)).collect();
    let guard = if alarms.is_empty() {
        "no alarm rolls it back".to_owned()
    } else {
        format!("rolled back by {}", alarms.join(", "))
    };
    format!("{}: {guard}", plan.name)
}

/// The stages of a rollout without an alarm, with the time each begins to take traffic.
fn stages(scenario: &Scenario, plan: &Plan) -> String {
    let endpoint = &scenario.endpoint;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["from", "green's share", "green / blue active", "mirrored", "bake", "until"]);
    let times = &plan.times;
    let mut now = SimDuration::ZERO;
    for (stage, (from, until)) in plan.stages.iter().zip(plan.schedule()) {
        let row = [
            from.to_string(),
            percent(stage.share),
            format!("{} / {}", stage.green_active, stage.blue_active),
            percent(stage.mirror),
            stage.bake.to_string(),
            until.to_string(),
        ];
        table.add_row(row.map(|cell| Cell::new(cell).set_alignment(CellAlignment::Right)));
        now = until;
    }
    let after = if plan.promotes() {
        let wait = plan.rolling.map_or(endpoint.termination_wait, |_| SimDuration::ZERO);
        let gone = now + wait + endpoint.clean_up;
        format!("promoted at {now}; blue is gone at {gone}")
    } else {
        format!("ends at {now}; green is gone at {}", now + endpoint.clean_up)
    };
    let first = if times.provision == SimDuration::ZERO {
        String::new()
    } else if plan.rolling.is_some() {
        let (provision, clean_up) = (times.provision, times.clean_up);
        format!(
            "each batch is provisioned for {provision}, the old one cleaned up for {clean_up}; "
        )
    } else {
        format!("green is provisioned until {}; ", times.provision)
    };
    format!("{table}\n{first}{after}\n")
}

fn percent(share: f64) -> String {
    if share > 0.0 { format!("{:.4} %", share * 100.0).replace(".0000", "") } else { "–".into() }
}

/// A number with two or three digits that count, for people.
fn count(number: f64) -> String {
    match number {
        n if n >= 1e9 => format!("{:.1} billion", n / 1e9),
        n if n >= 1e6 => format!("{:.1} million", n / 1e6),
        n if n >= 1e4 => format!("{:.0} thousand", n / 1e3),
        n => format!("{n:.0}"),
    }
}

fn bytes(number: f64) -> String {
    match number {
        n if n >= 1e9 => format!("{:.1} GB", n / 1e9),
        n if n >= 1e6 => format!("{:.1} MB", n / 1e6),
        n => format!("{:.0} kB", (n / 1e3).max(1.0)),
    }
}
