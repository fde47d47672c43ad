use super::*;
use Comparison::{
    GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanOrEqualToThreshold,
    LessThanThreshold,
};

/// Seconds of `2026-08-19 05:50:00`.
fn seconds(stamp: &str) -> i64 {
    let stamp: Timestamp = format!("{}Z", stamp.replace(' ', "T")).parse().expect("a time");
    stamp.as_second()
}

fn point(value: f64, start: &str, breaches: bool) -> Datapoint {
    Datapoint { value, start_s: seconds(start), breaches }
}

fn three_of_three() -> Evaluated<'static> {
    Evaluated {
        state: AlarmState::Alarm,
        evaluation_periods: 3,
        datapoints_to_alarm: None,
        comparison: GreaterThanThreshold,
        limit: Limit::Threshold(0.0),
        treat_missing_data: TreatMissingData::NotBreaching,
        datapoints: &[],
        missing: 0,
    }
}

/// The sentences of published histories, word for word.
#[test]
fn published_reasons() {
    let failures = [
        point(2.0, "2026-08-19 05:50:00", true),
        point(3.0, "2026-08-19 05:47:00", true),
        point(1.0, "2026-08-19 05:44:00", true),
    ];
    assert_eq!(
        Evaluated { datapoints: &failures, ..three_of_three() }.reason(),
        "Threshold Crossed: 3 datapoints [2.0 (19/08/26 05:50:00), 3.0 (19/08/26 05:47:00), 1.0 \
         (19/08/26 05:44:00)] were greater than the threshold (0.0)."
    );
    let stale = Evaluated {
        state: AlarmState::Ok,
        evaluation_periods: 8,
        comparison: LessThanOrEqualToThreshold,
        treat_missing_data: TreatMissingData::Breaching,
        datapoints: &[point(2.0, "2026-08-19 09:36:00", false)],
        missing: 7,
        ..three_of_three()
    };
    assert_eq!(
        stale.reason(),
        "Threshold Crossed: 1 datapoint [2.0 (19/08/26 09:36:00)] was not less than or equal to the \
         threshold (0.0) and 7 missing datapoints were treated as [Breaching]."
    );
    let firewall = Evaluated {
        evaluation_periods: 20,
        datapoints_to_alarm: Some(1),
        comparison: GreaterThanOrEqualToThreshold,
        limit: Limit::Threshold(1.0),
        datapoints: &[point(613.0, "2024-03-16 12:15:00", true)],
        missing: 19,
        ..three_of_three()
    };
    assert_eq!(
        firewall.reason(),
        "Threshold Crossed: 1 out of the last 20 datapoints [613.0 (16/03/24 12:15:00)] was greater \
         than or equal to the threshold (1.0) and 19 missing datapoints were treated as \
         [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition)."
    );
    let five = ["23:32", "23:31", "23:30", "23:29", "23:28"]
        .map(|time| point(0.0, &format!("2020-04-29 {time}:00"), true));
    let low = Evaluated {
        evaluation_periods: 5,
        datapoints_to_alarm: Some(5),
        comparison: LessThanThreshold,
        limit: Limit::Threshold(65.0),
        datapoints: &five,
        ..three_of_three()
    };
    let newest = "0.0 (29/04/20 23:32:00), 0.0 (29/04/20 23:31:00), 0.0 (29/04/20 23:30:00), 0.0 \
                  (29/04/20 23:29:00), 0.0 (29/04/20 23:28:00)";
    assert_eq!(
        low.reason(),
        format!(
            "Threshold Crossed: 5 out of the last 5 datapoints were less than the threshold (65.0). \
             The most recent datapoints which crossed the threshold: [{newest}] (minimum 5 \
             datapoints for OK -> ALARM transition)."
        )
    );
    assert_eq!(
        Evaluated { datapoints_to_alarm: None, ..low }.reason(),
        format!(
            "Threshold Crossed: 5 datapoints were less than the threshold (65.0). The most recent \
             datapoints which crossed the threshold: [{newest}]."
        )
    );
}

