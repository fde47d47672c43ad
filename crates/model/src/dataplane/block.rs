//! Requests in blocks, with their latent draws.
//!
//! Each request consumes one draw of each purpose, whichever fleet serves it and whatever happens to it;
//! that is what pairs the arms of a replication (common random numbers).

use crate::dataplane::kpi::Customer;
use crate::dataplane::truth::{TruthDraws, Truths};
use crate::endpoint::fleet::{Batch, Latents, Request};
use crate::random::arrival::{Arrivals, Surge, TraceError};
use crate::random::distribution::Distribution;
use crate::random::stream::{Purpose, Stream, Streams, mixed, unit};
use crate::time::SimTime;
use rand_distr::{Distribution as _, StandardNormal};
use std::ops::Range;

/// Requests of a block: large enough to hoist every choice out of the loop, small enough for the cache.
const BLOCK_REQUESTS: usize = 1024;

/// A run of consecutive requests and their draws, column by column.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Number of the first of them, counted from the start of the replication.
    pub first: u64,
    /// When each arrives, ascending.
    pub at: Vec<SimTime>,
    /// Uniform that chooses the fleet.
    pub route: Vec<f64>,
    /// Uniform that chooses the instance.
    pub place: Vec<f64>,
    /// Normal score of the service time.
    pub normal: Vec<f64>,
    /// Uniform that says whether it fails.
    pub error: Vec<f64>,
    /// Uniform that chooses a mixture's component; 0 if nothing has one.
    pub branch: Vec<f64>,
    /// Uniform that says whether it is in a slow tail; 1, which is never, if nothing has one.
    pub tail: Vec<f64>,
    /// Uniform that says whether it is mirrored; 1, which is never, if nothing mirrors.
    pub mirror: Vec<f64>,
    /// Key of what mirrored copies draw on the shadow.
    pub copy_key: u64,
    /// Service times \[ns\] by blue's latency distribution.
    pub blue_ns: Vec<f64>,
    /// Service times \[ns\] by green's; empty if both have one distribution.
    pub green_ns: Vec<f64>,
    /// What the answers are held against; empty without `[quality]`.
    pub truths: Truths,
    /// What the KPI depends on; empty columns if nobody asks.
    pub customers: Customers,
}

/// What the KPI of a block's requests depends on, column by column; a column that nobody needs is empty.
#[derive(Clone, Debug, Default)]
pub struct Customers {
    /// Which user sent it, from 0.
    pub user: Vec<u64>,
    /// The user's own place in the routing.
    pub user_route: Vec<f64>,
    /// The user's place among all by how readily they convert.
    pub taste: Vec<f64>,
    /// Uniform that says whether it converts.
    pub kpi: Vec<f64>,
    /// Normal score of a conversion's value.
    pub score: Vec<f64>,
}

/// Which draws the arms of an experiment need, besides those that all need.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a draw that is made or not")]
pub struct Needs {
    /// A distribution is a mixture.
    pub branch: bool,
    /// A regression has a slow tail.
    pub tail: bool,
    /// A strategy mirrors.
    pub mirror: bool,
    /// Users stay with their fleet: how many there are.
    pub sticky_users: Option<u64>,
    /// It matters which user sent a request: how many there are.
    pub users: Option<u64>,
    /// Whether a request converts.
    pub kpi: bool,
    /// What a conversion is worth.
    pub score: bool,
}

/// The requests of one replication, block by block.
#[derive(Debug)]
pub struct Requests<'s> {
    arrivals: Arrivals,
    blue: &'s Distribution,
    green: Option<&'s Distribution>,
    needs: Needs,
    draws: Draws,
    user_key: u64,
    copy_key: u64,
    truths: Option<TruthDraws<'s>>,
    /// Arrivals that have been drawn and belong to later blocks.
    pending: Vec<SimTime>,
    /// No more are to be drawn.
    is_drawn_out: bool,
}

#[derive(Clone, Debug)]
struct Draws {
    routing: Stream,
    placement: Stream,
    service: Stream,
    errors: Stream,
    branch: Stream,
    tail: Stream,
    mirror: Stream,
    users: Stream,
    kpi: Stream,
    score: Stream,
}

