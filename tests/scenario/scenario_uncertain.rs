//! What is uncertain varies from replication to replication by a law that is known.

use rollout_sim::random::arrival::{ArrivalSpec, TimeUnit, TraceRows, TraceSpec};
use rollout_sim::scenario::tune::{Expansion, Replicated, Uncertain};
use rollout_sim::scenario::{Overrides, Scenario, ScenarioErrors, Setting};
use rollout_sim::time::{SimDuration, SimTime};
use std::borrow::Cow;
use std::path::Path;

const EXAMPLE: &str = include_str!("../data/example.toml");
const RUNS: u64 = 4000;

/// The example with these keys in `[tune.uncertain]`, unfolded.
fn expansion(uncertain: &str) -> Expansion {
    expanded(&format!("{EXAMPLE}\n[tune.uncertain]\n{uncertain}\n"))
}

fn expanded(text: &str) -> Expansion {
    let loaded = Scenario::parse(text, "test.toml", Path::new(""));
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    loaded.expand().unwrap_or_else(|errors| panic!("{errors}")).expansion
}

fn rate(scenario: &Scenario) -> f64 {
    match scenario.arrivals {
        ArrivalSpec::Poisson { rate_per_s } => rate_per_s,
        ref other => panic!("{other:?} has no constant rate"),
    }
}

/// The largest distance of the values' distribution from a uniform one over these ends is one that 99 % of
/// samples do not exceed (Kolmogorov), and so is that of the mean.
fn assert_uniform(mut values: Vec<f64>, [low, high]: [f64; 2]) {
    values.sort_by(f64::total_cmp);
    let count = f64::from(u32::try_from(values.len()).expect("few values"));
    assert!(low <= values[0] && values[values.len() - 1] <= high, "{:?}", (values[0], high));
    let mut rank = 0.0;
    for value in &values {
        let expected = (value - low) / (high - low);
        let apart = (expected - rank / count).max((rank + 1.0) / count - expected);
        assert!(apart < 1.63 / count.sqrt(), "{value} is the {rank}th of {count}");
        rank += 1.0;
    }
    let mean = values.iter().sum::<f64>() / count;
    let deviation = (high - low) / (12.0 * count).sqrt();
    assert!((mean - f64::midpoint(low, high)).abs() < 2.58 * deviation, "mean {mean}");
}

/// α = 2 %.
#[test]
fn the_traffic_is_uniform_around_what_the_scenario_says() {
    for (expansion, share) in
        [(expanded(EXAMPLE), 0.25), (expansion("\"traffic.rate\" = \"60%\""), 0.6)]
    {
        let factor = |replication| {
            let Replicated { scenario, places } = expansion.replicated(replication);
            let factor = rate(&scenario) / 120.0;
            let place = (factor - (1.0 - share)) / (2.0 * share);
            assert!(places.len() == 1 && (places[0] - place).abs() < 1e-12, "{places:?}, {place}");
            factor
        };
        assert_uniform((0..RUNS).map(factor).collect(), [1.0 - share, 1.0 + share]);
        let percent = format!("{}%", 100.0 * share);
        let (key, low, high) =
            ("traffic.rate".to_owned(), format!("-{percent}"), format!("+{percent}"));
        assert_eq!(expansion.uncertain(), [Uncertain { key, low, high }]);
    }
}

#[test]
fn nothing_else_changes_with_the_traffic() {
    let expansion = expanded(EXAMPLE);
    let Replicated { scenario, .. } = expansion.replicated(7);
    assert_ne!(scenario.arrivals, expansion.scenario.arrivals);
    let arrivals = expansion.scenario.arrivals.clone();
    assert_eq!(Scenario { arrivals, ..scenario.into_owned() }, expansion.scenario);
}

#[test]
fn what_is_known_exactly_is_as_it_is() {
    let expansion = expansion("\"traffic.rate\" = \"0%\"");
    for replication in 0..10 {
        let Replicated { scenario, places } = expansion.replicated(replication);
        assert!(
            matches!(scenario, Cow::Borrowed(same) if std::ptr::eq(same, &raw const expansion.scenario))
        );
        assert!(places.is_empty());
    }
    assert!(expansion.uncertain().is_empty());
}

