//! What the business gets out of the requests of a run, and would get without the deployment.

use crate::endpoint::fault::Course;
use crate::endpoint::kpi::{KpiEffect, KpiSpec};
use crate::time::SimTime;
use serde::{Deserialize, Serialize};

/// The models' KPI.
#[derive(Clone, Debug)]
pub struct Kpi<'s> {
    spec: &'s KpiSpec,
    /// Of each variant without any regression: blue, green, the others.
    models: Vec<KpiEffect>,
    /// Green's regression, once its onset is known.
    pub course: Option<Course<'s>>,
    /// What has come in since the last reset.
    pub totals: KpiTotals,
}

/// Conversions and revenue of callers' requests, by arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KpiTotals {
    /// Conversions.
    pub conversions: u64,
    /// Conversions without the deployment.
    pub conversions_without: u64,
    /// Revenue.
    pub revenue: f64,
    /// Revenue without the deployment.
    pub revenue_without: f64,
}

/// A request's draws, as far as the KPI depends on them.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    /// Uniform that says whether it converts.
    pub kpi: f64,
    /// Normal score of a conversion's value.
    pub score: f64,
    /// Its user's place among all by how readily they convert.
    pub taste: f64,
}

/// What a well answered request brings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// Whether it converts.
    pub converts: bool,
    /// Its revenue; 0 without a conversion.
    pub revenue: f64,
}

impl Worth {
    /// A request that brings nothing.
    pub const NOTHING: Self = Self { converts: false, revenue: 0.0 };
}

impl<'s> Kpi<'s> {
    /// Of `models` beside blue, green first.
    pub fn new(spec: &'s KpiSpec, others: impl Iterator<Item = KpiEffect>) -> Self {
        let models = [KpiEffect::default(), spec.green].into_iter().chain(others).collect();
        Self { spec, models, course: None, totals: KpiTotals::default() }
    }

    /// What a well answered request of `customer` brings if `variant` serves it at `at`.
    pub fn worth(&self, customer: &Customer, variant: usize, at: SimTime) -> Worth {
        let effect = self.effect(variant, at);
        let probability = self.spec.propensity(customer.taste) * effect.conversion_factor;
        if customer.kpi >= probability {
            return Worth::NOTHING;
        }
        let value = self.spec.revenue.map_or(0.0, |revenue| revenue.at_score(customer.score));
        Worth { converts: true, revenue: value * effect.revenue_factor }
    }

    /// The expectation of that over everything but the user.
    pub fn expected(&self, customer: &Customer, variant: usize, at: SimTime) -> (f64, f64) {
        let effect = self.effect(variant, at);
        let probability = self.spec.propensity(customer.taste) * effect.conversion_factor;
        let probability = probability.min(1.0);
        let mean = self.spec.revenue.map_or(0.0, |revenue| revenue.mean);
        (probability, probability * mean * effect.revenue_factor)
    }

    /// Counts a request: what it brought, and whether it would have been answered without the deployment.
    pub fn count(&mut self, customer: &Customer, here: Worth, answered_without: bool, at: SimTime) {
        let without = if answered_without { self.worth(customer, 0, at) } else { Worth::NOTHING };
        self.totals.conversions += u64::from(here.converts);
        self.totals.revenue += here.revenue;
        self.totals.conversions_without += u64::from(without.converts);
        self.totals.revenue_without += without.revenue;
    }

    fn effect(&self, variant: usize, at: SimTime) -> KpiEffect {
        let own = self.models[variant];
        match self.course {
            Some(course) if variant == 1 => {
                own.with(course.effects().kpi, course.strength(at).value)
            }
            _ => own,
        }
    }
}
