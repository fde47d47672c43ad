//! One monitor at work: counts what was served, by interval of serving and by the job that first sees the
//! label, so that memory depends on the number of jobs and not on that of requests.
//!
//! A *cell* is one schedule's length of serving. Job j looks at the cells j to j + W − 1, W being the
//! window's length in schedules, so cell c is looked at by the jobs c − W + 1 to c; its counts are kept by
//! which of these is the first that starts after the label has arrived. Job j then adds up, of each of its
//! cells, the counts of the jobs up to j. A label that arrives after the last of them is lost, as in reality.

use crate::alarm::subject::FleetDimension;
use crate::monitoring::confusion::Confusion;
use crate::monitoring::drift::{BINS, Bins, distance};
use crate::monitoring::spec::{MonitorKind, MonitorSpec, Stamp};
use crate::monitoring::timetable::Job;
use crate::telemetry::ratio::Ratio;
use crate::telemetry::sampled::Sample;
use crate::time::SimTime;

/// A monitor in one run.
#[derive(Clone, Debug)]
pub struct Watch<'s> {
    spec: &'s MonitorSpec,
    plan: &'s MonitorPlan,
    bins: &'s Bins,
    /// The length of the window in cells.
    cells_per_job: usize,
    /// For each cell, its jobs' counts one after the other; empty before the first and after the last.
    cells: Vec<Vec<u64>>,
    /// The bounds of the cell that the last answer fell into.
    current: (usize, SimTime, SimTime),
}

/// What a replication's luck fixes for a monitor.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorPlan {
    /// In order of time.
    pub jobs: Vec<Job>,
    /// Counts of the baseline's feature in the bins; empty if nobody looks.
    pub baseline: Vec<u64>,
}

/// A well answered request.
#[derive(Clone, Copy, Debug)]
pub struct Served {
    /// When it arrived.
    pub at: SimTime,
    /// Blue, green, or shadow for a mirrored copy.
    pub by: FleetDimension,
    /// Its group of the traffic.
    pub group: usize,
    /// Whether its true class is positive.
    pub is_positive: bool,
    /// Whether the answer is the true class.
    pub is_right: bool,
    /// When its label arrives; never if it does not.
    pub labelled_at: SimTime,
    /// Its feature \[baseline standard deviations\].
    pub feature: f64,
}

/// What a job found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many answers it looked at.
    pub samples: u64,
    /// What it publishes; `None` with too few samples.
    pub value: Option<Ratio>,
}

/// Counts kept of labelled answers: segment or not, true class, right or wrong.
const ANSWERS: usize = 8;

impl<'s> Watch<'s> {
    /// A monitor that has seen nothing yet.
    pub fn new(spec: &'s MonitorSpec, plan: &'s MonitorPlan, bins: &'s Bins) -> Self {
        Self {
            spec,
            plan,
            bins,
            cells_per_job: spec.cells() as usize,
            cells: Vec::new(),
            current: (0, SimTime::ZERO, SimTime::ZERO),
        }
    }

