//! What holds of every run of every scenario.

use rollout_sim::endpoint::spec::Mode;
use rollout_sim::report::OutputFile;
use rollout_sim::rollout::rules::OnTimeout;
use rollout_sim::scenario::tune::Expansion;
use rollout_sim::scenario::{Scenario, UsersSpec};
use rollout_sim::simulation::outcome::{Damage, End, Outcome, Times, Verdict};
use rollout_sim::simulation::record::{Event, RunRecord};
use rollout_sim::time::SimTime;

/// Costs and times are sums of a few floats.
const ROUNDING: f64 = 1e-9;

pub(crate) fn hold_of_a_run(scenario: &Scenario, run: &Outcome) {
    damage(&run.to_bake_end, scenario.users);
    damage(&run.to_horizon, scenario.users);
    part_of(&run.to_bake_end, &run.to_horizon);
    instants(scenario, run);
    verdict(scenario, run);
    money(scenario, run);
    for of in [&run.blue_times, &run.green_times, &run.all_times] {
        times(of);
    }
    let is_real_time = scenario.endpoint.mode == Mode::RealTime;
    let settles_at_once = is_real_time && scenario.clients.is_none();
    assert_eq!(run.to_horizon.own.is_some(), settles_at_once);
    let damage = run.to_horizon;
    let fleets = run.blue_times.served + run.green_times.served;
    assert!(run.all_times.served <= fleets, "callers' answers are part of what the fleets served");
    if scenario.experiment.measure_from == SimTime::ZERO {
        let answered = run.all_times.served + damage.counts.rejected;
        // Who is about to try again at the horizon has failed, and no time is taken.
        let open = if scenario.clients.is_some() { damage.counts.failed } else { 0 };
        assert!(answered <= damage.counts.requests, "served or turned away");
        assert!(answered + open >= damage.counts.requests, "served or turned away, or trying");
    }
    attempts(scenario, &damage);
}

fn damage(of: &Damage, users: Option<UsersSpec>) {
    assert!(
        of.counts.failed <= of.counts.requests
            && of.counts.green <= of.counts.requests
            && of.counts.slow <= of.counts.requests
    );
    assert!(
        of.counts.failed_4xx + of.counts.timed_out + of.counts.rejected <= of.counts.failed,
        "{of:?}"
    );
    assert!(of.counts.faulty_green <= of.counts.green);
    assert!(
        of.counts.green_failed <= of.counts.green && of.counts.green_failed <= of.counts.failed
    );
    assert!(of.counts.attributable <= of.counts.failed);
    assert!(of.counts.attributable_green <= of.counts.attributable);
    assert!(of.counts.attributable_green <= of.counts.green_failed);
    assert!(
        of.counts.excess() <= of.counts.attributable.cast_signed(),
        "saved failures only lower it"
    );
    assert!(of.counts.slow_attributable <= of.counts.slow);
    assert!(of.counts.slow_excess() <= of.counts.slow_attributable.cast_signed());
    if of.wrong.is_none() {
        assert_eq!(
            of.counts.harmed_excess(),
            of.counts.excess() + of.counts.slow_answers_excess(),
            "each request once"
        );
    }
    assert_eq!(of.users_failed_excess.is_some(), users.is_some());
    assert_eq!(of.users_touched.is_some(), users.is_some());
    assert_eq!(of.users_failed.is_some(), users.is_some());
    for (reached, requests) in
        [(of.users_touched, of.counts.faulty_green), (of.users_failed, of.counts.attributable)]
    {
        let (Some(reached), Some(users)) = (reached, users) else { continue };
        let most = float(users.count.min(requests));
        assert!((0.0..=most * (1.0 + ROUNDING)).contains(&reached), "{reached} of {most}: {of:?}");
    }
}

