//! Lint 21: alarms that no lint judges, and why.

use crate::lint::facts::Facts;
use crate::lint::finding::{Finding, Lint};
use crate::lint::watch::Watch;
use crate::lint::why::Unjudged;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 21,
    name: "alarm-not-judged",
    why: "What an alarm does that reads anything but one plain statistic of the requests of an interval, \
          only a run tells.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let scenario = facts.scenario;
    let mut unjudged = Unjudged::default();
    let guards = |number: &usize| scenario.strategies.iter().any(|s| s.alarms.contains(number));
    for number in (0..scenario.alarm_names().count()).filter(guards) {
        let judged = Watch::new(scenario, number).and_then(|watch| watch.regular());
        let place = match number.checked_sub(scenario.alarms.len()) {
            None => format!("alarms[{number}]"),
            Some(composite) => format!("composite_alarms[{composite}]"),
        };
        unjudged.judged(judged, || (place, format!("\"{}\"", scenario.alarm_name(number))));
    }
    unjudged.lines(&LINT).collect()
}
