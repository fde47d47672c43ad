//! What only some scenarios or strategies have: a KPI, an A/B test, a shadow test.
//!
//! **Power** is the share of runs of an A/B test in which the truly best variant wins; **false winners**
//! are declared although no better in truth than what they won against.

use super::{Figure, Kind, Metric, Moment, Window, moments, named};
use crate::simulation::outcome::{KpiTotals, Mirrored, Outcome, TestOutcome};
use crate::stats::real;

pub(super) fn metrics() -> impl Iterator<Item = Metric> {
    let asked = ASKED.map(|(name, read)| named(name, "ratio", Kind::Asked(read)));
    let decision = Moment {
        of: |run| moments::time_to_decision_s(run).filter(|_| is_won(run)),
        among: |run| run.test.is_some(),
        faulty_only: false,
        optional: true,
    };
    let decision = named("time_to_winner_s", "s", Kind::Time(decision));
    let kpi = [(Window::BakeEnd, "to_bake_end"), (Window::Horizon, "to_horizon")]
        .into_iter()
        .flat_map(|(window, suffix)| {
            KPI.map(|(name, unit, read)| {
                let figure = Kind::Figure(Figure::Kpi(window, read));
                named(&format!("{name}_{suffix}"), unit, figure)
            })
        });
    let special = |(name, unit, read)| named(name, unit, Kind::Figure(Figure::Special(read)));
    let mirrored = |(name, unit, read)| named(name, unit, Kind::Figure(Figure::Mirrored(read)));
    let runs = TEST.into_iter().chain([COMPARED]).map(special).chain(MIRRORED.map(mirrored));
    asked.into_iter().chain(std::iter::once(decision)).chain(kpi).chain(runs)
}

type Asked = (&'static str, fn(&Outcome) -> Option<bool>);
type Read = (&'static str, &'static str, fn(&Outcome) -> Option<f64>);
type ReadKpi = (&'static str, &'static str, fn(&KpiTotals) -> f64);

fn is_won(run: &Outcome) -> bool {
    run.test.is_some_and(|test| test.winner.is_some())
}

const ASKED: [Asked; 7] = [
    ("test_power", |run| {
        let test = run.test?;
        Some(test.winner == Some(test.best?))
    }),
    ("test_false_winner", |run| Some(run.test?.false_winner)),
    ("test_green_won", |run| Some(run.test?.winner == Some(1))),
    ("test_blue_won", |run| Some(run.test?.winner == Some(0))),
    ("test_other_won", |run| Some(run.test?.winner > Some(1))),
    ("test_undecided", |run| {
        let test = run.test?;
        Some(test.decided_at.is_some() && test.winner.is_none())
    }),
    ("test_interval_covers", |run| {
        let test = run.test?;
        let (low, high) = test.interval?;
        Some(low <= test.true_effect && test.true_effect <= high)
    }),
];

const KPI: [ReadKpi; 4] = [
    ("conversions", "conversions", |kpi| real(kpi.conversions)),
    ("conversions_lost", "conversions", |kpi| {
        real(kpi.conversions_without) - real(kpi.conversions)
    }),
    ("revenue", "currency", |kpi| kpi.revenue),
    ("revenue_lost", "currency", |kpi| kpi.revenue_without - kpi.revenue),
];

fn of_test(run: &Outcome, read: fn(&TestOutcome) -> Option<f64>) -> Option<f64> {
    run.test.as_ref().and_then(read)
}

const TEST: [Read; 14] = [
    ("test_looks", "looks", |run| of_test(run, |test| Some(real(test.looks)))),
    ("test_blue_units", "units", |run| of_test(run, |test| Some(real(test.blue_units)))),
    ("test_green_units", "units", |run| of_test(run, |test| Some(real(test.green_units)))),
    ("test_sprt_trials", "units", |run| of_test(run, |test| test.sprt_trials.map(real))),
    ("test_blue_mean", "kpi", |run| of_test(run, |test| test.blue_mean)),
    ("test_effect", "kpi", |run| of_test(run, |test| test.effect)),
    ("test_effect_low", "kpi", |run| of_test(run, |test| Some(test.interval?.0))),
    ("test_effect_high", "kpi", |run| of_test(run, |test| Some(test.interval?.1))),
    ("test_p_value", "ratio", |run| of_test(run, |test| test.p_value)),
    ("test_true_effect", "kpi", |run| of_test(run, |test| Some(test.true_effect))),
    ("regret_expected_to_decision", "kpi", |run| {
        of_test(run, |test| Some(test.regret_expected_to_decision))
    }),
    ("regret_realised_to_decision", "kpi", |run| {
        of_test(run, |test| Some(test.regret_realised_to_decision))
    }),
    ("regret_expected_to_horizon", "kpi", |run| {
        of_test(run, |test| Some(test.regret_expected_to_horizon))
    }),
    ("regret_realised_to_horizon", "kpi", |run| {
        of_test(run, |test| Some(test.regret_realised_to_horizon))
    }),
];

const COMPARED: Read =
    ("shadow_compared", "requests", |run| run.mirrored.as_ref().map(|both| real(both.requests)));

type ReadMirrored = (&'static str, &'static str, fn(&Mirrored) -> Option<f64>);

/// Shadow minus production, over the same requests.
const MIRRORED: [ReadMirrored; 10] = [
    ("shadow_latency_mean_difference_s", "s", |both| both.latency_difference_s),
    ("shadow_latency_q50_difference_s", "s", |both| Some(both.quantile_differences_s?[0])),
    ("shadow_latency_q90_difference_s", "s", |both| Some(both.quantile_differences_s?[1])),
    ("shadow_latency_q99_difference_s", "s", |both| Some(both.quantile_differences_s?[2])),
    ("shadow_production_failed_share", "ratio", |both| Some(both.production_failed)),
    ("shadow_failed_share", "ratio", |both| Some(both.shadow_failed)),
    ("shadow_discordant_share", "ratio", |both| Some(both.discordant)),
    ("shadow_agreement_share", "ratio", |both| both.agreement),
    ("shadow_production_right_share", "ratio", |both| both.production_right),
    ("shadow_right_share", "ratio", |both| both.shadow_right),
];
