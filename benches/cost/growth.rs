//! How the time of a replication grows as one thing grows and all else stays.

use crate::measure::{Case, slope};
use crate::workload;
use rollout_sim::report::plot::chart::{Chart, ChartPanel};
use rollout_sim::simulation::replication::ArmId;

/// The lines of the figure: how requests queue.
pub const WAYS: [(&str, &[&str]); 3] = [
    ("own queues, random", &[]),
    ("one shared queue", &["endpoint.queue=shared"]),
    ("least outstanding", &["endpoint.routing=least-outstanding"]),
];

/// Requests a second of an hour where something else than requests is to be seen.
const FEW_PER_S: f64 = 1.0;

/// One thing that grows: how often or how large it is, and what that is like with each way to queue.
pub struct Growth {
    pub what: &'static str,
    across: &'static str,
    pub cases: Vec<(f64, [Case; 3])>,
    per_request: bool,
}

impl Growth {
    fn new(
        (what, across): (&'static str, &'static str),
        sizes: &[u32],
        case: impl Fn(u32, &[&str]) -> Case,
    ) -> Self {
        let cases =
            sizes.iter().map(|&size| (f64::from(size), WAYS.map(|(_, way)| case(size, way))));
        Self { what, across, cases: cases.collect(), per_request: false }
    }

    /// Size and time \[ns\] with this way to queue.
    pub fn points_ns(&self, way: usize) -> Vec<(f64, f64)> {
        self.cases.iter().map(|(size, cases)| (*size, cases[way].least_ns)).collect()
    }

    /// Time \[ns\] that one more of it takes, with each way to queue.
    pub fn slopes_ns(&self) -> [f64; 3] {
        [0, 1, 2].map(|way| slope(&self.points_ns(way)))
    }

    fn panel(&self) -> ChartPanel {
        let value = |case: &Case| {
            if self.per_request { case.ns_per_request() } else { case.least_ns / 1e6 }
        };
        let line =
            |way: usize| self.cases.iter().map(|(x, cases)| (*x, value(&cases[way]))).collect();
        ChartPanel {
            heading: self.what.to_owned(),
            across: self.across.to_owned(),
            up: if self.per_request { "ns a request" } else { "ms a replication" }.to_owned(),
            is_logarithmic: self.per_request,
            lines: (0..WAYS.len()).map(line).collect(),
        }
    }
}

fn w(settings: &[&str], more: &[String]) -> Case {
    let all: Vec<&str> = settings.iter().copied().chain(more.iter().map(String::as_str)).collect();
    Case::w(&all)
}

/// As many requests an hour in all, over so many instances at the same utilisation.
fn instances(count: u32, way: &[&str]) -> Case {
    let rate_per_s = 25 * count;
    // As many requests as four instances see in an hour.
    let horizon_s = 3600 * 4 / count;
    w(
        way,
        &[
            format!("endpoint.instances={count}"),
            format!("traffic.rate_per_s={rate_per_s}.0"),
            format!("experiment.horizon={horizon_s}s"),
            format!("strategies.tenth.steps.0.bake={horizon_s}s"),
        ],
    )
}

/// All that grows.
pub fn all() -> Vec<Growth> {
    let requests = |rate: u32, way: &[&str]| {
        w(way, &["endpoint.instances=32".to_owned(), format!("traffic.rate_per_s={rate}.0")])
    };
    let hours = |hours: u32, way: &[&str]| {
        w(
            way,
            &[
                format!("experiment.horizon={hours}h"),
                format!("strategies.tenth.steps.0.bake={hours}h"),
                format!("traffic.rate_per_s={}", FEW_PER_S / f64::from(hours)),
            ],
        )
    };
    let alarms = |count: u32, way: &[&str]| {
        let few = format!("traffic.rate_per_s={FEW_PER_S}");
        let settings: Vec<&str> = way.iter().copied().chain([few.as_str()]).collect();
        let mut scenario = workload::scenario("w.toml", &settings);
        let own = scenario.alarms.clone();
        scenario.alarms = own.iter().cycle().take(count as usize).cloned().collect();
        scenario.strategies[0].alarms = (0..count as usize).collect();
        Case::new(scenario, workload::arms(1))
    };
    // Every arm is one strategy against one regression, so that either of them grows.
    let arms = |strategies: usize, regressions: usize, way: &[&str]| {
        let scenario = workload::scenario("features.toml", way);
        let all = (0..strategies).flat_map(|strategy| {
            (0..regressions).map(move |regression| ArmId { strategy, regression })
        });
        Case::new(scenario, all.collect())
    };
    let strategies = |count: u32, way: &[&str]| arms(count as usize, 1, way);
    let regressions = |count: u32, way: &[&str]| arms(1, count as usize, way);
    let instances_growth = Growth {
        per_request: true,
        ..Growth::new(
            ("Instances, at the same utilisation", "instances of a fleet"),
            &[4, 16, 64, 144],
            instances,
        )
    };
    vec![
        Growth::new(("Requests", "requests/s over an hour"), &[25, 50, 100, 200, 400], requests),
        instances_growth,
        Growth::new(("Alarms, with 3 600 requests", "alarms"), &[2, 8, 16, 32, 64], alarms),
        Growth::new(("Length, with 3 600 requests in all", "hours"), &[1, 4, 8, 16, 24], hours),
        Growth::new(("Strategies", "strategies"), &[1, 2, 3, 4], strategies),
        Growth::new(
            ("Regressions", "regressions, the healthy release included"),
            &[1, 2, 3, 4],
            regressions,
        ),
    ]
}

/// The figure of all that grew.
pub fn chart(growths: &[Growth], repetitions: u64) -> Chart {
    Chart {
        title: "How the time of a replication grows".to_owned(),
        reading:
            "One thing grows in each panel, all else is workload W with one arm (strategies and \
                  regressions: with all features on). Every replication includes the run without a \
                  deployment."
                .to_owned(),
        caption: format!(
            "One core, least of {repetitions} repetitions each; cargo bench --bench cost."
        ),
        names: WAYS.map(|(name, _)| name.to_owned()).into(),
        panels: growths.iter().map(Growth::panel).collect(),
    }
}
