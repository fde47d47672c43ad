//! Every threshold of one alarm at once, the others held.
//!
//! A run comes out the same for all thresholds between two critical values of its curve. So all critical
//! values at which the outcome of some run changes are sorted, and one pass over them, from the threshold
//! that alarms most to the one that never does, takes the sums from one gap to the next: O(S log S) for S
//! steps of all curves together, instead of O(S²) for playing every run at every gap.

use crate::tuning::curve::Firing;
use crate::tuning::judged::{Against, JudgedRun, play_all};
use crate::tuning::limits::fifths_of;
use crate::tuning::performance::{Judge, Keys};
use crate::tuning::range;
use crate::tuning::sums::{Release, Sums};

/// A stretch of thresholds that do the same on these runs, or a threshold that was given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stretch {
    /// Strictly between two keys.
    Gap(f64, f64),
    /// Which of the thresholds given.
    Given(usize),
}

/// The outcome of a run changes.
struct Event {
    key: f64,
    /// Whether the key itself still has the outcome before.
    inclusive: bool,
    release: usize,
    change: Release,
    /// The replication's.
    fifths: u32,
}

/// Visits the thresholds of `shape` under `plan`, from the lowest key to the highest: every gap if
/// `gaps`, and every key of `given` (ascending). `held` are the other alarms.
pub(super) fn sweep(
    judge: &Judge<'_>,
    plan: usize,
    shape: usize,
    held: &Keys,
    (gaps, given): (bool, &[f64]),
    mut visit: impl FnMut(Stretch, &Sums),
) {
    let (mut sums, events) = events(judge, plan, shape, held);
    let mut given = given.iter().copied().enumerate().peekable();
    let mut low = f64::NEG_INFINITY;
    let mut next = 0;
    loop {
        let high = events.get(next).map_or(f64::INFINITY, |event| event.key);
        while let Some((index, _)) = given.next_if(|&(_, key)| key < high) {
            visit(Stretch::Given(index), &sums);
        }
        if gaps && (low < high || events.is_empty()) {
            visit(Stretch::Gap(low, high), &sums);
        }
        if next == events.len() {
            break;
        }
        next = apply(&events, next, |event| event.key <= high && !event.inclusive, &mut sums);
        while let Some((index, _)) = given.next_if(|&(_, key)| key <= high) {
            visit(Stretch::Given(index), &sums);
        }
        next = apply(&events, next, |event| event.key <= high, &mut sums);
        low = high;
    }
    for (index, _) in given {
        visit(Stretch::Given(index), &sums);
    }
}

/// Applies events from `next` on as long as they are due, and says where it stopped.
fn apply(events: &[Event], next: usize, due: impl Fn(&Event) -> bool, sums: &mut Sums) -> usize {
    let count = events[next..].iter().take_while(|event| due(event)).count();
    for event in &events[next..next + count] {
        sums.add(event.release, &event.change, event.fifths);
    }
    next + count
}

/// The sums of the lowest key, and all changes from there on, in order of their keys.
fn events(judge: &Judge<'_>, plan: usize, shape: usize, held: &Keys) -> (Sums, Vec<Event>) {
    let question = &judge.question;
    let replications = &judge.chosen_on.replications;
    let mut sums = judge.no_sums();
    let mut events = Vec::new();
    let alarm = u32::try_from(judge.expansion.shapes[shape].alarm).unwrap_or(u32::MAX);
    for replication in replications {
        let runs = judge.runs(replication, plan);
        let fifths = fifths_of(&replication.places);
        let stairs = |run: &JudgedRun| staircase(run, (shape, alarm), run.alarms(held));
        let healthy = stairs(&runs[0]);
        for (release, run) in runs.iter().enumerate() {
            let is_good = question.healthy[release];
            let worth = |[own, healthy]: [Option<Firing>; 2]| {
                let against =
                    Against { is_good, healthy_given_up_at: runs[0].given_up_at(healthy) };
                Release::of(question, &question.figures(&run.outcome(own, against)), is_good)
            };
            let own = if release == 0 { &healthy } else { &stairs(run) };
            // What becomes of a good release depends on no other.
            let other = if is_good { &healthy[..1] } else { &healthy[..] };
            let mut before: Option<([Option<Firing>; 2], Release)> = None;
            together([own, other], |key, inclusive, firings| {
                let after = match &before {
                    Some((same, _)) if *same == firings => return,
                    _ => worth(firings),
                };
                match before.replace((firings, after)) {
                    None => sums.add(release, &after, fifths),
                    Some((_, before)) if before == after => {}
                    Some((_, before)) => {
                        let change = after.less(&before);
                        events.push(Event { key, inclusive, release, change, fifths });
                    }
                }
            });
        }
    }
    let place = |event: &Event| (event.key, event.inclusive);
    events.sort_unstable_by(|a, b| {
        let (a, b) = (place(a), place(b));
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
    });
    (sums, events)
}

