//! The probability of a false rollback, exactly where it can be had and by splitting elsewhere.

use crate::random::arrival::TraceError;
use crate::random::stream::Streams;
use crate::rare::exact;
use crate::rare::nearness::Nearness;
use crate::rare::refusal::NotExact;
use crate::rare::splitting::{Found, Luck, Piloted, Trial, pilot, repetition};
use crate::rollout::plan::Plan;
use crate::scenario::Scenario;
use crate::simulation::walk::{Room, Walk};
use crate::simulation::world::World;
use crate::stats::interval::{Mean, t_factor};
use crate::stats::proportion::clopper_pearson;
use crate::stats::skewed::Moments;
use crate::stats::{real, real_len};
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
        /// The variance of plain runs of as many requests over that of splitting.
        gain: f64,
    },
    /// Plain runs, and the interval of Clopper and Pearson.
    Plain {
        /// How many.
        runs: u64,
        /// Of these, rolled back.
        rolled_back: u64,
        /// Why it was not split.
        because: Unsplit,
    },
}

/// Why runs are not split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unsplit {
    /// A recorded trace cannot be read in two places.
    Recorded,
    /// Splitting was tried, and plain runs of as many requests are about as precise, or more.
    NoGain {
        /// Their variance over that of splitting; below 1 splitting loses.
        gain: f64,
    },
    /// It was tried, and its estimate rests on too few starts for an interval to be trusted.
    FewStarts {
        /// So many, if all had the same part in it; 0 if no trial was rolled back.
        starts: f64,
    },
}

/// Steps of a published interval between looks at the coordinate.
const STEPS: i64 = 12;
/// The pilot has luck of its own, and so have the plain runs of each repetition.
const PILOT: u32 = 0xf_ffff;
const PLAIN: u32 = 0x8_0000;
/// Repetitions of so many efforts at most.
const ROUNDS: u32 = 4;
/// Splitting stands if it is worth twice the plain runs at least, for the gain is an estimate, too, and if
/// its relative error is below 1/√20 = 22 %: fewer roots give neither an estimate nor an interval.
const GAIN_MIN: f64 = 2.0;
const ROOTS_MIN: f64 = 20.0;

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
    let in_range =
        effort.repetitions >= 2 && effort.repetitions < PLAIN / ROUNDS && effort.trials >= 10;
    assert!(in_range, "an effort has repetitions and trials");
    let runs = Runs::new(scenario, &scenario.strategies[strategy]);
    let by_start = u64::from(effort.repetitions) * effort.trials as u64;
    let Some(piloted) = runs.pilot(effort.trials)? else {
        return runs.plain(effort, by_start, Unsplit::Recorded);
    };
    let Some((found, worth)) = runs.split(&piloted, effort)? else {
        return runs.plain(effort, by_start, Unsplit::Recorded);
    };
    let requests_simulated = requests(&piloted, &found);
    if let Some(because) = worth.objection() {
        let as_many = whole(as_plain_runs(&piloted, &found)).max(1);
        let plain = runs.plain(effort, as_many, because)?;
        let requests_simulated = requests_simulated + plain.requests_simulated;
        return Ok(RareEstimate { requests_simulated, ..plain });
    }
    let estimates: Vec<f64> = found.iter().map(|each| each.estimate).collect();
    let moments = Moments::of(estimates.iter().copied()).expect("invariant: two or more");
    let factor = t_factor(estimates.len(), effort.confidence).expect("invariant: two or more");
    let interval = moments.interval(factor);
    Ok(RareEstimate {
        probability: moments.mean,
        interval: [interval.low.max(0.0), interval.high.min(1.0)],
        method: Method::Splitting { levels: piloted.levels, estimates, gain: worth.gain },
        requests_simulated,
        reason: None,
    })
}

/// What has been simulated.
fn requests(piloted: &Piloted, found: &[Found]) -> u64 {
    piloted.cost + found.iter().map(|each| each.cost).sum::<u64>()
}

/// How many plain runs have as many requests.
fn as_plain_runs(piloted: &Piloted, found: &[Found]) -> f64 {
    real(requests(piloted, found)) / piloted.cost_of_one.max(1.0)
}

