//! What the lints know of a scenario: when which stage is watched, how many requests a period of each
//! alarm holds then, and how they behave.
//!
//! The time line is that of a rollout that nothing disturbs ([`Plan::course`]). Traffic is taken at its
//! mean rate over the stage. Requests wait noticeably where Erlang's C exceeds
//! one in a hundred: there latencies are lower bounds.

use super::law::Law;
use super::watch::Watch;
use super::why::Why;
use crate::alarm::spec::{FleetDimension, LowSamples, Origin};
use crate::endpoint::regression::RegressionSpec;
use crate::endpoint::spec::{Capacity, Mode};
use crate::endpoint::steady::Steady;
use crate::random::arrival::{ArrivalSpec, TraceError, TraceRows};
use crate::rollout::course::TimedStage;
use crate::rollout::plan::{Plan, Side, Stage};
use crate::rollout::rules::Watch as Watched;
use crate::scenario::healthy::Healthy;
use crate::scenario::{Loaded, Scenario, WrittenStrategy};
use crate::stats::queueing::p_wait;
use crate::telemetry::metric::Statistic;
use crate::telemetry::split::Chance;
use crate::time::{SimDuration, SimTime};

/// A share of requests that wait below this changes no latency worth speaking of.
const NOTICEABLE_WAIT: f64 = 0.01;

/// Everything that the lints ask of a scenario.
#[derive(Clone, Debug)]
pub(super) struct Facts<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) loaded: &'s Loaded,
    /// Blue without a deployment.
    pub(super) today: Healthy,
    /// Whether the latency that the file gives has the waiting in it.
    pub(super) is_observed: bool,
    /// The alarms that can be judged.
    pub(super) watches: Vec<Watch<'s>>,
    /// Of each strategy.
    pub(super) rollouts: Vec<Rollout<'s>>,
    /// Why no probability can be computed, unless requests are a Poisson stream, sent once each, and metrics
    /// arrive in time.
    uncountable: Option<Why>,
    /// The highest rate of all requests \[1/s\], surges apart.
    pub(super) peak_per_s: f64,
    blue: Steady<'s>,
    green: Steady<'s>,
    /// Of each regression of the scenario at full strength.
    faulty: Vec<Steady<'s>>,
}

/// A strategy and the stages of its undisturbed run.
#[derive(Clone, Debug)]
pub(super) struct Rollout<'s> {
    /// Among the strategies of the scenario.
    pub(super) index: usize,
    pub(super) plan: &'s Plan,
    /// What it asks for.
    pub(super) written: WrittenStrategy<'s>,
    pub(super) spans: Vec<Span>,
}

/// A stage while it is watched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Among the stages of the plan.
    pub(super) index: usize,
    pub(super) is_last: bool,
    pub(super) stage: Stage,
    /// When it takes effect.
    pub(super) from: SimTime,
    /// When alarms no longer count in it: its bake is over, or, if they count throughout, the next stage
    /// has taken effect.
    pub(super) until: SimTime,
    /// Mean rate of all requests \[1/s\].
    pub(super) rate_per_s: f64,
}

/// Which release green carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Release {
    /// The new model as it should be.
    Healthy,
    /// The regression of this index, at full strength.
    Faulty(usize),
}

impl<'s> Facts<'s> {
    /// Of a checked scenario, whose blue fares so without a deployment.
    pub(super) fn new(loaded: &'s Loaded, today: Healthy) -> Result<Self, TraceError> {
        let scenario = &loaded.scenario;
        let endpoint = &scenario.endpoint;
        let rollouts = scenario.strategies.iter().enumerate().map(|(index, plan)| {
            let spans = spans(scenario, plan)?;
            Ok(Rollout { index, plan, written: loaded.written_strategy(index), spans })
        });
        let faulty = scenario
            .regressions
            .iter()
            .map(|release| Steady::new(&scenario.green, Some(&release.effects), endpoint.timeout));
        Ok(Self {
            scenario,
            today,
            is_observed: loaded.is_observed(),
            loaded,
            watches: Watch::all(scenario),
            rollouts: rollouts.collect::<Result<_, TraceError>>()?,
            uncountable: uncountable(scenario),
            peak_per_s: scenario.arrivals.peak_per_s()?,
            blue: Steady::new(&scenario.blue, None, endpoint.timeout),
            green: Steady::new(&scenario.green, None, endpoint.timeout),
            faulty: faulty.collect(),
        })
    }

    /// The regressions that are to be caught, with their indices.
    pub(super) fn bad_releases(&self) -> impl Iterator<Item = (usize, &'s RegressionSpec)> {
        self.scenario.regressions.iter().enumerate().filter(|(_, release)| !release.healthy)
    }

