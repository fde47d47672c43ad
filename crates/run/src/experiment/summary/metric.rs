//! What is read off a run: one line for each metric.
//!
//! The names are the same in `runs.csv` and `summary.csv`, units last.

use super::moments;
use crate::simulation::outcome::{
    Attempts, BacklogFigures, Damage, End, KpiTotals, Mirrored, Outcome, Own, Times, Verdict, Wrong,
};
use crate::stats::real;

mod special;

/// Something read off each run.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Unique; ends in its unit where it has one.
    pub name: String,
    /// `ratio`, `s`, `requests`, `users`, `instance-hours` or `USD`.
    pub unit: &'static str,
    /// How it is read and summarised.
    pub kind: Kind,
}

/// How a metric is read and summarised.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Whether something happened.
    Share(Happened),
    /// How the runs of a faulty release stand to those of the healthy one.
    Told(Told),
    /// Whether something happened in the runs that have it at all.
    Asked(fn(&Outcome) -> Option<bool>),
    /// A time to something that may never happen.
    Time(Moment),
    /// A number that every run has, or nearly every.
    Figure(Figure),
}

/// How a faulty release stands to the healthy one of the same strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The share of the runs that are given up at an earlier look, and whether chance alone does that.
    Earlier,
    /// The share that is given up later, or never where the healthy one is.
    Later,
}

/// A time to something that may never happen.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// \[s\]; `None` if it never happened.
    pub of: fn(&Outcome) -> Option<f64>,
    /// The runs that are asked.
    pub among: fn(&Outcome) -> bool,
    /// Whether it makes sense only of a release that carries a regression.
    pub faulty_only: bool,
    /// Whether there is nothing to say where no run is asked.
    pub optional: bool,
}

/// Where a figure comes from.
#[derive(Clone, Copy, Debug)]
pub enum Figure {
    /// The damage up to a certain time.
    Damage(Window, fn(&Damage) -> Option<f64>),
    /// What of the damage is the new model's own doing, where that can be told.
    Own(Window, fn(&Damage, &Own) -> i64),
    /// The wrong answers up to a certain time, if quality is modelled.
    Wrong(Window, fn(&Wrong) -> f64),
    /// The waiting and response times of a fleet.
    Times(Served, fn(&Times) -> Option<f64>),
    /// The run as a whole.
    Run(fn(&Outcome) -> Option<f64>),
    /// The KPI up to a certain time, if one is modelled.
    Kpi(Window, fn(&KpiTotals) -> f64),
    /// Something that only some strategies have.
    Special(fn(&Outcome) -> Option<f64>),
    /// What a shadow test saw of the requests that both sides served.
    Mirrored(fn(&Mirrored) -> Option<f64>),
    /// What callers tried up to a certain time, if they try again.
    Tried(Window, fn(&Damage, &Attempts) -> u64),
    /// The queue, if the endpoint is asynchronous.
    Backlog(fn(&BacklogFigures) -> Option<f64>),
}

/// Up to when damage counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The end of the last bake or of the rollback.
    BakeEnd,
    /// The horizon.
    Horizon,
}

/// Whose waiting and response times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The blue fleet's.
    Blue,
    /// The green fleet's.
    Green,
    /// Everybody's.
    All,
}

impl Figure {
    /// Whether a scenario without it is told nothing about it.
    pub fn is_optional(&self) -> bool {
        matches!(
            self,
            Self::Own(..)
                | Self::Wrong(..)
                | Self::Kpi(..)
                | Self::Special(_)
                | Self::Mirrored(_)
                | Self::Tried(..)
                | Self::Backlog(_)
        )
    }

    /// The requests over which it is a mean or a share, if the runs are to be pooled by them.
    pub fn requests(&self, outcome: &Outcome) -> Option<u64> {
        match self {
            Self::Mirrored(_) => Some(outcome.mirrored.as_ref()?.requests),
            _ => None,
        }
    }

