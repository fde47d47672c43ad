//! Serves requests, one by one, in order of arrival: the innermost loop of the simulation.

use crate::dataplane::block::Block;
use crate::dataplane::latencies::IntervalLatencies;
use crate::dataplane::ledger::{Ledger, Mark};
use crate::dataplane::pull::Pulling;
use crate::dataplane::retries::Retrying;
use crate::dataplane::settle::{Ending, Settlement};
use crate::dataplane::tally::{Tally, Timing};
use crate::endpoint::fleet::{Answer, Fate, Fleet, Request};
use crate::telemetry::bin::Status;
use crate::telemetry::ratio::Ratio;
use crate::telemetry::sampled::Sample;
use crate::telemetry::series::{FleetSeries, Series};
use crate::time::{SimDuration, SimTime};
use std::ops::Range;

/// Two fleets and what they publish.
#[derive(Clone, Debug)]
pub struct DataPlane<'s> {
    /// The current fleet.
    pub blue: Fleet<'s>,
    /// The new fleet.
    pub green: Fleet<'s>,
    /// What they publish.
    pub series: FleetSeries,
    /// Green's share of the live traffic.
    pub share: f64,
    /// Share of the live traffic mirrored to green.
    pub mirror: f64,
    /// What has been counted since the last reset.
    pub tally: Tally,
    /// Waiting and response times on blue.
    pub blue_timing: Timing,
    /// The same on green, of live requests.
    pub green_timing: Timing,
    /// The same on green, of mirrored requests.
    pub shadow_timing: Timing,
    /// Whether waiting and response times are taken now.
    pub is_timing: bool,
    /// Latencies interval by interval, of a recorded run.
    pub latencies: Option<Box<FleetLatencies>>,
    /// How requests reach the fleets.
    pub path: Path<'s>,
    pub(super) rules: Counting,
}

/// How requests reach the fleets.
#[derive(Clone, Debug)]
pub enum Path<'s> {
    /// Each is sent once, and is answered.
    Direct,
    /// Callers try again.
    Retrying(Box<Retrying<'s>>),
    /// The instances of both fleets take requests from one queue.
    Pulling(Box<Pulling>),
}

/// Latencies of each series, interval by interval.
#[derive(Clone, Debug)]
pub struct FleetLatencies {
    /// Of blue.
    pub blue: IntervalLatencies,
    /// Of green, live.
    pub green: IntervalLatencies,
    /// Of green, mirrored.
    pub shadow: IntervalLatencies,
}

/// How requests are counted.
#[derive(Clone, Copy, Debug)]
pub struct Counting {
    /// A request counts in the interval of its answer; else of its arrival.
    pub at_completion: bool,
    /// A response longer than this is slow.
    pub slow_over: SimDuration,
}

impl<'s> DataPlane<'s> {
    /// Blue serves everything.
    pub fn new(blue: Fleet<'s>, green: Fleet<'s>, series: FleetSeries, rules: Counting) -> Self {
        Self {
            blue,
            green,
            series,
            share: 0.0,
            mirror: 0.0,
            tally: Tally::default(),
            blue_timing: Timing::default(),
            green_timing: Timing::default(),
            shadow_timing: Timing::default(),
            is_timing: false,
            latencies: None,
            path: Path::Direct,
            rules,
        }
    }

    /// Keeps latencies interval by interval from here on.
    pub fn keep_latencies(&mut self) {
        self.latencies = Some(Box::new(FleetLatencies {
            blue: IntervalLatencies::new(&self.series.blue),
            green: IntervalLatencies::new(&self.series.green),
            shadow: IntervalLatencies::new(&self.series.shadow),
        }));
    }

    /// Serves the requests of `block` in `range`, and what earlier ones lead to before `until`; nothing
    /// changes meanwhile.
    pub fn serve<L: Ledger>(
        &mut self,
        block: &Block,
        range: Range<usize>,
        until: SimTime,
        ledger: &mut L,
    ) {
        match std::mem::replace(&mut self.path, Path::Direct) {
            Path::Direct => self.serve_directly(block, range, ledger),
            Path::Retrying(mut clients) => {
                clients.serve(self, block, range, until, ledger);
                self.path = Path::Retrying(clients);
            }
            Path::Pulling(mut queue) => {
                queue.serve(self, block, range, until, ledger);
                self.path = Path::Pulling(queue);
            }
        }
    }

    /// The requests whose outcome comes late, if there can be any.
    pub fn settlement(&mut self) -> Option<&mut Settlement> {
        match &mut self.path {
            Path::Direct => None,
            Path::Retrying(clients) => Some(&mut clients.settlement),
            Path::Pulling(queue) => Some(&mut queue.settlement),
        }
    }

