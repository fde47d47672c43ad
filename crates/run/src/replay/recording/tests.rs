use super::*;
use crate::random::arrival::timestamp::parse_instant;
use crate::telemetry::metric::Statistic;
use FleetDimension::{Blue, Both, Green, Shadow};

fn read(csv: &str) -> Result<Recording, RecordingErrors> {
    Recording::read(csv.as_bytes())
}

fn good(csv: &str) -> Recording {
    read(csv).unwrap_or_else(|errors| panic!("{errors}\n{csv}"))
}

/// The values that an alarm sees, oldest first.
fn seen(
    recording: &Recording,
    metric: &str,
    fleet: Option<FleetDimension>,
) -> Vec<(SimTime, Ratio)> {
    let mut rows: Vec<&Row> = recording.seen_by(metric, fleet).into_iter().flatten().collect();
    rows.sort_by_key(|row| row.at);
    let value = |row: &&Row| match &row.says {
        Says::Value(value) => (row.at, *value),
        Says::Period(_) => panic!("statistics"),
    };
    rows.iter().map(value).collect()
}

/// Statistics of a period.
fn statistics(row: &Row) -> &Statistics {
    match &row.says {
        Says::Period(statistics) => statistics,
        Says::Value(value) => panic!("the value {value}"),
    }
}

fn at(text: &str) -> SimTime {
    SimTime::from_nanos(parse_instant(text).expect("a time"))
}

#[test]
fn rows_of_any_order_and_spelling_make_a_series() {
    let recording = good(
        "timestamp,value\n2026-01-31 12:02:00, 0.25\n2026-01-31T12:00:00Z,3\n1769860860,1e-3\n\
         1769860860000,-2.5\n",
    );
    let expected = [
        ("2026-01-31 12:00:00", Ratio::whole(3)),
        ("2026-01-31 12:01:00", Ratio::new(1, 1000)),
        ("2026-01-31 12:01:00", Ratio::new(-5, 2)),
        ("2026-01-31 12:02:00", Ratio::new(1, 4)),
    ];
    assert_eq!(seen(&recording, "any", None), expected.map(|(time, value)| (at(time), value)));
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
        seen(&recording, metric, fleet).iter().map(|(_, value)| value.floor()).collect()
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
        ("timestamp\n", "line 1: there is no column `value`"),
        ("timestamp,statistic,Sum\n", "line 1: there is no column `value`"),
        (
            "timestamp,value,comment\n",
            "line 1: the column `comment` is not known, and a misspelt one",
        ),
        ("timestamp,Average,SampelCount\n", "line 1: the column `SampelCount` is not known"),
        ("timestamp,value,Sum\n", "line 1: `value` beside `Sum` is ambiguous"),
        ("timestamp,value,statistic,Sum\n", "line 1: `value` beside `Sum` is ambiguous"),
        ("Timestamp,timestamp,value\n", "line 1: `Timestamp` and `timestamp` are the same column"),
        ("timestamp,value,metric,Label\n", "line 1: `metric` and `Label` are the same column"),
        ("timestamp,p99,p99\n", "line 1: two columns are called `p99`"),
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
    let values = seen(&recording, "any", None);
    let sum = values[..2].iter().fold(Ratio::whole(0), |sum, (_, value)| sum.plus(*value));
    assert_eq!(sum, Ratio::new(12, 100));
    assert_eq!(values[2].1, Ratio::whole(123_456_789_012_345_678));
    assert!(values.iter().all(|(_, value)| value.denominator() == 100));
}

/// As pandas writes the datapoints of two calls, simple statistics and percentiles, one below the other.
#[test]
fn rows_about_the_same_period_are_taken_together() {
    let recording = good(
        ",Timestamp,Average,SampleCount,Unit,ExtendedStatistics.p99,Label\n\
         0,2024-02-20 04:01:00+00:00,3.5,2.0,Seconds,,Latency\n\
         1,2024-02-20 04:00:00+00:00,1,10,Seconds,,Latency\n\
         2,2024/02/20 04:00:00,,,Seconds,9.25,Latency\n",
    );
    assert!(!recording.are_values());
    assert_eq!(recording.unit("Latency", None), Some("Seconds"));
    let series = recording.seen_by("Latency", None);
    assert_eq!((series.len(), series[0].len()), (1, 2));
    let first = statistics(&series[0][0]);
    let p99 = Statistic::Percentile(Ratio::new(99, 100));
    for (statistic, expected) in [
        (Statistic::Average, Some(Ratio::whole(1))),
        (Statistic::SampleCount, Some(Ratio::whole(10))),
        (p99, Some(Ratio::new(37, 4))),
        (Statistic::Sum, None),
    ] {
        assert_eq!(first.get(statistic), expected, "{statistic}");
    }
    assert_eq!(statistics(&series[0][1]).get(p99), None);
}

