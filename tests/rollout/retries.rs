//! Callers who try again, through scenario files: time lines by hand, closed forms, and exact truths.

use crate::support::{GREEN_5XX, STRATEGIES, arm, parse, results, small};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::simulation::outcome::{Attempts, Damage, Outcome};
use rollout_sim::time::SimTime;
use statrs::distribution::{Binomial, DiscreteCDF};
use std::fs;

const UNLIMITED: &str = "capacity = \"unlimited\"";

fn clients(settings: &str) -> String {
    format!("[clients]\n{settings}\n")
}

/// The one run of an endpoint to which requests come at these times \[s\], the first at 0; models and
/// clients are in `rest`. A trace must reach the horizon, so another one comes after it.
fn replayed(times_s: &[f64], endpoint: &str, rest: &str) -> Results {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lines: Vec<String> = times_s.iter().chain(&[1300.0]).map(ToString::to_string).collect();
    fs::write(folder.path().join("t.csv"), format!("time\n{}\n", lines.join("\n")))
        .expect("written");
    let toml = format!(
        r#"
name = "replayed"
[experiment]
runs = 1
horizon = "20m"
warm_up = "0s"
phase = "aligned"
[traffic]
arrivals = {{ trace = {{ path = "t.csv", time_column = "time", time_unit = "seconds" }} }}
[endpoint]
concurrency = 1
instances = 2
price_per_hour = 1.0
provision = "10m"
{endpoint}
[metrics]
count_at = "arrival"
[[strategies]]
name = "s"
all_at_once = {{ final_bake = "0s" }}
{rest}
"#
    );
    run(&parse(&toml, folder.path()), &Unwatched).expect("the traffic can be read")
}

/// A model that needs 50 ms and fails always.
const DEAD: &str = "[blue]\nlatency = { constant = \"50ms\" }\nerrors_5xx = 1.0\n";

fn attempts(outcome: &Outcome) -> Attempts {
    outcome.to_horizon.attempts.expect("callers try again")
}

/// Attempts at 0, and each 50 ms and a backoff of 40 s, 80 s and 100 s (not 160 s) after the one before.
#[test]
fn a_dead_endpoint_sees_four_attempts_at_the_times_of_the_backoff() {
    let rest =
        clients("attempts = 4\nbackoff = { initial = \"40s\", factor = 2.0, max = \"100s\" }")
            + DEAD;
    let results = replayed(&[0.0], UNLIMITED, &rest);
    let seen: Vec<u64> =
        results.records[0].intervals.iter().take(5).map(|row| row.blue.requests).collect();
    assert_eq!(seen, [2, 0, 1, 1, 0], "at 0, 40.05, 120.1 and 220.15 s");
    let outcome = &results.outcomes[0];
    let damage = outcome.to_horizon;
    assert_eq!(
        (damage.counts.requests, damage.counts.failed, damage.counts.attributable),
        (1, 1, 0)
    );
    assert_eq!(attempts(outcome).retries, 3);
    assert_eq!(attempts(outcome).first_failures, 1);
    assert_eq!(outcome.all_times.served, 1, "one answer for the caller");
    assert_eq!(outcome.blue_times.served, 4, "four for the endpoint");
    let response_s = outcome.all_times.response_mean_s.expect("an answer");
    assert!((response_s - (220.0 + 4.0 * 0.05)).abs() < 1e-9, "{response_s}");
}

#[test]
fn only_what_is_retried_on_is_retried() {
    for (retry_on, retries) in [("[]", 0), ("[\"timeout\"]", 0), ("[\"5xx\"]", 2)] {
        let rest = clients(&format!("retry_on = {retry_on}")) + DEAD;
        let results = replayed(&[0.0], UNLIMITED, &rest);
        assert_eq!(attempts(&results.outcomes[0]).retries, retries, "{retry_on}");
    }
    let wrong = DEAD.replace("errors_5xx", "errors_4xx");
    let results = replayed(&[0.0], UNLIMITED, &(clients("attempts = 5") + &wrong));
    assert_eq!(attempts(&results.outcomes[0]).retries, 0, "a 4xx would fail again");
    assert_eq!(results.outcomes[0].to_horizon.counts.failed_4xx, 1);
}

