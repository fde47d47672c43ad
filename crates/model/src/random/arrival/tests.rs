//! Recorded traces: exact times, ends, offsets, and every refusal.

use super::*;
use crate::random::stream::Streams;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::io::Write;

/// A trace file that is removed at the end, and a spec for it with times in seconds.
fn trace(content: &[u8], rows: TraceRows) -> (tempfile::NamedTempFile, TraceSpec) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    let spec = TraceSpec {
        path: file.path().to_owned(),
        time_column: "t".to_owned(),
        time_unit: TimeUnit::Seconds,
        rows,
        scale: 1.0,
        random_offset: false,
        repeat: false,
    };
    (file, spec)
}

fn rates() -> TraceRows {
    TraceRows::Rates { column: "rps".to_owned(), interval: SimDuration::from_secs(60) }
}

fn counts() -> TraceRows {
    TraceRows::Counts { column: "n".to_owned(), interval: SimDuration::from_secs(60) }
}

/// The arrivals \[s\] from −10 s to `until_s`, of replication 0.
fn replay(spec: &TraceSpec, until_s: f64) -> Result<Vec<f64>, TraceError> {
    let (start, end) = (SimTime::from_secs_f64(-10.0), SimTime::from_secs_f64(until_s));
    let spec = ArrivalSpec::Trace(spec.clone());
    let mut process = Arrivals::new(&spec, &Streams::new(9, 0), &[], start, end)?;
    let mut out = Vec::new();
    process.fill(&mut out, 1_000_000)?;
    Ok(out.into_iter().map(SimTime::as_secs_f64).collect())
}

#[test]
fn requests_come_at_the_times_of_the_trace() {
    let csv = b"id,t\na,100.5\nb,101.25\nc,101.25\nd,110\n";
    let (_file, mut spec) = trace(csv, TraceRows::Requests);
    assert_eq!(replay(&spec, 100.0).unwrap(), [-10.0, -9.25, -9.25, -0.5]);
    assert_eq!(replay(&spec, -0.5).unwrap(), [-10.0, -9.25, -9.25]);
    let summary = spec.survey().unwrap();
    // Three gaps over 9.5 s: the trace lasts a third of that longer.
    assert_eq!(summary.rows, 4);
    assert_eq!(summary.span, SimDuration::from_nanos(9_500_000_000 + 3_166_666_666));
    assert!((summary.mean_rate_per_s - 4.0 / 12.666_666_666).abs() < 1e-12);

    spec.repeat = true;
    let again = replay(&spec, 10.0).unwrap();
    assert_eq!(again.len(), 7);
    assert!((again[4] - 2.666_666_666).abs() < 1e-9 && (again[6] - 3.416_666_666).abs() < 1e-9);
}

#[test]
fn a_random_offset_turns_the_trace_round() {
    let csv = b"t\n0\n1\n3\n7\n9\n";
    let (_file, spec) = trace(csv, TraceRows::Requests);
    let offset = TraceSpec { random_offset: true, ..spec };
    let drawn = offset.draw_offset(&Streams::new(9, 0)).unwrap();
    let turned = replay(&offset, 1.25).unwrap();
    // The span is 11.25 s: one turn has each request once, in the trace's circular order.
    let expected = |time: i64| (time * 1_000_000_000 - drawn).rem_euclid(11_250_000_000);
    let mut expected = [0, 1, 3, 7, 9].map(expected);
    expected.sort_unstable();
    let turned: Vec<i64> =
        turned.iter().map(|t| SimTime::from_secs_f64(t + 10.0).as_nanos()).collect();
    assert_eq!(turned, expected);
    let others: std::collections::BTreeSet<i64> =
        (0..20).map(|r| offset.draw_offset(&Streams::new(9, r)).unwrap()).collect();
    assert_eq!(others.len(), 20);
}

