//! Routing against counting one by one.

use super::*;
use proptest::prelude::*;

fn at(nanos: i64) -> SimTime {
    SimTime::from_nanos(nanos)
}

#[test]
fn a_uniform_falls_on_every_instance_alike() {
    let chosen: Vec<usize> = (0..8).map(|i| at_random(f64::from(i) / 8.0, 4)).collect();
    assert_eq!(chosen, [0, 0, 1, 1, 2, 2, 3, 3]);
    assert_eq!(at_random(1.0 - f64::EPSILON / 2.0, 4), 3);
}

#[test]
fn the_least_loaded_instance_is_chosen_and_answers_free_it() {
    let mut outstanding = Outstanding::new(3);
    outstanding.activate(3);
    outstanding.sent(0, at(10));
    outstanding.sent(1, at(20));
    assert_eq!(outstanding.least(at(5), 0.9), 2);
    outstanding.sent(2, at(30));
    assert_eq!(outstanding.least(at(10), 0.99), 0, "its request is answered by then");
    outstanding.activate(1);
    outstanding.sent(0, at(40));
    assert_eq!(outstanding.least(at(25), 0.99), 0, "only active instances are candidates");
}

proptest! {
    /// Against counting the requests in flight one by one.
    #[test]
    fn chooses_among_the_least_loaded(
        instances in prop::sample::select(vec![1_usize, 6, 70]),
        steps in prop::collection::vec((0_i64..5, 0.0_f64..1.0, 1_i64..30, 0_usize..140), 1..120),
    ) {
        let mut outstanding = Outstanding::new(instances);
        let mut active = instances;
        outstanding.activate(active);
        let mut in_flight: Vec<(i64, usize)> = Vec::new();
        let mut now = 0;
        for (gap, place, service, change) in steps {
            now += gap;
            if change > 0 && change <= instances {
                active = change;
                outstanding.activate(active);
            }
            in_flight.retain(|&(answered, _)| answered > now);
            let count = |i: usize| in_flight.iter().filter(|&&(_, to)| to == i).count();
            let fewest = (0..active).map(count).min().expect("some instance");
            let ties: Vec<usize> = (0..active).filter(|&i| count(i) == fewest).collect();
            let chosen = outstanding.least(at(now), place);
            let falls_on = at_random(place, u32::try_from(ties.len()).expect("few"));
            prop_assert_eq!(chosen, ties[falls_on]);
            outstanding.sent(chosen, at(now + service));
            in_flight.push((now + service, chosen));
        }
    }
}

#[test]
fn ties_are_broken_evenly_in_the_order_of_the_instances() {
    let mut outstanding = Outstanding::new(4);
    outstanding.activate(4);
    outstanding.sent(2, at(1000));
    let chosen: Vec<usize> =
        (0..3).map(|i| outstanding.least(at(0), (f64::from(i) + 0.5) / 3.0)).collect();
    assert_eq!(chosen, [0, 1, 3]);
}

#[test]
fn alike_are_those_with_the_same_answers_to_come() {
    let [mut one, mut other] = [0, 1].map(|first| {
        let mut outstanding = Outstanding::new(3);
        outstanding.activate(2);
        outstanding.sent(first, at(10));
        outstanding.sent(1 - first, at(20 + 10 * i64::try_from(first).expect("0 or 1")));
        outstanding
    });
    assert!(!one.serves_like(&other, at(5)), "answers at 10 and 20, 10 and 30");
    assert!(!one.serves_like(&other, at(25)), "an answer at 30");
    assert!(one.serves_like(&other, at(30)));
    one.sent(0, at(50));
    other.sent(2, at(60));
    other.sent(0, at(50));
    assert!(one.serves_like(&other, at(40)), "the last instance takes no traffic");
    one.activate(3);
    assert!(!one.serves_like(&other, at(70)), "more instances");
    other.activate(3);
    assert!(!one.serves_like(&other, at(40)), "now the last instance takes traffic");
    assert!(one.serves_like(&other, at(60)));
}

proptest! {
    /// Two groups against one that has the instances of both.
    #[test]
    fn between_two_groups_it_is_as_in_one(
        sizes in (1_usize..80, 1_usize..80),
        steps in prop::collection::vec((0_i64..5, 0.0_f64..1.0, 1_i64..200), 1..300),
    ) {
        let (first, second) = sizes;
        let mut whole = Outstanding::new(first + second);
        let [mut one, mut other] = [first, second].map(Outstanding::new);
        whole.activate(first + second);
        one.activate(first);
        other.activate(second);
        let mut now = 0;
        for (gap, place, service) in steps {
            now += gap;
            let (is_second, inside) = between([one.fewest(at(now)), other.fewest(at(now))], place);
            prop_assert!((0.0..1.0).contains(&inside));
            let (group, before) = if is_second { (&mut other, first) } else { (&mut one, 0) };
            let chosen = group.least(at(now), inside);
            prop_assert_eq!(before + chosen, whole.least(at(now), place));
            group.sent(chosen, at(now + service));
            whole.sent(before + chosen, at(now + service));
        }
    }
}

#[test]
fn the_last_place_of_two_groups_falls_on_the_last_instance() {
    for (ties, others) in [(1, 2), (3, 4), (5, 1), (7, 9)] {
        let group = |ties| Fewest { count: 0, ties };
        let (is_second, inside) = between([group(ties), group(others)], 1.0 - f64::EPSILON / 2.0);
        assert!(is_second && at_random(inside, others) == others as usize - 1);
    }
}
