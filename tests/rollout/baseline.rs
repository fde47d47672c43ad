//! The plain update that every strategy is compared with, and canaries in several steps.

use crate::support::{GREEN_5XX, arm, results, scenario, small};
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::scenario::{Overrides, Scenario};
use rollout_sim::simulation::outcome::Verdict;
use std::path::Path;

const CANARY: &str = "[[strategies]]\nname = \"canary\"\n\
                      canary = { size = \"25%\", bake = \"8m\", final_bake = \"8m\" }\n";
const LINEAR: &str = "[[strategies]]\nname = \"linear\"\n\
                      linear = { step = \"50%\", bake = \"5m\", final_bake = \"5m\" }\n";
const BAD: &str = "[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.2 }\n";

fn toml(strategies: &str) -> String {
    small("", &format!("{BAD}{GREEN_5XX}{strategies}")).replace("baseline = \"none\"\n", "")
}

fn names(toml: &str) -> Vec<String> {
    scenario(toml).strategies.into_iter().map(|plan| plan.name).collect()
}

#[test]
fn it_is_added_last_unless_it_is_there_or_not_wanted() {
    let both = format!("{CANARY}{LINEAR}");
    assert_eq!(names(&toml(&both)), ["canary", "linear", "no guardrail"]);
    let plain = "[[strategies]]\nname = \"plain\"\nall_at_once = {}\nalarms = []\n";
    assert_eq!(names(&toml(&format!("{plain}{CANARY}"))), ["plain", "canary"]);
    let by_steps = "[[strategies]]\nname = \"s\"\nsteps = [{ share = \"100%\" }]\nalarms = []\n";
    assert_eq!(names(&toml(&format!("{CANARY}{by_steps}"))), ["canary", "s"]);
    // Alarms, or a bake, are a guardrail.
    let guarded = "[[strategies]]\nname = \"guarded\"\nall_at_once = {}\n";
    assert_eq!(names(&toml(guarded)), ["guarded", "no guardrail"]);
    let baked =
        "[[strategies]]\nname = \"b\"\nall_at_once = { final_bake = \"1s\" }\nalarms = []\n";
    assert_eq!(names(&toml(baked)), ["b", "no guardrail"]);
    let none = toml(CANARY).replace("[experiment]", "[experiment]\nbaseline = \"none\"");
    assert_eq!(names(&none), ["canary"]);
    // A strategy of that name stands for it, whatever it does.
    let named = CANARY.replace("\"canary\"", "\"no guardrail\"");
    assert_eq!(names(&toml(&named)), ["no guardrail"]);
}

#[test]
fn it_never_notices_and_every_strategy_is_compared_with_it() {
    let results = results(&toml(&format!("{CANARY}{LINEAR}")));
    let plan = &results.scenario.strategies[2];
    assert!(plan.is_baseline() && plan.alarms.is_empty());
    let runs = arm(&results, "no guardrail", "bad");
    assert_eq!(runs.len(), 20);
    assert!(runs.iter().all(|run| run.verdict == Verdict::Missed && run.alarm.is_none()));
    let comparison = Comparison::of(&results);
    for strategy in [0, 1] {
        let rows = comparison.rows().iter().filter(|row| {
            (row.regression, row.strategy_a, row.strategy_b) == (1, strategy, 2)
                && row.metric == "excess_to_horizon"
        });
        let [row] = rows.collect::<Vec<_>>()[..] else { panic!("one row for {strategy}") };
        assert!(row.paired.expect("20 pairs").difference < 0.0, "a guardrail saves requests");
    }
    // The present pairs stay.
    assert!(comparison.rows().iter().any(|row| (row.strategy_a, row.strategy_b) == (0, 1)));
}

#[test]
fn the_others_are_as_without_it() {
    let with = results(&toml(CANARY));
    let without =
        results(&toml(CANARY).replace("[experiment]", "[experiment]\nbaseline = \"none\""));
    let others = with.outcomes.iter().filter(|outcome| outcome.strategy == 0);
    assert!(others.eq(without.outcomes.iter()));
}

#[test]
fn the_resolved_scenario_has_it_and_a_choice_of_strategies_has_not() {
    let text = toml(CANARY);
    let loaded = Scenario::parse(&text, "test.toml", Path::new("")).expect("a good scenario");
    assert!(loaded.resolved.contains("name = \"no guardrail\""));
    let again = Scenario::parse(&loaded.resolved, "again.toml", Path::new("")).expect("resolved");
    assert_eq!(again, loaded);

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.toml");
    std::fs::write(&path, text).expect("a file");
    let chosen = |name: &str| {
        let strategies = vec![name.to_owned()];
        let overrides = Overrides { strategies, ..Overrides::default() };
        let loaded = Scenario::load_with(&path, &overrides).expect("a good choice");
        let again = Scenario::parse(&loaded.resolved, "again.toml", folder.path());
        assert_eq!(again.expect("resolved").scenario, loaded.scenario);
        loaded.scenario.strategies.into_iter().map(|plan| plan.name).collect::<Vec<_>>()
    };
    assert_eq!(chosen("canary"), ["canary"]);
    assert_eq!(chosen("no guardrail"), ["no guardrail"]);
}

