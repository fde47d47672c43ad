//! One replication whose requests are drawn piece by piece; see
//! [`dataplane::aggregate`](crate::dataplane::aggregate).

use crate::alarm::monitor::Monitor;
use crate::alarm::spec::{AlarmSpec, FleetDimension, cuts_ns};
use crate::dataplane::aggregate::fates::Odds;
use crate::dataplane::aggregate::luck::Luck;
use crate::dataplane::aggregate::traffic::{Cell, Traffic};
use crate::dataplane::aggregate::{Book, Drawn, Wanted};
use crate::dataplane::block::Block;
use crate::dataplane::path::Path;
use crate::endpoint::behaviour::{Behaviour, Conditions};
use crate::random::arrival::{LoadPiece, TraceError, load};
use crate::random::stream::{Purpose, Streams};
use crate::scenario::Scenario;
use crate::simulation::arm::Arm;
use crate::simulation::baseline::Marks;
use crate::simulation::finish::QUANTILES;
use crate::simulation::plane;
use crate::simulation::replication::ArmId;
use crate::simulation::trouble::BLUE;
use crate::simulation::world::World;
use crate::telemetry::metric::{PercentileMethod, Statistic};
use crate::telemetry::series::FleetSeries;
use crate::time::{SimDuration, SimTime};

/// Runs the arms of one replication to the horizon without its requests, and makes something of them; `None`
/// if `go_on` said to stop.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub(super) fn with_finished<T>(
    scenario: &Scenario,
    replication: u64,
    arms: &[ArmId],
    recorded: bool,
    go_on: &dyn Fn() -> bool,
    make: impl FnOnce(Vec<Arm<'_>>, u64) -> T,
) -> Result<Option<T>, TraceError> {
    let streams = Streams::new(scenario.experiment.seed, replication);
    let world = World::new(scenario, &streams);
    let traffic = traffic(scenario, &world, &streams)?;
    let mut finished = Vec::with_capacity(arms.len());
    let wanted = wanted(scenario);
    let (mut series, mut book) = (None, None);
    for id in arms {
        if !go_on() {
            return Ok(None);
        }
        let plan = &scenario.strategies[id.strategy];
        let release = &scenario.regressions[id.regression];
        let mut arm = Arm::new(scenario, &world, plan, release, recorded);
        let sampled = std::mem::take(&mut arm.traffic.plane.series.sampled);
        let blank = series.get_or_insert_with(|| divided(scenario, &world, recorded));
        arm.traffic.plane.series = FleetSeries { sampled, ..blank.clone() };
        let laws = book.take().map_or_else(|| new_book(&arm), Book::for_next_run);
        let drawn = Drawn::new(&traffic, laws, wanted, scenario.start());
        arm.traffic.path = Path::Drawn(Box::new(drawn));
        // An interval is drawn before anybody can see it.
        arm.alarms.monitors.iter_mut().for_each(Monitor::read_once);
        arm.advance(&Block::default(), true, &Marks::default());
        if let Path::Drawn(drawn) = &mut arm.traffic.path {
            book = Some(drawn.take_book());
        }
        finished.push(arm);
    }
    Ok(Some(make(finished, 0)))
}

/// The requests that come in a replication, and which fail without the deployment.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn traffic(
    scenario: &Scenario,
    world: &World<'_>,
    streams: &Streams,
) -> Result<Traffic, TraceError> {
    let span = (scenario.start(), scenario.end());
    let pieces = load(&scenario.arrivals, streams, &world.trouble.surges(), span)?;
    let pieces = pieces.expect("invariant: gamma gaps and traces of requests are refused");
    let key = rand::Rng::next_u64(&mut streams.stream(Purpose::Aggregate));
    Ok(Traffic::new(cells(scenario, world, &pieces), Luck::new(key)))
}