    /// This figure of one run.
    pub fn of(&self, outcome: &Outcome) -> Option<f64> {
        match self {
            Self::Damage(Window::BakeEnd, read) => read(&outcome.to_bake_end),
            Self::Damage(Window::Horizon, read) => read(&outcome.to_horizon),
            Self::Own(Window::BakeEnd, read) => own(&outcome.to_bake_end, *read),
            Self::Own(Window::Horizon, read) => own(&outcome.to_horizon, *read),
            Self::Wrong(Window::BakeEnd, read) => outcome.to_bake_end.wrong.as_ref().map(read),
            Self::Wrong(Window::Horizon, read) => outcome.to_horizon.wrong.as_ref().map(read),
            Self::Times(Served::Blue, read) => read(&outcome.blue_times),
            Self::Times(Served::Green, read) => read(&outcome.green_times),
            Self::Times(Served::All, read) => read(&outcome.all_times),
            Self::Run(read) | Self::Special(read) => read(outcome),
            Self::Mirrored(read) => outcome.mirrored.as_ref().and_then(read),
            Self::Kpi(Window::BakeEnd, read) => outcome.to_bake_end.kpi.as_ref().map(read),
            Self::Kpi(Window::Horizon, read) => outcome.to_horizon.kpi.as_ref().map(read),
            Self::Tried(Window::BakeEnd, read) => tried(&outcome.to_bake_end, *read),
            Self::Tried(Window::Horizon, read) => tried(&outcome.to_horizon, *read),
            Self::Backlog(read) => read(outcome.backlog.as_ref()?),
        }
    }
}

/// Every metric, in the order of the output.
pub fn metrics() -> Vec<Metric> {
    let shares = SHARES.map(|(name, read)| named(name, "ratio", Kind::Share(read)));
    let told = [("given_up_earlier", Told::Earlier), ("given_up_later", Told::Later)];
    let told = told.map(|(name, told)| named(name, "ratio", Kind::Told(told)));
    let times = TIMES.map(|(name, moment)| named(name, "s", Kind::Time(moment)));
    let every_run = shares.into_iter().chain(told).chain(times).chain(figures());
    every_run.chain(special::metrics()).collect()
}

/// The metrics that are figures.
fn figures() -> impl Iterator<Item = Metric> {
    let damage = [(Window::BakeEnd, "to_bake_end"), (Window::Horizon, "to_horizon")]
        .into_iter()
        .flat_map(|(window, suffix)| {
            DAMAGE.map(|(name, unit, read)| {
                named(&format!("{name}_{suffix}"), unit, Kind::Figure(Figure::Damage(window, read)))
            })
        });
    let own = [(Window::BakeEnd, "to_bake_end"), (Window::Horizon, "to_horizon")]
        .into_iter()
        .flat_map(|(window, suffix)| {
            OWN.map(|(name, read)| {
                let figure = Kind::Figure(Figure::Own(window, read));
                named(&format!("{name}_{suffix}"), "requests", figure)
            })
        });
    let wrong = [(Window::BakeEnd, "to_bake_end"), (Window::Horizon, "to_horizon")]
        .into_iter()
        .flat_map(|(window, suffix)| {
            WRONG.map(|(name, read)| {
                let figure = Figure::Wrong(window, read);
                named(&format!("{name}_{suffix}"), "requests", Kind::Figure(figure))
            })
        });
    let times = [(Served::Blue, "blue"), (Served::Green, "green"), (Served::All, "all")]
        .into_iter()
        .flat_map(|(served, prefix)| {
            SERVED.map(|(name, unit, read)| {
                named(&format!("{prefix}_{name}"), unit, Kind::Figure(Figure::Times(served, read)))
            })
        });
    let runs = RUN.map(|(name, unit, read)| named(name, unit, Kind::Figure(Figure::Run(read))));
    let tried = [(Window::BakeEnd, "to_bake_end"), (Window::Horizon, "to_horizon")]
        .into_iter()
        .flat_map(|(window, suffix)| {
            TRIED.map(|(name, read)| {
                let figure = Kind::Figure(Figure::Tried(window, read));
                named(&format!("{name}_{suffix}"), "requests", figure)
            })
        });
    let backlog =
        BACKLOG.map(|(name, unit, read)| named(name, unit, Kind::Figure(Figure::Backlog(read))));
    damage.chain(own).chain(runs).chain(times).chain(wrong).chain(tried).chain(backlog)
}

