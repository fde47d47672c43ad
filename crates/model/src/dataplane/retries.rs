//! Serves callers who try again; the rules are those of [`clients`](crate::endpoint::clients).
//!
//! A retry is a request of its own at its own later time: it is routed anew (to the same fleet if users stay
//! put), placed, served and published like any other, in order of time with the fresh arrivals. The endpoint
//! sees attempts; damage counts the callers' requests by how they end, at the time of their first attempt.
//!
//! At one instant fresh arrivals go before retries, and of retries those of the older request. What an
//! attempt draws is a function of the replication, the request's number and the number of the attempt, so
//! that the second attempt of a request has the same luck in every run in which there is one.
//!
//! The budget is asked when the failing answer comes, which is when the caller learns of it.

use crate::dataplane::block::{Block, Columns};
use crate::dataplane::draws::Draws;
use crate::dataplane::ledger::{Ledger, Mark};
use crate::dataplane::requests::DataPlane;
use crate::dataplane::settle::{Ending, Origin, Settlement};
use crate::dataplane::tally::{Tally, Timing};
use crate::endpoint::clients::{Bucket, ClientsSpec};
use crate::endpoint::fleet::{Answer, Fate, Request};
use crate::random::stream::mixed;
use crate::time::{SimDuration, SimTime};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

/// Callers who try again.
#[derive(Clone, Debug)]
pub struct Retrying<'s> {
    /// Response times of callers, from the first attempt on, and their waiting times over all attempts.
    pub timing: Timing,
    pub(super) settlement: Settlement,
    spec: &'s ClientsSpec,
    key: u64,
    users_stay_put: bool,
    bucket: Option<Bucket>,
    pending: BinaryHeap<Reverse<Pending>>,
}

/// A caller whose latest attempt has failed.
#[derive(Clone, Copy, Debug)]
struct Pending {
    at: SimTime,
    step: Step,
    caller: Caller,
}

/// What happens next to a caller.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The failing answer comes.
    Answered,
    /// The next attempt is sent.
    Send,
}

/// A caller's request, and what has become of it so far.
#[derive(Clone, Copy, Debug)]
struct Caller {
    origin: Origin,
    /// Uniform that chose the fleet.
    route: f64,
    attempts: u32,
    /// Time in queues, over all attempts.
    waited: SimDuration,
    fate: Fate,
    on_green: bool,
    green: Met,
    /// Whether its times are taken.
    is_timed: bool,
}

/// What a caller has met of green.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Met {
    Nothing,
    Good,
    Faulty,
}

impl<'s> Retrying<'s> {
    /// What they have not drawn yet depends on another key.
    pub fn renew(&mut self, key: u64) {
        self.key = key;
    }

    /// Callers by these rules; `key` is the replication's.
    pub fn new(spec: &'s ClientsSpec, key: u64, users_stay_put: bool) -> Self {
        Self {
            timing: Timing::default(),
            settlement: Settlement::default(),
            spec,
            key,
            users_stay_put,
            bucket: spec.budget.map(Bucket::new),
            pending: BinaryHeap::new(),
        }
    }

    /// Serves the requests of `block` in `range`, and retries before `until`.
    pub(super) fn serve<L: Ledger>(
        &mut self,
        plane: &mut DataPlane<'_>,
        block: &Block,
        range: Range<usize>,
        until: SimTime,
        ledger: &mut L,
    ) {
        plane.tally.requests += range.len() as u64;
        let first = range.start;
        block.columns(range, plane.by_user).for_each(|index, columns| {
            self.retry_until(columns.at(index), plane, ledger);
            let number = block.first + (first + index) as u64;
            self.first_attempt(plane, columns, (index, first + index, number), ledger);
        });
        self.retry_until(until, plane, ledger);
    }

