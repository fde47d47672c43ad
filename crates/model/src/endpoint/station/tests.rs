//! The recursion against a plain event-by-event simulation of the same queue.

use super::*;
use proptest::prelude::*;

fn at(nanos: i64) -> SimTime {
    SimTime::from_nanos(nanos)
}

fn lasting(nanos: i64) -> SimDuration {
    SimDuration::from_nanos(nanos)
}

/// A request of the brute-force simulation.
#[derive(Clone, Copy)]
struct Customer {
    arrives: i64,
    service: i64,
}

/// Steps through every nanosecond: departures, then customers who give up, then the queue's head into
/// free servers, then the arrivals of that instant, one at a time.
fn brute_force(
    customers: &[Customer],
    servers: usize,
    limit: Option<usize>,
    patience: i64,
) -> Vec<Admission> {
    let mut fates: Vec<Option<Admission>> = vec![None; customers.len()];
    let mut busy_until: Vec<i64> = Vec::new();
    let mut queue: Vec<usize> = Vec::new();
    let last = customers.iter().map(|c| c.arrives + c.service + patience).max().unwrap_or(0);
    let mut next = 0;
    for now in 0..=last {
        busy_until.retain(|&until| until > now);
        let mut start = |who: usize, busy: &mut Vec<i64>| {
            let finish = now + customers[who].service;
            if finish > now {
                busy.push(finish);
            }
            fates[who] = Some(Admission::Served { start: at(now), finish: at(finish) });
        };
        let gone: Vec<usize> =
            queue.iter().copied().filter(|&who| now - customers[who].arrives >= patience).collect();
        queue.retain(|who| !gone.contains(who));
        while busy_until.len() < servers && !queue.is_empty() {
            start(queue.remove(0), &mut busy_until);
        }
        let mut rejected = Vec::new();
        while next < customers.len() && customers[next].arrives == now {
            if busy_until.len() < servers {
                start(next, &mut busy_until);
            } else if limit.is_some_and(|limit| queue.len() >= limit) {
                rejected.push(next);
            } else {
                queue.push(next);
            }
            next += 1;
        }
        for who in gone {
            fates[who] = Some(Admission::GaveUp);
        }
        for who in rejected {
            fates[who] = Some(Admission::Rejected);
        }
    }
    fates.into_iter().map(|fate| fate.expect("every customer has left by then")).collect()
}

/// Two servers instead of one at t = 2: who comes then leaves before the one who has waited for the first.
/// When the last comes, one request waits (until 100), so there is a place.
#[test]
fn who_has_left_holds_no_place_after_servers_were_added() {
    let mut station = Station::new(1, Some(2), at(0));
    let patience = lasting(1_000_000);
    let admit = |station: &mut Station, arrives, service| {
        station.admit(at(arrives), lasting(service), patience)
    };
    let served = |start, finish| Admission::Served { start: at(start), finish: at(finish) };
    assert_eq!(admit(&mut station, 0, 100), served(0, 100));
    assert_eq!(admit(&mut station, 1, 100), served(100, 200));
    station.resize(2, at(2));
    assert_eq!(admit(&mut station, 3, 10), served(3, 13));
    assert_eq!(admit(&mut station, 4, 1), served(13, 14));
    assert_eq!(admit(&mut station, 20, 5), served(20, 25));
    assert_eq!(admit(&mut station, 21, 5), served(25, 30));
}

proptest! {
    #[test]
    fn agrees_with_an_event_by_event_simulation(
        gaps in prop::collection::vec((0_i64..3, 1_i64..40), 1..90),
        servers in prop::sample::select(vec![1_usize, 2, 3, 5, 16, 17, 20]),
        limit in prop::option::of(0_u32..4),
        patience in 1_i64..60,
    ) {
        let mut now = 0;
        let customers: Vec<Customer> = gaps
            .iter()
            .map(|&(gap, service)| {
                now += gap;
                Customer { arrives: now, service }
            })
            .collect();
        let mut station = Station::new(servers, limit, at(0));
        let here: Vec<Admission> = customers
            .iter()
            .map(|c| station.admit(at(c.arrives), lasting(c.service), lasting(patience)))
            .collect();
        let expected = brute_force(&customers, servers, limit.map(|l| l as usize), patience);
        prop_assert_eq!(here, expected);
    }
}

#[test]
fn servers_that_leave_are_the_ones_that_become_free_first() {
    let mut station = Station::new(3, None, at(0));
    let patience = lasting(1000);
    station.admit(at(0), lasting(10), patience);
    station.admit(at(0), lasting(50), patience);
    station.resize(1, at(5));
    let admission = station.admit(at(6), lasting(5), patience);
    assert_eq!(admission, Admission::Served { start: at(50), finish: at(55) });
    station.resize(2, at(20));
    let admission = station.admit(at(21), lasting(5), patience);
    assert_eq!(admission, Admission::Served { start: at(21), finish: at(26) });
}

#[test]
fn utilisation_counts_busy_servers() {
    let mut station = Station::new(4, None, at(0));
    let patience = lasting(1000);
    station.admit(at(0), lasting(10), patience);
    station.admit(at(0), lasting(20), patience);
    assert!((station.utilisation(at(5)) - 0.5).abs() < 1e-12);
    assert!((station.utilisation(at(10)) - 0.25).abs() < 1e-12);
    assert!(station.utilisation(at(20)).abs() < 1e-12);
}

#[test]
fn a_station_without_servers_turns_everything_away() {
    let mut station = Station::new(0, None, at(0));
    assert_eq!(station.admit(at(0), lasting(1), lasting(1)), Admission::Rejected);
}
