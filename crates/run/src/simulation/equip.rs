//! Equips the data plane of a run for what its strategy asks beyond two fleets: other challengers, the
//! books of a KPI and an A/B test, and the comparison of a shadow test.

use crate::dataplane::books::Books;
use crate::dataplane::kpi::Kpi;
use crate::dataplane::others::{Lane, Others};
use crate::dataplane::requests::DataPlane;
use crate::dataplane::tally::Timing;
use crate::dataplane::trial::Trial;
use crate::endpoint::kpi::{Goal, KpiEffect};
use crate::endpoint::model::ModelSpec;
use crate::endpoint::regression::{Effects, RegressionSpec};
use crate::rollout::ab_test::{AbTest, Rule};
use crate::rollout::plan::Plan;
use crate::scenario::Scenario;
use crate::simulation::analysis::best;
use crate::simulation::plane;
use crate::simulation::trouble::OTHERS;
use crate::simulation::world::World;

/// The data plane of `plan` with `release`, at the start of the warm-up.
pub(super) fn plane<'s>(
    scenario: &'s Scenario,
    world: &World<'s>,
    plan: &'s Plan,
    release: &RegressionSpec,
    recorded: bool,
) -> DataPlane<'s> {
    let mut plane = plane::new(scenario, world, recorded);
    let test = plan.test.as_ref();
    if let Some(test) = test.filter(|test| !test.others.is_empty()) {
        let lanes = test.others.iter().zip(OTHERS..).map(|(&(variant, _), number)| {
            let spec = &scenario.variants[variant];
            let fleet = plane::fleet(scenario, world, number, (&spec.fleet, &spec.model));
            Lane { fleet, model: &spec.model, share: 0.0, timing: Timing::default() }
        });
        plane.others = Some(Box::new(Others { lanes: lanes.collect() }));
    }
    if scenario.kpi.is_some() || test.is_some() {
        let trial = test.map(|test| {
            let means = true_means(scenario, test, release);
            let sprt = match test.rule {
                Rule::Sprt(sprt) => Some(sprt),
                _ => None,
            };
            Trial::new(test.goal, best(&means, test.goal), means.len(), sprt)
        });
        let others = test.iter().flat_map(|test| &test.others);
        let others = others.map(|&(variant, _)| scenario.variants[variant].kpi);
        let kpi = scenario.kpi.as_ref().map(|spec| Kpi::new(spec, others));
        plane.books = Some(Box::new(Books { kpi, trial }));
    }
    plane.by_user = test.is_some_and(|test| test.by_user);
    // The variants of a test have weights of their own, whatever is outstanding.
    plane.over_fleets = scenario.endpoint.routes_over_fleets() && test.is_none();
    if plan.stages.iter().any(|stage| stage.mirror > 0.0) {
        plane.mirroring = Some(Box::default());
        plane.overhead = plan.overhead;
    }
    plane
}

/// The true mean of the goal per request of each variant, blue first, at the regression's full strength.
/// Failures by the model count, those of queues and of ageing do not.
pub(super) fn true_means(scenario: &Scenario, test: &AbTest, release: &RegressionSpec) -> Vec<f64> {
    let effects = &release.effects;
    let none = Effects::default();
    let mean = |model: &ModelSpec, effects: &Effects, effect: KpiEffect| {
        let failing = effects.errors(model).iter().sum::<f64>().min(1.0);
        let kpi = scenario.kpi.as_ref();
        let conversion = kpi.map_or(0.0, |kpi| kpi.mean_conversion(effect.conversion_factor));
        let revenue = kpi.and_then(|kpi| kpi.revenue).map_or(0.0, |revenue| revenue.mean);
        match test.goal {
            Goal::Conversion => (1.0 - failing) * conversion,
            Goal::Revenue => (1.0 - failing) * conversion * revenue * effect.revenue_factor,
            Goal::Failure => failing,
        }
    };
    let green = scenario.kpi.as_ref().map_or(KpiEffect::default(), |kpi| kpi.green);
    let others = test.others.iter().map(|&(variant, _)| &scenario.variants[variant]);
    [
        mean(&scenario.blue, &none, KpiEffect::default()),
        mean(&scenario.green, effects, green.with(effects.kpi, 1.0)),
    ]
    .into_iter()
    .chain(others.map(|variant| mean(&variant.model, &none, variant.kpi)))
    .collect()
}
