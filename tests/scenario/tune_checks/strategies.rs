//! The checks of `[[tune.strategies]]`.

use super::{ALARM, CANARY, EXAMPLE, check, parse, refused};

#[test]
fn keys_and_values_that_cannot_vary() {
    let case = |vary: &str, expected| (format!("{CANARY}{vary}"), expected);
    let cases = [
        case(
            "",
            ["tune.strategies[0].vary", "`tune.strategies[0]` needs the key `vary`", "vary = "],
        ),
        case("vary = {}", ["tune.strategies[0].vary", "`vary` names no key", "canary.bake"]),
        case(
            "vary = { \"canary.sise\" = [\"5%\"] }",
            [
                "tune.strategies[0].vary.canary.sise[0]",
                "unknown key `sise` in `canary`",
                "did you mean `size`?",
            ],
        ),
        case(
            "vary = { \"canari.size\" = [\"5%\"] }",
            [
                "tune.strategies[0].vary.canari.size",
                "the strategy \"canary 10 %\" has no `canari`",
                "did you mean `canary`?",
            ],
        ),
        case(
            "vary.linear.step = [\"20%\"]",
            [
                "tune.strategies[0].vary.linear.step",
                "the strategy \"canary 10 %\" has no `linear`",
                "choose from `canary`",
            ],
        ),
        case(
            "vary.name = [\"a\"]",
            [
                "tune.strategies[0].vary.name",
                "`name` of the strategy \"canary 10 %\" cannot vary",
                "a strategy of its own",
            ],
        ),
        case(
            "vary.alarms = [[]]",
            [
                "tune.strategies[0].vary.alarms",
                "`alarms` of the strategy \"canary 10 %\" cannot vary",
                "a strategy of its own",
            ],
        ),
        case(
            "vary.canary.size = \"5%\"",
            [
                "tune.strategies[0].vary.canary.size",
                "`canary.size` must be a list of values",
                "[brackets]",
            ],
        ),
        case(
            "vary.canary.size = []",
            ["tune.strategies[0].vary.canary.size", "`size` is an empty list", "at least one"],
        ),
        case(
            "vary.\"canary.size\" = [\"20%\", \"20.0%\"]",
            ["tune.strategies[0].vary.canary.size[1]", "`20%` is listed twice", "list it once"],
        ),
        case(
            "vary = { \"canary.bake\" = [\"5m\"], canary = { bake = [\"6m\"] } }",
            [
                "tune.strategies[0].vary.canary.bake",
                "`canary.bake` is listed twice",
                "list it once",
            ],
        ),
        case(
            "vary.canary.bake = [\"5m\", 300]",
            [
                "tune.strategies[0].vary.canary.bake[1]",
                "`bake`: a time needs a unit, found the bare number 300",
                "\"300s\"",
            ],
        ),
        case(
            "vary.\"canary.bake.more\" = [\"5m\"]",
            [
                "tune.strategies[0].vary.canary.bake.more[0]",
                "`bake` is no table, so it has no keys",
                "as a whole",
            ],
        ),
    ];
    let cases: Vec<(&str, [&str; 3])> =
        cases.iter().map(|(table, expected)| (table.as_str(), *expected)).collect();
    check(&cases);
}

#[test]
fn strategies_that_cannot_vary() {
    check(&[
        (
            "[[tune.strategies]]\nstrategy = \"canary 10\"\nvary.canary.bake = [\"5m\"]",
            [
                "tune.strategies[0].strategy",
                "there is no strategy \"canary 10\"",
                "did you mean `canary 10 %`?",
            ],
        ),
        (
            "[[tune.strategies]]\nstrategy = \"no guardrail\"\nvary.provision = [\"5m\"]",
            [
                "tune.strategies[0].strategy",
                "there is no strategy \"no guardrail\"",
                "choose from `all at once`",
            ],
        ),
        (
            &format!("{CANARY}vary.timeout = [\"2h\"]\n{CANARY}vary.switch = [\"5s\"]"),
            [
                "tune.strategies[1].strategy",
                "the strategy \"canary 10 %\" is listed twice",
                "list it once",
            ],
        ),
    ]);
    let deaf = EXAMPLE.replace("\ncanary = {", "\nalarms = []\ncanary = {");
    let text = format!("{deaf}\n{CANARY}vary.canary.bake = [\"5m\"]");
    refused(
        &text,
        parse(&text).map(drop),
        [
            "tune.strategies[0].strategy",
            "the strategy \"canary 10 %\" has no alarms",
            "give it `alarms`",
        ],
    );
    let other = EXAMPLE.replace("\ncanary = {", "\nalarms = [\"p99-latency\"]\ncanary = {");
    let text = format!("{other}\n{ALARM}{CANARY}vary.canary.bake = [\"5m\"]");
    refused(
        &text,
        parse(&text).map(drop),
        [
            "tune.strategies[0].strategy",
            "the strategy \"canary 10 %\" reads no alarm that may be set",
            "[[tune.alarms]]",
        ],
    );
}
