//! The settings that no vendor documents, and what they may plausibly be.
//!
//! - `controller.poll_interval`, 0 s to 60 s: how often the service reads alarms is not documented; more
//!   than a minute would be noticed.
//! - `controller.pre_alarm`, `watch`, `alarms_watched_from`, `on_timeout`: each reading. SageMaker's guide
//!   leaves them open or says both.
//! - `endpoint.provision`, `switch`, `rollback_switch`, `clean_up`, from a third of the default to several
//!   times of it: no number is published, and they depend on the model.
//! - `endpoint.percent_to_instances`: rounding, ceiling, floor.
//! - `endpoint.routing_scope`: both readings of "instances that have more capacity", where requests go to the
//!   least busy instance and the queue is not the fleet's.
//! - `endpoint.oldest_request`: both readings of the queue's gauge.
//! - `metrics.delay`, none to 4 minutes (what users report), and `metrics.late`, 5 % of the intervals about
//!   a minute late: publishing has no documented bound.
//! - `metrics.count_at`: by answer or by arrival.
//! - Of alarms, `evaluation_range_extra`, 0 to 5 datapoints: only an example with 2 is documented, and
//!   published histories show 5 at 60 s. At periods below 60 s, of which nothing is known, five minutes'
//!   worth at 10 s as well, 30.
//! - Of alarms, `unresolved`, `premature_alarm`, `ignore_rule`: each reading of the documentation on missing
//!   data, where `treat_missing_data` makes it matter.
//! - Of alarms, `percentile_method`, `trim_method`, `low_sample_scope`: each reading, where the statistic
//!   has one.
//! - Of monitors, `stamp`: each reading; `job_duration`: half and double of what was measured.
//! - `overdispersion.correlation_time`, one to ten minutes: how long clumps of errors last is a matter of the
//!   endpoint, and few know it of theirs.
//! - `ecs_rolling.bake`, 5 to 30 minutes: ECS computes it, how is not documented.
//!
//! A setting of alarms is changed in all alarms at once, since there is one service behind them.
//! Source of the ranges: the pages that `docs/model.md` names beside each rule.

use crate::scenario::Setting;
use toml::{Table, Value};

/// A setting with a value that it may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variation {
    /// The setting: a path, with `*` for every element of a list that it concerns.
    pub setting: String,
    /// Its value.
    pub value: String,
    /// What is written into the scenario.
    pub settings: Vec<Setting>,
}

type Of = fn(&Table) -> bool;

const TIMES: [&str; 5] = ["20s", "1m", "2m", "3m", "5m"];

/// Keys of the scenario, their values, and whether they mean anything in a scenario.
const KEYS: [(&str, &[&str], Of); 15] = [
    ("controller.poll_interval", &["0s", "10s", "30s", "1m"], |_| true),
    ("controller.pre_alarm", &["rollback", "stop", "ignore_all_alarms"], |_| true),
    ("controller.alarms_watched_from", &["first_switch", "start"], |_| true),
    ("controller.watch", &["throughout", "bakes"], |_| true),
    ("controller.on_timeout", &["rollback", "stay"], |root| {
        elements(root, "strategies").any(|(_, strategy)| strategy.contains_key("timeout"))
    }),
    ("endpoint.provision", &["2m", "4m", "8m", "12m"], |_| true),
    ("endpoint.switch", &TIMES, |_| true),
    ("endpoint.rollback_switch", &TIMES, |_| true),
    ("endpoint.clean_up", &TIMES, |_| true),
    ("endpoint.percent_to_instances", &["round", "ceil", "floor"], |_| true),
    ("endpoint.routing_scope", &["fleet", "endpoint"], may_route_over_fleets),
    ("endpoint.oldest_request", &["unanswered", "waiting"], |root| {
        text(root, &["endpoint", "mode"]) == Some("asynchronous")
    }),
    ("metrics.delay", &["0s", "1m", "2m", "4m"], |_| true),
    ("metrics.count_at", &["completion", "arrival"], |_| true),
    (CLUMPS, &["1m", "3m", "10m"], |root| clumps_of_a_minute(root, "blue").is_some()),
];

/// How long clumps last.
const CLUMPS: &str = "blue.overdispersion.correlation_time";

/// Published intervals that are late now and then, where the scenario has none.
const LATE: (&str, &str) =
    ("metrics.late", "{ share = 0.05, by = { exponential = { mean = \"60s\" } } }");