/// The caller waits for 0.3 s, 0.1 s, 0.3 s; the endpoint takes 1 s for each attempt and notices nothing.
#[test]
fn a_caller_hangs_up_and_the_endpoint_goes_on() {
    let rest =
        clients("attempts = 2\ntimeout = \"300ms\"") + "[blue]\nlatency = { constant = \"1s\" }\n";
    let results = replayed(&[0.0], UNLIMITED, &rest);
    let outcome = &results.outcomes[0];
    let damage = outcome.to_horizon;
    assert_eq!((damage.counts.requests, damage.counts.failed, damage.counts.timed_out), (1, 1, 1));
    assert_eq!(attempts(outcome).retries, 1);
    let seen = &results.records[0].intervals[0].blue;
    assert_eq!((seen.requests, seen.failed_5xx), (2, 0));
    assert!((outcome.blue_times.response_mean_s.expect("served") - 1.0).abs() < 1e-9);
    assert!((outcome.all_times.response_mean_s.expect("served") - 0.7).abs() < 1e-9);
}

/// A caller waits for as long as the time-out says, and no longer.
#[test]
fn an_answer_at_the_very_time_out_of_the_caller_is_in_time() {
    for (latency, [failed, retries]) in [("300ms", [0, 0]), ("301ms", [1, 1])] {
        let rest = clients("attempts = 2\ntimeout = \"300ms\"")
            + &format!("[blue]\nlatency = {{ constant = \"{latency}\" }}\n");
        let results = replayed(&[0.0], UNLIMITED, &rest);
        let outcome = &results.outcomes[0];
        let found = [outcome.to_horizon.counts.timed_out, attempts(outcome).retries];
        assert_eq!(found, [failed, retries], "{latency}");
    }
}

/// Two places, no queue: of three requests at once the third is rejected, and served when it tries again.
#[test]
fn a_rejection_is_retried() {
    let rest =
        clients("backoff = { initial = \"2s\" }") + "[blue]\nlatency = { constant = \"1s\" }\n";
    let endpoint = "queue = \"shared\"\nqueue_limit = 0";
    let results = replayed(&[0.0, 0.0, 0.0], endpoint, &rest);
    let outcome = &results.outcomes[0];
    assert_eq!((outcome.to_horizon.counts.failed, outcome.to_horizon.counts.rejected), (0, 0));
    assert_eq!((attempts(outcome).first_failures, attempts(outcome).retries), (1, 1));
    let response_s = outcome.all_times.response_mean_s.expect("served");
    assert!((response_s - (1.0 + 1.0 + 3.0) / 3.0).abs() < 1e-9, "{response_s}");
}

/// What a bucket of `burst` tokens that gains `tenths` tenths of one with each request lets through, of
/// requests that always fail after 50 ms: event by event.
fn brute_force_budget(times_ms: &[u64], tenths: u64, burst: u64, most: u32) -> (u64, u64) {
    // (time, fresh first, number, attempts made)
    let mut events: Vec<(u64, bool, usize, u32)> =
        times_ms.iter().enumerate().map(|(number, &at)| (at, false, number, 0)).collect();
    let (mut tokens, mut retries, mut denied) = (10 * burst, 0, 0);
    while let Some(next) = events.iter().copied().min() {
        events.retain(|event| *event != next);
        let (at, _, number, made) = next;
        if made == 0 {
            tokens = (tokens + tenths).min(10 * burst);
            events.push((at + 50, true, number, 1));
        } else if made < most {
            if tokens >= 10 {
                tokens -= 10;
                retries += 1;
                // A backoff of 1, 2, 4 s, and the answer after it.
                events.push((at + 1000 * (1 << (made - 1)) + 50, true, number, made + 1));
            } else {
                denied += 1;
            }
        }
    }
    (retries, denied)
}

#[test]
fn a_budget_lets_through_what_its_tokens_pay_for() {
    // Multiplicative congruence: times that look irregular, and never coincide with a retry's.
    let mut state = 12_345_u64;
    let mut at_ms = 0;
    let moments: Vec<u64> = (0..900)
        .map(|_| {
            let now = at_ms;
            state = state * 48_271 % 2_147_483_647;
            at_ms += 1 + state % 1_300;
            now
        })
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "less than an hour")]
    let times_s: Vec<f64> = moments.iter().map(|&ms| ms as f64 / 1000.0).collect();
    for (tenths, burst, most) in [(1, 10, 3), (3, 1, 4), (10, 5, 4), (0, 7, 3)] {
        let ratio = f64::from(u32::try_from(tenths).expect("small")) / 10.0;
        let rest = clients(&format!(
            "attempts = {most}\nbackoff = {{ initial = \"1s\", max = \"1h\" }}\n\
             budget = {{ ratio = {ratio}, burst = {burst} }}"
        )) + DEAD;
        let results = replayed(&times_s, UNLIMITED, &rest);
        let seen = attempts(&results.outcomes[0]);
        let expected = brute_force_budget(&moments, tenths, burst, most);
        assert_eq!((seen.retries, seen.denied_retries), expected, "{ratio} and {burst}");
        assert!(expected.1 > 0, "the budget bites");
    }
}

