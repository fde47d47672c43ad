//! From the text of an expression to its tree, types checked.

use std::ops::Range;

use super::Names;
use super::ast::{COMPARISON, Each, Kind, Node, Operator};
use super::functions::{self, Function};
use super::value::Value;
use crate::alarm::syntax::{Cursor, SyntaxError};

/// Operations, functions and brackets of one expression; bounds how deep its tree can be.
const PARTS_MAX: usize = 200;
/// How deep they nest; bounds how deep reading them goes.
const DEPTH_MAX: usize = 50;

type Parsed = Result<(Node, Kind), SyntaxError>;

/// The tree of `text`, a single series.
pub(super) fn parse(text: &str, names: Names<'_>) -> Result<Node, SyntaxError> {
    let mut parser = Parser { cursor: Cursor::new(text), names, parts: 0, depth: 0 };
    let (node, kind) = parser.binary(0)?;
    if parser.cursor.peek().is_some() {
        return Err(parser.cursor.missing("an operator or the end"));
    }
    let wrong = match kind {
        Kind::Series => return Ok(node),
        Kind::Scalar => {
            "gives a single number, where an alarm needs a time series; TIME_SERIES(…) makes one"
        }
        Kind::Array => {
            "gives several time series, where an alarm can watch only one; SUM(…), AVG(…), MAX(…) \
             and MIN(…) combine them"
        }
    };
    Err(parser.cursor.error(0..text.len(), format!("the expression {wrong}")))
}

pub(super) struct Parser<'t, 'n> {
    pub(super) cursor: Cursor<'t>,
    pub(super) names: Names<'n>,
    parts: usize,
    depth: usize,
}

impl Parser<'_, '_> {
    /// A chain of operators that bind at `level` or tighter.
    fn binary(&mut self, level: u8) -> Parsed {
        let mut left = self.unary()?;
        let mut compared = false;
        loop {
            let start = self.operator_start();
            let mut ahead = self.cursor.clone();
            let Some(operator) = operator(&mut ahead).filter(|found| found.level() >= level) else {
                return Ok(left);
            };
            let span = start..ahead.at();
            if operator.level() == COMPARISON && std::mem::replace(&mut compared, true) {
                let message = "comparisons do not chain; join two of them with AND".to_owned();
                return Err(self.cursor.error(span, message));
            }
            self.cursor = ahead;
            self.count(&span)?;
            let right = self.binary(operator.level() + 1)?;
            left = self.join(operator, left, right, span)?;
        }
    }

    fn operator_start(&mut self) -> usize {
        self.cursor.skip_blanks();
        self.cursor.at()
    }

    fn join(
        &self,
        operator: Operator,
        (left, left_kind): (Node, Kind),
        (right, right_kind): (Node, Kind),
        span: Range<usize>,
    ) -> Parsed {
        let kind = match (left_kind, right_kind) {
            (Kind::Array, Kind::Array) => {
                let message = "an operator cannot join two arrays of time series".to_owned();
                return Err(self.cursor.error(span, message));
            }
            (Kind::Array, _) | (_, Kind::Array) => Kind::Array,
            (Kind::Scalar, Kind::Scalar) => Kind::Scalar,
            _ => Kind::Series,
        };
        Ok((Node::Binary { operator, left: Box::new(left), right: Box::new(right) }, kind))
    }

