//! The command line.

use crate::alarm::spec::AlarmState;
use crate::replay::parse_date;
use crate::scenario::{Overrides, Setting};
use crate::time::{SimDuration, SimTime};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Compare ways of rolling out a new ML model before production does it for you.
#[derive(Debug, Parser)]
#[command(
    name = "sim",
    version,
    about,
    max_term_width = 100,
    after_help = "\
Examples:
  sim init canary -o my.toml           start from a commented scenario
  sim check my.toml                    what would be simulated, and every problem in the file
  sim run my.toml                      simulate; tables here, CSVs and plots in output/<name>/
  sim run my.toml --runs 200 --seed 7  fewer runs, other luck
  sim sweep my.toml --set endpoint.switch=30s,2m  what a setting changes
  sim alarm alarms.toml --data incident.csv  when these alarms would have fired on recorded data

Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted (what was finished is written).
Set NO_COLOR to switch colours off."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate a scenario and write its results.
    #[command(after_help = "\
Examples:
  sim run scenarios/fraud-canary.toml
  sim run scenarios/fraud-canary.toml --strategy 'canary 10 %' --strategy 'all at once' --runs 300
  sim run my.toml --out results/monday --threads 1")]
    Run(RunArgs),
    /// Simulate a scenario over a range of values, and say what they change.
    #[command(after_help = "\
Examples:
  sim sweep my.toml --set 'traffic.rate_per_s=1..1000 log 10' --runs 200
  sim sweep my.toml --set endpoint.switch=30s,60s,2m --set alarms.5xx-rate.threshold=0.005,0.01,0.02
  sim sweep my.toml --undocumented --runs 300

A key is a path in the file, or its end if only one key ends so. Interrupted or killed, the same command
goes on where it stopped. docs/sweep.md shows more.")]
    Sweep(SweepArgs),
    /// Find the alarm thresholds, bakes and canary sizes that do best within limits.
    #[command(after_help = "\
Examples:
  sim tune scenarios/tune-fraud-alarm.toml
  sim tune my.toml --runs 2000 --precision 0.01

The [tune] table of the scenario says what may vary and what is asked for; docs/tuning.md shows how.")]
    Tune(TuneArgs),
    /// Check a scenario: what would be simulated, and which of its guardrails cannot work.
    #[command(after_help = "\
Examples:
  sim check scenarios/fraud-canary.toml
  sim check my.toml --format json

Exit codes: 0 clean (or warnings and notes only), 1 a finding of severity error, 2 a malformed file.
docs/lints.md describes every finding.")]
    Check(CheckArgs),
    /// Try alarms on a recorded series: every change of state, and why.
    #[command(after_help = "\
Examples:
  sim alarm alarms.toml --data incident.csv
  sim alarm alarms.toml --data incident.csv --name 5xx-rate --evaluate-at-second 12 --json
  sim alarm alarms.toml --data incident.csv --initial-state OK --from 2026-03-17T14:00:00Z
  sim alarm alarms.toml --data dump.csv --row-period 60s --delay 2m

The data: CSV with the columns `timestamp,value`, one row a raw value, in any order, or with statistics
of periods as CloudWatch gives them back (`Timestamp,SampleCount,Average,p99`); and `metric` and `fleet`
if there is more than one series. Latencies are in microseconds. docs/alarms.md shows more.")]
    Alarm(AlarmArgs),
    /// Write a commented scenario to start from.
    #[command(after_help = "\
Examples:
  sim init --list
  sim init shadow -o churn.toml")]
    Init(InitArgs),
    /// Print the JSON Schema of scenario files, for editors.
    #[command(after_help = "Example:\n  sim schema > scenario.schema.json")]
    Schema,
    /// Print a completion script for a shell.
    #[command(after_help = "\
Example:
  sim completions bash > ~/.local/share/bash-completion/completions/sim")]
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

/// What every command takes that simulates a scenario.
#[derive(Debug, Args)]
pub struct Common {
    /// The scenario file.
    pub file: PathBuf,
    /// Replications of each strategy and regression, instead of the file's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: Option<u64>,
    /// Master seed, instead of the file's; of a sweep the same in every cell.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..1 << 63))]
    pub seed: Option<u64>,
    /// Threads; the results do not depend on it [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Folder for the results [default: output/<scenario name>, with -tune, -sweep or -undocumented after
    /// it].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Only this strategy; may be given several times.
    #[arg(long = "strategy", value_name = "NAME")]
    pub strategies: Vec<String>,
    /// Only this regression, and the healthy release; may be given several times.
    #[arg(long = "regression", value_name = "NAME")]
    pub regressions: Vec<String>,
    /// No progress and no tables; only problems are printed.
    #[arg(long, short)]
    pub quiet: bool,
}

impl Common {
    /// What it says instead of the file, and `set` as well.
    pub fn overrides(&self, set: Vec<Setting>) -> Overrides {
        Overrides {
            runs: self.runs,
            seed: self.seed,
            strategies: self.strategies.clone(),
            regressions: self.regressions.clone(),
            set,
            ..Overrides::default()
        }
    }
}

/// `sim run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What it has in common with the others.
    #[command(flatten)]
    pub common: Common,
    /// Makes only as many runs as it takes, `--runs` at most, until the interval of every verdict's share is
    /// no wider than this (0.02 is two percentage points), instead of the file's.
    #[arg(long, value_name = "WIDTH", value_parser = width)]
    pub precision: Option<f64>,
    /// Another value for a key of the file, such as endpoint.switch=30s; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = Setting::parse)]
    pub set: Vec<Setting>,
}