/// α = 3 · 2 %.
#[test]
fn keys_are_uniform_between_their_ends() {
    let expansion = expansion(
        "\"blue.errors_5xx\" = [0.001, \"0.4%\"]\nendpoint.switch = [\"30s\", \"2m\"]\n\
         \"endpoint.instances\" = [8, 12]",
    );
    let uncertain: Vec<_> = expansion
        .uncertain()
        .iter()
        .map(|one| [one.key.as_str(), one.low.as_str(), one.high.as_str()])
        .collect();
    let expected = [
        ["traffic.rate", "-25%", "+25%"],
        ["blue.errors_5xx", "0.001", "0.4%"],
        ["endpoint.switch", "30s", "2m"],
        ["endpoint.instances", "8", "12"],
    ];
    assert_eq!(uncertain, expected);
    let (mut errors, mut switches, mut instances) = (Vec::new(), Vec::new(), [0_u32; 13]);
    for replication in 0..1000 {
        let Replicated { scenario, places } = expansion.replicated(replication);
        errors.push(scenario.blue.errors_5xx);
        // Green and the strategies follow.
        assert_eq!(scenario.green.errors_5xx.to_bits(), scenario.blue.errors_5xx.to_bits());
        let switch = scenario.strategies[1].times.switch;
        assert_eq!(switch, scenario.endpoint.switch);
        switches.push(switch.as_secs_f64());
        let count = scenario.endpoint.blue.instances;
        instances[count as usize] += 1;
        let expected = [
            (rate(&scenario) / 120.0 - 0.75) / 0.5,
            (scenario.blue.errors_5xx - 0.001) / 0.003,
            (switch.as_secs_f64() - 30.0) / 90.0,
            (f64::from(count) - 8.0) / 4.0,
        ];
        let apart = places.iter().zip(expected).map(|(is, should)| (is - should).abs());
        assert!(places.len() == 4 && apart.fold(0.0, f64::max) < 1e-9, "{places:?} {expected:?}");
    }
    assert_uniform(errors, [0.001, 0.004]);
    assert_uniform(switches, [30.0, 120.0]);
    // χ² of 4 degrees of freedom is below 13.28 in 99 of 100 samples.
    let chi: f64 = instances[8..].iter().map(|&n| (f64::from(n) - 200.0).powi(2) / 200.0).sum();
    assert!(chi < 13.28 && instances[..8].iter().all(|&n| n == 0), "{instances:?}");
}

#[test]
fn no_key_changes_what_another_draws() {
    let errors = "\"blue.errors_5xx\" = [0.001, 0.004]\n";
    let switch = "\"endpoint.switch\" = [\"30s\", \"2m\"]\n";
    let off = "\"traffic.rate\" = \"0%\"\n";
    let [all, turned, alone, traffic] = [
        expansion(&format!("{errors}{switch}")),
        expansion(&format!("{switch}{errors}")),
        expansion(&format!("{off}{errors}")),
        expansion(""),
    ];
    for replication in 0..20 {
        let drawn = all.replicated(replication);
        assert_eq!(drawn.scenario, turned.replicated(replication).scenario);
        let of = |expansion: &Expansion| expansion.replicated(replication).scenario.into_owned();
        assert_eq!(drawn.scenario.blue, of(&alone).blue);
        assert_eq!(drawn.scenario.arrivals, of(&traffic).arrivals);
        assert_eq!(rate(&of(&alone)).to_bits(), 120_f64.to_bits());
        assert!(drawn.places.windows(2).all(|pair| (pair[0] - pair[1]).abs() > 1e-9));
    }
}