impl<'s> Requests<'s> {
    /// The requests that `arrivals` brings, with service times by the two fleets' distributions.
    pub fn new(
        arrivals: Arrivals,
        blue: &'s Distribution,
        green: &'s Distribution,
        needs: Needs,
        streams: &Streams,
    ) -> Self {
        let mut users = streams.stream(Purpose::Users);
        let user_key = rand::Rng::next_u64(&mut users);
        Self {
            arrivals,
            blue,
            green: (blue != green).then_some(green),
            needs,
            user_key,
            copy_key: copy_key(streams),
            truths: None,
            draws: Draws::new(streams, users),
            pending: Vec::new(),
            is_drawn_out: false,
        }
    }

    /// The same, whose answers are held against the truth.
    #[must_use]
    pub fn with_truths(self, truths: Option<TruthDraws<'s>>) -> Self {
        Self { truths, ..self }
    }

    /// The requests from here on, drawn anew with the luck of `streams`: an arrival that has been drawn
    /// already stays, and users keep their places. Surges are as they were up to it. `None` of a recorded
    /// trace.
    pub fn fork(&self, streams: &Streams, surges: &[Surge]) -> Option<Self> {
        Some(Self {
            arrivals: self.arrivals.fork(streams, surges)?,
            draws: Draws::new(streams, streams.stream(Purpose::Users)),
            copy_key: copy_key(streams),
            truths: self.truths.as_ref().map(|truths| truths.fork(streams)),
            pending: self.pending.clone(),
            ..*self
        })
    }

    /// Up to when arrivals are drawn, if beyond `now`.
    pub fn drawn_until(&self, now: SimTime) -> SimTime {
        self.pending.last().map_or(now, |&last| last.max(now))
    }

    /// Fills `block` with the next requests; it stays empty when there are no more.
    ///
    /// # Errors
    /// [`TraceError`] if a trace cannot be read.
    pub fn fill(&mut self, block: &mut Block) -> Result<(), TraceError> {
        self.fill_before(block, SimTime::NEVER).map(|_| ())
    }

    /// Fills `block` with the next requests that arrive before `until`, as many as it takes; says whether no
    /// other will.
    ///
    /// # Errors
    /// [`TraceError`] if a trace cannot be read.
    pub fn fill_before(&mut self, block: &mut Block, until: SimTime) -> Result<bool, TraceError> {
        block.first += block.at.len() as u64;
        block.at.clear();
        block.at.append(&mut self.pending);
        let room = BLOCK_REQUESTS.saturating_sub(block.at.len());
        self.arrivals.fill(&mut block.at, room)?;
        self.is_drawn_out = block.at.len() < BLOCK_REQUESTS;
        let due = block.at.partition_point(|&at| at < until);
        self.pending.extend(block.at.drain(due..));
        self.draw(block);
        Ok(self.is_drawn_out || !self.pending.is_empty())
    }

    /// Whether no more will come.
    pub fn are_over(&self) -> bool {
        self.is_drawn_out && self.pending.is_empty()
    }

    /// Fills `block` with the next requests that arrive before `until`; says whether more may come.
    ///
    /// # Errors
    /// [`TraceError`] if a trace cannot be read.
    pub fn fill_until(&mut self, block: &mut Block, until: SimTime) -> Result<bool, TraceError> {
        block.first += block.at.len() as u64;
        block.at.clear();
        let more = loop {
            let next = if self.pending.is_empty() {
                self.arrivals.next()?
            } else {
                Some(self.pending.remove(0))
            };
            match next {
                Some(at) if at < until => block.at.push(at),
                later => {
                    self.pending.splice(..0, later);
                    break later.is_some();
                }
            }
        };
        self.draw(block);
        Ok(more)
    }

