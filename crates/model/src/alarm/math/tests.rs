use super::*;
use crate::telemetry::ratio::Ratio;

mod naive;

const METRICS: [&str; 5] = ["metric1", "metric2", "metric3", "errors_4xx", "errors_5xx"];

/// `1 - 0.5` as datapoints, `-` being a missing one.
pub(super) fn column(text: &str) -> Column {
    let number = |word: &str| -> Option<Value> {
        (word != "-").then(|| Value::from(word.parse::<Ratio>().expect("a decimal")))
    };
    text.split_whitespace().map(number).collect()
}

fn parse(text: &str) -> Result<Expression, SyntaxError> {
    Expression::parse(text, Names { metrics: &METRICS, expressions: &["e1"] })
}

/// The expression over columns of minutes, all equally long; those not given are `1 1 …`.
fn result(text: &str, columns: &[(&str, &str)]) -> Column {
    let given: Vec<(&str, Column)> =
        columns.iter().map(|(id, points)| (*id, column(points))).collect();
    let periods = given.first().map_or(3, |(_, points)| points.len());
    let ones = vec![Some(Value::ONE); periods];
    let find = |id: &str| {
        let found = given.iter().find(|(known, _)| *known == id);
        found.map_or(ones.as_slice(), |(_, points)| points.as_slice())
    };
    let expression = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    expression.evaluate(&find, Retrieved { periods, period: SimDuration::from_secs(60) })
}

#[track_caller]
fn check(text: &str, columns: &[(&str, &str)], expected: &str) {
    assert_eq!(result(text, columns), column(expected), "{text}");
}

/// The tables of the page on metric math.
#[test]
fn the_examples_of_the_documentation() {
    let pair = [("metric1", "30 20 0 0"), ("metric2", "20 - 20 -")];
    check("metric1 < metric2", &pair, "0 0 1 0");
    check("metric1 >= 30", &pair, "1 0 0 0");
    check("metric1 > 15 AND metric2 > 15", &pair, "1 0 0 0");
    check("(metric1 > 15 && metric2 > 15)", &pair, "1 0 0 0");
    let choice = [("metric1", "1 1 0 0 -"), ("metric2", "30 - 0 0 30"), ("metric3", "0 0 20 - 20")];
    check("IF(metric1, metric2, metric3)", &choice, "30 0 20 - -");
    check("IF(metric1, 5, metric3)", &choice, "5 5 20 - -");
    check("IF(metric1, metric2, 5)", &choice, "30 0 5 5 -");
    check("IF(metric1, metric2)", &choice, "30 0 - - -");
    check("IF(metric1, 10, 2)", &choice, "10 10 2 2 -");
    check("IF(1, metric2, metric3)", &choice, "30 - 0 0 30");
    check("IF(0, metric2, metric3)", &choice, "0 0 20 - 20");
    check("IF(0, metric2)", &choice, "- - - - -");
}

#[test]
fn error_rates_where_data_is_missing() {
    let traffic = [("metric1", "3 - 2 - 0"), ("metric2", "200 50 - - 0")];
    check("metric1 / metric2 * 100", &traffic, "1.5 0 - - -");
    check("IF(metric2 > 100, metric1 / metric2 * 100, 0)", &traffic, "1.5 0 - - 0");
    check("FILL(metric1, 0) / FILL(metric2, 1)", &traffic, "0.015 0 2 0 -");
    check("metric1 + 1", &traffic, "4 - 3 - 1");
    check("5 - metric1", &traffic, "2 - 3 - 5");
    check("-metric1", &traffic, "-3 - -2 - 0");
    check("TIME_SERIES(7) - metric1", &traffic, "4 7 5 7 7");
}

#[test]
fn rates_are_compared_with_the_threshold_as_written() {
    let traffic = [("metric1", "3 301"), ("metric2", "200 20000")];
    let rates = result("metric1 / metric2", &traffic);
    let threshold = Ratio::from_decimal(0.015).expect("a decimal");
    let orders: Vec<_> = rates.iter().flatten().map(|v| v.compare_with(threshold)).collect();
    assert_eq!(orders, [std::cmp::Ordering::Equal, std::cmp::Ordering::Greater]);
}

#[test]
fn gaps_are_filled() {
    let gaps = [("metric1", "- 2 - - 8 -"), ("metric2", "1 - 5 - - 6")];
    check("FILL(metric1, 10)", &gaps, "10 2 10 10 8 10");
    check("FILL(metric1, REPEAT)", &gaps, "- 2 2 2 8 8");
    check("FILL(metric1, LINEAR)", &gaps, "- 2 4 6 8 -");
    check("FILL(metric1, metric2)", &gaps, "1 2 5 - 8 6");
    check("FILL(metric1, MIN(metric1))", &gaps, "2 2 2 2 8 2");
    check("SUM(FILL([metric1, metric2], 0))", &gaps, "1 2 5 0 8 6");
}

