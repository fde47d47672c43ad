//! Two samples of runs held against each other, column by column.

use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::{Fidelity, Scenario};
use rollout_sim::simulation::outcome::Outcome;
use rollout_sim::simulation::record::{FleetInterval, RunRecord};
use rollout_sim::time::SimTime;
use statrs::distribution::{ContinuousCDF, Normal};

/// A named number of a run, if it has it.
pub(crate) type Column<R> = (&'static str, fn(&R) -> Option<f64>);

/// What a sample says of a column that every run has or lacks.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) values: Vec<f64>,
    pub(crate) runs: usize,
}

/// Everything that was held against each other: what, and how unlikely the difference is.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    found: Vec<(String, f64)>,
    smallest_shift: f64,
}

/// The runs of a scenario on either plane. Their seeds differ, so that they are independent.
pub(crate) fn both(scenario: &Scenario) -> [Results; 2] {
    [Fidelity::Requests, Fidelity::Aggregate].map(|fidelity| {
        let mut scenario = scenario.clone();
        scenario.experiment.fidelity = fidelity;
        scenario.experiment.seed += u64::from(fidelity == Fidelity::Aggregate);
        run(&scenario, &Unwatched).expect("no trace is read")
    })
}

impl Ledger {
    /// Holds every column of every strategy and regression against each other.
    pub(crate) fn outcomes(&mut self, [requests, aggregate]: &[Results; 2]) {
        let arms = |results: &Results| -> Vec<Vec<Outcome>> {
            let same =
                |a: &Outcome, b: &Outcome| (a.strategy, a.regression) == (b.strategy, b.regression);
            results.outcomes.chunk_by(same).map(<[Outcome]>::to_vec).collect()
        };
        for (a, b) in arms(requests).iter().zip(&arms(aggregate)) {
            let place = format!("{}/{}", a[0].strategy, a[0].regression);
            self.columns(&place, OUTCOME, a, b);
        }
    }

    /// Holds some published intervals of recorded runs against each other.
    pub(crate) fn intervals(&mut self, [requests, aggregate]: &[Results; 2], numbers: &[usize]) {
        let arms = |results: &Results| -> Vec<Vec<RunRecord>> {
            let same = |a: &RunRecord, b: &RunRecord| {
                (a.strategy, a.regression) == (b.strategy, b.regression)
            };
            results.records.chunk_by(same).map(<[RunRecord]>::to_vec).collect()
        };
        for (a, b) in arms(requests).iter().zip(&arms(aggregate)) {
            for &number in numbers {
                for (fleet, pick) in FLEETS {
                    let rows = |records: &[RunRecord]| -> Vec<FleetInterval> {
                        records.iter().map(|record| pick(record, number)).collect()
                    };
                    let place = format!("{}/{} {fleet}[{number}]", a[0].strategy, a[0].regression);
                    self.columns(&place, INTERVAL, &rows(a), &rows(b));
                }
            }
        }
    }

    fn columns<R>(&mut self, place: &str, columns: &[Column<R>], a: &[R], b: &[R]) {
        let samples = columns.iter().map(|(name, value)| {
            let of = |runs: &[R]| Sample {
                values: runs.iter().filter_map(value).collect(),
                runs: runs.len(),
            };
            (*name, of(a), of(b))
        });
        for (name, a, b) in samples {
            self.note(format!("{place} {name}: present"), p_of_presence(&a, &b));
            if a.values.len().min(b.values.len()) >= 200 {
                self.smallest_shift = self.smallest_shift.max((2.0 / real(a.values.len())).sqrt());
                self.note(format!("{place} {name}: mean"), p_of_means(&a.values, &b.values));
                self.note(format!("{place} {name}: spread"), p_of_spreads(&a.values, &b.values));
                self.note(format!("{place} {name}: law"), p_of_laws(&a.values, &b.values));
            }
        }
    }

    /// Leaves out comparisons whose names end so, which differ as documented.
    pub(crate) fn set_aside(&mut self, endings: &[&str]) {
        self.found.retain(|(what, _)| !endings.iter().any(|ending| what.ends_with(ending)));
    }