fn named(name: &str, unit: &'static str, kind: Kind) -> Metric {
    Metric { name: name.to_owned(), unit, kind }
}

type Happened = fn(&Outcome) -> bool;

const SHARES: [(&str, Happened); 13] = [
    ("caught", |run| run.verdict == Verdict::Caught),
    ("missed", |run| run.verdict == Verdict::Missed),
    ("by_chance", |run| run.verdict == Verdict::ByChance),
    ("false_rollback", |run| run.verdict == Verdict::FalseRollback),
    ("passed", |run| run.verdict == Verdict::Passed),
    ("undecided", |run| run.verdict == Verdict::Undecided),
    ("rolled_back", |run| run.end == End::RolledBack),
    ("promoted", |run| run.end == End::Promoted),
    ("stopped", |run| run.end == End::Stopped),
    ("update_failed", |run| run.end == End::UpdateFailed),
    ("rollback_failed", |run| run.end == End::RollbackFailed),
    ("timed_out", |run| run.end == End::TimedOut),
    ("unfinished_at_horizon", |run| run.end == End::UnfinishedAtHorizon),
];

const TIMES: [(&str, Moment); 6] = [
    (
        "time_to_detect_s",
        Moment {
            of: moments::time_to_detect_s,
            among: |_| true,
            faulty_only: true,
            optional: false,
        },
    ),
    (
        "alarm_after_first_traffic_s",
        Moment {
            of: moments::alarm_after_first_traffic_s,
            among: |_| true,
            faulty_only: false,
            optional: false,
        },
    ),
    (
        "time_to_roll_back_s",
        Moment {
            of: moments::time_to_roll_back_s,
            among: |run| run.alarm_at.is_some() && run.end != End::Stopped,
            faulty_only: false,
            optional: false,
        },
    ),
    (
        "faulty_exposure_to_blue_s",
        Moment {
            of: moments::faulty_exposure_to_blue_s,
            among: |_| true,
            faulty_only: true,
            optional: false,
        },
    ),
    (
        "time_to_promotion_s",
        Moment {
            of: |run| Some(run.bake_ended_at?.as_secs_f64()),
            among: |run| run.end == End::Promoted,
            faulty_only: false,
            optional: false,
        },
    ),
    (
        "time_to_full_traffic_s",
        Moment {
            of: |run| Some(run.full_traffic_at?.as_secs_f64()),
            among: |run| run.end == End::Promoted,
            faulty_only: false,
            optional: false,
        },
    ),
];

type Read<T> = fn(&T) -> Option<f64>;

const DAMAGE: [(&str, &str, Read<Damage>); 19] = [
    ("requests", "requests", |damage| Some(real(damage.counts.requests))),
    ("green_requests", "requests", |damage| Some(real(damage.counts.green))),
    ("faulty_green_requests", "requests", |damage| Some(real(damage.counts.faulty_green))),
    ("failed", "requests", |damage| Some(real(damage.counts.failed))),
    ("failed_4xx", "requests", |damage| Some(real(damage.counts.failed_4xx))),
    ("green_failed", "requests", |damage| Some(real(damage.counts.green_failed))),
    ("timed_out", "requests", |damage| Some(real(damage.counts.timed_out))),
    ("rejected", "requests", |damage| Some(real(damage.counts.rejected))),
    ("attributable", "requests", |damage| Some(real(damage.counts.attributable))),
    ("attributable_green", "requests", |damage| Some(real(damage.counts.attributable_green))),
    ("harmed_excess", "requests", |damage| Some(signed(damage.counts.harmed_excess()))),
    ("excess", "requests", |damage| Some(signed(damage.counts.excess()))),
    ("slow", "requests", |damage| Some(real(damage.counts.slow))),
    ("slow_attributable", "requests", |damage| Some(real(damage.counts.slow_attributable))),
    ("slow_excess", "requests", |damage| Some(signed(damage.counts.slow_excess()))),
    ("mirrored", "requests", |damage| Some(real(damage.counts.mirrored))),
    ("users_touched", "users", |damage| damage.users_touched),
    ("users_failed", "users", |damage| damage.users_failed),
    ("users_failed_excess", "users", |damage| damage.users_failed_excess),
];