#[test]
fn published_reasons_for_silence() {
    let silent = |periods, treat_missing_data, state| {
        Evaluated {
            state,
            evaluation_periods: periods,
            treat_missing_data,
            missing: periods,
            ..three_of_three()
        }
        .reason()
    };
    assert_eq!(
        silent(2, TreatMissingData::Breaching, AlarmState::Alarm),
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were \
         treated as [Breaching]."
    );
    assert_eq!(
        silent(1, TreatMissingData::NotBreaching, AlarmState::Ok),
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was \
         treated as [NonBreaching]."
    );
    let unknown =
        |periods| silent(periods, TreatMissingData::Missing, AlarmState::InsufficientData);
    assert_eq!(unknown(5), "Insufficient Data: 5 datapoints were unknown.");
    assert_eq!(unknown(1), "Insufficient Data: 1 datapoint was unknown.");
    let received = Evaluated {
        datapoints: &[point(0.0, "2026-09-05 10:00:00", false)],
        missing: 2,
        treat_missing_data: TreatMissingData::Breaching,
        ..three_of_three()
    };
    assert_eq!(
        received.reason(),
        "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were \
         treated as [Breaching]."
    );
}

/// Only the new state's side is listed, and a recovery needs N − M + 1.
#[test]
fn a_recovery_lists_good_datapoints() {
    let mixed = [
        point(0.0, "2026-08-19 05:50:00", false),
        point(4.0, "2026-08-19 05:49:00", true),
        point(0.0, "2026-08-19 05:48:00", false),
        point(4.0, "2026-08-19 05:47:00", true),
        point(0.0, "2026-08-19 05:46:00", false),
    ];
    let recovered = Evaluated {
        state: AlarmState::Ok,
        evaluation_periods: 5,
        datapoints_to_alarm: Some(3),
        datapoints: &mixed,
        ..three_of_three()
    };
    assert_eq!(
        recovered.reason(),
        "Threshold Crossed: 3 out of the last 5 datapoints [0.0 (19/08/26 05:50:00), 0.0 (19/08/26 \
         05:48:00), 0.0 (19/08/26 05:46:00)] were not greater than the threshold (0.0) (minimum 3 \
         datapoints for ALARM -> OK transition)."
    );
}

#[test]
fn composite_alarms_name_the_alarm_that_changed() {
    assert_eq!(
        of_composite(
            "arn:aws:cloudwatch:us-east-1:123456789012:alarm:FirstChild",
            AlarmState::Alarm,
            seconds("2022-07-22 15:57:45")
        ),
        "arn:aws:cloudwatch:us-east-1:123456789012:alarm:FirstChild transitioned to ALARM at Friday \
         22 July, 2022 15:57:45 UTC"
    );
    assert_eq!(
        of_composite("test2", AlarmState::Ok, seconds("2023-06-22 14:26:01")),
        "test2 transitioned to OK at Thursday 22 June, 2023 14:26:01 UTC"
    );
}

/// Values from the specification of `Double.toString`.
#[test]
fn numbers_are_written_as_java_does() {
    for (number, text) in [
        (2.0, "2.0"),
        (613.0, "613.0"),
        (0.0, "0.0"),
        (-0.5, "-0.5"),
        (0.001, "0.001"),
        (1e-4, "1.0E-4"),
        (1.25e-4, "1.25E-4"),
        (9_999_999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (-13_500_000.0, "-1.35E7"),
        (1.0 / 3.0, "0.3333333333333333"),
        (2.401_921_537_229_784, "2.401921537229784"),
        (1e23, "1.0E23"),
    ] {
        assert_eq!(java_double(number), text);
    }
}

#[test]
fn reasons_are_at_most_1023_characters() {
    let long = [point(-1.234_567_890_123_456_7e-300, "2026-08-19 05:50:00", true); 4];
    let reason = Evaluated { datapoints: &long, ..three_of_three() }.reason();
    assert!(reason.len() < 1023 && reason.ends_with("(0.0)."), "{reason}");
    let name = "µ".repeat(2000);
    assert_eq!(of_composite(&name, AlarmState::Ok, 0).chars().count(), 1023);
    assert_eq!(date(i64::MAX, "%d"), format!("{} s", i64::MAX));
}
