//! A scenario unfolded for tuning: every variant is what somebody would have written by hand.

use rollout_sim::alarm::spec::AlarmSpec;
use rollout_sim::rollout::plan::Plan;
use rollout_sim::scenario::tune::{PlanVariant, Shape};
use rollout_sim::scenario::{Expanded, Loaded, Overrides, Scenario, ScenarioErrors};
use rollout_sim::telemetry::ratio::Ratio;
use std::fs;
use std::path::Path;

const EXAMPLE: &str = include_str!("../data/example.toml");

fn parse(text: &str) -> Loaded {
    Scenario::parse(text, "test.toml", Path::new(""))
        .unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

fn with(table: &str) -> Loaded {
    parse(&format!("{EXAMPLE}\n{table}\n"))
}

fn expand(table: &str) -> Expanded {
    with(table).expand().unwrap_or_else(|errors| panic!("{errors}"))
}

/// The strategy of this name in the example with each of the edits.
fn by_hand(edits: &[(&str, &str)], name: &str) -> Plan {
    let mut text = EXAMPLE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "the example has no {from}");
        text = text.replacen(from, to, 1);
    }
    let plans = parse(&text).scenario.strategies;
    plans.into_iter().find(|plan| plan.name == name).expect("the strategy")
}

fn changes(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn shapes_of(expanded: &Expanded, alarm: usize) -> Vec<&Shape> {
    expanded.expansion.shapes.iter().filter(|shape| shape.alarm == alarm).collect()
}

#[test]
fn without_a_table_alarms_vary_in_m_of_n_and_strategies_stay() {
    let loaded = with("");
    let Expanded { expansion, warnings, .. } = loaded.expand().expect("an expansion");
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(expansion.scenario.alarms, loaded.scenario.alarms);
    let names: Vec<&str> =
        expansion.scenario.strategies.iter().map(|plan| plan.name.as_str()).collect();
    // Without the baseline, which reads no alarm.
    assert_eq!(names, ["all at once", "canary 10 %", "linear 25 %", "shadow 30 min"]);
    assert_eq!(expansion.scenario.strategies[..], loaded.scenario.strategies[..4]);
    assert!(expansion.plans.iter().all(PlanVariant::is_present));
    let order: Vec<usize> = expansion.plans.iter().map(|plan| plan.strategy).collect();
    assert_eq!(order, [0, 1, 2, 3]);
    let shapes: Vec<(usize, u32, u32, bool)> = expansion
        .shapes
        .iter()
        .map(|shape| {
            let Shape { alarm, spec, .. } = shape;
            (*alarm, spec.datapoints_to_alarm, spec.evaluation_periods, shape.is_present())
        })
        .collect();
    let expected = [
        (0, 2, 3, true),
        (0, 1, 1, false),
        (0, 3, 5, false),
        (1, 4, 5, true),
        (1, 1, 1, false),
        (1, 2, 3, false),
        (1, 3, 5, false),
    ];
    assert_eq!(shapes, expected);
    assert!(expansion.shapes.iter().all(|shape| shape.thresholds.is_empty()));
    for shape in expansion.shapes.iter().filter(|shape| shape.is_present()) {
        assert_eq!(shape.spec, loaded.scenario.alarms[shape.alarm]);
    }
}

#[test]
fn plans_are_those_of_strategies_written_by_hand() {
    let Expanded { expansion, warnings, .. } = expand(
        "[[tune.strategies]]\nstrategy = \"canary 10 %\"\n\
         vary = { \"canary.size\" = [\"20%\", \"10.0%\"], \"canary.bake\" = [\"5m\"] }\n\
         [[tune.strategies]]\nstrategy = \"linear 25 %\"\n\
         vary = { linear.step = [\"4 instances\"], timeout = [\"2h\"] }",
    );
    assert!(warnings.is_empty(), "{warnings:?}");
    let canary = "canary = { size = \"10%\", bake = \"10m\"";
    let linear = "linear = { step = \"25%\", bake = \"5m\", final_bake = \"10m\" }";
    let expected = [
        ("all at once", vec![], vec![]),
        ("canary 10 %", vec![], vec![]),
        (
            "canary 10 %",
            vec![("canary.size", "20%")],
            vec![(canary, "canary = { size = \"20%\", bake = \"10m\"")],
        ),
        (
            "canary 10 %",
            vec![("canary.bake", "5m")],
            vec![(canary, "canary = { size = \"10%\", bake = \"5m\"")],
        ),
        (
            "canary 10 %",
            vec![("canary.bake", "5m"), ("canary.size", "20%")],
            vec![(canary, "canary = { size = \"20%\", bake = \"5m\"")],
        ),
        ("linear 25 %", vec![], vec![]),
        (
            "linear 25 %",
            vec![("timeout", "2h")],
            vec![(
                linear,
                "timeout = \"2h\"\nlinear = { step = \"25%\", bake = \"5m\", final_bake = \"10m\" }",
            )],
        ),
        (
            "linear 25 %",
            vec![("linear.step", "4 instances")],
            vec![(
                linear,
                "linear = { step = \"4 instances\", bake = \"5m\", final_bake = \"10m\" }",
            )],
        ),
        (
            "linear 25 %",
            vec![("linear.step", "4 instances"), ("timeout", "2h")],
            vec![(
                linear,
                "timeout = \"2h\"\nlinear = { step = \"4 instances\", bake = \"5m\", final_bake = \"10m\" }",
            )],
        ),
        ("shadow 30 min", vec![], vec![]),
    ];
    assert_eq!(expansion.plans.len(), expected.len());
    let found = expansion.plans.iter().zip(&expansion.scenario.strategies);
    for (name, pairs, edits) in &expected {
        let wanted = changes(pairs);
        let (_, plan) = found
            .clone()
            .find(|(variant, plan)| variant.changes == wanted && plan.name.starts_with(name))
            .unwrap_or_else(|| panic!("no {name} with {pairs:?}"));
        let written = by_hand(edits, name);
        assert_eq!(*plan, Plan { name: plan.name.clone(), ..written });
        if !pairs.is_empty() {
            assert!(
                plan.name.contains(&format!("{} = {}", pairs[0].0, pairs[0].1)),
                "{}",
                plan.name
            );
        }
    }
    // The present one of each comes first.
    for pair in expansion.plans.windows(2) {
        assert!(pair[0].strategy <= pair[1].strategy);
        assert_eq!(pair[1].is_present(), pair[0].strategy != pair[1].strategy);
    }
    let mut names: Vec<&String> =
        expansion.scenario.strategies.iter().map(|plan| &plan.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), expected.len(), "each has a name of its own");
}

