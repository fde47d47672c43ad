//! How good the answers are: `[quality]`, and what regressions and incidents take off.

use super::model;
use super::report::Report;
use crate::endpoint::quality::{
    Coupling, Disagreements, Drift, GroupSpec, LabelsSpec, QualityEffects, QualitySpec, SegmentLoss,
};
use crate::raw::quality::{RawDrift, RawQuality, RawQualityEffect, RawSegment, RawSegmentLoss};
use crate::raw::scalar::RawShare;

/// `[quality]` with absent keys filled in; `None` if there is none, or only if it has a problem.
pub(super) fn quality(raw: Option<&mut RawQuality>, report: &mut Report) -> Option<QualitySpec> {
    let raw = raw?;
    report.names("quality.segments", raw.segments.iter().map(|segment| segment.name.as_str()));
    let green_accuracy = *raw.green_accuracy.get_or_insert(raw.accuracy);
    let rest = GroupSpec {
        name: String::new(),
        share: 0.0,
        positive_share: raw.positive_share.0,
        blue_accuracy: raw.accuracy.0,
        green_accuracy: green_accuracy.0,
    };
    let mut left = 1.0;
    let mut groups = Vec::new();
    for (index, segment) in raw.segments.iter_mut().enumerate() {
        let path = format!("quality.segments[{index}].share");
        left -= segment.share.0;
        // 0.7 + 0.2 + 0.1 and the like may end a rounding above 1.
        if left < -1e-12 && report.sound("quality.segments") {
            report.problem(
                path,
                "the shares of the segments add up to more than 1",
                "what they leave of 1 is everybody else; lower them",
            );
        }
        let green = segment.green_accuracy.or(segment.accuracy).unwrap_or(green_accuracy);
        groups.push(group(segment, &rest, green.0));
        segment.green_accuracy = Some(green);
        segment.accuracy.get_or_insert(raw.accuracy);
        segment.positive_share.get_or_insert(raw.positive_share);
    }
    groups.push(GroupSpec { share: left.max(0.0), ..rest });
    let delay = model::distribution("quality.labels.delay", &raw.labels.delay, report).ok()?;
    let coupling = coupling(raw, &groups, report)?;
    Some(QualitySpec {
        groups,
        coupling,
        labels: LabelsSpec { delay, coverage: raw.labels.coverage.0 },
    })
}

/// How the models' errors hang together, by the disagreement that is wanted.
fn coupling(raw: &mut RawQuality, groups: &[GroupSpec], report: &mut Report) -> Option<Coupling> {
    let independent = RawShare(Disagreements::of(groups).independent);
    let wanted = raw.disagreement.get_or_insert(independent).0;
    match Coupling::of(wanted, groups) {
        Ok(coupling) => Some(coupling),
        Err(Disagreements { least, independent, most }) => {
            if report.sound("quality") {
                report.problem(
                    "quality.disagreement",
                    format!(
                        "two models of these accuracies disagree on {least:.6} to {most:.6} of the \
                         answers, not on {wanted}"
                    ),
                    format!(
                        "give a share between the two, or leave it out: models that err \
                         independently disagree on {independent:.6}"
                    ),
                );
            }
            None
        }
    }
}

fn group(raw: &RawSegment, rest: &GroupSpec, green_accuracy: f64) -> GroupSpec {
    GroupSpec {
        name: raw.name.clone(),
        share: raw.share.0,
        positive_share: raw.positive_share.map_or(rest.positive_share, |share| share.0),
        blue_accuracy: raw.accuracy.map_or(rest.blue_accuracy, |share| share.0),
        green_accuracy,
    }
}

/// What a regression does to the answers.
pub(super) fn effects(
    path: &str,
    raw: &RawQualityEffect,
    quality: Option<&RawQuality>,
    report: &mut Report,
) -> QualityEffects {
    if !is_modelled(path, quality, report) {
        return QualityEffects::default();
    }
    let effects =
        QualityEffects {
            accuracy_loss: raw.accuracy_loss.0,
            segment_loss: raw.segment_loss.as_ref().and_then(|raw| {
                segment_loss(&format!("{path}.segment_loss"), raw, quality?, report)
            }),
            decay_per_day: raw.decay_per_day,
            drift: raw.drift.as_ref().map_or(Drift::default(), |raw| {
                drift(&format!("{path}.drift"), raw, quality, report)
            }),
        };
    if effects.is_neutral() && report.sound(path) {
        report.problem(
            path,
            "this loss of quality loses nothing",
            "give `accuracy_loss`, `segment_loss`, `decay_per_day` or `drift`",
        );
    }
    effects
}

/// The drift at `path`.
pub(super) fn drift(
    path: &str,
    raw: &RawDrift,
    quality: Option<&RawQuality>,
    report: &mut Report,
) -> Drift {
    let drift = Drift { shift_sd: raw.shift_sd, accuracy_loss: raw.accuracy_loss.0 };
    if drift == Drift::default() && report.sound(path) {
        report.problem(path, "this drift changes nothing", "give `shift_sd` or `accuracy_loss`");
    }
    is_modelled(path, quality, report);
    drift
}

fn segment_loss(
    path: &str,
    raw: &RawSegmentLoss,
    quality: &RawQuality,
    report: &mut Report,
) -> Option<SegmentLoss> {
    let group = segment(&format!("{path}.segment"), &raw.segment, quality, report)?;
    Some(SegmentLoss { group, loss: raw.loss.0 })
}

/// The index of the segment called `name`.
pub(super) fn segment(
    path: &str,
    name: &str,
    quality: &RawQuality,
    report: &mut Report,
) -> Option<usize> {
    let known: Vec<&str> = quality.segments.iter().map(|segment| segment.name.as_str()).collect();
    let found = known.iter().position(|known| *known == name);
    if found.is_none() && report.sound("quality.segments") {
        report.unknown_name(path, "segment", name, &known);
    }
    found
}

/// Whether there is anything to lose.
fn is_modelled(path: &str, quality: Option<&RawQuality>, report: &mut Report) -> bool {
    if quality.is_none() && report.sound("quality") {
        report.problem(
            path,
            "nobody knows how good the answers are: there is no `quality`",
            "add [quality] with, say, accuracy = 0.92",
        );
    }
    quality.is_some()
}
