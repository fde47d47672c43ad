use super::*;

fn at(seconds: i64) -> SimTime {
    SimTime::from_nanos(seconds * crate::time::NANOS_PER_S)
}

fn seconds(seconds: i64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

fn timetable(period_s: i64, evaluation_periods: u32, evaluation: Evaluation) -> Timetable {
    let spec = AlarmSpec {
        period: seconds(period_s),
        evaluation_periods,
        evaluation,
        ..AlarmSpec::example()
    };
    let clock = Clock { minute: at(7), evaluation_phase: seconds(23) };
    Timetable::new(&spec, clock, seconds(90))
}

/// The evaluations after `after`, and the ends of their newest windows \[s\].
fn evaluations(timetable: &Timetable, after: i64) -> Vec<(SimTime, SimTime)> {
    let mut now = at(after);
    let next = || {
        now = timetable.next_evaluation(now);
        (now, timetable.window_end(now))
    };
    std::iter::repeat_with(next).take(3).collect()
}

#[test]
fn sliding_alarms_are_evaluated_every_minute_whatever_the_period() {
    for period_s in [60, 300] {
        let timetable = timetable(period_s, 3, Evaluation::Sliding);
        let expected = [(30, 7), (90, 67), (150, 127)].map(|(now, end)| (at(now), at(end)));
        assert_eq!(evaluations(&timetable, 0), expected, "period {period_s} s");
        assert_eq!(evaluations(&timetable, -30), expected, "strictly after");
        assert_eq!(timetable.window(at(30), 2), (at(7 - 3 * period_s), at(7 - 2 * period_s)));
    }
}

#[test]
fn short_periods_are_evaluated_every_ten_seconds() {
    let timetable = timetable(20, 3, Evaluation::Sliding);
    let expected = [(10, 7), (20, 17), (30, 27)].map(|(now, end)| (at(now), at(end)));
    assert_eq!(evaluations(&timetable, 0), expected);
}

/// The documentation's example is evaluated at 10:03, 11:03 and 12:03, on data up to the full hour.
#[test]
fn long_alarms_are_evaluated_hourly() {
    let hour = 3600;
    let spec = AlarmSpec { period: seconds(hour), evaluation_periods: 25, ..AlarmSpec::example() };
    let clock = Clock { minute: SimTime::ZERO, evaluation_phase: seconds(180) };
    let table = Timetable::new(&spec, clock, SimDuration::ZERO);
    let expected = [10, 11, 12].map(|full| (at(full * hour + 180), at(full * hour)));
    assert_eq!(evaluations(&table, 10 * hour), expected);
    // A day exactly is still evaluated every minute.
    let day = timetable(hour, 24, Evaluation::Sliding);
    assert_eq!(day.next_evaluation(at(30)), at(90));
}

#[test]
fn aligned_windows_are_evaluated_once_as_soon_as_they_have_arrived() {
    let timetable = timetable(300, 3, Evaluation::Aligned);
    let expected = [(97, 7), (397, 307), (697, 607)].map(|(now, end)| (at(now), at(end)));
    assert_eq!(evaluations(&timetable, 0), expected);
    assert_eq!(timetable.window(at(397), 1), (at(-293), at(7)));
}

/// Rows of 2 min from 7 s on: evaluated every minute, over windows that end at 7, 127 and 247 s.
#[test]
fn windows_over_recorded_periods_end_where_these_do() {
    let recorded = Evaluation::Recorded { period: seconds(120), from: at(7) };
    let timetable = timetable(240, 3, recorded);
    let expected = [(30, 7), (90, 7), (150, 127)].map(|(now, end)| (at(now), at(end)));
    assert_eq!(evaluations(&timetable, 0), expected);
    assert_eq!(timetable.window(at(210), 1), (at(-353), at(-113)));
}

/// Nepal's clocks are 5 h 45 min ahead, so a day there begins at 18:15 UTC; Newfoundland's are 3 h 30 min
/// behind, where one begins at 03:30 UTC.
#[test]
fn a_clock_that_is_ahead_begins_its_day_earlier() {
    let (day, minute) = (86_400, 60);
    for (offset_min, begins_min) in [(345, 18 * 60 + 15), (-210, 3 * 60 + 30), (0, 0)] {
        let period = seconds(day);
        let evaluation = Evaluation::WallClock { offset_min };
        let spec = AlarmSpec { period, evaluation, ..AlarmSpec::example() };
        let clock = Clock { minute: SimTime::ZERO, evaluation_phase: SimDuration::ZERO };
        let table = Timetable::new(&spec, clock, SimDuration::ZERO);
        let begins = day + begins_min * minute;
        assert_eq!(table.window_end(at(begins)), at(begins), "{offset_min} min");
        assert_eq!(table.window_end(at(begins - minute)), at(begins - day), "{offset_min} min");
        assert_eq!(table.window(at(begins), 0), (at(begins - day), at(begins)));
    }
}
