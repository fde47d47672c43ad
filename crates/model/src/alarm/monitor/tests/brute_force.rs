//! A monitor against recomputing every evaluation from the requests themselves.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::alarm::spec::Origin;
use crate::telemetry::series::Counted;

const ORIGIN_S: i64 = -600;
const END_S: i64 = 1200;

/// One request.
#[derive(Clone, Copy, Debug)]
struct Request {
    is_green: bool,
    at_s: i64,
    answered_s: i64,
    fails: bool,
    latency_ns: i64,
}

/// A monitor, whose minutes begin at 0, and what it sees.
#[derive(Clone, Debug)]
struct Case {
    spec: AlarmSpec,
    interval_s: i64,
    period_s: i64,
    delay_s: i64,
    // Whether that is the delay of this metric alone.
    has_own_delay: bool,
    phase_s: i64,
    first_traffic_s: Option<i64>,
    requests: Vec<Request>,
}

impl Case {
    fn new(
        spec: AlarmSpec,
        [interval_s, period_s, delay_s, phase_s]: [i64; 4],
        has_own_delay: bool,
        first_traffic_s: Option<i64>,
        requests: Vec<Request>,
    ) -> Self {
        Self {
            spec,
            interval_s,
            period_s,
            delay_s,
            has_own_delay,
            phase_s,
            first_traffic_s,
            requests,
        }
    }

    /// Instants of evaluation and the end of the newest window \[s\], by trying every second.
    fn evaluations(&self) -> Vec<(i64, i64)> {
        let grid_s = if self.period_s < 60 { 10 } else { 60 };
        (ORIGIN_S + 1..END_S)
            .filter_map(|now| match self.spec.evaluation {
                Evaluation::Sliding if (now - self.phase_s) % grid_s == 0 => {
                    (now - 59..=now).rev().find(|end| end % grid_s == 0).map(|end| (now, end))
                }
                Evaluation::Aligned if (now - self.delay_s) % self.period_s == 0 => {
                    Some((now, now - self.delay_s))
                }
                _ => None,
            })
            .collect()
    }

    fn slot(&self, start_s: i64, end_s: i64, now_s: i64) -> Slot {
        let is_history = self.first_traffic_s.is_none_or(|first_s| end_s <= first_s);
        match self.spec.history {
            History::NonBreaching if is_history || end_s <= ORIGIN_S => return Slot::Good,
            History::None if is_history => return Slot::Missing,
            _ => {}
        }
        let is_seen = |request: &&Request| {
            let interval_of = |at_s: i64| at_s - (at_s - ORIGIN_S) % self.interval_s;
            let stamp_s = interval_of(request.at_s);
            let published_s = interval_of(request.answered_s) + self.interval_s;
            let has_arrived = published_s + self.delay_s <= now_s;
            let fleet = if request.is_green { FleetDimension::Green } else { FleetDimension::Blue };
            sees(&self.spec, fleet) && has_arrived && (start_s..end_s).contains(&stamp_s)
        };
        let seen: Vec<&Request> = self.requests.iter().filter(is_seen).collect();
        if seen.is_empty() {
            return Slot::Missing;
        }
        let breaches = if self.spec.subject.queries()[0].is_latency() {
            let mut latencies: Vec<i64> = seen.iter().map(|request| request.latency_ns).collect();
            latencies.sort_unstable();
            latencies[latencies.len().div_ceil(2) - 1] > 5
        } else {
            2 * seen.iter().filter(|request| request.fails).count() > seen.len()
        };
        if breaches { Slot::Breaching } else { Slot::Good }
    }

    fn fleets(&self) -> FleetSeries {
        let interval = SimDuration::from_secs(self.interval_s);
        let bins = usize::try_from((END_S - ORIGIN_S) / self.interval_s).expect("small");
        let empty = Series::new(interval, at(ORIGIN_S), bins, &[5]);
        let mut fleets = FleetSeries {
            blue: empty.clone(),
            green: empty.clone(),
            shadow: empty,
            sampled: Vec::new(),
        };
        for request in &self.requests {
            let series = if request.is_green { &mut fleets.green } else { &mut fleets.blue };
            let status = if request.fails { Status::ServerError } else { Status::Ok };
            series.count(&Counted {
                at: at(request.at_s),
                answered: at(request.answered_s),
                status,
                latency_ns: Some(request.latency_ns),
            });
        }
        fleets
    }

    fn monitor(&self) -> Monitor<'_> {
        let phase = SimDuration::from_secs(self.phase_s);
        let clock = Clock { minute: at(0), evaluation_phase: phase };
        let interval = SimDuration::from_secs(self.interval_s);
        let usual_s = if self.has_own_delay { 35 } else { self.delay_s };
        let delay = SimDuration::from_secs(usual_s);
        Monitor::new(&self.spec, clock, delay, interval)
    }
}

