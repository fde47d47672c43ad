//! Reads the tables of published facts about CloudWatch in `tests/data`.

use rollout_sim::alarm::evaluate::Slot;
use rollout_sim::alarm::spec::AlarmState;
use std::collections::BTreeMap;

/// The cells of a CSV file by column, row by row.
pub fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("a row of the table")).collect()
}

/// A state as CloudWatch writes it.
pub fn state(word: &str) -> AlarmState {
    match word {
        "OK" => AlarmState::Ok,
        "ALARM" => AlarmState::Alarm,
        "INSUFFICIENT_DATA" => AlarmState::InsufficientData,
        _ => panic!("no state: {word}"),
    }
}

/// Points, oldest first: X breaching, 0 within the threshold, - missing.
pub fn slots(points: &str) -> Vec<Slot> {
    let points = points.chars().filter(|point| *point != ' ');
    points
        .map(|point| match point {
            'X' => Slot::Breaching,
            '0' => Slot::Good,
            '-' => Slot::Missing,
            _ => panic!("no point: {point}"),
        })
        .collect()
}
