//! What an A/B test counts: each variant's requests and KPI while it is open, and the regret.
//!
//! **Regret** is the KPI lost by requests that a variant served which is truly worse than the best one:
//!
//! ```text
//! expected  = Σ m_best(t) − m_here(t)   m: mean KPI of a request of this user, failures by the model
//! included realised  = Σ y_best − y_here             y_best: by the same draws, if the best variant had
//! served it
//! ```
//!
//! The two have the same expectation. A request lost to a time-out or a full queue counts in neither.

use crate::dataplane::kpi::{Customer, Kpi, Worth};
use crate::endpoint::fleet::Fate;
use crate::endpoint::kpi::Goal;
use crate::stats::sequential::{Sprt, Walk};
use crate::stats::two_sample::{Clusters, Values};
use crate::time::{SimDuration, SimTime};

/// An A/B test under way.
#[derive(Clone, Debug)]
pub struct Trial {
    goal: Goal,
    /// The variant that is truly best at full strength of the regression.
    best: usize,
    /// What each variant has served while the test is open: blue, green, the others.
    pub variants: Vec<VariantCounts>,
    /// Each user's requests and KPI, if users are compared.
    users: Option<Vec<(f64, f64)>>,
    /// Wald's test of green, and when it was over.
    walk: Option<(Sprt, Walk, Option<SimTime>)>,
    stage: Stage,
    /// Since the beginning.
    pub regret: Regret,
    /// As it was when the test closed.
    pub regret_at_close: Option<Regret>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Open,
    Closed,
}

/// KPI lost on worse variants.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Regret {
    /// By the models' means.
    pub expected: f64,
    /// By what would have come of the same requests.
    pub realised: f64,
}

/// What a variant served during a test.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VariantCounts {
    /// Requests of callers.
    pub requests: u64,
    /// Of these, failed.
    pub failed: u64,
    /// Conversions.
    pub conversions: u64,
    /// Revenue.
    pub revenue: f64,
    /// Sum of the response times \[s\].
    pub responses_s: f64,
    /// The goal of each request.
    pub values: Values,
    /// The goal by users, if users are compared.
    pub clusters: Clusters,
}

/// One request of a test.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// When it came.
    pub at: SimTime,
    /// Who served it: 0 is blue, 1 green, then the others.
    pub variant: usize,
    /// How it was answered.
    pub fate: Fate,
    /// Time to the answer.
    pub response: SimDuration,
    /// Uniform that says whether it fails.
    pub error: f64,
    /// Its user, from 0.
    pub user: u64,
    /// Its draws.
    pub customer: Customer,
    /// What it brought.
    pub here: Worth,
}

impl Trial {
    /// A test of so many variants, not begun.
    pub fn new(goal: Goal, best: usize, variants: usize, sprt: Option<Sprt>) -> Self {
        Self {
            goal,
            best,
            variants: vec![VariantCounts::default(); variants],
            users: None,
            walk: sprt.map(|sprt| (sprt, Walk::default(), None)),
            stage: Stage::Waiting,
            regret: Regret::default(),
            regret_at_close: None,
        }
    }

    /// Counts from here on; by user if there are any to tell apart.
    pub fn open(&mut self, users: Option<u64>) {
        self.stage = Stage::Open;
        let users = users.map(|users| usize::try_from(users).unwrap_or(0));
        self.users = users.map(|users| vec![(0.0, 0.0); users]);
    }

    /// Counts no more; the regret goes on.
    pub fn close(&mut self) {
        if self.stage == Stage::Open {
            self.stage = Stage::Closed;
            self.users = None;
            self.regret_at_close = Some(self.regret);
        }
    }

    /// Where Wald's test stands, and when it was over.
    pub fn walk(&self) -> Option<(&Sprt, &Walk, Option<SimTime>)> {
        self.walk.as_ref().map(|(sprt, walk, over)| (sprt, walk, *over))
    }

    /// Counts a request; `errors` gives a variant's probabilities of a 4xx and a 5xx then.
    pub fn enter(
        &mut self,
        entry: &Entry,
        kpi: Option<&Kpi<'_>>,
        errors: impl Fn(usize) -> [f64; 2],
    ) {
        if self.stage == Stage::Waiting {
            return;
        }
        let failed = entry.fate.is_failure();
        let value = value(self.goal, failed, entry.here);
        if self.stage == Stage::Open {
            self.add(entry, failed, value);
        }
        if entry.variant != self.best && !matches!(entry.fate, Fate::TimedOut | Fate::Rejected) {
            self.add_regret(entry, kpi, value, [errors(self.best), errors(entry.variant)]);
        }
    }

    fn add(&mut self, entry: &Entry, failed: bool, value: f64) {
        let counts = &mut self.variants[entry.variant];
        counts.requests += 1;
        counts.failed += u64::from(failed);
        counts.conversions += u64::from(entry.here.converts);
        counts.revenue += entry.here.revenue;
        counts.responses_s += entry.response.as_secs_f64();
        counts.values.add(value);
        let users = self.users.as_mut();
        let user = usize::try_from(entry.user).ok().and_then(|user| users?.get_mut(user));
        if let Some((size, sum)) = user {
            counts.clusters.add((*size, *sum), value);
            *size += 1.0;
            *sum += value;
        }
        if entry.variant == 1
            && let Some((sprt, walk, over)) = &mut self.walk
            && over.is_none()
            && sprt.step(walk, value > 0.5)
        {
            *over = Some(entry.at);
        }
    }

    fn add_regret(
        &mut self,
        entry: &Entry,
        kpi: Option<&Kpi<'_>>,
        value_here: f64,
        errors: [[f64; 2]; 2],
    ) {
        let mean = |variant: usize, [errors_4xx, errors_5xx]: [f64; 2]| {
            let failing = (errors_4xx + errors_5xx).min(1.0);
            let (conversions, revenue) =
                kpi.map_or((0.0, 0.0), |kpi| kpi.expected(&entry.customer, variant, entry.at));
            match self.goal {
                Goal::Conversion => (1.0 - failing) * conversions,
                Goal::Revenue => (1.0 - failing) * revenue,
                Goal::Failure => failing,
            }
        };
        let [best_4xx, best_5xx] = errors[0];
        let fails = entry.error < best_5xx || entry.error >= 1.0 - best_4xx;
        let there = match kpi {
            Some(kpi) if !fails => kpi.worth(&entry.customer, self.best, entry.at),
            _ => Worth::NOTHING,
        };
        let sign = self.goal.sign();
        self.regret.expected +=
            sign * (mean(self.best, errors[0]) - mean(entry.variant, errors[1]));
        self.regret.realised += sign * (value(self.goal, fails, there) - value_here);
    }
}

fn value(goal: Goal, failed: bool, worth: Worth) -> f64 {
    match goal {
        Goal::Conversion => f64::from(u8::from(worth.converts)),
        Goal::Revenue => worth.revenue,
        Goal::Failure => f64::from(u8::from(failed)),
    }
}