    /// The judged alarms that guard a rollout.
    pub(super) fn guards<'f>(
        &'f self,
        rollout: &'f Rollout<'_>,
    ) -> impl Iterator<Item = &'f Watch<'s>> {
        self.regular().filter(move |watch| rollout.is_guarded_by(watch))
    }

    /// The alarms whose times and probabilities can be judged.
    pub(super) fn regular(&self) -> impl Iterator<Item = &Watch<'s>> {
        self.watches.iter().filter(|watch| watch.regular().is_ok())
    }

    /// How long after an interval's end the alarm can see all that it reads of it.
    pub(super) fn delay(&self, watch: &Watch<'_>) -> SimDuration {
        watch.spec.delay(self.scenario.metrics.delay)
    }

    /// Whether everything that may end a rollout can be judged, or why not.
    pub(super) fn judges_all(&self, rollout: &Rollout<'_>) -> Result<(), Why> {
        if rollout.plan.test.is_some() {
            return Err(Why::AbTest);
        }
        let is_judged = |number: &usize| self.regular().any(|watch| watch.index == *number);
        match rollout.plan.alarms.iter().find(|number| !is_judged(number)) {
            None => Ok(()),
            Some(&number) => Err(Why::OtherAlarm(self.scenario.alarm_name(number).to_owned())),
        }
    }

    /// Whose requests the alarms of a rollout see, whatever they make of them; what is not divided by fleet
    /// is of both.
    pub(super) fn fleets_watched(&self, rollout: &Rollout<'_>) -> Vec<FleetDimension> {
        let origins = rollout.plan.alarms.iter().flat_map(|&number| self.origins(number));
        let fleet = |origin: Origin| match origin {
            Origin::Requests(_, fleet) => fleet,
            Origin::Sampled(place) => {
                let mut monitors = self.scenario.monitors.iter();
                monitors.find(|m| m.sampled == place).map_or(FleetDimension::Both, |m| m.fleet)
            }
        };
        origins.map(fleet).collect()
    }

    /// Where an alarm's values come from; of a composite alarm, those of all that it reads.
    pub(super) fn origins(&self, number: usize) -> Vec<Origin> {
        let scenario = self.scenario;
        if let Some(alarm) = scenario.alarms.get(number) {
            return alarm.subject.queries().iter().map(|query| query.origin).collect();
        }
        let composite = scenario.composite_alarms.get(number - scenario.alarms.len());
        let names = composite.into_iter().flat_map(|composite| composite.rule.alarms());
        let numbers =
            names.filter_map(|name| scenario.alarm_names().position(|known| known == name));
        numbers.flat_map(|number| self.origins(number)).collect()
    }

    /// How new the model is once settled.
    pub(super) fn behaviour(&self, release: Release) -> &Steady<'s> {
        match release {
            Release::Healthy => &self.green,
            Release::Faulty(index) => &self.faulty[index],
        }
    }

    /// The current model.
    pub(super) fn current(&self) -> &Steady<'s> {
        &self.blue
    }

    /// What a period of `watch` holds in a stage, if the new model is `green`.
    pub(super) fn law<'a>(
        &'a self,
        watch: &Watch<'_>,
        span: &Span,
        green: &'a Steady<'s>,
    ) -> Law<'a> {
        let total = span.rate_per_s * watch.spec.period.as_secs_f64();
        let Stage { share, mirror, .. } = span.stage;
        let [on_blue, on_green] = watch.fleet.shares_counted(share, mirror);
        let parts = [(total * on_blue, &self.blue), (total * on_green, green)];
        let waits =
            [self.waits(span, Side::Blue, &self.blue), self.waits(span, Side::Green, green)];
        let present = [on_blue > 0.0, on_green > 0.0];
        let waits = (0..2).any(|fleet| present[fleet] && waits[fleet]);
        let parts = parts.into_iter().filter(|(requests, _)| *requests > 0.0).collect();
        let endpoint = &self.scenario.endpoint;
        let limited = matches!(endpoint.capacity, Capacity::Queued { limit: Some(_), .. });
        Law { parts, waits, fails_by_waiting: waits && (limited || endpoint.timeout.is_some()) }
    }

    /// The chance of a datapoint, or why it cannot be computed.
    pub(super) fn chance(&self, watch: &Watch<'_>, law: &Law<'_>) -> Result<Chance, Why> {
        self.countable()?;
        let ignores_few = watch.spec.low_samples == LowSamples::Ignore;
        if ignores_few && matches!(watch.statistic, Statistic::Percentile(_)) {
            return Err(Why::IgnoresFew);
        }
        law.chance(watch)
    }

    /// Whether numbers of requests are Poisson numbers, or why not.
    pub(super) fn countable(&self) -> Result<(), Why> {
        self.uncountable.clone().map_or(Ok(()), Err)
    }

    /// The part of a stage in which a regression can be felt, and for how long; `None` if it begins
    /// after the stage or is over before it.
    pub(super) fn exposure(
        &self,
        rollout: &Rollout<'_>,
        span: &Span,
        release: usize,
    ) -> Option<SimDuration> {
        let spec = &self.scenario.regressions[release];
        let onset = self.onset(rollout, release)?;
        let end = spec.duration.map_or(SimTime::NEVER, |duration| onset + duration);
        let (from, until) = (span.from.max(onset), span.until.min(end));
        (from < until).then(|| until.since(from))
    }

    /// When a regression begins; `None` if it never does.
    pub(super) fn onset(&self, rollout: &Rollout<'_>, release: usize) -> Option<SimTime> {
        rollout.plan.onset(&self.scenario.regressions[release])
    }

    fn waits(&self, span: &Span, side: Side, model: &Steady<'_>) -> bool {
        let endpoint = &self.scenario.endpoint;
        let Capacity::Queued { queue, .. } = endpoint.capacity else { return false };
        let places = match side {
            Side::Blue => endpoint.blue.concurrency,
            Side::Green => endpoint.green.concurrency.saturating_sub(model.places_lost),
        };
        let (share, instances) = span.stage.load(side);
        if span.rate_per_s * share <= 0.0 || instances == 0 {
            return false;
        }
        let (rate_per_s, servers) = queue.of_each(span.rate_per_s * share, instances, places);
        p_wait(rate_per_s, model.mean_ns() / 1e9, servers) > NOTICEABLE_WAIT
    }
}