/// From this key on (the key itself still counts to the step before, if `inclusive`) this alarm is acted on.
#[derive(Clone, Copy, Debug)]
struct Stair {
    key: f64,
    inclusive: bool,
    firing: Option<Firing>,
}

/// Which alarm of a run is acted on from which key of `shape` on, from the lowest up: the first from −∞ on.
/// `held` is what the other alarms do, and whether one of them lets none count.
fn staircase(
    run: &JudgedRun,
    (shape, alarm): (usize, u32),
    held: (Option<Firing>, bool),
) -> Vec<Stair> {
    let (other, other_ignores) = held;
    let Some(curve) = run.curves[shape].as_ref().filter(|_| !other_ignores) else {
        let firing = other.filter(|_| !other_ignores);
        return vec![Stair { key: f64::NEG_INFINITY, inclusive: false, firing }];
    };
    let mut stairs = Vec::with_capacity(curve.steps.len() + 2);
    let mut steps = curve.steps.iter().peekable();
    let mut ignored = curve.ignored_below.filter(|&below| below > f64::NEG_INFINITY);
    let mut key = f64::NEG_INFINITY;
    loop {
        let step = steps.peek();
        let ours = step.map(|step| Firing { look: step.look, since: step.since, alarm });
        let firing = ours.into_iter().chain(other).reduce(Firing::or);
        let firing = firing.filter(|_| ignored.is_none());
        stairs.push(Stair { key, inclusive: curve.includes_equal, firing });
        let ends = step.map(|step| step.below).into_iter().chain(ignored);
        let Some(end) = ends.reduce(f64::min).filter(|&end| end < f64::INFINITY) else {
            return stairs;
        };
        key = end;
        while steps.next_if(|step| step.below <= key).is_some() {}
        ignored = ignored.filter(|&below| below > key);
    }
}

/// Goes up two staircases at once and tells of each place where one of them has a step, what both do then.
fn together(stairs: [&[Stair]; 2], mut tell: impl FnMut(f64, bool, [Option<Firing>; 2])) {
    let mut next = [1, 1];
    let firings = |next: [usize; 2]| [0, 1].map(|side| stairs[side][next[side] - 1].firing);
    tell(f64::NEG_INFINITY, false, firings(next));
    loop {
        let place = |side: usize| stairs[side].get(next[side]).map(|s| (s.key, s.inclusive));
        let places = [place(0), place(1)];
        let first =
            places.into_iter().flatten().min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let Some(first) = first else { return };
        for (next, place) in next.iter_mut().zip(places) {
            *next += usize::from(place == Some(first));
        }
        tell(first.0, first.1, firings(next));
    }
}

/// The keys of the thresholds that a shape's table gives, ascending, each with its place there.
pub(super) fn given_keys(judge: &Judge<'_>, shape: usize) -> Vec<(f64, usize)> {
    let shape = &judge.expansion.shapes[shape];
    let keys = shape.thresholds.iter().map(|&threshold| range::key(&shape.spec, threshold));
    let mut keys: Vec<(f64, usize)> = keys.zip(0..).collect();
    keys.sort_by(|a, b| a.0.total_cmp(&b.0));
    keys
}

/// The sums of one policy.
pub(super) fn sums_of(judge: &Judge<'_>, plan: usize, keys: &Keys) -> Sums {
    let question = &judge.question;
    let replications = &judge.chosen_on.replications;
    let mut sums = judge.no_sums();
    for replication in replications {
        let fifths = fifths_of(&replication.places);
        let runs = judge.runs(replication, plan);
        for (release, played) in play_all(runs, keys, &question.healthy).enumerate() {
            let of = Release::of(question, &question.figures(&played), question.healthy[release]);
            sums.add(release, &of, fifths);
        }
    }
    sums
}

#[cfg(test)]
#[path = "threshold_sweep/tests.rs"]
mod tests;