#[test]
fn rows_hold_for_their_interval_and_gaps_are_silent() {
    let csv = b"t,rps,n\n1000,20,1200\n1060,0,0\n1200,5,300\n";
    for (rows, scale) in [(rates(), 1.0), (counts(), 1.0), (rates(), 2.0)] {
        let (_file, spec) = trace(csv, rows);
        let spec = TraceSpec { scale, ..spec };
        let times = replay(&spec, 1000.0).unwrap();
        let within =
            |from: f64, until: f64| times.iter().filter(|&&t| t >= from && t < until).count();
        assert_eq!(within(50.0, 190.0) + within(250.0, 1000.0), 0);
        // 1200 and 300, each within 5 standard deviations (α = 6e-7).
        for (seen, mean) in [(within(-10.0, 50.0), 1200.0), (within(190.0, 250.0), 300.0)] {
            let mean: f64 = mean * scale;
            let off = (f64::from(u32::try_from(seen).unwrap()) - mean).abs();
            assert!(off < 5.0 * mean.sqrt(), "{seen} for {mean}");
        }
        let summary = spec.survey().unwrap();
        assert_eq!(summary.span, SimDuration::from_secs(260));
        assert!((summary.total_requests - 1500.0 * scale).abs() < 1e-9);
        assert!((summary.peak_rate_per_s - 20.0 * scale).abs() < 1e-12);
    }
}

/// The second pass of a repeated trace begins one interval after its last row.
#[test]
fn interval_traces_repeat_from_their_first_row() {
    let (_file, spec) = trace(b"t,rps\n0,30\n60,0\n", rates());
    let times = replay(&TraceSpec { repeat: true, ..spec }, 470.0).unwrap();
    let busy: Vec<bool> = (0..8)
        .map(|minute| {
            let from = -10.0 + 60.0 * f64::from(minute);
            times.iter().any(|t| (from..from + 60.0).contains(t))
        })
        .collect();
    assert_eq!(busy, [true, false, true, false, true, false, true, false]);
}

#[test]
fn a_byte_order_mark_blanks_and_quotes_are_no_obstacle() {
    let (_file, spec) =
        trace(b"\xef\xbb\xbf\"t\" , x\r\n 1 ,a\r\n\r\n\"2.5\",\"b\nb\"\r\n", TraceRows::Requests);
    assert_eq!(replay(&spec, 100.0).unwrap(), [-10.0, -8.5]);
}