fn attempts(scenario: &Scenario, of: &Damage) {
    assert_eq!(of.attempts.is_some(), scenario.clients.is_some());
    let tried = of.attempts.unwrap_or_default();
    assert!(tried.green_retries <= tried.retries && tried.first_failures <= of.counts.requests);
    assert!(of.counts.failed <= tried.first_failures || scenario.clients.is_none());
    let most = scenario.clients.as_ref().map_or(1, |clients| u64::from(clients.attempts));
    assert!(tried.retries + tried.denied_retries <= tried.first_failures * (most - 1));
    assert!(of.counts.mirrored <= of.counts.requests + tried.retries);
}

fn part_of(part: &Damage, whole: &Damage) {
    let counts = |of: &Damage| {
        [
            of.counts.requests,
            of.counts.green,
            of.counts.faulty_green,
            of.counts.failed,
            of.counts.failed_4xx,
            of.counts.green_failed,
            of.counts.timed_out,
            of.counts.rejected,
            of.counts.attributable,
            of.counts.attributable_green,
            of.counts.slow,
            of.counts.slow_attributable,
            of.counts.mirrored,
        ]
    };
    for (part, whole) in counts(part).into_iter().zip(counts(whole)) {
        assert!(part <= whole, "{part} up to the end of the bake, {whole} up to the horizon");
    }
    let users =
        [(part.users_touched, whole.users_touched), (part.users_failed, whole.users_failed)];
    for (part, whole) in users {
        assert!(part <= whole.map(|users| users * (1.0 + ROUNDING)));
    }
}

fn instants(scenario: &Scenario, run: &Outcome) {
    let ready = SimTime::ZERO + scenario.endpoint.provision;
    let happened = [
        run.alarm_at,
        run.first_traffic_at,
        run.first_faulty_exposure_at,
        run.rolled_back_at,
        run.bake_ended_at,
        run.full_traffic_at,
    ];
    for at in happened.into_iter().flatten() {
        assert!(at <= scenario.end());
    }
    let ordered = |earlier: Option<SimTime>, later: Option<SimTime>| {
        assert!(earlier.is_none() || later.is_none() || earlier <= later, "{run:?}");
    };
    ordered(Some(ready), run.first_traffic_at);
    ordered(run.first_traffic_at, run.first_faulty_exposure_at);
    ordered(run.first_traffic_at, run.full_traffic_at);
    ordered(run.full_traffic_at, run.bake_ended_at);
    ordered(run.alarm_at, run.rolled_back_at);
    assert!(run.full_traffic_at.is_none() || run.first_traffic_at.is_some());
    assert!(run.first_traffic_at.is_some() || run.to_horizon.counts.green == 0);
    let exposed = run.to_horizon.counts.faulty_green > 0;
    assert!(!exposed || run.first_faulty_exposure_at.is_some());
}