#[test]
fn a_value_may_say_which_statistic_it_is() {
    let long = good("metric,timestamp,stat,value\na,60,Sum,3\na,60,sample_count,4\na,60,p90,1\n");
    let wide = good("MetricName,timestamp,Sum,SampleCount,p90\na,60,3,4,1\n");
    let of = |recording: &Recording| statistics(&recording.seen_by("a", None)[0][0]).clone();
    assert_eq!(of(&long), of(&wide));
    // As pandas writes a result of get-metric-data.
    let data = good(
        "Id,Label,Timestamps,Values,StatusCode\nm1,a,1970-01-01 00:01:00+00:00,3.0,Complete\n",
    );
    assert_eq!(seen(&data, "a", None), [(SimTime::from_secs_f64(60.0), Ratio::whole(3))]);
    let two = "Id,Label,Timestamps,Values\nm1,a,60,3\nm2,a,60,4\n";
    let errors = read(two).expect_err("two series").to_string();
    assert!(errors.starts_with("line 3: the Id is `m2`, but `m1` in an earlier row"), "{errors}");
    let beside_its_number = good("timestamp,value,SampleCount\n60,0.5,4\n");
    assert_eq!(of(&beside_its_number).get(Statistic::Average), Some(Ratio::new(1, 2)));
}

#[test]
fn statistics_that_contradict_each_other_are_refused() {
    for (csv, expected) in [
        (
            "timestamp,Sum\n60,1\n0,1\n60,2\n",
            "line 4: line 2 gives the Sum of the same period already",
        ),
        (
            "timestamp,Sum,SampleCount\n60,0,0\n",
            "line 2: the SampleCount is 0, but a period without",
        ),
        ("timestamp,Minimum,Maximum\n60,2,1\n", "line 2: the Minimum (2) is above the Maximum (1)"),
        ("timestamp,Average,Maximum\n60,2,1\n", "line 2: the Average (2) is above the Maximum (1)"),
        ("timestamp,Sum,p50\n60,,\n", "line 2: it has no statistic; take the row out"),
        (
            "timestamp,Sum,Unit\n0,1,Count\n60,1,Bytes\n",
            "line 3: the Unit is `Bytes`, but `Count` in",
        ),
        (
            "timestamp,stat,value\n0,avg,1\n",
            "line 2: the statistic `avg` is none; write it like Average",
        ),
        ("timestamp,Sum\n0,nan\n", "line 2: the Sum `nan` is not a number from -10^18 to 10^18"),
        (
            "timestamp,Sum\n0,1e308\n",
            "line 2: the Sum `1e308` is not a number from -10^18 to 10^18",
        ),
        (
            "timestamp,value,published_at\n60,1,59\n",
            "line 2: it was published before its timestamp",
        ),
        (
            "timestamp,value,published_at\n60,1,soon\n",
            "line 2: the publication time `soon` is not a",
        ),
        (
            "timestamp,value\n1700-01-01T00:00:00Z,1\n",
            "line 2: the timestamp `1700-01-01T00:00:00Z` is more",
        ),
    ] {
        let errors = read(csv).expect_err(csv).to_string();
        assert!(errors.starts_with(expected), "{csv}: {errors}");
    }
}

#[test]
fn the_likely_period_fits_gaps_and_alarms() {
    for (stamps, alarm_s, expected_s) in [
        (&[120][..], 300, 60),
        (&[120, 180, 420], 300, 60),
        // As far apart as can be, whatever the alarm.
        (&[600, 300, 900], 60, 300),
        (&[120, 420, 720], 60, 300),
        (&[0, 120, 240], 60, 120),
        // Some are absent: of five minutes, or of one.
        (&[120, 420, 1020], 900, 300),
        (&[120, 420, 1020], 60, 60),
        (&[120, 240, 600], 300, 60),
        (&[0, 300], 300, 300),
        (&[0, 86_400, 259_200], 86_400, 86_400),
        // Statistic sets.
        (&[10, 30, 90], 60, 20),
        (&[40, 940, 1840], 60, 60),
        (&[40, 43], 60, 3),
        (&[40, 47], 60, 1),
    ] {
        let rows: String = stamps.iter().map(|stamp| stamp.to_string() + ",1\n").collect();
        let recording = good(&format!("timestamp,Sum\n{rows}"));
        let likely = recording.likely_period(&[SimDuration::from_secs(alarm_s)]);
        assert_eq!(likely, SimDuration::from_secs(expected_s), "{stamps:?}");
    }
}

