//! Builds the data plane of a run from the scenario, and sets how its fleets behave.

use crate::alarm::monitor::Monitor;
use crate::alarm::spec::{AlarmSpec, FleetDimension, cuts_ns, detail, top_share};
use crate::dataplane::path::Path;
use crate::dataplane::pull::Pulling;
use crate::dataplane::quality::Judge;
use crate::dataplane::requests::{Counting, DataPlane};
use crate::dataplane::retries::Retrying;
use crate::endpoint::behaviour::{Behaviour, Conditions};
use crate::endpoint::fault::Course;
use crate::endpoint::fleet::Fleet;
use crate::endpoint::model::ModelSpec;
use crate::endpoint::quality::{Model, Skill};
use crate::endpoint::spec::{FleetSpec, Mode};
use crate::monitoring::watch::Watch;
use crate::scenario::{CountAt, Scenario};
use crate::simulation::tape::Keeping;
use crate::simulation::trouble::{BLUE, GREEN, OTHERS, Trouble};
use crate::simulation::world::World;
use crate::telemetry::backlog::BACKLOG_METRICS;
use crate::telemetry::detail::Detail;
use crate::telemetry::ratio::Ratio;
use crate::telemetry::sampled::Samples;
use crate::telemetry::series::{FleetSeries, Series};
use crate::time::{SimDuration, SimTime};

/// The data plane at the start of the warm-up: blue takes everything.
pub(super) fn new<'s>(scenario: &'s Scenario, world: &World<'s>, recorded: bool) -> DataPlane<'s> {
    let start = scenario.start();
    let mut blue = fleet(scenario, world, BLUE, (&scenario.endpoint.blue, &scenario.blue));
    blue.activate(scenario.endpoint.blue.instances, start - SimDuration::LONGEST);
    let green = fleet(scenario, world, GREEN, (&scenario.endpoint.green, &scenario.green));
    let series = FleetSeries {
        blue: series(scenario, world, FleetDimension::Blue, recorded, &[]),
        green: series(scenario, world, FleetDimension::Green, recorded, &[]),
        shadow: series(scenario, world, FleetDimension::Shadow, recorded, &[]),
        sampled: vec![Samples::default(); scenario.sampled.len()],
    };
    let rules = Counting {
        at_completion: scenario.metrics.count_at == CountAt::Completion,
        slow_over: scenario.metrics.slow_over.unwrap_or(SimDuration::LONGEST),
    };
    let mut plane = DataPlane::new(blue, green, series, rules);
    if recorded {
        plane.keep_latencies();
    }
    plane.judge = scenario.quality.as_ref().map(|spec| {
        let skill = |model| Skill::new(spec, model, None, &[], start);
        let watches = Vec::new();
        Box::new(Judge { blue: skill(Model::Blue), green: skill(Model::Green), watches })
    });
    plane
}

/// The scenario's alarms, none evaluated yet.
pub(super) fn monitors<'s>(scenario: &'s Scenario, world: &World<'s>) -> Vec<Monitor<'s>> {
    let metrics = &scenario.metrics;
    let alarms = scenario.alarms.iter().enumerate();
    alarms
        .map(|(number, spec)| {
            let clock = world.clocks.of(number, spec);
            Monitor::new(spec, clock, metrics.delay, metrics.interval)
        })
        .collect()
}

/// The scenario's monitors, which have seen nothing yet.
pub(super) fn watches<'s>(scenario: &'s Scenario, world: &'s World<'s>) -> Vec<Watch<'s>> {
    let monitors = scenario.monitors.iter().zip(&world.monitor_plans);
    monitors.map(|(spec, plan)| Watch::new(spec, plan, &world.bins)).collect()
}

