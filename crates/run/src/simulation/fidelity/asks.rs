//! What is asked of response times, by alarms and by the report, and how much waiting may change it.
//!
//! A count of responses above a cut has mean n·q. Waiting is negligible there if it adds at most [`PART`]
//! of q, which is what a report of counts shows, and to an alarm's datapoint of n requests also at most
//! that part of the standard deviation √(n·q): then the probability of breaching rises by less than 0.01,
//! and by less than a tenth wherever it is above 10⁻⁵ (the normal density and its hazard times 0.02, at
//! most 0.4 and 4.4). What happens in fewer than one run in a hundred is negligible, too.

use crate::alarm::spec::{AlarmSpec, FleetDimension, Origin, Query};
use crate::rollout::plan::Side;
use crate::scenario::Scenario;
use crate::simulation::finish::QUANTILES;
use crate::stats::waiting::Service;
use crate::telemetry::metric::{Metric, Statistic};

/// More than this part of a figure, or of its standard deviation in a datapoint, is noticed.
pub(super) const PART: f64 = 0.02;

/// Something that is asked of the requests of a fleet.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) figure: Figure,
    /// Who asks, in words.
    pub(super) by: String,
    /// The length of a datapoint \[s\], if it is one.
    pub(super) period_s: Option<f64>,
}

/// A figure that waiting changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Figure {
    /// P(response > this) \[s\].
    Over(f64),
    /// The time that this share of responses does not exceed.
    Quantile(f64),
    /// The mean response.
    Mean,
    /// The probability of a 5xx: of a time-out, or a full queue.
    Failing,
}

/// Everything that is asked of one fleet.
pub(super) fn asks(scenario: &Scenario, side: Side) -> Vec<Ask> {
    let mut asks = Vec::new();
    let mut ask = |figure, by: &str, period_s| {
        asks.push(Ask { figure, by: by.to_owned(), period_s });
    };
    ask(Figure::Mean, "reported", None);
    for level in QUANTILES {
        ask(Figure::Quantile(level), "reported", None);
    }
    ask(Figure::Failing, "reported", None);
    if let Some(slow_over) = scenario.metrics.slow_over {
        ask(Figure::Over(slow_over.as_secs_f64()), "slow_over", None);
        for plan in scenario.strategies.iter().filter(|plan| !plan.overhead.is_zero()) {
            let left = slow_over.saturating_sub(plan.overhead);
            ask(Figure::Over(left.as_secs_f64()), "slow_over", None);
        }
    }
    for alarm in &scenario.alarms {
        for query in alarm.subject.queries() {
            if let Some(figure) = figure(alarm, query, side) {
                let by = format!("alarm \"{}\"", alarm.name);
                ask(figure, &by, Some(alarm.period.as_secs_f64()));
            }
        }
    }
    asks
}

/// What an alarm's metric says of this fleet that waiting could change.
fn figure(alarm: &AlarmSpec, query: &Query, side: Side) -> Option<Figure> {
    let Origin::Requests(metric, fleet) = query.origin else { return None };
    let is_seen = match side {
        Side::Blue => matches!(fleet, FleetDimension::Blue | FleetDimension::Both),
        Side::Green => fleet != FleetDimension::Blue,
    };
    if !is_seen {
        return None;
    }
    match (metric, query.statistic) {
        (Metric::Invocation5xxErrors | Metric::InvocationModelErrors, _) => Some(Figure::Failing),
        (Metric::ModelLatency, Statistic::Average | Statistic::Sum) => Some(Figure::Mean),
        (Metric::ModelLatency, Statistic::SampleCount) => None,
        (Metric::ModelLatency, _) => Some(Figure::Over(alarm.threshold.as_f64() / 1e9)),
        _ => None,
    }
}

impl Figure {
    /// Its value for a law of service times of which a share `p5` fails, without waiting.
    pub(super) fn base(self, service: &Service, p5: f64) -> f64 {
        match self {
            Self::Over(cut_s) => service.over(cut_s),
            Self::Quantile(level) => 1.0 - level,
            Self::Mean => service.mean_s(),
            Self::Failing => p5,
        }
    }

    /// In words, with the value that it has without waiting.
    pub(super) fn words(self, base: f64) -> String {
        match self {
            Self::Over(cut_s) => format!("the {} of responses over {cut_s} s", share(base)),
            Self::Quantile(level) => {
                format!("the {} of responses over p{}", share(base), 100.0 * level)
            }
            Self::Mean => format!("the mean response of {base:.4} s"),
            Self::Failing => format!("the {} of requests that fail with a 5xx", share(base)),
        }
    }

    /// What is added to it, in words.
    pub(super) fn added(self, added: f64) -> String {
        if self == Self::Mean { format!("{added:.2e} s") } else { share(added) }
    }
}

impl Ask {
    /// How much may be added to a figure of this value, with so many requests in a second.
    pub(super) fn allowed(&self, base: f64, service: &Service, rate_per_s: f64) -> f64 {
        let Some(period_s) = self.period_s else { return PART * base };
        let requests = (rate_per_s * period_s).max(1.0);
        let deviation = match self.figure {
            Figure::Mean => service.deviation_s() / requests.sqrt(),
            _ => (base / requests).sqrt(),
        };
        PART * base.min(deviation)
    }
}

/// A share in words: in percent, or as a power of ten where that has no digits.
pub(super) fn share(value: f64) -> String {
    if value > 0.0 && value < 1e-4 {
        format!("{value:.1e}")
    } else {
        format!("{:.2} %", 100.0 * value)
    }
}
