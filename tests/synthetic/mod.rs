//! Made-up results of the shape of real ones: strategies that shift traffic in one to four steps,
//! good, failing and slow releases, luck shared by all strategies of a replication.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rollout_sim::alarm::spec::{AlarmSpec, AlarmState, FleetDimension, Query, TreatMissingData};
use rollout_sim::endpoint::model::ModelSpec;
use rollout_sim::endpoint::regression::{Effects, Onset, RegressionSpec};
use rollout_sim::endpoint::spec::{
    Capacity, EndpointSpec, FleetSpec, Mode, Routing, RoutingScope, ShiftBy,
};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::median::Shown;
use rollout_sim::random::arrival::ArrivalSpec;
use rollout_sim::random::distribution::Distribution;
use rollout_sim::rollout::plan::{Plan, Service, Stage, StepTimes};
use rollout_sim::rollout::rules::Rules;
use rollout_sim::rollout::shift::{Fleets, Rounding};
use rollout_sim::scenario::prices::Region;
use rollout_sim::scenario::{
    ControllerSpec, CountAt, EventsOf, ExperimentSpec, MetricsSpec, Phase, Scenario, UsersSpec,
};
use rollout_sim::simulation::outcome::{
    Damage, End, GivenUp, GivenUpBy, Outcome, Own, Tally, Times, Verdict,
};
use rollout_sim::simulation::record::{
    Event, EventKind, FleetInterval, IntervalRow, RunRecord, Standing,
};
use rollout_sim::telemetry::metric::{Metric, Statistic};
use rollout_sim::telemetry::ratio::Ratio;
use rollout_sim::time::{SimDuration, SimTime};

const RATE_PER_S: f64 = 120.0;
const FIRST_TRAFFIC_S: f64 = 300.0;
const HORIZON_S: f64 = 5_400.0;
const P_BLUE: f64 = 0.001;

/// Names of strategies and their shares, each baked for ten minutes.
const STRATEGIES: [(&str, &[f64]); 12] = [
    ("all at once", &[1.0]),
    ("canary 10 %", &[0.1, 1.0]),
    ("linear 25 %", &[0.25, 0.5, 0.75, 1.0]),
    ("canary 1 instance, then half, then everything", &[0.05, 0.5, 1.0]),
    ("canary 20 %", &[0.2, 1.0]),
    ("canary 50 %", &[0.5, 1.0]),
    ("linear 50 %", &[0.5, 1.0]),
    ("rolling 20 %", &[0.2, 0.4, 0.6, 0.8, 1.0]),
    ("rolling 10 %", &[0.1, 0.2, 0.4, 0.7, 1.0]),
    ("cautious", &[0.01, 0.1, 1.0]),
    ("bold", &[0.8, 1.0]),
    ("two <steps> & \"quotes\"", &[0.3, 1.0]),
];

/// Names of releases, their 5xx probability, and the share of their requests that is slow.
const RELEASES: [(&str, f64, f64); 8] = [
    ("healthy", P_BLUE, 0.0),
    ("5xx at 3 %", 0.03, 0.0),
    ("slow tail", P_BLUE, 0.06),
    ("5xx at 0.6 %", 0.006, 0.0),
    ("crash on start", 1.0, 0.0),
    ("5xx at 10 %", 0.1, 0.01),
    ("memory leak after an hour under load", 0.004, 0.1),
    ("slow, everywhere", P_BLUE, 0.5),
];

/// Results of the first so many strategies and releases.
pub(crate) fn results(strategies: usize, releases: usize, runs: u64) -> Results {
    let scenario = scenario(&STRATEGIES[..strategies], &RELEASES[..releases], runs);
    let mut outcomes = Vec::new();
    let mut records = Vec::new();
    let mut shown = Vec::new();
    for strategy in 0..strategies {
        for release in 0..releases {
            for replication in 0..runs {
                outcomes.push(outcome((strategy, release), replication));
            }
            let arm = &outcomes[outcomes.len() - usize::try_from(runs).expect("a small count")..];
            if let Some(examples) = Shown::of(arm) {
                let is_shown = |run: &&Outcome| examples.shown_as(run.replication).is_some();
                records.extend(arm.iter().filter(is_shown).map(record));
                shown.push(examples);
            }
        }
    }
    let requests_simulated = outcomes.iter().map(|run| run.to_horizon.counts.requests).sum();
    let fidelity = rollout_sim::simulation::fidelity::decide(&scenario).expect("no trace is read");
    Results {
        scenario,
        outcomes,
        records,
        shown,
        runs_asked: runs,
        precision: None,
        requests_simulated,
        fidelity,
    }
}