    pub(crate) fn note(&mut self, what: String, p: f64) {
        self.found.push((what, p));
    }

    /// Asserts that nothing differs at a level `alpha` for all together (Bonferroni).
    pub(crate) fn settle(mut self, alpha: f64) {
        self.found.sort_by(|a, b| a.1.total_cmp(&b.1));
        let level = alpha / real(self.found.len());
        let bad: Vec<_> = self.found.iter().filter(|(_, p)| *p < level).collect();
        let score = Normal::standard().inverse_cdf(1.0 - level / 2.0) + 1.28;
        assert!(
            bad.is_empty(),
            "of {} comparisons at {level:.1e} each these differ (a shift of {:.2} standard deviations of \
             the rarest column is found 9 times in 10): {bad:#?}",
            self.found.len(),
            score * self.smallest_shift
        );
        assert!(self.found.len() > 20, "hardly anything was compared");
    }
}

type OfFleet = fn(&RunRecord, usize) -> FleetInterval;

const FLEETS: [(&str, OfFleet); 3] = [
    ("blue", |record, number| record.intervals[number].blue),
    ("green", |record, number| record.intervals[number].green),
    ("shadow", |record, number| record.intervals[number].shadow),
];

#[expect(clippy::cast_precision_loss, reason = "small counts")]
const INTERVAL: &[Column<FleetInterval>] = &[
    ("requests", |row| Some(row.requests as f64)),
    ("failed 4xx", |row| Some(row.failed_4xx as f64)),
    ("failed 5xx", |row| Some(row.failed_5xx as f64)),
    ("mean", |row| row.latency_mean_s),
    ("p50", |row| row.latency_quantiles_s.map(|q| q[0])),
    ("p90", |row| row.latency_quantiles_s.map(|q| q[1])),
    ("p99", |row| row.latency_quantiles_s.map(|q| q[2])),
];

/// What is compared of an outcome.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
pub(crate) const OUTCOME: &[Column<Outcome>] = &[
    ("requests", |run| Some(run.to_horizon.counts.requests as f64)),
    ("green", |run| Some(run.to_horizon.counts.green as f64)),
    ("faulty green", |run| Some(run.to_bake_end.counts.faulty_green as f64)),
    ("failed", |run| Some(run.to_horizon.counts.failed as f64)),
    ("failed 4xx", |run| Some(run.to_horizon.counts.failed_4xx as f64)),
    ("green failed", |run| Some(run.to_bake_end.counts.green_failed as f64)),
    ("timed out", |run| Some(run.to_horizon.counts.timed_out as f64)),
    ("rejected", |run| Some(run.to_horizon.counts.rejected as f64)),
    ("attributable", |run| Some(run.to_horizon.counts.attributable as f64)),
    ("attributable green", |run| Some(run.to_horizon.counts.attributable_green as f64)),
    ("attributable to bake end", |run| Some(run.to_bake_end.counts.attributable_green as f64)),
    ("excess", |run| Some(run.to_horizon.counts.excess() as f64)),
    ("slow", |run| Some(run.to_horizon.counts.slow as f64)),
    ("slow attributable", |run| Some(run.to_horizon.counts.slow_attributable as f64)),
    ("slow excess", |run| Some(run.to_horizon.counts.slow_excess() as f64)),
    ("slow answers excess", |run| Some(run.to_horizon.counts.slow_answers_excess() as f64)),
    ("harmed excess", |run| Some(run.to_horizon.counts.harmed_excess() as f64)),
    ("own excess", |run| Some(run.to_horizon.own?.excess as f64)),
    ("own slow excess", |run| Some(run.to_horizon.own?.slow_excess as f64)),
    ("mirrored", |run| Some(run.to_horizon.counts.mirrored as f64)),
    ("users touched", |run| run.to_horizon.users_touched),
    ("alarm at", |run| run.alarm_at.map(SimTime::as_secs_f64)),
    ("rolled back at", |run| run.rolled_back_at.map(SimTime::as_secs_f64)),
    ("bake ended at", |run| run.bake_ended_at.map(SimTime::as_secs_f64)),
    ("cost", |run| run.cost),
    ("served by blue", |run| Some(run.blue_times.served as f64)),
    ("served by green", |run| Some(run.green_times.served as f64)),
    ("blue mean", |run| run.blue_times.response_mean_s),
    ("green mean", |run| run.green_times.response_mean_s),
    ("all mean", |run| run.all_times.response_mean_s),
    ("blue p50", |run| run.blue_times.response_quantiles_s.map(|q| q[0])),
    ("blue p99", |run| run.blue_times.response_quantiles_s.map(|q| q[2])),
    ("green p50", |run| run.green_times.response_quantiles_s.map(|q| q[0])),
    ("green p90", |run| run.green_times.response_quantiles_s.map(|q| q[1])),
    ("green p99", |run| run.green_times.response_quantiles_s.map(|q| q[2])),
    ("all p90", |run| run.all_times.response_quantiles_s.map(|q| q[1])),
    ("all p99", |run| run.all_times.response_quantiles_s.map(|q| q[2])),
    ("mirrored difference", |run| run.mirrored.and_then(|both| both.latency_difference_s)),
    ("mirrored p99 difference", |run| {
        run.mirrored.and_then(|both| both.quantile_differences_s.map(|q| q[2]))
    }),
    ("discordant", |run| run.mirrored.map(|both| both.discordant)),
    ("shadow failed", |run| run.mirrored.map(|both| both.shadow_failed)),
];

