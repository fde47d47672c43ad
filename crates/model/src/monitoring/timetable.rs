//! When the jobs of a schedule run, and what each looks at.
//!
//! ```text
//! hₖ         = the hours of the schedule, counted from the start of the wall clock's day
//! window k   = [hₖ − begins_before·S, hₖ − ends_before·S)        S: the schedule
//! start k    = hₖ + uniform start delay;  labels that have arrived by then count
//! done k     = start k + uniform duration;  the verdict can be seen from then on
//! ```
//!
//! With the defaults (S = 1 h, 0 to 20 min, 6 to 14 min) the verdict on an hour is seen 66 to 94 minutes
//! after that hour began.

use crate::monitoring::spec::MonitorSpec;
use crate::time::{SimDuration, SimTime};

/// One execution of a monitoring schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// It looks at what was served from here on …
    pub from: SimTime,
    /// … and before this.
    pub until: SimTime,
    /// Labels count that have arrived by then.
    pub starts_at: SimTime,
    /// When its verdict can be seen.
    pub done_at: SimTime,
}

/// The jobs of `spec` whose window lies at least in part after `start` and whose hour is before `end`;
/// consecutive. The hours are counted from `day`; `uniform` draws from [0, 1).
pub fn jobs(
    spec: &MonitorSpec,
    day: SimTime,
    [start, end]: [SimTime; 2],
    mut uniform: impl FnMut() -> f64,
) -> Vec<Job> {
    let step = spec.schedule;
    let lies_back = step.times(spec.ends_before.into());
    let mut until = start.floor_to(step, day) + step;
    let mut jobs = Vec::new();
    while until + lies_back < end {
        let starts_at = until + lies_back + between(spec.start_delay, uniform());
        jobs.push(Job {
            from: until - step.times(spec.cells().into()),
            until,
            starts_at,
            done_at: starts_at + between(spec.job_duration, uniform()),
        });
        until += step;
    }
    jobs
}

fn between([least, longest]: [SimDuration; 2], uniform: f64) -> SimDuration {
    let spread = SimDuration::from_nanos(longest.as_nanos() - least.as_nanos());
    least + spread.share(uniform)
}

#[cfg(test)]
mod tests;
