//! How near an alarm is to firing: the coordinate along which rare runs are split.
//!
//! ```text
//! nearness = ln( q · p^(k − 1) )      0 if k = 0
//! ```
//!
//! k more windows that breach make an ALARM, by the alarm's own rule and with the newest windows unseen
//! that its clock leaves unseen; q is the probability that the window under way will, given the ones
//! in it so far (failed requests, or requests slower than the percentile's threshold): a Poisson tail at
//! the expected ones of the time left; p is the same of a fresh window. Where ones do not decide, a fixed
//! p stands in, and q rises from it to 1 as a window that would breach so far comes to its end.
//!
//! It is a guess that leaves out incidents, queues and gaps. That costs precision only: the estimate is
//! unbiased whatever the coordinate (L'Ecuyer, Demers and Tuffin 2007, §3).

use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::spec::{
    AlarmSpec, AlarmState, Evaluation, FleetDimension, History, Origin, Query, Subject,
};
use crate::endpoint::steady::{Steady, nanos_f64};
use crate::random::arrival::ArrivalSpec;
use crate::rollout::course::TimedStage;
use crate::rollout::plan::Plan;
use crate::scenario::Scenario;
use crate::simulation::walk::Walk;
use crate::stats::real;
use crate::telemetry::metric::{Metric, Statistic};
use crate::telemetry::series::{FleetSeries, Series, Totals};
use crate::telemetry::statistic::{Criterion, cut_for};
use crate::time::{SimDuration, SimTime};
use statrs::function::gamma::gamma_lr;
use std::ops::Range;

/// Nothing is farther.
pub(super) const FARTHEST: f64 = -690.0;
/// p of a window whose ones do not decide.
const STAND_IN: f64 = 0.05;
/// A model is taken to send this part of the ones that breach at least, so that each one counts.
const ONES_MIN: f64 = 0.05;

/// The alarms that guard a plan.
#[derive(Debug)]
pub(super) struct Nearness<'s> {
    scenario: &'s Scenario,
    guards: Vec<Guard<'s>>,
}

/// An alarm on the requests of a fleet, or of both.
#[derive(Debug)]
struct Guard<'s> {
    /// Among the alarms of the scenario.
    number: usize,
    alarm: &'s AlarmSpec,
    fleet: FleetDimension,
    criterion: Criterion,
    /// How many ones breach, if that decides.
    needed: Option<Needed>,
    /// Share of ones on blue and on green.
    ones: [f64; 2],
    metric: Metric,
    /// When green first takes traffic.
    first: Option<SightFrom>,
}

/// An instant, with green's shares of the live and of the mirrored traffic then.
#[derive(Clone, Copy, Debug)]
struct SightFrom {
    at: SimTime,
    shares: [f64; 2],
}

/// How long the window around an instant goes on.
#[derive(Clone, Copy, Debug)]
struct Sight {
    from: SightFrom,
    left: SimDuration,
}

/// How many ones of n requests breach.
#[derive(Clone, Copy, Debug)]
enum Needed {
    /// More than this share of them (or as many).
    Share(f64),
    /// So many.
    Number(f64),
}

impl<'s> Nearness<'s> {
    /// Of the alarms of `plan`; of all alarms, if one of them is composite.
    pub(super) fn new(scenario: &'s Scenario, plan: &Plan) -> Self {
        let composite = plan.alarms.iter().any(|&number| number >= scenario.alarms.len());
        let guards = scenario.alarms.iter().enumerate().filter_map(|(number, alarm)| {
            (composite || plan.alarms.contains(&number))
                .then(|| Guard::new(scenario, plan, number, alarm))?
        });
        Self { scenario, guards: guards.collect() }
    }

    /// How near the nearest alarm is now, 0 or below.
    pub(super) fn of(&self, walk: &Walk<'_>) -> f64 {
        let each = self.guards.iter().map(|guard| guard.nearness(self.scenario, walk));
        each.fold(FARTHEST, f64::max)
    }

    /// The length of a step between two looks: a part of the shortest published interval.
    pub(super) fn step(scenario: &Scenario, parts: i64) -> SimDuration {
        SimDuration::from_nanos((scenario.metrics.interval.as_nanos() / parts).max(1))
    }
}

impl<'s> Guard<'s> {
    fn new(scenario: &Scenario, plan: &Plan, number: usize, alarm: &'s AlarmSpec) -> Option<Self> {
        let Subject::Query(query) = &alarm.subject else { return None };
        let Origin::Requests(metric, fleet) = query.origin else { return None };
        let timeout = scenario.endpoint.timeout;
        let models = [&scenario.blue, &scenario.green];
        let ones = models.map(|model| {
            let steady = Steady::new(model, None, timeout);
            match metric.share_of_ones(steady.p4, steady.p5) {
                Some(ones) => ones,
                None => steady.over(nanos_f64(cut_for(alarm.comparison, alarm.threshold))),
            }
        });
        let criterion = alarm.criterion(query)?;
        let needed = needed(alarm, query, metric);
        let first = plan.first_traffic().map(|TimedStage { stage, from, .. }| SightFrom {
            at: from,
            shares: [stage.share, stage.mirror],
        });
        Some(Self { number, alarm, fleet, criterion, needed, ones, metric, first })
    }