impl Rollout<'_> {
    /// The name of the strategy.
    pub(super) fn name(&self) -> &str {
        &self.plan.name
    }

    /// Whether an alarm guards it, and its stages are of known length: an A/B test ends when it is decided.
    pub(super) fn is_guarded_by(&self, watch: &Watch<'_>) -> bool {
        self.plan.test.is_none() && self.plan.alarms.contains(&watch.index)
    }

    /// The stages in which an alarm on `fleet` sees the new model.
    pub(super) fn seen_by(&self, fleet: FleetDimension) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(move |span| match fleet {
            FleetDimension::Blue => false,
            FleetDimension::Shadow => span.stage.mirror > 0.0,
            FleetDimension::Green | FleetDimension::Both => span.stage.share > 0.0,
        })
    }
}

impl Span {
    /// How long it is watched.
    pub(super) fn bake(&self) -> SimDuration {
        self.stage.bake
    }
}

fn spans(scenario: &Scenario, plan: &Plan) -> Result<Vec<Span>, TraceError> {
    let start = scenario.start();
    let mut spans = Vec::new();
    let course = plan.course();
    for (index, &TimedStage { stage, from, baked }) in course.iter().enumerate() {
        let until = match course.get(index + 1) {
            Some(next) if plan.rules.watch == Watched::Throughout => next.from,
            _ => baked,
        };
        let to = until.max(from + SimDuration::from_secs(60));
        // From the start of the warm-up, which is where profiles begin.
        let requests = scenario.arrivals.expected_between(start, from, to)?;
        let rate_per_s = requests / to.since(from).as_secs_f64();
        let is_last = index + 1 == course.len();
        spans.push(Span { index, is_last, stage, from, until, rate_per_s });
    }
    Ok(spans)
}

/// Why numbers of requests are no Poisson numbers, or not all of what an evaluation sees.
fn uncountable(scenario: &Scenario) -> Option<Why> {
    let reasons = [
        (!is_poisson(&scenario.arrivals), Why::Bursts),
        (scenario.clients.is_some(), Why::Retries),
        (scenario.metrics.late.is_some(), Why::LateMetrics),
        (scenario.endpoint.mode != Mode::RealTime, Why::Asynchronous),
    ];
    reasons.into_iter().find_map(|(holds, why)| holds.then_some(why))
}

/// Whether requests in disjoint spans are independent and Poisson in number.
fn is_poisson(arrivals: &ArrivalSpec) -> bool {
    match arrivals {
        ArrivalSpec::Gamma { .. } | ArrivalSpec::Mmpp { .. } => false,
        ArrivalSpec::Trace(trace) => matches!(trace.rows, TraceRows::Rates { .. }),
        _ => true,
    }
}
