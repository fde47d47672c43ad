//! One piece: who takes its requests, what becomes of them, and what is published of that.

use super::Drawn;
use super::answers::{Answers, Class};
use super::book::{Book, Side};
use super::fates::{Fates, Odds, ratio, totals};
use super::luck::{Draws, What};
use super::memory::{Alone, Regime};
use super::recorded;
use super::slow::Slow;
use crate::dataplane::requests::DataPlane;
use crate::dataplane::tally::{Tally, net};
use crate::endpoint::fleet::{ColdGroup, Fleet};
use crate::random::inverse::binomial;
use crate::telemetry::bin::Bin;
use crate::time::{SimDuration, SimTime};
use std::sync::Arc;

/// The fates that are failures.
const FAILED: [usize; 2] = [1, 2];

/// Response times of some requests of one fleet.
struct Asked<'a, 'f> {
    side: Side,
    fleet: &'a Fleet<'f>,
    /// Answered, and failed.
    counts: [u64; 2],
    span: [SimTime; 2],
}

impl Drawn<'_> {
    /// Draws the requests of a piece, given what becomes of them without the deployment.
    pub(super) fn draw(&mut self, plane: &mut DataPlane<'_>, span: [SimTime; 2], fates: Fates) {
        match self.regime(plane, span) {
            Some(regime) => self.draw_alone(plane, span, fates, regime),
            None => _ = self.draw_apart(plane, span, fates),
        }
    }

    /// Who serves alone, if what comes of the piece depends on nothing else.
    fn regime(&self, plane: &DataPlane<'_>, span: [SimTime; 2]) -> Option<Regime> {
        let cell = &self.traffic.cells[self.cell];
        let is_whole = span == [cell.from, cell.until];
        if !is_whole || plane.mirror > 0.0 || plane.latencies.is_some() {
            return None;
        }
        if plane.share <= 0.0 {
            return (!plane.blue.behaviour().has_extra()).then_some(Regime::Blue);
        }
        let behaviour = plane.green.behaviour();
        let is_green = plane.share >= 1.0 && !behaviour.has_extra();
        let steady = behaviour.steady().filter(|_| is_green)?;
        let odds = Odds::new(steady.errors_5xx, steady.errors_4xx);
        Some(Regime::Green(odds, [steady.factor, steady.shift_ns]))
    }

    /// A whole cell that one fleet has alone, which is the same in every run of the replication.
    fn draw_alone(
        &mut self,
        plane: &mut DataPlane<'_>,
        span: [SimTime; 2],
        fates: Fates,
        regime: Regime,
    ) {
        let Some(known) = self.book.memory.alone(self.cell, regime) else {
            let (on_green, slow) = self.draw_apart(plane, span, fates);
            if fates.iter().any(|&count| count > 0) {
                let answers = Arc::clone(&self.times.answers);
                self.book.memory.keep_alone(self.cell, regime, Alone { on_green, answers, slow });
            }
            return;
        };
        let Alone { on_green, ref answers, slow } = *known;
        self.times.answers = Arc::clone(answers);
        let (side, blue) = match regime {
            Regime::Blue => (Side::Blue, fates),
            Regime::Green(..) => (Side::Green, [0; 3]),
        };
        let [_, server, client] = if side == Side::Blue { fates } else { totals(on_green) };
        count(&mut plane.tally, fates, blue, on_green, plane.green.is_faulty());
        slow.add_to(&mut plane.tally, side == Side::Green);
        self.publish(plane, span[0], (side, [client, server]));
        if plane.is_timing {
            self.times.add(side, 0);
        }
    }

    /// Says what became of the requests of each fate without the deployment on green, and how many were slow
    /// on the fleet that served last.
    fn draw_apart(
        &mut self,
        plane: &mut DataPlane<'_>,
        span: [SimTime; 2],
        fates: Fates,
    ) -> ([Fates; 3], Slow) {
        let luck = self.traffic.luck;
        let (cell, piece) = (self.cell as u64, self.piece);
        let draws = |what| luck.of(cell, piece, what);
        let without = self.traffic.cells[self.cell].without;
        let green_odds = odds(&plane.green, span);

        let mut of_share = draws(What::Share);
        let green = fates.map(|count| binomial(count, plane.share, of_share.uniform()));
        let blue = [0, 1, 2].map(|fate| fates[fate] - green[fate]);
        let here = green_odds.given(green, without, &mut draws(What::Fates));
        count(&mut plane.tally, fates, blue, here, plane.green.is_faulty());

        let mut of_mirror = draws(What::Mirror);
        let mirrored = blue.map(|count| binomial(count, plane.mirror, of_mirror.uniform()));
        // Whether a copy fails is luck of its own, whatever becomes of its original.
        let mut of_copies = draws(What::CopyFates);
        let copies = mirrored.map(|count| green_odds.fates(count, &mut of_copies));

        let alone = [0, 1, 2].map(|fate| blue[fate] - mirrored[fate]);
        let on_blue = self.respond(plane, span, (Side::Blue, What::Blue), unchanged(alone));
        let on_green = self.respond(plane, span, (Side::Green, What::Green), here);
        if mirrored.iter().any(|&count| count > 0) {
            self.respond(plane, span, (Side::Blue, What::Mirrored), unchanged(mirrored));
            self.respond(plane, span, (Side::Shadow, What::Copies), copies);
            let discordant = copies[0][1] + copies[0][2] + copies[1][0] + copies[2][0];
            plane.tally.mirrored += mirrored.iter().sum::<u64>();
            if let Some(both) = &mut plane.mirroring {
                both.requests += mirrored.iter().sum::<u64>();
                both.production_failed += FAILED.map(|fate| mirrored[fate]).iter().sum::<u64>();
                both.shadow_failed += FAILED.map(|fate| totals(copies)[fate]).iter().sum::<u64>();
                both.discordant += discordant;
            }
        }
        (here, on_green.or(on_blue).unwrap_or_default())
    }

    /// Draws the response times of requests of these fates without the deployment and here, and publishes
    /// them; says how many are slow, if there are any requests.
    fn respond(
        &mut self,
        plane: &mut DataPlane<'_>,
        span: [SimTime; 2],
        (side, what): (Side, What),
        here: [Fates; 3],
    ) -> Option<Slow> {
        let [good, server, client] = totals(here);
        if good + server + client == 0 {
            return None;
        }
        let is_pair = matches!(what, What::Mirrored | What::Copies);
        let counts = [good, server + client];
        let of_caller = is_pair && side == Side::Blue;
        let overhead = if of_caller { plane.overhead } else { SimDuration::ZERO };
        let fleet = if side == Side::Blue { &plane.blue } else { &plane.green };
        let asked = Asked { side, fleet, counts, span };
        let salt = (side as u64) << 40 | (what as u64) << 44;
        let of = |what| self.traffic.luck.of(self.cell as u64, self.piece ^ salt, what);
        let mut draws = self.traffic.luck.of(self.cell as u64, self.piece, what);
        let mut of_slow = of(What::Slow);
        let of_extremes = of(What::Extremes);
        classify(&mut self.book, &asked, &mut draws, &mut self.times.classes);
        let lists = &mut *self.times;
        let extremes = self.rules.extremes || plane.latencies.is_some();
        let of_extremes = extremes.then_some(of_extremes);
        let mut memory = std::mem::take(&mut self.book.memory);
        lists.answers = memory.recall(self.cell, (side, draws), &lists.classes, || {
            Answers::draw((&self.book, side), &lists.classes, draws, of_extremes)
        });
        self.book.memory = memory;
        let mut slow = Slow::default();
        if side != Side::Shadow {
            slow = self.slow(side, overhead, here, &mut of_slow);
            slow.add_to(&mut plane.tally, side == Side::Green);
        }
        self.publish(plane, span[0], (side, [client, server]));
        let lists = &mut *self.times;
        let added_ns = overhead.as_nanos();
        if plane.is_timing {
            lists.add(side, added_ns);
        }
        // Compared at equal age: a piece ends where the shadow is warm.
        if is_pair && plane.shadow_is_warm(span[0]) {
            let kinds = &mut lists.kinds;
            let list = if side == Side::Blue { &mut kinds.production } else { &mut kinds.copies };
            list.add(&lists.answers, 0);
        }
        Some(slow)
    }

    fn publish(&self, plane: &mut DataPlane<'_>, at: SimTime, (side, errors): (Side, [u64; 2])) {
        let answers = &self.times.answers;
        let series = match side {
            Side::Blue => &mut plane.series.blue,
            Side::Green => &mut plane.series.green,
            Side::Shadow => &mut plane.series.shadow,
        };
        let bin = Bin::of(answers.count, errors, answers.sum_ns, answers.range_ns);
        let mut by_size = None;
        if let Some(all) = plane.latencies.as_deref_mut() {
            let latencies = match side {
                Side::Blue => &mut all.blue,
                Side::Green => &mut all.green,
                Side::Shadow => &mut all.shadow,
            };
            let what = What::Recorded as u64 ^ (side as u64) << 8;
            let mut draws =
                self.traffic.luck.of(self.cell as u64, self.piece ^ what << 32, What::Recorded);
            if let Some(histogram) = latencies.around(at) {
                by_size =
                    Some(recorded::spread(answers, (&self.book, side), histogram, &mut draws));
            }
        }
        series.add(at, &bin, &answers.probes, by_size.as_ref());
    }
}

