//! Exact figures of whole rollouts, queues and tests, held against the tool: every case is written as a
//! scenario file, simulated, and compared figure by figure. What a scenario cannot say is listed by name.
//!
//! The cases of `data/exact_cases.json` were computed by Poisson and binomial sums, by Markov chains over
//! the alarm's window or a test's sum, and by Erlang C, independently of this simulator; those of
//! `data/closed_forms.json` by the formulas that they name. Any other file of such cases is run too, if the
//! environment variable `ORACLE_CASES` names it, or else the one that lies beside the project
//! (`../shared/conformance/`).

#![expect(clippy::print_stdout, reason = "a test says what it has compared")]

mod alarms;
mod case;
mod exact;
mod figures;
mod harness;
mod law;
mod laws;
mod parameters;
mod queueing;
mod rollout;
mod scenario;
mod sequential;
mod verdict;

use case::{Case, load};
use parameters::Unsaid;
use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::Scenario;
use rollout_sim::simulation::outcome::Outcome;
use serde_json::Value;
use std::path::PathBuf;
use verdict::{Tally, Verdict, check_unit};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The cases that belong to the project.
fn own_cases() -> Vec<Case> {
    let files = ["exact_cases.json", "closed_forms.json"];
    let cases = files.map(|file| load(&root().join("tests/data").join(file)).expect("cases"));
    cases.into_iter().flatten().collect()
}

/// The cases of another collection, if there is one.
fn other_cases() -> Vec<Case> {
    let named = std::env::var_os("ORACLE_CASES").map(PathBuf::from);
    let path =
        named.clone().unwrap_or_else(|| root().join("../shared/conformance/oracle_public.json"));
    if named.is_none() && !path.exists() {
        println!("{} is absent: none of its cases was run", path.display());
        return Vec::new();
    }
    println!("cases of {}", path.display());
    load(&path).unwrap_or_else(|why| panic!("no cases: {why}"))
}

/// What a scenario can be written of.
#[derive(Clone, Copy)]
enum Kind {
    Rollout,
    Queueing,
    Sequential,
}

impl Kind {
    fn of(case: &Case) -> Option<Self> {
        match case.kind.as_str() {
            "rollout" => Some(Self::Rollout),
            "queueing" => Some(Self::Queueing),
            "sequential" => Some(Self::Sequential),
            _ => None,
        }
    }

    /// The scenario of a case, or what of it cannot be said.
    fn scenario(self, case: &Case) -> Result<Scenario, Vec<String>> {
        let unsaid = Unsaid::default();
        let toml = match self {
            Self::Rollout => rollout::scenario(case, &unsaid),
            Self::Queueing => queueing::scenario(case, &unsaid),
            Self::Sequential => sequential::scenario(case, &unsaid),
        };
        let unsaid = unsaid.into_list();
        if unsaid.is_empty() { parse(&toml) } else { Err(unsaid) }
    }

    fn check(self, name: &str, expected: &Value, case: &Case, results: &Results) -> Verdict {
        check_unit(name, expected)?;
        let runs: Vec<&Outcome> =
            results.outcomes.iter().filter(|outcome| outcome.regression == 1).collect();
        match self {
            Self::Rollout => figures::check(name, expected, case, &runs),
            Self::Queueing => queueing::check(name, expected, case, &runs),
            Self::Sequential => sequential::check(name, expected, case, results),
        }
    }
}

/// A scenario that is refused cannot be said, in the words of the refusal.
fn parse(toml: &str) -> Result<Scenario, Vec<String>> {
    let loaded = Scenario::parse(toml, "case.toml", &root());
    loaded.map(|loaded| loaded.scenario).map_err(|errors| {
        let text = errors.render(false);
        let words = text.lines().filter_map(|line| line.strip_prefix("error: "));
        let words = words.filter(|words| !words.ends_with("in case.toml"));
        words.map(|words| format!("the scenario is refused: {words}")).collect()
    })
}

fn run_case(case: &Case, tally: &mut Tally) {
    let id = &case.id;
    let unknown = || vec![format!("kind = {:?}", case.kind)];
    let said = Kind::of(case).ok_or_else(unknown).and_then(|kind| Ok((kind, kind.scenario(case)?)));
    let (kind, scenario) = match said {
        Ok(said) => said,
        Err(unsaid) => {
            tally.left_out.extend(unsaid.iter().map(|what| format!("{id}: {what}")));
            return;
        }
    };
    if case.expected.is_empty() {
        tally.left_out.push(format!("{id}: no expected figures"));
        return;
    }
    let results = run(&scenario, &Unwatched).expect("no trace is read");
    for (name, expected) in &case.expected {
        tally.note(&format!("{id} {name}"), kind.check(name, expected, case, &results));
    }
}

/// Runs the cases and says what was compared and what was left out.
fn run_cases<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Tally {
    let mut tally = Tally::default();
    let mut count = 0;
    for case in cases {
        let before = tally.compared;
        run_case(case, &mut tally);
        println!("{}: {} figures compared", case.id, tally.compared - before);
        count += 1;
    }
    println!("{count} cases: {} figures compared", tally.compared);
    for left_out in &tally.left_out {
        println!("left out: {left_out}");
    }
    tally
}

fn assert_met(tally: &Tally) {
    let wrong = &tally.wrong;
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), tally.compared, wrong.join("\n"));
}

#[test]
fn every_exact_case_is_met() {
    let tally = run_cases(&own_cases());
    assert_met(&tally);
    assert_eq!(tally.left_out, Vec::<String>::new());
}

#[test]
fn every_case_of_another_collection_is_met_or_left_out_by_name() {
    let own = own_cases();
    let (done, others): (Vec<Case>, Vec<Case>) =
        other_cases().into_iter().partition(|case| own.iter().any(|own| own.covers(case)));
    println!("{} of them are the project's own, and compared as such", done.len());
    assert_met(&run_cases(&others));
}