#[test]
fn the_seed_and_the_replication_decide_alone() {
    let keys = "\"blue.errors_5xx\" = [0.001, 0.004]\n";
    let (one, same) = (expansion(keys), expansion(keys));
    assert_eq!(one, same);
    assert_eq!(one.replicated(5), same.replicated(5));
    assert_eq!(one.replicated(5), one.replicated(5));
    assert_ne!(one.replicated(5).places, one.replicated(6).places);
    let text = format!("{EXAMPLE}\n[tune.uncertain]\n{keys}").replacen("seed = 42", "seed = 43", 1);
    assert_ne!(expanded(&text).replicated(5).places, one.replicated(5).places);
}

/// What a command line says instead of the file holds in every replication.
#[test]
fn overrides_hold_in_every_replication() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("scenario.toml");
    let text = format!("{EXAMPLE}\n[tune.uncertain]\n\"blue.errors_5xx\" = [0.001, 0.004]\n");
    std::fs::write(&file, text).expect("a file");
    let set = Setting { key: "blue.errors_4xx".to_owned(), value: "0.01".to_owned() };
    let overrides = Overrides {
        seed: Some(7),
        strategies: vec!["linear 25 %".to_owned()],
        set: vec![set],
        ..Overrides::default()
    };
    let loaded = Scenario::load_with(&file, &overrides).unwrap_or_else(|errors| panic!("{errors}"));
    let expansion = loaded.expand().unwrap_or_else(|errors| panic!("{errors}")).expansion;
    let Replicated { scenario, .. } = expansion.replicated(3);
    let mut same = scenario.into_owned();
    assert_ne!(same, expansion.scenario);
    for model in [&mut same.blue, &mut same.green] {
        model.errors_5xx = 0.001;
    }
    same.arrivals = expansion.scenario.arrivals.clone();
    assert_eq!(same, expansion.scenario);
    assert_eq!((same.experiment.seed, same.strategies.len()), (7, 1));
    assert!((same.blue.errors_4xx - 0.01).abs() < 1e-15);
}

/// The plans of a replication are the variants, in their order and under their names.
#[test]
fn variants_follow_what_is_uncertain() {
    let expansion = expanded(&format!(
        "{EXAMPLE}\n[tune.uncertain]\nprovision = [\"2m\", \"6m\"]\n[[tune.strategies]]\n\
         strategy = \"canary 10 %\"\nvary = {{ \"canary.size\" = [\"20%\", \"30%\"], switch = [\"10s\"] }}"
    ));
    assert!(expansion.plans.len() > 6);
    let Replicated { scenario, .. } = expansion.replicated(1);
    let provision = scenario.endpoint.provision;
    assert_ne!(provision, expansion.scenario.endpoint.provision);
    let mut plans = expansion.scenario.strategies.clone();
    for plan in &mut plans {
        plan.times.provision = provision;
    }
    assert_eq!(scenario.strategies, plans);
}

/// Half of four or six instances is a canary, three of five is not. With one run the first draw alone is
/// tried, and says so if it is five; where it is not and later ones are, the nearest end takes its place.
#[test]
fn what_a_rule_forbids_between_two_ends_is_never_simulated() {
    let text = EXAMPLE.replacen("runs = 1000 ", "runs = 1 ", 1).replacen(
        "canary = { size = \"10%\"",
        "canary = { size = \"50%\"",
        1,
    ) + "\n[tune.uncertain]\n\"endpoint.instances\" = [4, 6]\n";
    let unfolded = |seed: u32| {
        let text = text.replacen("seed = 42", &format!("seed = {seed}"), 1);
        Scenario::parse(&text, "test.toml", Path::new("")).expect("a scenario").expand()
    };
    let (good, bad): (Vec<_>, Vec<_>) = (0..30).map(unfolded).partition(Result::is_ok);
    let of_five = "with `endpoint.instances` = 5: a canary is at most 50 % of instances";
    let message = |refused: &ScenarioErrors| refused.problems[0].message.clone();
    let refused: Vec<String> = bad.iter().map(|bad| message(bad.as_ref().unwrap_err())).collect();
    assert!(
        refused.len() > 2 && refused.iter().all(|said| said.starts_with(of_five)),
        "{refused:?}"
    );
    let expansion = &good[0].as_ref().expect("another number").expansion;
    let mut counts = [0; 7];
    for replication in 0..300 {
        let Replicated { scenario, places } = expansion.replicated(replication);
        let count = scenario.endpoint.blue.instances;
        assert_eq!(places[1].to_bits(), (f64::from(count - 4) / 2.0).to_bits());
        counts[count as usize] += 1;
    }
    // A third each of four, five and six, and the fives are sixes now.
    assert!(counts[5] == 0 && counts[4] > 70 && counts[6] > 170, "{counts:?}");
}