    /// The first attempt of the request at these places in the columns, in the block and in the
    /// replication.
    fn first_attempt<L: Ledger>(
        &mut self,
        plane: &mut DataPlane<'_>,
        columns: &Columns<'_>,
        (column, index, number): (usize, usize, u64),
        ledger: &mut L,
    ) {
        if let Some(bucket) = &mut self.bucket {
            bucket.deposit();
        }
        let (on_green, request) = plane.sends(columns, column);
        let green = Met::of(plane, on_green);
        let seen = self.attempt::<L>(plane, &request, on_green);
        plane.tally.green += u64::from(green != Met::Nothing);
        plane.tally.faulty_green += u64::from(green == Met::Faulty);
        plane.tally.first_failures += u64::from(seen.fate.is_failure());
        let caller = Caller {
            origin: Origin { number, arrived: request.at, share: plane.share },
            route: columns.route(column),
            attempts: 1,
            waited: seen.wait,
            fate: seen.fate,
            on_green,
            green,
            is_timed: plane.is_timing,
        };
        let answered = request.at + seen.response;
        if self.tries_again(&caller) {
            self.settlement_open::<L>(caller.origin, ledger.settle(index, Mark::OPEN));
            self.pending.push(Reverse(Pending { at: answered, step: Step::Answered, caller }));
        } else {
            let ending = self.end(&caller, answered, plane);
            let without = ledger.settle(index, ending.mark);
            if without == Mark::OPEN {
                self.settlement_open::<L>(caller.origin, without);
                self.settlement.close(number, ending);
            } else if ending.mark != Mark::FINE || without != Mark::FINE {
                plane.tally.add(ending.fate, ending.mark, without, on_green);
            }
        }
        if columns.is_mirrored(column, plane.mirror) {
            self.mirror((request.at, number, 1), &seen, plane);
        }
    }

    /// What retries lead to before `until`.
    #[inline]
    fn retry_until<L: Ledger>(
        &mut self,
        until: SimTime,
        plane: &mut DataPlane<'_>,
        ledger: &mut L,
    ) {
        while self.pending.peek().is_some_and(|Reverse(next)| next.at < until) {
            let Some(Reverse(next)) = self.pending.pop() else { return };
            match next.step {
                Step::Answered => self.answered(next, plane, ledger),
                Step::Send => self.retry(next, plane, ledger),
            }
        }
    }

    /// The caller has the failing answer, and tries again after a while if the budget allows it.
    #[cold]
    fn answered<L: Ledger>(&mut self, next: Pending, plane: &DataPlane<'_>, ledger: &mut L) {
        let Pending { at, caller, .. } = next;
        if self.bucket.as_mut().is_none_or(Bucket::withdraw) {
            let uniform = Draws::new(self.key, caller.origin.number, caller.attempts).jitter;
            let delay = self.spec.backoff.delay(caller.attempts, uniform);
            self.pending.push(Reverse(Pending { at: at + delay, step: Step::Send, caller }));
            return;
        }
        self.count::<L>(caller.origin, Tally { denied_retries: 1, ..Tally::default() });
        self.close(&caller, at, plane, ledger);
    }

    /// Another attempt.
    #[cold]
    fn retry<L: Ledger>(&mut self, next: Pending, plane: &mut DataPlane<'_>, ledger: &mut L) {
        let Pending { at, mut caller, .. } = next;
        let draws = Draws::new(self.key, caller.origin.number, caller.attempts);
        let route = if self.users_stay_put { caller.route } else { draws.route };
        let (on_green, inside) = plane.falls(at, route, draws.place);
        let request = Request { place: inside, ..draws.request(at, plane.fleet(on_green)) };
        let green = Met::of(plane, on_green).max(caller.green);
        let seen = self.attempt::<L>(plane, &request, on_green);
        let change = Tally {
            retries: 1,
            green_retries: u64::from(on_green),
            green: u64::from(green != Met::Nothing && caller.green == Met::Nothing),
            faulty_green: u64::from(green == Met::Faulty && caller.green != Met::Faulty),
            ..Tally::default()
        };
        self.count::<L>(caller.origin, change);
        caller.attempts += 1;
        let (number, attempts) = (caller.origin.number, caller.attempts);
        caller.waited = caller.waited + seen.wait;
        caller.fate = seen.fate;
        caller.on_green = on_green;
        caller.green = green;
        let answered = at + seen.response;
        if self.tries_again(&caller) {
            self.pending.push(Reverse(Pending { at: answered, step: Step::Answered, caller }));
        } else {
            self.close(&caller, answered, plane, ledger);
        }
        if draws.mirror < plane.mirror {
            self.mirror((at, number, attempts), &seen, plane);
        }
    }

