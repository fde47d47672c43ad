//! What is true of each request whatever serves it: its group, its class, and when that becomes known.
//!
//! A label belongs to the request and not to the answer, so both models (and a shadow's copy) are held
//! against the same one at the same time; likewise the feature before any drift.

use crate::endpoint::quality::QualitySpec;
use crate::random::stream::{Purpose, Stream, Streams, unit};
use crate::time::{SimDuration, SimTime};
use rand_distr::{Distribution as _, StandardNormal};

/// The truths of a block's requests, column by column; empty columns if nobody asks.
#[derive(Clone, Debug, Default)]
pub struct Truths {
    /// Uniform that the current model's accuracy is compared with: right if below.
    pub quality: Vec<f64>,
    /// The same of the new model's.
    pub green_quality: Vec<f64>,
    /// Which group of the traffic, and whether the true class is positive.
    pub group: Vec<(usize, bool)>,
    /// When the label arrives; never if it does not.
    pub labelled_at: Vec<SimTime>,
    /// Normal score of the feature before any drift.
    pub feature: Vec<f64>,
}

/// Draws the truths of one replication's requests.
#[derive(Clone, Debug)]
pub struct TruthDraws<'s> {
    spec: &'s QualitySpec,
    /// Whether a monitor looks at labels, and at the feature.
    needs: TruthNeeds,
    quality: Stream,
    green_quality: Stream,
    segment: Stream,
    coverage: Stream,
    delay: Stream,
    feature: Stream,
}

/// Which truths somebody looks at, besides the class.
#[derive(Clone, Copy, Debug)]
pub struct TruthNeeds {
    /// When labels arrive.
    pub labels: bool,
    /// The feature.
    pub feature: bool,
}

impl<'s> TruthDraws<'s> {
    /// The truths that belong to `streams`.
    pub fn new(spec: &'s QualitySpec, needs: TruthNeeds, streams: &Streams) -> Self {
        Self {
            spec,
            needs,
            quality: streams.stream(Purpose::Quality),
            green_quality: streams.stream(Purpose::GreenQuality),
            segment: streams.stream(Purpose::Segment),
            coverage: streams.stream(Purpose::LabelCoverage),
            delay: streams.stream(Purpose::LabelDelay),
            feature: streams.stream(Purpose::Features),
        }
    }

    /// The same draws with the luck of `streams`.
    #[must_use]
    pub fn fork(&self, streams: &Streams) -> Self {
        Self::new(self.spec, self.needs, streams)
    }

    /// Fills `truths` for the next requests, which arrive at `at`.
    pub fn fill(&mut self, truths: &mut Truths, at: &[SimTime]) {
        let spec = self.spec;
        truths.quality.clear();
        truths.quality.extend(at.iter().map(|_| unit(&mut self.quality)));
        let own = truths.quality.iter().map(|_| unit(&mut self.green_quality));
        let green =
            truths.quality.iter().zip(own).map(|(&blue, own)| spec.coupling.green(blue, own));
        truths.green_quality.clear();
        truths.green_quality.extend(green);
        truths.group.clear();
        truths.group.extend(at.iter().map(|_| spec.group_of(unit(&mut self.segment))));
        truths.labelled_at.clear();
        if self.needs.labels {
            truths.labelled_at.extend(at.iter().map(|&at| self.label(at)));
        }
        truths.feature.clear();
        if self.needs.feature {
            let scores = at.iter().map(|_| -> f64 { StandardNormal.sample(&mut self.feature) });
            truths.feature.extend(scores);
        }
    }

    /// One draw of each purpose a request, whether it gets a label or not.
    fn label(&mut self, at: SimTime) -> SimTime {
        let labels = &self.spec.labels;
        let score: f64 = StandardNormal.sample(&mut self.delay);
        let branch = if labels.delay.uses_branch() { unit(&mut self.delay) } else { 0.0 };
        if unit(&mut self.coverage) >= labels.coverage {
            return SimTime::NEVER;
        }
        at + SimDuration::from_secs_f64(labels.delay.at(score, branch) / 1e9)
    }
}
