//! What would make a tuning feasible that is not: changes of the nearest policy's rollout, of the traffic and
//! of what the alarm watches, each tried on as many runs as there is time for.
//!
//! All of them together simulate no more than the search did, by an estimate of what each costs.

use crate::alarm::spec::AlarmSpec;
use crate::alarm::subject::{FleetDimension, Origin, Query, Subject};
use crate::experiment::runner::Progress;
use crate::random::arrival::TraceError;
use crate::rollout::plan::Plan;
use crate::rollout::shift::Portion;
use crate::scenario::tune::{Expansion, Shape, TuneSpec};
use crate::stats::{real, real_len};
use crate::telemetry::metric::{Comparison, Metric, PercentileMethod, Statistic, TrimMethod};
use crate::telemetry::ratio::Ratio;
use crate::time::SimDuration;
use crate::tuning::results::{Policy, Remedy, TuneResults};

/// Fewer runs tell nothing.
const RUNS_LEAST: f64 = 60.0;

/// A change, as a scenario of its own.
struct Change {
    words: String,
    expansion: Expansion,
    /// How long a run takes, against one of the scenario as it is.
    cost: f64,
}

/// Tries what there is time for. `tune_alone` tunes an expansion on so many runs.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub(super) fn remedies(
    spec: &TuneSpec,
    results: &TuneResults,
    progress: &dyn Progress,
    tune_alone: &dyn Fn(&TuneSpec, &Expansion, u64) -> Result<TuneResults, TraceError>,
) -> Result<Vec<Remedy>, TraceError> {
    let Some(nearest) = &results.nearest else { return Ok(Vec::new()) };
    let mut changes = changes(&results.expansion, &nearest.policy);
    let budget = real(results.runs) * real_len(results.expansion.plans.len());
    let each = |changes: &[Change]| budget / changes.iter().map(|change| change.cost).sum::<f64>();
    while !changes.is_empty() && each(&changes) < RUNS_LEAST {
        changes.pop();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "up to `runs`")]
    let runs = each(&changes).min(real(results.runs)) as u64;
    let spec = TuneSpec { precision: None, ..spec.clone() };
    let mut tried = Vec::new();
    for change in changes {
        if !progress.go_on() {
            break;
        }
        progress.expect(runs * change.expansion.scenario.regressions.len() as u64);
        let results = tune_alone(&spec, &change.expansion, runs)?;
        tried.push(Remedy { change: change.words, results });
    }
    Ok(tried)
}

/// The most promising first.
fn changes(expansion: &Expansion, nearest: &Policy) -> Vec<Change> {
    let alone = alone(expansion, nearest.plan);
    let bakes = [2, 4].map(|times| longer_bakes(&alone, times));
    let traffic = [2_u32, 4].map(|times| more_traffic(&alone, times));
    let [bake, longer] = bakes;
    let [more, most] = traffic;
    let first = [bake, larger_canary(&alone), more].into_iter().flatten();
    first
        .chain(other_metrics(&alone, nearest))
        .chain([longer, most].into_iter().flatten())
        .collect()
}

/// Of one plan only.
fn alone(expansion: &Expansion, plan: usize) -> Expansion {
    let mut alone = expansion.clone();
    alone.scenario.strategies = vec![expansion.scenario.strategies[plan].clone()];
    alone.plans = vec![expansion.plans[plan].clone()];
    alone.uncertainty = expansion.uncertainty.of_traffic_alone();
    alone
}

/// Every bake before full traffic so many times as long; of a plan of one stage, that stage's.
fn longer_bakes(alone: &Expansion, times: i64) -> Option<Change> {
    let mut expansion = alone.clone();
    let plan = &mut expansion.scenario.strategies[0];
    if plan.test.is_some() {
        return None;
    }
    let count = if plan.stages.len() > 1 { plan.stages.len() - 1 } else { 1 };
    let mut added = SimDuration::ZERO;
    for stage in &mut plan.stages[..count] {
        let longer = SimDuration::from_nanos(stage.bake.as_nanos() * times);
        added = added + SimDuration::from_nanos(longer.as_nanos() - stage.bake.as_nanos());
        stage.bake = longer;
    }
    let before = alone.scenario.experiment.horizon;
    let horizon = before + added;
    expansion.scenario.experiment.horizon = horizon;
    let cost = horizon.as_secs_f64() / before.as_secs_f64();
    Some(Change { words: format!("bakes {times} times as long"), expansion, cost })
}

/// The first stage twice as large, where that is half of the traffic at most.
fn larger_canary(alone: &Expansion) -> Option<Change> {
    let Plan { fleets, ref stages, rolling: None, test: None, .. } = alone.scenario.strategies[0]
    else {
        return None;
    };
    let [first, next, ..] = stages[..] else { return None };
    if first.mirror > 0.0 || first.share <= 0.0 || first.share > 0.25 {
        return None;
    }
    let portion = if fleets.by_instances {
        Portion::new(2 * u64::from(first.green_active), u64::from(fleets.green))?
    } else {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 5000")]
        Portion::new((2e4 * first.share).round() as u64, 10_000)?
    };
    // It must stay below what comes next.
    let larger = fleets.stage(portion, first.bake);
    if larger.share <= first.share || larger.share >= next.share {
        return None;
    }
    let mut expansion = alone.clone();
    expansion.scenario.strategies[0].stages[0] = larger;
    Some(Change { words: "a first step twice as large".to_owned(), expansion, cost: 1.0 })
}

