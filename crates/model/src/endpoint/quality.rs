//! How good a model's answers are: what latency and errors cannot see.
//!
//! What it models: a task with two classes, *positive* and *negative*. Each request belongs to one group of
//! the traffic and has a true class; a model's answer is right or wrong.
//!
//! ```text
//! group    of the request's segment uniform v: the first whose cumulated share is above v
//! positive if v lies in the first `positive_share` of its group's part of [0, 1)
//! right    if and only if  u < a(g, t)            u: the request's quality uniform, of this model
//! a(g, t) = a₀(g) − x(t)·(accuracy loss + segment loss(g) + drift's loss + decay·age) − Σ incidents' losses
//! feature  = z + x(t)·shift + Σ incidents' shifts    [standard deviations]      z: a normal score a request
//! ```
//!
//! x(t) is the strength of the regression's course (ramp, duration, intermittency), age the time since its
//! onset; a is kept within 0 and 1.
//!
//! **Two models err in different places.** Their accuracies do not say on how many requests exactly one is
//! right, the disagreement d; it lies between Fréchet's bounds L and U, over the groups' shares w:
//!
//! ```text
//! L = Σw·|a₁ − a₂|                        the same uniform judges both
//! I = Σw·(a₁(1 − a₂) + a₂(1 − a₁))        independent ones do
//! U = Σw·min(a₁ + a₂, 2 − a₁ − a₂)        u judges blue, 1 − u green
//! ```
//!
//! So blue is judged by u and green by a uniform that is u or one of its own ([`Coupling`]; beyond I: its own
//! or 1 − u), chosen request by request so that d comes out as it is wanted. Unless it is given, errors
//! are independent given the group, which is all that is known of how difficult a request is. Green's
//! uniform is the request's, whatever else happens: regressions are compared on the same luck.
//! Sources: Nelsen 2006, An Introduction to Copulas, §2.2 and §2.5; Yan et al. 2021, Positive-Congruent
//! Training (CVPR), for new models of equal accuracy that err elsewhere.
//!
//! Assumptions: an error is as likely in either class of a group (so recall = specificity = accuracy there);
//! requests are independent; only a request that is answered well (no 4xx, no 5xx) has an answer to judge.
//! Source for the metrics of such a task:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html>.
//! Not modelled: regression and ranking tasks, scores and thresholds, several features.

use crate::endpoint::fault::{Course, Strength};
use crate::endpoint::incident::IncidentSpec;
use crate::random::distribution::Distribution;
use crate::time::SimTime;

/// The task, the two models' accuracy at it, and how the truth comes to light.
#[derive(Clone, Debug, PartialEq)]
pub struct QualitySpec {
    /// The segments in the order of the scenario, and last everybody else; shares add up to 1.
    pub groups: Vec<GroupSpec>,
    /// How the two models' errors hang together.
    pub coupling: Coupling,
    /// The ground truth.
    pub labels: LabelsSpec,
}

/// How the two models' errors hang together: 0 as closely as can be, 1 not at all, 2 as contrarily as can
/// be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coupling(f64);

/// A part of the traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSpec {
    /// The segment's; empty for everybody else.
    pub name: String,
    /// Of the requests, 0 to 1.
    pub share: f64,
    /// Share of the group's requests whose true class is positive, 0 to 1.
    pub positive_share: f64,
    /// The current model's accuracy, 0 to 1.
    pub blue_accuracy: f64,
    /// The new model's accuracy without any regression, 0 to 1.
    pub green_accuracy: f64,
}

/// Ground-truth labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelsSpec {
    /// Time from a request to its label.
    pub delay: Distribution,
    /// Share of the requests that ever get one, 0 to 1.
    pub coverage: f64,
}

/// What a regression does to the answers of green, at full strength. Neutral by default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QualityEffects {
    /// Is taken off every group's accuracy.
    pub accuracy_loss: f64,
    /// Is taken off one group's accuracy.
    pub segment_loss: Option<SegmentLoss>,
    /// Is taken off every group's accuracy for each day since the onset \[1/d\].
    pub decay_per_day: f64,
    /// Green's inputs drift.
    pub drift: Drift,
}

/// One group suffers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmentLoss {
    /// Index among the groups.
    pub group: usize,
    /// Is taken off its accuracy.
    pub loss: f64,
}

/// The inputs are no longer those that a model was made for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drift {
    /// The feature's mean moves by this many of its standard deviations.
    pub shift_sd: f64,
    /// Is taken off every group's accuracy.
    pub accuracy_loss: f64,
}

/// Which of the two models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// The current one.
    Blue,
    /// The new one.
    Green,
}

/// How good one fleet's answers are from an instant until the next kink.
#[derive(Clone, Debug)]
pub struct Skill {
    from: SimTime,
    strength: Strength,
    /// Of each group: accuracy without the regression, and what the regression takes off at full strength.
    groups: Vec<(f64, f64)>,
    /// Taken off at full strength: so much now \[1\], and so much more with each nanosecond.
    decay: (f64, f64),
    /// Shift of the feature without the regression, and by it at full strength \[standard deviations\].
    shift_sd: (f64, f64),
}

const NANOS_PER_DAY: f64 = 86_400e9;