#[test]
fn changes_are_taken_to_the_last_datapoint_there_is() {
    let counter = [("metric1", "- 60 180 - 120")];
    check("DIFF(metric1)", &counter, "- - 120 - -60");
    check("RATE(metric1)", &counter, "- - 2 - -0.5");
    check("DIFF_TIME(metric1)", &counter, "- - 60 - 120");
    check("RUNNING_SUM(metric1)", &counter, "- 60 240 - 360");
    check("metric1 / PERIOD(metric1)", &counter, "- 1 3 - 2");
}

#[test]
fn aggregates_of_one_series_and_of_several() {
    let two = [("metric1", "1 - 4 -"), ("metric2", "3 5 - -")];
    check("metric1 - AVG(metric1)", &two, "-1.5 - 1.5 -");
    check("SUM([metric1, metric2]) / SUM(metric1)", &two, "0.8 1 0.8 -");
    check("TIME_SERIES(MAX(metric1) + MIN(metric2))", &two, "7 7 7 7");
    check("TIME_SERIES(DATAPOINT_COUNT(metric1))", &two, "2 2 2 2");
    check("AVG([metric1, metric2])", &two, "2 2.5 2 -");
    check("MAX([metric1, metric2])", &two, "3 5 4 -");
    check("MIN([metric1, metric2])", &two, "1 5 4 -");
    check("STDDEV([metric1, metric2])", &two, "1 0 0 -");
    check("TIME_SERIES(STDDEV(metric2))", &two, "1 1 1 1");
    check("DATAPOINT_COUNT([metric1, metric2])", &two, "2 1 1 0");
    check("SUM(100 / [metric1, metric2])", &[("metric1", "1 -"), ("metric2", "4 0")], "125 -");
    check("AVG([metric1, metric2] / metric3)", &two, "2 2.5 2 0");
    check("metric1 + SUM(metric2)", &[("metric1", "1"), ("metric2", "-")], "-");
    let empty = [("metric1", "2 2"), ("metric2", "- -")];
    check("AVG([metric1, metric2])", &empty, "1 1");
    check("AVG(REMOVE_EMPTY([metric1, metric2]))", &empty, "2 2");
    check("metric1 * METRIC_COUNT([metric1, metric2])", &empty, "4 4");
}

#[test]
fn all_metrics_of_the_alarm() {
    check("SUM(METRICS())", &[("metric1", "2 -")], "6 4");
    check("SUM(METRICS(\"errors\"))", &[("errors_5xx", "3 -")], "4 1");
    check("SUM([METRICS(\"4xx\"), METRICS(\"5xx\")])", &[("errors_5xx", "3 -")], "4 1");
    let used = parse("SUM(METRICS(\"errors\")) / metric1 + e1 - metric1").expect("good");
    assert_eq!(used.ids(), ["e1", "errors_4xx", "errors_5xx", "metric1"]);
}

#[test]
fn each_datapoint_by_itself() {
    let points = [("metric1", "2.5 -2.5 - 1000 0")];
    check("ABS(metric1)", &points, "2.5 2.5 - 1000 0");
    check("CEIL(metric1)", &points, "3 -2 - 1000 0");
    check("FLOOR(metric1)", &points, "2 -3 - 1000 0");
    check("CEIL(LOG10(metric1))", &points, "1 - - 3 -");
    check("FLOOR(LOG(metric1) * 100)", &points, "91 - - 690 -");
    check("metric1 ^ 2", &points, "6.25 6.25 - 1000000 0");
    check("metric1 ^ -1", &points, "0.4 -0.4 - 0.001 -");
    check("FLOOR(100 * metric1 ^ 0.5)", &points, "158 - - 3162 0");
    check("metric1 ^ 0", &points, "1 1 - 1 1");
}

#[test]
fn operators_bind_as_in_arithmetic() {
    for (text, bracketed) in [
        ("metric1 + 2 * 3", "metric1 + (2 * 3)"),
        ("metric1 - 2 - 3", "(metric1 - 2) - 3"),
        ("metric1 / 2 / 3", "(metric1 / 2) / 3"),
        ("2 ^ 3 ^ metric1", "2 ^ (3 ^ metric1)"),
        ("-2 ^ metric1", "-(2 ^ metric1)"),
        ("2 * -metric1", "2 * (-metric1)"),
        ("metric1 > 1 OR metric1 > 2 AND 1 > 2", "(metric1 > 1) OR ((metric1 > 2) AND (1 > 2))"),
        ("metric1 + 1 >= 2 * 3", "(metric1 + 1) >= (2 * 3)"),
        ("metric1||metric2&&metric3", "metric1 OR (metric2 AND metric3)"),
    ] {
        let root = |text| parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).root;
        assert_eq!(root(text), root(bracketed), "{text}");
    }
}