/// What splitting was worth.
#[derive(Clone, Copy, Debug)]
struct Worth {
    /// Of how many first trials the estimate is made, if each had the same part in it: 1/√roots is its
    /// relative error.
    roots: f64,
    /// The variance of plain runs of as many requests over that of splitting.
    gain: f64,
}

impl Worth {
    /// Of these repetitions, beside `runs` plain runs. The roots and the spread of the repetitions each say
    /// how precise they are; the worse counts.
    fn of(found: &[Found], runs: f64) -> Self {
        let estimates: Vec<f64> = found.iter().map(|each| each.estimate).collect();
        let mean = Mean::of(&estimates).expect("invariant: two or more");
        let sum = mean.mean * real_len(found.len());
        if sum <= 0.0 {
            return Self { roots: 0.0, gain: 0.0 };
        }
        let by_roots = found.iter().map(|each| each.squares).sum::<f64>() / (sum * sum);
        let by_spread = (mean.standard_error().unwrap_or(0.0) / mean.mean).powi(2);
        let plain = (1.0 - mean.mean).max(0.0) / (mean.mean * runs);
        Self { roots: 1.0 / by_roots, gain: plain / by_roots.max(by_spread) }
    }

    /// Why plain runs are better.
    fn objection(self) -> Option<Unsplit> {
        if self.roots < ROOTS_MIN {
            return Some(Unsplit::FewStarts { starts: self.roots });
        }
        (self.gain < GAIN_MIN).then_some(Unsplit::NoGain { gain: self.gain })
    }
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

    fn pilot(&self, trials: usize) -> Result<Option<Piloted>, TraceError> {
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

    /// Splits, and goes on while it is worth it and rests on too few starts, up to four times the effort.
    fn split(
        &self,
        piloted: &Piloted,
        effort: Effort,
    ) -> Result<Option<(Vec<Found>, Worth)>, TraceError> {
        let (mut found, mut round) = (Vec::new(), 0);
        loop {
            let numbers = round * effort.repetitions..(round + 1) * effort.repetitions;
            let more: Result<Vec<Option<Found>>, TraceError> = numbers
                .into_par_iter()
                .map(|number| self.repetition(number, effort.trials, &piloted.levels))
                .collect();
            let Some(more) = more?.into_iter().collect::<Option<Vec<Found>>>() else {
                return Ok(None);
            };
            found.extend(more);
            let worth = Worth::of(&found, as_plain_runs(piloted, &found));
            round += 1;
            if round == ROUNDS || worth.roots >= ROOTS_MIN || worth.gain < GAIN_MIN {
                return Ok(Some((found, worth)));
            }
        }
    }

    /// So many plain runs.
    fn plain(
        &self,
        effort: Effort,
        runs: u64,
        because: Unsplit,
    ) -> Result<RareEstimate, TraceError> {
        let batches = u64::from(effort.repetitions);
        let each = (0..effort.repetitions).into_par_iter().map(|number| {
            // The first batches take what does not divide.
            let more = u64::from(u64::from(number) < runs % batches);
            let trials = usize::try_from(runs / batches + more).unwrap_or(usize::MAX);
            self.hits(PLAIN + number, trials)
        });
        let found = each.collect::<Result<Vec<[u64; 2]>, TraceError>>()?;
        let [rolled_back, cost] = [0, 1].map(|part| found.iter().map(|each| each[part]).sum());
        let bounds = clopper_pearson(rolled_back, runs, effort.confidence);
        let bounds = bounds.expect("invariant: there are runs");
        Ok(RareEstimate {
            probability: real(rolled_back) / real(runs),
            interval: [bounds.low, bounds.high],
            method: Method::Plain { runs, rolled_back, because },
            requests_simulated: cost,
            reason: None,
        })
    }

    /// How many of so many plain runs are rolled back, and their requests.
    fn hits(&self, batch: u32, trials: usize) -> Result<[u64; 2], TraceError> {
        let mut luck = Luck::new(self.scenario.experiment.seed, batch);
        let mut sums = [0, 0];
        for _ in 0..trials {
            let streams = luck.draw();
            let world = World::new(self.scenario, &streams);
            let mut run = self.start(&world, &streams)?;
            while !run.has_hit() && !run.is_over() {
                run.go_on()?;
            }
            sums = [sums[0] + u64::from(run.has_hit()), sums[1] + run.cost()];
        }
        Ok(sums)
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
