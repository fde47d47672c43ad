//! Judges the tapes of a replication: every shape of every alarm, for every threshold.

use crate::alarm::critical::{CriticalMonitor, Undecided};
use crate::random::arrival::TraceError;
use crate::scenario::Scenario;
use crate::scenario::tune::{Expansion, Replicated, Shape};
use crate::simulation::replication::ArmId;
use crate::simulation::tape::{Consequence, Keeping, Tape, record};
use crate::time::SimTime;
use crate::tuning::curve::{Curve, Firing, Step};
use crate::tuning::judged::{Ending, Harm, JudgedReplication, JudgedRun, Unnoticed};

/// All runs of a replication, judged; `None` if `go_on` said to stop.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
///
/// # Panics
/// If a shape has no threshold, or may alarm at one and not at a stricter one
/// ([`Refusal`](crate::alarm::critical::Refusal)).
pub fn judge(
    expansion: &Expansion,
    replication: u64,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<JudgedReplication>, TraceError> {
    let Replicated { scenario, places } = expansion.replicated(replication);
    let scenario = &*scenario;
    let alarms: Vec<_> =
        expansion.shapes.iter().map(|shape| (shape.alarm, shape.spec.clone())).collect();
    let arms = arms(scenario);
    // What is kept of latencies is nearly always enough; if it is not, all are.
    for all_latencies in [false, true] {
        let keeping = Keeping { alarms: &alarms, all_latencies };
        let Some(tapes) = record(scenario, replication, &arms, keeping, go_on)? else {
            return Ok(None);
        };
        let runs =
            arms.iter().zip(&tapes).map(|(arm, tape)| run((expansion, scenario), *arm, tape));
        if let Ok(runs) = runs.collect::<Result<Vec<_>, Undecided>>() {
            return Ok(Some(JudgedReplication { replication, places, runs }));
        }
    }
    unreachable!("invariant: all latencies decide any percentile")
}

/// Every plan against every regression.
fn arms(scenario: &Scenario) -> Vec<ArmId> {
    let plans = 0..scenario.strategies.len();
    plans
        .flat_map(|strategy| {
            (0..scenario.regressions.len()).map(move |regression| ArmId { strategy, regression })
        })
        .collect()
}

fn run(
    (expansion, scenario): (&Expansion, &Scenario),
    arm: ArmId,
    tape: &Tape,
) -> Result<JudgedRun, Undecided> {
    let heeded = &scenario.strategies[arm.strategy].alarms;
    let set = expansion.shapes_of(arm.strategy).concat();
    let mut curves = Vec::with_capacity(expansion.shapes.len());
    for (index, shape) in expansion.shapes.iter().enumerate() {
        let is_set = set.contains(&index);
        curves.push(if is_set { Some(curve(scenario, tape, shape)?) } else { None });
    }
    let is_set = |number: &usize| set.iter().any(|&shape| expansion.shapes[shape].alarm == *number);
    let others: Vec<usize> = heeded.iter().copied().filter(|number| !is_set(number)).collect();
    let played = tape.play(scenario, &scenario.alarms, &others);
    let fixed = played.acted.map(|acted| Firing {
        look: index(acted.look),
        since: acted.since,
        alarm: index(acted.alarm),
    });
    let looks = tape.looks.iter().map(|look| &look.then);
    let mut run = JudgedRun {
        curves,
        fixed,
        lets_none_count: played.lets_none_count,
        endings: looks.chain([&tape.never]).map(Ending::from).collect(),
        unnoticed: Unnoticed::of(&tape.never, scenario.end()),
    };
    run.forget_unused();
    Ok(run)
}

/// At which look, and since when, an alarm of this shape is acted on, for every threshold.
///
/// # Errors
/// [`Undecided`] if the tape does not keep enough latencies.
///
/// # Panics
/// If the alarm has no threshold, or may alarm at one and not at a stricter one.
pub fn curve(scenario: &Scenario, tape: &Tape, shape: &Shape) -> Result<Curve, Undecided> {
    let metrics = &scenario.metrics;
    let clock = tape.clocks.of(shape.alarm, &shape.spec);
    let mut monitor = CriticalMonitor::new(&shape.spec, clock, metrics.delay, metrics.interval)
        .expect("invariant: only alarms with a threshold may be set");
    let mut next = monitor.next_evaluation(scenario.start());
    let mut evaluate_up_to = |until: SimTime, monitor: &mut CriticalMonitor<'_>| {
        while next <= until {
            // Traffic that begins at this very instant comes after the evaluation.
            let first_traffic = tape.first_traffic.filter(|&first| first < next);
            monitor.evaluate(next, &tape.series, first_traffic)?;
            next = monitor.next_evaluation(next);
        }
        Ok(())
    };
    let mut curve = Curve::default();
    if tape.request_ignores {
        evaluate_up_to(SimTime::ZERO, &mut monitor)?;
        curve.ignored_below = Some(monitor.level());
    }
    let mut record = f64::NEG_INFINITY;
    for (look, at) in (0..).zip(tape.looks.iter().map(|look| look.at)) {
        evaluate_up_to(at, &mut monitor)?;
        let mut new: Vec<Step> = monitor
            .in_alarm()
            .take_while(|&(below, _)| below > record)
            // What was in ALARM from the first is so since the run began.
            .map(|(below, since)| Step { below, look, since: since.max(scenario.start()) })
            .collect();
        new.reverse();
        curve.steps.append(&mut new);
        record = record.max(monitor.level());
    }
    curve.steps.shrink_to_fit();
    Ok(curve)
}

#[expect(clippy::cast_possible_truncation, reason = "looks and alarms are far fewer than 2^32")]
fn index(index: usize) -> u32 {
    index as u32
}

impl From<&Consequence> for Ending {
    fn from(then: &Consequence) -> Self {
        let damage = &then.to_horizon;
        Self {
            end: then.end,
            given_up: then.given_up,
            first_faulty_exposure: then.first_faulty_exposure_at,
            full_traffic: then.full_traffic_at,
            harm: Harm::of(damage),
            users_touched: damage.users_touched,
            extra_cost_usd: then.extra_cost,
        }
    }
}