type ReadOwn = fn(&Damage, &Own) -> i64;

const OWN: [(&str, ReadOwn); 4] = [
    ("excess_own", |_, own| own.excess),
    ("excess_displaced", |damage, own| damage.counts.excess() - own.excess),
    ("slow_excess_own", |_, own| own.slow_excess),
    ("slow_excess_displaced", |damage, own| damage.counts.slow_excess() - own.slow_excess),
];

type ReadWrong = fn(&Wrong) -> f64;

const WRONG: [(&str, ReadWrong); 3] = [
    ("wrong_answers", |wrong| real(wrong.answers)),
    ("wrong_attributable", |wrong| real(wrong.attributable)),
    ("wrong_excess", |wrong| signed(wrong.excess)),
];

type Tried = fn(&Damage, &Attempts) -> u64;

const TRIED: [(&str, Tried); 5] = [
    ("attempts", |damage, tried| damage.counts.requests + tried.retries),
    ("retries", |_, tried| tried.retries),
    ("green_retries", |_, tried| tried.green_retries),
    ("first_failures", |_, tried| tried.first_failures),
    ("denied_retries", |_, tried| tried.denied_retries),
];

const BACKLOG: [(&str, &str, Read<BacklogFigures>); 3] = [
    ("backlog_peak", "requests", |queue| Some(real(queue.peak))),
    ("backlog_drain_s", "s", |queue| queue.drain_s),
    ("unanswered", "requests", |queue| Some(real(queue.unanswered))),
];

const RUN: [(&str, &str, Read<Outcome>); 7] = [
    ("blue_instance_hours", "instance-hours", |run| Some(run.blue_instance_hours)),
    ("green_instance_hours", "instance-hours", |run| Some(run.green_instance_hours)),
    ("total_instance_hours", "instance-hours", |run| {
        Some(run.blue_instance_hours + run.green_instance_hours)
    }),
    ("both_fleets_s", "s", |run| Some(run.both_fleets_s)),
    ("peak_instances", "instances", |run| Some(f64::from(run.peak_instances))),
    ("cost_usd", "USD", |run| run.cost),
    ("extra_cost_usd", "USD", |run| run.extra_cost),
];

const SERVED: [(&str, &str, Read<Times>); 11] = [
    ("served", "requests", |times| Some(real(times.served))),
    ("waited_share", "ratio", |times| times.waited_share),
    ("wait_mean_s", "s", |times| times.wait_mean_s),
    ("wait_q50_s", "s", |times| Some(times.wait_quantiles_s?[0])),
    ("wait_q90_s", "s", |times| Some(times.wait_quantiles_s?[1])),
    ("wait_q99_s", "s", |times| Some(times.wait_quantiles_s?[2])),
    ("response_mean_s", "s", |times| times.response_mean_s),
    ("response_q50_s", "s", |times| Some(times.response_quantiles_s?[0])),
    ("response_q90_s", "s", |times| Some(times.response_quantiles_s?[1])),
    ("response_q99_s", "s", |times| Some(times.response_quantiles_s?[2])),
    ("queue_length_mean", "requests", |times| times.queue_length_mean),
];

fn own(damage: &Damage, read: ReadOwn) -> Option<f64> {
    damage.own.as_ref().map(|own| signed(read(damage, own)))
}

fn tried(damage: &Damage, read: Tried) -> Option<f64> {
    damage.attempts.as_ref().map(|attempts| real(read(damage, attempts)))
}

/// A net count as a real number.
pub fn signed(count: i64) -> f64 {
    real(count.unsigned_abs()).copysign(if count < 0 { -1.0 } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_end_in_their_unit() {
        let metrics = metrics();
        let names: BTreeSet<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
        assert_eq!(names.len(), metrics.len());
        for metric in &metrics {
            if metric.unit == "s" {
                assert!(metric.name.ends_with("_s"), "{}", metric.name);
            }
        }
    }

    #[test]
    fn counts_keep_their_sign() {
        assert_eq!([signed(-3), signed(0), signed(4)].map(|v| format!("{v}")), ["-3", "0", "4"]);
    }
}