/// The odds of a fleet's requests of a piece.
fn odds(fleet: &Fleet<'_>, [from, until]: [SimTime; 2]) -> Odds {
    let now = fleet.behaviour().at(from + until.since(from).share(0.5));
    Odds::new(now.errors_5xx, now.errors_4xx)
}

/// Requests that fare as without the deployment.
fn unchanged([good, server, client]: Fates) -> [Fates; 3] {
    [[good, 0, 0], [0, server, 0], [0, 0, client]]
}

/// Counts requests: all, those of blue (who fare as without the deployment), and those of green.
fn count(tally: &mut Tally, all: Fates, blue: Fates, here: [Fates; 3], is_faulty: bool) {
    let green = totals(here);
    let served: u64 = green.iter().sum();
    let failed_on_green = green[1] + green[2];
    let attributable = here[0][1] + here[0][2];
    tally.requests += all.iter().sum::<u64>();
    tally.green += served;
    tally.faulty_green += if is_faulty { served } else { 0 };
    tally.failed += blue[1] + blue[2] + failed_on_green;
    tally.failed_4xx += blue[2] + green[2];
    tally.green_failed += failed_on_green;
    tally.attributable += attributable;
    tally.attributable_green += attributable;
    tally.failed_without += all[1] + all[2];
    // Whoever is answered slowly is harmed, too, and is added with the response times.
    tally.harmed += blue[1] + blue[2] + failed_on_green;
    tally.harmed_without += all[1] + all[2];
    let failed_there = FAILED.map(|fate| here[fate].iter().sum::<u64>()).iter().sum();
    tally.failed_own += net(failed_on_green, failed_there);
}

