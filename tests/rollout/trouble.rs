//! What strikes both fleets, seen from outside: what clumps and incidents make of published minutes and of
//! rollbacks, in closed form.

#![expect(clippy::print_stdout, reason = "a test says what it has found")]

use crate::clumped::Clumped;
use crate::support::{arm, results, scenario};
use rollout_sim::random::arrival::{ArrivalSpec, Arrivals, Surge};
use rollout_sim::random::stream::Streams;
use rollout_sim::simulation::outcome::Outcome;
use rollout_sim::simulation::record::IntervalRow;
use rollout_sim::simulation::replication::{ArmId, record};
use rollout_sim::stats::proportion::clopper_pearson;
use rollout_sim::time::{SimDuration, SimTime};

/// Level of the intervals.
const CONFIDENCE: f64 = 1.0 - 1e-4;

fn given_up(runs: &[&Outcome]) -> u64 {
    runs.iter().filter(|run| run.alarm_at.is_some()).count() as u64
}

/// The probability of the binomial proportion against the truth.
fn proportion(rolled_back: u64, runs: u64, truth: f64, what: &str) {
    let interval = clopper_pearson(rolled_back, runs, CONFIDENCE).expect("runs");
    let [low, high] = [interval.low, interval.high];
    println!("{what}: {rolled_back} of {runs}, [{low:.4}, {high:.4}], truth {truth:.4}");
    assert!(interval.contains(truth), "{what}: {rolled_back} of {runs}, {interval:?}, not {truth}");
}

/// Every request fails in an incident, and one bad minute is enough: a rollout is rolled back if and only if
/// an incident is under way at some time between the first full minute of the bake and the last, so with
/// probability 1 − exp(−λ·(L + W)) of incidents of a fixed length L. α = 10⁻⁴ each; 500 runs catch an error
/// of 10 %. That the fifteen minutes of a warm-up are fewer than the hour of an incident changes nothing;
/// starting empty they would give 14 instead of 31 %.
#[test]
fn long_incidents_roll_back_as_often_after_any_warm_up() {
    const RUNS: u64 = 500;
    let toml = |warm_up: &str| {
        format!(
            "name = \"t\"\n[experiment]\nruns = {RUNS}\nseed = 5\nhorizon = \"40m\"\n\
             warm_up = \"{warm_up}\"\n\
             phase = \"aligned\"\nbaseline = \"none\"\nfidelity = \"aggregate\"\n\
             [traffic]\narrivals = {{ poisson = {{ rate_per_s = 2.0 }} }}\n\
             [endpoint]\ninstances = 4\ncapacity = \"unlimited\"\nprovision = \"1m\"\nswitch = \"1m\"\n\
             [blue]\nlatency = {{ constant = \"10ms\" }}\n\
             [[incidents]]\nname = \"long\"\nrate_per_day = 6.0\nlasts = \"1h\"\n\
             effect = {{ errors_5xx = 1.0 }}\n\
             [[alarms]]\nname = \"5xx\"\nmetric = \"Invocation5XXErrors\"\nstatistic = \"Average\"\n\
             fleet = \"green\"\nthreshold = 0\ncomparison = \"GreaterThanThreshold\"\nperiod = \"60s\"\n\
             evaluation_periods = 1\ndatapoints_to_alarm = 1\ntreat_missing_data = \"notBreaching\"\n\
             [[strategies]]\nname = \"s\"\nall_at_once = {{ final_bake = \"30m\" }}\n"
        )
    };
    let rate = 6.0 / 1440.0;
    // Green takes requests from minute 2 to minute 32; a second more or less without a request is nothing.
    let truth = 1.0 - f64::exp(-rate * (60.0 + 30.0));
    for warm_up in ["1m", "15m", "6h"] {
        let results = results(&toml(warm_up));
        proportion(given_up(&arm(&results, "s", "healthy")), RUNS, truth, warm_up);
    }
}

fn clumpy(phase: &str, runs: u64, more: &str, alarm: &str) -> String {
    format!(
        "name = \"t\"\n[experiment]\nruns = {runs}\nseed = 5\nhorizon = \"45m\"\nwarm_up = \"10m\"\n\
         phase = \"{phase}\"\nbaseline = \"none\"\nfidelity = \"aggregate\"\n\
         [traffic]\narrivals = {{ poisson = {{ rate_per_s = 20.0 }} }}\n\
         [endpoint]\ninstances = 10\ncapacity = \"unlimited\"\nprovision = \"1m\"\nswitch = \"10s\"\n\
         [blue]\nlatency = {{ constant = \"10ms\" }}\nerrors_5xx = 0.01\n\
         overdispersion = {{ correlation = 0.01{more} }}\n{alarm}\
         [[strategies]]\nname = \"s\"\ncanary = {{ size = \"50%\", bake = \"30m\" }}\n"
    )
}

