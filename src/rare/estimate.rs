//! The probability of a false rollback, exactly where it can be had and by splitting elsewhere.

use crate::random::arrival::TraceError;
use crate::random::stream::Streams;
use crate::rare::exact;
use crate::rare::nearness::Nearness;
use crate::rare::refusal::NotExact;
use crate::rare::splitting::{Found, Luck, Trial, pilot, repetition};
use crate::rollout::plan::Plan;
use crate::scenario::Scenario;
use crate::simulation::walk::{Room, Walk};
use crate::simulation::world::World;
use crate::stats::interval::Mean;
use crate::stats::proportion::clopper_pearson;
use crate::time::SimDuration;
use rayon::prelude::*;

/// How much is simulated where the probability cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Independent repetitions, at least 2: the interval is made of their spread.
    pub repetitions: u32,
    /// Trials of a repetition at each level, at least 10.
    pub trials: usize,
    /// Level of the interval, above 0 and below 1.
    pub confidence: f64,
}

/// A probability and how sure it is.
#[derive(Clone, Debug, PartialEq)]
pub struct RareEstimate {
    /// That a good release is rolled back, 0 to 1.
    pub probability: f64,
    /// Its interval; of an exact one the error of its quadrature.
    pub interval: [f64; 2],
    /// How it was had.
    pub method: Method,
    /// Over all trials, the pilot's included.
    pub requests_simulated: u64,
    /// Why it is not exact; present if and only if it is not.
    pub reason: Option<NotExact>,
}

/// How a probability was had.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// Computed.
    Exact,
    /// Multilevel splitting.
    Splitting {
        /// Between the start and a rollback: logarithms of how likely that is from there on.
        levels: Vec<f64>,
        /// The estimates of the repetitions, whose mean the probability is.
        estimates: Vec<f64>,
    },
    /// Plain runs: a recorded trace cannot be forked.
    Plain {
        /// How many.
        runs: u64,
        /// Of these, rolled back.
        rolled_back: u64,
    },
}

/// Steps of a published interval between looks at the coordinate.
const STEPS: i64 = 12;
/// The pilot has luck of its own.
const PILOT: u32 = 0xf_ffff;

impl Default for Effort {
    fn default() -> Self {
        Self { repetitions: 20, trials: 200, confidence: 0.95 }
    }
}

/// The probability that a good release is rolled back by the strategy at this index: exactly if one alarm
/// guards it and the model allows it, else by simulation on the threads of the current rayon pool.
///
/// It depends on the scenario, its seed and the effort alone. Costs nothing that is simulated if it is
/// exact.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
///
/// # Panics
/// If there is no such strategy, or the effort is out of range.
pub fn estimate(
    scenario: &Scenario,
    strategy: usize,
    effort: Effort,
) -> Result<RareEstimate, TraceError> {
    let reason = match computed(scenario, strategy) {
        Ok(exact) => return Ok(exact),
        Err(reason) => reason,
    };
    simulated(scenario, strategy, effort)
        .map(|found| RareEstimate { reason: Some(reason), ..found })
}

/// The same by simulation, even where it could be computed; the reason is left open.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
///
/// # Panics
/// If there is no such strategy, or the effort is out of range.
pub fn simulated(
    scenario: &Scenario,
    strategy: usize,
    effort: Effort,
) -> Result<RareEstimate, TraceError> {
    let in_range = effort.repetitions >= 2 && effort.repetitions < PILOT && effort.trials >= 10;
    assert!(in_range, "an effort has repetitions and trials");
    let runs = Runs::new(scenario, &scenario.strategies[strategy]);
    let Some((levels, pilot_cost)) = runs.pilot(effort.trials)? else { return runs.plain(effort) };
    let found: Result<Vec<Option<Found>>, TraceError> = (0..effort.repetitions)
        .into_par_iter()
        .map(|number| runs.repetition(number, effort.trials, &levels))
        .collect();
    let Some(found) = found?.into_iter().collect::<Option<Vec<Found>>>() else {
        return runs.plain(effort);
    };
    let requests_simulated = pilot_cost + found.iter().map(|each| each.cost).sum::<u64>();
    let estimates: Vec<f64> = found.iter().map(|each| each.estimate).collect();
    let mean = Mean::of(&estimates).expect("invariant: two repetitions or more");
    let interval = mean.interval(effort.confidence).expect("invariant: two or more");
    // Nothing was seen: what as many plain trials without a rollback would leave open.
    let trials = u64::from(effort.repetitions) * effort.trials as u64;
    let unseen = clopper_pearson(0, trials, effort.confidence).map_or(1.0, |bounds| bounds.high);
    let none = estimates.iter().all(|&estimate| estimate <= 0.0);
    let interval =
        if none { [0.0, unseen] } else { [interval.low.max(0.0), interval.high.min(1.0)] };
    Ok(RareEstimate {
        probability: mean.mean,
        interval,
        method: Method::Splitting { levels, estimates },
        requests_simulated,
        reason: None,
    })
}