    /// Whether there is a queue to publish anything about.
    pub fn publishes_backlog(&self) -> bool {
        matches!(self.path, Path::Pulling(_))
    }

    /// Publishes the queue of an asynchronous endpoint as it is now.
    pub fn publish_backlog(&mut self, now: SimTime, sample: impl Fn(Ratio) -> Sample) {
        let Path::Pulling(queue) = &mut self.path else { return };
        let instances = u64::from(self.blue.active()) + u64::from(self.green.active());
        let values = queue.read(now, instances).values();
        let metrics = self.series.sampled.iter_mut().skip(queue.sampled_from);
        for (samples, value) in metrics.zip(values) {
            if let Some(value) = value {
                samples.record(sample(value));
            }
        }
    }

    /// Settles at the horizon what is still open. A caller who is about to try again has failed by then; a
    /// request in the queue of an asynchronous endpoint is late, if anything.
    pub fn finish(&mut self, horizon: SimTime) {
        let fate = if matches!(self.path, Path::Pulling(_)) { Fate::Good } else { Fate::TimedOut };
        let slow_over = self.rules.slow_over;
        let Some(settlement) = self.settlement() else { return };
        settlement.finish(|arrived| {
            let is_slow = horizon.since(arrived) > slow_over;
            Ending { fate, mark: Mark::new(fate.is_failure(), is_slow), on_green: false }
        });
    }

    fn serve_directly<L: Ledger>(&mut self, block: &Block, range: Range<usize>, ledger: &mut L) {
        self.tally.requests += range.len() as u64;
        let first = range.start;
        let green_is_faulty = self.green.is_faulty();
        let mut green = 0;
        block.columns(range).for_each(|index, columns| {
            let on_green = columns.is_on_green(index, self.share);
            let request = columns.request(index, on_green);
            let fleet = if on_green { &mut self.green } else { &mut self.blue };
            let answer = fleet.serve(&request);
            green += u64::from(on_green);
            if L::PUBLISHES {
                self.publish_live(request.at, &answer, on_green);
            }
            if self.is_timing && answer.fate != Fate::Rejected {
                let timing = if on_green { &mut self.green_timing } else { &mut self.blue_timing };
                timing.add(answer.wait, answer.response);
            }
            let slow = answer.response > self.rules.slow_over;
            let here = Mark::new(answer.fate.is_failure(), slow);
            let without = ledger.settle(first + index, here);
            if here != Mark::FINE || without != Mark::FINE {
                self.tally.add(answer.fate, here, without, on_green);
            }
            if columns.is_mirrored(index, self.mirror) {
                self.mirror_request(&columns.request(index, true));
            }
        });
        self.tally.green += green;
        self.tally.faulty_green += if green_is_faulty { green } else { 0 };
    }

    #[expect(clippy::inline_always, reason = "measured: part of the innermost loop")]
    #[inline(always)]
    pub(super) fn publish_live(&mut self, arrived: SimTime, answer: &Answer, on_green: bool) {
        let series = if on_green { &mut self.series.green } else { &mut self.series.blue };
        let latencies = self.latencies.as_deref_mut();
        let latencies = latencies.map(|all| if on_green { &mut all.green } else { &mut all.blue });
        publish(series, latencies, arrived, answer, self.rules.at_completion);
    }

    /// Sends a copy to green; nobody sees the answer.
    #[cold]
    pub(super) fn mirror_request(&mut self, copy: &Request) {
        let answer = self.green.serve(copy);
        let latencies = self.latencies.as_deref_mut().map(|all| &mut all.shadow);
        let series = &mut self.series.shadow;
        publish(series, latencies, copy.at, &answer, self.rules.at_completion);
        self.tally.mirrored += 1;
        if self.is_timing && answer.fate != Fate::Rejected {
            self.shadow_timing.add(answer.wait, answer.response);
        }
    }
}

#[expect(clippy::inline_always, reason = "measured: part of the innermost loop")]
#[inline(always)]
fn publish(
    series: &mut Series,
    latencies: Option<&mut IntervalLatencies>,
    arrived: SimTime,
    answer: &Answer,
    at_completion: bool,
) {
    let status = match answer.fate {
        Fate::Good => Status::Ok,
        Fate::ClientError => Status::ClientError,
        Fate::ServerError | Fate::TimedOut | Fate::Rejected => Status::ServerError,
    };
    let reached_the_model = answer.fate != Fate::Rejected;
    let counts_at = if at_completion { arrived + answer.response } else { arrived };
    series.record(counts_at, status, reached_the_model.then_some(answer.response.as_nanos()));
    if let Some(latencies) = latencies
        && reached_the_model
    {
        latencies.add(counts_at, answer.response);
    }
}
