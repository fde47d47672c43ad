//! The releases to try.

use super::effect;
use super::model::error_sum;
use super::report::Report;
use crate::endpoint::regression::{Effects, Onset, RegressionSpec};
use crate::endpoint::spec::EndpointSpec;
use crate::random::distribution::Distribution;
use crate::raw::kpi::RawKpi;
use crate::raw::quality::RawQuality;
use crate::raw::regression::{RawOnset, RawRegression};
use crate::raw::scalar::RawShare;
use crate::spec::ExperimentSpec;
use crate::time::{SimDuration, SimTime};

/// The arm without any regression.
pub(super) const HEALTHY: &str = "healthy";

/// What a regression is checked against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    pub(super) endpoint: &'a EndpointSpec,
    pub(super) experiment: &'a ExperimentSpec,
    pub(super) quality: Option<&'a RawQuality>,
    pub(super) kpi: Option<&'a RawKpi>,
    /// Green's factor on conversions without any regression.
    pub(super) green_conversion: f64,
    /// Green's probabilities of a 4xx and a 5xx.
    pub(super) green_errors: [RawShare; 2],
    /// Green's latency, if it is sound.
    pub(super) green_latency: Option<&'a Distribution>,
}

/// The healthy arm and the regressions after it.
pub(super) fn regressions(
    raw: &[RawRegression],
    around: Surroundings<'_>,
    report: &mut Report,
) -> Vec<RegressionSpec> {
    report.names("regressions", raw.iter().map(|regression| regression.name.as_str()));
    let healthy = RegressionSpec {
        name: HEALTHY.to_owned(),
        healthy: true,
        prior: healthy_prior(raw, report),
        effects: Effects::default(),
        onset: Onset::AfterFirstTraffic(SimDuration::ZERO),
        ramp: SimDuration::ZERO,
        duration: None,
        intermittency: None,
    };
    let regressions = raw
        .iter()
        .enumerate()
        .map(|(index, raw)| regression(&format!("regressions[{index}]"), raw, around, report));
    std::iter::once(healthy).chain(regressions.collect::<Vec<_>>()).collect()
}

fn regression(
    path: &str,
    raw: &RawRegression,
    around: Surroundings<'_>,
    report: &mut Report,
) -> RegressionSpec {
    if raw.name == HEALTHY {
        report.problem(
            format!("{path}.name"),
            "`healthy` is the release without any regression, which is always there",
            "give another name, or leave it out",
        );
    }
    let effects = effect::effects(path, raw, around, report);
    if effects == Effects::default() && !raw.healthy {
        report.problem(
            path,
            format!("the regression \"{}\" has no effect", raw.name),
            "give `errors`, `latency`, `tail`, `crash`, `capacity`, `memory_leak` or \
             `quality`; \
             or `healthy = true` for a good release",
        );
    }
    if let Some(errors) = &raw.errors {
        let [green_4xx, green_5xx] = around.green_errors;
        let both = [errors.errors_4xx.unwrap_or(green_4xx), errors.errors_5xx.unwrap_or(green_5xx)];
        if report.sound("green") && report.sound("blue") {
            error_sum(&format!("{path}.errors"), both, report);
        }
    }
    RegressionSpec {
        name: raw.name.clone(),
        healthy: raw.healthy,
        prior: raw.prior.map(|share| share.0),
        effects,
        onset: onset(&format!("{path}.onset"), &raw.onset, around.experiment, report),
        ramp: raw.ramp,
        duration: raw.duration,
        intermittency: raw.intermittency,
    }
}

/// Gives the healthy release, the first, what the priors of the others leave of 1.
pub(super) fn share_what_is_left(regressions: &mut [RegressionSpec]) {
    if let [healthy, others @ ..] = regressions {
        let given: Option<Vec<f64>> = others.iter().map(|release| release.prior).collect();
        let given = given.filter(|given| !given.is_empty());
        healthy.prior = given.map(|given| left_of_one(given.into_iter().sum()));
    }
}

fn left_of_one(sum: f64) -> f64 {
    (1.0 - sum).max(0.0)
}

/// What the regressions' priors leave for a release without any.
fn healthy_prior(raw: &[RawRegression], report: &mut Report) -> Option<f64> {
    let given = raw.iter().filter(|regression| regression.prior.is_some()).count();
    if given == 0 || !report.sound("regressions") {
        return None;
    }
    if given < raw.len() {
        let without = raw.iter().position(|regression| regression.prior.is_none())?;
        report.problem(
            format!("regressions[{without}].prior"),
            format!("some regressions have a `prior`, but \"{}\" has none", raw[without].name),
            "give every regression one, or none",
        );
        return None;
    }
    let sum: f64 = raw.iter().filter_map(|regression| regression.prior).map(|share| share.0).sum();
    // 0.7 + 0.2 + 0.1 and the like may end a rounding above 1.
    if sum > 1.0 + 1e-12 {
        report.problem(
            "regressions",
            format!("the priors of the regressions add up to {sum}, more than 1"),
            "what they leave of 1 is the prior of a healthy release",
        );
    }
    Some(left_of_one(sum))
}

fn onset(path: &str, raw: &RawOnset, experiment: &ExperimentSpec, report: &mut Report) -> Onset {
    match *raw {
        RawOnset::AfterFirstTraffic(delay) => Onset::AfterFirstTraffic(delay),
        RawOnset::At(time) => {
            if time >= experiment.horizon && report.sound("experiment.horizon") {
                report.problem(
                    format!("{path}.at"),
                    format!("the onset at {time} is not before the horizon"),
                    format!("give a time below {}, or simulate longer", experiment.horizon),
                );
            }
            Onset::At(SimTime::ZERO + time)
        }
        RawOnset::AtShare(share) => Onset::AtShare(share.0),
    }
}
