//! When alarms would have changed their state on a recorded series.
//!
//! ```sh
//! cargo run --release --example judge_series -- docs/examples/alarms.toml docs/examples/incident.csv
//! ```

#![expect(clippy::print_stdout, reason = "what an example shows")]

use rollout_sim::replay::recording::Recording;
use rollout_sim::replay::{Settings, replay};
use rollout_sim::scenario::AlarmFile;
use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let alarms = arguments.next().unwrap_or_else(|| "docs/examples/alarms.toml".to_owned());
    let data = arguments.next().unwrap_or_else(|| "docs/examples/incident.csv".to_owned());
    let alarms = AlarmFile::load(Path::new(&alarms))?;
    let recording = Recording::read(BufReader::new(File::open(data)?))?;
    let replayed = replay(&alarms, &recording, Settings::default())?;
    for change in &replayed.transitions {
        // Seconds since 1970-01-01T00:00:00Z.
        let at = change.at.as_secs_f64();
        println!(
            "{at:.0} {}: {:?} to {:?}: {}",
            change.alarm, change.from, change.to, change.reason
        );
    }
    println!("{} evaluations", replayed.evaluations);
    Ok(())
}