/// Keys of alarms, their values, and whether they mean anything for an alarm.
const ALARM_KEYS: [(&str, &[&str], Of); 8] = [
    ("evaluation_range_extra", &["0", "1", "2", "5"], looks_further_back),
    ("evaluation_range_extra", &["30"], |alarm| {
        looks_further_back(alarm) && matches!(text(alarm, &["period"]), Some("10s" | "20s" | "30s"))
    }),
    ("unresolved", &["insufficient_data", "retain", "ok"], |alarm| treats(alarm, "missing")),
    (
        "premature_alarm",
        &["no_good_datapoint", "literal", "fewer_than_m", "exact_age", "within_periods", "never"],
        |alarm| treats(alarm, "missing"),
    ),
    ("ignore_rule", &["undecided", "without_good_datapoint"], |alarm| treats(alarm, "ignore")),
    ("percentile_method", &["nearest-rank", "linear"], |alarm| {
        statistic(alarm).is_some_and(|name| name.starts_with('p'))
    }),
    ("trim_method", &["fractional", "whole_ranks"], |alarm| {
        let trimmed = ["tm", "wm", "tc", "ts", "iqm"];
        statistic(alarm).is_some_and(|name| {
            let name = name.to_lowercase();
            trimmed.iter().any(|prefix| name.starts_with(prefix))
        })
    }),
    ("low_sample_scope", &["datapoint", "evaluation"], |alarm| {
        text(alarm, &["evaluate_low_sample_count_percentile"]) == Some("ignore")
    }),
];

const MONITOR_KEYS: [(&str, &[&str], Of); 2] = [
    ("stamp", &["window_end", "job_end"], |_| true),
    ("job_duration", &["[\"3m\", \"7m\"]", "[\"12m\", \"28m\"]"], |_| true),
];

const ECS_KEYS: [(&str, &[&str], Of); 1] =
    [("ecs_rolling.bake", &["5m", "15m", "30m"], |strategy| strategy.contains_key("ecs_rolling"))];

/// Every undocumented setting of a scenario, given as resolved TOML, with every value that it may have,
/// in a fixed order. A value may be the one that the scenario has.
pub fn variations(resolved: &str) -> Vec<Variation> {
    // The text was made from a checked scenario, so it is TOML.
    let root: Table = resolved.parse().unwrap_or_default();
    let mut all = Vec::new();
    for (key, values, of) in KEYS {
        if of(&root) {
            for value in values {
                all.push(Variation {
                    setting: key.to_owned(),
                    value: (*value).to_owned(),
                    settings: written(&root, key, value),
                });
            }
        }
    }
    let has_late = root.get("metrics").is_some_and(|metrics| metrics.get("late").is_some());
    if !has_late {
        let (key, value) = LATE;
        let settings = vec![setting(key.to_owned(), value)];
        all.push(Variation { setting: key.to_owned(), value: value.to_owned(), settings });
    }
    all.extend(of_list(&root, "alarms", &ALARM_KEYS));
    all.extend(of_list(&root, "monitors", &MONITOR_KEYS));
    all.extend(of_list(&root, "strategies", &ECS_KEYS));
    all
}

/// One key; and what else must be held, so that nothing follows it.
fn written(root: &Table, key: &str, value: &str) -> Vec<Setting> {
    let mut settings = vec![setting(key.to_owned(), value)];
    if key == "endpoint.switch" {
        // Absent from the file, the switch back would be as long.
        let back = text(root, &["endpoint", "rollback_switch"]);
        settings.extend(back.map(|back| setting("endpoint.rollback_switch".to_owned(), back)));
    }
    if key == CLUMPS {
        // Green's last as long, lest the fleets have none in common. The file may not have them.
        settings.extend(clumps_of_a_minute(root, "green").map(|clumps| {
            let mut clumps = clumps.clone();
            clumps.insert("correlation_time".to_owned(), Value::from(value));
            setting("green.overdispersion".to_owned(), &Value::Table(clumps).to_string())
        }));
    }
    settings
}

/// How errors of a model clump, unless in longer cells, which could not have so short a time.
fn clumps_of_a_minute<'a>(root: &'a Table, model: &str) -> Option<&'a Table> {
    let is_a_minute = text(root, &[model, "overdispersion", "interval"]) == Some("1m");
    root.get(model)?.get("overdispersion")?.as_table().filter(|_| is_a_minute)
}

/// The settings of the elements of a list: each in all that it concerns.
fn of_list(root: &Table, list: &str, keys: &[(&str, &[&str], Of)]) -> Vec<Variation> {
    let mut all = Vec::new();
    for (key, values, of) in keys {
        let concerned: Vec<usize> =
            elements(root, list).filter(|(_, table)| of(table)).map(|(index, _)| index).collect();
        for value in values.iter().filter(|_| !concerned.is_empty()) {
            let path = |index: &usize| setting(format!("{list}[{index}].{key}"), value);
            all.push(Variation {
                setting: format!("{list}.*.{key}"),
                value: (*value).to_owned(),
                settings: concerned.iter().map(path).collect(),
            });
        }
    }
    all
}

fn setting(key: String, value: &str) -> Setting {
    Setting { key, value: value.to_owned() }
}

fn elements<'a>(root: &'a Table, list: &str) -> impl Iterator<Item = (usize, &'a Table)> {
    let list = root.get(list).and_then(Value::as_array).into_iter().flatten();
    list.enumerate().filter_map(|(index, element)| Some((index, element.as_table()?)))
}

fn text<'a>(table: &'a Table, path: &[&str]) -> Option<&'a str> {
    let (first, rest) = path.split_first()?;
    let value = table.get(*first)?;
    rest.iter().try_fold(value, |value, key| value.get(key))?.as_str()
}