    /// Mirrors an attempt: the copy's luck is its own, and not that of the next attempt.
    #[cold]
    fn mirror(
        &self,
        (at, number, attempt): (SimTime, u64, u32),
        seen: &Answer,
        plane: &mut DataPlane<'_>,
    ) {
        let copy = Draws::new(mixed(self.key), number, attempt).request(at, &plane.green);
        plane.mirror_request(&copy, seen, None);
    }

    /// Sends an attempt to a fleet; gives what the caller sees of the answer.
    fn attempt<L: Ledger>(
        &self,
        plane: &mut DataPlane<'_>,
        request: &Request,
        on_green: bool,
    ) -> Answer {
        let fleet = if on_green { &mut plane.green } else { &mut plane.blue };
        let answer = fleet.serve(request);
        if L::PUBLISHES {
            plane.publish_live(request.at, &answer, on_green);
        }
        if plane.is_timing && answer.fate != Fate::Rejected {
            let timing = if on_green { &mut plane.green_timing } else { &mut plane.blue_timing };
            timing.add(answer.wait, answer.response);
        }
        match self.spec.timeout {
            Some(timeout) if answer.response > timeout => {
                Answer { fate: Fate::TimedOut, wait: answer.wait.min(timeout), response: timeout }
            }
            _ => answer,
        }
    }

    /// Settles at the horizon: who was about to try again has failed, by the latest attempt.
    pub(super) fn finish(&mut self, is_slow: impl Fn(SimTime) -> bool) {
        let failed = |arrived| Mark::new(true, is_slow(arrived));
        for Reverse(Pending { caller, .. }) in self.pending.drain() {
            let Caller { origin, fate, on_green, .. } = caller;
            let ending = Ending { fate, mark: failed(origin.arrived), on_green };
            self.settlement.close(origin.number, ending);
        }
        // What is still open has ended here, and would have been tried again without the deployment.
        self.settlement.finish(|arrived| Ending {
            fate: Fate::ServerError,
            mark: failed(arrived),
            on_green: false,
        });
    }

    fn tries_again(&self, caller: &Caller) -> bool {
        let is_retried = match caller.fate {
            Fate::Good | Fate::ClientError => false,
            Fate::ServerError | Fate::Rejected => self.spec.retry_5xx,
            Fate::TimedOut => self.spec.retry_timeout,
        };
        is_retried && caller.attempts < self.spec.attempts
    }

    /// The end of an open request.
    fn close<L: Ledger>(
        &mut self,
        caller: &Caller,
        answered: SimTime,
        plane: &DataPlane<'_>,
        ledger: &mut L,
    ) {
        let ending = self.end(caller, answered, plane);
        ledger.close(caller.origin.number, ending.mark);
        self.settlement.close(caller.origin.number, ending);
    }

    /// How a request ended, for its caller; takes its times.
    fn end(&mut self, caller: &Caller, answered: SimTime, plane: &DataPlane<'_>) -> Ending {
        let response = answered.since(caller.origin.arrived);
        if caller.is_timed && caller.fate != Fate::Rejected {
            self.timing.add(caller.waited, response);
        }
        let is_slow = response > plane.rules.slow_over;
        let mark = Mark::new(caller.fate.is_failure(), is_slow);
        Ending { fate: caller.fate, mark, on_green: caller.on_green }
    }

    /// The run without the deployment compares itself with nothing and counts nothing.
    fn settlement_open<L: Ledger>(&mut self, origin: Origin, without: Mark) {
        if L::PUBLISHES {
            self.settlement.open(origin, without);
        }
    }

    fn count<L: Ledger>(&mut self, origin: Origin, change: Tally) {
        if L::PUBLISHES {
            self.settlement.count(origin, change);
        }
    }
}

impl Met {
    fn of(plane: &DataPlane<'_>, on_green: bool) -> Self {
        match (on_green, plane.green.is_faulty()) {
            (false, _) => Self::Nothing,
            (true, false) => Self::Good,
            (true, true) => Self::Faulty,
        }
    }
}

impl Pending {
    fn key(&self) -> (SimTime, u64) {
        (self.at, self.caller.origin.number)
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Pending {}