#[test]
fn refusals_name_the_place_the_rule_and_the_remedy() {
    let cases: [(&[u8], TraceRows); 19] = [
        (b"", TraceRows::Requests),
        (b"t\n", TraceRows::Requests),
        (b"t\n1\n", TraceRows::Requests),
        (b"t\n1\n1\n", TraceRows::Requests),
        (b"time,x\n1,2\n", TraceRows::Requests),
        (b"t,rsp\n1,2\n", rates()),
        (b"t,n,n\n1,2,3\n", counts()),
        (b"t,n\n1,2\n2\n", counts()),
        (b"t,n\n1,\xff\n", counts()),
        (b"t,n\n1,2\nyesterday,2\n", counts()),
        (b"t,n\n,2\n", counts()),
        (b"t,n\n99999999999,2\n", counts()),
        (b"t,n\n0,-1\n", counts()),
        (b"t,n\n0,NaN\n", counts()),
        (b"t,n\n0,\n", counts()),
        (b"t,n\n0,1e300\n", counts()),
        (b"t,n\n0,1\n60,1\n59,1\n", counts()),
        (b"t,n\n0,1\n0,1\n", counts()),
        (b"t,n\n0,1\n30,1\n", counts()),
    ];
    let mut messages = Vec::new();
    for (content, rows) in cases {
        let (_file, spec) = trace(content, rows);
        let error = spec.survey().unwrap_err();
        // A replay meets the same problem, if it comes that far.
        let replayed = replay(&TraceSpec { repeat: true, ..spec.clone() }, 1e3);
        assert_eq!(replayed.unwrap_err(), error);
        let message = error.to_string();
        messages.push(message.replace(&spec.path.display().to_string(), "trace.csv"));
    }
    insta::assert_snapshot!(messages.join("\n").replace("; ", ";\n  "), @r#"
        trace.csv: is empty;
          a trace has a header line and at least one row
        trace.csv: has a header but no rows;
          add rows, or take another arrival process
        trace.csv: has fewer than two requests at different times;
          record more, or take another process
        trace.csv: has fewer than two requests at different times;
          record more, or take another process
        trace.csv, line 1: has no column `t`;
          its columns are `time`, `x`
        trace.csv, line 1: has no column `rps`;
          did you mean `rsp`?;
          its columns are `t`, `rsp`
        trace.csv, line 1: has more than one column `n`;
          rename all but one
        trace.csv, line 3: has 1 cells, but the header has 2;
          give every row the same columns
        trace.csv, line 2: is not UTF-8;
          save the trace as UTF-8
        trace.csv, line 3: column `t`: `yesterday` is not a number;
          correct it, or the trace's time_unit
        trace.csv, line 2: column `t`: `` is empty;
          correct it, or the trace's time_unit
        trace.csv, line 2: column `t`: `99999999999` is more than 292 years from 0;
          correct it, or the trace's time_unit
        trace.csv, line 2: column `n`: `-1` is not a number of at least 0;
          correct the value, or leave the row out (where there is no row there is no traffic)
        trace.csv, line 2: column `n`: `NaN` is not a number of at least 0;
          correct the value, or leave the row out (where there is no row there is no traffic)
        trace.csv, line 2: column `n`: `` is empty;
          correct the value, or leave the row out (where there is no row there is no traffic)
        trace.csv, line 2: column `n`: `1e300` makes more than a request a nanosecond;
          correct the value, or leave the row out (where there is no row there is no traffic)
        trace.csv, line 4: column `t`: the time is earlier than in the row before;
          sort the rows by time
        trace.csv, line 3: column `t`: the time is the same as in the row before;
          keep one row for each interval
        trace.csv, line 3: column `t`: only 30 s after the row before, which holds for 60 s;
          correct the trace's interval
        "#);
}

#[test]
fn a_missing_file_and_a_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_file, spec) = trace(b"", TraceRows::Requests);
    for path in [folder.path().join("none.csv"), folder.path().to_owned()] {
        let error = TraceSpec { path: path.clone(), ..spec.clone() }.survey().unwrap_err();
        assert!(matches!(error.problem, TraceProblem::Unreadable(_)), "{error}");
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(3),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever the bytes: an answer or an error, and never a panic or an endless loop.
    #[test]
    fn no_bytes_break_the_reader(
        noise in prop::collection::vec(any::<u8>(), 0..200),
        cells in prop::collection::vec("[-+0-9.eTZ:,\"\r\n ]{0,24}", 0..12),
        stamps in prop::collection::vec(0_u32..400, 0..12),
        unit in 0_usize..3,
    ) {
        let header = b"t,n,rps\n".to_vec();
        let mut texts = vec![noise.clone(), [header.clone(), noise].concat()];
        let lines: Vec<String> = cells.iter().map(|cell| format!("{cell},1,1\n")).collect();
        texts.push([header.clone(), lines.concat().into_bytes()].concat());
        let mut sorted = stamps;
        sorted.sort_unstable();
        let lines: Vec<String> = sorted.iter().map(|t| format!("{t},{t},0.1\n")).collect();
        texts.push([header, lines.concat().into_bytes()].concat());
        let units = [TimeUnit::Seconds, TimeUnit::Milliseconds, TimeUnit::Rfc3339];
        for text in texts {
            for rows in [TraceRows::Requests, counts(), rates()] {
                let (_file, spec) = trace(&text, rows);
                let spec = TraceSpec { time_unit: units[unit], ..spec };
                let offset = TraceSpec { random_offset: true, ..spec.clone() };
                let sound = spec.survey().is_ok();
                prop_assert_eq!(replay(&offset, 20.0).is_ok(), sound);
                if sound {
                    let times = replay(&spec, 20.0).unwrap();
                    prop_assert!(times.is_sorted());
                }
            }
        }
    }
}