#[test]
fn what_follows_from_a_varied_key_follows_from_its_new_value() {
    // The last bake of a ramp is as the others if the file does not say it.
    let ramp = |bake: &str| {
        format!(
            "[[strategies]]\nname = \"ramp\"\n\
             ramp = {{ steps = [\"20%\", \"60%\", \"100%\"], bake = \"{bake}\" }}\n"
        )
    };
    let table = "[[tune.strategies]]\nstrategy = \"ramp\"\nvary.ramp.bake = [\"7m\"]\n\
                 vary.ramp.steps = [[\"10%\", \"100%\"]]";
    let expanded = expand(&format!("{}{table}", ramp("5m")));
    let plan = |pairs: &[(&str, &str)]| {
        let wanted = changes(pairs);
        let at = expanded.expansion.plans.iter().position(|plan| plan.changes == wanted);
        &expanded.expansion.scenario.strategies[at.expect("the variant")]
    };
    let written = with(&ramp("7m")).scenario.strategies;
    let written = written.iter().find(|plan| plan.name == "ramp").expect("the strategy");
    assert_eq!(plan(&[("ramp.bake", "7m")]).stages, written.stages);
    let steps = changes(&[("ramp.steps", "[\"10%\", \"100%\"]")]);
    assert!(expanded.expansion.plans.iter().any(|plan| plan.changes == steps));
}

