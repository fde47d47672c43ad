//! What things cost.

use super::super::report::Report;
use crate::spec::Scenario;
use crate::tune::LossPrices;

/// The prices, if nothing is noted.
pub(super) fn prices(loss: &LossPrices, scenario: &Scenario, report: &mut Report) -> LossPrices {
    if loss.slow_answer_usd > 0.0 && scenario.metrics.slow_over.is_none() && report.sound("metrics")
    {
        let message = "slow answers have a price, but nothing says from when on an answer is slow";
        let help = "give `slow_over` in [metrics], or take the price out";
        report.problem("tune.loss.slow_answer_usd", message, help);
    }
    if loss.wrong_answer_usd > 0.0 && scenario.quality.is_none() && report.sound("quality") {
        let message = "wrong answers have a price, but nothing says how often an answer is wrong";
        let help = "describe the models' answers in [quality], or take the price out";
        report.problem("tune.loss.wrong_answer_usd", message, help);
    }
    *loss
}