/// What the statistics of parts say of the whole, against the values themselves.
#[test]
fn statistics_of_parts_make_those_of_the_whole() {
    use crate::telemetry::metric::{PercentileMethod, TrimMethod};
    use crate::telemetry::sample_statistic::{datapoint, weighed};
    use Statistic::{Average, Maximum, Minimum, SampleCount, Sum};
    let methods = (PercentileMethod::NearestRank, TrimMethod::Fractional);
    let parts: [&[i128]; 3] = [&[3, 1, 4, 1], &[5], &[9, 2, 6]];
    let simple = [SampleCount, Sum, Average, Minimum, Maximum];
    let of = |statistic, values: &[i128]| {
        let mut values: Vec<Ratio> = values.iter().copied().map(Ratio::whole).collect();
        datapoint(statistic, methods, &mut values).expect("values")
    };
    let whole: Vec<i128> = parts.concat();
    let made = |known: &[Statistic], wanted: Statistic| -> Result<Ratio, Lack> {
        let shares = parts.iter().map(|part| {
            let mut row = Statistics::default();
            for &statistic in known {
                row.add(statistic, of(statistic, part)).expect("once");
            }
            row.share(wanted, true).map(|share| (share.value, share.weight))
        });
        let shares: Vec<(Ratio, Ratio)> = shares.collect::<Result<_, _>>()?;
        Ok(weighed(wanted, methods, &shares).expect("values"))
    };
    for known in [&simple[..], &[Average, SampleCount], &[Sum, SampleCount]] {
        for wanted in [SampleCount, Sum, Average] {
            assert_eq!(made(known, wanted), Ok(of(wanted, &whole)), "{known:?} {wanted}");
        }
    }
    for wanted in [Minimum, Maximum] {
        assert_eq!(made(&[wanted], wanted), Ok(of(wanted, &whole)));
    }
    let p50 = Statistic::Percentile(Ratio::new(1, 2));
    for (known, wanted, lack) in [
        (Average, Average, Lack::Of(SampleCount)),
        (Average, Sum, Lack::Of(Sum)),
        (Sum, Average, Lack::Of(SampleCount)),
        (Average, Maximum, Lack::Of(Maximum)),
        (p50, p50, Lack::NeverFollows),
    ] {
        assert_eq!(made(&[known], wanted), Err(lack), "{known} {wanted}");
    }
}

#[test]
fn what_the_console_exports_is_read() {
    let label = |what: &str| format!("eu-west-1:AWS/SageMaker EndpointName:e VariantName:v {what}");
    let file = |labels: &[&str], rows: &str| {
        let labels: Vec<String> = labels.iter().map(|what| label(what)).collect();
        format!(
            "Id,m1,m2\nStatusCode,Complete,Complete\nMessages,,\nFull label,{}\nLabel,a,b\n{rows}",
            labels.join(",")
        )
    };
    let csv = file(
        &["ModelLatency p99 300", "ModelLatency SampleCount 300"],
        "2026/01/31 12:05:00,250.5,7\n2026/01/31 12:00:00,,9\n",
    );
    let recording = good(&csv);
    assert_eq!(recording.period(), Some(SimDuration::from_secs(300)));
    let rows = recording.seen_by("ModelLatency", None)[0];
    let p99 = Statistic::Percentile(Ratio::new(99, 100));
    let of =
        |row: &Row| (row.at, [p99, Statistic::SampleCount].map(|what| statistics(row).get(what)));
    assert_eq!(of(&rows[0]), (at("2026-01-31 12:00:00"), [None, Some(Ratio::whole(9))]));
    let both = [Some(Ratio::new(501, 2)), Some(Ratio::whole(7))];
    assert_eq!(of(&rows[1]), (at("2026-01-31 12:05:00"), both));
    for (csv, expected) in [
        (
            file(&["a Sum 60", "b Sum 300"], ""),
            "line 1: the periods of the full labels are [60, 300] s",
        ),
        (file(&["a Sum 0"], ""), "line 1: the periods of the full labels are [0] s"),
        (
            file(&["a avg 60"], ""),
            "line 1: the full label `eu-west-1:AWS/SageMaker EndpointName:e VariantName:v a avg",
        ),
        (file(&["a Sum 60"], "noon,1\n"), "line 6: the timestamp `noon` is not a time"),
        (file(&["a Sum 60"], "60,x\n"), "line 6: the value `x` is not a number"),
        (file(&["a Sum 60"], "60,1,2\n"), "line 6: 2 cells under 1 series"),
        (
            file(&["a Sum 60", "a Sum 60"], "60,1,2\n"),
            "line 6: line 6 gives the Sum of the same period already",
        ),
        (file(&["a Sum 60"], "60,\n"), "there are no rows"),
        (
            "Id,m1\n60,1\n".to_owned(),
            "line 1: the first cell is `Id`, as in an export of the console, but no",
        ),
    ] {
        let errors = read(&csv).expect_err(&csv).to_string();
        assert!(errors.starts_with(expected), "{csv}: {errors}");
    }
}