fn outcome((strategy, release): (usize, usize), replication: u64) -> Outcome {
    let shares = STRATEGIES[strategy].1;
    let (_, p_green, slow) = RELEASES[release];
    let healthy = release == 0;
    let mut luck = Xoshiro256PlusPlus::seed_from_u64(replication);
    let traffic = RATE_PER_S * (1.0 + 0.1 * (luck.random::<f64>() - 0.5));
    let (noise, chance, phase) = (luck.random::<f64>(), luck.random::<f64>(), luck.random::<f64>());
    let bakes_end = FIRST_TRAFFIC_S + 600.0 * real(shares.len());
    let false_alarm = chance < 0.02 + 0.002 * real(strategy);
    let strength = (p_green - P_BLUE) * 40.0 + slow * 8.0;
    let found = !healthy && noise.powi(2) < strength * (0.3 + shares[0].sqrt());
    let delay = (60.0 + 150.0 * noise / (shares[0] * strength.max(0.01)).sqrt() + 60.0 * phase)
        .min(bakes_end - FIRST_TRAFFIC_S);
    let healthy_s = false_alarm.then(|| FIRST_TRAFFIC_S + 600.0 * real(shares.len()) * noise);
    let found_s = found.then_some(FIRST_TRAFFIC_S + delay);
    let alarm_s = healthy_s.into_iter().chain(found_s).reduce(f64::min);
    let back_s = alarm_s.map(|at| at + 60.0);
    let end_s = back_s.unwrap_or(HORIZON_S);
    let to_bake_end = damage((shares, p_green, slow, healthy), traffic, end_s.min(bakes_end));
    let to_horizon = damage((shares, p_green, slow, healthy), traffic, end_s);
    let extra_s = back_s.unwrap_or(bakes_end);
    let at = |seconds: f64| SimTime::from_secs_f64(seconds);
    Outcome {
        test: None,
        variants: Vec::new(),
        mirrored: None,
        strategy,
        regression: release,
        replication,
        end: if alarm_s.is_some() { End::RolledBack } else { End::Promoted },
        verdict: match (alarm_s, healthy_s) {
            (Some(_), _) if healthy => Verdict::FalseRollback,
            (None, _) if healthy => Verdict::Passed,
            (Some(alarm), Some(healthy)) if alarm >= healthy => Verdict::ByChance,
            (Some(_), _) => Verdict::Caught,
            (None, _) => Verdict::Missed,
        },
        alarm: alarm_s.map(|_| 0),
        alarm_at: alarm_s.map(at),
        given_up: alarm_s.map(|seconds| GivenUp { at: at(seconds), by: GivenUpBy::Alarm }),
        healthy_given_up_at: healthy_s.map(at),
        first_traffic_at: Some(at(FIRST_TRAFFIC_S)),
        first_faulty_exposure_at: (!healthy).then(|| at(FIRST_TRAFFIC_S)),
        rolled_back_at: back_s.map(at),
        bake_ended_at: alarm_s.is_none().then(|| at(bakes_end)),
        full_traffic_at: alarm_s.is_none().then(|| at(bakes_end - 600.0)),
        to_bake_end,
        to_horizon,
        blue_times: Times::default(),
        green_times: Times::default(),
        all_times: times(noise),
        backlog: None,
        blue_instance_hours: 10.0 * bakes_end / 3600.0,
        green_instance_hours: 10.0 * extra_s / 3600.0,
        both_fleets_s: extra_s,
        peak_instances: 20,
        cost: Some(0.23 * 10.0 * (HORIZON_S + extra_s) / 3600.0),
        extra_cost: Some(0.23 * 10.0 * extra_s / 3600.0),
    }
}

fn times(noise: f64) -> Times {
    Times {
        served: 600_000,
        waited_share: Some(0.1 + 0.05 * noise),
        wait_mean_s: Some(0.002 + 0.001 * noise),
        wait_quantiles_s: Some([0.0, 0.004, 0.02 + 0.01 * noise]),
        response_mean_s: Some(0.042 + 0.001 * noise),
        response_quantiles_s: Some([0.035, 0.07, 0.12 + 0.01 * noise]),
        queue_length_mean: Some(0.3),
    }
}

