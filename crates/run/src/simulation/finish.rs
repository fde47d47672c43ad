//! Makes the outcome of a run that has reached the horizon.

use crate::dataplane::aggregate::{AllFigures, Figures};
use crate::dataplane::kpi::KpiTotals;
use crate::dataplane::mirroring::Mirroring;
use crate::dataplane::path::Path;
use crate::dataplane::pull::Swell;
use crate::dataplane::tally::{Tally, Timing};
use crate::scenario::Scenario;
use crate::simulation::arm::Arm;
use crate::simulation::billing::{Alive, Bill, peak};
use crate::simulation::outcome::{
    Attempts, BacklogFigures, Damage, End, Mirrored, Outcome, Own, Times, Wrong,
};
use crate::simulation::replication::ArmId;
use crate::simulation::traffic::Traffic;
use crate::simulation::users::{Exposure, reached};
use crate::simulation::verdict::Verdict;
use crate::stats::real;
use crate::telemetry::histogram::Histogram;
use crate::time::{SimDuration, SimTime};

/// The quantiles of waiting and response times that are reported.
pub(super) const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

impl Arm<'_> {
    /// The outcome, once the run has reached the horizon; the controller gave the healthy release of the same
    /// strategy and replication up at `healthy_given_up_at`.
    pub(super) fn outcome(
        &self,
        id: ArmId,
        replication: u64,
        healthy_given_up_at: Option<SimTime>,
    ) -> Outcome {
        let milestones = &self.accounts.milestones;
        let scenario = self.scenario;
        let by_user = self.traffic.plane.by_user;
        let damage = |tally: &Tally, exposure: &Exposure, kpi: KpiTotals| Damage {
            kpi: scenario.kpi.as_ref().map(|_| kpi),
            attempts: scenario.clients.is_some().then(|| attempts(tally)),
            own: self
                .traffic
                .path
                .settles_at_once()
                .then_some(Own { excess: tally.failed_own, slow_excess: tally.slow_own }),
            ..damage(tally, exposure, scenario, by_user)
        };
        let to_horizon =
            damage(&self.traffic.plane.tally, &self.accounts.exposure, self.traffic.kpi_totals());
        let to_bake_end = self
            .accounts
            .to_bake_end
            .as_ref()
            .map_or(to_horizon, |(tally, exposure, kpi)| damage(tally, exposure, *kpi));
        let bill = self.bill().plus(self.other_fleets_usd());
        let [blue_times, green_times, all_times] = self.traffic.times(scenario);
        Outcome {
            strategy: id.strategy,
            regression: id.regression,
            replication,
            end: milestones.end(),
            verdict: Verdict::of(&milestones.facts(), self.release.healthy, healthy_given_up_at),
            alarm: milestones.acted_on.map(|(index, _)| index),
            alarm_at: milestones.acted_on.map(|(_, since)| since),
            given_up: milestones.given_up,
            healthy_given_up_at,
            first_traffic_at: milestones.first_traffic,
            first_faulty_exposure_at: milestones.first_faulty_exposure,
            rolled_back_at: milestones.rolled_back,
            bake_ended_at: milestones.bake_ended,
            full_traffic_at: milestones.full_traffic,
            to_bake_end,
            to_horizon,
            blue_times,
            green_times,
            all_times,
            backlog: self.traffic.backlog(),
            blue_instance_hours: bill.blue_instance_hours,
            green_instance_hours: bill.green_instance_hours,
            both_fleets_s: bill.both_fleets_s,
            peak_instances: peak(
                &self.accounts.instances.blue,
                &self.accounts.instances.green,
                self.scenario.end(),
            ),
            cost: bill.cost,
            extra_cost: bill.extra_cost,
            test: self.test_outcome(),
            variants: self.variant_outcomes(),
            mirrored: self.traffic.mirrored(),
        }
    }

    /// A single switch without a bake is billed for one fleet: green from when blue is gone.
    fn bill(&self) -> Bill {
        let (endpoint, horizon) = (&self.scenario.endpoint, self.scenario.end());
        let (blue, green) = (&self.accounts.instances.blue, &self.accounts.instances.green);
        let hours = self.scenario.experiment.horizon.as_hours_f64();
        let monitoring = Some(self.plan.monitoring_usd_per_hour * hours);
        if self.plan.is_plain_update() && self.accounts.milestones.end() == End::Promoted {
            let handed_over = blue.gone_at(horizon).unwrap_or(horizon);
            let green = Alive::only_from(handed_over, endpoint.green.instances);
            return Bill::new(endpoint, blue, &green, horizon).plus(monitoring);
        }
        Bill::new(endpoint, blue, green, horizon).plus(monitoring)
    }
}

impl Traffic<'_> {
    /// Times on blue, on green (copies included), and as callers see them.
    fn times(&self, scenario: &Scenario) -> [Times; 3] {
        let plane = &self.plane;
        if let Path::Drawn(drawn) = &self.path {
            let AllFigures { blue, green, all, .. } = &drawn.figures;
            return [blue, green, all].map(unqueued);
        }
        let mut green = plane.green_timing.clone();
        green.merge(&plane.shadow_timing);
        [&plane.blue_timing, &green, &self.callers_timing()].map(|timing| times(timing, scenario))
    }

    /// What production and shadow made of the same requests; `None` if none was mirrored.
    fn mirrored(&self) -> Option<Mirrored> {
        let both = self.plane.mirroring.as_deref()?;
        if let Path::Drawn(drawn) = &self.path {
            return mirrored(both, [drawn.figures.production, drawn.figures.copies]);
        }
        let figures = [&both.production, &both.shadow].map(|timing| figures(&timing.responses));
        mirrored(both, figures)
    }

    /// Times as callers see them.
    fn callers_timing(&self) -> Timing {
        if let Path::Retrying(clients) = &self.path {
            return clients.timing.clone();
        }
        let mut all = self.plane.blue_timing.clone();
        all.merge(&self.plane.green_timing);
        for lane in self.plane.others.iter().flat_map(|others| &others.lanes) {
            all.merge(&lane.timing);
        }
        all
    }

    fn backlog(&self) -> Option<BacklogFigures> {
        let Path::Pulling(queue) = &self.path else { return None };
        let Swell { peak, peak_at, drained_at } = queue.swell;
        let drain = drained_at.zip(peak_at).map(|(drained, peak)| drained.since(peak));
        Some(BacklogFigures {
            peak,
            drain_s: drain.map(SimDuration::as_secs_f64),
            unanswered: self.plane.tally.unanswered,
        })
    }
}