#[test]
fn numbers_beyond_fractions_become_floats() {
    let big = result("metric1 ^ 30 / metric1 ^ 29", &[("metric1", "1000000007")]);
    let value = big[0].expect("a number");
    assert!(matches!(value, Value::Approximate(_)));
    assert!((value.as_f64() / 1_000_000_007.0 - 1.0).abs() < 1e-14);
    check("metric1 ^ 400", &[("metric1", "1000000007")], "-");
    // Reduced where that keeps it exact.
    let thirds = "metric1 / 3".to_owned() + &" * 3 / 3".repeat(60);
    let value = result(&thirds, &[("metric1", "2")])[0].expect("a number");
    assert!(matches!(value, Value::Exact(ratio) if ratio == Ratio::new(2, 3)));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, expected) in [
        (
            "",
            "expected a number, the id of a metric, a function or a bracket, found the end (at \
              character 1)",
        ),
        (
            "metric1 +",
            "expected a number, the id of a metric, a function or a bracket, found the end \
                      (at character 10)",
        ),
        ("(metric1", "expected `)` to close the bracket, found the end (at character 9)"),
        ("metric1 metric2", "expected an operator or the end, found `metric2` (at character 9)"),
        ("metric1 = 2", "expected an operator or the end, found `=` (at character 9)"),
        ("metrik1 + 1", "no metric or expression has the id `metrik1` (at character 1)"),
        ("AVRG(metric1)", "unknown function `AVRG` (at character 1)"),
        ("avg(metric1)", "functions are written in capitals: `AVG` (at character 1)"),
        ("1 + AVG", "the function AVG needs its arguments in round brackets (at character 5)"),
        (
            "1.2.3 * metric1",
            "`1.2.3`: expected a finite decimal of at most 18 digits on either side \
                            of the point (at character 1)",
        ),
        (
            "metric1 < 1 < 2",
            "comparisons do not chain; join two of them with AND (at character 13)",
        ),
        (
            "AVG(metric1)",
            "the expression gives a single number, where an alarm needs a time series; \
                         TIME_SERIES(…) makes one (at character 1)",
        ),
        (
            "[metric1, metric2]",
            "the expression gives several time series, where an alarm can watch \
                               only one; SUM(…), AVG(…), MAX(…) and MIN(…) combine them (at \
                               character 1)",
        ),
        (
            "RATE(3)",
            "the function takes a time series or an array of them, and this is a single \
                    number (at character 6)",
        ),
        (
            "FILL(metric1)",
            "expected `,` and what FILL puts where a datapoint is missing, found `)` \
                          (at character 13)",
        ),
        (
            "PERIOD(metric1 + 1) * metric1",
            "the function takes the id of a metric, and this is a time \
                                          series (at character 8)",
        ),
        ("[metric1, 2]", "an array holds time series (at character 11)"),
        (
            "SUM([metric1] + [metric2])",
            "an operator cannot join two arrays of time series (at \
                                       character 15)",
        ),
        ("SUM(METRICS(\"requests\"))", "no metric has `requests` in its id (at character 5)"),
        ("HOUR(metric1)", "HOUR is not modelled: simulated time has no calendar (at character 1)"),
        ("µ + metric1", "no metric or expression has the id `µ` (at character 1)"),
        ("metric1 + µ(1)", "unknown function `µ` (at character 11)"),
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert_eq!(error, expected, "{text}");
    }
    let unknown = parse("metrik1").expect_err("unknown").unknown.expect("an unknown name");
    assert_eq!(unknown.word, "metrik1");
    assert!(unknown.known.contains(&"metric1".to_owned()), "{:?}", unknown.known);
    let unknown = parse("AVRG(metric1)").expect_err("unknown").unknown.expect("an unknown name");
    assert!(unknown.known.contains(&"AVG".to_owned()), "{:?}", unknown.known);
}

/// The deepest tree that is allowed does no harm, and more is refused.
#[test]
fn depth_is_bounded() {
    for (open, close) in [("(", ")"), ("-", ""), ("ABS(", ")"), ("1 + (", ")")] {
        let nested = |count: usize| open.repeat(count) + "metric1" + &close.repeat(count);
        assert!(parse(&nested(49)).is_ok(), "{open}");
        let error = parse(&nested(20_000)).expect_err("too deep").message;
        assert_eq!(error, "brackets, signs and functions nest at most 50 deep", "{open}");
    }
    assert_eq!(
        result(&("metric1".to_owned() + &" + 1".repeat(200)), &[("metric1", "1")]),
        column("201")
    );
    let error = parse(&("metric1".to_owned() + &" + 1".repeat(201))).expect_err("too long");
    assert_eq!(error.message, "an expression has at most 200 operations and brackets");
}