/// `sim sweep`.
#[derive(Debug, Args)]
pub struct SweepArgs {
    /// What it has in common with the others.
    #[command(flatten)]
    pub common: Common,
    /// A key and its values: a list (30s,60s,2m) or a range (`1..1000 log 10`, `1..10 linear 4`); given
    /// several times, every combination is tried.
    #[arg(long, value_name = "KEY=VALUES", required_unless_present = "undocumented")]
    pub set: Vec<String>,
    /// Instead: every setting that no vendor documents over its plausible range, one at a time, and which
    /// conclusions hold throughout.
    #[arg(long, conflicts_with = "set")]
    pub undocumented: bool,
}

/// `sim tune`.
#[derive(Debug, Args)]
pub struct TuneArgs {
    /// What it has in common with the others.
    #[command(flatten)]
    pub common: Common,
    /// Adds runs until the interval of the share of false rollbacks is no wider than this (0.01 is one
    /// percentage point), instead of the file's.
    #[arg(long, value_name = "WIDTH", value_parser = width)]
    pub precision: Option<f64>,
    /// Says how likely a false rollback of the recommended policy is, however rare: where it cannot be
    /// computed, by splitting, or by plain runs where that gains nothing. Takes some ten thousand runs more.
    #[arg(long)]
    pub rare: bool,
    /// Another value for a key of the file, such as endpoint.switch=30s; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = Setting::parse)]
    pub set: Vec<Setting>,
}

/// The width of an interval of a share, above 0 and below 1.
fn width(text: &str) -> Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
    let width = number.trim().parse::<f64>().map(|number| number * scale).ok();
    width
        .filter(|width| *width > 0.0 && *width < 1.0)
        .ok_or_else(|| "give a share above 0 and below 1, such as 0.01 or 1%".to_owned())
}

/// `sim check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The scenario file.
    pub file: PathBuf,
    /// Only this regression, and the healthy release; may be given several times.
    #[arg(long = "regression", value_name = "NAME")]
    pub regressions: Vec<String>,
    /// Another value for a key of the file, such as endpoint.switch=30s; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = Setting::parse)]
    pub set: Vec<Setting>,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How `sim check` prints what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: what would be simulated, and every finding at its place.
    Text,
    /// For pipelines: an array of the findings (or of the problems of a malformed file).
    Json,
}

/// `sim alarm`.
#[derive(Debug, Args)]
pub struct AlarmArgs {
    /// A scenario, or a file that holds only `[[alarms]]` and `[[composite_alarms]]`.
    pub file: PathBuf,
    /// The recorded values, or CloudWatch's statistics by the period, as CSV.
    #[arg(long, value_name = "CSV")]
    pub data: PathBuf,
    /// Only this alarm, and for a composite alarm those it names; may be given several times.
    #[arg(long = "name", value_name = "ALARM")]
    pub names: Vec<String>,
    /// How long after the end of its period, or of the interval in which a value is published, a row can be
    /// seen that has no `published_at` [default: the scenario's `metrics.delay`, else 0s].
    #[arg(long, value_name = "TIME", value_parser = time_span)]
    pub delay: Option<SimDuration>,
    /// How long the period is that a row of statistics tells of, such as 60s or 5m [default: as the
    /// timestamps suggest].
    #[arg(long, value_name = "TIME", value_parser = positive_span)]
    pub row_period: Option<SimDuration>,
    /// The state of every alarm before its first evaluation [default: as in the file].
    #[arg(long, value_name = "STATE", ignore_case = true)]
    pub initial_state: Option<State>,
    /// No evaluation before this instant, UTC [default: the end of the minute by which the first row
    /// can be seen].
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub from: Option<SimTime>,
    /// No evaluation after this instant, UTC [default: when nothing can change any more].
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub to: Option<SimTime>,
    /// When in a minute alarms are evaluated: seconds after the full minute, 0 to below 60. A real
    /// alarm keeps to one, which its history shows.
    #[arg(long, value_name = "S", default_value = "0", value_parser = second)]
    pub evaluate_at_second: SimDuration,
    /// JSON in the manner of describe-alarm-history, oldest first.
    #[arg(long)]
    pub json: bool,
}

/// The states of an alarm.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Within the threshold.
    Ok,
    /// Breaching.
    Alarm,
    /// Not enough data to say.
    InsufficientData,
}

impl From<State> for AlarmState {
    fn from(state: State) -> Self {
        match state {
            State::Ok => Self::Ok,
            State::Alarm => Self::Alarm,
            State::InsufficientData => Self::InsufficientData,
        }
    }
}

fn instant(text: &str) -> Result<SimTime, String> {
    parse_date(text).map_err(str::to_owned)
}

fn time_span(text: &str) -> Result<SimDuration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let nanos = i64::try_from(time.as_nanos()).ok().map(SimDuration::from_nanos);
    nanos.filter(|time| *time <= SimDuration::LONGEST).ok_or_else(|| "is over 366 days".to_owned())
}

fn positive_span(text: &str) -> Result<SimDuration, String> {
    time_span(text)
        .and_then(|time| if time.is_zero() { Err("is no time".to_owned()) } else { Ok(time) })
}

fn second(text: &str) -> Result<SimDuration, String> {
    let seconds = text.parse::<f64>().ok().filter(|second| (0.0..60.0).contains(second));
    seconds.map(SimDuration::from_secs_f64).ok_or_else(|| "is not from 0 to below 60".to_owned())
}

/// `sim init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Which template; see `--list`.
    #[arg(default_value = "canary")]
    pub template: String,
    /// The file to write [default: <template>.toml].
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the file if it exists.
    #[arg(long)]
    pub force: bool,
    /// List the templates.
    #[arg(long)]
    pub list: bool,
}
