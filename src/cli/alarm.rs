//! `sim alarm`: when the alarms of a file would have changed their state on recorded data.

mod json;

use crate::cli::args::AlarmArgs;
use crate::cli::exit::{Failure, note, print};
use crate::replay::recording::Recording;
use crate::replay::{Replayed, Settings, replay};
use crate::scenario::AlarmFile;
use crate::time::{NANOS_PER_S, SimTime};
use comfy_table::{ColumnConstraint, ContentArrangement, Table};
use jiff::Timestamp;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, IsTerminal as _};

/// Columns of the table where no terminal says how wide it is.
const WIDTH: u16 = 120;

/// Runs the command.
pub(super) fn alarm(args: &AlarmArgs) -> Result<(), Failure> {
    let file = AlarmFile::load(&args.file)?;
    let bad = |message: String| Failure::BadInput(format!("error: {message}"));
    let file = file
        .only(&args.names)
        .map_err(|problem| bad(format!("{}: {problem}", args.file.display())))?;
    let data = args.data.display();
    let csv = File::open(&args.data).map_err(|error| bad(format!("{data}: {error}")))?;
    let recording = Recording::read(BufReader::with_capacity(1 << 16, csv))
        .map_err(|errors| bad(format!("{data}: {errors}")))?;
    let settings = Settings {
        initial_state: args.initial_state.map(Into::into),
        from: args.from,
        to: args.to,
        second: args.evaluate_at_second,
        delay: args.delay,
        row_period: args.row_period,
    };
    let replayed =
        replay(&file, &recording, settings).map_err(|error| bad(format!("{data}: {error}")))?;
    for text in notes(args, &file, &replayed) {
        note(&format!("note: {text}"));
    }
    if args.json {
        return print(&json::history(&replayed));
    }
    print(&page(&replayed))
}

/// What a reader would else not know.
fn notes(args: &AlarmArgs, file: &AlarmFile, replayed: &Replayed) -> Vec<String> {
    let data = args.data.display();
    let mut notes = Vec::new();
    if !replayed.without_values.is_empty() {
        let metrics = replayed.without_values.join(", ");
        notes.push(format!("no row of {data} is of {metrics}; what watches that sees no data"));
    }
    if let Some(period) = replayed.guessed_period {
        notes.push(format!(
            "a row of {data} is taken for the statistics of {period} from its timestamp on, as the \
             timestamps suggest; --row-period says otherwise"
        ));
    }
    for late in &replayed.too_late {
        let (alarm, looks_back) = (&late.alarm, late.looks_back);
        let (stamp, published) = (clock_time(late.stamp), clock_time(late.published));
        notes.push(format!(
            "{alarm} never sees a row of {data}: it looks back {looks_back}, and the least late, of \
             {stamp}, is published at {published}"
        ));
    }
    let late = file.metrics.as_ref().and_then(|metrics| metrics.late.as_ref());
    if late.is_some() {
        notes.push(
            "`metrics.late` is left to chance and not played; `published_at` tells it".to_owned(),
        );
    }
    notes
}

fn page(replayed: &Replayed) -> String {
    let mut text = String::new();
    if !replayed.transitions.is_empty() {
        let table = transitions(replayed);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{table}\n");
    }
    text.push_str(&actions(replayed));
    let (from, to) = replayed.span;
    let changes = match replayed.transitions.len() {
        0 => "no change of state".to_owned(),
        1 => "1 change of state".to_owned(),
        count => format!("{count} changes of state"),
    };
    let evaluations = replayed.evaluations;
    let plural = if evaluations == 1 { "" } else { "s" };
    let _ = writeln!(
        text,
        "{changes} in {evaluations} evaluation{plural} from {} to {} UTC",
        clock_time(from),
        clock_time(to)
    );
    for (name, state) in &replayed.states {
        let _ = writeln!(text, "{name} ends in {state}");
    }
    text
}

/// What composite alarms with a suppressor did, and what they held back.
fn actions(replayed: &Replayed) -> String {
    let held = replayed.transitions.iter().filter_map(|change| {
        let why = change.held_back?.name();
        Some((
            change.at,
            format!("{} held back its actions of {} ({why})", change.alarm, change.to),
        ))
    });
    let taken = replayed.taken.iter();
    let taken =
        taken.map(|did| (did.at, format!("{} took its actions of {}", did.alarm, did.state)));
    let mut lines: Vec<(SimTime, String)> = held.chain(taken).collect();
    lines.sort_by_key(|(at, _)| *at);
    let mut text = String::new();
    for (at, line) in &lines {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {line}", clock_time(*at));
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    text
}

fn transitions(replayed: &Replayed) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["time (UTC)", "alarm", "from", "to", "reason"]);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::stdout().is_terminal() {
        table.set_width(WIDTH);
    }
    for transition in &replayed.transitions {
        table.add_row([
            clock_time(transition.at),
            transition.alarm.clone(),
            transition.from.to_string(),
            transition.to.to_string(),
            transition.reason.clone(),
        ]);
    }
    // Only the reason is broken into lines.
    for column in table.column_iter_mut().take(4) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

/// `2026-08-19 05:53:32`, with what it has of a second.
fn clock_time(at: SimTime) -> String {
    let format = if at.as_nanos() % NANOS_PER_S == 0 {
        "%Y-%m-%d %H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M:%S%.3f"
    };
    timestamp(at).strftime(format).to_string()
}

fn timestamp(at: SimTime) -> Timestamp {
    let nanos = i128::from(at.as_nanos());
    Timestamp::from_nanosecond(nanos).expect("invariant: 292 years around 1970 are in the calendar")
}