/// The same if it can be computed.
///
/// # Errors
/// [`NotExact`] if it cannot.
///
/// # Panics
/// If there is no such strategy.
pub fn computed(scenario: &Scenario, strategy: usize) -> Result<RareEstimate, NotExact> {
    let plan = &scenario.strategies[strategy];
    let exactly = |probability: f64, error: f64| RareEstimate {
        probability,
        interval: [(probability - error).max(0.0), (probability + error).min(1.0)],
        method: Method::Exact,
        requests_simulated: 0,
        reason: None,
    };
    match plan.alarms.as_slice() {
        [] => Ok(exactly(0.0, 0.0)),
        &[number] => {
            let alarm = scenario.alarms.get(number);
            let alarm = alarm.ok_or(NotExact::Subject("other alarms"))?;
            let found = exact::false_alarm(scenario, plan, alarm)?;
            Ok(exactly(found.value, found.error))
        }
        _ => Err(NotExact::Strategy("is guarded by several alarms at once")),
    }
}

/// The runs of a strategy with a good release.
struct Runs<'s> {
    scenario: &'s Scenario,
    plan: &'s Plan,
    nearness: Nearness<'s>,
    step: SimDuration,
}

/// One of them.
struct Run<'r> {
    runs: &'r Runs<'r>,
    walk: Walk<'r>,
    room: Room,
}

impl<'s> Runs<'s> {
    fn new(scenario: &'s Scenario, plan: &'s Plan) -> Self {
        let nearness = Nearness::new(scenario, plan);
        Self { scenario, plan, nearness, step: Nearness::step(scenario, STEPS) }
    }

    fn start<'r>(&'r self, world: &'r World<'r>, streams: &Streams) -> Result<Run<'r>, TraceError> {
        let healthy = &self.scenario.regressions[0];
        let walk = Walk::new(self.scenario, world, streams, self.plan, healthy)?;
        Ok(Run { runs: self, walk, room: Room::default() })
    }

    /// The surroundings of so many replications.
    fn worlds(&self, trials: usize, luck: &mut Luck) -> Vec<(World<'s>, Streams)> {
        let each = (0..trials).map(|_| {
            let streams = luck.draw();
            (World::new(self.scenario, &streams), streams)
        });
        each.collect()
    }

    fn pilot(&self, trials: usize) -> Result<Option<(Vec<f64>, u64)>, TraceError> {
        let mut luck = Luck::new(self.scenario.experiment.seed, PILOT);
        let worlds = self.worlds(trials, &mut luck);
        let starts = worlds.iter().map(|(world, streams)| self.start(world, streams));
        pilot(starts.collect::<Result<_, _>>()?, &mut luck)
    }

    fn repetition(
        &self,
        number: u32,
        trials: usize,
        levels: &[f64],
    ) -> Result<Option<Found>, TraceError> {
        let mut luck = Luck::new(self.scenario.experiment.seed, number);
        let worlds = self.worlds(trials, &mut luck);
        let starts = worlds.iter().map(|(world, streams)| self.start(world, streams));
        repetition(starts.collect::<Result<_, _>>()?, levels, &mut luck)
    }

    /// As many plain runs as splitting begins with.
    fn plain(&self, effort: Effort) -> Result<RareEstimate, TraceError> {
        let found: Result<Vec<Option<Found>>, TraceError> = (0..effort.repetitions)
            .into_par_iter()
            .map(|number| self.repetition(number, effort.trials, &[]))
            .collect();
        let found: Vec<Found> = found?.into_iter().flatten().collect();
        let runs = u64::from(effort.repetitions) * effort.trials as u64;
        let trials = crate::stats::real_len(effort.trials);
        let hits: f64 = found.iter().map(|each| (each.estimate * trials).round()).sum();
        let rolled_back = whole(hits);
        let bounds = clopper_pearson(rolled_back, runs, effort.confidence);
        let bounds = bounds.expect("invariant: there are runs");
        Ok(RareEstimate {
            probability: hits / crate::stats::real(runs),
            interval: [bounds.low, bounds.high],
            method: Method::Plain { runs, rolled_back },
            requests_simulated: found.iter().map(|each| each.cost).sum(),
            reason: None,
        })
    }
}

impl Trial for Run<'_> {
    type Error = TraceError;

    fn go_on(&mut self) -> Result<(), TraceError> {
        self.walk.go_on(self.runs.step, &mut self.room)
    }

    fn nearness(&self) -> f64 {
        self.runs.nearness.of(&self.walk)
    }

    fn has_hit(&self) -> bool {
        self.walk.is_given_up()
    }

    fn is_over(&self) -> bool {
        self.walk.is_over()
    }

    fn fork(&self, streams: &Streams) -> Option<Self> {
        Some(Self { runs: self.runs, walk: self.walk.fork(streams)?, room: Room::default() })
    }

    fn cost(&self) -> u64 {
        self.walk.simulated()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of runs")]
fn whole(count: f64) -> u64 {
    count as u64
}
