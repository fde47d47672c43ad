//! One replication: every arm, fed with the same requests.

use crate::dataplane::block::{Block, Needs, Requests};
use crate::dataplane::truth::{TruthDraws, TruthNeeds};
use crate::endpoint::kpi::KpiSpec;
use crate::monitoring::spec::MonitorSpec;
use crate::random::arrival::Arrivals;
use crate::random::arrival::TraceError;
use crate::random::distribution::Distribution;
use crate::random::stream::Streams;
use crate::scenario::fidelity::obstacles;
use crate::scenario::{Fidelity, Scenario};
use crate::simulation::aggregate;
use crate::simulation::arm::Arm;
use crate::simulation::baseline::{Baseline, Marks};
use crate::simulation::fidelity;
use crate::simulation::outcome::Outcome;
use crate::simulation::parking::Running;
use crate::simulation::record::RunRecord;
use crate::simulation::world::World;
use crate::time::SimTime;
use std::collections::BTreeMap;

/// A strategy and a regression, by their indices in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArmId {
    /// Among the strategies.
    pub strategy: usize,
    /// Among the regressions.
    pub regression: usize,
}

/// What a replication came to.
#[derive(Clone, Debug)]
pub struct Replication {
    /// One for each arm asked for, in that order.
    pub outcomes: Vec<Outcome>,
    /// Likewise, if recorded.
    pub records: Vec<RunRecord>,
    /// Requests simulated one by one, over all arms.
    pub requests: u64,
}

/// Runs the arms of one replication; `None` if `go_on` said to stop.
///
/// Each outcome is a function of (scenario, its arm, replication) alone: which other arms are asked for with
/// it changes nothing. The healthy release of each strategy is simulated whether asked for or not, for
/// verdicts are relative to it ([`verdict`](crate::simulation::verdict)).
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn replicate(
    scenario: &Scenario,
    replication: u64,
    arms: &[ArmId],
    recorded: bool,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<Replication>, TraceError> {
    let all = with_healthy(arms);
    with_finished(scenario, replication, &all, recorded, go_on, |mut finished, requests| {
        let given_up_at: BTreeMap<usize, SimTime> = all
            .iter()
            .zip(&finished)
            .filter(|(id, _)| id.regression == HEALTHY)
            .filter_map(|(id, arm)| Some((id.strategy, arm.accounts.milestones.given_up?.at)))
            .collect();
        finished.truncate(arms.len());
        let outcomes = arms
            .iter()
            .zip(&finished)
            .map(|(&id, arm)| arm.outcome(id, replication, given_up_at.get(&id.strategy).copied()));
        Replication {
            outcomes: outcomes.collect(),
            records: records(&mut finished, arms, replication),
            requests,
        }
    })
}

/// The same arms recorded, without their outcomes. They are the same runs: nothing depends on recording.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn record(
    scenario: &Scenario,
    replication: u64,
    arms: &[ArmId],
) -> Result<Vec<RunRecord>, TraceError> {
    let recorded =
        with_finished(scenario, replication, arms, true, &|| true, |mut finished, _| {
            records(&mut finished, arms, replication)
        })?;
    Ok(recorded.unwrap_or_default())
}

/// The release without a regression.
const HEALTHY: usize = 0;

/// These, and after them the healthy releases of their strategies that are not among them.
fn with_healthy(arms: &[ArmId]) -> Vec<ArmId> {
    let mut all = arms.to_vec();
    for arm in arms {
        let healthy = ArmId { regression: HEALTHY, ..*arm };
        if !all.contains(&healthy) {
            all.push(healthy);
        }
    }
    all
}

