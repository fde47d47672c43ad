use super::*;

fn at(seconds: f64) -> SimTime {
    SimTime::from_secs_f64(seconds)
}

fn of(arrivals: &ArrivalSpec, from_s: f64, to_s: f64) -> Load {
    Load::new(arrivals, &Streams::new(1, 0), (at(from_s), at(to_s)), SimDuration::from_secs(60))
        .expect("no trace")
}

fn profile() -> ArrivalSpec {
    let minutes = |minutes: i64| SimDuration::from_secs(60 * minutes);
    ArrivalSpec::Profile { pieces: vec![(minutes(0), 1.0), (minutes(10), 4.0), (minutes(13), 1.0)] }
}

#[test]
fn rates_are_those_of_the_traffic() {
    let steady = of(&ArrivalSpec::Poisson { rate_per_s: 3.0 }, -600.0, 1830.0);
    let [mean, peak] = steady.rates_per_s();
    assert!((mean - 3.0).abs() < 1e-9 && (peak - 3.0).abs() < 1e-9, "{mean} {peak}");
    // Twenty minutes after a warm-up of five: 3 of them at 4 a second.
    let [mean, peak] = of(&profile(), -300.0, 1200.0).rates_per_s();
    assert!((mean - (17.0 + 3.0 * 4.0) / 20.0).abs() < 1e-9, "{mean}");
    assert!((peak - 4.0).abs() < 1e-9, "{peak}");
}

/// A short last minute is no busiest one, however many requests it happens to have.
#[test]
fn a_part_of_a_minute_is_no_peak() {
    let pieces = vec![(SimDuration::ZERO, 1.0), (SimDuration::from_secs(120), 9.0)];
    let [_, peak] = of(&ArrivalSpec::Profile { pieces }, 0.0, 130.0).rates_per_s();
    assert!((peak - 1.0).abs() < 1e-9, "{peak}");
}

#[test]
fn what_cannot_be_done_is_left_over() {
    // At 0.5 s of one place, 4 a second are twice what it can do for three minutes; each leaves 60 s of work,
    // and each minute after them has 30 s to spare.
    let load = of(&profile(), -300.0, 1200.0);
    let overload = load.overload(0.5, 1.0).expect("an overload");
    // The profile begins with the warm-up.
    assert_eq!((overload.from, overload.until), (at(300.0), at(480.0)));
    assert!(overload.left_s.abs() < 1e-9, "{overload:?}");
    let short = of(&profile(), -300.0, 540.0).overload(0.5, 1.0).expect("an overload");
    assert!((short.left_s - (3.0 * 60.0 - 30.0)).abs() < 1e-9, "{short:?}");
    assert_eq!(load.overload(0.2, 1.0), None);
    assert_eq!(load.overload(0.5, 3.0), None);
}

#[test]
fn exactly_as_much_as_can_be_done_is_too_much() {
    let load = of(&ArrivalSpec::Poisson { rate_per_s: 2.0 }, 0.0, 1800.0);
    let overload = load.overload(0.5, 1.0).expect("an overload");
    assert_eq!((overload.from, overload.until), (at(0.0), at(1800.0)));
    assert!(load.overload(0.499, 1.0).is_none());
}

/// Also where the warm-up is overloaded: the work that it leaves is there, the time is counted from t = 0.
#[test]
fn an_overload_begins_after_the_warm_up() {
    let load = of(&ArrivalSpec::Poisson { rate_per_s: 4.0 }, -300.0, 600.0);
    let overload = load.overload(0.5, 1.0).expect("an overload");
    assert_eq!((overload.from, overload.until), (at(0.0), at(600.0)));
    assert!((overload.left_s - 900.0).abs() < 1e-9, "{overload:?}");
}
