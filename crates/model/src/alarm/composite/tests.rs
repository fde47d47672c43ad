use super::*;
use AlarmState::{Alarm, InsufficientData, Ok as Fine};

const STATES: [AlarmState; 3] = [Alarm, Fine, InsufficientData];

fn parse(text: &str) -> Rule {
    Rule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Checks the rule in every state of the alarms a, b, c and d.
#[track_caller]
fn check(text: &str, expected: impl Fn([AlarmState; 4]) -> bool) {
    let rule = parse(text);
    for index in 0..81 {
        let states = [0, 1, 2, 3].map(|alarm: u32| STATES[index / 3_usize.pow(alarm) % 3]);
        let state_of = |name: &str| {
            let place = ["a", "b", "c", "d"].iter().position(|known| *known == name);
            states[place.expect("a known alarm")]
        };
        assert_eq!(rule.holds(&state_of), expected(states), "{text} in {states:?}");
        let state = if expected(states) { Alarm } else { Fine };
        assert_eq!(rule.state(&state_of), state);
    }
}

#[test]
fn rules_hold_where_they_say() {
    check("ALARM(a)", |[a, ..]| a == Alarm);
    check("OK(\"a\")", |[a, ..]| a == Fine);
    check("INSUFFICIENT_DATA( a )", |[a, ..]| a == InsufficientData);
    check("NOT ALARM(a)", |[a, ..]| a != Alarm);
    check("NOT NOT ALARM(a)", |[a, ..]| a == Alarm);
    check("TRUE", |_| true);
    check("FALSE OR NOT FALSE", |_| true);
    check("FALSE", |_| false);
    check("ALARM(a) AND ALARM(b)", |[a, b, ..]| a == Alarm && b == Alarm);
    check("ALARM(\"a\") AND NOT OK(\"b\")", |[a, b, ..]| a == Alarm && b != Fine);
    check("(ALARM(a) OR ALARM(b)) AND OK(c)", |[a, b, c, _]| {
        (a == Alarm || b == Alarm) && c == Fine
    });
    check("ALARM(arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a)", |[a, ..]| a == Alarm);
}

#[test]
fn not_binds_tightest_then_and_then_or() {
    check("ALARM(a) OR ALARM(b) AND ALARM(c)", |[a, b, c, _]| {
        a == Alarm || b == Alarm && c == Alarm
    });
    check("ALARM(a) AND ALARM(b) OR ALARM(c) AND ALARM(d)", |[a, b, c, d]| {
        a == Alarm && b == Alarm || c == Alarm && d == Alarm
    });
    check("NOT ALARM(a) AND ALARM(b)", |[a, b, ..]| a != Alarm && b == Alarm);
    check("NOT (ALARM(a) AND ALARM(b))", |[a, b, ..]| !(a == Alarm && b == Alarm));
}

#[test]
fn quorums_count_alarms_in_a_state_or_not_in_it() {
    let count = |states: &[AlarmState], state| states.iter().filter(|s| **s == state).count();
    for needed in 1..=4 {
        check(&format!("AT_LEAST({needed}, ALARM, (a, b, c, d))"), |states| {
            count(&states, Alarm) >= needed
        });
        check(&format!("AT_LEAST({needed}, NOT OK, (a,b,c,d))"), |states| {
            4 - count(&states, Fine) >= needed
        });
    }
    check("AT_LEAST(50%, OK, (a, b, c, d))", |states| count(&states, Fine) >= 2);
    check("AT_LEAST(51%, OK, (a, b, c, d))", |states| count(&states, Fine) >= 3);
    check("AT_LEAST(60%, NOT OK, (\"a\", \"b\", \"c\"))", |[a, b, c, _]| {
        count(&[a, b, c], Fine) <= 1
    });
    check("AT_LEAST(67 %, ALARM, (a, b, c))", |[a, b, c, _]| count(&[a, b, c], Alarm) == 3);
    check("AT_LEAST(2, ALARM, (a, b, c)) AND NOT ALARM(d)", |[a, b, c, d]| {
        count(&[a, b, c], Alarm) >= 2 && d != Alarm
    });
}

#[test]
fn names_are_bare_or_quoted() {
    let rule =
        parse(r#"ALARM("5xx, \"green\" (canary) \\") OR OK(p99-latency/µs) OR OK(p99-latency/µs)"#);
    assert_eq!(rule.alarms(), [r#"5xx, "green" (canary) \"#, "p99-latency/µs"]);
    assert_eq!(parse("ALARM(ALARM) AND OK(NOT)").alarms(), ["ALARM", "NOT"]);
    let ranked = parse("AT_LEAST(1, OK, (z, y)) AND ALARM(x)");
    assert_eq!(ranked.alarms(), ["x", "y", "z"]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let atom = "expected ALARM(…), OK(…), INSUFFICIENT_DATA(…), AT_LEAST(…), TRUE, FALSE, NOT or a \
                bracket, found";
    for (text, expected) in [
        ("", format!("{atom} the end (at character 1)")),
        ("ALARM(a) AND", format!("{atom} the end (at character 13)")),
        ("ALARN(a)", format!("{atom} `ALARN` (at character 1)")),
        ("alarm(a)", format!("{atom} `alarm` (at character 1)")),
        ("ALARM a", "expected `(` and the name of an alarm, found `a` (at character 7)".into()),
        ("ALARM()", "expected the name of an alarm, found `)` (at character 7)".into()),
        (
            "ALARM(a b)",
            "expected `)` after the name of an alarm, found `b` (at character 9)".into(),
        ),
        ("ALARM(\"a)", "a quote is not closed (at character 7)".into()),
        ("ALARM(\"a\\", "a quote is not closed (at character 7)".into()),
        ("ALARM(a) OK(b)", "expected AND, OR or the end, found `OK` (at character 10)".into()),
        ("(ALARM(a)", "expected `)` to close the bracket, found the end (at character 10)".into()),
        ("AT_LEAST(0, OK, (a))", "AT_LEAST takes 1 to 1, and this is 0 (at character 10)".into()),
        (
            "AT_LEAST(3, OK, (a, b))",
            "AT_LEAST takes 1 to 2, and this is 3 (at character 10)".into(),
        ),
        (
            "AT_LEAST(101%, OK, (a))",
            "AT_LEAST takes 1 to 100 %, and this is 101 % (at character 10)".into(),
        ),
        (
            "AT_LEAST(x, OK, (a))",
            "expected a whole number or a percentage, found `x` (at character 10)".into(),
        ),
        (
            "AT_LEAST(1, FINE, (a))",
            "expected ALARM, OK or INSUFFICIENT_DATA, found `FINE` (at character 13)".into(),
        ),
        (
            "AT_LEAST(99999999999999999999, OK, (a))",
            "99999999999999999999 is too large (at character 10)".into(),
        ),
    ] {
        assert_eq!(Rule::parse(text).expect_err(text).to_string(), expected, "{text}");
    }
    let unknown = Rule::parse("ALARN(a)").expect_err("unknown").unknown.expect("an unknown word");
    assert_eq!(unknown.word, "ALARN");
    assert!(unknown.known.contains(&"ALARM".to_owned()));
}

#[test]
fn limits_are_those_of_the_service() {
    let names = |count: usize| -> Vec<String> { (0..count).map(|n| format!("OK(a{n})")).collect() };
    assert!(Rule::parse(&names(100).join(" OR ")).is_ok());
    let message = |text: &str| Rule::parse(text).expect_err("too much").message;
    let many = message(&names(101).join(" OR "));
    assert_eq!(many, "a rule names at most 100 alarms, this one 101");
    // A bracket and what is in it are two elements.
    assert!(Rule::parse(&vec!["(OK(a))"; 250].join(" OR ")).is_ok());
    assert!(message(&(vec!["(OK(a))"; 250].join(" OR ") + " OR TRUE")).ends_with("has 501"));
    let exactly = |length: usize| format!("TRUE{}", " ".repeat(length - 4));
    assert!(Rule::parse(&exactly(10_240)).is_ok());
    assert!(message(&exactly(10_241)).ends_with("this one has 10241"));
    assert!(Rule::parse(&format!("{}TRUE", "NOT ".repeat(99))).is_ok());
    for deep in [format!("{}TRUE", "NOT ".repeat(2000)), "(".repeat(10_000)] {
        assert_eq!(message(&deep), "brackets and NOTs nest at most 100 deep");
    }
}