/// Tells requests apart by whatever their response times depend on: their fate, the age of their instance,
/// the slow tail, and the component of a mixture.
fn classify(book: &mut Book, asked: &Asked<'_, '_>, draws: &mut Draws, classes: &mut Vec<Class>) {
    classes.clear();
    let steady = asked.fleet.behaviour().steady();
    let is_simple = book.is_simple(asked.side) && !asked.fleet.behaviour().has_extra();
    if let Some(moment) = steady.filter(|_| is_simple) {
        let law = book.find(asked.side, (false, 0), [[moment.factor, moment.shift_ns]; 2]);
        classes.push((asked.counts.iter().sum(), law));
        return;
    }
    let (side, fleet, [from, until]) = (asked.side, asked.fleet, asked.span);
    let behaviour = fleet.behaviour();
    let paces = [from, until].map(|at| {
        let moment = behaviour.at(at);
        [moment.factor, moment.shift_ns]
    });
    let middle = from + until.since(from).share(0.5);
    let (tail_share, tail_factor) =
        if behaviour.has_extra() { behaviour.slow_tail(middle) } else { (0.0, 1.0) };
    let groups = if behaviour.has_extra() { fleet.cold_groups(asked.span) } else { Vec::new() };
    for (failed, count) in [(false, asked.counts[0]), (true, asked.counts[1])] {
        let (mut rest, mut weight) = (count, 1.0);
        let warm = ColdGroup { share: 1.0, factors: [1.0; 2] };
        let last = groups.len();
        for (number, group) in groups.iter().chain([&warm]).enumerate() {
            let share = if number == last { 1.0 } else { ratio(group.share, weight) };
            let here = if share >= 1.0 { rest } else { binomial(rest, share, draws.uniform()) };
            rest -= here;
            weight -= group.share;
            let in_tail =
                if tail_share > 0.0 { binomial(here, tail_share, draws.uniform()) } else { 0 };
            for (count, slower) in [(here - in_tail, 1.0), (in_tail, tail_factor)] {
                let pace =
                    [0, 1].map(|end| [paces[end][0] * group.factors[end] * slower, paces[end][1]]);
                components(book, (side, failed), (count, pace), draws, classes);
            }
        }
    }
}

/// Splits requests over the components of their law.
fn components(
    book: &mut Book,
    (side, failed): (Side, bool),
    (count, pace): (u64, [[f64; 2]; 2]),
    draws: &mut Draws,
    classes: &mut Vec<Class>,
) {
    let (mut rest, mut weight) = (count, 1.0);
    let last = book.components(side, failed) - 1;
    for component in 0..=last {
        let own = book.weight(side, failed, component);
        let here = if component == last {
            rest
        } else {
            binomial(rest, ratio(own, weight), draws.uniform())
        };
        rest -= here;
        weight -= own;
        if here == 0 {
            continue;
        }
        let law = book.find(side, (failed, component), pace);
        match classes.iter_mut().find(|(_, other)| *other == law) {
            Some((sum, _)) => *sum += here,
            None => classes.push((here, law)),
        }
    }
}
