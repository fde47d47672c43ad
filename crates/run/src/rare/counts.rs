//! What the windows of an alarm hold: Poisson numbers of requests, thinned by stage shares and by what
//! makes a request "one" (it fails, or it is slower than the cut).
//!
//! ```text
//! requests of a fleet in a window = ∫ λ(t)·share(t) dt      over the window, shifted back by the mean
//!                                                           latency where requests count when answered
//! ```
//!
//! Answers of a Poisson stream are Poisson again (displacement theorem: Kingman, Poisson Processes, 1993,
//! §5.5); the shift by the mean instead of by each latency matters in windows that a stage change cuts
//! only, by less than λ times the spread of the latencies.

use crate::alarm::spec::{AlarmSpec, FleetDimension, Origin, Query, Subject};
use crate::endpoint::steady::{Steady, nanos, nanos_f64};
use crate::random::arrival::ArrivalSpec;
use crate::rare::course::Course;
use crate::rare::load;
use crate::rare::refusal::NotExact;
use crate::rollout::plan::{Side, Stage};
use crate::scenario::{CountAt, Scenario};
use crate::telemetry::metric::{Metric, PercentileMethod, Statistic};
use crate::telemetry::split::{Chance, Question, Split};
use crate::telemetry::statistic::cut_for;
use crate::time::{SimDuration, SimTime};

/// Answers that take longer than this part of a period would count in another one.
const LATE_SHARE_OF_PERIOD: f64 = 0.02;
/// A share of requests that may be that late.
const LATE_MAX: f64 = 1e-3;

/// The requests of a rollout as an alarm sees them.
#[derive(Clone, Debug)]
pub(super) struct Counts<'a> {
    arrivals: &'a ArrivalSpec,
    start: SimTime,
    end: SimTime,
    spans: Vec<(SimTime, SimTime, Stage)>,
    fleet: FleetDimension,
    question: Question,
    /// Of blue and of green: the share of ones, and how long after its arrival a request counts.
    fleets: [(f64, SimDuration); 2],
}

impl<'a> Counts<'a> {
    /// What `alarm` sees of `course`, if green is as `green`.
    pub(super) fn new(
        scenario: &'a Scenario,
        course: &Course,
        alarm: &AlarmSpec,
        green: &Steady<'_>,
    ) -> Result<Self, NotExact> {
        let query = query_of(alarm)?;
        let Origin::Requests(metric, fleet) = query.origin else {
            return Err(NotExact::Subject("values published one by one"));
        };
        let question = question(alarm, &query, metric)?;
        let blue = Steady::new(&scenario.blue, None, scenario.endpoint.timeout);
        let spans: Vec<_> = course.spans(scenario).collect();
        let watches_latency = metric == Metric::ModelLatency;
        let mut fleets = [(0.0, SimDuration::ZERO); 2];
        let sides = [
            (FleetDimension::Blue, Side::Blue, &blue),
            (FleetDimension::Green, Side::Green, green),
        ];
        for (of_fleet, (counted, side, steady)) in fleets.iter_mut().zip(sides) {
            if !fleet.includes(counted) && fleet != FleetDimension::Shadow {
                continue;
            }
            load::check(scenario, &spans, side, steady, watches_latency)?;
            let ones = if watches_latency {
                steady.over(nanos_f64(cut_for(alarm.comparison, alarm.threshold)))
            } else {
                metric.share_of_ones(steady.p4, steady.p5).unwrap_or(0.0)
            };
            *of_fleet = (ones, counted_after(scenario, alarm, steady)?);
        }
        Ok(Self {
            arrivals: &scenario.arrivals,
            start: scenario.start(),
            end: scenario.end(),
            spans,
            fleet,
            question,
            fleets,
        })
    }

    /// The instants at which the flow of counted requests has a kink.
    pub(super) fn kinks(&self) -> Vec<SimTime> {
        let mut kinks: Vec<SimTime> = Vec::new();
        let pieces = match self.arrivals {
            ArrivalSpec::Profile { pieces } => {
                pieces.iter().map(|&(from, _)| self.start + from).collect()
            }
            ArrivalSpec::Ramp { starts, lasts, .. } => {
                let from = SimTime::ZERO + *starts;
                vec![from, from + *lasts]
            }
            _ => Vec::new(),
        };
        let changes = self.spans.iter().map(|&(from, _, _)| from).chain(pieces);
        for change in changes {
            kinks.extend(self.fleets.map(|(_, after)| change + after));
        }
        kinks
    }

    /// Expected numbers of ones and zeros that count from `from` on and before `until`.
    pub(super) fn expected(&self, from: SimTime, until: SimTime) -> [f64; 2] {
        let mut expected = [0.0; 2];
        for (begins, ends, stage) in &self.spans {
            let shares = self.fleet.shares_counted(stage.share, stage.mirror);
            for (share, (ones, after)) in shares.into_iter().zip(self.fleets) {
                let arrive = (from - after).max(*begins);
                let requests = share * self.arriving(arrive, (until - after).min(*ends));
                expected[0] += requests * ones;
                expected[1] += requests * (1.0 - ones);
            }
        }
        expected
    }