/// Requests for half an hour, and time for their retries; nobody waits.
fn steady(clients: &str, p: f64) -> Results {
    results(&format!(
        r#"
name = "steady"
[experiment]
runs = 10
seed = 3
horizon = "40m"
warm_up = "0s"
[traffic]
arrivals = {{ profile = [{{ from = "0s", rate_per_s = 20.0 }}, {{ from = "30m", rate_per_s = 0.0 }}] }}
[endpoint]
instances = 2
price_per_hour = 1.0
capacity = "unlimited"
[blue]
latency = {{ constant = "50ms" }}
errors_5xx = {p}
[[strategies]]
name = "s"
all_at_once = {{}}
[clients]
{clients}
"#
    ))
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn float(count: u64) -> f64 {
    count as f64
}

/// With independent failures of probability p and k attempts pᵏ of the requests fail for good, after
/// (1 − pᵏ)/(1 − p) attempts on average. α = 10⁻⁵ in each tail; of 360 000 requests with p³ = 0.027 an
/// error of 0.0013 is caught nine times in ten.
#[test]
fn attempts_are_geometric() {
    for (p, k) in [(0.3_f64, 3_i32), (0.5, 4)] {
        let results = steady(&format!("attempts = {k}\njitter = \"full\""), p);
        let sum = |of: fn(&Outcome) -> u64| results.outcomes.iter().map(of).sum::<u64>();
        let requests = sum(|o| o.to_horizon.counts.requests);
        let tail = |count: u64, probability: f64| {
            let law = Binomial::new(probability, requests).expect("a probability");
            law.cdf(count).min(law.sf(count.saturating_sub(1)))
        };
        let failed = sum(|o| o.to_horizon.counts.failed);
        assert!(tail(failed, p.powi(k)) > 1e-5, "{failed} of {requests} failed for good");
        let first = sum(|o| attempts(o).first_failures);
        assert!(tail(first, p) > 1e-5, "{first} of {requests} first attempts failed");
        // Attempts per request: mean m, and variance by summing over their number.
        let (mut mean, mut square) = (0.0, 0.0);
        for n in 1..=k {
            let last = if n == k { 1.0 } else { 1.0 - p };
            let probability = p.powi(n - 1) * last;
            mean += f64::from(n) * probability;
            square += f64::from(n * n) * probability;
        }
        assert!((mean - (1.0 - p.powi(k)) / (1.0 - p)).abs() < 1e-12);
        let made = float(requests + sum(|o| attempts(o).retries));
        let deviation = (float(requests) * (square - mean * mean)).sqrt();
        // z for α = 10⁻⁵, two-sided.
        assert!((made - mean * float(requests)).abs() < 4.42 * deviation, "{made} attempts");
        assert!(results.outcomes.iter().all(|o| o.to_horizon.counts.excess() == 0));
    }
}

/// One server at utilisation 0.6 whose answers fail half the time: with two attempts it is offered
/// 0.6·1.5 = 0.9 and stays stable, with three 0.6·1.75 = 1.05 and its queue grows without end, by 5 % of
/// the time that passes: some 180 s after an hour, 90 s on average.
#[test]
fn a_retry_storm_overloads_a_fleet_that_was_strong_enough() {
    let waits = |attempts: u32| -> Vec<f64> {
        let results = results(&format!(
            r#"
name = "storm"
[experiment]
runs = 8
seed = 5
horizon = "1h"
warm_up = "0s"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 6.0 }} }}
[endpoint]
concurrency = 1
instances = 1
price_per_hour = 1.0
provision = "0s"
switch = "0s"
timeout = "none"
[blue]
latency = {{ exponential = {{ mean = "100ms" }} }}
errors_5xx = 0.5
[[strategies]]
name = "s"
steps = [{{ share = "100%", bake = "1h" }}]
[clients]
attempts = {attempts}
jitter = "full"
backoff = {{ initial = "5s", max = "30s" }}
"#
        ));
        let times = results.outcomes.iter().map(|o| o.green_times.wait_mean_s);
        times.map(|wait| wait.expect("requests")).collect()
    };
    // M/M/1 at 0.9 waits 0.9 s on average, at 0.6 0.15 s.
    assert!(waits(1).into_iter().all(|wait| wait < 0.5));
    assert!(waits(2).into_iter().all(|wait| (0.5..3.0).contains(&wait)));
    assert!(waits(3).into_iter().all(|wait| (30.0..200.0).contains(&wait)));
}