fn two_sided(score: f64) -> f64 {
    2.0 * Normal::standard().sf(score.abs())
}

/// Whether as many runs have the value: two proportions.
fn p_of_presence(a: &Sample, b: &Sample) -> f64 {
    let (with, runs) = (real(a.values.len() + b.values.len()), real(a.runs + b.runs));
    let pooled = with / runs;
    let error = (pooled * (1.0 - pooled) * (1.0 / real(a.runs) + 1.0 / real(b.runs))).sqrt();
    let gap = real(a.values.len()) / real(a.runs) - real(b.values.len()) / real(b.runs);
    if error > 0.0 { two_sided(gap / error) } else { 1.0 }
}

/// Whether the means are equal (Welch's statistic, normal for hundreds of runs).
pub(crate) fn p_of_means(a: &[f64], b: &[f64]) -> f64 {
    let ((mean_a, var_a), (mean_b, var_b)) = (moments(a), moments(b));
    let error = (var_a / real(a.len()) + var_b / real(b.len())).sqrt();
    let gap = mean_a - mean_b;
    if gap.abs() <= 1e-9 * mean_a.abs() { 1.0 } else { two_sided(gap / error) }
}

/// Whether the mean absolute deviations from the median are equal (Brown and Forsythe 1974).
fn p_of_spreads(a: &[f64], b: &[f64]) -> f64 {
    let deviations = |values: &[f64]| -> Vec<f64> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        values.iter().map(|value| (value - median).abs()).collect()
    };
    let (a, b) = (deviations(a), deviations(b));
    // A column that hardly ever varies has no normal mean deviation.
    let varied = |values: &[f64]| values.iter().filter(|value| **value > 0.0).count();
    if varied(&a).min(varied(&b)) < 30 { 1.0 } else { p_of_means(&a, &b) }
}

/// Whether the laws are equal (Kolmogorov and Smirnov; with ties it errs on the side of equality).
fn p_of_laws(a: &[f64], b: &[f64]) -> f64 {
    let sorted = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    };
    let (a, b) = (sorted(a), sorted(b));
    let share = |of: &[f64], x: f64| real(of.partition_point(|&value| value <= x)) / real(of.len());
    let distance =
        a.iter().chain(&b).map(|&x| (share(&a, x) - share(&b, x)).abs()).fold(0.0, f64::max);
    let effective = real(a.len()) * real(b.len()) / real(a.len() + b.len());
    (2.0 * (-2.0 * effective * distance * distance).exp()).min(1.0)
}

/// Mean and variance.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / real(values.len());
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (real(values.len()) - 1.0))
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}