/// What green did until `end_s`, when all traffic went back (or the count ends).
fn damage(
    (shares, p_green, slow, healthy): (&[f64], f64, f64, bool),
    traffic: f64,
    end_s: f64,
) -> Damage {
    let served: f64 = (0..shares.len())
        .map(|stage| {
            let begin = FIRST_TRAFFIC_S + 600.0 * real(stage);
            let length = if stage + 1 == shares.len() { HORIZON_S } else { 600.0 };
            shares[stage] * (end_s.min(begin + length) - begin).max(0.0)
        })
        .sum::<f64>()
        * traffic;
    let requests = traffic * HORIZON_S;
    let attributable = if healthy { 0 } else { whole(served * (p_green - P_BLUE)) };
    let slow_attributable = whole(served * slow);
    let signed = |count: u64| i64::try_from(count).expect("a small count");
    let [failed_without, slow_without] = [whole(requests * P_BLUE) + 2, whole(requests * 0.01)];
    let [failed, slow] = [failed_without - 2 + attributable, slow_without + slow_attributable];
    let counts = Tally {
        requests: whole(requests),
        green: whole(served),
        faulty_green: if healthy { 0 } else { whole(served) },
        failed,
        green_failed: whole(served * p_green),
        attributable,
        attributable_green: attributable,
        failed_without,
        slow,
        slow_attributable,
        slow_without,
        slow_answers: slow,
        slow_answers_without: slow_without,
        harmed: failed + slow,
        harmed_without: failed_without + slow_without,
        ..Tally::default()
    };
    Damage {
        counts,
        kpi: None,
        own: Some(Own { excess: signed(attributable), slow_excess: signed(slow_attributable) }),
        wrong: None,
        attempts: None,
        users_touched: Some(if healthy { 0.0 } else { 40_000.0 * (1.0 - (-served / 4e4).exp()) }),
        users_failed: None,
        users_failed_excess: None,
    }
}

fn record(run: &Outcome) -> RunRecord {
    let (shares, (_, p_green, _)) = (STRATEGIES[run.strategy].1, RELEASES[run.regression]);
    let mut luck = Xoshiro256PlusPlus::seed_from_u64(run.replication ^ 0xABCD);
    let mut intervals = Vec::new();
    for minute in -15..90_i32 {
        let (start, end) = (f64::from(minute) * 60.0, f64::from(minute + 1) * 60.0);
        let stage = ((start - FIRST_TRAFFIC_S) / 600.0).floor();
        let back = run.rolled_back_at.is_some_and(|at| at.as_secs_f64() < end);
        let share = if stage < 0.0 || back { 0.0 } else { shares[index(stage, shares.len())] };
        let mut fleet = |share: f64, p: f64| {
            let requests = whole(7_200.0 * share);
            let failed = whole(7_200.0 * share * p * (0.6 + 0.8 * luck.random::<f64>()));
            let latency = (requests > 0).then_some(0.04);
            FleetInterval {
                requests,
                failed_4xx: 0,
                failed_5xx: failed,
                latency_mean_s: latency,
                latency_quantiles_s: latency.map(|mean| [mean * 0.9, mean * 2.0, mean * 3.0]),
            }
        };
        let (blue, green) = (fleet(1.0 - share, P_BLUE), fleet(share, p_green));
        let alarmed = run.alarm_at.is_some_and(|at| at.as_secs_f64() <= end && share > 0.0);
        let alarm = if alarmed { AlarmState::Alarm } else { AlarmState::Ok };
        intervals.push(IntervalRow {
            start: SimTime::from_secs_f64(start),
            share,
            mirror: 0.0,
            blue,
            green,
            shadow: FleetInterval::default(),
            sampled: Vec::new(),
            alarms: vec![alarm],
        });
    }
    RunRecord {
        epoch_ns: 0,
        strategy: run.strategy,
        regression: run.regression,
        replication: run.replication,
        intervals,
        events: events(run),
    }
}

fn events(run: &Outcome) -> Vec<Event> {
    let event = |at: SimTime, kind: EventKind, reason: &str| Event {
        at,
        kind,
        reason: reason.into(),
        progress: None,
        standing: Standing::default(),
        alarm: None,
    };
    let mut events = vec![
        event(SimTime::ZERO, EventKind::UpdateRequested, "the update was requested"),
        event(SimTime::from_secs_f64(FIRST_TRAFFIC_S), EventKind::BakeStarted, "first stage"),
    ];
    if let (Some(alarm), Some(back)) = (run.alarm_at, run.rolled_back_at) {
        events.push(event(alarm, EventKind::AlarmChanged, "5xx-rate: 2 of 3, \"ALARM\""));
        events.push(event(alarm, EventKind::RollbackStarted, "5xx-rate is in ALARM"));
        events.push(event(back, EventKind::RolledBack, "all traffic on blue"));
    }
    if let Some(end) = run.bake_ended_at {
        events.push(event(end, EventKind::Promoted, "the last bake is over"));
    }
    events
}