fn more_traffic(alone: &Expansion, times: u32) -> Option<Change> {
    let mut expansion = alone.clone();
    let arrivals = &mut expansion.scenario.arrivals;
    if !arrivals.can_be_scaled() {
        return None;
    }
    *arrivals = arrivals.scaled(f64::from(times));
    let words = format!("{times} times the traffic (a busier hour, or more endpoints together)");
    Some(Change { words, expansion, cost: f64::from(times) })
}

/// What an alarm could watch instead, with the name of the statistic.
fn watched() -> [(Metric, Statistic, &'static str); 4] {
    let percentile = |parts| Statistic::Percentile(Ratio::new(parts, 100));
    [
        (Metric::Invocation5xxErrors, Statistic::Average, "the share of 5xx"),
        (Metric::ModelLatency, percentile(90), "the 90th percentile of ModelLatency"),
        (Metric::ModelLatency, percentile(50), "the median of ModelLatency"),
        (Metric::Invocation4xxErrors, Statistic::Average, "the share of 4xx"),
    ]
}

/// The first alarm of the policy on something else that green publishes, in the shapes that it has.
fn other_metrics(alone: &Expansion, nearest: &Policy) -> Vec<Change> {
    let Some(setting) = nearest.settings.first() else { return Vec::new() };
    let alarm = alone.shapes[setting.shape].alarm;
    let name = &alone.shapes[setting.shape].spec.name;
    let present = subjects(alone, alarm);
    let other = |(metric, statistic, words): (Metric, Statistic, &'static str)| {
        let query = Query {
            origin: Origin::Requests(metric, FleetDimension::Green),
            statistic,
            percentile_method: PercentileMethod::default(),
            trim: TrimMethod::default(),
            delay: alone.scenario.metrics.delay_of.get(metric.name()).copied(),
        };
        if present.contains(&(metric, statistic)) {
            return None;
        }
        let mut expansion = alone.clone();
        for shape in expansion.shapes.iter_mut().filter(|shape| shape.alarm == alarm) {
            *shape = watching(shape, query, words);
        }
        let unwatched = unwatched(alone, alarm, (&present, metric));
        let words = format!("'{name}' on {words} of the green fleet instead{unwatched}");
        Some(Change { words, expansion, cost: 1.0 })
    };
    watched().into_iter().filter_map(other).collect()
}

/// Of what the alarm watches at present, what nothing would if it watched another metric, in words.
fn unwatched(
    alone: &Expansion,
    alarm: usize,
    (present, other): (&[(Metric, Statistic)], Metric),
) -> String {
    let others = alone.scenario.strategies[0].alarms.iter().filter(|&&other| other != alarm);
    let specs = others.filter_map(|&other| alone.scenario.alarms.get(other));
    let mut watched: Vec<Metric> = specs.flat_map(on_requests).map(|(metric, _)| metric).collect();
    watched.push(other);
    let is_lost = |metric: &Metric| !watched.contains(metric);
    let lost = present.iter().map(|(metric, _)| *metric).filter(is_lost);
    let mut lost: Vec<&str> = lost.map(Metric::name).collect();
    lost.dedup();
    if lost.is_empty() {
        return String::new();
    }
    format!(" (no alarm watches {} then)", lost.join(" and "))
}

/// What the plan's alarm watches already, in any shape.
fn subjects(alone: &Expansion, alarm: usize) -> Vec<(Metric, Statistic)> {
    let shapes = alone.shapes.iter().filter(|shape| shape.alarm == alarm);
    shapes.flat_map(|shape| on_requests(&shape.spec)).collect()
}

/// The metrics of requests that an alarm watches.
fn on_requests(spec: &AlarmSpec) -> Vec<(Metric, Statistic)> {
    let queries = spec.subject.queries().iter();
    let of = |query: &Query| match query.origin {
        Origin::Requests(metric, _) => Some((metric, query.statistic)),
        Origin::Sampled(_) => None,
    };
    queries.filter_map(of).collect()
}

fn watching(shape: &Shape, query: Query, words: &str) -> Shape {
    let spec = AlarmSpec {
        subject: Subject::Query(query),
        comparison: Comparison::GreaterThanThreshold,
        ..shape.spec.clone()
    };
    let mut changes = shape.changes.clone();
    changes.push(("metric".to_owned(), words.to_owned()));
    Shape { spec, changes, thresholds: Vec::new(), ..shape.clone() }
}

#[cfg(test)]
#[path = "remedy/tests.rs"]
mod tests;
