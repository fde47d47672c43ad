//! How large an experiment is, before it is run.

use crate::experiment::kept::OUTCOME_BYTES_MOST;
use crate::random::arrival::TraceError;
use crate::scenario::Scenario;
use crate::simulation::outcome::Outcome;
use crate::telemetry::bin::{Bin, Probe};

/// Bytes of a run's two pairs of histograms, once they have grown to seconds.
const HISTOGRAM_BYTES: f64 = 80e3;

/// Bytes of what is compared of a run: its replication, eight figures and two shares.
const COMPARED_BYTES: f64 = 74.0;

/// The size of an experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// How many runs.
    pub runs: u64,
    /// Expected requests of one run, warm-up included, surges not.
    pub requests_per_run: f64,
    /// Expected requests of all runs, and of those without a deployment that they are compared with.
    pub requests: f64,
    /// Memory while simulating \[bytes\]: every arm of one replication on each thread.
    pub bytes_per_thread: f64,
    /// Memory of the outcomes \[bytes\]: of all, or where they have no room, of what has and of the arm that
    /// is read with what is compared.
    pub bytes_of_results: f64,
    /// Whether they go to a temporary file in the output folder.
    pub is_spilled: bool,
}

impl Size {
    /// The size of the experiment that `scenario` describes.
    ///
    /// # Errors
    /// [`TraceError`] if a traffic trace cannot be read.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn of(scenario: &Scenario) -> Result<Self, TraceError> {
        let arms = (scenario.strategies.len() * scenario.regressions.len()) as u64;
        let replications = scenario.experiment.runs;
        let runs = arms * replications;
        let (start, end) = (scenario.start(), scenario.end());
        let requests_per_run = scenario.arrivals.expected_requests(start, end)?;
        let intervals =
            end.since(start).as_secs_f64() / scenario.metrics.interval.as_secs_f64() + 2.0;
        let probes = (scenario.alarms.len() * size_of::<Probe>()) as f64;
        let series = 3.0 * intervals * (size_of::<Bin>() as f64 + probes);
        let strategies = scenario.strategies.len() as f64;
        let all = runs as f64 * size_of::<Outcome>() as f64;
        let room = OUTCOME_BYTES_MOST as f64;
        let of_reading =
            replications as f64 * (size_of::<Outcome>() as f64 + strategies * COMPARED_BYTES);
        Ok(Self {
            runs,
            requests_per_run,
            requests: requests_per_run * (runs + replications) as f64,
            bytes_per_thread: (arms + 1) as f64 * (series + HISTOGRAM_BYTES),
            bytes_of_results: if all > room { of_reading.max(room) } else { all },
            is_spilled: all > room,
        })
    }
}