fn attempts(tally: &Tally) -> Attempts {
    Attempts {
        retries: tally.retries,
        green_retries: tally.green_retries,
        first_failures: tally.first_failures,
        denied_retries: tally.denied_retries,
    }
}

fn damage(tally: &Tally, exposure: &Exposure, scenario: &Scenario, by_user: bool) -> Damage {
    let users = scenario.users;
    let wrong = scenario.quality.as_ref().map(|_| Wrong {
        answers: tally.wrong,
        attributable: tally.wrong_attributable,
        excess: tally.wrong_excess(),
    });
    // Of users who stay put by the exposure, of others by a number of requests.
    let stay_put = by_user || users.is_some_and(|users| users.sticky);
    let expected = |sticky: fn(&Exposure, u64) -> f64, mixed: &dyn Fn(u64) -> f64| {
        users.map(|users| if stay_put { sticky(exposure, users.count) } else { mixed(users.count) })
    };
    Damage {
        counts: *tally,
        own: None,
        wrong,
        kpi: None,
        attempts: None,
        users_touched: expected(Exposure::sticky_touched, &|users| {
            reached(users, tally.faulty_green)
        }),
        users_failed: expected(Exposure::sticky_failed, &|users| {
            reached(users, tally.attributable)
        }),
        users_failed_excess: expected(Exposure::sticky_failed_excess, &|users| {
            reached(users, tally.failed) - reached(users, tally.failed_without)
        }),
    }
}

fn times(timing: &Timing, scenario: &Scenario) -> Times {
    let served = timing.responses.count();
    let waited = served - timing.waits.zeros();
    let measured_s = scenario.end().since(scenario.experiment.measure_from).as_secs_f64();
    let mean_s = |times: &Histogram| times.mean_ns().map(|nanos| nanos / 1e9);
    Times {
        served,
        waited_share: (served > 0).then(|| real(waited) / real(served)),
        wait_mean_s: mean_s(&timing.waits),
        wait_quantiles_s: quantiles_s(&timing.waits),
        response_mean_s: mean_s(&timing.responses),
        response_quantiles_s: quantiles_s(&timing.responses),
        // Little's law: L = λ·W, with λ the requests served over the time measured.
        queue_length_mean: mean_s(&timing.waits).map(|wait| wait * real(served) / measured_s),
    }
}

/// Where nobody waits.
fn unqueued(figures: &Figures) -> Times {
    let served = figures.count > 0;
    let nothing = served.then_some(0.0);
    Times {
        served: figures.count,
        waited_share: nothing,
        wait_mean_s: nothing,
        wait_quantiles_s: served.then_some([0.0; 3]),
        response_mean_s: figures.mean_ns.map(|nanos| nanos / 1e9),
        response_quantiles_s: figures.quantiles_ns.map(|nanos| nanos.map(|nanos| nanos / 1e9)),
        queue_length_mean: nothing,
    }
}

fn figures(times: &Histogram) -> Figures {
    let [half, most, tail] = QUANTILES.map(|q| times.quantile_ns(q));
    let quantiles_ns = half.zip(most).zip(tail).map(|((half, most), tail)| [half, most, tail]);
    Figures { count: times.count(), mean_ns: times.mean_ns(), quantiles_ns }
}

/// What production and shadow made of the same requests; `None` if none was mirrored.
fn mirrored(both: &Mirroring, [production, shadow]: [Figures; 2]) -> Option<Mirrored> {
    let share = |count: u64| real(count) / real(both.requests);
    let differences = || {
        let [before, after] = [production.quantiles_ns?, shadow.quantiles_ns?];
        Some([0, 1, 2].map(|index| after[index] / 1e9 - before[index] / 1e9))
    };
    (both.requests > 0).then(|| Mirrored {
        requests: both.requests,
        latency_difference_s: shadow
            .mean_ns
            .zip(production.mean_ns)
            .map(|(after, before)| (after - before) / 1e9),
        quantile_differences_s: differences(),
        production_failed: share(both.production_failed),
        shadow_failed: share(both.shadow_failed),
        discordant: share(both.discordant),
        agreement: (both.judged > 0).then(|| real(both.agreed) / real(both.judged)),
        production_right: (both.judged > 0).then(|| real(both.right[0]) / real(both.judged)),
        shadow_right: (both.judged > 0).then(|| real(both.right[1]) / real(both.judged)),
    })
}

/// The reported quantiles \[s\], if there is anything to take them of.
pub(super) fn quantiles_s(times: &Histogram) -> Option<[f64; 3]> {
    let mut quantiles = [0.0; 3];
    for (quantile, q) in quantiles.iter_mut().zip(QUANTILES) {
        *quantile = times.quantile_ns(q)? / 1e9;
    }
    Some(quantiles)
}
