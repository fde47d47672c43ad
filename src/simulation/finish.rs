//! Makes the outcome of a run that has reached the horizon.

use crate::dataplane::tally::{Tally, Timing};
use crate::scenario::{Scenario, UsersSpec};
use crate::simulation::arm::Arm;
use crate::simulation::billing::{Alive, Bill, peak};
use crate::simulation::outcome::{Damage, End, Outcome, Times};
use crate::simulation::users::{Exposure, reached};
use crate::telemetry::histogram::Histogram;

/// The quantiles of waiting and response times that are reported.
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

impl Arm<'_> {
    /// The outcome, once the run has reached the horizon.
    pub(super) fn outcome(&self, strategy: usize, regression: usize, replication: u64) -> Outcome {
        let milestones = &self.milestones;
        let users = self.scenario.users;
        let to_horizon = damage(&self.plane.tally, &self.exposure, users);
        let to_bake_end = self
            .to_bake_end
            .as_ref()
            .map_or(to_horizon, |(tally, exposure)| damage(tally, exposure, users));
        let bill = self.bill();
        let mut all = self.plane.blue_timing.clone();
        all.merge(&self.plane.green_timing);
        let mut green = self.plane.green_timing.clone();
        green.merge(&self.plane.shadow_timing);
        Outcome {
            strategy,
            regression,
            replication,
            end: milestones.end(),
            verdict: milestones.verdict(self.release),
            alarm: milestones.acted_on.map(|(index, _)| index),
            alarm_at: milestones.acted_on.map(|(_, since)| since),
            first_traffic_at: milestones.first_traffic,
            first_faulty_exposure_at: milestones.first_faulty_exposure,
            rolled_back_at: milestones.rolled_back,
            bake_ended_at: milestones.bake_ended,
            full_traffic_at: milestones.full_traffic,
            to_bake_end,
            to_horizon,
            blue_times: times(&self.plane.blue_timing, self.scenario),
            green_times: times(&green, self.scenario),
            all_times: times(&all, self.scenario),
            blue_instance_hours: bill.blue_instance_hours,
            green_instance_hours: bill.green_instance_hours,
            both_fleets_s: bill.both_fleets_s,
            peak_instances: peak(&self.instances.blue, &self.instances.green, self.scenario.end()),
            cost: bill.cost,
            extra_cost: bill.extra_cost,
        }
    }

    /// A single switch without a bake is billed for one fleet: green from when blue is gone.
    fn bill(&self) -> Bill {
        let (endpoint, horizon) = (&self.scenario.endpoint, self.scenario.end());
        let (blue, green) = (&self.instances.blue, &self.instances.green);
        if self.plan.is_plain_update() && self.milestones.end() == End::Promoted {
            let handed_over = blue.gone_at(horizon).unwrap_or(horizon);
            let green = Alive::only_from(handed_over, endpoint.green.instances);
            return Bill::new(endpoint, blue, &green, horizon);
        }
        Bill::new(endpoint, blue, green, horizon)
    }
}

#[expect(clippy::cast_possible_wrap, reason = "counts of requests are far below 2^63")]
fn damage(tally: &Tally, exposure: &Exposure, users: Option<UsersSpec>) -> Damage {
    let touched = users.map(|users| {
        if users.sticky {
            exposure.sticky_touched(users.count)
        } else {
            reached(users.count, tally.faulty_green)
        }
    });
    let failed = users.map(|users| {
        if users.sticky {
            exposure.sticky_failed(users.count)
        } else {
            reached(users.count, tally.attributable)
        }
    });
    Damage {
        requests: tally.requests,
        green: tally.green,
        faulty_green: tally.faulty_green,
        failed: tally.failed,
        failed_4xx: tally.failed_4xx,
        green_failed: tally.green_failed,
        timed_out: tally.timed_out,
        rejected: tally.rejected,
        attributable: tally.attributable,
        attributable_green: tally.attributable_green,
        excess: tally.failed as i64 - tally.failed_without as i64,
        slow: tally.slow,
        slow_attributable: tally.slow_attributable,
        mirrored: tally.mirrored,
        users_touched: touched,
        users_failed: failed,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn times(timing: &Timing, scenario: &Scenario) -> Times {
    let served = timing.responses.count();
    let waited = served - timing.waits.zeros();
    let measured_s = scenario.end().since(scenario.experiment.measure_from).as_secs_f64();
    let mean_s = |times: &Histogram| times.mean_ns().map(|nanos| nanos / 1e9);
    Times {
        served,
        waited_share: (served > 0).then(|| waited as f64 / served as f64),
        wait_mean_s: mean_s(&timing.waits),
        wait_quantiles_s: quantiles_s(&timing.waits),
        response_mean_s: mean_s(&timing.responses),
        response_quantiles_s: quantiles_s(&timing.responses),
        // Little's law: L = λ·W, with λ the requests served over the time measured.
        queue_length_mean: mean_s(&timing.waits).map(|wait| wait * served as f64 / measured_s),
    }
}

/// The reported quantiles \[s\], if there is anything to take them of.
pub(super) fn quantiles_s(times: &Histogram) -> Option<[f64; 3]> {
    let mut quantiles = [0.0; 3];
    for (quantile, q) in quantiles.iter_mut().zip(QUANTILES) {
        *quantile = times.quantile_ns(q)? / 1e9;
    }
    Some(quantiles)
}