/// Every process brings so many times the requests, and has so many times its peak.
#[test]
fn every_process_can_be_scaled() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("traffic.csv");
    std::fs::write(&path, "t,n\n0,30\n60,90\n120,0\n180,60\n").expect("a file");
    let trace = |rows| {
        ArrivalSpec::Trace(TraceSpec {
            path: path.clone(),
            time_column: "t".to_owned(),
            time_unit: TimeUnit::Seconds,
            rows,
            scale: 2.0,
            random_offset: false,
            repeat: true,
        })
    };
    let minutes = |count: i64| SimDuration::from_secs(60 * count);
    let column = || ("n".to_owned(), minutes(1));
    let (counts, rates) = (column(), column());
    let specs = [
        ArrivalSpec::Poisson { rate_per_s: 7.0 },
        ArrivalSpec::Diurnal {
            mean_per_s: 8.0,
            swing: 0.7,
            period: minutes(50),
            peak_at: minutes(3),
        },
        ArrivalSpec::Profile { pieces: vec![(minutes(0), 3.0), (minutes(20), 9.0)] },
        ArrivalSpec::Ramp {
            from_per_s: 2.0,
            to_per_s: 20.0,
            starts: minutes(10),
            lasts: minutes(30),
        },
        ArrivalSpec::Gamma { rate_per_s: 5.0, cv: 2.0 },
        ArrivalSpec::Mmpp { rates_per_s: [1.0, 30.0], mean_sojourns: [minutes(9), minutes(1)] },
        trace(TraceRows::Counts { column: counts.0, interval: counts.1 }),
        trace(TraceRows::Rates { column: rates.0, interval: rates.1 }),
    ];
    let requests = |spec: &ArrivalSpec| {
        let [from, to] = [-600.0, 3000.0].map(SimTime::from_secs_f64);
        spec.expected_requests(from, to).expect("a sound trace")
    };
    let peak = |spec: &ArrivalSpec| spec.peak_per_s().expect("a sound trace");
    for spec in &specs {
        let scaled = spec.scaled(1.75);
        assert!(spec.can_be_scaled() && *spec != scaled);
        assert!((requests(&scaled) / requests(spec) / 1.75 - 1.0).abs() < 1e-12, "{spec:?}");
        assert!((peak(&scaled) / peak(spec) / 1.75 - 1.0).abs() < 1e-12, "{spec:?}");
        assert_eq!(spec.scaled(1.0), *spec);
    }
    let single = trace(TraceRows::Requests);
    assert!(!single.can_be_scaled() && single.scaled(2.0) == single);
}

/// What was observed was so at the traffic that the scenario says: the service times behind it are the same
/// in every replication, whatever else varies.
#[test]
fn service_times_behind_what_is_observed_do_not_vary() {
    let observed = EXAMPLE.replace("[blue]\n", "[blue]\nlatency_is = \"observed\"\n");
    assert_ne!(observed, EXAMPLE);
    let uncertain = "\n[tune.uncertain]\n\"blue.errors_5xx\" = [\"0.1%\", \"0.5%\"]\n";
    let expansion = expanded(&format!("{observed}{uncertain}"));
    let law = &expansion.scenario.blue.latency;
    assert!(law != &expanded(EXAMPLE).scenario.blue.latency, "nothing waits in the example");
    for replication in 0..3 {
        let Replicated { scenario, .. } = expansion.replicated(replication);
        assert_ne!(
            scenario.blue.errors_5xx.to_bits(),
            expansion.scenario.blue.errors_5xx.to_bits()
        );
        assert!(scenario.blue.latency == *law && scenario.green.latency == *law);
    }
}