#[test]
fn alarms_are_those_written_by_hand() {
    let table = "[[tune.alarms]]\nalarm = \"p99-latency\"\nm_of_n = [\"4 of 5\", \"2 of 3\"]\n\
                 period = [\"5m\"]\nstatistic = [\"p90\"]\nfleet = [\"both\"]\n\
                 treat_missing_data = [\"missing\"]\nthreshold = [\"200ms\", 100000, \"160ms\"]";
    let expanded = expand(table);
    let shapes = shapes_of(&expanded, 1);
    assert_eq!(shapes.len(), expanded.expansion.shapes.len(), "the other alarm stays");
    assert_eq!(shapes.len(), 2 * 2 * 2 * 2 * 2);
    assert!(shapes[0].is_present());
    let millis = |millis: i128| Ratio::whole(millis * 1_000_000);
    for shape in &shapes {
        assert_eq!(shape.thresholds, [millis(100), millis(160), millis(200)]);
        let said = |key: &str| {
            shape.changes.iter().find(|(said, _)| said == key).map(|(_, value)| value.as_str())
        };
        let (head, alarm) = EXAMPLE.split_once("name = \"p99-latency\"").expect("the alarm");
        let mut alarm = alarm.to_owned();
        let mut edit = |from: &str, to: &str| alarm = alarm.replacen(from, to, 1);
        if said("m_of_n").is_some() {
            edit("evaluation_periods = 5", "evaluation_periods = 3");
            edit("datapoints_to_alarm = 4", "datapoints_to_alarm = 2");
        }
        for (key, from, to) in [
            ("period", "period = \"60s\"", "period = \"5m\""),
            ("statistic", "\"p99\"", "\"p90\""),
            ("fleet", "\"green\"", "\"both\""),
            ("treat_missing_data", "\"notBreaching\"", "\"missing\""),
        ] {
            if said(key).is_some() {
                edit(from, to);
            }
        }
        let written = parse(&format!("{head}name = \"p99-latency\"{alarm}")).scenario;
        assert_eq!(shape.spec, written.alarms[1], "{:?}", shape.changes);
    }
}

#[test]
fn one_policy_is_the_scenario_with_that_strategy_and_those_alarms() {
    let loaded = with(
        "[[tune.alarms]]\nalarm = \"5xx-rate\"\nm_of_n = [\"3 of 5\"]\n\
         [[tune.alarms]]\nalarm = \"p99-latency\"\n\
         [[tune.strategies]]\nstrategy = \"canary 10 %\"\nvary.canary.bake = [\"5m\"]",
    );
    let expanded = loaded.expand().expect("an expansion");
    let expansion = &expanded.expansion;
    let plan = expansion.plans.iter().position(|plan| !plan.is_present()).expect("a variant");
    let shape = expansion.shapes.iter().position(|shape| !shape.is_present()).expect("a shape");
    let latency = expansion.shapes.iter().position(|shape| shape.alarm == 1).expect("a shape");
    let settings = [(shape, Ratio::new(15, 1000)), (latency, Ratio::new(1_801_000_000, 10))];
    let one = expansion.with(plan, &settings);
    assert_eq!(one.strategies, [expansion.scenario.strategies[plan].clone()]);
    assert_eq!(one.alarms.len(), 2);
    let set = AlarmSpec { threshold: Ratio::new(15, 1000), ..expansion.shapes[shape].spec.clone() };
    assert_eq!(one.alarms[0], set);
    assert_eq!(one.alarms[1].threshold, Ratio::new(1_801_000_000, 10));

    let text = loaded.policy(&expanded, plan, &settings).expect("a text");
    let again = parse(&text);
    let mut named = one.clone();
    named.strategies[0].name = "canary 10 %".to_owned();
    assert_eq!(again.scenario, named);
    let [by_hand] = again.scenario.strategies.as_slice() else { panic!("one strategy") };
    let edit = [("size = \"10%\", bake = \"10m\"", "size = \"10%\", bake = \"5m\"")];
    assert_eq!(*by_hand, self::by_hand(&edit, "canary 10 %"));

    assert_eq!(loaded.policy(&expanded, plan, &[(shape, Ratio::new(1, 3))]), None);
    assert_eq!(loaded.policy(&expanded, 99, &settings), None);
    assert_eq!(loaded.policy(&expanded, plan, &[(99, Ratio::whole(1))]), None);
}

#[test]
fn what_is_forbidden_or_comes_to_the_same_is_left_out_and_said() {
    let Expanded { expansion, warnings, .. } = expand(
        "[[tune.strategies]]\nstrategy = \"canary 10 %\"\n\
         vary.canary = { size = [\"5%\", \"60%\", \"20%\"], bake = [\"80m\"] }",
    );
    let of_canary = expansion.plans.iter().filter(|plan| plan.strategy == 1).count();
    assert_eq!(of_canary, 2);
    assert_eq!(warnings.len(), 6, "{warnings:#?}");
    let said = |name: &str, why: &str| {
        let start = format!("canary 10 % [{name}] is left out: ");
        warnings.iter().any(|line| line.starts_with(&start) && line.contains(why))
    };
    assert!(said("canary.size = 5%", "exactly as \"canary 10 %\""), "{warnings:#?}");
    assert!(said("canary.size = 60%", "CanarySize"), "{warnings:#?}");
    assert!(said("canary.bake = 80m", "WaitIntervalInSeconds"), "{warnings:#?}");

    let alarms = expand(
        "[[tune.alarms]]\nalarm = \"5xx-rate\"\nm_of_n = [\"1 of 1000\"]\nperiod = [\"5m\"]",
    );
    assert_eq!(alarms.expansion.shapes.len(), 3);
    let [line] = alarms.warnings.as_slice() else { panic!("{:?}", alarms.warnings) };
    assert_eq!(
        line,
        "5xx-rate [m_of_n = 1 of 1000, period = 5m] is left out: \
         1000 periods of 5m are more than a day"
    );
}