fn scenario(strategies: &[(&str, &[f64])], releases: &[(&str, f64, f64)], runs: u64) -> Scenario {
    let seconds = SimDuration::from_secs;
    let model = ModelSpec {
        latency: Distribution::constant(SimDuration::from_nanos(35_000_000)),
        failed_latency: None,
        errors_4xx: 0.0,
        errors_5xx: P_BLUE,
        overdispersion: None,
        cold_start: None,
    };
    let fleet = FleetSpec { instances: 20, concurrency: 4, price_per_hour: Some(0.23) };
    Scenario {
        kpi: None,
        variants: Vec::new(),
        name: "synthetic".to_owned(),
        description: "made up".to_owned(),
        experiment: ExperimentSpec {
            fidelity: rollout_sim::scenario::Fidelity::default(),
            runs,
            precision: None,
            seed: 42,
            horizon: seconds(5_400),
            warm_up: seconds(900),
            confidence: 0.95,
            measure_from: SimTime::ZERO,
            phase: Phase::Random,
            starts_at_s: None,
            events: EventsOf::Median,
        },
        arrivals: ArrivalSpec::Poisson { rate_per_s: RATE_PER_S },
        users: Some(UsersSpec { count: 40_000, sticky: false }),
        region: Region::default(),
        endpoint: EndpointSpec {
            mode: Mode::RealTime,
            features: Vec::new(),
            blue: fleet.clone(),
            green: fleet,
            capacity: Capacity::Unlimited,
            routing: Routing::Random,
            routing_scope: RoutingScope::Fleet,
            timeout: None,
            provision: seconds(240),
            switch: seconds(60),
            rollback_switch: seconds(60),
            termination_wait: SimDuration::ZERO,
            clean_up: SimDuration::ZERO,
            shift_by: ShiftBy::Instances,
            instance_quota: None,
        },
        clients: None,
        blue: model.clone(),
        green: model,
        quality: None,
        metrics: MetricsSpec {
            interval: seconds(60),
            delay: SimDuration::ZERO,
            delay_of: std::collections::BTreeMap::default(),
            count_at: CountAt::Completion,
            slow_over: Some(SimDuration::from_nanos(100_000_000)),
            late: None,
        },
        controller: ControllerSpec { poll_interval: seconds(60) },
        regressions: releases.iter().enumerate().map(release).collect(),
        incidents: vec![],
        monitors: Vec::new(),
        sampled: Vec::new(),
        composite_alarms: Vec::new(),
        alarms: vec![alarm()],
        strategies: strategies.iter().map(plan).collect(),
    }
}

fn release((index, &(name, p_green, _)): (usize, &(&str, f64, f64))) -> RegressionSpec {
    RegressionSpec {
        name: name.to_owned(),
        healthy: index == 0,
        prior: None,
        effects: Effects { errors_5xx: Some(p_green), ..Effects::default() },
        onset: Onset::AfterFirstTraffic(SimDuration::ZERO),
        ramp: SimDuration::ZERO,
        duration: None,
        intermittency: None,
    }
}

fn plan(&(name, shares): &(&str, &[f64])) -> Plan {
    let stage = |&share: &f64| Stage {
        green_active: 20,
        blue_active: 20,
        share,
        mirror: 0.0,
        bake: SimDuration::from_secs(600),
    };
    Plan {
        name: name.to_owned(),
        stages: shares.iter().map(stage).collect(),
        alarms: vec![0],
        fleets: Fleets { blue: 20, green: 20, by_instances: true, rounding: Rounding::Round },
        rolling: None,
        rules: Rules::default(),
        times: StepTimes::default(),
        service: Service::SageMaker,
        test: None,
        overhead: SimDuration::ZERO,
        monitoring_usd_per_hour: 0.0,
    }
}

fn alarm() -> AlarmSpec {
    let errors = Metric::Invocation5xxErrors;
    AlarmSpec {
        name: "5xx-rate".to_owned(),
        threshold: Ratio::new(1, 100),
        evaluation_periods: 3,
        datapoints_to_alarm: 2,
        treat_missing_data: TreatMissingData::NotBreaching,
        ..AlarmSpec::on(Query::requests(errors, Statistic::Average, FleetDimension::Green))
    }
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a small count"))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made-up counts")]
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

/// The stage of this number, the last one going on for ever.
fn index(stage: f64, stages: usize) -> usize {
    (0..stages - 1).take_while(|&next| real(next) < stage).count()
}
