//! Many requests served at once.
//!
//! Nothing changes while a batch is served, so what the fleet is like is looked up once for it, and each
//! step is a loop of its own over columns:
//!
//! 1. what the model makes of each request: its fate and its service time;
//! 2. where it queues and how long, request by request in order of arrival.
//!
//! The steps are those of [`Fleet::serve`], which takes over where a request's service depends on its
//! instance (cold starts, leaks, load).

use super::{Answer, Fate, Fleet, Request, fate_of, service_time};
use crate::endpoint::behaviour::Extra;
use crate::endpoint::routing::at_random;
use crate::time::{SimDuration, SimTime};
use std::ops::Range;

/// The most requests of a batch: large enough to spread what is looked up once, small enough for the
/// nearest cache.
pub const BATCH_REQUESTS: usize = 256;

/// Requests of one fleet in order of arrival, column by column, at most [`BATCH_REQUESTS`].
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// When each arrives.
    pub at: &'a [SimTime],
    /// Uniform that chooses the instance.
    pub place: &'a [f64],
    /// Service time \[ns\] that the model's latency distribution gives it.
    pub base_ns: &'a [f64],
    /// Uniform that says whether it fails.
    pub error: &'a [f64],
}

/// Draws of a request that few scenarios look at.
#[derive(Clone, Copy, Debug)]
pub struct Latents {
    /// Normal score of its service time.
    pub normal: f64,
    /// Uniform that chooses a mixture's component.
    pub branch: f64,
    /// Uniform that says whether it is in a slow tail.
    pub tail: f64,
}

/// What became of the requests of a batch, in its order; beyond it nothing is meant.
#[derive(Clone, Debug)]
pub struct Answers {
    /// How each was answered.
    pub fate: [Fate; BATCH_REQUESTS],
    /// Time in the queue.
    pub wait: [SimDuration; BATCH_REQUESTS],
    /// Time from arrival to answer.
    pub response: [SimDuration; BATCH_REQUESTS],
}

impl Answers {
    /// Room for the answers of a batch.
    pub const fn new() -> Self {
        Self {
            fate: [Fate::Good; BATCH_REQUESTS],
            wait: [SimDuration::ZERO; BATCH_REQUESTS],
            response: [SimDuration::ZERO; BATCH_REQUESTS],
        }
    }

    /// What became of one.
    pub fn answer(&self, index: usize) -> Answer {
        Answer { fate: self.fate[index], wait: self.wait[index], response: self.response[index] }
    }

    /// Whether these are good and none of them is longer than `slow_over`.
    #[inline]
    pub fn are_fine(&self, range: Range<usize>, slow_over: SimDuration) -> bool {
        // All are looked at: a loop that may end early is not compiled to vectors.
        let failed = self.fate[range.clone()].iter().map(|&fate| u32::from(fate != Fate::Good));
        let slow = self.response[range].iter().map(|&response| u32::from(response > slow_over));
        failed.sum::<u32>() + slow.sum::<u32>() == 0
    }

    #[inline]
    fn set(&mut self, index: usize, answer: &Answer) {
        self.fate[index] = answer.fate;
        self.wait[index] = answer.wait;
        self.response[index] = answer.response;
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::new()
    }
}

impl Batch<'_> {
    fn request(&self, index: usize, latents: Latents) -> Request {
        Request {
            at: self.at[index],
            place: self.place[index],
            base_ns: self.base_ns[index],
            normal: latents.normal,
            branch: latents.branch,
            tail: latents.tail,
            error: self.error[index],
        }
    }
}

impl Fleet<'_> {
    /// Serves the requests of a batch, which come after all that have been served; `latents` gives the
    /// other draws of the request at an index.
    pub fn serve_all(
        &mut self,
        batch: &Batch<'_>,
        latents: impl Fn(usize) -> Latents,
        answers: &mut Answers,
    ) {
        if self.behaviour.has_extra() {
            for index in 0..batch.at.len() {
                let answer = self.serve(&batch.request(index, latents(index)));
                answers.set(index, &answer);
            }
            return;
        }
        // Until it has queued, a request's service time stands where its response will.
        self.work_all(batch, latents, answers);
        self.queue_all(batch, answers);
    }

    /// What the model makes of each request.
    fn work_all(
        &self,
        batch: &Batch<'_>,
        latents: impl Fn(usize) -> Latents,
        answers: &mut Answers,
    ) {
        let rows = answers.fate.iter_mut().zip(&mut answers.response);
        if let (Some(now), None) = (self.behaviour.steady(), &self.model.failed_latency) {
            let columns = batch.base_ns.iter().zip(batch.error);
            for ((&base_ns, &error), (fate, service)) in columns.zip(rows) {
                *fate = fate_of(error, now.errors_4xx, now.errors_5xx);
                *service = service_time(base_ns * now.factor + now.shift_ns);
            }
            return;
        }
        for (index, (fate, service)) in rows.take(batch.at.len()).enumerate() {
            (*fate, *service) = self.work(&batch.request(index, latents(index)), &Extra::NONE);
        }
    }

    /// Where each request queues, and for how long.
    fn queue_all(&mut self, batch: &Batch<'_>, answers: &mut Answers) {
        let Self { stations, patience, active, .. } = self;
        let (patience, active) = (*patience, *active);
        match &mut self.outstanding {
            Some(outstanding) => batch.queue_each(answers, |at, place, service, fate| {
                let instance = outstanding.least(at, place);
                let answer = Answer::of(stations.get_mut(instance), at, service, fate, patience);
                if answer.fate != Fate::Rejected {
                    outstanding.sent(instance, at + answer.response);
                }
                answer
            }),
            None if self.shared => batch.queue_each(answers, |at, _, service, fate| {
                Answer::of(stations.first_mut(), at, service, fate, patience)
            }),
            None => batch.queue_each(answers, |at, place, service, fate| {
                let station = stations.get_mut(at_random(place, active));
                Answer::of(station, at, service, fate, patience)
            }),
        }
    }
}

impl Batch<'_> {
    /// Has each request queue, a loop of its own for each way of queueing.
    #[expect(clippy::inline_always, reason = "measured: the innermost loop")]
    #[inline(always)]
    fn queue_each(
        &self,
        answers: &mut Answers,
        mut queue: impl FnMut(SimTime, f64, SimDuration, Fate) -> Answer,
    ) {
        let Answers { fate, wait, response } = answers;
        let rows = fate.iter_mut().zip(wait).zip(response);
        for ((&at, &place), ((fate, wait), response)) in self.at.iter().zip(self.place).zip(rows) {
            let answer = queue(at, place, *response, *fate);
            (*fate, *wait, *response) = (answer.fate, answer.wait, answer.response);
        }
    }
}