fn sees(spec: &AlarmSpec, fleet: FleetDimension) -> bool {
    let origin = spec.subject.queries()[0].origin;
    matches!(origin, Origin::Requests(_, seen) if seen.includes(fleet))
}

/// Alarms on the error rate against 1/2 and on the median latency against 5 ns.
fn specs() -> impl Strategy<Value = AlarmSpec> {
    let treatments = [
        TreatMissingData::Missing,
        TreatMissingData::Ignore,
        TreatMissingData::Breaching,
        TreatMissingData::NotBreaching,
    ];
    let median = Statistic::Percentile(Ratio::new(1, 2));
    let watched = [
        (Metric::ModelLatency, median, Ratio::whole(5)),
        (Metric::Invocation5xxErrors, Statistic::Average, Ratio::new(1, 2)),
    ];
    // Nothing is ever published of the shadow.
    let fleets = [FleetDimension::Both, FleetDimension::Green, FleetDimension::Shadow];
    let evaluations = [Evaluation::Aligned, Evaluation::Sliding];
    let histories = [History::Simulated, History::NonBreaching, History::None];
    let rules = prop_oneof![
        3 => (0_u32..4).prop_map(|range_extra| MissingDataRule::CloudWatch { range_extra }),
        1 => Just(MissingDataRule::Window)
    ];
    let settings = (
        prop::sample::select(watched.to_vec()),
        prop::sample::select(fleets.to_vec()),
        prop::sample::select(evaluations.to_vec()),
        prop::sample::select(histories.to_vec()),
        prop::sample::select(treatments.to_vec()),
    );
    let counts = (1_u32..4).prop_flat_map(|n| (Just(n), 1..=n));
    (settings, counts, rules).prop_map(|(settings, counts, missing_data_rule)| {
        let ((metric, statistic, threshold), fleet, evaluation, history, treat) = settings;
        AlarmSpec {
            threshold,
            evaluation,
            history,
            treat_missing_data: treat,
            evaluation_periods: counts.0,
            datapoints_to_alarm: counts.1,
            missing_data_rule,
            ..AlarmSpec::on(Query::requests(metric, statistic, fleet))
        }
    })
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let takes_s = prop_oneof![2 => Just(0), 1 => 0_i64..400];
    let request = (any::<bool>(), ORIGIN_S..END_S, takes_s, any::<bool>(), 0_i64..12);
    let request = request.prop_map(|(is_green, at_s, takes_s, fails, latency_ns)| Request {
        is_green,
        at_s,
        answered_s: at_s + takes_s,
        fails,
        latency_ns,
    });
    prop::collection::vec(request, 0..120)
}

fn cases() -> impl Strategy<Value = Case> {
    let lengths =
        [(10, 20), (10, 30), (20, 20), (30, 30), (30, 60), (60, 60), (60, 180), (60, 300)];
    let first_traffic = prop_oneof![Just(None), Just(Some(0)), (-90_i64..200).prop_map(Some)];
    let delays_and_phases = (prop_oneof![Just(0), 0_i64..150], 0_i64..60, any::<bool>());
    let lengths = prop::sample::select(lengths.to_vec());
    (specs(), lengths, delays_and_phases, first_traffic, requests()).prop_map(
        |(spec, (interval_s, period_s), times, first_traffic_s, requests)| {
            let (delay_s, phase_s, has_own_delay) = times;
            let period = SimDuration::from_secs(period_s);
            let mut spec = AlarmSpec { period, ..spec };
            for query in spec.subject.queries_mut().iter_mut().filter(|_| has_own_delay) {
                query.delay = Some(SimDuration::from_secs(delay_s));
            }
            let lengths = [interval_s, period_s, delay_s, phase_s];
            Case::new(spec, lengths, has_own_delay, first_traffic_s, requests)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(5),
        ..ProptestConfig::default()
    })]

    #[test]
    fn states_are_those_recomputed_from_the_requests(case in cases()) {
        let fleets = case.fleets();
        let mut monitor = case.monitor();
        let range = i64::from(monitor.rule.evaluation_range());
        let first_traffic = case.first_traffic_s.map(at);
        let mut expected = AlarmState::default();
        let mut last = at(ORIGIN_S);
        for (now_s, end_s) in case.evaluations() {
            let now = at(now_s);
            prop_assert_eq!(monitor.next_evaluation(last), now);
            last = now;
            let start_s = |age| end_s - (age + 1) * case.period_s;
            let slots: Vec<Slot> = (0..range)
                .rev()
                .map(|age| case.slot(start_s(age), start_s(age) + case.period_s, now_s))
                .collect();
            let before = expected;
            expected = evaluate(&monitor.rule, &slots, expected);
            let change = monitor.evaluate(now, &fleets, first_traffic);
            prop_assert_eq!(&monitor.slots, &slots, "at {} s", now_s);
            prop_assert_eq!(monitor.state(), expected, "at {} s", now_s);
            prop_assert_eq!(change, (expected != before).then_some(expected));
        }
    }
}