fn looks_further_back(alarm: &Table) -> bool {
    text(alarm, &["missing_data_rule"]) == Some("cloudwatch")
}

fn may_route_over_fleets(root: &Table) -> bool {
    let of_endpoint = |key| text(root, &["endpoint", key]);
    let users_stay = root.get("traffic").and_then(|traffic| traffic.get("sticky_users"));
    of_endpoint("routing") == Some("least-outstanding")
        && of_endpoint("shift_by") != Some("percent")
        && of_endpoint("queue") != Some("shared")
        && users_stay.and_then(Value::as_bool) != Some(true)
}

fn treats(alarm: &Table, missing: &str) -> bool {
    text(alarm, &["treat_missing_data"]) == Some(missing)
}

fn statistic(alarm: &Table) -> Option<&str> {
    text(alarm, &["statistic"])
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESOLVED: &str = r#"
[endpoint]
mode = "real-time"
rollback_switch = "1m"
[[alarms]]
name = "a"
statistic = "p99"
treat_missing_data = "notBreaching"
missing_data_rule = "cloudwatch"
[[alarms]]
name = "b"
statistic = "Average"
treat_missing_data = "missing"
missing_data_rule = "window"
[[strategies]]
name = "s"
[strategies.ecs_rolling]
"#;

    #[test]
    fn only_what_means_something_is_varied() {
        let all = variations(RESOLVED);
        let values = |setting: &str| all.iter().filter(|one| one.setting == setting).count();
        for (setting, count) in [
            ("controller.poll_interval", 4),
            ("controller.on_timeout", 0),
            ("endpoint.routing_scope", 0),
            ("endpoint.oldest_request", 0),
            ("metrics.late", 1),
            ("alarms.*.percentile_method", 2),
            ("alarms.*.premature_alarm", 6),
            ("alarms.*.ignore_rule", 0),
            ("alarms.*.trim_method", 0),
            ("monitors.*.stamp", 0),
            ("strategies.*.ecs_rolling.bake", 3),
            ("blue.overdispersion.correlation_time", 0),
        ] {
            assert_eq!(values(setting), count, "{setting}");
        }
    }

    #[test]
    fn where_the_least_busy_instance_is_looked_for_is_varied_if_it_can_be_among_all() {
        let of_endpoint = |more: &str| {
            let routed = format!("[endpoint]\nrouting = \"least-outstanding\"\n{more}");
            let all = variations(&RESOLVED.replacen("[endpoint]", &routed, 1));
            all.iter().filter(|one| one.setting == "endpoint.routing_scope").count()
        };
        assert_eq!(of_endpoint("shift_by = \"instances\"\nqueue = \"instance\""), 2);
        assert_eq!(of_endpoint("shift_by = \"percent\""), 0);
        assert_eq!(of_endpoint("queue = \"shared\""), 0);
        assert_eq!(of_endpoint("[traffic]\nsticky_users = true\n[endpoint.green]"), 0);
    }

    #[test]
    fn clumps_of_both_fleets_last_as_long() {
        let clumps = "overdispersion = { correlation = 0.1, interval = \"1m\" }";
        let all = variations(&format!("{RESOLVED}[blue]\n{clumps}\n[green]\n{clumps}\n"));
        let of = all.iter().filter(|one| one.setting == CLUMPS).map(|one| &one.settings);
        let of: Vec<String> = of.flatten().map(ToString::to_string).collect();
        assert_eq!(of.len(), 6);
        assert_eq!(of[2], "blue.overdispersion.correlation_time = 3m");
        let green = of[3].strip_prefix("green.overdispersion = ").expect("a table");
        let green: Table = format!("it = {green}").parse().expect("TOML");
        assert_eq!(text(&green, &["it", "correlation_time"]), Some("3m"));
        assert_eq!(green["it"]["correlation"].as_float(), Some(0.1));
    }

    #[test]
    fn the_range_of_short_periods_is_varied_further() {
        let of_period = |period: &str| {
            let alarm = format!("name = \"a\"\nperiod = \"{period}\"");
            let all = variations(&RESOLVED.replacen("name = \"a\"", &alarm, 1));
            let values = all.into_iter().filter(|one| one.setting.ends_with("range_extra"));
            values.map(|one| one.value).collect::<Vec<_>>()
        };
        assert_eq!(of_period("60s"), ["0", "1", "2", "5"]);
        assert_eq!(of_period("10s"), ["0", "1", "2", "5", "30"]);
    }

    #[test]
    fn a_setting_of_alarms_is_made_in_those_that_it_concerns() {
        let all = variations(RESOLVED);
        let first = |setting: &str| {
            let one = all.iter().find(|one| one.setting == setting).expect("a variation");
            one.settings.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            first("alarms.*.evaluation_range_extra"),
            ["alarms[0].evaluation_range_extra = 0"]
        );
        assert_eq!(first("alarms.*.unresolved"), ["alarms[1].unresolved = insufficient_data"]);
        let switch = ["endpoint.switch = 20s", "endpoint.rollback_switch = 1m"];
        assert_eq!(first("endpoint.switch"), switch, "the switch back stays as it is");
    }
}
