//! No text makes the parser panic, and whatever it accepts it writes back unchanged.
//!
//! Fixed seeds: proptest's generator is seeded from a constant, so a failure repeats.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};
use rollout_sim::scenario::Scenario;
use std::path::Path;

const EXAMPLE: &str = concat!(
    include_str!("../data/example.toml"),
    r#"
[tune]
max_false_rollback = "1%"
max_missed = 0.05
minimise = "expected_loss"
precision = "0.5%"
noticed_after = { lognormal = { median = "1h", sigma = 1.5 } }

[tune.uncertain]
"traffic.rate" = "30%"
"blue.errors_5xx" = ["0.1%", 0.004]
endpoint.switch = ["30s", "2m"]
endpoint.instances = [8, 12]

[tune.loss]
failed_request_usd = 0.02
false_rollback_usd = 500.0

[[tune.alarms]]
alarm = "5xx-rate"
m_of_n = ["1 of 1", "2 of 3"]
period = ["60s", "5m"]
statistic = ["Average"]
treat_missing_data = ["missing", "breaching"]
fleet = ["both"]
threshold = [0.02, "3%"]

[[tune.strategies]]
strategy = "canary 10 %"
vary = { "canary.size" = ["20%"], "canary.bake" = ["5m"] }
"#
);

/// Pieces that go wrong in interesting ways.
const PIECES: [&str; 48] = [
    "0",
    "-1",
    "1e400",
    "nan",
    "inf",
    "9223372036854775807",
    "99999999999999999999",
    "0.1e-300",
    "\"\"",
    "\"0s\"",
    "\"366d\"",
    "\"1ns\"",
    "\"100%\"",
    "\"0.000001%\"",
    "\"1 instance\"",
    "\"4294967296 instances\"",
    "{}",
    "[]",
    "[[]]",
    "{ a = 1 }",
    "true",
    "1979-05-27",
    "\"\\u0000\"",
    "\"é\u{202e}𝄞\"",
    "'",
    "\"\"\"",
    "=",
    ".",
    "[",
    "]",
    "{",
    "}",
    "#",
    "\n",
    "\r",
    "\t",
    "\u{feff}",
    "[alarms]",
    "[[traffic]]",
    "[blue.latency.gamma]",
    "shift_by = \"percent\"\n",
    "capacity = \"unlimited\"\n",
    "\"p100\"",
    "\"healthy\"",
    "\"3 of 2\"",
    "\"4294967295 of 4294967295\"",
    "[\"10%\", \"10%\"]",
    "[[tune]]",
];

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, rng_seed: RngSeed::Fixed(7), ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

fn survives(text: &str) -> Result<(), TestCaseError> {
    match Scenario::parse(text, "fuzz.toml", Path::new("")) {
        Ok(loaded) => {
            let again = Scenario::parse(&loaded.resolved, "resolved.toml", Path::new(""));
            prop_assert_eq!(again.as_ref().ok(), Some(&loaded), "resolved:\n{}", loaded.resolved);
            match loaded.expand() {
                Ok(expanded) => prop_assert!(!expanded.expansion.plans.is_empty()),
                Err(errors) => prop_assert!(errors.render(false).contains("fuzz.toml")),
            }
        }
        Err(errors) => {
            prop_assert!(!errors.problems.is_empty());
            let plain = errors.render(false);
            prop_assert!(plain.contains("fuzz.toml"));
            prop_assert!(!errors.render(true).is_empty());
        }
    }
    Ok(())
}

/// The byte offset at a share of the text, on a character.
fn offset(text: &str, share: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "any offset will do"
    )]
    let mut at = (text.len() as f64 * share) as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[test]
fn values_replaced_by_others() {
    let values: Vec<(usize, usize)> = EXAMPLE
        .match_indices(" = ")
        .map(|(at, _)| {
            let start = at + 3;
            let length = EXAMPLE[start..].find(['\n', ',', '}', ' ']).expect("a value ends");
            (start, start + length)
        })
        .collect();
    let edits = prop::collection::vec((0..values.len(), 0..PIECES.len()), 1..4);
    runner(3000)
        .run(&edits, |mut edits| {
            edits.sort_unstable();
            edits.dedup_by_key(|edit| edit.0);
            let mut text = EXAMPLE.to_owned();
            for (value, piece) in edits.iter().rev() {
                let (start, end) = values[*value];
                text.replace_range(start..end, PIECES[*piece]);
            }
            survives(&text)
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn lines_shuffled_doubled_and_lost() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    let edits = prop::collection::vec((0..lines.len(), 0..lines.len(), 0..3_u8), 1..6);
    runner(2000)
        .run(&edits, |edits| {
            let mut lines = lines.clone();
            for (from, to, kind) in edits {
                let line = lines[from % lines.len()];
                let to = to % lines.len();
                match kind {
                    0 => lines.insert(to, line),
                    1 => lines[to] = line,
                    _ => drop(lines.remove(to)),
                }
            }
            survives(&lines.join("\n"))
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn text_cut_and_spliced() {
    let edits =
        prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64, 0..PIECES.len(), any::<char>()), 1..4);
    runner(2000)
        .run(&edits, |edits| {
            let mut text = EXAMPLE.to_owned();
            for (start, length, piece, character) in edits {
                let start = offset(&text, start);
                let end = start + offset(&text[start..], length * length * 0.1);
                text.replace_range(start..end, &format!("{}{character}", PIECES[piece]));
            }
            survives(&text)
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn depth_and_length() {
    for text in [
        format!("x = {}", "[".repeat(500_000)),
        format!("x = {}", "{a=".repeat(300_000)),
        format!("{}x = 1", "a.".repeat(500_000)),
        format!("[{}x]", "a.".repeat(500_000)),
        format!("name = \"{}\"", "x".repeat(1_000_000)),
        format!("{} = 1", "x".repeat(1_000_000)),
        "[[alarms]]\n".repeat(50_000),
        "[[strategies]]\nname = \"s\"\nall_at_once = {}\n".repeat(10_000),
    ] {
        survives(&text).unwrap_or_else(|failure| panic!("{failure}"));
    }
}