    /// Draws everything else of the requests that arrive.
    fn draw(&mut self, block: &mut Block) {
        let count = block.at.len();
        block.copy_key = self.copy_key;
        let draws = &mut self.draws;
        match self.needs {
            Needs { users: Some(users), sticky_users: None, .. } => {
                uniforms(&mut block.route, count, &mut draws.routing);
                block.customers.draw_users(count, users, self.user_key, &mut draws.users);
            }
            Needs { users: Some(users), .. } => {
                block.customers.draw_users(count, users, self.user_key, &mut draws.users);
                block.route.clone_from(&block.customers.user_route);
            }
            Needs { sticky_users: Some(users), .. } => {
                sticky(&mut block.route, count, users, self.user_key, &mut draws.users);
            }
            Needs { .. } => uniforms(&mut block.route, count, &mut draws.routing),
        }
        if self.needs.kpi {
            uniforms(&mut block.customers.kpi, count, &mut draws.kpi);
        }
        if self.needs.score {
            normals(&mut block.customers.score, count, &mut draws.score);
        }
        uniforms(&mut block.place, count, &mut draws.placement);
        uniforms(&mut block.error, count, &mut draws.errors);
        normals(&mut block.normal, count, &mut draws.service);
        let optional = [
            (self.needs.branch, &mut block.branch, &mut draws.branch, 0.0),
            (self.needs.tail, &mut block.tail, &mut draws.tail, 1.0),
            (self.needs.mirror, &mut block.mirror, &mut draws.mirror, 1.0),
        ];
        for (needed, column, stream, neutral) in optional {
            if needed {
                uniforms(column, count, stream);
            } else {
                column.resize(count, neutral);
            }
        }
        let Block { normal, branch, blue_ns, green_ns, .. } = block;
        self.blue.fill(blue_ns, normal, branch);
        match self.green {
            Some(green) => green.fill(green_ns, normal, branch),
            None => green_ns.clear(),
        }
        if let Some(truths) = &mut self.truths {
            truths.fill(&mut block.truths, &block.at);
        }
    }
}

impl Draws {
    fn new(streams: &Streams, users: Stream) -> Self {
        Self {
            routing: streams.stream(Purpose::Routing),
            placement: streams.stream(Purpose::Placement),
            service: streams.stream(Purpose::Service),
            errors: streams.stream(Purpose::Errors),
            branch: streams.stream(Purpose::Branch),
            tail: streams.stream(Purpose::Tail),
            mirror: streams.stream(Purpose::Mirror),
            users,
            kpi: streams.stream(Purpose::Kpi),
            score: streams.stream(Purpose::KpiValue),
        }
    }
}

fn copy_key(streams: &Streams) -> u64 {
    rand::Rng::next_u64(&mut streams.stream(Purpose::Copies))
}

/// Makes a user's readiness to convert independent of the place in the routing.
const TASTE: u64 = 0x7461_7374_655f_6f66;

impl Customers {
    /// Each request comes from a user at random; a user's places never change.
    fn draw_users(&mut self, count: usize, users: u64, key: u64, stream: &mut Stream) {
        self.user.clear();
        self.user.extend((0..count).map(|_| below(unit(stream), users)));
        let places = self.user.iter().map(|&user| place_of(user, key));
        self.user_route.clear();
        self.user_route.extend(places);
        let tastes = self.user.iter().map(|&user| place_of(user, key ^ TASTE));
        self.taste.clear();
        self.taste.extend(tastes);
    }

    /// The draws of a request; neutral where nobody asks for them.
    pub(super) fn customer(&self, index: usize) -> Customer {
        let of = |column: &[f64]| column.get(index).copied().unwrap_or(0.0);
        Customer { kpi: of(&self.kpi), score: of(&self.score), taste: of(&self.taste) }
    }
}

fn uniforms(column: &mut Vec<f64>, count: usize, stream: &mut Stream) {
    column.clear();
    column.extend((0..count).map(|_| unit(stream)));
}

fn normals(column: &mut Vec<f64>, count: usize, stream: &mut Stream) {
    column.clear();
    column.extend((0..count).map(|_| -> f64 { StandardNormal.sample(stream) }));
}

/// Each request comes from a user at random; a user's place in the routing never changes.
fn sticky(column: &mut Vec<f64>, count: usize, users: u64, key: u64, stream: &mut Stream) {
    column.clear();
    column.extend((0..count).map(|_| {
        let user = below(unit(stream), users);
        place_of(user, key)
    }));
}