/// Cuts the traffic where an interval ends and where anything changes without a deployment.
fn cells(scenario: &Scenario, world: &World<'_>, pieces: &[LoadPiece]) -> Vec<Cell> {
    let interval = scenario.metrics.interval;
    let mut cells = Vec::new();
    for piece in pieces {
        let mut from = piece.from;
        while from < piece.until {
            let clump = world.trouble.clumps.next_after(BLUE, from);
            let marks = [SimTime::ZERO, scenario.experiment.measure_from];
            let until = [Some(from.floor_to(interval, world.intervals_from) + interval), clump]
                .into_iter()
                .flatten()
                .chain(world.trouble.next_incident_change(from))
                .chain(marks.into_iter().filter(|&mark| mark > from))
                .fold(piece.until, SimTime::min);
            cells.push(cell(scenario, world, *piece, [from, until]));
            from = until;
        }
    }
    cells
}

/// Blue without a deployment, from one change of the surroundings to the next.
fn cell(scenario: &Scenario, world: &World<'_>, load: LoadPiece, span: [SimTime; 2]) -> Cell {
    let incidents = world.trouble.incidents_at(span[0]);
    let conditions = Conditions {
        fault: None,
        incidents: &incidents,
        is_cold: false,
        clumps: world.trouble.clumps.at(BLUE, span[0]),
    };
    let now = Behaviour::new(&scenario.blue, &conditions, span[0], None).at(span[0]);
    let without = Odds::new(now.errors_5xx, now.errors_4xx);
    Cell::new(load, span, without, [now.factor, now.shift_ns])
}

fn wanted(scenario: &Scenario) -> Wanted {
    let asks_for_values = |alarm: &AlarmSpec| {
        alarm.subject.queries().iter().any(|query| {
            matches!(query.statistic, Statistic::Minimum | Statistic::Maximum)
                || query.percentile_method == PercentileMethod::Linear
        })
    };
    Wanted {
        slow_over: scenario.metrics.slow_over,
        extremes: scenario.alarms.iter().any(asks_for_values),
        quantiles: QUANTILES,
    }
}

/// Where the latencies of blue, green and the shadow are divided besides where alarms want it \[ns\]: where
/// responses begin to be slow, and at the models' own 99th percentiles, so that a mean goes with the tail of
/// its interval even where no alarm asks about that. Production and shadow are divided alike, so that what
/// is said of both is known as well of one as of the other.
fn more_cuts_ns(scenario: &Scenario) -> [Vec<i64>; 3] {
    let tails_ns =
        [&scenario.blue, &scenario.green].map(|model| whole(model.latency.quantile_ns(0.99)));
    let mut shared = Vec::new();
    for plan in &scenario.strategies {
        let slow_ns = scenario.metrics.slow_over.map(SimDuration::as_nanos);
        shared.extend(slow_ns.into_iter().flat_map(|ns| [ns, ns - plan.overhead.as_nanos()]));
    }
    let fleets = [FleetDimension::Blue, FleetDimension::Green, FleetDimension::Shadow];
    if scenario.strategies.iter().flat_map(|plan| &plan.stages).any(|stage| stage.mirror > 0.0) {
        shared.extend(tails_ns);
        shared.extend(fleets.into_iter().flat_map(|fleet| cuts_ns(&scenario.alarms, fleet)));
    }
    [tails_ns[0], tails_ns[1], tails_ns[1]].map(|tail_ns| {
        let mut cuts_ns = shared.clone();
        cuts_ns.push(tail_ns);
        cuts_ns
    })
}

/// Nothing published yet; latencies are divided there, too.
fn divided(scenario: &Scenario, world: &World<'_>, recorded: bool) -> FleetSeries {
    let more_ns = more_cuts_ns(scenario);
    let series =
        |fleet, more_ns: &Vec<i64>| plane::series(scenario, world, fleet, recorded, more_ns);
    FleetSeries {
        blue: series(FleetDimension::Blue, &more_ns[0]),
        green: series(FleetDimension::Green, &more_ns[1]),
        shadow: series(FleetDimension::Shadow, &more_ns[2]),
        sampled: Vec::new(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "latencies are at most 10^15 ns")]
fn whole(ns: f64) -> i64 {
    ns as i64
}

fn new_book(arm: &Arm<'_>) -> Book {
    let FleetSeries { blue, green, shadow, .. } = &arm.traffic.plane.series;
    let cuts_ns = [blue, green, shadow].map(|series| series.cuts_ns().to_vec());
    Book::new(&arm.scenario.blue, &arm.scenario.green, cuts_ns)
}