/// Both fleets behave as the faults at `now` want; gives the next instant at which that changes.
pub(super) fn behave(
    plane: &mut DataPlane<'_>,
    scenario: &Scenario,
    trouble: &Trouble<'_>,
    course: Option<Course<'_>>,
    now: SimTime,
) -> Option<SimTime> {
    let clumps = &trouble.clumps;
    let kinks = [
        course.and_then(|course| course.next_kink(now)),
        trouble.next_incident_change(now),
        clumps.next_after(BLUE, now),
        clumps.next_after(GREEN, now),
        plane.green.warm_at().filter(|&warm| warm > now),
        plane.blue.warm_at().filter(|&warm| warm > now),
    ];
    let lanes = plane.others.iter().flat_map(|others| &others.lanes);
    let of_lanes = lanes.zip(OTHERS..).flat_map(|(lane, number)| {
        let warm = lane.fleet.warm_at().filter(|&warm| warm > now);
        [warm, clumps.next_after(number, now)]
    });
    let kink = kinks.into_iter().chain(of_lanes).flatten().min();
    let incidents = trouble.incidents_at(now);
    let behaviour = |number, fleet: &Fleet<'_>, model: &ModelSpec, fault| {
        let conditions = Conditions {
            fault,
            incidents: &incidents,
            is_cold: fleet.warm_at().is_some_and(|warm| warm > now),
            clumps: clumps.at(number, now),
        };
        Behaviour::new(model, &conditions, now, kink)
    };
    plane.blue.behave(behaviour(BLUE, &plane.blue, &scenario.blue, None));
    plane.green.behave(behaviour(GREEN, &plane.green, &scenario.green, course));
    let lanes = plane.others.iter_mut().flat_map(|others| &mut others.lanes);
    for (lane, number) in lanes.zip(OTHERS..) {
        lane.fleet.behave(behaviour(number, &lane.fleet, lane.model, None));
    }
    if let (Some(judge), Some(spec)) = (&mut plane.judge, &scenario.quality) {
        judge.blue = Skill::new(spec, Model::Blue, None, &incidents, now);
        judge.green = Skill::new(spec, Model::Green, course, &incidents, now);
    }
    let felt = course.filter(|course| course.strength(now).is_felt());
    let lost = felt.map_or(0, |course| course.effects().concurrency_lost);
    plane.green.set_concurrency(scenario.endpoint.green.concurrency - lost, now);
    kink
}

/// How requests reach the fleets.
pub(super) fn path<'s>(scenario: &'s Scenario, world: &World<'s>) -> Path<'s> {
    if let Mode::Asynchronous(spec) = scenario.endpoint.mode {
        let mut sampled = scenario.sampled.iter();
        let from = sampled.position(|own| own.name == BACKLOG_METRICS[0]).unwrap_or(usize::MAX);
        let queue = Pulling::new(spec, &scenario.endpoint, from, scenario.start());
        return Path::Pulling(Box::new(queue));
    }
    scenario.clients.as_ref().map_or(Path::Direct, |clients| {
        let stay_put = scenario.users.is_some_and(|users| users.sticky);
        Path::Retrying(Box::new(Retrying::new(clients, world.retry_key, stay_put)))
    })
}

/// The fleet of this number (among those that have clumps) before anything has happened.
pub(super) fn fleet<'s>(
    scenario: &'s Scenario,
    world: &World<'s>,
    number: usize,
    (spec, model): (&FleetSpec, &'s ModelSpec),
) -> Fleet<'s> {
    let start = scenario.start();
    let incidents = world.trouble.incidents_at(start);
    let conditions = Conditions {
        fault: None,
        incidents: &incidents,
        is_cold: false,
        clumps: world.trouble.clumps.at(number, start),
    };
    let behaviour = Behaviour::new(model, &conditions, start, None);
    Fleet::new(spec, &scenario.endpoint, model, behaviour, start)
}

/// The series of a tape: the scenario's alarms can be decided, and those of `keeping` at any threshold.
pub(super) fn taped(scenario: &Scenario, world: &World<'_>, keeping: &Keeping<'_>) -> FleetSeries {
    let asked = keeping.alarms.iter().map(|(_, spec)| spec);
    let alarms: Vec<AlarmSpec> = scenario.alarms.iter().chain(asked.clone()).cloned().collect();
    let open: Vec<AlarmSpec> = asked.cloned().collect();
    let series = |fleet| {
        let mut detail = detail(&alarms, fleet, false);
        let share = top_share(&open, fleet, scenario.metrics.interval);
        detail.keeps_top =
            share.map(|share| if keeping.all_latencies { Ratio::whole(1) } else { share });
        detailed(scenario, world, fleet, &detail, &[])
    };
    FleetSeries {
        blue: series(FleetDimension::Blue),
        green: series(FleetDimension::Green),
        shadow: series(FleetDimension::Shadow),
        sampled: vec![Samples::default(); scenario.sampled.len()],
    }
}

/// What a fleet publishes; its latencies are divided at `more_cuts_ns` besides.
pub(super) fn series(
    scenario: &Scenario,
    world: &World<'_>,
    fleet: FleetDimension,
    recorded: bool,
    more_cuts_ns: &[i64],
) -> Series {
    let detail = detail(&scenario.alarms, fleet, recorded);
    detailed(scenario, world, fleet, &detail, more_cuts_ns)
}

fn detailed(
    scenario: &Scenario,
    world: &World<'_>,
    fleet: FleetDimension,
    detail: &Detail,
    more_cuts_ns: &[i64],
) -> Series {
    let (interval, from) = (scenario.metrics.interval, world.intervals_from);
    let mut cuts = cuts_ns(&scenario.alarms, fleet);
    cuts.extend(more_cuts_ns);
    let late = match fleet {
        FleetDimension::Green => &world.late[1],
        FleetDimension::Shadow => &world.late[2],
        _ => &world.late[0],
    };
    Series::new(interval, from, World::intervals(scenario, from), &cuts)
        .with_detail(detail)
        .with_lateness(late)
}
