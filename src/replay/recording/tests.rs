use super::*;
use crate::random::arrival::timestamp::parse_instant;
use FleetDimension::{Blue, Both, Green, Shadow};

fn read(csv: &str) -> Result<Recording, RecordingErrors> {
    Recording::read(csv.as_bytes())
}

fn good(csv: &str) -> Recording {
    read(csv).unwrap_or_else(|errors| panic!("{errors}\n{csv}"))
}

fn at(text: &str) -> SimTime {
    SimTime::from_nanos(parse_instant(text).expect("a time"))
}

#[test]
fn rows_of_any_order_and_spelling_make_a_series() {
    let recording = good(
        "timestamp,value,comment\n2026-01-31 12:02:00, 0.25 ,late\n2026-01-31T12:00:00Z,3,\n\
         1769860860,1e-3,\n1769860860000,-2.5,same instant\n",
    );
    let expected = [
        ("2026-01-31 12:00:00", Ratio::whole(3)),
        ("2026-01-31 12:01:00", Ratio::new(1, 1000)),
        ("2026-01-31 12:01:00", Ratio::new(-5, 2)),
        ("2026-01-31 12:02:00", Ratio::new(1, 4)),
    ];
    assert_eq!(recording.values("any", None), expected.map(|(time, value)| (at(time), value)));
    assert_eq!(recording.first(), at("2026-01-31 12:00:00"));
    assert_eq!(recording.last(), at("2026-01-31 12:02:00"));
    assert_eq!(recording.metrics(), Vec::<&str>::new());
}

#[test]
fn metrics_and_fleets_are_told_apart() {
    let recording = good(
        "fleet,metric,value,timestamp\ngreen,errors,1,10\nblue,errors,2,20\n,errors,3,30\n\
         both,errors,4,40\ngreen,latency,5,50\nshadow,errors,6,60\ngreen,errors,7,5\n",
    );
    assert_eq!(recording.metrics(), ["errors", "latency"]);
    let seen = |metric, fleet| -> Vec<i128> {
        recording.values(metric, fleet).iter().map(|(_, value)| value.floor()).collect()
    };
    assert_eq!(seen("errors", Some(Green)), [7, 1, 3]);
    assert_eq!(seen("errors", Some(Blue)), [2, 3]);
    assert_eq!(seen("errors", Some(Both)), [7, 1, 2, 3, 4]);
    assert_eq!(seen("errors", Some(Shadow)), [3, 6]);
    assert_eq!(seen("errors", None), [7, 1, 2, 3, 4, 6]);
    assert_eq!(seen("latency", Some(Green)), [5]);
    assert_eq!(seen("errrors", None), Vec::<i128>::new());
}

#[test]
fn every_problem_is_told_with_its_line() {
    let errors = read(
        "timestamp,value,metric,fleet\nnoon,1,a,green\n1,,a,\n2,x,a,\n3,1,,\n4,1,a,grün\n5,1,a\n\
         6,1e30,a,\nlate,no,a,\n7,1,a,blue\n",
    )
    .expect_err("many problems");
    let place = "is not a time like 2026-01-31T12:00:00Z, 2026-01-31 12:00:00 (UTC) or 1769860800";
    assert_eq!(
        errors.to_string(),
        format!(
            "line 2: the timestamp `noon` {place}\n\
             line 3: the value `` is empty\n\
             line 4: the value `x` is not a number\n\
             line 5: the metric is empty\n\
             line 6: the fleet `grün` is none of green, blue, both, shadow or nothing\n\
             line 7: 3 cells under 4 titles\n\
             line 8: the value `1e30` is not a number from -10^18 to 10^18\n\
             line 9: the timestamp `late` {place}\n\
             line 9: the value `no` is not a number\n\
             9 problems"
        )
    );
}

#[test]
fn a_file_that_is_no_recording_is_refused() {
    for (csv, expected) in [
        ("", "line 1: there is no column `timestamp`; the header has ``, and"),
        (
            "time,value\n1,2\n",
            "line 1: there is no column `timestamp`; the header has `time`, `value`",
        ),
        ("timestamp,Value\n", "line 1: there is no column `value`"),
        ("timestamp,value,value\n", "line 1: two columns are called `value`"),
        ("timestamp,value\n", "there are no rows\n1 problem"),
    ] {
        let errors = read(csv).expect_err(csv).to_string();
        assert!(errors.starts_with(expected), "{csv}: {errors}");
    }
    let errors = Recording::read(&b"timestamp,value\n1,\xff\n"[..]).expect_err("no text");
    assert_eq!(errors.to_string(), "line 2: is not UTF-8 text\n1 problem");
    let many = format!("timestamp,value\n{}", "x,1\n".repeat(250));
    let errors = read(&many).expect_err("many").to_string();
    assert!(
        errors.ends_with(
            "line 101: the timestamp `x` is not a time like 2026-01-31T12:00:00Z, \
        2026-01-31 12:00:00 (UTC) or 1769860800\n250 problems, 100 shown"
        ),
        "{errors}"
    );
}

/// Values of different places behind the point are the same fractions on one scale.
#[test]
fn values_stay_exact() {
    let recording = good("timestamp,value\n1,0.1\n2,0.02\n3,123456789012345678\n4,7\n");
    let values = recording.values("any", None);
    let sum = values[..2].iter().fold(Ratio::whole(0), |sum, (_, value)| sum.plus(*value));
    assert_eq!(sum, Ratio::new(12, 100));
    assert_eq!(values[2].1, Ratio::whole(123_456_789_012_345_678));
    assert!(values.iter().all(|(_, value)| value.denominator() == 100));
}