/// Outcomes without what only callers who try again have, and without what is known only of others.
fn bare(results: Results) -> Vec<Outcome> {
    let mut outcomes = results.outcomes;
    for outcome in &mut outcomes {
        for damage in [&mut outcome.to_bake_end, &mut outcome.to_horizon] {
            (damage.attempts, damage.own) = (None, None);
            let counts = &mut damage.counts;
            (counts.first_failures, counts.failed_own, counts.slow_own) = (0, 0, 0);
        }
    }
    outcomes
}

#[test]
fn callers_with_one_attempt_change_nothing() {
    let regression = "[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.1 }\n\
                      latency = { factor = 1.5 }\n";
    for (endpoint, users) in
        [("", "users = 500"), ("queue_limit = 3", "users = 500\nsticky_users = true")]
    {
        let toml = small(endpoint, &format!("{regression}{GREEN_5XX}{STRATEGIES}"))
            .replace("users = 500", users)
            .replace("runs = 20", "runs = 3");
        let with = results(&(toml.clone() + &clients("attempts = 1")));
        let retries: u64 = with.outcomes.iter().map(|o| attempts(o).retries).sum();
        assert_eq!(retries, 0);
        assert!(with.outcomes.iter().all(|run| run.to_horizon.own.is_none()), "nobody can tell");
        assert_eq!(bare(with), bare(results(&toml)));
    }
}

/// Retries that come minutes and many blocks of requests later are settled all the same.
#[test]
fn a_green_as_good_as_blue_hurts_nobody_who_tries_again() {
    let backoff = "backoff = { initial = \"1m\", max = \"5m\" }\njitter = \"equal\"";
    for users in ["users = 500", "users = 500\nsticky_users = true"] {
        let rest = format!("{GREEN_5XX}{STRATEGIES}{}", clients(backoff));
        let toml = small(UNLIMITED, &rest).replace("users = 500", users);
        let results = results(&toml.replace("errors_5xx = 0.005", "errors_5xx = 0.05"));
        assert_eq!(results.outcomes.len(), 3 * 20);
        for outcome in &results.outcomes {
            let damage = outcome.to_horizon;
            assert!(
                damage.counts.failed > 0 && damage.counts.slow > 0,
                "there is something to compare"
            );
            assert_eq!((damage.counts.attributable, damage.counts.excess()), (0, 0));
            assert_eq!((damage.counts.slow_attributable, damage.counts.faulty_green), (0, 0));
            assert!(attempts(outcome).retries > 0);
        }
    }
}

/// A tenth of the traffic meets a green that always fails. A caller who is routed anew is saved by blue but
/// for one in a thousand; a caller who stays put fails for good.
#[test]
fn retries_are_routed_anew_unless_users_stay_put() {
    let failed_of_green = |users: &str| -> f64 {
        let rest = format!(
            "[[regressions]]\nname = \"crash\"\ncrash = true\n[[strategies]]\nname = \"s\"\n\
             steps = [{{ share = \"10%\", bake = \"30m\" }}]\n{}",
            clients("attempts = 3")
        );
        let toml = small("capacity = \"unlimited\"\nshift_by = \"percent\"", &rest)
            .replace("users = 500", users)
            .replace("errors_4xx = 0.01\nerrors_5xx = 0.005", "");
        let results = results(&toml.replace("runs = 20", "runs = 3"));
        let crashed = arm(&results, "s", "crash");
        let sum = |of: fn(&&Outcome) -> u64| float(crashed.iter().map(of).sum::<u64>());
        assert!(
            crashed
                .iter()
                .all(|o| o.to_bake_end.counts.failed == o.to_bake_end.counts.attributable)
        );
        assert!(
            crashed.iter().all(|o| o.to_bake_end.counts.green == o.to_bake_end.counts.faulty_green)
        );
        sum(|o| o.to_bake_end.counts.attributable) / sum(|o| o.to_bake_end.counts.green)
    };
    // 0.1³ of the requests fail, 0.1 + 0.1²·… touch green: of some 10 000 about one in a hundred.
    let anew = failed_of_green("users = 500");
    assert!((0.003..0.02).contains(&anew), "{anew}");
    let put = failed_of_green("users = 500\nsticky_users = true");
    assert!(put > 0.999, "{put}");
}