#[test]
fn a_horizon_need_not_be_long_enough_for_it() {
    let short = "[[strategies]]\nname = \"short\"\nprovision = \"0s\"\nswitch = \"0s\"\n\
                 all_at_once = { final_bake = \"1m\" }\n";
    let text = toml(short).replace("horizon = \"40m\"", "horizon = \"1m\"");
    assert_eq!(names(&text), ["short", "no guardrail"]);
}

/// Like is compared with like: a plain update that takes four minutes longer than the canary would serve
/// fewer faulty answers for no merit of its own.
#[test]
fn it_takes_as_long_as_what_it_is_compared_with() {
    let own = |name: &str, times: &str| {
        CANARY.replace("name = \"canary\"", &format!("name = \"{name}\"\n{times}"))
    };
    let quick = own("quick", "provision = \"0s\"\nswitch = \"0s\"");
    let slow = own("slow", "switch = \"2m\"");
    let times = |toml: &str| {
        let plans = scenario(toml).strategies;
        let own = plans.iter().filter(|plan| plan.is_baseline());
        own.map(|plan| format!("{} {}", plan.times.provision, plan.times.switch))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&toml(&quick)), ["quick", "no guardrail"]);
    assert_eq!(times(&toml(&quick)), ["0s 0s"]);
    // One for each way, and one only for those that take as long.
    let several = toml(&format!(
        "{quick}{slow}{CANARY}{}",
        own("as quick", "provision = \"0s\"\nswitch = \"0s\"")
    ));
    assert_eq!(
        names(&several)[4..],
        [
            "no guardrail (provision 0s, switch 0s)",
            "no guardrail (provision 2m, switch 2m)",
            "no guardrail"
        ]
    );
    assert_eq!(times(&several), ["0s 0s", "2m 2m", "2m 30s"]);
    let loaded = Scenario::parse(&several, "t.toml", Path::new("")).expect("a good scenario");
    let again = Scenario::parse(&loaded.resolved, "again.toml", Path::new("")).expect("resolved");
    assert_eq!(again, loaded);
}

/// An alarm that never fires leaves the canary with less harm than a plain update that takes as long: 20
/// requests a second, a fifth of which fail for 40 minutes. 20 runs of 48 000 requests: the mean has a
/// standard error of 20, 100 are five of them.
#[test]
fn a_plain_update_does_not_win_by_arriving_late() {
    let blind = GREEN_5XX.replace("threshold = 0.05", "threshold = 0.9");
    let quick = CANARY.replace("canary = {", "provision = \"0s\"\nswitch = \"0s\"\ncanary = {");
    let text = small("", &format!("{BAD}{blind}{quick}")).replace("baseline = \"none\"\n", "");
    let results = results(&text);
    let harm = |strategy: &str| {
        let runs = arm(&results, strategy, "bad");
        let excess: i64 = runs.iter().map(|run| run.to_horizon.counts.excess()).sum();
        f64::from(i32::try_from(excess).expect("not so many")) / 20.0
    };
    let (canary, plain) = (harm("canary"), harm("no guardrail"));
    assert!((plain - 20.0 * 2400.0 * 0.195).abs() < 100.0, "{plain}");
    assert!(canary < plain - 20.0 * 480.0 * 0.195 * 0.7, "{canary} against {plain}");
}

#[test]
fn a_ramp_is_the_steps_it_stands_for() {
    let stages = |form: &str| {
        let text = toml(&format!("[[strategies]]\nname = \"it\"\n{form}\n"));
        scenario(&text).strategies[0].stages.clone()
    };
    let ramp = "ramp = { steps = [\"25%\", \"2 instances\", \"100%\"], bake = \"5m\"";
    let steps = |last: &str| {
        format!(
            "steps = [{{ share = \"25%\", bake = \"5m\" }}, {{ share = \"50%\", bake = \"5m\" }}, \
             {{ share = \"100%\", bake = \"{last}\" }}]"
        )
    };
    // Each step has its bake, the last too, unless it has one of its own.
    assert_eq!(stages(&format!("{ramp} }}")), stages(&steps("5m")));
    assert_eq!(stages(&format!("{ramp}, final_bake = \"9m\" }}")), stages(&steps("9m")));
}

#[test]
fn steps_of_a_ramp_ascend() {
    for (steps, said) in [
        ("", "there is no step"),
        ("\"50%\", \"25%\"", "the one before it"),
        ("\"25%\", \"30%\", \"100%\"", "the one before it"),
        ("\"25%\", \"5 instances\"", "fewer than 5"),
    ] {
        let ramp = format!("ramp = {{ steps = [{steps}], bake = \"1m\" }}");
        let text = toml(&format!("[[strategies]]\nname = \"it\"\n{ramp}\n"));
        let errors = Scenario::parse(&text, "t.toml", Path::new("")).expect_err("a problem");
        let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
        assert!(problem.message.contains(said) && problem.span.is_some(), "{errors}");
    }
}