/// The user's own uniform.
#[expect(clippy::cast_precision_loss, reason = "53 bits are kept, which is what f64 holds")]
fn place_of(user: u64, key: u64) -> f64 {
    (mixed(mixed(user.wrapping_add(0x9e37_79b9_7f4a_7c15)) ^ key) >> 11) as f64 * 2.0_f64.powi(-53)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a uniform below 1 times a count below 2^52 lies in 0..count"
)]
fn below(uniform: f64, count: u64) -> u64 {
    (uniform * count as f64) as u64
}

/// Consecutive requests of a block: columns of one length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns<'a> {
    at: &'a [SimTime],
    route: &'a [f64],
    place: &'a [f64],
    normal: &'a [f64],
    error: &'a [f64],
    branch: &'a [f64],
    tail: &'a [f64],
    mirror: &'a [f64],
    blue_ns: &'a [f64],
    green_ns: &'a [f64],
}

impl Block {
    /// The requests in `range`, routed one by one or `by_user`.
    pub(super) fn columns(&self, range: Range<usize>, by_user: bool) -> Columns<'_> {
        let route = if by_user { &self.customers.user_route } else { &self.route };
        let green_ns = if self.green_ns.is_empty() { &self.blue_ns } else { &self.green_ns };
        Columns {
            at: &self.at[range.clone()],
            route: &route[range.clone()],
            place: &self.place[range.clone()],
            normal: &self.normal[range.clone()],
            error: &self.error[range.clone()],
            branch: &self.branch[range.clone()],
            tail: &self.tail[range.clone()],
            mirror: &self.mirror[range.clone()],
            blue_ns: &self.blue_ns[range.clone()],
            green_ns: &green_ns[range],
        }
    }
}

impl<'a> Columns<'a> {
    /// The requests as a fleet sees them, with service times by green's latency distribution or by blue's.
    pub(super) fn batch(&self, by_green: bool) -> Batch<'a> {
        Batch {
            at: self.at,
            place: self.place,
            base_ns: if by_green { self.green_ns } else { self.blue_ns },
            error: self.error,
        }
    }
}

impl Columns<'_> {
    /// When a request comes, and the uniform that says whether it fails.
    pub(super) fn draw(&self, index: usize) -> (SimTime, f64) {
        (self.at[index], self.error[index])
    }

    /// Calls `each` with the index of each request. Says once that all columns have one length, which
    /// spares each look into one the check.
    #[inline]
    pub(super) fn for_each(&self, mut each: impl FnMut(usize, &Self)) {
        let count = self.at.len();
        let columns = [
            self.route,
            self.place,
            self.normal,
            self.error,
            self.branch,
            self.tail,
            self.mirror,
            self.blue_ns,
            self.green_ns,
        ];
        assert!(columns.iter().all(|column| column.len() == count), "invariant: equal columns");
        for index in 0..count {
            each(index, self);
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.at.len()
    }

    /// The draws of a request that few scenarios look at.
    pub(super) fn latents(&self, index: usize) -> Latents {
        Latents { normal: self.normal[index], branch: self.branch[index], tail: self.tail[index] }
    }

    /// The request as the fleet that serves it sees it.
    #[inline]
    pub(super) fn request(&self, index: usize, on_green: bool) -> Request {
        Request {
            at: self.at[index],
            place: self.place[index],
            base_ns: if on_green { self.green_ns[index] } else { self.blue_ns[index] },
            normal: self.normal[index],
            branch: self.branch[index],
            tail: self.tail[index],
            error: self.error[index],
        }
    }

    /// When it arrives.
    #[inline]
    pub(super) fn at(&self, index: usize) -> SimTime {
        self.at[index]
    }

    /// Its uniform that chooses the fleet.
    #[inline]
    pub(super) fn route(&self, index: usize) -> f64 {
        self.route[index]
    }

    /// Its uniform that chooses the instance.
    #[inline]
    pub(super) fn place(&self, index: usize) -> f64 {
        self.place[index]
    }

    /// Whether it goes to green at this share.
    #[inline]
    pub(super) fn is_on_green(&self, index: usize, share: f64) -> bool {
        self.route[index] < share
    }

    /// Whether it is mirrored at this share.
    #[inline]
    pub(super) fn is_mirrored(&self, index: usize, share: f64) -> bool {
        self.mirror[index] < share
    }
}