/// Full minutes with both fleets at work.
fn shared_minutes(record: &[IntervalRow]) -> Vec<&IntervalRow> {
    record
        .iter()
        .filter(|row| (row.share - 0.5).abs() < 1e-12 && row.green.requests > 300)
        .collect()
}

/// What minutes must be whatever their phase, with p = ρ = 0.01: the rates of a minute of n requests have
/// variance p(1 − p)(ρ + (1 − ρ)/n) on each fleet, covariance p(1 − p)ρφᵏ with those k minutes later, and
/// that times the common share between fleets. 300 runs of 28 minutes; the runs' own spread says how near:
/// at 4.5 standard errors errors of 15 % of the cells' variance are caught, and of 35 % where clumps last.
/// With cells out of step a minute has two thirds of it, and a sixth of it in common with the next.
#[test]
#[expect(clippy::cast_precision_loss, reason = "counts of a minute")]
fn published_minutes_vary_and_correlate_as_their_clumps() {
    const RUNS: u64 = 300;
    for (phase, more, persistence, common) in [
        ("random", "", 0.0, 1.0),
        ("aligned", "", 0.0, 1.0),
        ("random", ", correlation_time = \"3m\", common = 0.4", 2.0 / 3.0, 0.4),
    ] {
        let scenario = scenario(&clumpy(phase, RUNS, more, ""));
        let id = ArmId { strategy: 0, regression: 0 };
        let strategy = scenario.strategies.iter().position(|plan| plan.name == "s");
        let id = ArmId { strategy: strategy.expect("s"), ..id };
        let (p, rho) = (0.01_f64, 0.01_f64);
        let own = p * (1.0 - p) * rho;
        // Means of products of deviations, run by run, each less its truth.
        let mut sums: [Vec<f64>; 4] = Default::default();
        for replication in 0..RUNS {
            let records = record(&scenario, replication, &[id]).expect("no trace");
            let minutes = shared_minutes(&records[0].intervals);
            assert!(minutes.len() > 25, "{} minutes", minutes.len());
            let of = |pick: fn(&IntervalRow) -> (u64, u64)| -> Vec<(f64, f64)> {
                let each = minutes.iter().map(|row| pick(row));
                each.map(|(failed, n)| (failed as f64 / n as f64 - p, n as f64)).collect()
            };
            let blue = of(|row| (row.blue.failed_5xx, row.blue.requests));
            let green = of(|row| (row.green.failed_5xx, row.green.requests));
            let average = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
            let spread =
                |&(rate, n): &(f64, f64)| rate * rate - p * (1.0 - p) * (rho + (1.0 - rho) / n);
            let next = |of: &[(f64, f64)]| {
                of.windows(2).map(|two| two[0].0 * two[1].0 - own * persistence).collect()
            };
            sums[0].push(average(green.iter().map(spread).collect()));
            sums[1].push(average(next(&green)));
            let fleets = blue.iter().zip(&green);
            let fleets = fleets.map(|(blue, green)| blue.0 * green.0 - own * common);
            sums[2].push(average(fleets.collect()));
            sums[3].push(average(next(&blue)));
        }
        for (values, what) in sums.iter().zip(["variance", "next, green", "fleets", "next, blue"]) {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let error = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n / n).sqrt();
            println!(
                "{phase}{more} {what}: off by {:.3} ± {:.3} of the cells' variance",
                mean / own,
                error / own
            );
            assert!(mean.abs() < 4.5 * error, "{phase}{more} {what}: {mean:e} ± {error:e}");
        }
    }
}

const TWO_OF_THREE: &str = "[[alarms]]\nname = \"5xx\"\nmetric = \"Invocation5XXErrors\"\n\
     statistic = \"Average\"\n\
     fleet = \"green\"\nthreshold = 0.03\ncomparison = \"GreaterThanThreshold\"\nperiod = \"60s\"\n\
     evaluation_periods = 3\ndatapoints_to_alarm = 2\ntreat_missing_data = \"notBreaching\"\n";

