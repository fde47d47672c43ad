//! Makes the tapes of a replication.

use crate::alarm::clock::Timetable;
use crate::alarm::spec::AlarmSpec;
use crate::dataplane::block::Block;
use crate::random::arrival::TraceError;
use crate::random::stream::Streams;
use crate::rollout::rules::PreAlarm;
use crate::scenario::Scenario;
use crate::simulation::arm::Arm;
use crate::simulation::baseline::{Baseline, Marks};
use crate::simulation::replication::{ArmId, requests};
use crate::simulation::tape::fork::{Branch, consequence};
use crate::simulation::tape::{Look, Tape};
use crate::simulation::world::World;
use crate::telemetry::series::FleetSeries;
use std::mem;

/// Which alarms a tape can be asked about: each with the number of the scenario's alarm in whose place it
/// stands, which fixes when it is evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Keeping<'a> {
    /// The alarms, of any threshold.
    pub alarms: &'a [(usize, AlarmSpec)],
    /// Whether all latencies are kept where percentiles are asked for; else as many of the highest as are
    /// nearly always enough.
    pub all_latencies: bool,
}

/// An open-loop run and its forks, under way.
struct Reel<'s> {
    arm: Arm<'s>,
    branches: Vec<Branch<'s>>,
    requests: u64,
}

/// The tapes of `arms`, whose strategies have alarms, in one replication; `None` if `go_on` said to stop.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn record(
    scenario: &Scenario,
    replication: u64,
    arms: &[ArmId],
    keeping: Keeping<'_>,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<Vec<Tape>>, TraceError> {
    let streams = Streams::new(scenario.experiment.seed, replication);
    let world = World::new(scenario, &streams);
    let mut requests = requests(scenario, &world, &streams)?;
    let mut baseline = Baseline::new(scenario, &world);
    let timetables = timetables(scenario, &world, keeping.alarms);
    let mut reels: Vec<Reel<'_>> =
        arms.iter().map(|&arm| Reel::new(scenario, &world, arm, &timetables, &keeping)).collect();
    let (mut block, mut marks) = (Block::default(), Marks::default());
    loop {
        requests.fill(&mut block)?;
        if !go_on() {
            return Ok(None);
        }
        let is_last = block.at.is_empty();
        baseline.advance(&block, is_last, &mut marks);
        for reel in &mut reels {
            reel.advance(&block, is_last, &marks, &baseline);
        }
        if is_last {
            break;
        }
    }
    Ok(Some(reels.into_iter().map(|reel| reel.tape(&world, &baseline)).collect()))
}

impl<'s> Reel<'s> {
    fn new(
        scenario: &'s Scenario,
        world: &'s World<'s>,
        arm: ArmId,
        timetables: &[(usize, Timetable)],
        keeping: &Keeping<'_>,
    ) -> Self {
        let plan = &scenario.strategies[arm.strategy];
        let release = &scenario.regressions[arm.regression];
        // A composite alarm may change with any other.
        let has_composite = plan.alarms.iter().any(|&number| number >= scenario.alarms.len());
        let of_plan = timetables
            .iter()
            .filter(|(number, _)| has_composite || plan.alarms.contains(number))
            .map(|&(_, timetable)| timetable);
        let mut distinct: Vec<Timetable> = Vec::new();
        for timetable in of_plan {
            if !distinct.iter().any(|known| known.strikes_with(&timetable)) {
                distinct.push(timetable);
            }
        }
        let arm = Arm::open(scenario, world, plan, release, distinct, keeping);
        Self { arm, branches: Vec::new(), requests: 0 }
    }

    fn advance(&mut self, block: &Block, is_last: bool, marks: &Marks, baseline: &Baseline<'_>) {
        for branch in &mut self.branches {
            self.requests += branch.advance(block, is_last, marks);
        }
        self.arm.advance(block, is_last, marks);
        self.requests += block.at.len() as u64;
        for fork in self.arm.take_forks() {
            let mut branch = Branch::new(fork);
            branch.go_on(block, is_last, marks);
            self.branches.push(branch);
        }
        if let Some(&now) = block.at.last() {
            self.branches.iter_mut().for_each(|branch| branch.park(baseline, now));
        }
    }

    fn tape(mut self, world: &World<'_>, baseline: &Baseline<'_>) -> Tape {
        let looks: Vec<Look> = self.branches.iter().map(|branch| branch.look(baseline)).collect();
        let never = consequence(&self.arm);
        let nothing = FleetSeries::only_sampled(Vec::new());
        let mut series = mem::replace(&mut self.arm.traffic.plane.series, nothing);
        series.sort();
        Tape {
            first_traffic: never.first_traffic_at,
            never,
            looks,
            clocks: world.clocks.clone(),
            request_ignores: self.arm.plan.rules.pre_alarm == PreAlarm::IgnoreAllAlarms,
            series,
            requests: self.requests,
        }
    }
}

/// When the scenario's alarms and those that are asked about are evaluated, by number.
fn timetables(
    scenario: &Scenario,
    world: &World<'_>,
    asked: &[(usize, AlarmSpec)],
) -> Vec<(usize, Timetable)> {
    let written = scenario.alarms.iter().enumerate();
    let all = written.chain(asked.iter().map(|(number, spec)| (*number, spec)));
    all.map(|(number, spec)| {
        let clock = world.clocks.of(number, spec);
        (number, Timetable::new(spec, clock, scenario.metrics.delay))
    })
    .collect()
}