#[test]
fn a_variant_beyond_the_horizon_is_left_out() {
    let off = format!("limits = \"off\"\n{EXAMPLE}");
    let table =
        "[[tune.strategies]]\nstrategy = \"canary 10 %\"\nvary.canary.bake = [\"5m\", \"80m\"]";
    let expanded = parse(&format!("{off}\n{table}")).expand().expect("an expansion");
    let [line] = expanded.warnings.as_slice() else { panic!("{:?}", expanded.warnings) };
    assert!(line.contains("longer than the horizon (1h 30m)"), "{line}");
}

/// Each (text, path, message, part of the remedy).
fn refused(cases: &[(&str, [&str; 3])]) {
    for (text, [path, message, help]) in cases {
        let errors: ScenarioErrors = parse(text).expand().expect_err("nothing to tune");
        let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
        assert_eq!((problem.path.as_str(), problem.message.as_str()), (*path, *message));
        assert!(problem.help.as_deref().is_some_and(|said| said.contains(help)), "{errors}");
        assert!(errors.render(false).contains("test.toml"));
    }
}

#[test]
fn scenarios_that_cannot_be_tuned() {
    let alarms = EXAMPLE.find("[[alarms]]").expect("alarms");
    let strategies = EXAMPLE.find("[[strategies]]").expect("strategies");
    let regressions = EXAMPLE.find("[[regressions]]").expect("regressions");
    let no_alarms = format!("{}{}", &EXAMPLE[..alarms], &EXAMPLE[strategies..]);
    let no_regressions = format!("{}{}", &EXAMPLE[..regressions], &EXAMPLE[alarms..]);
    let harmless = EXAMPLE.replace("[[regressions]]", "[[regressions]]\nprior = 0.0");
    let loss = format!(
        "{no_regressions}\n[tune]\nminimise = \"expected_loss\"\nloss.false_rollback_usd = 1.0"
    );
    let canary = "[[tune.strategies]]\nstrategy = \"canary 10 %\"\n";
    let none_remains = format!("{EXAMPLE}\n{canary}vary.canary.size = [\"60%\"]");
    let steps: Vec<String> = (0..205)
        .map(|index| {
            format!(
                "[[strategies]]\nname = \"s{index}\"\nall_at_once = {{ final_bake = \"{index}s\" }}"
            )
        })
        .collect();
    let many = format!("{EXAMPLE}\n{}", steps.join("\n"));
    refused(&[
        (
            &no_alarms,
            [
                "strategies",
                "no alarm can be set: no strategy names one with a threshold",
                "in the `alarms` of a strategy",
            ],
        ),
        (
            &no_regressions,
            [
                "regressions",
                "no release of the scenario is faulty, so there is nothing to detect",
                "add [[regressions]], or give `minimise = \"expected_loss\"`",
            ],
        ),
        (
            &harmless,
            [
                "regressions",
                "the priors of all faulty releases are 0, so there is nothing to detect",
                "raise a `prior`",
            ],
        ),
        (
            &many,
            [
                "strategies",
                "there are 201 ways of rolling out, more than 200",
                "[[tune.strategies]]",
            ],
        ),
    ]);
    assert!(parse(&loss).expand().is_ok(), "a loss is also one of healthy releases");
    let errors = parse(&none_remains).expand().expect_err("no variant");
    let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
    assert_eq!(problem.path, "tune.strategies[0].vary");
    let start = "no variant of \"canary 10 %\" remains: canary 10 % [canary.size = 60%]: ";
    assert!(problem.message.starts_with(start), "{errors}");
    assert!(problem.span.is_some(), "{errors}");
}

