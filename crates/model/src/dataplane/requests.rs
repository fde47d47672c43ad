//! Two fleets: which of them takes a request, what they answer, and what is counted and published of it.

use crate::dataplane::block::{Block, Columns, Customers};
use crate::dataplane::books::Books;
use crate::dataplane::draws::Draws;
use crate::dataplane::kpi::Worth;
use crate::dataplane::latencies::IntervalLatencies;
use crate::dataplane::ledger::{Ledger, Mark};
use crate::dataplane::mirroring::Mirroring;
use crate::dataplane::others::Others;
use crate::dataplane::publish::publish;
use crate::dataplane::quality::Judge;
use crate::dataplane::tally::{Tally, Timing};
use crate::dataplane::trial::Entry;
use crate::dataplane::truth::Truths;
use crate::endpoint::fleet::{Answer, Fate, Fleet, Request};
use crate::endpoint::routing::between;
use crate::telemetry::series::FleetSeries;
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
    /// Holds the answers against the truth, if that is known.
    pub judge: Option<Box<Judge<'s>>>,
    /// Challengers besides green, if there are any.
    pub others: Option<Box<Others<'s>>>,
    /// What the business gets and what an A/B test counts, if somebody asks.
    pub books: Option<Box<Books<'s>>>,
    /// What production and shadow made of the same requests, if any are mirrored.
    pub mirroring: Option<Box<Mirroring>>,
    /// What mirroring adds to the response of a mirrored request; not to ModelLatency.
    pub overhead: SimDuration,
    /// Users are routed, not requests.
    pub by_user: bool,
    /// While both fleets take traffic, the instance with the fewest requests of either takes each.
    pub over_fleets: bool,
    pub(super) rules: Counting,
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
    /// From now on blue has the queues of `blue`, and behaves as before.
    pub fn take_over(&mut self, blue: &Fleet<'s>) {
        let behaviour = self.blue.behaviour().clone();
        self.blue = blue.clone();
        self.blue.behave(behaviour);
    }

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
            judge: None,
            others: None,
            books: None,
            mirroring: None,
            overhead: SimDuration::ZERO,
            by_user: false,
            over_fleets: false,
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

    /// Whether the request at an index goes to green, and what it is to the fleet that it goes to.
    #[inline]
    pub(super) fn sends(&mut self, columns: &Columns<'_>, index: usize) -> (bool, Request) {
        let [route, place] = [columns.route(index), columns.place(index)];
        let (on_green, place) = self.falls(columns.at(index), route, place);
        (on_green, Request { place, ..columns.request(index, on_green) })
    }

    /// Whether a request of these uniforms goes to green, and the uniform that chooses the instance there.
    #[inline]
    pub(super) fn falls(&mut self, at: SimTime, route: f64, place: f64) -> (bool, f64) {
        if self.mixes_fleets()
            && let (Some(blue), Some(green)) =
                (self.blue.fewest_outstanding(at), self.green.fewest_outstanding(at))
        {
            return between([blue, green], place);
        }
        (route < self.share, place)
    }

    /// Green, or blue.
    pub(super) fn fleet(&self, on_green: bool) -> &Fleet<'s> {
        if on_green { &self.green } else { &self.blue }
    }

    /// Whether the share does not say how many requests green takes.
    pub(super) fn mixes_fleets(&self) -> bool {
        self.over_fleets && self.share > 0.0 && self.share < 1.0
    }

    /// Serves requests one by one, and looks at each answer as closely as a scenario can ask for.
    pub(super) fn serve_directly<L: Ledger>(
        &mut self,
        block: &Block,
        range: Range<usize>,
        ledger: &mut L,
    ) {
        self.tally.requests += range.len() as u64;
        let first = range.start;
        let green_is_faulty = self.green.is_faulty();
        let mut green = 0;
        block.columns(range, self.by_user).for_each(|index, columns| {
            let (on_green, request) = self.sends(columns, index);
            let is_mirrored = columns.is_mirrored(index, self.mirror);
            let other = if self.others.is_some() && !on_green {
                self.serve_other(columns.route(index), &request)
            } else {
                None
            };
            let fleet = if on_green { &mut self.green } else { &mut self.blue };
            let answer = match other {
                Some((_, answer)) => answer,
                None => fleet.serve(&request),
            };
            green += u64::from(on_green);
            if L::PUBLISHES {
                self.publish_live(request.at, &answer, on_green || other.is_some());
            }
            let overhead = if is_mirrored { self.overhead } else { SimDuration::ZERO };
            let response = answer.response + overhead;
            if self.is_timing && answer.fate != Fate::Rejected && other.is_none() {
                let timing = if on_green { &mut self.green_timing } else { &mut self.blue_timing };
                timing.add(answer.wait, response);
            }
            let mut here = mark(answer.fate, answer.wait, response, self.rules.slow_over);
            if let Some(judge) = &mut self.judge
                && answer.fate == Fate::Good
                && judge.is_live_wrong(&block.truths, first + index, request.at, on_green)
            {
                here = here.with_wrong_answer();
            }
            let without = ledger.settle(first + index, here);
            if here != Mark::FINE || without != Mark::FINE {
                self.tally.add(answer.fate, here, without, on_green);
                if on_green {
                    self.count_own((request.at, request.error), answer.fate, [here, without]);
                }
            }
            if self.books.is_some() {
                let variant = other.map_or(usize::from(on_green), |(index, _)| index + 2);
                let customers = (&block.customers, first + index);
                self.book(&request, &answer, variant, customers, !without.failed());
            }
            if is_mirrored {
                let number = block.first + (first + index) as u64;
                let copy = Draws::new(block.copy_key, number, 0).request(request.at, &self.green);
                self.mirror_request(&copy, &answer, Some((&block.truths, first + index)));
            }
        });
        self.tally.green += green;
        self.tally.faulty_green += if green_is_faulty { green } else { 0 };
    }

    /// Counts what is green's own verdict about a request that it served, and no matter of who waits: by the
    /// request's own uniform, and by its service alone.
    pub(super) fn count_own(
        &mut self,
        (at, uniform): (SimTime, f64),
        fate: Fate,
        [here, without]: [Mark; 2],
    ) {
        let fails = |[errors_4xx, errors_5xx]: [f64; 2]| {
            uniform < errors_5xx || uniform >= 1.0 - errors_4xx
        };
        let by_model = matches!(fate, Fate::ServerError | Fate::ClientError);
        let on_green = by_model || fails(self.green.errors_at(at));
        let on_blue = fails(self.blue.errors_at(at));
        self.tally.failed_own += i64::from(on_green) - i64::from(on_blue);
        // Who is turned away has no service time to compare.
        if here.was_served() && without.was_served() {
            self.tally.slow_own +=
                i64::from(here.was_served_slowly()) - i64::from(without.was_served_slowly());
        }
    }

    #[expect(clippy::inline_always, reason = "measured: part of the innermost loop")]
    #[inline(always)]
    pub(super) fn publish_live(&mut self, arrived: SimTime, answer: &Answer, on_green: bool) {
        let series = if on_green { &mut self.series.green } else { &mut self.series.blue };
        let latencies = self.latencies.as_deref_mut();
        let latencies = latencies.map(|all| if on_green { &mut all.green } else { &mut all.blue });
        publish(series, latencies, arrived, answer, self.rules.at_completion);
    }

    /// Serves a request that is not green's by the challenger that it belongs to, if any.
    #[cold]
    fn serve_other(&mut self, route: f64, request: &Request) -> Option<(usize, Answer)> {
        let others = self.others.as_mut()?;
        others.serve(route - self.share, request, self.is_timing)
    }

    /// Books what the request brought.
    #[cold]
    fn book(
        &mut self,
        request: &Request,
        answer: &Answer,
        variant: usize,
        (customers, index): (&Customers, usize),
        answered_without: bool,
    ) {
        let Some(books) = &mut self.books else { return };
        let entry = Entry {
            at: request.at,
            variant,
            fate: answer.fate,
            response: answer.response,
            error: request.error,
            user: customers.user.get(index).copied().unwrap_or(0),
            customer: customers.customer(index),
            here: Worth::NOTHING,
        };
        let (blue, green, others) = (&self.blue, &self.green, self.others.as_deref());
        books.enter(entry, answered_without, |variant| match variant {
            0 => blue.errors_at(request.at),
            1 => green.errors_at(request.at),
            _ => others.map_or([0.0; 2], |others| others.errors_at(variant - 2, request.at)),
        });
    }

    /// Whether the shadow is as warm as production, which has served all along.
    pub(super) fn shadow_is_warm(&self, now: SimTime) -> bool {
        self.green.warm_at().is_none_or(|warm| warm <= now)
    }

    /// Sends a copy to green; nobody sees the answer.
    #[cold]
    pub(super) fn mirror_request(
        &mut self,
        copy: &Request,
        production: &Answer,
        truth: Option<(&Truths, usize)>,
    ) {
        let answer = self.green.serve(copy);
        let is_warm = self.shadow_is_warm(copy.at);
        if let Some(mirroring) = &mut self.mirroring {
            let judge = self.judge.as_ref();
            let right = judge
                .zip(truth)
                .map(|(judge, (truths, index))| judge.are_right(truths, index, copy.at));
            mirroring.add(production, &answer, right, is_warm);
        }
        let latencies = self.latencies.as_deref_mut().map(|all| &mut all.shadow);
        let series = &mut self.series.shadow;
        publish(series, latencies, copy.at, &answer, self.rules.at_completion);
        self.tally.mirrored += 1;
        if let Some(judge) = &mut self.judge
            && let Some((truths, index)) = truth
            && answer.fate == Fate::Good
        {
            judge.see_mirrored(truths, index, copy.at);
        }
        if self.is_timing && answer.fate != Fate::Rejected {
            self.shadow_timing.add(answer.wait, answer.response);
        }
    }
}

/// What a response is to its caller, and whether its service alone was slow.
#[inline]
pub(super) fn mark(
    fate: Fate,
    wait: SimDuration,
    response: SimDuration,
    slow_over: SimDuration,
) -> Mark {
    let slowly = response > slow_over && response.saturating_sub(wait) > slow_over;
    let served = match fate {
        Fate::Good | Fate::ClientError | Fate::ServerError => true,
        Fate::TimedOut => wait < response,
        Fate::Rejected => false,
    };
    Mark::new(fate.is_failure(), response > slow_over).served_slowly(slowly).unless_served(served)
}
