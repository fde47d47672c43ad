//! From the text of a rule to its tree.

use std::ops::Range;

use super::{Quorum, Rule};
use crate::alarm::spec::AlarmState;
use crate::alarm::syntax::{Cursor, SyntaxError};

const CHARACTERS_MAX: usize = 10_240;
const ALARMS_MAX: usize = 100;
const ELEMENTS_MAX: usize = 500;
const DEPTH_MAX: usize = 100;

const STATES: [(&str, AlarmState); 3] = [
    ("ALARM", AlarmState::Alarm),
    ("OK", AlarmState::Ok),
    ("INSUFFICIENT_DATA", AlarmState::InsufficientData),
];

const WORDS: [&str; 9] =
    ["ALARM", "OK", "INSUFFICIENT_DATA", "AT_LEAST", "TRUE", "FALSE", "NOT", "AND", "OR"];

pub(super) fn parse(text: &str) -> Result<Rule, SyntaxError> {
    let mut parser = Parser { cursor: Cursor::new(text), elements: 0, depth: 0 };
    let too_long = |message| Err(Cursor::new(text).error(0..text.len(), message));
    let characters = text.chars().count();
    if characters > CHARACTERS_MAX {
        let most = format!("a rule has at most {CHARACTERS_MAX} characters");
        return too_long(format!("{most}, this one has {characters}"));
    }
    let rule = parser.any()?;
    if parser.cursor.peek().is_some() {
        return Err(parser.cursor.missing("AND, OR or the end"));
    }
    let alarms = rule.alarms().len();
    if alarms > ALARMS_MAX {
        return too_long(format!("a rule names at most {ALARMS_MAX} alarms, this one {alarms}"));
    }
    if parser.elements > ELEMENTS_MAX {
        return too_long(format!(
            "a rule has at most {ELEMENTS_MAX} elements (alarms, TRUE, FALSE, brackets), this one \
             has {}",
            parser.elements
        ));
    }
    Ok(rule)
}

struct Parser<'t> {
    cursor: Cursor<'t>,
    elements: usize,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Rule, SyntaxError> {
        let mut rules = vec![self.all()?];
        while self.cursor.eat_word("OR") {
            rules.push(self.all()?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { Rule::Any(rules) })
    }

    fn all(&mut self) -> Result<Rule, SyntaxError> {
        let mut rules = vec![self.not()?];
        while self.cursor.eat_word("AND") {
            rules.push(self.not()?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { Rule::All(rules) })
    }

    fn not(&mut self) -> Result<Rule, SyntaxError> {
        self.deeper(|parser| {
            if parser.cursor.eat_word("NOT") {
                return Ok(Rule::Not(Box::new(parser.not()?)));
            }
            parser.atom()
        })
    }

    fn atom(&mut self) -> Result<Rule, SyntaxError> {
        if self.cursor.eat("(") {
            self.elements += 1;
            let rule = self.any()?;
            self.cursor.expect(")", "to close the bracket")?;
            return Ok(rule);
        }
        for (word, holds) in [("TRUE", true), ("FALSE", false)] {
            if self.cursor.eat_word(word) {
                self.elements += 1;
                return Ok(Rule::Always(holds));
            }
        }
        if self.cursor.eat_word("AT_LEAST") {
            return self.at_least();
        }
        if let Some(state) = self.state() {
            self.cursor.expect("(", "and the name of an alarm")?;
            let alarm = self.alarm()?;
            self.cursor.expect(")", "after the name of an alarm")?;
            return Ok(Rule::In(state, alarm));
        }
        Err(self.no_atom())
    }

    fn at_least(&mut self) -> Result<Rule, SyntaxError> {
        self.cursor.expect("(", "and a number of alarms")?;
        let (number, is_percent, span) = self.number()?;
        self.cursor.expect(",", "and a state")?;
        let negated = self.cursor.eat_word("NOT");
        let Some(state) = self.state() else {
            return Err(self.cursor.missing("ALARM, OK or INSUFFICIENT_DATA"));
        };
        self.cursor.expect(",", "and a list of alarms in brackets")?;
        self.cursor.expect("(", "and a list of alarms")?;
        let mut alarms = vec![self.alarm()?];
        while self.cursor.eat(",") {
            alarms.push(self.alarm()?);
        }
        self.cursor.expect(")", "to close the list of alarms")?;
        self.cursor.expect(")", "to close AT_LEAST")?;
        let (most, unit) = if is_percent { (100, " %") } else { (alarms.len(), "") };
        let allowed = u32::try_from(number).ok().filter(|_| (1..=most).contains(&number));
        let Some(number) = allowed else {
            let rule = format!("AT_LEAST takes 1 to {most}{unit}");
            return Err(self.cursor.error(span, format!("{rule}, and this is {number}{unit}")));
        };
        let quorum = if is_percent { Quorum::Percent(number) } else { Quorum::Count(number) };
        Ok(Rule::AtLeast { quorum, state, negated, alarms })
    }

    /// A whole number, whether it is a percentage, and where it stands.
    fn number(&mut self) -> Result<(usize, bool, Range<usize>), SyntaxError> {
        self.cursor.skip_blanks();
        let start = self.cursor.at();
        let digits = self.cursor.take_while(|c| c.is_ascii_digit());
        let span = start..self.cursor.at();
        if digits.is_empty() {
            return Err(self.cursor.missing("a whole number or a percentage"));
        }
        let Ok(number) = digits.parse() else {
            return Err(self.cursor.error(span, format!("{digits} is too large")));
        };
        Ok((number, self.cursor.eat("%"), span))
    }

    fn state(&mut self) -> Option<AlarmState> {
        let found = STATES.iter().find(|(word, _)| self.cursor.eat_word(word));
        found.map(|(_, state)| *state)
    }

    fn alarm(&mut self) -> Result<String, SyntaxError> {
        self.elements += 1;
        self.cursor.skip_blanks();
        let start = self.cursor.at();
        let written = if self.cursor.eat("\"") {
            self.quoted(start)?
        } else {
            let bare = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | '"');
            self.cursor.take_while(bare).to_owned()
        };
        if written.is_empty() {
            return Err(self.cursor.missing("the name of an alarm"));
        }
        // arn:aws:cloudwatch:region:account:alarm:name
        let name = match written.split_once(":alarm:") {
            Some((arn, name)) if arn.starts_with("arn:") => name.to_owned(),
            _ => written,
        };
        Ok(name)
    }

    /// The rest of a text in quotes that began at `start`.
    fn quoted(&mut self, start: usize) -> Result<String, SyntaxError> {
        let mut name = String::new();
        loop {
            match self.cursor.next() {
                Some('"') => return Ok(name),
                Some('\\') => name.extend(self.cursor.next()),
                Some(character) => name.push(character),
                None => {
                    let span = start..start + 1;
                    return Err(self.cursor.error(span, "a quote is not closed".to_owned()));
                }
            }
        }
    }

    fn no_atom(&mut self) -> SyntaxError {
        let wanted = "ALARM(…), OK(…), INSUFFICIENT_DATA(…), AT_LEAST(…), TRUE, FALSE, NOT or a \
                      bracket";
        let error = self.cursor.missing(wanted);
        if self.cursor.peek_word().is_empty() {
            return error;
        }
        let known = WORDS.map(str::to_owned).to_vec();
        self.cursor.unknown(error.span, error.message, known)
    }

    fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let at = self.cursor.at();
            let message = format!("brackets and NOTs nest at most {DEPTH_MAX} deep");
            return Err(self.cursor.error(at..at, message));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}