fn records(finished: &mut [Arm<'_>], arms: &[ArmId], replication: u64) -> Vec<RunRecord> {
    let each = finished.iter_mut().zip(arms);
    each.filter_map(|(arm, id)| arm.take_record(id.strategy, id.regression, replication)).collect()
}

/// Runs arms to the horizon and makes something of them.
fn with_finished<T>(
    scenario: &Scenario,
    replication: u64,
    arms: &[ArmId],
    recorded: bool,
    go_on: &dyn Fn() -> bool,
    make: impl FnOnce(Vec<Arm<'_>>, u64) -> T,
) -> Result<Option<T>, TraceError> {
    let is_aggregate = match scenario.experiment.fidelity {
        Fidelity::Requests => false,
        // Scenarios that were read from a file are checked; others may be made by hand.
        Fidelity::Aggregate => obstacles(scenario).is_empty(),
        Fidelity::Auto => fidelity::decide(scenario)?.is_aggregate,
    };
    if is_aggregate {
        return aggregate::with_finished(scenario, replication, arms, recorded, go_on, make);
    }
    let streams = Streams::new(scenario.experiment.seed, replication);
    let world = World::new(scenario, &streams);
    let mut requests = requests(scenario, &world, &streams)?;
    let mut baseline = Baseline::new(scenario, &world);
    let mut running: Vec<Running<'_>> = arms
        .iter()
        .map(|arm| {
            let plan = &scenario.strategies[arm.strategy];
            let release = &scenario.regressions[arm.regression];
            Running::new(Arm::new(scenario, &world, plan, release, recorded))
        })
        .collect();
    let mut block = Block::default();
    let mut marks = Marks::default();
    let mut simulated = 0;
    loop {
        let next = running.iter().filter_map(Running::waits_until).min();
        let is_due = requests.fill_before(&mut block, next.unwrap_or(SimTime::NEVER))?;
        if !go_on() {
            return Ok(None);
        }
        let is_last = block.at.is_empty() && requests.are_over();
        if is_last || !block.at.is_empty() {
            baseline.advance(&block, is_last, &mut marks);
            simulated += block.at.len() as u64;
            for arm in &mut running {
                simulated += arm.advance(&block, is_last, &marks, &mut baseline);
            }
        }
        if is_last {
            break;
        }
        if let Some(now) = next.filter(|_| is_due) {
            for arm in &mut running {
                arm.wait(now, &mut baseline);
            }
        }
        if !running.iter().any(Running::rides) {
            baseline.rest();
        }
    }
    let finished = running.into_iter().map(|running| running.finish(&baseline)).collect();
    Ok(Some(make(finished, simulated)))
}

/// The requests of a replication.
pub(super) fn requests<'s>(
    scenario: &'s Scenario,
    world: &World<'_>,
    streams: &Streams,
) -> Result<Requests<'s>, TraceError> {
    let surges = world.trouble.surges();
    let arrivals =
        Arrivals::new(&scenario.arrivals, streams, &surges, scenario.start(), scenario.end())?;
    let variants = scenario.variants.iter().map(|variant| &variant.model);
    let models = [&scenario.blue, &scenario.green].into_iter().chain(variants);
    let tests = || scenario.strategies.iter().filter_map(|plan| plan.test.as_ref());
    let of_users = tests().any(|test| test.by_user)
        || scenario.kpi.as_ref().is_some_and(KpiSpec::depends_on_user);
    let needs = Needs {
        branch: models.into_iter().any(|model| {
            model.latency.uses_branch()
                || model.failed_latency.as_ref().is_some_and(Distribution::uses_branch)
        }),
        tail: scenario.regressions.iter().any(|regression| regression.effects.tail.is_some()),
        mirror: scenario.strategies.iter().flat_map(|plan| &plan.stages).any(|s| s.mirror > 0.0),
        sticky_users: scenario.users.filter(|users| users.sticky).map(|users| users.count),
        users: scenario.users.filter(|_| of_users).map(|users| users.count),
        kpi: scenario.kpi.is_some(),
        score: scenario.kpi.as_ref().is_some_and(|kpi| kpi.revenue.is_some()),
    };
    let (blue, green) = (&scenario.blue.latency, &scenario.green.latency);
    let truths = scenario.quality.as_ref().map(|spec| {
        let any = |needs: fn(&MonitorSpec) -> bool| scenario.monitors.iter().any(needs);
        let needs = TruthNeeds {
            labels: any(MonitorSpec::needs_labels),
            feature: any(MonitorSpec::needs_feature),
        };
        TruthDraws::new(spec, needs, streams)
    });
    Ok(Requests::new(arrivals, blue, green, needs, streams).with_truths(truths))
}
