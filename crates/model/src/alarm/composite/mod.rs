//! Composite alarms: a rule over the states of other alarms.
//!
//! ```text
//! rule      = conjunction ("OR" conjunction)*              NOT binds tightest, then AND, then OR
//! conjunction = negation ("AND" negation)*
//! negation  = "NOT" negation | atom
//! atom      = "(" rule ")" | "TRUE" | "FALSE"
//!           | state "(" alarm ")"
//!           | "AT_LEAST" "(" (count | percent "%") "," ["NOT"] state "," "(" alarm ("," alarm)* ")" ")"
//! state     = "ALARM" | "OK" | "INSUFFICIENT_DATA"
//! alarm     = "name in quotes, \" and \\ escaped" | name-without-blanks-brackets-and-commas
//! ```
//!
//! An alarm is named by its name or its ARN, whose last part the name is. The composite alarm is in
//! ALARM if its rule holds, else OK; it is in INSUFFICIENT_DATA only right after its creation. It is
//! judged anew whenever an alarm that it names changes state. A rule has at most 10 240 characters,
//! 100 alarms and 500 elements (alarms, TRUE, FALSE, and pairs of brackets).
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html> and
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>;
//! counts and percentages of `AT_LEAST` (1 to the number of alarms, 1 % to 100 %) as the AWS CDK
//! accepts them.
//!
//! Assumptions where these are silent: the precedence of the operators (the pages say to use
//! brackets); a percentage holds if hits · 100 ≥ percentage · alarms, without rounding; brackets nest
//! at most 100 deep.
//!
//! The suppression of actions (`ActionsSuppressor`) holds back what an alarm does and never its state, so a
//! controller that reads states is not affected by it; its rules are in `suppression`.

mod board;
mod display;
mod parse;
mod suppression;

pub use board::{Board, Changed, CompositeSpec, order};
pub use suppression::{Actions, HeldBack, Suppression};

use crate::alarm::spec::AlarmState;
use crate::alarm::syntax::SyntaxError;

/// A rule over the states of alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// TRUE or FALSE.
    Always(bool),
    /// The alarm of this name is in this state.
    In(AlarmState, String),
    /// The rule does not hold.
    Not(Box<Rule>),
    /// All of them hold; two or more.
    All(Vec<Rule>),
    /// At least one of them holds; two or more.
    Any(Vec<Rule>),
    /// `AT_LEAST`.
    AtLeast {
        /// How many.
        quorum: Quorum,
        /// In which state.
        state: AlarmState,
        /// Whether those not in that state are counted instead.
        negated: bool,
        /// The names of the alarms.
        alarms: Vec<String>,
    },
}

/// How many alarms `AT_LEAST` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// A number of them, from 1.
    Count(u32),
    /// A part of them \[%, 1 to 100\].
    Percent(u32),
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        parse::parse(text)
    }

    /// Whether the rule holds when the alarm of each name is in the state that `state_of` gives.
    pub fn holds(&self, state_of: &dyn Fn(&str) -> AlarmState) -> bool {
        match self {
            Self::Always(holds) => *holds,
            Self::In(state, alarm) => state_of(alarm) == *state,
            Self::Not(rule) => !rule.holds(state_of),
            Self::All(rules) => rules.iter().all(|rule| rule.holds(state_of)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(state_of)),
            Self::AtLeast { quorum, state, negated, alarms } => {
                let hits = alarms.iter().filter(|alarm| (state_of(alarm) == *state) != *negated);
                quorum.is_reached(hits.count() as u64, alarms.len() as u64)
            }
        }
    }

    /// The state of a composite alarm with this rule.
    pub fn state(&self, state_of: &dyn Fn(&str) -> AlarmState) -> AlarmState {
        if self.holds(state_of) { AlarmState::Alarm } else { AlarmState::Ok }
    }

    /// The alarms that it names, each once, in alphabetical order.
    pub fn alarms(&self) -> Vec<&str> {
        let mut alarms = Vec::new();
        self.collect_alarms(&mut alarms);
        alarms.sort_unstable();
        alarms.dedup();
        alarms
    }

    fn collect_alarms<'r>(&'r self, names: &mut Vec<&'r str>) {
        match self {
            Self::Always(_) => {}
            Self::In(_, alarm) => names.push(alarm),
            Self::Not(rule) => rule.collect_alarms(names),
            Self::All(rules) | Self::Any(rules) => {
                for rule in rules {
                    rule.collect_alarms(names);
                }
            }
            Self::AtLeast { alarms, .. } => names.extend(alarms.iter().map(String::as_str)),
        }
    }
}

impl Quorum {
    fn is_reached(self, hits: u64, alarms: u64) -> bool {
        match self {
            Self::Count(count) => hits >= count.into(),
            Self::Percent(percent) => hits * 100 >= u64::from(percent) * alarms,
        }
    }
}

#[cfg(test)]
mod tests;