#[test]
fn composite_alarms_and_bands_stay_as_they_are() {
    let expanded = expand(
        "[[composite_alarms]]\nname = \"any\"\nrule = \"ALARM(5xx-rate)\"\n\
         [[alarms]]\nname = \"odd\"\nmetric = \"ModelLatency\"\nstatistic = \"p50\"\nfleet = \"blue\"\n\
         band = { lasts = \"10m\" }\ncomparison = \"GreaterThanUpperThreshold\"\nperiod = \"60s\"\n\
         evaluation_periods = 1",
    );
    let set: Vec<usize> = expanded.expansion.shapes.iter().map(|shape| shape.alarm).collect();
    assert_eq!(set, [1, 1, 1, 1]);
    assert_eq!(expanded.expansion.scenario.composite_alarms.len(), 1);
}

#[test]
fn chosen_strategies_are_tuned_and_the_resolved_file_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.toml");
    let table = "[[tune.strategies]]\nstrategy = \"canary 10 %\"\nvary.canary.bake = [\"5m\"]\n\
                 [[tune.alarms]]\nalarm = \"5xx-rate\"\n";
    fs::write(&file, format!("{EXAMPLE}\n{table}")).expect("a file");
    for (name, plans, says) in [("canary 10 %", 2, true), ("all at once", 1, false)] {
        let overrides = Overrides { strategies: vec![name.to_owned()], ..Overrides::default() };
        let loaded = Scenario::load_with(&file, &overrides).expect("a scenario");
        assert_eq!(loaded.expand().expect("an expansion").expansion.plans.len(), plans);
        assert_eq!(loaded.resolved.contains("[[tune.strategies]]"), says);
        let again = parse(&loaded.resolved);
        assert_eq!(again, loaded);
        let (one, other) = (again.expand().expect("one"), loaded.expand().expect("another"));
        assert_eq!(one.expansion, other.expansion);
    }
}

/// Of the alarms that are tuned only those stay that a chosen strategy reads; where none stays, the
/// file names none, and what the strategy reads is tuned as if it never had.
#[test]
fn alarms_that_no_chosen_strategy_reads_are_not_tuned() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.toml");
    let [errors, latency] =
        ["5xx-rate", "p99-latency"].map(|name| format!("[[tune.alarms]]\nalarm = \"{name}\"\n"));
    let own = EXAMPLE
        .replace("name = \"all at once\"", "name = \"all at once\"\nalarms = [\"p99-latency\"]");
    for (tuned, stays) in [(format!("{errors}{latency}"), true), (errors, false)] {
        fs::write(&file, format!("{own}\n{tuned}")).expect("a file");
        let strategies = vec!["all at once".to_owned()];
        let overrides = Overrides { strategies, ..Overrides::default() };
        let loaded = Scenario::load_with(&file, &overrides).expect("a scenario");
        assert_eq!(parse(&loaded.resolved), loaded, "what is left is a file of its own");
        assert_eq!(loaded.resolved.matches("[[tune.alarms]]").count(), usize::from(stays));
        let expanded = loaded.expand().expect("an expansion");
        let tuned: Vec<usize> = expanded.expansion.shapes.iter().map(|shape| shape.alarm).collect();
        assert!(!tuned.is_empty() && tuned.iter().all(|&alarm| alarm == 1), "{tuned:?}");
    }
}

#[test]
fn every_ready_made_scenario_can_be_tuned_or_says_why_not() {
    let mut unfolded = 0;
    for entry in fs::read_dir("scenarios").expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let loaded = Scenario::load(&path).unwrap_or_else(|errors| panic!("{errors}"));
        let again = Scenario::parse(&loaded.resolved, "resolved", Path::new("")).expect("resolved");
        match loaded.expand() {
            Ok(Expanded { expansion, warnings, .. }) => {
                unfolded += 1;
                assert!(warnings.is_empty() || loaded.resolved.contains("[tune"), "{warnings:?}");
                assert_eq!(expansion.scenario.alarms, loaded.scenario.alarms);
                for (variant, plan) in expansion.plans.iter().zip(&expansion.scenario.strategies) {
                    if variant.is_present() {
                        assert_eq!(*plan, loaded.scenario.strategies[variant.strategy]);
                    }
                }
                for shape in expansion.shapes.iter().filter(|shape| shape.is_present()) {
                    assert_eq!(shape.spec, loaded.scenario.alarms[shape.alarm]);
                }
                let resolved = again.expand().expect("as of the file").expansion;
                assert_eq!(resolved.plans, expansion.plans);
                assert_eq!(resolved.scenario, expansion.scenario);
            }
            Err(errors) => {
                assert_eq!(errors.problems.len(), 1, "{errors}");
                assert!(errors.problems[0].help.is_some(), "{errors}");
                assert!(again.expand().is_err());
            }
        }
    }
    assert!(unfolded >= 12, "only {unfolded} of them");
}