/// 2 of 3 minutes above 3 % of 600 requests, over the 30 minutes of a bake, against the chain; the part of a
/// minute in which green begins and the one in which the bake ends change it by less than two minutes
/// do. 1500 runs, α = 10⁻⁴: an error of a third is caught.
#[test]
fn two_of_three_go_off_as_often_as_their_clumps_make_them() {
    const RUNS: u64 = 1_500;
    for (more, persistence) in [("", 0.0), (", correlation_time = \"3m\"", 2.0 / 3.0)] {
        let truths = [29, 31].map(|minutes| {
            Clumped { requests: 600.0, p: 0.01, rho: 0.01, persistence }.two_of_three(minutes, 0.03)
        });
        for phase in ["random", "aligned"] {
            let results = results(&clumpy(phase, RUNS, more, TWO_OF_THREE));
            let rolled_back = given_up(&arm(&results, "s", "healthy"));
            let found = clopper_pearson(rolled_back, RUNS, CONFIDENCE).expect("runs");
            println!("{phase}{more}: {rolled_back} of {RUNS}, {found:?}, truth {truths:?}");
            assert!(found.low < truths[1] && truths[0] < found.high, "{phase}{more}: {found:?}");
        }
    }
}

/// Arrivals after `now` of many forks that stand at the last arrival before it, in stretches of 10 s.
fn forks(spec: &ArrivalSpec, now: SimTime, surges: &[Surge]) -> Vec<[f64; 3]> {
    let [start, end] = [0, 60].map(|s| SimTime::ZERO + SimDuration::from_secs(s));
    let mut arrivals = Arrivals::new(spec, &Streams::new(5, 0), &[], start, end).expect("no trace");
    let mut last = start;
    while last < now {
        last = arrivals.next().expect("no trace").expect("traffic");
    }
    let each = (1..=4_000).map(|number| {
        let mut fork = arrivals.fork(&Streams::new(6, number), surges).expect("no trace");
        let mut counts = [0.0; 3];
        while let Some(at) = fork.next().expect("no trace") {
            let stretch = at.since(last).as_nanos() / 10_000_000_000;
            if let Some(count) =
                usize::try_from(stretch).ok().and_then(|index| counts.get_mut(index))
            {
                *count += 1.0;
            }
        }
        counts
    });
    each.collect()
}

/// The mean of each stretch against the truth, at 4.5 standard errors.
fn stretches(counts: &[[f64; 3]], truth: [f64; 3], what: &str) {
    for (index, truth) in truth.into_iter().enumerate() {
        let n = 4_000.0;
        let mean = counts.iter().map(|of| of[index]).sum::<f64>() / n;
        let error =
            (counts.iter().map(|of| (of[index] - mean).powi(2)).sum::<f64>() / n / n).sqrt();
        println!("{what} {index}: {mean:.2} ± {error:.2}, truth {truth:.2}");
        assert!((mean - truth).abs() < 4.5 * error, "{what} {index}: {mean}, not {truth}");
    }
}

/// A surge that is drawn anew multiplies what comes of a process that has known none: 80 arrivals of a
/// constant rate, and 40 without. Errors of 1 % are caught.
#[test]
fn forks_heed_the_surges_that_they_are_given() {
    let steady = ArrivalSpec::Poisson { rate_per_s: 4.0 };
    let now = SimTime::ZERO + SimDuration::from_secs(20);
    stretches(&forks(&steady, now, &[]), [40.0; 3], "none");
    // The fork stands within a second after 20 s: the surge covers the middle stretch and a second around.
    let surge = |from, until| Surge {
        from: SimTime::ZERO + SimDuration::from_secs(from),
        until: SimTime::ZERO + SimDuration::from_secs(until),
        factor: 2.0,
    };
    let counts = forks(&steady, now, &[surge(21, 60)]);
    let middle: Vec<[f64; 3]> = counts.iter().map(|of| [of[1], of[2], of[1]]).collect();
    stretches(&middle, [80.0; 3], "doubled");
    // A surge that was over before changes nothing.
    stretches(&forks(&steady, now, &[surge(5, 15)]), [40.0; 3], "over");
}

/// Bursts have no memory: after a fork the one under way lasts another exponential time. In a state of rate
/// 10 a second and mean 6 s beside one of nearly none and mean 12 s, which of the two it is at first follows
/// from the past; P(it at s) = π + (1 − π)·exp(−s·(1/6 + 1/12)), π its share of the time. A sojourn that all
/// forks shared would have counts that none of these is the mean of.
#[test]
fn forks_draw_the_rest_of_a_burst() {
    let bursts = ArrivalSpec::Mmpp {
        rates_per_s: [10.0, 1e-9],
        mean_sojourns: [6, 12].map(SimDuration::from_secs),
    };
    let counts = forks(&bursts, SimTime::ZERO + SimDuration::from_nanos(1), &[]);
    let (share, decay) = (1.0 / 3.0, 1.0 / 6.0 + 1.0 / 12.0);
    let truth = [0.0, 10.0, 20.0].map(|from: f64| {
        let rest = ((-decay * from).exp() - (-decay * (from + 10.0)).exp()) / decay;
        10.0 * (10.0 * share + (1.0 - share) * rest)
    });
    stretches(&counts, truth, "bursts");
}
