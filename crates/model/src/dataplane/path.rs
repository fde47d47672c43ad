//! How requests reach the fleets: one way for a whole run.

use crate::dataplane::aggregate::Drawn;
use crate::dataplane::block::Block;
use crate::dataplane::ledger::{Ledger, Mark};
use crate::dataplane::pull::Pulling;
use crate::dataplane::requests::DataPlane;
use crate::dataplane::retries::Retrying;
use crate::dataplane::settle::{Ending, Settlement};
use crate::endpoint::fleet::Fate;
use crate::telemetry::backlog::BACKLOG_METRICS;
use crate::telemetry::ratio::Ratio;
use crate::telemetry::sampled::Sample;
use crate::time::SimTime;
use std::ops::Range;

/// How requests reach the fleets.
#[derive(Clone, Debug)]
pub enum Path<'s> {
    /// Each is sent once, and is answered.
    Direct,
    /// Callers try again.
    Retrying(Box<Retrying<'s>>),
    /// The instances of both fleets take requests from one queue.
    Pulling(Box<Pulling>),
    /// None reaches them one by one: what they come to is drawn piece by piece.
    Drawn(Box<Drawn<'s>>),
}

impl Path<'_> {
    /// The fleets of `plane` serve the requests of `block` in `range`, and what earlier ones lead to before
    /// `until`; nothing changes meanwhile.
    pub fn serve<L: Ledger>(
        &mut self,
        plane: &mut DataPlane<'_>,
        block: &Block,
        range: Range<usize>,
        until: SimTime,
        ledger: &mut L,
    ) {
        match self {
            Self::Direct if plane.serves_in_batches() => plane.serve_batches(block, range, ledger),
            Self::Direct => plane.serve_directly(block, range, ledger),
            Self::Retrying(clients) => clients.serve(plane, block, range, until, ledger),
            Self::Pulling(queue) => queue.serve(plane, block, range, until, ledger),
            Self::Drawn(drawn) => drawn.serve(plane, until),
        }
    }

    /// Draws all requests that arrive before the event at hand, if they are drawn piece by piece: to be
    /// called before anything changes that they depend on, and before their counts are read.
    pub fn draw_up(&mut self, plane: &mut DataPlane<'_>) {
        if let Self::Drawn(drawn) = self {
            drawn.catch_up(plane);
        }
    }

    /// The requests whose outcome comes late, if there can be any.
    pub fn settlement(&mut self) -> Option<&mut Settlement> {
        match self {
            Self::Direct | Self::Drawn(_) => None,
            Self::Retrying(clients) => Some(&mut clients.settlement),
            Self::Pulling(queue) => Some(&mut queue.settlement),
        }
    }

    /// Whether each request is served once, by the fleet that it falls on.
    pub fn settles_at_once(&self) -> bool {
        matches!(self, Self::Direct | Self::Drawn(_))
    }

    /// Whether there is a queue to publish anything about.
    pub fn publishes_backlog(&self) -> bool {
        matches!(self, Self::Pulling(_))
    }

    /// Publishes the queue of an asynchronous endpoint as it is now.
    pub fn publish_backlog(
        &mut self,
        plane: &mut DataPlane<'_>,
        now: SimTime,
        sample: impl Fn(&str, Ratio) -> Sample,
    ) {
        let Self::Pulling(queue) = self else { return };
        let instances = u64::from(plane.blue.active()) + u64::from(plane.green.active());
        let values = queue.read(now, instances).values();
        let metrics = plane.series.sampled.iter_mut().skip(queue.sampled_from);
        for ((samples, name), value) in metrics.zip(BACKLOG_METRICS).zip(values) {
            if let Some(value) = value {
                samples.record(sample(name, value));
            }
        }
    }

    /// Settles at the horizon what is still open. A caller who is about to try again has failed by then; a
    /// request in the queue of an asynchronous endpoint is late, if anything.
    pub fn finish(&mut self, plane: &DataPlane<'_>, horizon: SimTime) {
        let slow_over = plane.rules.slow_over;
        let is_slow = |arrived: SimTime| horizon.since(arrived) > slow_over;
        match self {
            Self::Direct => {}
            Self::Drawn(drawn) => drawn.sum_up(),
            Self::Retrying(clients) => clients.finish(is_slow),
            Self::Pulling(queue) => queue.settlement.finish(|arrived| Ending {
                fate: Fate::Good,
                mark: Mark::new(false, is_slow(arrived)),
                on_green: false,
            }),
        }
    }
}
