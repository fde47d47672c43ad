//! Net harm where requests wait: which request is unlucky changes with every other way of routing, so what
//! fails here and not without the deployment is no measure of harm, and what fails in excess is.

use crate::support::results;
use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::{Summary, runs_of};
use rollout_sim::report::terminal::{Terminal, render};
use rollout_sim::simulation::outcome::{Damage, Outcome};
use rollout_sim::stats::Interval;
use rollout_sim::stats::interval::Mean;
use std::sync::LazyLock;

/// Ten queues at half their capacity, with two places each; nothing watches.
const WAITING: &str = r#"
name = "waiting"
[experiment]
runs = 24
seed = 5
horizon = "30m"
warm_up = "3m"
[traffic]
arrivals = { poisson = { rate_per_s = 85.0 } }
[endpoint]
instances = 10
price_per_hour = 1.0
concurrency = 1
queue_limit = 2
routing = "random"
provision = "1m"
switch = "10s"
[metrics]
slow_over = "200ms"
[blue]
latency = { exponential = { mean = "60ms" } }
[[regressions]]
name = "faster"
healthy = true
latency = { factor = 0.9 }
[[regressions]]
name = "slower"
latency = { factor = 1.1 }
[[strategies]]
name = "canary"
canary = { size = "10%", bake = "10m", final_bake = "10m" }
alarms = []
"#;

static RESULTS: LazyLock<Results> = LazyLock::new(|| results(WAITING));

fn arm(strategy: &str, regression: &str) -> &'static [Outcome] {
    let scenario = &RESULTS.scenario;
    let strategy = scenario.strategies.iter().position(|plan| plan.name == strategy);
    let regression = scenario.regressions.iter().position(|release| release.name == regression);
    runs_of(&RESULTS.outcomes, strategy.expect("a strategy"), regression.expect("a regression"))
}

/// The interval of the mean of some counts, at a level that leaves out the truth once in a million.
fn interval(counts: impl Iterator<Item = i64>) -> Interval {
    let real = |count| f64::from(i32::try_from(count).expect("a small count"));
    let mean = Mean::of(&counts.map(real).collect::<Vec<_>>()).expect("runs");
    mean.interval(0.999_999).expect("several runs")
}

fn of(arm: &[Outcome], read: fn(&Damage) -> i64) -> Interval {
    interval(arm.iter().map(|run| read(&run.to_horizon)))
}

#[test]
fn a_green_as_good_as_blue_does_no_net_harm() {
    let runs = arm("canary", "healthy");
    let net: [fn(&Damage) -> i64; 3] =
        [|d| d.counts.excess(), |d| d.counts.slow_excess(), |d| d.counts.harmed_excess()];
    for read in net {
        let net = of(runs, read);
        assert!(net.contains(0.0), "{net:?}");
        assert!(net.width() < 1_000.0, "it could say something: {net:?}");
    }
    let displaced = of(runs, |damage| damage.counts.attributable.cast_signed());
    assert!(displaced.low > 500.0, "requests change places: {displaced:?}");
    for run in runs {
        let own = run.to_horizon.own.expect("real-time, nobody tries again");
        assert_eq!((own.excess, own.slow_excess), (0, 0), "the models are the same");
    }
}

#[test]
fn a_faster_green_saves_requests() {
    let runs = arm("canary", "faster");
    let net = of(runs, |damage| damage.counts.excess());
    assert!(net.high < 0.0, "{net:?}");
    let displaced = of(runs, |damage| damage.counts.attributable.cast_signed());
    assert!(displaced.low > 500.0, "although many fail that did not without it: {displaced:?}");
}

/// The canary keeps traffic off the slower model for a while, so it does less harm than no guardrail; by
/// the requests that fail here and not without the deployment it would do more.
#[test]
fn the_canary_does_less_harm_than_no_guardrail() {
    let (canary, plain) = (arm("canary", "slower"), arm("no guardrail", "slower"));
    let pairs = canary.iter().zip(plain);
    let fewer = interval(pairs.map(|(canary, plain)| {
        plain.to_horizon.counts.excess() - canary.to_horizon.counts.excess()
    }));
    assert!(fewer.low > 0.0, "{fewer:?}");
    let by_luck =
        |runs: &[Outcome]| runs.iter().map(|run| run.to_horizon.counts.attributable).sum::<u64>();
    assert!(by_luck(canary) > by_luck(plain), "the trap is there");

    let comparison = Comparison::of(&RESULTS);
    let terminal = Terminal { width: None, styled: false };
    let text = render(&*RESULTS, &Summary::of(&RESULTS), &comparison, terminal);
    assert!(text.contains("'canary' (no alarm) has the least net harm: "), "{text}");
    let split =
        "More failed (net) by full queues and time-outs, and by the new model's own errors: ";
    assert!(text.contains(split), "{text}");
    assert!(text.contains(" and 0 [0, 0]"), "the models fail no request themselves: {text}");
    assert!(
        text.contains("More slow (net) by waiting, and by the new model's own service time"),
        "{text}"
    );
}