    /// The schedule as written.
    pub const fn spec(&self) -> &'s MonitorSpec {
        self.spec
    }

    /// Its executions.
    pub fn jobs(&self) -> &'s [Job] {
        &self.plan.jobs
    }

    /// Counts an answer if any job will look at it.
    pub fn count(&mut self, served: &Served) {
        if !self.spec.fleet.includes(served.by) {
            return;
        }
        let Some(cell) = self.cell(served.at) else { return };
        let arrives = if self.spec.needs_labels() { served.labelled_at } else { served.at };
        let Some(row) = self.first_to_see(cell, arrives) else { return };
        let (slots, slot) = (self.slots(), self.slot(served));
        if self.cells.len() <= cell {
            self.cells.resize(cell + 1, Vec::new());
        }
        let counts = &mut self.cells[cell];
        if counts.is_empty() {
            counts.resize(self.cells_per_job * slots, 0);
        }
        counts[row * slots + slot] += 1;
    }

    /// What the job of this number publishes, and what it rests on. Jobs must be asked in order.
    pub fn report(&mut self, job: usize) -> Verdict {
        let totals = self.totals(job);
        // No later job looks at the oldest cell.
        if let Some(cell) = self.cells.get_mut(job) {
            *cell = Vec::new();
        }
        self.verdict(&totals)
    }

    /// The value of a job as it is published.
    pub fn sample(&self, job: usize, value: Ratio) -> Sample {
        let job = &self.plan.jobs[job];
        let at = match self.spec.stamp {
            Stamp::WindowEnd => job.until,
            Stamp::JobEnd => job.done_at,
        };
        Sample::single(at, value, job.done_at)
    }

    fn verdict(&self, totals: &[u64]) -> Verdict {
        let samples = totals.iter().sum();
        let enough = |count: u64| count >= self.spec.min_samples;
        let value = match &self.spec.kind {
            MonitorKind::DataQuality { distance: which, .. } => {
                enough(samples).then(|| distance(totals, &self.plan.baseline, *which)).flatten()
            }
            MonitorKind::ModelQuality(metric) => {
                enough(samples).then(|| confusion(totals).figure(*metric)).flatten()
            }
            MonitorKind::Bias { difference, .. } => {
                let (others, segment) = totals.split_at(ANSWERS / 2);
                let (others, segment) = (confusion(others), confusion(segment));
                (enough(others.answers()) && enough(segment.answers()))
                    .then(|| others.minus(&segment, *difference))
                    .flatten()
            }
        };
        Verdict { samples, value }
    }

    fn totals(&self, job: usize) -> Vec<u64> {
        let (slots, width) = (self.slots(), self.cells_per_job);
        let mut totals = vec![0; slots];
        for cell in job..job + width {
            let Some(counts) = self.cells.get(cell) else { break };
            // The cell's first row belongs to job cell − width + 1.
            let rows = (job + width - cell) * slots;
            for row in counts.chunks(slots).take(rows / slots) {
                totals.iter_mut().zip(row).for_each(|(total, count)| *total += count);
            }
        }
        totals
    }

    /// The cell of an instant, if a job looks at it.
    fn cell(&mut self, at: SimTime) -> Option<usize> {
        let (number, from, until) = self.current;
        if from <= at && at < until {
            return Some(number);
        }
        let (origin, step) = (self.plan.jobs.first()?.from, self.spec.schedule);
        let from = at.floor_to(step, origin);
        if from < origin {
            return None;
        }
        let number = from.since(origin).as_nanos() / step.as_nanos();
        let number = usize::try_from(number).ok()?;
        self.current = (number, from, from + step);
        Some(number)
    }

    /// Which of the jobs that look at a cell first sees a label that arrives then.
    fn first_to_see(&self, cell: usize, arrives: SimTime) -> Option<usize> {
        (0..self.cells_per_job).find(|row| {
            let job = (cell + row + 1).checked_sub(self.cells_per_job);
            let job = job.and_then(|job| self.plan.jobs.get(job));
            job.is_some_and(|job| arrives <= job.starts_at)
        })
    }

    const fn slots(&self) -> usize {
        if self.spec.needs_feature() { BINS } else { ANSWERS }
    }

    fn slot(&self, served: &Served) -> usize {
        match self.spec.kind {
            MonitorKind::DataQuality { .. } => self.bins.of(served.feature),
            MonitorKind::ModelQuality(_) => answer_slot(served, false),
            MonitorKind::Bias { group, .. } => answer_slot(served, served.group == group),
        }
    }
}

fn answer_slot(served: &Served, in_segment: bool) -> usize {
    4 * usize::from(in_segment) + 2 * usize::from(served.is_positive) + usize::from(served.is_right)
}

fn confusion(counts: &[u64]) -> Confusion {
    Confusion {
        false_positives: counts[0],
        true_negatives: counts[1],
        false_negatives: counts[2],
        true_positives: counts[3],
    }
}

#[cfg(test)]
mod tests;