fn verdict(scenario: &Scenario, run: &Outcome) {
    let healthy = scenario.regressions[run.regression].healthy;
    let plan = &scenario.strategies[run.strategy];
    assert_eq!(run.alarm.is_some(), run.alarm_at.is_some());
    assert!(run.alarm.is_none_or(|alarm| plan.alarms.contains(&alarm)), "only its own alarms");
    match run.end {
        End::RolledBack => assert!(run.rolled_back_at.is_some()),
        End::TimedOut => assert!(plan.rules.timeout.is_some() && run.alarm.is_none()),
        _ => assert_eq!(run.rolled_back_at, None),
    }
    let has_ended = matches!(run.end, End::Promoted | End::Stopped) && run.alarm.is_none();
    assert_eq!(run.bake_ended_at.is_some(), has_ended, "{run:?}");
    assert_eq!(run.alarm.is_some(), run.given_up.is_some(), "nothing but alarms gives up");
    let given_up_at = run.given_up.map(|given_up| given_up.at);
    assert!(run.alarm_at <= given_up_at, "{run:?}");
    let look = |at: Option<SimTime>| at.unwrap_or(SimTime::NEVER);
    let is_earlier = look(given_up_at) < look(run.healthy_given_up_at);
    let was_exposed = run.first_faulty_exposure_at.is_some_and(|at| at <= look(given_up_at));
    if run.regression == 0 {
        assert_eq!(given_up_at, run.healthy_given_up_at, "it is the healthy release");
    }
    match run.verdict {
        Verdict::Passed => assert!(healthy && run.alarm.is_none()),
        Verdict::Missed => assert!(!healthy && run.alarm.is_none()),
        Verdict::Caught => assert!(!healthy && is_earlier && was_exposed),
        Verdict::ByChance => assert!(!healthy && run.alarm.is_some() && !is_earlier),
        Verdict::FalseRollback => assert!(healthy && run.alarm.is_some()),
        Verdict::Undecided => {
            let failed = [End::UpdateFailed, End::TimedOut, End::RollbackFailed];
            assert!(run.end == End::UnfinishedAtHorizon || failed.contains(&run.end));
            assert!(run.alarm.is_none());
        }
    }
    match run.end {
        End::Promoted => assert!(plan.promotes() && run.full_traffic_at.is_some()),
        End::RolledBack => {
            assert!(run.alarm.is_some());
            assert_eq!(
                run.to_bake_end.counts.green, run.to_horizon.counts.green,
                "nothing on green any more"
            );
            assert_eq!(run.to_bake_end.counts.mirrored, run.to_horizon.counts.mirrored);
        }
        End::Stopped => {
            assert_eq!(
                run.to_bake_end.counts.mirrored, run.to_horizon.counts.mirrored,
                "the mirror is off"
            );
        }
        End::TimedOut => {
            let stays = plan.rules.on_timeout == OnTimeout::Stay;
            let is_back = run.to_bake_end.counts.green == run.to_horizon.counts.green;
            assert!(stays || is_back, "nothing on green any more");
        }
        End::UpdateFailed => {
            assert_eq!((run.to_horizon.counts.green, run.to_horizon.counts.mirrored), (0, 0));
            assert!(run.green_instance_hours.abs() < ROUNDING, "nothing was launched");
        }
        End::RollbackFailed => assert!(plan.rolling.is_some() && run.both_fleets_s > 0.0),
        End::UnfinishedAtHorizon => {}
    }
    if plan.stages.iter().all(|stage| stage.share <= 0.0) {
        assert_eq!(run.to_horizon.counts.green, 0, "a shadow answers nobody");
    }
}

fn money(scenario: &Scenario, run: &Outcome) {
    let endpoint = &scenario.endpoint;
    let hours = scenario.experiment.horizon.as_secs_f64() / 3600.0;
    let (blue, green) = (run.blue_instance_hours, run.green_instance_hours);
    assert!(blue >= 0.0 && blue <= f64::from(endpoint.blue.instances) * hours + ROUNDING);
    assert!(green >= 0.0 && green <= f64::from(endpoint.green.instances) * hours + ROUNDING);
    let most = scenario.endpoint.instance_quota.unwrap_or(u32::MAX);
    assert!(run.peak_instances <= most, "{} instances, a quota of {most}", run.peak_instances);
    assert!(run.both_fleets_s >= 0.0 && run.both_fleets_s <= hours * 3600.0 + ROUNDING);
    let [cost, extra_cost, price] = [run.cost, run.extra_cost, endpoint.blue.price_per_hour]
        .map(|usd| usd.expect("a known price"));
    assert!(cost >= 0.0);
    let idle = f64::from(endpoint.blue.instances) * hours * price;
    assert!((cost - extra_cost - idle).abs() < 1e-6, "{run:?}");
}

fn times(of: &Times) {
    let measured = of.served > 0;
    assert_eq!(of.wait_mean_s.is_some(), measured);
    assert_eq!(of.response_quantiles_s.is_some(), measured);
    let (Some(wait), Some(response)) = (of.wait_mean_s, of.response_mean_s) else { return };
    assert!(wait >= 0.0 && wait <= response * (1.0 + ROUNDING));
    assert!(of.waited_share.is_some_and(|share| (0.0..=1.0).contains(&share)));
    assert!(of.queue_length_mean.is_some_and(|length| length >= 0.0));
    let (Some(waits), Some(responses)) = (of.wait_quantiles_s, of.response_quantiles_s) else {
        panic!("quantiles where there is a mean");
    };
    assert!(waits.is_sorted() && responses.is_sorted());
    // Both are read off histograms, whose buckets are 1/128 wide at most.
    let not_above = |(wait, response): (&f64, &f64)| *wait <= response * 1.01;
    assert!(waits.iter().zip(&responses).all(not_above), "{of:?}");
}

