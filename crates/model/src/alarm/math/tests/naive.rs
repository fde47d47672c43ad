//! Random expressions against a second evaluator, written for one period at a time.

use super::*;
use proptest::prelude::*;

/// An expression without functions of several periods; each is put in brackets as text.
#[derive(Clone, Debug)]
enum Tree {
    Number(i64),
    Metric(usize),
    Join(&'static str, Box<Tree>, Box<Tree>),
    If(Box<Tree>, Box<Tree>, Box<Tree>),
    Fill(Box<Tree>, i64),
}

/// What a tree is worth in one period: a scalar or a datapoint, as a fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Worth {
    Scalar(Option<(i128, i128)>),
    Point(Option<(i128, i128)>),
}

impl Tree {
    fn text(&self) -> String {
        match self {
            Self::Number(number) if *number < 0 => format!("(-{})", -number),
            Self::Number(number) => number.to_string(),
            Self::Metric(index) => METRICS[*index].to_owned(),
            Self::Join(symbol, left, right) => {
                format!("({} {symbol} {})", left.text(), right.text())
            }
            Self::If(condition, then, otherwise) => {
                format!("IF({}, {}, {})", condition.text(), then.text(), otherwise.text())
            }
            Self::Fill(inner, number) => format!("FILL({} + 0 * metric1, {number})", inner.text()),
        }
    }

    fn worth(&self, metrics: &[Option<i64>]) -> Worth {
        match self {
            Self::Number(number) => Worth::Scalar(Some((i128::from(*number), 1))),
            Self::Metric(index) => Worth::Point(metrics[*index].map(|n| (i128::from(n), 1))),
            Self::Join(symbol, left, right) => {
                join(symbol, left.worth(metrics), right.worth(metrics))
            }
            Self::If(condition, then, otherwise) => {
                let (then, otherwise) = (then.worth(metrics), otherwise.worth(metrics));
                let condition = condition.worth(metrics);
                let all_scalar = [condition, then, otherwise]
                    .iter()
                    .all(|worth| matches!(worth, Worth::Scalar(_)));
                let chosen = match (condition, then) {
                    (Worth::Scalar(None) | Worth::Point(None), _) => None,
                    (Worth::Scalar(Some((0, _))) | Worth::Point(Some((0, _))), _) => {
                        otherwise.number()
                    }
                    (Worth::Point(_), Worth::Point(None)) => Some((0, 1)),
                    _ => then.number(),
                };
                if all_scalar { Worth::Scalar(chosen) } else { Worth::Point(chosen) }
            }
            Self::Fill(inner, number) => {
                let zero = join("*", Worth::Scalar(Some((0, 1))), Tree::Metric(0).worth(metrics));
                let inner = join("+", inner.worth(metrics), zero).number();
                Worth::Point(inner.or(Some((i128::from(*number), 1))))
            }
        }
    }
}

impl Worth {
    fn number(self) -> Option<(i128, i128)> {
        let (Self::Scalar(number) | Self::Point(number)) = self;
        number
    }
}

fn join(symbol: &str, left: Worth, right: Worth) -> Worth {
    match (left, right) {
        (Worth::Point(None), Worth::Point(None)) => Worth::Point(None),
        (Worth::Point(left), Worth::Point(right)) => {
            Worth::Point(calculate(symbol, left.unwrap_or((0, 1)), right.unwrap_or((0, 1))))
        }
        (Worth::Scalar(left), Worth::Scalar(right)) => {
            Worth::Scalar(left.zip(right).and_then(|(left, right)| calculate(symbol, left, right)))
        }
        (left, right) => {
            let both = left.number().zip(right.number());
            Worth::Point(both.and_then(|(left, right)| calculate(symbol, left, right)))
        }
    }
}

fn calculate(symbol: &str, (a, b): (i128, i128), (c, d): (i128, i128)) -> Option<(i128, i128)> {
    let truth = |holds: bool| (i128::from(holds), 1);
    let (top, bottom) = match symbol {
        "+" => (a * d + c * b, b * d),
        "-" => (a * d - c * b, b * d),
        "*" => (a * c, b * d),
        "/" if c == 0 => return None,
        "/" => (a * d * c.signum(), b * c.abs()),
        "<" => truth(a * d < c * b),
        ">=" => truth(a * d >= c * b),
        "==" => truth(a * d == c * b),
        "AND" => truth(a != 0 && c != 0),
        _ => truth(a != 0 || c != 0),
    };
    let divisor = (1..=top.abs().min(bottom)).rev().find(|n| top % n == 0 && bottom % n == 0);
    let divisor = if top == 0 { bottom } else { divisor.unwrap_or(1) };
    Some((top / divisor, bottom / divisor))
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![(-3..4_i64).prop_map(Tree::Number), (0..3_usize).prop_map(Tree::Metric)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let symbol = prop::sample::select(vec!["+", "-", "*", "/", "<", ">=", "==", "AND", "OR"]);
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            5 => (symbol, boxed(), boxed()).prop_map(|(s, l, r)| Tree::Join(s, l, r)),
            1 => (boxed(), boxed(), boxed()).prop_map(|(c, t, o)| Tree::If(c, t, o)),
            1 => (boxed(), -3..4_i64).prop_map(|(tree, number)| Tree::Fill(tree, number)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        rng_seed: prop::test_runner::RngSeed::Fixed(20_260),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_expressions(
        tree in trees(),
        rows in prop::collection::vec(
            prop::collection::vec(prop::option::weighted(0.7, -3..4_i64), 3),
            1..6,
        ),
    ) {
        let points = |index: usize| -> Column {
            rows.iter().map(|row| row[index].map(|n| Value::whole(n.into()))).collect()
        };
        let columns = [points(0), points(1), points(2)];
        let find = |id: &str| {
            let index = METRICS.iter().position(|known| *known == id).expect("a metric");
            columns[index].as_slice()
        };
        // The sum makes a series of what may be a scalar.
        let text = format!("{} + 0 * metric2", tree.text());
        let zero = |row: &[Option<i64>]| {
            join("*", Worth::Scalar(Some((0, 1))), Tree::Metric(1).worth(row))
        };
        let retrieved = Retrieved { periods: rows.len(), period: SimDuration::from_secs(60) };
        let got = parse(&text).expect("a good expression").evaluate(&find, retrieved);
        let expected: Column = rows
            .iter()
            .map(|row| join("+", tree.worth(row), zero(row)).number())
            .map(|number| number.map(|(top, bottom)| Value::from(Ratio::new(top, bottom))))
            .collect();
        prop_assert_eq!(got, expected, "{}", text);
    }
}