    /// The chance of a datapoint of so many expected ones and zeros.
    pub(super) fn chance(&self, [ones, zeros]: [f64; 2]) -> Result<Chance, NotExact> {
        let unknown = NotExact::Subject("a statistic that counts do not decide");
        let split = Split::new(ones, zeros).ok_or(NotExact::Traffic("a period is too busy"))?;
        let above = split.above(&self.question).ok_or(unknown)?;
        Ok(Chance::new(above, ones + zeros, self.question.comparison))
    }

    fn arriving(&self, from: SimTime, until: SimTime) -> f64 {
        let (from, until) = (from.max(self.start), until.min(self.end));
        if from >= until {
            return 0.0;
        }
        let expected = self.arrivals.expected_between(self.start, from, until);
        expected.expect("invariant: traces have been refused").max(0.0)
    }
}

fn query_of(alarm: &AlarmSpec) -> Result<Query, NotExact> {
    match &alarm.subject {
        Subject::Query(query) => Ok(*query),
        Subject::Math(_) => Err(NotExact::Subject("metric math")),
        Subject::Band(_) => Err(NotExact::Subject("a band around a baseline")),
    }
}

fn question(alarm: &AlarmSpec, query: &Query, metric: Metric) -> Result<Question, NotExact> {
    use Statistic::{Average, Maximum, Minimum, Percentile, SampleCount, Sum};
    let is_latency = metric == Metric::ModelLatency;
    let statistic = query.statistic;
    let by_counts = match statistic {
        Average | Sum => !is_latency,
        SampleCount | Minimum | Maximum => true,
        Percentile(_) => is_latency && query.percentile_method == PercentileMethod::NearestRank,
        Statistic::Extended(_) => false,
    };
    if alarm.comparison.is_with_band() || !by_counts {
        return Err(NotExact::Subject("a statistic that counts do not decide"));
    }
    if matches!(statistic, Percentile(_))
        && alarm.low_samples != crate::alarm::spec::LowSamples::Evaluate
    {
        return Err(NotExact::Alarm("ignores percentiles of few values"));
    }
    let (comparison, threshold) = (alarm.comparison, alarm.threshold);
    Ok(Question { statistic, comparison, threshold, is_latency })
}

/// How long after its arrival a request counts.
fn counted_after(
    scenario: &Scenario,
    alarm: &AlarmSpec,
    steady: &Steady<'_>,
) -> Result<SimDuration, NotExact> {
    let late_ns = LATE_SHARE_OF_PERIOD * nanos(alarm.period);
    if !steady.latency_known || steady.over(late_ns) > LATE_MAX || steady.mean_ns() > late_ns {
        return Err(NotExact::Endpoint(
            "answers take a noticeable part of a period, and are seen when they come",
        ));
    }
    Ok(match scenario.metrics.count_at {
        CountAt::Arrival => SimDuration::ZERO,
        CountAt::Completion => SimDuration::from_secs_f64(steady.mean_ns() / 1e9),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metric::{Comparison, Statistic};
    use crate::telemetry::ratio::Ratio;

    /// Against the sum over all pairs of counts, on either side: a period without requests is missing and
    /// breaches neither.
    #[test]
    fn an_empty_period_breaches_on_no_side() {
        let arrivals = ArrivalSpec::Poisson { rate_per_s: 1.0 };
        for (comparison, breaches) in [
            (Comparison::LessThanThreshold, (|mean| mean < 0.5) as fn(f64) -> bool),
            (Comparison::GreaterThanThreshold, |mean| mean > 0.5),
        ] {
            let question = Question {
                statistic: Statistic::Average,
                comparison,
                threshold: Ratio::new(1, 2),
                is_latency: false,
            };
            let counts = Counts {
                arrivals: &arrivals,
                start: SimTime::ZERO,
                end: SimTime::from_secs_f64(60.0),
                spans: Vec::new(),
                fleet: FleetDimension::Green,
                question,
                fleets: [(0.0, SimDuration::ZERO); 2],
            };
            let [ones, zeros] = [0.7_f64, 1.1];
            let found = counts.chance([ones, zeros]).expect("a question of counts");
            let poisson = |mean: f64| {
                (0..40).scan((-mean).exp(), move |p, k| {
                    let now = *p;
                    *p *= mean / f64::from(k + 1);
                    Some((f64::from(k), now))
                })
            };
            let pairs = poisson(ones).flat_map(|one| poisson(zeros).map(move |zero| (one, zero)));
            let expected: f64 = pairs
                .filter(|((ones, _), (zeros, _))| breaches(ones / (ones + zeros)))
                .map(|((_, p), (_, q))| p * q)
                .sum();
            assert!((found.breach - expected).abs() < 1e-9, "{comparison:?}: {found:?} {expected}");
            assert!((found.missing - (-ones - zeros).exp()).abs() < 1e-12, "{found:?}");
        }
    }
}