pub(crate) fn hold_of_a_record(scenario: &Scenario, record: &RunRecord) {
    assert!(record.events.iter().all(|event| event.at <= scenario.end()));
    assert!(record.events.is_sorted_by_key(|event| event.at), "{:?}", record.events);
    for event in &record.events {
        standing(scenario, event);
    }
    let interval = scenario.metrics.interval;
    let in_a_row = |pair: &[_]| -> bool {
        let [a, b]: &[rollout_sim::simulation::record::IntervalRow; 2] =
            pair.try_into().expect("two");
        a.start + interval == b.start
    };
    assert!(record.intervals.windows(2).all(in_a_row));
    for row in &record.intervals {
        assert!((0.0..=1.0).contains(&row.share) && (0.0..=1.0).contains(&row.mirror));
        for fleet in [row.blue, row.green, row.shadow] {
            assert!(fleet.failed_4xx + fleet.failed_5xx <= fleet.requests);
            assert!(fleet.latency_quantiles_s.is_none_or(|quantiles| quantiles.is_sorted()));
        }
    }
}

/// What exists and takes traffic after an event.
fn standing(scenario: &Scenario, event: &Event) {
    let now = event.standing;
    assert!((0.0..=1.0).contains(&now.share) && (0.0..=1.0).contains(&now.mirror));
    let quota = scenario.endpoint.instance_quota.unwrap_or(u32::MAX);
    assert!(now.blue.alive + now.green.alive <= quota, "{event:?}");
    assert!(now.blue.active <= now.blue.alive, "only what exists takes traffic: {event:?}");
    assert!(now.green.active <= now.green.alive, "{event:?}");
    assert!(now.share <= 0.0 || now.green.active > 0, "{event:?}");
    assert!(now.share >= 1.0 || now.blue.active > 0, "{event:?}");
}

/// No cell of a table and no place in a figure is undefined.
pub(crate) fn hold_of_files(files: &[OutputFile]) {
    assert!(files.len() >= 6);
    for file in files {
        let text = String::from_utf8_lossy(&file.bytes);
        assert!(!text.is_empty(), "{} is empty", file.name);
        for bad in ["NaN", "inf,", "-0,", ",inf"] {
            assert!(!text.contains(bad), "{} holds {bad}", file.name);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

/// What holds of every unfolded scenario.
pub(crate) fn hold_of_an_expansion(scenario: &Scenario, expansion: &Expansion) {
    assert_eq!(expansion.scenario.alarms, scenario.alarms, "alarms keep their places");
    assert_eq!(expansion.scenario.strategies.len(), expansion.plans.len());
    let mut last = None;
    for (variant, plan) in expansion.plans.iter().zip(&expansion.scenario.strategies) {
        let written = &scenario.strategies[variant.strategy];
        let is_first = last != Some(variant.strategy);
        assert_eq!(variant.is_present(), is_first, "the present one comes first");
        assert_eq!(variant.is_present(), plan == written);
        assert_eq!(plan.alarms, written.alarms);
        let is_set = |alarm: &usize| expansion.shapes.iter().any(|shape| shape.alarm == *alarm);
        assert!(plan.alarms.iter().any(is_set), "{} reads no alarm that is set", plan.name);
        last = Some(variant.strategy);
    }
    let mut last = None;
    for shape in &expansion.shapes {
        let is_first = last != Some(shape.alarm);
        assert_eq!(shape.is_present(), is_first, "the present one comes first");
        assert_eq!(shape.is_present(), shape.spec == scenario.alarms[shape.alarm]);
        assert_eq!(shape.spec.threshold, scenario.alarms[shape.alarm].threshold);
        assert!(last.is_none_or(|last| last <= shape.alarm), "those of one stand together");
        assert!(shape.thresholds.is_sorted());
        last = Some(shape.alarm);
    }
}
