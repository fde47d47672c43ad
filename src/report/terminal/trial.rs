//! What A/B tests and shadow tests came to, below the table of a regression.

use super::Page;
use crate::endpoint::kpi::Goal;
use crate::endpoint::quality::Coupling;
use crate::report::number::{amount, duration, percent};

impl Page<'_> {
    /// A sentence for each A/B test and each shadow test under a regression.
    pub(super) fn trials(&self, regression: usize) -> Vec<String> {
        let strategies = 0..self.results.scenario.strategies.len();
        strategies
            .flat_map(|strategy| {
                let arm = (strategy, regression);
                self.test(arm).into_iter().chain(self.shadow(arm))
            })
            .collect()
    }

    fn test(&self, arm: (usize, usize)) -> Option<String> {
        let share = |metric: &str| self.row(arm, metric, "share").and_then(|row| row.estimate);
        let mean = |metric: &str| self.row(arm, metric, "mean").and_then(|row| row.estimate);
        let [green, blue] = [share("test_green_won")?, share("test_blue_won")?];
        let other = share("test_other_won").filter(|&share| share > 0.0);
        let others = other.map_or(String::new(), |share| format!(", another {}", percent(share)));
        let undecided = share("test_undecided")?;
        let cut_short = 1.0 - green - blue - other.unwrap_or(0.0) - undecided;
        let cut_short = if cut_short > 1e-9 {
            format!(", cut short by an alarm or a time-out {}", percent(cut_short))
        } else {
            String::new()
        };
        let unit = match &self.results.scenario.strategies[arm.0].test {
            Some(test) => match test.goal {
                Goal::Conversion => "conversions",
                Goal::Revenue => "of revenue",
                Goal::Failure => "failures",
            },
            None => return None,
        };
        let power = self.row(arm, "test_power", "share").map_or(String::new(), |row| {
            let ends = [row.low, row.high].map(|end| percent(end.unwrap_or(f64::NAN)));
            let power = percent(row.estimate.unwrap_or(f64::NAN));
            format!("; power {power} [{}, {}]", ends[0], ends[1])
        });
        let winner = self.row(arm, "time_to_winner_s", "q50").and_then(|row| row.estimate);
        let when = winner.map_or("not reached".to_owned(), duration);
        let regret = amount(mean("regret_expected_to_horizon")?);
        Some(format!(
            "A/B test '{}': green wins {}, blue {}{others}, undecided {}{cut_short}{power}; \
             false winners {}; median time to a winner {when}; regret {regret} {unit} by the means, \
             {} realised.",
            self.results.scenario.strategies[arm.0].name,
            percent(green),
            percent(blue),
            percent(undecided),
            percent(share("test_false_winner")?),
            amount(mean("regret_realised_to_horizon")?),
        ))
    }

    fn shadow(&self, arm: (usize, usize)) -> Option<String> {
        let mean = |metric: &str| self.row(arm, metric, "mean").and_then(|row| row.estimate);
        let compared = mean("shadow_compared")?;
        let shown = |metric: &str, statistic: &str, show: &dyn Fn(f64) -> String, unit: &str| {
            let row = self.row(arm, metric, statistic);
            let known = row.and_then(|row| Some((row.estimate?, row.low, row.high)));
            known.map_or("unknown".to_owned(), |(estimate, low, high)| {
                let shown = show(estimate);
                match (low, high) {
                    (Some(low), Some(high)) => {
                        format!("{shown}{unit} [{}, {}]", show(low), show(high))
                    }
                    _ => format!("{shown}{unit} [no interval: too few runs]"),
                }
            })
        };
        let share = |metric: &str| shown(metric, "pooled", &percent, "");
        let quality = self.results.scenario.quality.as_ref();
        let assumed = if quality.is_some_and(|spec| spec.coupling == Coupling::INDEPENDENT) {
            ", if the two err independently"
        } else {
            ""
        };
        let agrees = self.row(arm, "shadow_agreement_share", "pooled").is_some();
        let agreement = if agrees {
            format!("; answers agree in {}{assumed}", share("shadow_agreement_share"))
        } else {
            String::new()
        };
        let starts_cold = self.results.scenario.green.cold_start.is_some();
        let age = if starts_cold { " once the shadow is warm" } else { "" };
        Some(format!(
            "Shadow '{}' against production over {} mirrored requests a run: latency {} (mean), {} \
             (p99){age}; failed {} against {}{agreement}.",
            self.results.scenario.strategies[arm.0].name,
            amount(compared),
            shown("shadow_latency_mean_difference_s", "pooled", &milliseconds, " ms"),
            shown("shadow_latency_q99_difference_s", "mean", &milliseconds, " ms"),
            share("shadow_failed_share"),
            share("shadow_production_failed_share"),
        ))
    }
}

/// A difference \[s\] in milliseconds, with its sign.
fn milliseconds(s: f64) -> String {
    format!("{:+.1}", s * 1e3)
}