/// Everything is mirrored from 600 to 900 s. Attempts fail after 50 ms and are made anew 40 s and 80 s
/// later:
///
/// | request | attempts | mirrored |
/// |---|---|---|
/// | 0 | 0, 40.05, 120.1 | 0 |
/// | 560 | 560, 600.05, 680.1 | 2 |
/// | 700 | 700, 740.05, 820.1 | 3 |
/// | 800 | 800, 840.05, 920.1 | 2 |
/// | 895 | 895, 935.05, 1015.1 | 1 |
#[test]
fn each_attempt_is_mirrored_by_hand() {
    let shadow = "[[strategies]]\nname = \"shadow\"\n\
                  shadow = { sample = \"100%\", lasts = \"5m\", then = \"stop\" }\n";
    let backoff = "attempts = 3\nbackoff = { initial = \"40s\", factor = 2.0, max = \"100s\" }";
    let rest = format!("{shadow}{}{DEAD}", clients(backoff));
    let results = replayed(&[0.0, 560.0, 700.0, 800.0, 895.0], UNLIMITED, &rest);
    let run = arm(&results, "shadow", "healthy")[0];
    assert_eq!(attempts(run).retries, 10);
    assert_eq!(run.to_horizon.counts.mirrored, 8);
    assert_eq!(run.mirrored.map(|both| both.requests), Some(8));
}

/// Of all attempts, first or not, half are mirrored if half is asked for: a binomial number, α = 10⁻⁵ in
/// each tail. Of some 120,000 an error of 0.008 is caught nine times in ten; without retries they are 43 %
/// fewer.
#[test]
fn attempts_are_mirrored_in_the_share_that_is_sampled() {
    let runs = |sample: &str| {
        let rest = format!(
            "[[strategies]]\nname = \"shadow\"\n\
             shadow = {{ sample = \"{sample}\", lasts = \"20m\", then = \"stop\" }}\n{}",
            clients("attempts = 3")
        );
        let toml = small(UNLIMITED, &rest)
            .replace("runs = 20", "runs = 3")
            .replace("[metrics]", "[metrics]\ncount_at = \"arrival\"");
        results(&toml.replace("errors_5xx = 0.005", "errors_5xx = 0.5"))
    };
    let mirrored = |results: &Results| -> u64 {
        results.outcomes.iter().map(|run| run.to_horizon.counts.mirrored).sum()
    };
    let (all, half) = (runs("100%"), runs("50%"));
    for record in &all.records {
        for row in record.intervals.iter().filter(|row| row.mirror > 0.0) {
            assert_eq!(row.shadow.requests, row.blue.requests, "all attempts, whole minutes");
        }
    }
    let law = Binomial::new(0.5, mirrored(&all)).expect("a probability");
    let found = mirrored(&half);
    assert!(law.cdf(found).min(law.sf(found - 1)) > 1e-5, "{found} of {}", mirrored(&all));
}

/// Green takes over at 600 s, and that is the end of the rollout. Every request fails twice and is known to
/// have failed 40.1 s after it came: the one of 599 s after the end that it belongs to, and on green; the
/// one of the very end belongs to what follows, as do its attempts.
#[test]
fn late_outcomes_count_where_the_request_came() {
    let run = dead(&[0.0, 599.0, 600.0, 601.0]);
    let [to_end, to_horizon] = [&run.to_bake_end, &run.to_horizon].map(counts);
    assert_eq!(to_end, [2, 2, 1, 2]);
    assert_eq!(to_horizon, [4, 4, 3, 4]);
}

/// The attempt that a caller would make after the horizon, at 1230 s, is none: the request has failed by
/// the one that it made, which was answered by green's model and by no time-out.
#[test]
fn who_cannot_try_again_before_the_horizon_has_failed_by_the_latest_attempt() {
    let run = dead(&[0.0, 1190.0]);
    assert_eq!(counts(&run.to_horizon), [2, 2, 1, 1]);
    let counts = run.to_horizon.counts;
    let net = counts.excess();
    assert_eq!(
        (counts.timed_out, counts.attributable, net),
        (0, 0, 0),
        "so it does without the deployment"
    );
}

/// The run of requests at these times \[s\] that fail twice, on blue before 600 s and on green from then
/// on.
fn dead(times_s: &[f64]) -> Outcome {
    let rest = clients("attempts = 2\nbackoff = { initial = \"40s\", max = \"40s\" }") + DEAD;
    let endpoint = "capacity = \"unlimited\"\nswitch = \"0s\"";
    let run = replayed(times_s, endpoint, &rest).outcomes.remove(0);
    assert_eq!(run.bake_ended_at.map(SimTime::as_secs_f64), Some(600.0));
    run
}

/// Requests, failed ones, those of them on green, attempts after the first.
fn counts(damage: &Damage) -> [u64; 4] {
    let attempts = damage.attempts.expect("callers try again");
    [damage.counts.requests, damage.counts.failed, damage.counts.green_failed, attempts.retries]
}