    fn nearness(&self, scenario: &Scenario, walk: &Walk<'_>) -> f64 {
        let fleets = walk.series();
        let (interval, period) = (scenario.metrics.interval, self.alarm.period);
        let bins = period.as_nanos() / interval.as_nanos();
        let current = fleets.blue.ended_by(walk.now());
        let window = |age: i64| {
            let end = current + 1 - age * bins;
            self.totals(fleets, end - bins..end, current + 1)
        };
        let rule = Rule::from(self.alarm);
        let ages = (1..=i64::from(rule.evaluation_range())).rev();
        let mut slots: Vec<Slot> = ages.map(|age| self.slot(walk, &window(age), age)).collect();
        let clock = walk.clocks().of(self.number, self.alarm);
        let unseen = self.unseen(scenario, clock.evaluation_phase);
        let fires = |slots: &[Slot]| {
            let slots = [slots, &vec![Slot::Missing; unseen]].concat();
            evaluate(&rule, &slots, AlarmState::Ok) == AlarmState::Alarm
        };
        let mut lacking = 0;
        while !fires(&slots) {
            lacking += 1;
            if lacking > rule.datapoints_to_alarm {
                return FARTHEST;
            }
            slots.push(Slot::Breaching);
        }
        if lacking == 0 {
            return 0.0;
        }
        let sight = self.sight(walk);
        let [under_way, fresh] = self.odds(scenario, &sight, &window(0));
        let rest = f64::from(lacking - 1) * fresh.ln();
        (under_way.max(fresh).ln() + rest).max(FARTHEST)
    }

    /// What a window that is over says.
    fn slot(&self, walk: &Walk<'_>, totals: &Totals, age: i64) -> Slot {
        let since = self.alarm.period.times(age - 1);
        let is_history = walk.first_traffic().is_none_or(|first| walk.now() - since <= first);
        match self.criterion.breaches(totals) {
            _ if is_history && self.alarm.history == History::NonBreaching => Slot::Good,
            _ if is_history && self.alarm.history == History::None => Slot::Missing,
            Some(true) => Slot::Breaching,
            Some(false) => Slot::Good,
            None => Slot::Missing,
        }
    }

    /// How many of the newest windows have not arrived at an evaluation.
    fn unseen(&self, scenario: &Scenario, phase: SimDuration) -> usize {
        let delay = self.alarm.delay(scenario.metrics.delay);
        let late_ns = delay.as_nanos() - phase.as_nanos();
        if self.alarm.evaluation == Evaluation::Aligned || late_ns <= 0 {
            return 0;
        }
        let periods = (late_ns - 1) / self.alarm.period.as_nanos() + 1;
        usize::try_from(periods).unwrap_or(0).min(self.alarm.evaluation_periods as usize)
    }

    /// What is known of the window under way; before green has any traffic, of the first that has some,
    /// whose length the replication's clocks have fixed.
    fn sight(&self, walk: &Walk<'_>) -> Sight {
        let awaits = matches!(self.fleet, FleetDimension::Green | FleetDimension::Shadow)
            && walk.first_traffic().is_none();
        let now = SightFrom { at: walk.now(), shares: walk.shares() };
        let from = self.first.filter(|_| awaits).unwrap_or(now);
        let series = &walk.series().blue;
        let next = usize::try_from(series.ended_by(from.at) + 1).unwrap_or(usize::MAX);
        let ends = series.start_of(next);
        Sight { from, left: ends.since(from.at.min(ends)) }
    }

    /// The probabilities that the window under way breaches, and that a fresh one does.
    fn odds(&self, scenario: &Scenario, sight: &Sight, so_far: &Totals) -> [f64; 2] {
        let left = sight.left;
        let period = self.alarm.period;
        let Some(needed) = self.needed else {
            let breaches = self.criterion.breaches(so_far) == Some(true);
            let part = left.as_secs_f64() / period.as_secs_f64();
            return [if breaches { STAND_IN.powf(part) } else { STAND_IN }, STAND_IN];
        };
        let (counted, ones) = self.counted(so_far);
        let rates = self.rates(scenario, &sight.from);
        let [of_ones, of_all] = rates.map(|rate| rate * left.as_secs_f64());
        let [fresh_ones, fresh_all] = rates.map(|rate| rate * period.as_secs_f64());
        if fresh_all <= 0.0 {
            return [f64::MIN_POSITIVE; 2];
        }
        let fresh_needed = needed.of(fresh_all);
        let least = ONES_MIN * fresh_needed;
        let fresh_part = left.as_secs_f64() / period.as_secs_f64();
        let lacking = needed.of(counted + of_all) - ones;
        [
            at_least(lacking, of_ones.max(least * fresh_part)),
            at_least(fresh_needed, fresh_ones.max(least)),
        ]
    }