    fn unary(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let at = self.cursor.at();
            let message = format!("brackets, signs and functions nest at most {DEPTH_MAX} deep");
            return Err(self.cursor.error(at..at, message));
        }
        let parsed = self.signed();
        self.depth -= 1;
        parsed
    }

    /// A sign binds less tightly than a power: -2^2 is -4.
    fn signed(&mut self) -> Parsed {
        let start = self.operator_start();
        if self.cursor.eat("-") {
            self.count(&(start..self.cursor.at()))?;
            let (node, kind) = self.unary()?;
            return Ok((Node::Each(Each::Negate, Box::new(node)), kind));
        }
        let base = self.primary()?;
        let start = self.operator_start();
        if !self.cursor.eat("^") {
            return Ok(base);
        }
        let span = start..self.cursor.at();
        self.count(&span)?;
        let exponent = self.unary()?;
        self.join(Operator::Power, base, exponent, span)
    }

    fn primary(&mut self) -> Parsed {
        let next = self.cursor.peek();
        let start = self.cursor.at();
        match next {
            Some('(') => {
                self.cursor.eat("(");
                self.count(&(start..self.cursor.at()))?;
                let inner = self.binary(0)?;
                self.cursor.expect(")", "to close the bracket")?;
                Ok(inner)
            }
            Some('[') => self.array(),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.name(),
            _ => Err(self.cursor.missing("a number, the id of a metric, a function or a bracket")),
        }
    }

    fn array(&mut self) -> Parsed {
        let start = self.cursor.at();
        self.cursor.eat("[");
        self.count(&(start..self.cursor.at()))?;
        let mut members = Vec::new();
        loop {
            let at = self.operator_start();
            match self.binary(0)? {
                (Node::Array(several), _) => members.extend(several),
                (node, Kind::Series) => members.push(node),
                _ => {
                    let span = at..self.cursor.at();
                    let message = "an array holds time series".to_owned();
                    return Err(self.cursor.error(span, message));
                }
            }
            if !self.cursor.eat(",") {
                break;
            }
        }
        self.cursor.expect("]", "to close the array")?;
        Ok((Node::Array(members), Kind::Array))
    }

    fn number(&mut self) -> Parsed {
        let start = self.cursor.at();
        let text = self.cursor.take_while(|c| c.is_ascii_digit() || c == '.');
        match text.parse() {
            Ok(ratio) => Ok((Node::Number(Value::Exact(ratio)), Kind::Scalar)),
            Err(error) => {
                Err(self.cursor.error(start..self.cursor.at(), format!("`{text}`: {error}")))
            }
        }
    }

    /// The id of a metric, or a function.
    fn name(&mut self) -> Parsed {
        let start = self.cursor.at();
        let word = self.cursor.peek_word();
        let span = start..start + word.len();
        self.cursor.eat(word);
        if self.cursor.eat("(") {
            self.count(&span)?;
            let function = self.function(word, span.clone())?;
            let parsed = functions::arguments(self, function, span)?;
            self.cursor.expect(")", &format!("to close {word}"))?;
            return Ok(parsed);
        }
        if self.names.contains(word) {
            return Ok((Node::Id(word.to_owned()), Kind::Series));
        }
        if functions::find(word).is_some() {
            let message = format!("the function {word} needs its arguments in round brackets");
            return Err(self.cursor.error(span, message));
        }
        let message = format!("no metric or expression has the id `{word}`");
        Err(self.cursor.unknown(span, message, self.names.all()))
    }

    fn function(&self, word: &str, span: Range<usize>) -> Result<Function, SyntaxError> {
        if let Some(function) = functions::find(word) {
            return Ok(function);
        }
        if let Some(why) = functions::not_modelled(word) {
            return Err(self.cursor.error(span, format!("{word} is not modelled: {why}")));
        }
        let message = if functions::find(&word.to_uppercase()).is_some() {
            format!("functions are written in capitals: `{}`", word.to_uppercase())
        } else {
            format!("unknown function `{word}`")
        };
        Err(self.cursor.unknown(span, message, functions::names()))
    }

    /// An argument, and where it stands.
    pub(super) fn argument(&mut self) -> Result<(Node, Kind, Range<usize>), SyntaxError> {
        let start = self.operator_start();
        let (node, kind) = self.binary(0)?;
        Ok((node, kind, start..self.cursor.at()))
    }

    fn count(&mut self, span: &Range<usize>) -> Result<(), SyntaxError> {
        self.parts += 1;
        if self.parts > PARTS_MAX {
            let message = format!("an expression has at most {PARTS_MAX} operations and brackets");
            return Err(self.cursor.error(span.clone(), message));
        }
        Ok(())
    }
}

/// Reads the operator that comes next, if one does. `^` is read with its base.
fn operator(cursor: &mut Cursor<'_>) -> Option<Operator> {
    const SYMBOLS: [(&str, Operator); 12] = [
        ("||", Operator::Or),
        ("&&", Operator::And),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("+", Operator::Plus),
        ("-", Operator::Minus),
        ("*", Operator::Times),
        ("/", Operator::Over),
    ];
    if cursor.eat_word("OR") {
        return Some(Operator::Or);
    }
    if cursor.eat_word("AND") {
        return Some(Operator::And);
    }
    SYMBOLS.iter().find(|(symbol, _)| cursor.eat(symbol)).map(|(_, operator)| *operator)
}
