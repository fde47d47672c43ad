//! What is written down of each request for business and statistics, in scenarios that ask for it.

use crate::dataplane::kpi::{Kpi, Worth};
use crate::dataplane::trial::{Entry, Trial};

/// The books of a run.
#[derive(Clone, Debug)]
pub struct Books<'s> {
    /// What the business gets, if the scenario has a KPI.
    pub kpi: Option<Kpi<'s>>,
    /// The A/B test, if the strategy is one.
    pub trial: Option<Trial>,
}

impl Books<'_> {
    /// Enters a request, whose worth is still to be found; `errors` gives a variant's probabilities of a
    /// 4xx and a 5xx as it arrived.
    pub fn enter(
        &mut self,
        mut entry: Entry,
        answered_without: bool,
        errors: impl Fn(usize) -> [f64; 2],
    ) {
        if let Some(kpi) = &mut self.kpi {
            if !entry.fate.is_failure() {
                entry.here = kpi.worth(&entry.customer, entry.variant, entry.at);
            }
            kpi.count(&entry.customer, entry.here, answered_without, entry.at);
        } else {
            entry.here = Worth::NOTHING;
        }
        if let Some(trial) = &mut self.trial {
            trial.enter(&entry, self.kpi.as_ref(), errors);
        }
    }
}