    /// Requests and ones of a window.
    fn counted(&self, totals: &Totals) -> (f64, f64) {
        let bin = &totals.bin;
        let (all, ones) = match self.metric {
            Metric::Invocations => (bin.requests(), bin.requests()),
            Metric::Invocation4xxErrors => (bin.requests(), bin.errors_4xx()),
            Metric::Invocation5xxErrors => (bin.requests(), bin.errors_5xx()),
            Metric::InvocationModelErrors => (bin.requests(), bin.errors()),
            Metric::ModelLatency => (bin.latencies(), totals.probe.over()),
        };
        (real(all), real(ones))
    }

    /// Expected ones and requests a second then.
    fn rates(&self, scenario: &Scenario, from: &SightFrom) -> [f64; 2] {
        const LOOK: SimDuration = SimDuration::from_secs(1);
        let (start, now) = (scenario.start(), from.at);
        let rate = match &scenario.arrivals {
            ArrivalSpec::Trace(_) => 0.0,
            arrivals => arrivals.expected_between(start, now, now + LOOK).unwrap_or(0.0).max(0.0),
        };
        let [share, mirror] = from.shares;
        let shares = self.fleet.shares_counted(share, mirror);
        let ones: f64 = shares.iter().zip(self.ones).map(|(share, ones)| share * ones).sum();
        [rate * ones, rate * shares.iter().sum::<f64>()]
    }

    /// What of these bins is answered in intervals of smaller numbers than `end`.
    fn totals(&self, fleets: &FleetSeries, bins: Range<i64>, end: i64) -> Totals {
        let mut totals = Totals::default();
        let mut add = |series: &Series| {
            let cut = self.criterion.cut_ns().and_then(|cut_ns| series.cut(cut_ns));
            let rows = series.answered_before(bins.clone(), end);
            rows.for_each(|rows| series.add_to(&mut totals, rows, cut));
        };
        match self.fleet {
            FleetDimension::Blue => add(&fleets.blue),
            FleetDimension::Green => add(&fleets.green),
            FleetDimension::Shadow => add(&fleets.shadow),
            FleetDimension::Both => {
                add(&fleets.blue);
                add(&fleets.green);
            }
        }
        totals
    }
}

impl Needed {
    fn of(self, requests: f64) -> f64 {
        match self {
            Self::Share(share) => (share * requests).floor() + 1.0,
            Self::Number(number) => number,
        }
    }
}

fn needed(alarm: &AlarmSpec, query: &Query, metric: Metric) -> Option<Needed> {
    if !alarm.comparison.breaches_above() || alarm.comparison.is_with_band() {
        return None;
    }
    let is_latency = metric == Metric::ModelLatency;
    let threshold = alarm.threshold.as_f64();
    match query.statistic {
        Statistic::Average if !is_latency => Some(Needed::Share(threshold)),
        Statistic::Sum if !is_latency => Some(Needed::Number(threshold.floor() + 1.0)),
        Statistic::Percentile(p) if is_latency => Some(Needed::Share(1.0 - p.as_f64())),
        _ => None,
    }
}

/// P(at least `number` of a Poisson number of this mean).
fn at_least(number: f64, mean: f64) -> f64 {
    if number <= 0.0 {
        return 1.0;
    }
    if mean <= 0.0 {
        return f64::MIN_POSITIVE;
    }
    gamma_lr(number, mean).clamp(f64::MIN_POSITIVE, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{DiscreteCDF, Poisson};

    #[test]
    fn the_tail_is_poissons() {
        for (number, mean) in [(1_u32, 0.3), (5, 2.0), (12, 3.0), (40, 55.0)] {
            let exact = Poisson::new(mean).expect("a mean").sf(u64::from(number) - 1);
            assert!((at_least(f64::from(number), mean) / exact - 1.0).abs() < 1e-9);
        }
        assert!((at_least(0.0, 3.0) - 1.0).abs() < 1e-15);
        assert!(at_least(3.0, 0.0) < 1e-300);
    }

    #[test]
    fn so_many_ones_breach() {
        assert!((Needed::Share(0.01).of(250.0) - 3.0).abs() < 1e-12, "3 of 250 are above 1 %");
        assert!((Needed::Share(0.01).of(0.0) - 1.0).abs() < 1e-12);
        assert!((Needed::Number(9.0).of(1e6) - 9.0).abs() < 1e-12);
    }
}