impl Skill {
    /// The skill of `model` with the regression `fault`, if it has one, and the incidents under way.
    pub fn new(
        spec: &QualitySpec,
        model: Model,
        fault: Option<Course<'_>>,
        incidents: &[&IncidentSpec],
        now: SimTime,
    ) -> Self {
        let strength = fault.map_or(Strength::NONE, |course| course.strength(now));
        let felt = fault.filter(|_| strength.is_felt());
        let effects = felt.and_then(|course| course.effects().quality).unwrap_or_default();
        let others: f64 = incidents.iter().map(|incident| incident.drift.accuracy_loss).sum();
        let groups = spec.groups.iter().enumerate().map(|(index, group)| {
            let own = match model {
                Model::Blue => group.blue_accuracy,
                Model::Green => group.green_accuracy,
            };
            let of_segment = effects.segment_loss.filter(|loss| loss.group == index);
            let loss = effects.accuracy_loss
                + effects.drift.accuracy_loss
                + of_segment.map_or(0.0, |segment| segment.loss);
            (own - others, loss)
        });
        let decay_per_ns = effects.decay_per_day / NANOS_PER_DAY;
        let age_ns = felt.map_or(0.0, |course| span_ns(course.onset(), now));
        Self {
            from: now,
            strength,
            groups: groups.collect(),
            decay: (decay_per_ns * age_ns, decay_per_ns),
            shift_sd: (
                incidents.iter().map(|incident| incident.drift.shift_sd).sum(),
                effects.drift.shift_sd,
            ),
        }
    }

    /// The probability that the answer to a request of `group` that arrives at `at` is right.
    pub fn accuracy(&self, group: usize, at: SimTime) -> f64 {
        let age_ns = span_ns(self.from, at);
        let (own, loss) = self.groups[group];
        let (decayed, per_ns) = self.decay;
        let strength = self.strength_at(age_ns);
        (own - strength * (loss + decayed + per_ns * age_ns)).clamp(0.0, 1.0)
    }

    /// Shift of the feature \[standard deviations\].
    pub fn shift_sd(&self, at: SimTime) -> f64 {
        let (others, own) = self.shift_sd;
        others + self.strength_at(span_ns(self.from, at)) * own
    }

    fn strength_at(&self, age_ns: f64) -> f64 {
        self.strength.value + self.strength.per_ns * age_ns
    }
}

impl Coupling {
    /// Errors that are independent given the group.
    pub const INDEPENDENT: Self = Self(1.0);

    /// With this disagreement over all groups, as without any regression.
    ///
    /// # Errors
    /// If no two models of these accuracies have it.
    pub fn of(disagreement: f64, groups: &[GroupSpec]) -> Result<Self, Disagreements> {
        let can = Disagreements::of(groups);
        let Disagreements { least, independent, most } = can;
        if !(least - ROUNDING..=most + ROUNDING).contains(&disagreement) {
            return Err(can);
        }
        let (from, to, low) = if disagreement <= independent {
            (least, independent, 0.0)
        } else {
            (independent, most, 1.0)
        };
        // Where nothing can vary, nothing is known.
        if to - from <= ROUNDING {
            return Ok(Self::INDEPENDENT);
        }
        Ok(Self(low + ((disagreement - from) / (to - from)).clamp(0.0, 1.0)))
    }

    /// The uniform that judges green where `blue` judges blue, by a uniform of green's own.
    pub fn green(self, blue: f64, own: f64) -> f64 {
        let Self(apart) = self;
        if apart <= 1.0 {
            return if own < apart { own / apart } else { blue };
        }
        let against = apart - 1.0;
        if own < against { 1.0 - blue } else { (own - against) / (1.0 - against) }
    }
}

/// Shares of the answers on which exactly one of two models can be right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disagreements {
    /// At least.
    pub least: f64,
    /// If they err independently given the group.
    pub independent: f64,
    /// At most.
    pub most: f64,
}

/// Sums of shares that differ by less are the same.
const ROUNDING: f64 = 1e-9;

impl Disagreements {
    /// Of models that have these accuracies.
    pub fn of(groups: &[GroupSpec]) -> Self {
        let sum = |of: fn(f64, f64) -> f64| {
            let parts = groups.iter();
            parts.map(|group| group.share * of(group.blue_accuracy, group.green_accuracy)).sum()
        };
        Self {
            least: sum(|blue, green| (blue - green).abs()),
            independent: sum(|blue, green| blue * (1.0 - green) + green * (1.0 - blue)),
            most: sum(|blue, green| (blue + green).min(2.0 - blue - green)),
        }
    }
}

impl QualitySpec {
    /// The group of a request with segment uniform `uniform`, and whether its true class is positive.
    pub fn group_of(&self, uniform: f64) -> (usize, bool) {
        let mut from = 0.0;
        let last = self.groups.len() - 1;
        for (index, group) in self.groups.iter().enumerate() {
            let within = uniform - from;
            // Rounding of the shares may leave the last a little short.
            if within < group.share || index == last {
                return (index, within < group.share * group.positive_share);
            }
            from += group.share;
        }
        (last, false)
    }
}

impl QualityEffects {
    /// Whether it does anything.
    pub fn is_neutral(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a span of 2^53 ns is 104 days")]
fn span_ns(from: SimTime, to: SimTime) -> f64 {
    (to.as_nanos() - from.as_nanos()) as f64
}

#[cfg(test)]
mod tests;
