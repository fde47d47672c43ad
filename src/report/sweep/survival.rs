//! What nobody documents, in words: which conclusions hold whatever it is, and which do not.

use super::list;
use crate::report::number::percent;
use crate::report::terminal::Terminal;
use crate::sweep::conclusions::{Conclusion, Standing, advantage};
use crate::sweep::study::Study;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What came of changing the undocumented settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The setting and the value of each cell; both empty for the scenario as it is.
    pub cells: Vec<(String, String)>,
    /// Settings without any effect on any figure.
    pub without_effect: Vec<String>,
    /// Settings and values that the scenario does not allow, and why.
    pub refused: Vec<(String, String, String)>,
}

/// The survey as text.
pub fn render(
    study: &Study,
    survey: &Survey,
    conclusions: &[Conclusion],
    terminal: Terminal,
) -> String {
    let mut settings: Vec<&str> =
        survey.cells.iter().map(|(setting, _)| setting.as_str()).collect();
    settings.retain(|setting| !setting.is_empty());
    settings.dedup();
    let holding: Vec<&Conclusion> =
        conclusions.iter().filter(|conclusion| conclusion.holds_throughout()).collect();
    let falling: Vec<&Conclusion> =
        conclusions.iter().filter(|conclusion| !conclusion.holds_throughout()).collect();
    let mut page = Page { text: String::new(), terminal };
    page.line(&format!(
        "{} settings that no vendor documents, changed one at a time: {} cells besides the scenario as it \
         is, {} replications each, seed {}. What two of them do together was not tried.",
        settings.len(),
        survey.cells.len().saturating_sub(1),
        study.replications,
        study.seed
    ));
    if conclusions.is_empty() {
        page.heading("No conclusions");
        page.line(
            "  No difference is significant in the scenario as it is; more --runs may show some.",
        );
        return page.text;
    }
    page.heading(&format!(
        "{} of {} conclusions hold throughout",
        holding.len(),
        conclusions.len()
    ));
    for ((regression, metric), better) in grouped(&holding) {
        for (better, worse) in better {
            page.line(&format!(
                "  {regression}: '{better}': {} than {}",
                advantage(metric),
                list(worse.into_iter())
            ));
        }
    }
    page.heading(&format!("{} do not", falling.len()));
    for conclusion in &falling {
        page.line(&format!(
            "  {}: '{}': {} than '{}': {}",
            conclusion.regression,
            conclusion.better,
            conclusion.advantage(),
            conclusion.worse,
            overturned_by(conclusion, &survey.cells)
        ));
    }
    if !survey.without_effect.is_empty() {
        page.heading("Without any effect on any figure");
        page.line(&format!("  {}", survey.without_effect.join(", ")));
    }
    if !survey.refused.is_empty() {
        page.heading("Not tried, since the scenario does not allow it");
        for (setting, value, reason) in &survey.refused {
            page.line(&format!("  {setting} = {value}: {reason}"));
        }
    }
    page.text.push('\n');
    page.line(&format!(
        "A conclusion is a difference that is significant in the scenario as it is (Holm, {} confidence). It \
         holds where it is significant with the same sign, is unclear where it is not significant, and \
         reversed where it is significant with the other sign. More --runs make fewer unclear.",
        percent(study.confidence)
    ));
    page.text
}

struct Page {
    text: String,
    terminal: Terminal,
}

impl Page {
    fn heading(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "\n{}", self.terminal.bold(text));
    }

    /// A paragraph; what begins with two spaces keeps them on every line.
    fn line(&mut self, text: &str) {
        let indent = if text.starts_with("  ") { "  " } else { "" };
        for line in self.terminal.wrapped(text) {
            let _ = writeln!(self.text, "{indent}{line}");
        }
    }
}

type Better<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The conclusions by regression and metric, in their order: who is better than whom.
fn grouped<'a>(conclusions: &[&'a Conclusion]) -> Vec<((&'a str, &'a str), Better<'a>)> {
    let mut groups: Vec<((&str, &str), Better<'_>)> = Vec::new();
    for conclusion in conclusions {
        let key = (conclusion.regression.as_str(), conclusion.metric.as_str());
        let at = groups.iter().position(|(known, _)| *known == key).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push((key, Better::new()));
        }
        groups[at].1.entry(&conclusion.better).or_default().push(&conclusion.worse);
    }
    groups
}

/// The settings under which it does not hold, and what becomes of it.
fn overturned_by(conclusion: &Conclusion, cells: &[(String, String)]) -> String {
    let mut parts: Vec<(Standing, String)> = Vec::new();
    for (standing, word) in [(Standing::Reversed, "reversed"), (Standing::Unclear, "unclear")] {
        let mut values: Vec<(&str, Vec<&str>)> = Vec::new();
        let with = conclusion.standings.iter().zip(cells).filter(|(found, _)| **found == standing);
        for (_, (setting, value)) in with {
            match values.last_mut().filter(|(last, _)| last == setting) {
                Some((_, list)) => list.push(value),
                None => values.push((setting, vec![value])),
            }
        }
        let texts: Vec<String> = values
            .into_iter()
            .map(|(setting, values)| format!("{setting} = {}", values.join(" or ")))
            .collect();
        if !texts.is_empty() {
            parts.push((standing, format!("{word} with {}", texts.join(", "))));
        }
    }
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; ")
}
