//! A rule in CloudWatch's words: what reads back as the same rule.

use super::{Quorum, Rule};
use std::fmt;

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always(true) => f.write_str("TRUE"),
            Self::Always(false) => f.write_str("FALSE"),
            Self::In(state, alarm) => write!(f, "{state}({})", quoted(alarm)),
            Self::Not(rule) => write!(f, "NOT {}", bracketed(rule)),
            Self::All(rules) => joined(f, rules, " AND "),
            Self::Any(rules) => joined(f, rules, " OR "),
            Self::AtLeast { quorum, state, negated, alarms } => {
                let not = if *negated { "NOT " } else { "" };
                let names: Vec<String> = alarms.iter().map(|alarm| quoted(alarm)).collect();
                write!(f, "AT_LEAST({quorum}, {not}{state}, ({}))", names.join(", "))
            }
        }
    }
}

impl fmt::Display for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// Brackets around all that is made of parts, so that no precedence matters.
fn bracketed(rule: &Rule) -> String {
    match rule {
        Rule::Not(_) | Rule::All(_) | Rule::Any(_) => format!("({rule})"),
        Rule::Always(_) | Rule::In(..) | Rule::AtLeast { .. } => rule.to_string(),
    }
}

fn joined(f: &mut fmt::Formatter<'_>, rules: &[Rule], word: &str) -> fmt::Result {
    let parts: Vec<String> = rules.iter().map(bracketed).collect();
    f.write_str(&parts.join(word))
}

fn quoted(alarm: &str) -> String {
    format!("\"{}\"", alarm.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_as_the_same_rule() {
        for text in [
            "TRUE",
            "ALARM(a)",
            "ALARM(a) AND NOT ALARM(\"b c\")",
            "(ALARM(a) OR OK(b)) AND NOT (INSUFFICIENT_DATA(c) OR FALSE)",
            "NOT NOT ALARM(a)",
            "AT_LEAST(2, NOT OK, (a, b, \"c \\\"d\\\" \\\\ e\"))",
            "AT_LEAST(50%, ALARM, (a, b))",
        ] {
            let rule = Rule::parse(text).expect("a rule");
            assert_eq!(Rule::parse(&rule.to_string()).expect("a rule"), rule, "{rule}");
        }
    }
}
